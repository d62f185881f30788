//! Section of the settings in which a guest or a persona becomes an account (`account.md` 10).

use leptos::prelude::*;
use protocol::words::principal::UserKind;

use super::account_fields::{common_refusal, email_field, new_secret, refusal};
use super::rows::heading;
use crate::i18n::{said, t_string, use_i18n};
use crate::session::use_session;
use crate::store::account::{AccountForm, AccountSection};
use crate::ui::words::Texts;
use crate::view::bindings::{handler, text};
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
                {email_field(ADDRESS, said!(i18n, upgrade.address), email)}
                {new_secret(PASSWORD, said!(i18n, own_account.password), password)}
                <div class="setting-row">
                    <button class="btn" type="submit">{said!(i18n, upgrade.keep)}</button>
                </div>
            </form>
            {refusal(section, refusal_words, wrong_field)}
        </fieldset>
    }
    .client_only()
}

fn refusal_words(i18n: Texts, _: AccountForm, code: &str) -> &'static str {
    match code {
        "VALIDATION" => t_string!(i18n, upgrade.unusable),
        "EMAIL_TAKEN" => t_string!(i18n, account.error.taken),
        _ => common_refusal(i18n, code),
    }
}

/// Returns the id of the field that a refusal is about. The browser has checked that the address is one.
fn wrong_field(_: AccountForm, code: &str) -> &'static str {
    match code {
        "EMAIL_TAKEN" => ADDRESS,
        "VALIDATION" => PASSWORD,
        _ => "",
    }
}
