//! Socket events of the runtime as plain calls. The SDK makes a promise of each event, which costs a turn of the microtask queue and several
//! calls between wasm and JavaScript; most events need no promise.

use std::pin::Pin;
use std::task::{Context, Waker};

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;
use worker::{WebSocket, WebSocketIncomingMessage};

/// Close code of a connection that was cut.
pub const CUT: u16 = 1006;

/// Rest of an event's work that has to wait for something.
pub type PendingWork = Pin<Box<dyn Future<Output = ()>>>;

/// Handlers of the socket events of an object.
pub trait SocketEvents {
    /// Handles a message that a socket received.
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork>;
    /// Handles the end of a socket with this code, which is already answered.
    fn on_close(&self, socket: &WebSocket, code: u16);
}

/// Converts the runtime's message into that of the SDK.
pub fn message(value: &JsValue) -> WebSocketIncomingMessage {
    match value.as_string() {
        Some(text) => WebSocketIncomingMessage::String(text),
        None => WebSocketIncomingMessage::Binary(js_sys::Uint8Array::new(value).to_vec()),
    }
}

/// Starts `work` within its event. Returns it if it has to wait.
pub fn begin(work: impl Future<Output = ()> + 'static) -> Option<PendingWork> {
    let mut work: PendingWork = Box::pin(work);
    // The promise polls pending work again, with its own waker.
    let is_pending = work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
    is_pending.then_some(work)
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::pending;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn work_that_waits_for_nothing_is_done_at_once() {
        let is_done = Rc::new(Cell::new(false));
        let done = Rc::clone(&is_done);
        assert!(begin(async move { done.set(true) }).is_none() && is_done.get());
    }

    #[test]
    fn work_that_waits_has_begun_and_is_left() {
        let has_begun = Rc::new(Cell::new(false));
        let begun = Rc::clone(&has_begun);
        let left = begin(async move {
            begun.set(true);
            pending::<()>().await;
        });
        assert!(left.is_some() && has_begun.get());
    }
}
