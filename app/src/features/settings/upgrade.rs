//! Section of the settings in which a guest or a persona becomes an account (`account.md` 10).

use protocol::words::principal::UserKind;

use super::account_fields::{account_refusal, email_field, new_secret};
use super::rows::heading;
use crate::browser::CallError;
use crate::store::account::{AccountForm, AccountSection};
use crate::ui::prelude::*;
use crate::ui::words::common_refusal;

const ADDRESS: &str = "upgrade-address";
const PASSWORD: &str = "upgrade-password";

pub(super) fn upgrade_settings() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let section = AccountSection::default();
    let refusal = account_refusal(section, wrong_field, refusal_words);
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let is_persona = session.me.with_untracked(|me| me.kind) == UserKind::Persona;
    let effects = move || match is_persona {
        true => t_string!(i18n, upgrade.persona),
        false => t_string!(i18n, upgrade.guest),
    };
    let submit = move || {
        let (email, password) = (email.get_untracked(), password.get_untracked());
        session.run(move |state| state.upgrade(section, &email, &password));
    };
    view! {
        <fieldset class="setting" aria-label=said!(own_account.title)>
            {heading(said!(own_account.title))}
            <form class="setting-form" on:submit=submit_handler(submit)>
                <b>{said!(upgrade.title)}</b>
                <p class="setting-note">{text(effects)}</p>
                {email_field(refusal, ADDRESS, said!(upgrade.address), "email", email)}
                {new_secret(refusal, PASSWORD, said!(own_account.password), password)}
                <div class="setting-row">
                    <button class="btn" type="submit">{said!(upgrade.keep)}</button>
                </div>
            </form>
            {refusal.of_form()}
        </fieldset>
    }
    .client_only()
}

fn refusal_words(i18n: Texts, _: AccountForm, error: &CallError) -> &'static str {
    match error.code.as_str() {
        "EMAIL_TAKEN" => t_string!(i18n, account.error.taken),
        _ if error.is_about("email") => t_string!(i18n, account.error.email),
        _ if error.is_about("password") => t_string!(i18n, account.error.password),
        code => common_refusal(i18n, code),
    }
}

/// Returns the id of the field that a refusal is about.
fn wrong_field(_: AccountForm, error: &CallError) -> &'static str {
    match error.code.as_str() {
        code if code == "EMAIL_TAKEN" || error.is_about("email") => ADDRESS,
        _ if error.is_about("password") => PASSWORD,
        _ => NO_FIELD,
    }
}
