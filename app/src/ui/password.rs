//! Elements beside a password: the hint of a new one, and the choice to show it. One script does the work of both, with and without the
//! page's wasm.

use protocol::words::limits::PASSWORD_GRAPHEMES_MIN;

use crate::prelude::*;

/// Shows passwords on request, and judges new ones.
pub const PASSWORD_SCRIPT: &str = include_str!("password.js");

/// Renders the hint of a new password. While one is written, the script shows its judgement instead.
pub fn new_password_hint(id: &'static str, class: &'static str) -> ErasedView {
    view! {
        <small class=class id=id role="status" data-judges="">
            <span>{said!(account.password_hint, count = PASSWORD_GRAPHEMES_MIN)}</span>
            <span hidden>{said!(account.error.password)}</span>
            <span hidden>{said!(account.strong)}</span>
        </small>
    }
    .erase()
}

/// Renders the choice that shows the passwords of its form. In a document that works without a script it is absent until the script runs.
pub fn show_password(waits_for_script: bool) -> ErasedView {
    let words = said!(account.show_password);
    view! {
        <label class="check" hidden=waits_for_script>
            <input type="checkbox" data-shows="" />
            {words}
        </label>
    }
    .erase()
}
