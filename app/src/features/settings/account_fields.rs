//! Fields and refusals of the forms around an account, which the sections of accounts and of guests share.

use protocol::words::limits::{EMAIL_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_GRAPHEMES_MIN};

use crate::api::account::CODE_CHARS_MAX;
use crate::browser::CallError;
use crate::store::account::{AccountForm, AccountSection};
use crate::store::passkeys::{KeptPasskeys, Passkey};
use crate::ui::password::{new_password_hint, show_password};
use crate::ui::prelude::*;
use crate::ui::words::{common_refusal, refused_words};

/// Id of the hint of a new password.
const HINT: &str = "account-hint";

pub(super) fn email_field(
    refusal: FormRefusal,
    id: &'static str,
    label: TextBinding,
    autocomplete: &'static str,
    value: RwSignal<String>,
) -> ErasedView {
    view! {
        <label class="label" for=id>{label}</label>
        <input
            class="field"
            id=id
            type="email"
            required
            maxlength=EMAIL_BYTES_MAX.to_string()
            autocomplete=autocomplete
            aria-invalid=refusal.mark(id)
            aria-describedby=refusal.description(id, "")
            on:input=refusal.edited(id, move |event| value.set(event_target_value(&event)))
        />
        {refusal.under(id)}
    }
    .client_only()
}

/// Field for the present password, and the choice to show it.
pub(super) fn secret(
    refusal: FormRefusal,
    id: &'static str,
    label: TextBinding,
    value: RwSignal<String>,
) -> ErasedView {
    view! { {password_field(refusal, id, label, false, value)} {show_password(false)} }.client_only()
}

/// Field for a new password, with its hint, and the choice to show all passwords of the form.
pub(super) fn new_secret(
    refusal: FormRefusal,
    id: &'static str,
    label: TextBinding,
    value: RwSignal<String>,
) -> ErasedView {
    view! {
        {password_field(refusal, id, label, true, value)}
        {new_password_hint(HINT, "setting-note")}
        {show_password(false)}
    }
    .client_only()
}

/// Field for a password alone.
pub(super) fn password_field(
    refusal: FormRefusal,
    id: &'static str,
    label: TextBinding,
    is_new: bool,
    value: RwSignal<String>,
) -> ErasedView {
    let hint = if is_new { HINT } else { "" };
    view! {
        <label class="label" for=id>{label}</label>
        <input
            class="field"
            id=id
            type="password"
            required
            minlength=is_new.then(|| PASSWORD_GRAPHEMES_MIN.to_string())
            maxlength=PASSWORD_BYTES_MAX.to_string()
            autocomplete=if is_new { "new-password" } else { "current-password" }
            aria-invalid=refusal.mark(id)
            aria-describedby=refusal.description(id, hint)
            on:input=refusal.edited(id, move |event| value.set(event_target_value(&event)))
        />
        {refusal.under(id)}
    }
    .client_only()
}

/// Field for the code of a second factor: the first one of a new factor, or one that a recovery code can replace.
pub(super) fn factor_field(
    refusal: FormRefusal,
    id: &'static str,
    is_first: bool,
    value: RwSignal<String>,
) -> ErasedView {
    let (i18n, hint_id) = (use_i18n(), format!("{id}-hint"));
    let hint = move || match is_first {
        true => t_string!(i18n, own_account.factor.first),
        false => t_string!(i18n, account.factor_hint),
    };
    view! {
        <label class="label" for=id>{said!(account.factor)}</label>
        <input
            class="field"
            id=id
            dir="ltr"
            required
            inputmode=is_first.then_some("numeric")
            maxlength=CODE_CHARS_MAX
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck="false"
            aria-invalid=refusal.mark(id)
            aria-describedby=refusal.description(id, &hint_id)
            on:input=refusal.edited(id, move |event| value.set(event_target_value(&event)))
        />
        {refusal.under(id)}
        <small class="setting-note" id=hint_id>{text(hint)}</small>
    }
    .client_only()
}

/// Words that say what ends with a new password or a second factor, and the passkeys among which the person chooses.
pub(super) fn what_ends(keeping: KeptPasskeys) -> ErasedView {
    let session = use_session();
    session.run(move |state| state.load_passkeys(keeping.passkeys));
    let has_some = move || keeping.passkeys.items.with(|items| !items.is_empty());
    view! {
        <small class="setting-note">{said!(own_account.what_ends)}</small>
        {when(has_some, move || kept_passkeys(keeping))}
    }
    .client_only()
}

/// Passkeys with their days, and a choice for each of them.
fn kept_passkeys(keeping: KeptPasskeys) -> ErasedView {
    let session = use_session();
    let row = move |passkey: Passkey| {
        let (shown, toggled) = (passkey.clone(), passkey.id.clone());
        let date = move || clock::date_text(passkey.created_at, &session.settings.language.get());
        view! {
            <li>
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=switch(move || keeping.keeps(&shown))
                        on:change=handler(move |_| keeping.toggle(&toggled))
                    />
                    <bdi>{passkey.name}</bdi>
                    " "
                    <small class="setting-note">{said!(passkeys.made, date = date())}</small>
                </label>
            </li>
        }
        .client_only()
    };
    view! {
        <fieldset class="setting" aria-label=said!(own_account.passkeys) aria-describedby="kept-passkeys-hint">
            <b>{said!(own_account.passkeys)}</b>
            <ul class="devices">{list_of(move || keeping.passkeys.items.get(), row)}</ul>
            <small class="setting-note" id="kept-passkeys-hint">{said!(own_account.passkeys_hint)}</small>
        </fieldset>
    }
    .client_only()
}

/// Refusal of a form whose only field is the one for the password, if there is one.
pub(super) fn password_refusal(refused: RwSignal<Option<CallError>>, field: &'static str) -> FormRefusal {
    let i18n = use_i18n();
    let wrong_field = move |error: &CallError| if error.code == "BAD_CREDENTIALS" { field } else { NO_FIELD };
    FormRefusal::of(refused, wrong_field, move |error| refused_words(i18n, error, |code| common_refusal(i18n, code)))
}

/// Refusal of the last action of a section, in the words for the open form.
pub(super) fn account_refusal(
    section: AccountSection,
    wrong_field: fn(AccountForm, &CallError) -> &'static str,
    words: fn(Texts, AccountForm, &CallError) -> &'static str,
) -> FormRefusal {
    let i18n = use_i18n();
    let said = move |error: CallError| refused_words(i18n, &error, |_| words(i18n, section.form.get(), &error));
    FormRefusal::new(
        move || section.refusal().map(|error| wrong_field(section.form.get(), &error)),
        move || section.refusal().map(said).unwrap_or_default(),
        move || section.outcome.set(None),
    )
}
