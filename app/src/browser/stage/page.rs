//! The document of the stage: its parts by id, its words, what is kept for the tab.

use wasm_bindgen::prelude::*;
use web_sys::Element;

use crate::browser::device::document;
use crate::browser::named::{self, call, get, of_window};

/// A part of the page.
pub fn element(id: &str) -> Option<Element> {
    document()?.get_element_by_id(id)
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
        && named::is(&element, "hidden") == is_shown
    {
        named::set(&element, "hidden", &(!is_shown).into());
    }
}

/// Sets an attribute.
pub fn set(id: &str, name: &str, value: &str) {
    if let Some(element) = element(id) {
        // Names of attributes are ours.
        let _ = element.set_attribute(name, value);
    }
}

/// A button that was out of order can be pressed again.
pub fn free(id: &str) {
    if let Some(element) = element(id) {
        named::set(&element, "disabled", &false.into());
    }
}

/// What a slider says.
pub fn value(id: &str) -> u32 {
    element(id).and_then(|field| named::text(&field, "value").parse().ok()).unwrap_or_default()
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
pub fn on(id: &str, event: &str, act: impl Fn(JsValue) + 'static) {
    if let Some(element) = element(id) {
        named::hear(&element, event, act);
    }
}

/// Milliseconds since the page began, with what is smaller than one.
pub fn now() -> f64 {
    call(&of_window("performance"), "now", &[]).ok().and_then(|now| now.as_f64()).unwrap_or_default()
}

/// Where the page is from, for people to read.
pub fn host() -> String {
    named::text(&of_window("location"), "host")
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
    !named::is(&of_window("document"), "hidden")
}

/// Shows the page under this address from now on; a reload comes back to it.
pub fn set_address(path: &str) {
    // A browser that refuses shows the old address; a reload starts or finds the room all the same.
    let _ = call(&of_window("history"), "replaceState", &[JsValue::NULL, "".into(), path.into()]);
}

/// What stands in a part of the page.
pub fn text(id: &str) -> String {
    element(id).and_then(|element| element.text_content()).unwrap_or_default()
}

/// What a field is called, without what it says.
pub fn label(id: &str) -> String {
    let field = element(id).map_or(JsValue::UNDEFINED, JsValue::from);
    named::text(&get(&get(&field, "parentElement"), "firstChild"), "textContent").trim().to_owned()
}
