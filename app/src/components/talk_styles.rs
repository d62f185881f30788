//! The style sheet of what comes later in a conversation (`style/talk.css`). It is asked for where something of it is shown.

use leptos::prelude::*;

use super::live::{Text, act, switch};
use super::popover::Popover;
use crate::browser::part::{IntoPart, Part};

/// Its address. It has no hash: the browser asks whether it is still the same.
const ADDRESS: &str = "/pkg/talk.css";

/// The link to it.
pub fn link() -> Part {
    view! { <link rel="stylesheet" href=ADDRESS /> }.late_part()
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
