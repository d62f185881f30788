//! Question before a guest signs out: nobody can sign in again as this guest, so the conversations are lost.

use leptos::prelude::*;

use crate::i18n::{said, use_i18n};
use crate::session::{State, use_session};
use crate::ui::dialog::{self, DialogRef};
use crate::ui::dialog_frame::{framed, submit_or_cancel};
use crate::view::bindings::submit_handler;
use crate::view::erased::{ErasedView, IntoErased};

/// Renders the question.
pub fn guest_sign_out() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let frame = DialogRef::new();
    let submit = move || {
        dialog::close(frame);
        session.run(State::sign_out);
    };
    let body = view! {
        <form on:submit=submit_handler(submit)>
            <div class="dialog-body"><p>{said!(i18n, upgrade.leaving)}</p></div>
            {submit_or_cancel(frame, said!(i18n, identity.sign_out))}
        </form>
    };
    framed(frame, said!(i18n, identity.sign_out), body.client_only())
}
