//! Screen of a locked page (`ux.md` 2.12). The root's attribute hides the page; this screen leads back to it.

use leptos::prelude::*;

use crate::browser::dom;
use crate::i18n::{said, use_i18n};
use crate::session::use_session;
use crate::ui::dialog::{self, DialogRef};
use crate::view::bindings::{handler, when};
use crate::view::erased::{ErasedView, IntoErased};
use crate::view::lazy::{lazy_view, load_view_when};

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
    let frame = DialogRef::new();
    Effect::new(move |_| dialog::show(frame));
    // The element that had the focus may be gone.
    on_cleanup(|| dom::mend_focus(".list .cover[aria-current]"));
    let closed = move |_| {
        // Escape is no way back.
        if session.home.is_locked.get_untracked() {
            dialog::show(frame);
        }
    };
    let is_account = session.is_account();
    view! {
        <dialog class="lock" aria-labelledby="lock-title" aria-describedby="lock-how" node_ref=frame on:close=handler(closed)>
            <div class="state-empty">
                <svg class="ic" data-size="40" aria-hidden="true">
                    <use href="#mark" />
                </svg>
                <h2 id="lock-title">{said!(i18n, lock.title)}</h2>
                <p id="lock-how">{said!(i18n, lock.how)}</p>
                <button class="btn" type="button" data-kind="default" on:click=handler(move |_| session.ask_to_unlock())>
                    {if is_account { said!(i18n, lock.password) } else { said!(i18n, lock.back) }}
                </button>
            </div>
        </dialog>
    }
    .client_only()
}
