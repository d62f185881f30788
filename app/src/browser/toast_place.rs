//! Place of toasts on a phone (`ux.md` 4.4): below the header of the page, which is as high as its name needs, and in the list below the search. The style sheet reads the
//! two lengths. Like `dom`, this code serves both halves: the server compiles it and never runs it.

use leptos::prelude::*;
use leptos::wasm_bindgen::prelude::*;
use leptos::web_sys::HtmlElement;

use super::dom::{all, found, is_drawn, set_px};
use super::watch;

/// Selector of the headers, of which a phone shows one. That of the list ends with the search.
const HEADS: &str = ".to, .search-row";

/// Measures again whenever the toasts or the page get another size, until the calling component ends. The first toast is smaller as soon
/// as its style sheet is loaded.
pub fn follow() {
    let elements = [".docked", ".toasts", ".search-row"].map(found);
    let watch = StoredValue::new_local(watch::sizes(&elements.iter().flatten().collect::<Vec<_>>(), settle));
    on_cleanup(move || drop(watch.try_update_value(Option::take)));
}

/// Measures the visible header and the toasts below it.
pub fn settle() {
    let Some(page) = found(".docked").and_then(|page| page.dyn_into::<HtmlElement>().ok()) else { return };
    let Some(head) = all(&page, HEADS).into_iter().find(is_drawn) else { return };
    let head_px = head.get_bounding_client_rect().bottom() - page.get_bounding_client_rect().top();
    let toasts_px = found(".toasts").map_or(0.0, |toasts| toasts.get_bounding_client_rect().height());
    set_px(&page, "--toast-y", head_px);
    set_px(&page, "--toast-h", toasts_px);
}
