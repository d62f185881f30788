//! Question before a guest signs out: nobody can sign in again as this guest, so the conversations are lost.

use crate::ui::dialog_frame::{framed, submit_or_cancel};
use crate::ui::prelude::*;

/// Renders the question.
pub fn guest_sign_out() -> ErasedView {
    let session = use_session();
    let frame = DialogRef::new();
    let submit = move || {
        dialog::close(frame);
        session.run(State::sign_out);
    };
    let body = view! {
        <form on:submit=submit_handler(submit)>
            <div class="dialog-body"><p>{said!(upgrade.leaving)}</p></div>
            {submit_or_cancel(frame, said!(identity.sign_out))}
        </form>
    };
    framed(frame, said!(identity.sign_out), body.client_only())
}
