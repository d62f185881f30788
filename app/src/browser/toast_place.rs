//! Place of toasts on a phone (`ux.md` 4.4): below the header of the page, which is as high as its name needs, and in the list below the search. The style sheet reads the
//! two lengths. Like `dom`, this code serves both halves: the server compiles it and never runs it.

use leptos::prelude::*;
use leptos::wasm_bindgen::prelude::*;
use leptos::web_sys::{Element, HtmlElement, ResizeObserver};

use super::dom::found;

/// Selector of the headers, of which a phone shows one. That of the list ends with the search.
const HEADS: &str = ".to, .search-row";

/// Measures again whenever the toasts or the page get another size, until the calling component ends. The first toast is smaller as soon
/// as its style sheet is loaded.
pub fn follow() {
    let watch = StoredValue::new_local(Watch::begin());
    on_cleanup(move || drop(watch.try_update_value(Option::take)));
}

/// Measures the visible header and the toasts below it.
pub fn settle() {
    let Some(page) = found(".docked").and_then(|page| page.dyn_into::<HtmlElement>().ok()) else { return };
    let Some(head) = visible_head(&page) else { return };
    let head_px = head.get_bounding_client_rect().bottom() - page.get_bounding_client_rect().top();
    let toasts_px = found(".toasts").map_or(0.0, |toasts| toasts.get_bounding_client_rect().height());
    for (name, px) in [("--toast-y", head_px), ("--toast-h", toasts_px)] {
        // Both names are valid.
        let _ = HtmlElement::style(&page).set_property(name, &format!("{px}px"));
    }
}

/// Observer of the sizes; dropping it ends it.
struct Watch {
    sizes: ResizeObserver,
    _on_size: Closure<dyn FnMut()>,
}

impl Watch {
    fn begin() -> Option<Self> {
        let on_size = Closure::<dyn FnMut()>::new(settle);
        let sizes = ResizeObserver::new(on_size.as_ref().unchecked_ref()).ok()?;
        for element in [found(".docked"), found(".toasts"), found(".search-row")].into_iter().flatten() {
            sizes.observe(&element);
        }
        Some(Self { sizes, _on_size: on_size })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.sizes.disconnect();
    }
}

fn visible_head(page: &Element) -> Option<Element> {
    let heads = page.query_selector_all(HEADS).ok()?;
    let mut elements = (0..heads.length()).filter_map(|at| heads.get(at)?.dyn_into::<Element>().ok());
    elements.find(|head| head.get_client_rects().length() > 0)
}
