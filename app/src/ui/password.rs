//! Elements beside a password: the hint of a new one, and the choice to show it. One script does the work of both, with and without the
//! page's wasm.

use leptos::prelude::*;
use protocol::words::limits::PASSWORD_GRAPHEMES_MIN;

use crate::i18n::{said, t_string, use_i18n};
use crate::view::bindings::text;
use crate::view::erased::{ErasedView, IntoErased};

/// Shows passwords on request, and judges new ones.
pub const PASSWORD_SCRIPT: &str = include_str!("password.js");

/// Renders the hint of a new password. While one is written, the script shows its judgement instead.
pub fn new_password_hint(id: &'static str, class: &'static str) -> ErasedView {
    let i18n = use_i18n();
    view! {
        <small class=class id=id role="status" data-judges="">
            <span>{text(move || t_string!(i18n, account.password_hint, count = PASSWORD_GRAPHEMES_MIN))}</span>
            <span hidden>{said!(i18n, account.error.password)}</span>
            <span hidden>{said!(i18n, account.strong)}</span>
        </small>
    }
    .erase()
}

/// Renders the choice that shows the passwords of its form. In a document that works without a script it is absent until the script runs.
pub fn show_password(waits_for_script: bool) -> ErasedView {
    let words = said!(use_i18n(), account.show_password);
    view! {
        <label class="check" hidden=waits_for_script>
            <input type="checkbox" data-shows="" />
            {words}
        </label>
    }
    .erase()
}
