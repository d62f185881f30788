//! Frame of the dialogs that the session opens one at a time.

use super::dialog::{self, DialogRef};
use crate::prelude::*;
use crate::store::arrangement::ListDialog;
use crate::ui::button::{button, button_of};

/// Renders a dialog of the list.
pub fn framed(frame: DialogRef, title: TextBinding, body: ErasedView) -> ErasedView {
    let session = use_session();
    let closed = handler(move |_| session.list_dialog.set(ListDialog::Closed));
    dialog::framed(frame, "list-dialog-title", title, closed, body)
}

/// Button that closes the dialog.
pub fn done(frame: DialogRef) -> ErasedView {
    view! {
        <div class="dialog-foot">
            {button_of("default", said!(settings.done), handler(move |_| dialog::close(frame)))}
        </div>
    }
    .client_only()
}

/// Buttons of a form: the one that sends it, and the one that closes its dialog.
pub fn submit_or_cancel(frame: DialogRef, submit: TextBinding) -> ErasedView {
    view! {
        <div class="dialog-foot">
            <button class="btn" type="submit" data-kind="default">{submit}</button>
            {button(said!(dialogs.cancel), handler(move |_| dialog::close(frame)))}
        </div>
    }
    .client_only()
}
