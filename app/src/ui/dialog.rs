//! Frame of a dialog: a caption with title and close button, and the content. It is a native dialog, which traps the focus and restores it.
//! The dialog that asks to sign in again has its own frame, because it cannot simply be closed.

use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;

use super::icon::icon;
use crate::browser::closing_animation;
use crate::i18n::{said, use_i18n};
use crate::view::bindings::{EventHandler, TextBinding, handler};
use crate::view::erased::{ErasedView, IntoErased};

/// Element of a dialog, by which it is closed.
pub type DialogRef = NodeRef<html::Dialog>;

/// Renders a dialog that is open while it is in the view. `closed` is called at its end in any case.
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

/// Error message of a dialog, which is announced at once. All dialogs share it, to keep the page small.
pub fn complaint(words: TextBinding) -> ErasedView {
    view! { <div class="bar" data-kind="error" role="alert">{icon("ic-warn", "14")} <span>{words}</span></div> }
        .client_only()
}

/// Shows the dialog in the top layer as soon as it is in the document.
pub fn show(dialog: DialogRef) {
    if let Some(dialog) = dialog.get() {
        // The browser refuses only a dialog that is not in the document, or already open.
        let _ = dialog.show_modal();
    }
}

/// Closes the dialog.
pub fn close(dialog: DialogRef) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}
