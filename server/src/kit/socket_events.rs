//! Socket events of the runtime as plain calls. The SDK makes a promise of each event, which costs a turn of the microtask queue and half
//! a dozen calls between wasm and JavaScript; most events are handled at once and need no promise.

use std::pin::Pin;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;
use worker::{WebSocket, WebSocketIncomingMessage};

/// Close code of a connection that was cut.
pub const CUT: u16 = 1006;

/// Work that an event leaves when it could not be dealt with at once.
pub type PendingWork = Pin<Box<dyn Future<Output = ()>>>;

/// Handlers of the socket events of an object.
pub trait SocketEvents {
    /// Handles a message that a socket received.
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork>;
    /// Handles the end of a socket with this code; its close is answered already.
    fn on_close(&self, socket: &WebSocket, code: u16);
}

/// Converts what a socket brought into the message of the SDK.
pub fn message(value: &JsValue) -> WebSocketIncomingMessage {
    match value.as_string() {
        Some(text) => WebSocketIncomingMessage::String(text),
        None => WebSocketIncomingMessage::Binary(js_sys::Uint8Array::new(value).to_vec()),
    }
}

/// Returns the value for the runtime: a promise of the pending work, which the runtime waits for, or nothing.
pub fn to_promise(work: Option<PendingWork>) -> JsValue {
    work.map_or(JsValue::UNDEFINED, |work| {
        future_to_promise(async move {
            work.await;
            Ok(JsValue::UNDEFINED)
        })
        .into()
    })
}

/// Binds the runtime's events to an object class that implements [`SocketEvents`] and is declared with `#[durable_object(alarm)]`.
macro_rules! bind_socket_events {
    ($class:ident) => {
        const _: () = {
            use wasm_bindgen::prelude::*;
            use worker::web_sys::WebSocket;
            use $crate::kit::socket_events::{CUT, SocketEvents, message, to_promise};
            use $crate::runtime::answer_close;

            #[wasm_bindgen]
            impl $class {
                #[wasm_bindgen(js_name = webSocketMessage)]
                pub fn web_socket_message(&self, socket: WebSocket, value: JsValue) -> JsValue {
                    to_promise(self.on_message(socket.into(), message(&value)))
                }

                #[wasm_bindgen(js_name = webSocketClose)]
                pub fn web_socket_close(&self, socket: WebSocket, code: u32, reason: String) {
                    let socket = socket.into();
                    answer_close(&socket, code as usize, &reason);
                    self.on_close(&socket, u16::try_from(code).unwrap_or(CUT));
                }

                #[wasm_bindgen(js_name = webSocketError)]
                pub fn web_socket_error(&self, socket: WebSocket) {
                    self.on_close(&socket.into(), CUT);
                }
            }
        };
    };
}
pub(crate) use bind_socket_events;
