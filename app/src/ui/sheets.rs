//! Links to lazy style sheets, and a popover dialog that needs one.

use super::popover::Popover;
use crate::prelude::*;

/// Pause before a failed style sheet is requested again.
const ASK_AGAIN_MS: u64 = 2_000;

/// Renders a link to a style sheet. A failed one is requested again, like lazy views, because its views stay for the life of the page.
pub fn sheet(address: &'static str) -> ErasedView {
    sheet_for(address, "all")
}

/// Renders a link to a style sheet for one kind of media.
pub fn sheet_for(address: &'static str, media: &'static str) -> ErasedView {
    let asked = RwSignal::new(0_u32);
    let again = move || {
        dom::after(ASK_AGAIN_MS, move || {
            // The component may be disposed by now.
            let _ = asked.try_update(|asked| *asked += 1);
        });
    };
    let link = choice(move || {
        asked.track();
        view! { <link rel="stylesheet" href=address media=media on:error=handler(move |_| again()) /> }.client_only()
    });
    link.client_only()
}

/// Renders a small dialog that opens at a button and takes the focus.
pub fn small_dialog(popover: Popover, class: &'static str, label: TextBinding, content: ErasedView) -> ErasedView {
    popover.focus_items();
    view! { <div class=class role="dialog" aria-label=label>{content}</div> }.client_only()
}
