//! Tokens of the style sheets: their names, their present values, and values that are tried (`app/src/gallery/lab.rs`). Tried values are
//! set on the root of this document and of its frame, and end with them.

use std::cell::RefCell;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use super::device::{document, root, window};

/// Prefix of variables that the build writes for `light-dark()` (`xtask/src/styles.rs`): they are no tokens.
const OF_THE_TOOL: &str = "--lightningcss";
/// Selector of the tokens (`style/tokens.css`), as browsers write it.
const TOKENS: &str = ":root, [data-theme]";

thread_local! {
    static TRIED: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// Returns the names of all tokens of the root, in the order of the sheets.
pub fn names() -> Vec<String> {
    let mut names = Vec::new();
    if let Some(document) = document() {
        for sheet in items(&get(&document, "styleSheets")) {
            collect(&get(&sheet, "cssRules"), &mut names);
        }
    }
    names
}

fn collect(rules: &JsValue, names: &mut Vec<String>) {
    // Rules with a condition give other values to tokens that have one already.
    for rule in items(rules).iter().filter(|rule| get(rule, "conditionText").is_undefined()) {
        if get(rule, "selectorText").as_string().is_some_and(|selector| selector == TOKENS) {
            let declared = items(&get(rule, "style")).into_iter().filter_map(|name| name.as_string());
            for name in declared.filter(|name| name.starts_with("--") && !name.starts_with(OF_THE_TOOL)) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        collect(&get(rule, "cssRules"), names);
    }
}

/// Returns the present value of a token, as text of CSS.
pub fn value(name: &str) -> String {
    root().map(|root| computed(&root, name)).unwrap_or_default()
}

/// Returns the colour and the picture of a background with this value, as computed by the browser.
pub fn painted(name: &str) -> (String, String) {
    let probe = document().and_then(|document| {
        let probe: HtmlElement = document.create_element("i").ok()?.dyn_into().ok()?;
        document.document_element()?.append_child(&probe).ok()?;
        Some(probe)
    });
    let Some(probe) = probe else { return Default::default() };
    let worth = format!("var({name})");
    let now = |property: &str| {
        // A value that is invalid for the property leaves it empty.
        let _ = HtmlElement::style(&probe).set_property(property, &worth);
        computed(&probe, property)
    };
    let painted = (now("background-color"), now("background-image"));
    probe.remove();
    painted
}

/// Tries another value; an empty one restores the value of the sheet.
pub fn put(name: &str, value: &str) {
    TRIED.with_borrow_mut(|tried| {
        tried.retain(|(other, _)| other != name);
        if !value.is_empty() {
            tried.push((name.to_owned(), value.to_owned()));
        }
    });
    for root in root().into_iter().chain(framed()) {
        let _ = root.style().set_property(name, value);
    }
}

pub fn tried() -> Vec<(String, String)> {
    TRIED.with_borrow(Clone::clone)
}

/// Applies the tried values again to a new document in the frame.
pub fn put_again() {
    if let Some(root) = framed() {
        for (name, value) in tried() {
            let _ = root.style().set_property(&name, &value);
        }
    }
}

/// Sets an attribute of the root of the framed document.
pub fn dress(name: &str, value: &str) {
    if let Some(root) = framed() {
        // The names are valid constants.
        let _ = root.set_attribute(name, value);
    }
}

/// Returns the fragment of the address, behind the `#`.
pub fn fragment() -> String {
    let hash = window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// Sets the fragment of the address; the page stays.
pub fn set_fragment(words: &str) {
    if let Some(window) = window() {
        // An address can always get another fragment.
        let _ = Reflect::set(&window.location(), &"hash".into(), &words.into());
    }
}

/// Returns the root of the framed document.
fn framed() -> Option<HtmlElement> {
    let frame = document()?.query_selector("iframe").ok()??;
    // An element of another document has another class than those of this one, so it is not checked.
    let root = get(&get(&frame, "contentDocument"), "documentElement");
    root.is_object().then(|| root.unchecked_into())
}

fn computed(element: &Element, property: &str) -> String {
    let style = window().and_then(|window| window.get_computed_style(element).ok().flatten());
    style.and_then(|style| style.get_property_value(property).ok()).unwrap_or_default().trim().to_owned()
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Returns the members of an array-like object.
fn items(list: &JsValue) -> Vec<JsValue> {
    let count = get(list, "length").as_f64().unwrap_or_default() as u32;
    (0..count).map(|at| get(list, &at.to_string())).collect()
}
