//! The runtime's events of sockets as plain calls. The SDK makes a promise of each, which is a turn of the queue of microtasks and
//! half a dozen ways between wasm and JavaScript, for what an object does at once.

use std::pin::Pin;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;
use worker::{WebSocket, WebSocketIncomingMessage};

/// A connection that was cut.
pub const CUT: u16 = 1006;

/// Rest of the work when an event could not be dealt with at once.
pub type Rest = Pin<Box<dyn Future<Output = ()>>>;

/// An object whose sockets bring events.
pub trait Hearing {
    /// A socket says something.
    fn heard(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<Rest>;
    /// A socket is gone, with this code; its close is answered.
    fn gone(&self, socket: &WebSocket, code: u16);
}

/// Converts what a socket brought into the message of the SDK.
pub fn message(value: &JsValue) -> WebSocketIncomingMessage {
    match value.as_string() {
        Some(text) => WebSocketIncomingMessage::String(text),
        None => WebSocketIncomingMessage::Binary(js_sys::Uint8Array::new(value).to_vec()),
    }
}

/// Returns the value for the runtime, which waits for a promise.
pub fn awaited(rest: Option<Rest>) -> JsValue {
    rest.map_or(JsValue::UNDEFINED, |rest| {
        future_to_promise(async move {
            rest.await;
            Ok(JsValue::UNDEFINED)
        })
        .into()
    })
}

/// Binds the runtime's events to an object class that is [`Hearing`] and declared with `#[durable_object(alarm)]`.
macro_rules! hears {
    ($class:ident) => {
        const _: () = {
            use wasm_bindgen::prelude::*;
            use worker::web_sys::WebSocket;
            use $crate::kit::socket_events::{CUT, Hearing, awaited, message};
            use $crate::runtime::answer_close;

            #[wasm_bindgen]
            impl $class {
                #[wasm_bindgen(js_name = webSocketMessage)]
                pub fn web_socket_message(&self, socket: WebSocket, value: JsValue) -> JsValue {
                    awaited(self.heard(socket.into(), message(&value)))
                }

                #[wasm_bindgen(js_name = webSocketClose)]
                pub fn web_socket_close(&self, socket: WebSocket, code: u32, reason: String) {
                    let socket = socket.into();
                    answer_close(&socket, code as usize, &reason);
                    self.gone(&socket, u16::try_from(code).unwrap_or(CUT));
                }

                #[wasm_bindgen(js_name = webSocketError)]
                pub fn web_socket_error(&self, socket: WebSocket) {
                    self.gone(&socket.into(), CUT);
                }
            }
        };
    };
}
pub(crate) use hears;
