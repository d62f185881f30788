//! The document of the stage: its parts by id, its words, its address.

use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlButtonElement, HtmlElement, HtmlInputElement};

use crate::browser::device::{document, is_visible, root_attribute, window};
use crate::browser::fetch_override::capture_events;

/// The path of the page.
pub const PATH: &str = "/demo/stage";

/// Finds a part of the page.
pub fn element(id: &str) -> Option<HtmlElement> {
    element_of(id)
}

/// Finds a part of the page that is of a class.
pub fn element_of<T: JsCast>(id: &str) -> Option<T> {
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

/// Lets a button that was out of order be pressed again.
pub fn free(id: &str) {
    if let Some(button) = element_of::<HtmlButtonElement>(id) {
        button.set_disabled(false);
    }
}

/// Reads a slider.
pub fn value(id: &str) -> u32 {
    element_of::<HtmlInputElement>(id).and_then(|field| field.value().parse().ok()).unwrap_or_default()
}

/// Finds a word of the page's language.
pub fn word(name: &str) -> String {
    let words = element("words");
    words.and_then(|words| words.get_attribute(&format!("data-{name}"))).unwrap_or_default()
}

/// Finds a word with a number in it.
pub fn worded(name: &str, number: u64) -> String {
    word(name).replace('%', &number.to_string())
}

/// Does something whenever a part of the page is pressed, or moved.
pub fn on(id: &str, event: &str, act: impl Fn() + 'static) {
    if let Some(element) = element(id) {
        capture_events(&element, event, move |_: Event| act());
    }
}

/// Milliseconds since the page began, with what is smaller than one.
pub fn now() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Address of where the page is from, for people to read.
pub fn host() -> String {
    window().and_then(|window| window.location().host().ok()).unwrap_or_default()
}

/// Language of the page.
pub fn language() -> String {
    root_attribute("lang").unwrap_or_default()
}

/// Says whether things may move about.
pub fn is_moving() -> bool {
    root_attribute("data-motion").as_deref() == Some("full")
}

/// Says whether somebody could see the page.
pub fn is_seen() -> bool {
    is_visible()
}

/// Text of a part of the page.
pub fn text(id: &str) -> String {
    element(id).and_then(|element| element.text_content()).unwrap_or_default()
}

/// Name of a field, without what it says.
pub fn label(id: &str) -> String {
    let words = element(id).and_then(|field| field.parent_element()?.first_child()?.text_content());
    words.unwrap_or_default().trim().to_owned()
}
