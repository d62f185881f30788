//! APIs of the browser by their names. A binding of `web_sys` is in the script of every page, whoever calls it: what only parts for later
//! ask for is asked for so. What an answer of the browser lacks is undefined, never a panic.

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A function that the browser calls.
pub type Heard = Closure<dyn Fn(JsValue) -> JsValue>;

/// The window, or whatever stands for it.
pub fn global() -> JsValue {
    js_sys::global().into()
}

/// What the window has under a name.
pub fn of_window(name: &str) -> JsValue {
    get(&global(), name)
}

/// Scheme, name and port of where the page is from.
pub fn origin() -> String {
    text(&of_window("location"), "origin")
}

/// What this tab keeps under `key`.
pub fn kept(key: &str) -> Option<String> {
    call(&of_tab(), "getItem", &[key.into()]).ok()?.as_string()
}

/// This tab keeps it. Without room for it, it does not.
pub fn keep(key: &str, text: &str) {
    let _ = call(&of_tab(), "setItem", &[key.into(), text.into()]);
}

/// This tab keeps it no longer.
pub fn forget(key: &str) {
    let _ = call(&of_tab(), "removeItem", &[key.into()]);
}

fn of_tab() -> JsValue {
    of_window("sessionStorage")
}

/// Does something whenever an event happens to `target`, before the page hears of it; for as long as the page lives.
pub fn hear(target: &JsValue, event: &str, act: impl Fn(JsValue) + 'static) {
    let heard: Heard = Closure::new(move |event| {
        act(event);
        JsValue::UNDEFINED
    });
    let _ = call(target, "addEventListener", &[event.into(), heard.into_js_value(), true.into()]);
}

/// A member that is a text; empty where there is none.
pub fn text(object: &JsValue, name: &str) -> String {
    get(object, name).as_string().unwrap_or_default()
}

/// A member that says yes or no.
pub fn is(object: &JsValue, name: &str) -> bool {
    get(object, name).is_truthy()
}

/// A member that is a number; 0 where there is none.
pub fn number(object: &JsValue, name: &str) -> f64 {
    get(object, name).as_f64().unwrap_or_default()
}

/// An object with these members.
pub fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new().into();
    members.iter().for_each(|(name, value)| set(&object, name, value));
    object
}

/// An object of a class that the browser has.
pub fn made(class: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let class: Function = get(&js_sys::global(), class).dyn_into()?;
    Reflect::construct(&class, &arguments.iter().collect::<Array>())
}

/// A member of the browser's own that cannot just be set.
pub fn define(of: &JsValue, name: &str, value: &JsValue) {
    let place = object(&[("value", value.clone()), ("configurable", true.into())]);
    let _ = call(&get(&js_sys::global(), "Object"), "defineProperty", &[of.clone(), name.into(), place]);
}

/// A member; undefined where there is none.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Sets a member.
pub fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// Calls a method.
pub fn call(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(object, &name.into())?.dyn_into()?;
    function.apply(object, &arguments.iter().collect::<Array>())
}

/// Calls a method with one argument; nothing where that fails, or there is none.
pub fn call_with(object: &JsValue, name: &str, argument: &JsValue) -> Option<JsValue> {
    call(object, name, std::slice::from_ref(argument)).ok()
}

/// What a promise gives.
pub async fn promised(promise: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(promise.dyn_into::<js_sys::Promise>()?).await
}
