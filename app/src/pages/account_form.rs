//! Forms of accounts on the sign-in page: e-mail address and password, and a new account. They are plain posts; only passkeys need a
//! script. A refusal returns as a code in the address (`api::sign_in`, `api::register`).

use leptos::nonce::use_nonce;
use leptos::server_fn::ServerFn;
use protocol::words::limits::{EMAIL_BYTES_MAX, NAME_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_GRAPHEMES_MIN};

use super::address_wait::WaitLines;
use super::entrance::{Entrance, demo_link, entrance};
use super::form_field::{FormField, FormRefusal, WrongField, keeping_typed, typed};
use super::frame::asked;
use super::sign_in_fields::{ErrorLine, StatusChoice};
use crate::api::account::{CODE_CHARS_MAX, FORGOT, RECOVER, SECOND_FACTOR};
use crate::api::{Register, SignIn};
use crate::ui::password::{PASSWORD_SCRIPT, new_password_hint, show_password};
use crate::ui::prelude::*;

/// Shows the passkey button if the browser supports passkeys.
const PASSKEY_SCRIPT: &str = include_str!("passkey.js");

/// Signs in with e-mail address and password, or with a passkey.
#[component]
pub fn AccountForm(turnstile: Children, refused: FormRefusal) -> impl IntoView {
    let i18n = use_i18n();
    let own = ServerTexts(i18n.locale());
    let is_first = entrance() == Entrance::Accounts;
    view! {
        <form class="signin-form" method="post" action=SignIn::PATH aria-labelledby="account">
            <h2 class="signin-head" id="account">{t_string!(own, entrance.account)}</h2>
            <ErrorLine refused=refused.clone() is_of_account=true />
            <Email refused=refused.clone() />
            <Password is_new=false refused=refused.clone() />
            <SecondFactor name="code" refused=refused.clone() />
            <StatusChoice is_of_account=true refused />
            <Remember />
            {turnstile()}
            <WaitLines />
            <div class="signin-go">
                <div class="signin-ways">
                    <button class="btn" data-kind=is_first.then_some("default") type="submit">
                        {t_string!(i18n, app.sign_in)}
                    </button>
                    <span id="passkey" hidden>
                        <button class="btn" type="button">{t_string!(i18n, passkeys.sign_in)}</button>
                    </span>
                    <script nonce=use_nonce() inner_html=PASSKEY_SCRIPT></script>
                </div>
                <div class="signin-ways">
                    <a href=keeping_typed(FORGOT)>{t_string!(own, account_pages.forgot)}</a>
                    <a href=keeping_typed(RECOVER)>{t_string!(own, account_pages.use_code)}</a>
                </div>
            </div>
            <div class="or">{t_string!(own, entrance.no_account)}</div>
            <div class="signin-go">
                <a class="btn" href="/sign-in?form=new">{t_string!(i18n, account.create)}</a>
            </div>
        </form>
    }
    .erase()
}

/// Makes an account and signs in.
#[component]
pub fn NewAccountForm(turnstile: Children, refused: FormRefusal) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <form class="signin-form" method="post" action=Register::PATH>
            <ErrorLine refused=refused.clone() is_of_account=true />
            <Email refused=refused.clone() />
            <Password is_new=true refused=refused.clone() />
            <FormField
                id="new-name"
                name="displayName"
                label=t_string!(i18n, sign_in.name)
                refusal=refused.of(WrongField::Name)
                dir=Some("auto")
                maxlength=NAME_BYTES_MAX.to_string()
                autocomplete="nickname"
            />
            <StatusChoice is_of_account=false refused />
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

#[component]
pub fn Email(refused: FormRefusal) -> impl IntoView {
    view! {
        <FormField
            id="email"
            name="email"
            label=t_string!(use_i18n(), account.email)
            kind="email"
            refusal=refused.of(WrongField::Email)
            maxlength=EMAIL_BYTES_MAX.to_string()
            autocomplete="username webauthn"
        />
    }
}

#[component]
pub fn Password(
    /// `true` for a password that the person chooses now.
    is_new: bool,
    refused: FormRefusal,
    /// Label, if the account has an old password, too.
    #[prop(optional)]
    label: Option<&'static str>,
) -> impl IntoView {
    let label = label.unwrap_or_else(|| t_string!(use_i18n(), account.password));
    let of_choice = refused.of(WrongField::Password);
    view! {
        <FormField
            id="password"
            name="password"
            label
            kind="password"
            refusal=if is_new { of_choice } else { of_choice.or(refused.of(WrongField::Proof)) }
            hint=is_new.then(|| new_password_hint("password-hint", "signin-hint"))
            minlength=is_new.then(|| PASSWORD_GRAPHEMES_MIN.to_string())
            maxlength=PASSWORD_BYTES_MAX.to_string()
            autocomplete=if is_new { "new-password" } else { "current-password" }
        />
        {show_password(true)}
        <script nonce=use_nonce() inner_html=PASSWORD_SCRIPT></script>
    }
}

/// Second factor of an account (`account.md` 12). The field is shown once the server has asked for it, or where it is known to ask.
#[component]
pub fn SecondFactor(
    name: &'static str,
    refused: FormRefusal,
    /// The account is known to have a second factor.
    #[prop(default = false)]
    is_known: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_next_step = asked("step").as_deref() == Some("code");
    let question = is_next_step.then(|| refused.of(WrongField::Factor)).flatten();
    (is_known || refused.code == SECOND_FACTOR).then(|| {
        let words = t_string!(i18n, account.factor_hint);
        let question = question.map(|words| {
            view! { <div class="bar" data-kind="info">{icon("ic-info", "14")} <span>{words}</span></div> }.erase()
        });
        let hint = view! {
            <div id="second-factor-hint">{question} <small class="signin-hint">{words}</small></div>
        }
        .erase();
        view! {
            <FormField
                id="second-factor"
                name
                label=t_string!(i18n, account.factor)
                refusal=refused.of(WrongField::Factor).filter(|_| !is_next_step)
                is_next=is_next_step
                hint=Some(hint)
                dir=Some("ltr")
                maxlength=CODE_CHARS_MAX.to_owned()
                autocomplete="one-time-code"
                is_code=true
            />
        }
        .erase()
    })
}

/// Choice whether the browser is to be remembered.
#[component]
pub fn Remember() -> impl IntoView {
    let is_chosen = typed("remember").is_some_and(|value| value == "true");
    view! {
        <label class="check">
            <input type="checkbox" name="remember" value="true" checked=is_chosen />
            {t_string!(use_i18n(), account.remember)}
        </label>
    }
}
