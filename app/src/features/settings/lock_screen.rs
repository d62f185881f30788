//! Screen of a locked page (`ux.md` 2.12). The root's attribute hides the page; this screen leads back to it.

use leptos::prelude::*;

use super::account_fields::{password_refusal, secret};
use crate::browser::{CallError, dom};
use crate::i18n::{said, use_i18n};
use crate::session::use_session;
use crate::ui::button::button;
use crate::ui::dialog::{self, DialogRef};
use crate::view::bindings::{handler, submit_handler, when};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::{lazy_view, load_view_when};

/// Id of the field for the password of an account.
const FIELD: &str = "lock-password";

/// Renders the screen while the page is locked.
pub fn lock_screen() -> ErasedView {
    let session = use_session();
    load_view_when(move || session.home.is_locked.get(), locked)
}

lazy_view! {
    dialogs:
    /// The screen, while the page is locked.
    pub fn locked() {
        let session = use_session();
        when(move || session.home.is_locked.get(), screen).erase()
    }
}

fn screen() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let (frame, password, refused) = (DialogRef::new(), RwSignal::new(String::new()), RwSignal::new(None));
    Effect::new(move |_| dialog::show(frame));
    // The element that had the focus may be gone.
    on_cleanup(|| dom::mend_focus(dom::LISTED));
    let closed = move |_| {
        // Escape is no way back.
        if session.home.is_locked.get_untracked() {
            dialog::show(frame);
        }
    };
    let submit = move || session.ask_to_unlock(&password.get_untracked(), refused);
    view! {
        <dialog class="lock" aria-labelledby="lock-title" aria-describedby="lock-how" node_ref=frame on:close=handler(closed)>
            <form class="state-empty" on:submit=submit_handler(submit)>
                <svg class="ic" data-size="40" aria-hidden="true">
                    <use href="#mark" />
                </svg>
                <h2 id="lock-title">{said!(i18n, lock.title)}</h2>
                <p id="lock-how">{said!(i18n, lock.how)}</p>
                {session.is_account().then(|| password_field(password, refused))}
                <button class="btn" type="submit" data-kind="default">{said!(i18n, lock.unlock)}</button>
                {button(said!(i18n, identity.sign_out), handler(move |_| session.sign_out()))}
            </form>
        </dialog>
    }
    .client_only()
}

fn password_field(password: RwSignal<String>, refused: RwSignal<Option<CallError>>) -> ErasedView {
    let refusal = password_refusal(refused, FIELD);
    view! {
        {secret(refusal, FIELD, said!(use_i18n(), account.password), password)}
        {refusal.of_form()}
    }
    .client_only()
}
