//! Section of the settings for the account: its address, its password, and its recovery codes (`account.md` 3, 5.1, 6). The row of the
//! second factor and its form are in `second_factor`.

use super::account_fields::{account_refusal, email_field, new_secret, password_field, secret, what_ends};
use super::rows::heading;
use super::second_factor::{self, TO_FACTOR, factor_form, factor_row};
use super::upgrade::upgrade_settings;
use crate::browser::CallError;
use crate::features::alerts::address_bar::send_again;
use crate::store::account::{AccountForm, AccountOutcome, AccountSection};
use crate::store::passkeys::KeptPasskeys;
use crate::ui::prelude::*;
use crate::ui::words::common_refusal;

/// Ids of the fields, of which the first one takes the focus with its form, and of the buttons that open the forms.
const ADDRESS: &str = "account-address";
const PROOF: &str = "account-proof";
const PASSWORD: &str = "account-password";
const NEXT: &str = "account-next";
const TO_ADDRESS: &str = "to-account-address";
const TO_PASSWORD: &str = "to-account-password";
/// Id of the button that copies new codes.
const COPY: &str = "copy-codes";
/// Ids of the buttons that make new codes: the one of the row, and the one of the question.
const MAKE: &str = "make-codes";
const REALLY: &str = "really-make-codes";

/// The section. Guests and personas have another one.
#[component]
pub fn AccountSettings() -> impl IntoView {
    let session = use_session();
    if !session.is_account() {
        return upgrade_settings();
    }
    let section = AccountSection::default();
    let refusal = account_refusal(section, wrong_field, refusal_words);
    session.run(State::load_account);
    // The button of a closed form gets the focus back.
    Effect::new(move |before: Option<AccountForm>| {
        let form = section.form.get();
        if form == AccountForm::Closed {
            match before {
                Some(AccountForm::Address) => dom::focus_by_id(TO_ADDRESS),
                Some(AccountForm::Password) => dom::focus_by_id(TO_PASSWORD),
                Some(AccountForm::SecondFactor) => dom::focus_by_id(TO_FACTOR),
                _ => {}
            }
        }
        form
    });
    let is_known = move || session.account.own.with(Option::is_some);
    view! {
        <fieldset class="setting" aria-label=said!(own_account.title)>
            {heading(said!(own_account.title))}
            {when(is_known, move || address_row(section))}
            {when(move || section.form.get() == AccountForm::Address, move || address_form(section, refusal))}
            {password_row(section)}
            {when(move || section.form.get() == AccountForm::Password, move || password_form(section, refusal))}
            {when(is_known, move || factor_row(section))}
            {factor_form(section, refusal)}
            {when(is_known, move || codes_row(section))}
            {when(move || section.codes.with(|codes| !codes.is_empty()), move || new_codes(section))}
            {outcome(section)}
            {refusal.of_form()}
        </fieldset>
    }
    .client_only()
}

// ---- Address

fn address_row(section: AccountSection) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let account = session.account;
    let is_verified = move || account.own.with(|own| own.as_ref().is_some_and(|own| own.is_verified));
    let has_mail = move || account.own.with(|own| own.as_ref().is_some_and(|own| own.has_mail));
    let note = move || match (is_verified(), account.is_mail_sent.get()) {
        (true, _) => t_string!(i18n, own_account.confirmed),
        (false, true) => t_string!(i18n, own_account.sent),
        (false, false) => t_string!(i18n, own_account.unconfirmed),
    };
    let change = move || opener(section, TO_ADDRESS, AccountForm::Address, said!(own_account.change_address), None);
    view! {
        <div class="setting-row">
            <span class="grow">
                <b>{text(move || account.email())}</b>
                " "
                <small class="setting-note" role="status">{text(note)}</small>
            </span>
            {when(move || account.wants_proof() && !account.is_mail_sent.get(), send_again)}
            {when(has_mail, change)}
        </div>
    }
    .client_only()
}

fn address_form(section: AccountSection, refusal: FormRefusal) -> ErasedView {
    let session = use_session();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move || session.change_address(section, &email.get_untracked(), &password.get_untracked());
    dom::focus_by_id(ADDRESS);
    let fields = view! {
        {email_field(refusal, ADDRESS, said!(own_account.new_address), "email", email)}
        {secret(refusal, PROOF, said!(own_account.current), password)}
    };
    form(section, submit_handler(submit), fields.client_only(), said!(own_account.ask))
}

// ---- Password

fn password_row(section: AccountSection) -> ErasedView {
    view! {
        <div class="setting-row" data-also=said!(sections.also.password)>
            <b class="grow">{said!(own_account.password)}</b>
            {opener(section, TO_PASSWORD, AccountForm::Password, said!(own_account.change_password), None)}
        </div>
    }
    .client_only()
}

fn password_form(section: AccountSection, refusal: FormRefusal) -> ErasedView {
    let session = use_session();
    let (current, next) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let keeping = KeptPasskeys::new(session.account);
    let submit = move || {
        session.change_password(section, &current.get_untracked(), &next.get_untracked(), keeping.chosen());
    };
    dom::focus_by_id(PASSWORD);
    let fields = view! {
        {password_field(refusal, PASSWORD, said!(own_account.current), false, current)}
        {new_secret(refusal, NEXT, said!(own_account.next), next)}
        {what_ends(keeping)}
    };
    form(section, submit_handler(submit), fields.client_only(), said!(own_account.save))
}

// ---- Recovery codes

fn codes_row(section: AccountSection) -> ErasedView {
    let is_asking = RwSignal::new(false);
    choice(move || match is_asking.get() {
        true => codes_question(section, is_asking),
        false => codes_state(section, is_asking),
    })
}

/// Renders the number of codes. New codes replace those that the person may have written down, so there is a question first.
fn codes_state(section: AccountSection, is_asking: RwSignal<bool>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let count = move || session.account.own.with(|own| own.as_ref().map_or(0, |own| own.recovery_codes));
    let left = move || match count() {
        0 => t_string!(i18n, own_account.codes_none).to_owned(),
        count => t_string!(i18n, own_account.codes_left, count = count),
    };
    let make = move |_| match untrack(count) {
        0 => session.run(move |state| state.make_recovery_codes(section)),
        _ => is_asking.set(true),
    };
    view! {
        <div class="setting-row">
            <span class="grow">
                <b>{said!(own_account.codes)}</b>
                " "
                <small class="setting-note">{text(left)}</small>
            </span>
            <button id=MAKE class="btn" type="button" on:click=handler(make)>
                {said!(own_account.codes_make)}
            </button>
        </div>
    }
    .client_only()
}

fn codes_question(section: AccountSection, is_asking: RwSignal<bool>) -> ErasedView {
    let session = use_session();
    let answer = move |is_yes: bool| {
        is_asking.set(false);
        dom::focus_by_id(MAKE);
        if is_yes {
            session.run(move |state| state.make_recovery_codes(section));
        }
    };
    dom::focus_by_id(REALLY);
    view! {
        <div class="setting-row">
            <span class="grow" role="status">{said!(own_account.codes_really)}</span>
            <button id=REALLY class="btn" type="button" on:click=handler(move |_| answer(true))>
                {said!(own_account.codes_make)}
            </button>
            {button(said!(dialogs.cancel), handler(move |_| answer(false)))}
        </div>
    }
    .client_only()
}

/// Renders new codes, which the server tells once.
fn new_codes(section: AccountSection) -> ErasedView {
    let i18n = use_i18n();
    let code = |code: String| view! { <li><code>{code}</code></li> }.client_only();
    let copied = move || if section.are_copied.get() { t_string!(i18n, own_account.codes_copied) } else { "" };
    let copy = copy_press(section.are_copied, move || section.codes.get_untracked().join("\n"));
    let replaced = move || view! { <span>{said!(own_account.codes_replaced)}</span> }.client_only();
    dom::focus_by_id(COPY);
    view! {
        <p id="codes-once">
            {said!(own_account.codes_once)} " " {when(move || section.are_codes_replaced.get(), replaced)}
        </p>
        <ul class="recovery-codes" aria-label=said!(own_account.codes)>{list_of(move || section.codes.get(), code)}</ul>
        <div class="setting-row">
            <span class="grow setting-note" role="status">{text(copied)}</span>
            <button id=COPY class="btn" type="button" aria-describedby="codes-once" on:click=copy>
                {said!(state.copy)}
            </button>
        </div>
    }
    .client_only()
}

// ---- Parts

/// Result of the last action, if it was not refused.
fn outcome(section: AccountSection) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let done = move || match section.outcome.get() {
        Some(AccountOutcome::Done(AccountForm::Address)) => t_string!(i18n, own_account.address_asked),
        Some(AccountOutcome::Done(AccountForm::Password)) => t_string!(i18n, own_account.password_changed),
        Some(AccountOutcome::Done(AccountForm::SecondFactor)) => match session.account.has_second_factor() {
            true => t_string!(i18n, own_account.factor.made),
            false => t_string!(i18n, own_account.factor.ended),
        },
        _ => "",
    };
    view! { <p class="setting-note" role="status">{text(done)}</p> }.client_only()
}

fn refusal_words(i18n: Texts, form: AccountForm, error: &CallError) -> &'static str {
    match (error.code.as_str(), form) {
        (_, AccountForm::Address) if error.is_about("email") => t_string!(i18n, account.error.email),
        (_, AccountForm::Password) if error.is_about("next") => t_string!(i18n, account.error.password),
        ("VALIDATION", AccountForm::SecondFactor) => t_string!(i18n, own_account.factor.old),
        ("SECOND_FACTOR", _) => t_string!(i18n, own_account.factor.wrong),
        ("EMAIL_UNVERIFIED", _) => t_string!(i18n, own_account.factor.unproved),
        ("CONFLICT", AccountForm::SecondFactor) => t_string!(i18n, own_account.factor.done),
        ("MAIL_OFF", _) => t_string!(i18n, own_account.no_mail),
        (code, _) => common_refusal(i18n, code),
    }
}

/// Returns the id of the field that a refusal is about.
fn wrong_field(form: AccountForm, error: &CallError) -> &'static str {
    match (form, error.code.as_str()) {
        (AccountForm::Address, _) if error.is_about("email") => ADDRESS,
        (AccountForm::Address, "BAD_CREDENTIALS") => PROOF,
        (AccountForm::Password, _) if error.is_about("next") => NEXT,
        (AccountForm::Password, "BAD_CREDENTIALS") => PASSWORD,
        (AccountForm::SecondFactor, "BAD_CREDENTIALS") => second_factor::PASSWORD,
        (AccountForm::SecondFactor, "SECOND_FACTOR") => second_factor::CODE,
        _ => NO_FIELD,
    }
}

/// Button that opens and closes a form. `about` is the id of the element that describes it, if its words alone do not.
pub(super) fn opener(
    section: AccountSection,
    id: &'static str,
    form: AccountForm,
    words: TextBinding,
    about: Option<&'static str>,
) -> ErasedView {
    view! {
        <button
            id=id
            class="btn"
            type="button"
            aria-describedby=about
            aria-expanded=aria_bool(move || section.form.get() == form)
            on:click=handler(move |_| section.turn_to(form))
        >
            {words}
        </button>
    }
    .client_only()
}

/// Form with its fields, and the buttons that send and close it.
pub(super) fn form(
    section: AccountSection,
    submit: EventHandler<leptos::ev::SubmitEvent>,
    fields: ErasedView,
    words: TextBinding,
) -> ErasedView {
    view! {
        <form class="setting-form" on:submit=submit>
            {fields}
            <div class="setting-row">
                <button class="btn" type="submit">{words}</button>
                {button(said!(dialogs.cancel), handler(move |_| section.turn_to(AccountForm::Closed)))}
            </div>
        </form>
    }
    .client_only()
}
