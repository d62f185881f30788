//! One WebSocket: what it says comes as [`SocketEvent`]s, and ends with the handle.
//!
//! Knows nothing of frames. A dropped handle is silent for ever, whatever the socket still does. A page that has another way to the
//! server opens its sockets there (`way`).

use std::rc::Rc;

use protocol::doors::messenger::{PROTOCOL, PROTOCOL_BATCH};
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use super::SocketEvent;
use super::way::{self, Tell, Wire};

/// Close code of a socket that never opened or vanished.
const CODE_VANISHED: u16 = 1006;

/// An open (or opening) socket.
pub enum Socket {
    /// To our own server.
    Own(OwnSocket),
    /// Of another way.
    Other(Box<dyn Wire>),
}

impl Socket {
    /// Opens a socket to `path_and_query` of our own server. A socket that cannot even be made reports `Closed` later.
    pub fn open(path_and_query: &str, on_event: impl Fn(SocketEvent) + 'static) -> Option<Self> {
        let tell: Tell = Rc::new(on_event);
        match way::found() {
            Some(way) => Some(Self::Other(way.open(path_and_query, tell))),
            None => OwnSocket::open(path_and_query, tell).map(Self::Own),
        }
    }

    /// Sends one text message. What a closing socket swallows is found missing by the machine and sent again.
    pub fn send(&self, text: &str) {
        match self {
            Self::Own(socket) => socket.send(text),
            Self::Other(wire) => wire.send(text),
        }
    }

    /// Closes with `code` (1000 or 4000–4999) and is silent from now on.
    pub fn close(self, code: u16) {
        match self {
            Self::Own(socket) => socket.close(code),
            Self::Other(wire) => wire.close(code),
        }
    }
}

/// A socket to our own server.
pub struct OwnSocket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_text: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl OwnSocket {
    /// Opens it.
    pub fn open(path_and_query: &str, on_event: Tell) -> Option<Self> {
        let protocols = js_sys::Array::of2(&PROTOCOL_BATCH.into(), &PROTOCOL.into());
        let socket = WebSocket::new_with_str_sequence(&address(path_and_query)?, &protocols).ok()?;
        let tell = Rc::clone(&on_event);
        let on_open = Closure::<dyn FnMut()>::new(move || tell(SocketEvent::Opened));
        let tell = Rc::clone(&on_event);
        let on_text = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                tell(SocketEvent::Text(text));
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

    /// Sends one text message.
    pub fn send(&self, text: &str) {
        if self.socket.ready_state() == WebSocket::OPEN {
            let _ = self.socket.send_with_str(text);
        }
    }

    /// Closes it.
    pub fn close(self, code: u16) {
        self.silence();
        // A code the browser does not take would leave the socket open; the drop below closes it without one.
        let _ = self.socket.close_with_code(code);
    }

    fn silence(&self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
    }
}

impl Drop for OwnSocket {
    fn drop(&mut self) {
        self.silence();
        let _ = self.socket.close();
    }
}

fn address(path_and_query: &str) -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}{path_and_query}", location.host().ok()?))
}
