//! Screen of a locked page (`ux.md` 2.12). The root's attribute hides the page; this screen leads back to it.

use super::account_fields::{password_refusal, secret};
use crate::browser::CallError;
use crate::ui::prelude::*;

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
    let session = use_session();
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
                <h2 id="lock-title">{said!(lock.title)}</h2>
                <p id="lock-how">{said!(lock.how)}</p>
                {session.is_account().then(|| password_field(password, refused))}
                <button class="btn" type="submit" data-kind="default">{said!(lock.unlock)}</button>
                {button(said!(identity.sign_out), handler(move |_| session.sign_out()))}
            </form>
        </dialog>
    }
    .client_only()
}

fn password_field(password: RwSignal<String>, refused: RwSignal<Option<CallError>>) -> ErasedView {
    let refusal = password_refusal(refused, FIELD);
    view! {
        {secret(refusal, FIELD, said!(account.password), password)}
        {refusal.of_form()}
    }
    .client_only()
}
