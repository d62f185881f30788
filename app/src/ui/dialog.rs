//! Frame of a dialog: a caption with title and close button, and the content. It is a native dialog, which traps the focus and restores it.
//! The dialog that asks to sign in again has its own frame, because it cannot simply be closed.

use leptos::ev::{Event, MouseEvent};

use super::icon::icon;
use crate::browser::closing_animation;
use crate::prelude::*;

/// Element of a dialog, by which it is closed.
pub type DialogRef = NodeRef<html::Dialog>;

/// First control of a dialog's content.
const FIRST: &str = ".window-body :is(input, select, textarea, button, a[href])";
/// Controls that take typed text.
const TEXT_FIELDS: &str = "textarea, input:not([type=checkbox], [type=radio], [type=range], [type=color], [type=file])";
/// Title of a dialog, which takes the focus if the content does not begin with a text field.
const TITLE: &str = ".caption-title";

/// Renders a dialog that is open while it is in the view. `closed` is called at its end in any case.
pub fn framed(
    dialog: DialogRef,
    title_id: &'static str,
    title: TextBinding,
    closed: EventHandler<Event>,
    body: ErasedView,
) -> ErasedView {
    Effect::new(move |_| {
        show(dialog);
        focus_start(dialog);
    });
    closing_animation::follow(dialog);
    let pressed = handler(move |event| mend_focus(dialog, &event));
    view! {
        <dialog class="dialog" aria-labelledby=title_id node_ref=dialog on:close=closed on:click=pressed>
            <div class="caption">
                <h2 class="caption-title" id=title_id tabindex="-1">{title}</h2>
                <button
                    class="cap-btn"
                    type="button"
                    data-kind="close"
                    aria-label=said!(settings.close)
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

/// Focuses the text field that the content begins with, or else the title: the browser would choose the close button, which Enter presses.
/// Touch gets the title, because a field would open the keyboard. A content that names its own start keeps the focus.
fn focus_start(dialog: DialogRef) {
    let Some(dialog) = dialog.get_untracked() else { return };
    if dialog.query_selector("[autofocus]").is_ok_and(|named| named.is_some()) {
        return;
    }
    let first = dialog.query_selector(FIRST).ok().flatten();
    match first.filter(|first| !dom::is_touch() && first.matches(TEXT_FIELDS).unwrap_or(false)) {
        Some(field) => dom::focus_target(Some(field.into())),
        None => _ = dom::focus_first(&dialog, &[TITLE]),
    }
}

/// Focuses the start of the dialog if a press removes its own control, for example because another step is shown. The control may be gone
/// before this handler runs, so it is the target of the event and not the element with the focus.
fn mend_focus(dialog: DialogRef, event: &MouseEvent) {
    let pressed = event.target();
    dom::after_paint(move || {
        let is_open = dialog.try_get_untracked().flatten().is_some_and(|dialog| dialog.open());
        if is_open && dom::is_gone(pressed) && !dom::is_focus_in("body *") {
            focus_start(dialog);
        }
    });
}

pub fn close(dialog: DialogRef) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}
