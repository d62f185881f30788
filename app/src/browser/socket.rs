//! One WebSocket: its events are reported as [`SocketEvent`]s until the handle is dropped.
//!
//! This file knows no frames. A dropped handle reports nothing more, whatever the socket still does.

use protocol::wire::messenger::{PROTOCOL, PROTOCOL_BATCH, PROTOCOL_COLUMNS};
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use super::device::window;
use super::{SocketEvent, fetch};

/// Close code of a socket that never opened or vanished.
const CODE_VANISHED: u16 = 1006;

pub struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_text: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens a socket to `path_and_query` of this site. A socket that cannot be made reports `Closed` later.
    pub fn open(path_and_query: &str, on_event: impl Fn(SocketEvent) + Clone + 'static) -> Option<Self> {
        let address = address(&fetch::address_of_socket(path_and_query)?)?;
        let protocols = js_sys::Array::of3(&PROTOCOL_COLUMNS.into(), &PROTOCOL_BATCH.into(), &PROTOCOL.into());
        let socket = WebSocket::new_with_str_sequence(&address, &protocols).ok()?;
        let notify = on_event.clone();
        let on_open = Closure::<dyn FnMut()>::new(move || notify(SocketEvent::Opened));
        let notify = on_event.clone();
        let on_text = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                notify(SocketEvent::Text(text));
            }
        });
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            let code = if event.code() == 0 { CODE_VANISHED } else { event.code() };
            on_event(SocketEvent::Closed { code, reason: event.reason() });
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_text.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Self { socket, _on_open: on_open, _on_text: on_text, _on_close: on_close })
    }

    /// Sends one text message. A closing socket drops it; the client machine notices that and sends it again.
    pub fn send(&self, text: &str) {
        if self.socket.ready_state() == WebSocket::OPEN {
            let _ = self.socket.send_with_str(text);
        }
    }

    /// Closes with `code` (1000 or 4000–4999) and reports nothing more.
    pub fn close(self, code: u16) {
        self.silence();
        // A code that the browser refuses would leave the socket open; the drop below closes it without a code.
        let _ = self.socket.close_with_code(code);
    }

    fn silence(&self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.silence();
        let _ = self.socket.close();
    }
}

fn address(path_and_query: &str) -> Option<String> {
    let location = window()?.location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}{path_and_query}", location.host().ok()?))
}
