//! Closing animation of dialogs (`ux.md` 4.8): a copy of the dialog stays in its place for a moment. The copy takes no press, focus or
//! reader, so the next action need not wait. Like `dom`, this code serves both halves: the server compiles it and never runs it.

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlSelectElement};

use super::{device, dom};
use crate::appearance::Motion;

/// Time for which the copy stays: the animation of `style/motion.css`.
const FADE_MS: u64 = 120;
/// Scrolled part of a dialog.
const SCROLLED: &str = ".dialog-body";

/// Leaves a copy behind when the calling component is disposed.
pub fn follow(dialog: NodeRef<Dialog>) {
    on_cleanup(move || {
        if let Some(dialog) = dialog.try_get_untracked().flatten() {
            leave(&dialog);
        }
    });
}

fn leave(dialog: &Element) {
    let is_still = device::root_attribute("data-motion").is_some_and(|word| word == Motion::None.as_str());
    if is_still || !dialog.is_connected() {
        return;
    }
    let copy = dialog.clone_node_with_deep(true).ok().and_then(|copy| copy.dyn_into::<Element>().ok());
    let Some((picture, body)) = copy.zip(document().body()) else { return };
    // An open dialog would take the next Escape.
    let _ = picture.remove_attribute("open");
    for (name, value) in [("inert", ""), ("aria-hidden", "true")] {
        // Both are valid names.
        let _ = picture.set_attribute(name, value);
    }
    // A cloned list shows the choice that stands in the document, so the present one is set.
    for (at, shown) in each(&picture, "select") {
        let chosen = each(dialog, "select").find(|(of, _)| *of == at).map(|(_, list)| list);
        let lists = (shown.dyn_into::<HtmlSelectElement>(), chosen.map(JsCast::dyn_into::<HtmlSelectElement>));
        if let (Ok(shown), Some(Ok(chosen))) = lists {
            shown.set_value(&chosen.value());
        }
    }
    if body.append_child(&picture).is_err() {
        return;
    }
    for (at, scrolled) in each(&picture, SCROLLED) {
        let top_px = each(dialog, SCROLLED).find(|(of, _)| *of == at).map_or(0, |(_, body)| body.scroll_top());
        scrolled.set_scroll_top(top_px);
    }
    dom::after(FADE_MS, move || picture.remove());
}

fn each(of: &Element, selector: &str) -> impl Iterator<Item = (u32, Element)> + use<> {
    let all = of.query_selector_all(selector).ok();
    let count = all.as_ref().map_or(0, |all| all.length());
    (0..count).filter_map(move |at| Some((at, all.as_ref()?.item(at)?.dyn_into().ok()?)))
}
