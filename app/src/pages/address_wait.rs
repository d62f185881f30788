//! Parts of a form that waits behind the limit of sign-ins per address (`account.md` 8).
//!
//! With a script, the form stays on the page with all that was typed, and is sent again by itself. Without one, the server leads back to the
//! form, which has everything but the password (`super::form_field`).

use leptos::nonce::use_nonce;

use super::frame::asked;
use crate::address_wait::AddressWait;
use crate::ui::prelude::*;

/// Sends the forms, waits and counts down.
const WAIT_SCRIPT: &str = include_str!("address_wait.js");

/// Renders the count of tries, and the two lines that the script shows while the form waits and after the last try.
#[component]
pub fn WaitLines() -> impl IntoView {
    let t = ServerTexts(use_i18n().locale());
    let tries = AddressWait::of(asked).filter(|wait| wait.seconds.is_some()).map(|wait| wait.tries.to_string());
    view! {
        <input type="hidden" name="try" value=tries.unwrap_or_default() />
        <div class="bar" data-kind="info" data-wait="" hidden>
            <span role="status">{t_string!(t, address_wait.waiting)}</span>
            // A screen reader does not read each second.
            <b role="timer"></b>
        </div>
        <div class="bar" data-kind="error" data-wait="" role="alert" hidden>
            {icon("ic-warn", "14")} <span>{t_string!(t, address_wait.gave_up)}</span>
        </div>
    }
    .erase()
}

/// Renders the words of a page without a script: the time to wait, or that the page gave up.
pub fn wait_words(wait: AddressWait, is_of_account: bool) -> ErasedView {
    let t = ServerTexts(use_i18n().locale());
    let Some(seconds) = wait.seconds else { return t_string!(t, address_wait.gave_up).erase() };
    let password = is_of_account.then(|| view! { " " {t_string!(t, address_wait.password)} });
    view! { {t_string!(t, address_wait.press)} " " <b>{format!("{seconds} s")}</b> "." {password} }.erase()
}

/// Renders the script of all forms of the page that have [`WaitLines`].
#[component]
pub fn WaitScript() -> impl IntoView {
    view! { <script nonce=use_nonce() inner_html=WAIT_SCRIPT></script> }
}
