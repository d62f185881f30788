//! Replaces `fetch` and `WebSocket` in this document, for pages of the demo that reach the server in another way (`demo_credentials`) or
//! have a server of their own (`local`). The messenger above is the same to the last byte, and no other page pays for it.
//!
//! The code gets replaced functions through `Reflect`, which is no call of an API.

use std::cell::Cell;

use js_sys::{Array, Function, Object, Promise, Proxy, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{
    CloseEvent, CloseEventInit, Event, MessageEvent, MessageEventInit, Request, Response, ResponseInit, WebSocket,
};

/// Call of `fetch` by the page.
pub struct FetchCall {
    pub request: Request,
    /// Path and query of the request.
    pub path: String,
    original: Function,
}

impl FetchCall {
    /// Sends a request by the browser's own `fetch`.
    pub async fn pass(&self, request: &Request) -> Result<Response, JsValue> {
        let answer: Promise = self.original.call1(&js_sys::global(), request)?.dyn_into()?;
        JsFuture::from(answer).await?.dyn_into()
    }
}

thread_local! {
    static IS_USED: Cell<bool> = const { Cell::new(false) };
}

/// Returns `true` if this page reaches the server in another way.
pub fn is_used() -> bool {
    IS_USED.get()
}

/// Answers calls of `fetch` by `answer` from now on. If it gives `None`, the browser's own `fetch` answers. Uploads are switched off,
/// because they use `XMLHttpRequest` and these pages accept no files.
pub fn for_fetch<F>(answer: impl Fn(FetchCall) -> Option<F> + 'static)
where
    F: Future<Output = Result<Response, JsValue>> + 'static,
{
    IS_USED.set(true);
    let Some(original) = function("fetch") else { return };
    let fetch = Closure::<dyn Fn(JsValue) -> JsValue>::new(move |asked: JsValue| {
        // A call with an address instead of a request loads a file.
        let own = asked.clone().dyn_into().ok().and_then(|request: Request| {
            let path = path_of(&request.url());
            answer(FetchCall { request, path, original: original.clone() })
        });
        match own {
            Some(answer) => future_to_promise(async { answer.await.map(JsValue::from) }).into(),
            None => original.call1(&js_sys::global(), &asked).unwrap_or_default(),
        }
    });
    replace("fetch", &fetch.into_js_value());
    replace("XMLHttpRequest", &JsValue::UNDEFINED);
}

/// Replaces the class `name`: `new name(…)` returns the result of `make`, which gets the original class and the arguments. A page that
/// refuses the replacement keeps the original.
pub fn for_class(name: &str, make: impl Fn(&Function, &Array) -> Result<JsValue, JsValue> + 'static) {
    type ConstructTrap = dyn Fn(Function, Array) -> Result<JsValue, JsValue>;
    let Some(class) = function(name) else { return };
    let trap = Closure::<ConstructTrap>::new(move |class: Function, arguments: Array| make(&class, &arguments));
    let traps = Object::new();
    // A plain object takes any member.
    let _ = Reflect::set(&traps, &"construct".into(), &trap.into_js_value());
    replace(name, &Proxy::new(&class, &traps));
}

/// Replaces `new WebSocket(address, …)` by `open`, which gets path and query; see [`for_class`].
pub fn for_sockets(open: impl Fn(String, (&Function, &Array)) -> SocketOverride + 'static) {
    for_class("WebSocket", move |class, arguments| {
        let address = arguments.get(0).as_string().unwrap_or_default();
        Ok(open(path_of(&address), (class, arguments)).into())
    });
}

/// Function or class of the browser.
fn function(name: &str) -> Option<Function> {
    Reflect::get(&js_sys::global(), &name.into()).ok()?.dyn_into().ok()
}

fn replace(name: &str, by: &JsValue) {
    // A browser that refuses the replacement keeps its own function.
    let _ = Reflect::set(&js_sys::global(), &name.into(), by);
}

#[wasm_bindgen]
extern "C" {
    /// Object that replaces a `WebSocket`, with the members that our pages use.
    #[wasm_bindgen(extends = Object)]
    #[derive(Clone)]
    pub type SocketOverride;

    #[wasm_bindgen(method, setter = readyState)]
    fn set_ready_state(this: &SocketOverride, state: u16);

    #[wasm_bindgen(method, setter)]
    fn set_send(this: &SocketOverride, send: &JsValue);

    #[wasm_bindgen(method, setter)]
    fn set_close(this: &SocketOverride, close: &JsValue);

    #[wasm_bindgen(method, getter)]
    fn onopen(this: &SocketOverride) -> Option<Function>;

    #[wasm_bindgen(method, getter)]
    fn onmessage(this: &SocketOverride) -> Option<Function>;

    #[wasm_bindgen(method, getter)]
    fn onclose(this: &SocketOverride) -> Option<Function>;
}

impl SocketOverride {
    /// Makes a socket that is not open yet. `send` and `close` are called by the page, `close` with an optional code.
    pub fn new(send: impl Fn(String) + 'static, close: impl Fn(Option<u16>) + 'static) -> Self {
        let place: Self = Object::new().unchecked_into();
        place.set_ready_state(WebSocket::CONNECTING);
        place.set_send(&Closure::<dyn Fn(String)>::new(send).into_js_value());
        place.set_close(&Closure::<dyn Fn(Option<u16>)>::new(close).into_js_value());
        place
    }

    /// Reports to the page that the socket is open.
    pub fn opened(&self) {
        self.set_ready_state(WebSocket::OPEN);
        self.happen(self.onopen(), Event::new("open"));
    }

    /// Passes a message to the page.
    pub fn deliver_message(&self, data: &JsValue) {
        let init = MessageEventInit::new();
        init.set_data(data);
        self.happen(self.onmessage(), MessageEvent::new_with_event_init_dict("message", &init));
    }

    /// Reports to the page that the socket is closed.
    pub fn closed(&self, code: u16, reason: &str) {
        self.set_ready_state(WebSocket::CLOSED);
        let init = CloseEventInit::new();
        init.set_code(code);
        init.set_reason(reason);
        self.happen(self.onclose(), CloseEvent::new_with_event_init_dict("close", &init));
    }

    fn happen<E: AsRef<JsValue>>(&self, handler: Option<Function>, event: Result<E, JsValue>) {
        if let (Some(handler), Ok(event)) = (handler, event)
            && let Err(thrown) = handler.call1(self, event.as_ref())
        {
            // The rejection reaches the handler of uncaught errors, because the page may have broken.
            let _ = Promise::reject(&thrown);
        }
    }
}

pub fn response(status: u16, body: &str) -> Result<Response, JsValue> {
    let init = ResponseInit::new();
    init.set_status(status);
    Response::new_with_opt_str_and_init(Some(body), &init)
}

/// Returns path and query of an address.
pub fn path_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').map_or(String::new(), |at| rest[at..].to_owned())
}
