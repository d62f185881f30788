//! Document of the stage: elements by id, texts, address.

use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlButtonElement, HtmlElement, HtmlInputElement};

use crate::browser::device::{capture, document, is_visible, root_attribute, window};

pub const PATH: &str = "/demo/stage";

/// Finds a part of the page.
pub fn element(id: &str) -> Option<HtmlElement> {
    element_of(id)
}

/// Finds a part of the page that is of a class.
pub fn element_of<T: JsCast>(id: &str) -> Option<T> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Writes a text if it has changed, because screen readers announce every write.
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

pub fn set(id: &str, name: &str, value: &str) {
    if let Some(element) = element(id) {
        // Names of attributes are ours.
        let _ = element.set_attribute(name, value);
    }
}

/// Enables a disabled button again.
pub fn free(id: &str) {
    if let Some(button) = element_of::<HtmlButtonElement>(id) {
        button.set_disabled(false);
    }
}

/// Reads a slider.
pub fn value(id: &str) -> u32 {
    element_of::<HtmlInputElement>(id).and_then(|field| field.value().parse().ok()).unwrap_or_default()
}

/// Returns a text of the page's language.
pub fn word(name: &str) -> String {
    let words = element("words");
    words.and_then(|words| words.get_attribute(&format!("data-{name}"))).unwrap_or_default()
}

/// Returns the text for the code of a refusal, as the entrance of the demo says it.
pub fn refused_word(code: &str) -> String {
    let known = word(&format!("refused-{}", code.to_ascii_lowercase()));
    if known.is_empty() { word("refused-failed") } else { known }
}

/// Returns a text with a number in it.
pub fn worded(name: &str, number: u64) -> String {
    word(name).replace('%', &number.to_string())
}

/// Runs `act` whenever an element is pressed, or moved.
pub fn on(id: &str, event: &str, act: impl Fn() + 'static) {
    if let Some(element) = element(id) {
        capture(&element, event, move |_: Event| act());
    }
}

/// Returns the milliseconds since the page began, with fractions.
pub fn now() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Returns the host of the page, for people to read.
pub fn host() -> String {
    window().and_then(|window| window.location().host().ok()).unwrap_or_default()
}

pub fn language() -> String {
    root_attribute("lang").unwrap_or_default()
}

/// Returns `true` if motion is allowed.
pub fn is_moving() -> bool {
    root_attribute("data-motion").as_deref() == Some("full")
}

/// Returns `true` if the page is visible.
pub fn is_seen() -> bool {
    is_visible()
}

/// Returns the label of a field, without its value.
pub fn label(id: &str) -> String {
    let words = element(id).and_then(|field| field.parent_element()?.first_child()?.text_content());
    words.unwrap_or_default().trim().to_owned()
}
