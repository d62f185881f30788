//! The style sheet that comes later: what a link to it looks like; and what opens at a button and is dressed by it.

use leptos::prelude::*;

use super::popover::Popover;
use crate::browser::dom;
use crate::view::bindings::{TextBinding, choice, handler};
use crate::view::erased::{ErasedView, IntoErased};

/// Pause before a sheet that could not be had is asked for again.
const ASK_AGAIN_MS: u64 = 2_000;

/// A link to a sheet. One that could not be had is asked for again, as parts are: what it dresses is there for as long as the page.
pub fn sheet(address: &'static str) -> ErasedView {
    sheet_for(address, "all")
}

/// A link to a sheet for one kind of media.
pub fn sheet_for(address: &'static str, media: &'static str) -> ErasedView {
    let asked = RwSignal::new(0_u32);
    let again = move || {
        dom::after(ASK_AGAIN_MS, move || {
            // The place may be gone by now.
            let _ = asked.try_update(|asked| *asked += 1);
        });
    };
    let link = choice(move || {
        asked.track();
        view! { <link rel="stylesheet" href=address media=media on:error=handler(move |_| again()) /> }.client_only()
    });
    link.client_only()
}

/// A small dialog that opens at a button; the focus goes to it.
pub fn small_dialog(popover: Popover, class: &'static str, label: TextBinding, content: ErasedView) -> ErasedView {
    popover.focus_items();
    view! { <div class=class role="dialog" aria-label=label>{content}</div> }.client_only()
}
