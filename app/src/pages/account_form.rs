//! Forms of accounts on the sign-in page: e-mail address and password, and a new account. They are plain posts; only passkeys need a
//! script. A refusal returns as a code in the address (`api::sign_in`, `api::register`), without the typed texts.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use protocol::words::limits::{EMAIL_BYTES_MAX, NAME_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_GRAPHEMES_MIN};

use super::address_wait::{WaitLines, kept_form};
use super::entrance::{Entrance, demo_link, entrance};
use super::frame::asked;
use super::sign_in_fields::{ErrorLine, StatusChoice};
use crate::api::account::{CODE_CHARS_MAX, FORGOT, SECOND_FACTOR};
use crate::api::{Register, SignIn};
use crate::i18n::{ServerTexts, t_string, use_i18n};
use crate::view::erased::{ErasedView, IntoErased};

/// Shows the passkey button if the browser supports passkeys.
const PASSKEY_SCRIPT: &str = include_str!("passkey.js");

/// Signs in with e-mail address and password, or with a passkey.
#[component]
pub fn AccountForm(
    /// Check for people.
    turnstile: Children,
    /// Code of the last refusal.
    error: Option<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_first = entrance() == Entrance::Accounts;
    let submit = if is_first { t_string!(i18n, app.sign_in) } else { t_string!(i18n, account.submit) };
    view! {
        <form class="signin-form" method="post" action=SignIn::PATH aria-labelledby="account">
            {account_head(is_first)}
            {error.map(|code| view! { <ErrorLine code is_of_account=true /> })}
            <Email />
            <Password is_new=false />
            <SecondFactor name="code" />
            <StatusChoice is_of_account=true />
            <Remember />
            {turnstile()}
            <WaitLines />
            <div class="signin-go">
                <button class="btn" data-kind=is_first.then_some("default") type="submit">{submit}</button>
                <span id="passkey" hidden>
                    <button class="btn" type="button">{t_string!(i18n, passkeys.sign_in)}</button>
                </span>
                <script nonce=use_nonce() inner_html=PASSKEY_SCRIPT></script>
                <a href="/sign-in?form=new">{t_string!(i18n, account.create)}</a>
                <a href=FORGOT>{t_string!(ServerTexts(i18n.locale()), account_pages.forgot)}</a>
            </div>
        </form>
    }
    .erase()
}

/// Renders the heading of the form, which is a line between two forms where it is the second one.
fn account_head(is_first: bool) -> ErasedView {
    let i18n = use_i18n();
    if is_first {
        let words = t_string!(ServerTexts(i18n.locale()), entrance.account);
        return view! { <h2 class="signin-head" id="account">{words}</h2> }.erase();
    }
    view! { <div class="or" id="account">{t_string!(i18n, account.or_account)}</div> }.erase()
}

/// Makes an account and signs in.
#[component]
pub fn NewAccountForm(
    /// Check for people.
    turnstile: Children,
    /// Code of the last refusal.
    error: Option<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <form class="signin-form" method="post" action=Register::PATH>
            {error.map(|code| view! { <ErrorLine code is_of_account=true /> })}
            <Email />
            <Password is_new=true />
            <label class="signin-label" for="new-name">{t_string!(i18n, sign_in.name)}</label>
            <input
                class="field"
                id="new-name"
                name="displayName"
                dir="auto"
                required
                maxlength=NAME_BYTES_MAX.to_string()
                autocomplete="nickname"
            />
            <StatusChoice is_of_account=false />
            <Remember />
            {turnstile()}
            <div class="signin-go">
                <button class="btn" data-kind="default" type="submit">{t_string!(i18n, account.create)}</button>
                <a href="/sign-in">{t_string!(i18n, account.back)}</a>
                {demo_link()}
            </div>
        </form>
    }
    .erase()
}

/// E-mail address of an account.
#[component]
pub fn Email() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <label class="signin-label" for="email">{t_string!(i18n, account.email)}</label>
        <input
            class="field"
            id="email"
            type="email"
            name="email"
            required
            maxlength=EMAIL_BYTES_MAX.to_string()
            autocomplete="username webauthn"
            value=kept_form().map(|form| form.email).filter(|email| !email.is_empty())
        />
    }
}

/// Password of an account.
#[component]
pub fn Password(
    /// `true` for a password that the person chooses now.
    is_new: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <label class="signin-label" for="password">{t_string!(i18n, account.password)}</label>
        <input
            class="field"
            id="password"
            type="password"
            name="password"
            required
            minlength=is_new.then(|| PASSWORD_GRAPHEMES_MIN.to_string())
            maxlength=PASSWORD_BYTES_MAX.to_string()
            autocomplete=if is_new { "new-password" } else { "current-password" }
            aria-describedby=is_new.then_some("password-hint")
        />
        {is_new.then(|| {
            let hint = t_string!(i18n, account.password_hint, count = PASSWORD_GRAPHEMES_MIN);
            view! { <small class="signin-hint" id="password-hint">{hint}</small> }
        })}
    }
}

/// Second factor of an account (`account.md` 12). The field is shown once the server has asked for it, or where it is known to ask.
#[component]
pub fn SecondFactor(
    /// Member of the form.
    name: &'static str,
    /// The account is known to have a second factor.
    #[prop(default = false)]
    is_known: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_asked = asked("error").as_deref() == Some(SECOND_FACTOR);
    (is_asked || is_known).then(|| {
        view! {
            <label class="signin-label" for="second-factor">{t_string!(i18n, account.factor)}</label>
            <input
                class="field"
                id="second-factor"
                name=name
                dir="ltr"
                required
                maxlength=CODE_CHARS_MAX
                autocomplete="one-time-code"
                autocapitalize="none"
                spellcheck="false"
                autofocus=is_asked
                aria-describedby="second-factor-hint"
            />
            <small class="signin-hint" id="second-factor-hint">{t_string!(i18n, account.factor_hint)}</small>
        }
        .erase()
    })
}

/// Choice whether the browser is to be remembered.
#[component]
pub fn Remember() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <label class="check">
            <input
                type="checkbox"
                name="remember"
                value="true"
                checked=kept_form().is_some_and(|form| form.remember)
            />
            {t_string!(i18n, account.remember)}
        </label>
    }
}
