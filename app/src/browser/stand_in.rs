//! Functions of the browser that are replaced in this one document: `fetch` and `WebSocket`, for pages of the demo that have another way to the
//! server (`bearer`) or a server of their own (`local`). The page on top is the same to the last byte, and no other page pays for it.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::named::{Heard, get, global, made, object, of_window, set};

/// What is asked of `fetch`.
pub struct Asked {
    /// The `Request`.
    pub request: JsValue,
    /// Path and query of its address.
    pub path: String,
    /// The browser's own `fetch`.
    pub original: JsValue,
}

impl Asked {
    /// Asks the browser's own `fetch`.
    pub fn pass(&self, request: &JsValue) -> Result<JsValue, JsValue> {
        let fetch: &Function = self.original.dyn_ref().ok_or(JsValue::UNDEFINED)?;
        fetch.call1(&js_sys::global(), request)
    }
}

/// From now on `answer` is asked first; where it gives nothing, the browser's own `fetch` is. Files are not sent any more: that is done in
/// another way, and nobody takes them on these pages.
pub fn for_fetch<F>(answer: impl Fn(Asked) -> Option<F> + 'static)
where
    F: Future<Output = Result<JsValue, JsValue>> + 'static,
{
    let window: JsValue = js_sys::global().into();
    let original = get(&window, "fetch");
    let asked: Heard = Closure::new(move |request: JsValue| {
        let path = path_of(&get(&request, "url").as_string().unwrap_or_default());
        let asked = |request| Asked { request, path: path.clone(), original: original.clone() };
        match answer(asked(request.clone())) {
            Some(answer) => future_to_promise(answer).into(),
            None => asked(JsValue::UNDEFINED).pass(&request).unwrap_or_default(),
        }
    });
    set(&window, "fetch", asked.as_ref());
    asked.forget();
    set(&window, "XMLHttpRequest", &JsValue::UNDEFINED);
}

/// From now on `new name(…)` gives what `make` makes of what was the class until now and all arguments. A page that lets nobody replace it
/// goes on without us.
pub fn for_class(name: &str, make: impl Fn(&Function, &Array) -> Result<JsValue, JsValue> + 'static) {
    type Trap = dyn Fn(Function, Array) -> Result<JsValue, JsValue>;
    let trap = Closure::<Trap>::new(move |class: Function, arguments: Array| make(&class, &arguments));
    let traps = object(&[("construct", trap.into_js_value())]);
    if let Ok(replaced) = made("Proxy", &[of_window(name), traps]) {
        set(&global(), name, &replaced);
    }
}

/// From now on `new WebSocket(address, …)` gives what `open` makes of path and query; see [`for_class`].
pub fn for_sockets(open: impl Fn(String, (&Function, &Array)) -> JsValue + 'static) {
    for_class("WebSocket", move |class, arguments| {
        let address = arguments.get(0).as_string().unwrap_or_default();
        Ok(open(path_of(&address), (class, arguments)))
    });
}

/// A `Response` with JSON in it.
pub fn response(status: u16, body: &str) -> Result<JsValue, JsValue> {
    made("Response", &[body.into(), object(&[("status", status.into())])])
}

/// Path and query of an address.
pub fn path_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').map_or(String::new(), |at| rest[at..].to_owned())
}

/// Calls the handler of a socket, if it has one, with an event that has these members.
pub fn happen(socket: &JsValue, handler: &str, members: &[(&str, JsValue)]) {
    if let Some(handler) = get(socket, handler).dyn_ref::<Function>() {
        // What a handler throws is its own fault.
        let _ = handler.call1(socket, &object(members));
    }
}
