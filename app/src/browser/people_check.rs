//! Turnstile on an open page: the script is loaded when a check is needed. The sign-in page has its widget in the document and does not use
//! this file.

use std::cell::RefCell;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::device::{document, listen, object};

const SCRIPT: &str = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";
/// Id of the script's element, so that it is loaded once.
const SCRIPT_ID: &str = "turnstile-script";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = turnstile)]
    fn render(place: &Element, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = turnstile)]
    fn reset(widget: &JsValue) -> Result<(), JsValue>;
}

thread_local! {
    /// Id of the widget that was shown last.
    static WIDGET: RefCell<Option<JsValue>> = const { RefCell::new(None) };
}

/// Shows the widget in `place`; its token appears there in a hidden field.
pub fn show(place: NodeRef<Div>, site_key: &str) {
    let (Some(place), Some(document)) = (place.get_untracked(), document()) else { return };
    let options = object(&[("sitekey", site_key.into()), ("action", "login".into())]);
    let place: Element = place.unchecked_into();
    let draw = move || {
        // Without the widget there is no token, and the server refuses the request.
        WIDGET.set(render(&place, &options).ok());
    };
    if document.get_element_by_id(SCRIPT_ID).is_some() {
        return draw();
    }
    let Ok(script) = document.create_element("script") else { return };
    let _ = script.set_attribute("src", SCRIPT);
    script.set_id(SCRIPT_ID);
    listen(&script, "load", draw);
    if let Some(head) = document.head() {
        let _ = head.append_child(&script);
    }
}

/// Has the widget fetch another token: the server takes each of them once.
pub fn renew() {
    // A widget that is no longer in the document needs none.
    let _ = WIDGET.with_borrow(|widget| widget.as_ref().map(reset));
}

/// Returns the widget's token, or an empty text.
pub fn answer() -> String {
    let field = document().and_then(|document| document.query_selector("[name=cf-turnstile-response]").ok().flatten());
    let value = field.and_then(|field| js_sys::Reflect::get(&field, &"value".into()).ok());
    value.and_then(|value| value.as_string()).unwrap_or_default()
}
