//! The frame of a dialog: a caption with title and cross, and what is in it. A native dialog: it traps the focus and gives it
//! back. The one that asks to sign in again has a frame of its own, because it cannot simply be closed.

use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;

use super::icon::icon;
use crate::browser::closing_animation;
use crate::i18n::{said, use_i18n};
use crate::view::bindings::{EventHandler, TextBinding, handler};
use crate::view::erased::{ErasedView, IntoErased};

/// The element of a dialog, by which it is closed.
pub type DialogRef = NodeRef<html::Dialog>;

/// A dialog that is open while it is in the view. `closed` hears of its end, by whatever way it came.
pub fn framed(
    dialog: DialogRef,
    title_id: &'static str,
    title: TextBinding,
    closed: EventHandler<Event>,
    body: ErasedView,
) -> ErasedView {
    let i18n = use_i18n();
    Effect::new(move |_| show(dialog));
    closing_animation::follow(dialog);
    view! {
        <dialog class="dialog" aria-labelledby=title_id node_ref=dialog on:close=closed>
            <div class="caption">
                <h2 class="caption-title" id=title_id>{title}</h2>
                <button
                    class="cap-btn"
                    type="button"
                    data-kind="close"
                    aria-label=said!(i18n, settings.close)
                    on:click=handler(move |_| close(dialog))
                >
                    {icon("ic-close", "14")}
                </button>
            </div>
            <div class="window-body">{body}</div>
        </dialog>
    }
    .client_only()
}

/// Complaint about what went wrong, said as soon as it is there: one for every dialog, since each would bring its own code.
pub fn complaint(words: TextBinding) -> ErasedView {
    view! { <div class="bar" data-kind="error" role="alert">{icon("ic-warn", "14")} <span>{words}</span></div> }
        .client_only()
}

/// Lays the dialog over the page as soon as it is there.
pub fn show(dialog: DialogRef) {
    if let Some(dialog) = dialog.get() {
        // Refused only for a dialog that is not in the document, or that is open already.
        let _ = dialog.show_modal();
    }
}

/// Closes the dialog.
pub fn close(dialog: DialogRef) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}
