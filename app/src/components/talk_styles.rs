//! Style sheets that come later: what a link to one looks like, and that of what comes later in a conversation (`style/talk.css`),
//! which is asked for where something of it is shown.

use leptos::prelude::*;

use super::live::{Text, act, choice, switch};
use super::popover::Popover;
use crate::browser::dom;
use crate::browser::part::{IntoPart, Part};

/// Its address. It has no hash: the browser asks whether it is still the same.
const ADDRESS: &str = "/pkg/talk.css";
/// Pause before a sheet that could not be had is asked for again.
const ASK_AGAIN_MS: u64 = 2_000;

/// The link to it.
pub fn link() -> Part {
    sheet(ADDRESS)
}

/// A link to a sheet. One that could not be had is asked for again, as parts are: what it dresses is there for as long as the page.
pub fn sheet(address: &'static str) -> Part {
    let asked = RwSignal::new(0_u32);
    let again = move || {
        dom::after(ASK_AGAIN_MS, move || {
            // The place may be gone by now.
            let _ = asked.try_update(|asked| *asked += 1);
        });
    };
    let link = choice(move || {
        asked.track();
        view! { <link rel="stylesheet" href=address on:error=act(move |_| again()) /> }.late_part()
    });
    link.late_part()
}

/// A small dialog that opens at a button, once its style sheet is there (or cannot be had); then the focus goes to it.
pub fn styled(popover: Popover, class: &'static str, label: Text, content: Part) -> Part {
    let is_waiting = RwSignal::new(true);
    let come = move || {
        is_waiting.set(false);
        popover.focus_items();
    };
    view! {
        <link rel="stylesheet" href=ADDRESS on:load=act(move |_| come()) on:error=act(move |_| come()) />
        <div class=class role="dialog" aria-label=label hidden=switch(move || is_waiting.get())>
            {content}
        </div>
    }
    .late_part()
}
