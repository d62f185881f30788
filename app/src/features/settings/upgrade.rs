//! Section of the settings in which a guest or a persona becomes an account (`account.md` 10).

use leptos::prelude::*;
use protocol::words::limits::{EMAIL_BYTES_MAX, PASSWORD_BYTES_MIN};
use protocol::words::principal::UserKind;

use super::account::secret;
use super::rows::heading;
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::account::{AccountOutcome, AccountSection};
use crate::ui::dialog::complaint;
use crate::ui::words::Texts;
use crate::view::bindings::{ViewBinding, handler, text, when};
use crate::view::erased::{ErasedView, IntoErased};

const ADDRESS: &str = "upgrade-address";
const PASSWORD: &str = "upgrade-password";

/// Renders the section.
pub(super) fn upgrade_settings() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let section = AccountSection::new();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let is_persona = session.me.with_untracked(|me| me.kind) == UserKind::Persona;
    let effects = move || match is_persona {
        true => t_string!(i18n, upgrade.persona),
        false => t_string!(i18n, upgrade.guest),
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        session.upgrade(section, &email.get_untracked(), &password.get_untracked());
    };
    view! {
        <fieldset class="setting" aria-label=said!(i18n, own_account.title)>
            {heading(said!(i18n, own_account.title))}
            <form class="setting-form" on:submit=handler(submit)>
                <b>{said!(i18n, upgrade.title)}</b>
                <p class="setting-note">{text(effects)}</p>
                <label class="label" for=ADDRESS>{said!(i18n, upgrade.address)}</label>
                <input
                    class="field"
                    id=ADDRESS
                    type="email"
                    required
                    maxlength=EMAIL_BYTES_MAX.to_string()
                    autocomplete="email"
                    on:input=handler(move |event| email.set(event_target_value(&event)))
                />
                {secret(PASSWORD, said!(i18n, own_account.password), true, password)}
                <small class="setting-note" id="account-hint">
                    {text(move || t_string!(i18n, account.password_hint, count = PASSWORD_BYTES_MIN))}
                </small>
                <div class="setting-row">
                    <button class="btn" type="submit">{said!(i18n, upgrade.keep)}</button>
                </div>
            </form>
            {refusal(section)}
        </fieldset>
    }
    .client_only()
}

/// Reason for which the last try was refused.
fn refusal(section: AccountSection) -> ViewBinding {
    let i18n = use_i18n();
    let code = move || match section.outcome.get() {
        Some(AccountOutcome::Refused(code)) => code,
        _ => String::new(),
    };
    let reason = move || refusal_words(i18n, &code());
    when(move || !code().is_empty(), move || complaint(text(reason)))
}

fn refusal_words(i18n: Texts, code: &str) -> &'static str {
    match code {
        "VALIDATION" => t_string!(i18n, upgrade.unusable),
        "EMAIL_TAKEN" => t_string!(i18n, account.error.taken),
        "BAD_CREDENTIALS" => t_string!(i18n, own_account.wrong),
        "RATE_LIMITED" | "OVERLOADED" => t_string!(i18n, sign_in.error.too_fast),
        "NETWORK" => t_string!(i18n, refused.network),
        _ => t_string!(i18n, refused.other),
    }
}
