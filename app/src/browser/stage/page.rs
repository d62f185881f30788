//! The document of the stage: its parts by id, its words, what is kept for the tab.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget, HtmlElement, HtmlInputElement};

use crate::browser::device::{document, window};

/// A part of the page.
pub fn element(id: &str) -> Option<HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Writes a text, if it is another one: assistive technology hears of every change.
pub fn say(id: &str, text: &str) {
    if let Some(element) = element(id)
        && element.text_content().as_deref() != Some(text)
    {
        element.set_text_content(Some(text));
    }
}

/// Shows a part, or hides it.
pub fn show(id: &str, is_shown: bool) {
    if let Some(element) = element(id)
        && element.hidden() == is_shown
    {
        element.set_hidden(!is_shown);
    }
}

/// Sets an attribute.
pub fn set(id: &str, name: &str, value: &str) {
    if let Some(element) = element(id) {
        // Names of attributes are ours.
        let _ = element.set_attribute(name, value);
    }
}

/// What a slider says.
pub fn value(id: &str) -> u32 {
    let field = element(id).and_then(|element| element.dyn_into::<HtmlInputElement>().ok());
    field.and_then(|field| field.value().parse().ok()).unwrap_or_default()
}

/// A word of the page's language.
pub fn word(name: &str) -> String {
    let words = element("words");
    words.and_then(|words| words.get_attribute(&format!("data-{name}"))).unwrap_or_default()
}

/// The same with a number in it.
pub fn worded(name: &str, number: u64) -> String {
    word(name).replace('%', &number.to_string())
}

/// Does something whenever a part of the page is pressed, or moved.
pub fn on(id: &str, event: &str, act: impl FnMut(Event) + 'static) {
    if let Some(element) = element(id) {
        listen(&element, event, act);
    }
}

/// The same with anything that tells of events; for as long as the page lives.
pub fn listen(target: &EventTarget, event: &str, act: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(act);
    // The name of the event is ours.
    let _ = target.add_event_listener_with_callback_and_bool(event, closure.as_ref().unchecked_ref(), true);
    closure.forget();
}

/// Milliseconds since the page began, with what is smaller than one.
pub fn now() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

/// Where the page is from, for people to read.
pub fn host() -> String {
    window().and_then(|window| window.location().host().ok()).unwrap_or_default()
}

/// The page's language.
pub fn language() -> String {
    let root = document().and_then(|document| document.document_element());
    root.and_then(|root| root.get_attribute("lang")).unwrap_or_default()
}

/// Whether things may move about.
pub fn is_moving() -> bool {
    let root = document().and_then(|document| document.document_element());
    root.and_then(|root| root.get_attribute("data-motion")).as_deref() == Some("full")
}

/// Whether somebody could see the page.
pub fn is_seen() -> bool {
    document().is_some_and(|document| !document.hidden())
}

/// What is kept for this tab.
pub fn kept(key: &str) -> Option<String> {
    window()?.session_storage().ok()??.get_item(key).ok()?
}

/// Keeps it.
pub fn keep(key: &str, text: &str) {
    if let Some(storage) = window().and_then(|window| window.session_storage().ok()).flatten() {
        // Without room for it, another load joins anew.
        let _ = storage.set_item(key, text);
    }
}

/// An object of names and values, for a frame.
pub fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in members {
        // A fresh object takes every member.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// Shows the page under this address from now on; a reload comes back to it.
pub fn set_address(path: &str) {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        // A browser that refuses shows the old address; a reload starts or finds the room all the same.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// Listens once, to something that may go away.
pub fn listen_once(target: &EventTarget, event: &str, act: impl FnOnce(Event) + 'static) {
    let closure = Closure::once_into_js(act);
    // The name of the event is ours.
    let _ = target.add_event_listener_with_callback(event, closure.unchecked_ref());
}

/// What stands in a part of the page.
pub fn text(id: &str) -> String {
    element(id).and_then(|element| element.text_content()).unwrap_or_default()
}

/// What a field is called, without what it says.
pub fn label(id: &str) -> String {
    let label = element(id).and_then(|field| field.parent_element()?.first_child()?.text_content());
    label.unwrap_or_default().trim().to_owned()
}
