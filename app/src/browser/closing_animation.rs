//! Closing animation of dialogs (`ux.md` 4.8): a copy of the dialog stays in its place for a moment. The copy takes no press, focus or
//! reader, so the next action need not wait. Like `dom`, this code serves both halves: the server compiles it and never runs it.

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlSelectElement};

use super::device;
use super::dom::{self, all};
use crate::appearance::Motion;

/// Time for which the copy stays: the animation of `style/motion.css`.
const FADE_MS: u64 = 120;
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
    for (shown, chosen) in all(&picture, "select").into_iter().zip(all(dialog, "select")) {
        if let (Ok(shown), Ok(chosen)) = (shown.dyn_into::<HtmlSelectElement>(), chosen.dyn_into::<HtmlSelectElement>())
        {
            shown.set_value(&chosen.value());
        }
    }
    if body.append_child(&picture).is_err() {
        return;
    }
    for (scrolled, body) in all(&picture, SCROLLED).iter().zip(all(dialog, SCROLLED)) {
        scrolled.set_scroll_top(body.scroll_top());
    }
    dom::after(FADE_MS, move || picture.remove());
}
