//! Fields and refusals of the forms around an account, which the sections of accounts and of guests share.

use leptos::prelude::*;
use protocol::words::limits::{EMAIL_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN};

use crate::i18n::{t_string, use_i18n};
use crate::store::account::{AccountForm, AccountSection};
use crate::ui::dialog::complaint;
use crate::ui::words::Texts;
use crate::view::bindings::{TextBinding, ViewBinding, handler, text, when};
use crate::view::erased::{ErasedView, IntoErased};

/// Field for an e-mail address.
pub(super) fn email_field(id: &'static str, label: TextBinding, value: RwSignal<String>) -> ErasedView {
    view! {
        <label class="label" for=id>{label}</label>
        <input
            class="field"
            id=id
            type="email"
            required
            maxlength=EMAIL_BYTES_MAX.to_string()
            autocomplete="email"
            on:input=handler(move |event| value.set(event_target_value(&event)))
        />
    }
    .client_only()
}

/// Field for the present password.
pub(super) fn secret(id: &'static str, label: TextBinding, value: RwSignal<String>) -> ErasedView {
    password_field(id, label, false, value)
}

/// Field for a new password, with its hint.
pub(super) fn new_secret(id: &'static str, label: TextBinding, value: RwSignal<String>) -> ErasedView {
    let i18n = use_i18n();
    view! {
        {password_field(id, label, true, value)}
        <small class="setting-note" id="account-hint">
            {text(move || t_string!(i18n, account.password_hint, count = PASSWORD_BYTES_MIN))}
        </small>
    }
    .client_only()
}

fn password_field(id: &'static str, label: TextBinding, is_new: bool, value: RwSignal<String>) -> ErasedView {
    view! {
        <label class="label" for=id>{label}</label>
        <input
            class="field"
            id=id
            type="password"
            required
            minlength=is_new.then(|| PASSWORD_BYTES_MIN.to_string())
            maxlength=PASSWORD_BYTES_MAX.to_string()
            autocomplete=if is_new { "new-password" } else { "current-password" }
            aria-describedby=is_new.then_some("account-hint")
            on:input=handler(move |event| value.set(event_target_value(&event)))
        />
    }
    .client_only()
}

/// Reason for which the last action was refused, in the words for the open form and the code.
pub(super) fn refusal(section: AccountSection, words: fn(Texts, AccountForm, &str) -> &'static str) -> ViewBinding {
    let i18n = use_i18n();
    let reason = move || words(i18n, section.form.get(), &section.refusal());
    when(move || !section.refusal().is_empty(), move || complaint(text(reason)))
}

/// Returns the words of a refusal that every form can get.
pub(super) fn common_refusal(i18n: Texts, code: &str) -> &'static str {
    match code {
        "BAD_CREDENTIALS" => t_string!(i18n, own_account.wrong),
        "RATE_LIMITED" | "OVERLOADED" => t_string!(i18n, sign_in.error.too_fast),
        "NETWORK" => t_string!(i18n, refused.network),
        _ => t_string!(i18n, refused.other),
    }
}
