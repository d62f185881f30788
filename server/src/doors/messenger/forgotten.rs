//! A new password for a person who has forgotten theirs (`account.md` 4).
//!
//! The answer to a forgotten password is the same for every address, and so is the work: the shard of the address alone knows whether there is
//! an account.

use std::iter;

use app::mail::AccountMail;
use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::account::password::{self, PasswordInput};
use protocol::people::account::second_factor::TypedFactor;
use protocol::people::email::Email;
use protocol::people::session::shard_of;
use worker::Url;

use super::new_session::{self, SignedIn};
use super::{account, account_links, credentials, mails, members, passkeys, refresh, second_factor, sign_in_attempts};
use crate::auth::password::{check_configured, fresh};
use crate::calls::account::{AccountRow, LinkView, ResetCall, ResetPassword, SendLink, SendLinkCall, UsedFactor};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// `POST /api/auth/password/forgot`. A Turnstile token may come along, and is not looked at.
pub async fn request_link(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["email", "token"]).await?;
    let _ = members.text("token")?;
    forgot(incoming, members.needed_text("email")?, None).await?;
    Ok(Reply::empty().with_status(202))
}

/// `POST /api/auth/password/reset`.
pub async fn choose_password(incoming: &Incoming) -> HandlerResult {
    let members =
        members::of(incoming, &["token", "password", "secondFactor", "passkeys", "remember", "status"]).await?;
    let form = NewPassword {
        token: members.needed_text("token")?.to_owned(),
        password: members.needed_text("password")?.to_owned(),
        second_factor: members.text("secondFactor")?.map(str::to_owned),
        keep: passkeys::kept(&members)?,
        remember: members.flag("remember")?,
        status: members.text("status")?.map(str::to_owned),
    };
    let begun = reset(incoming, form).await?;
    refresh::answer_sign_in(incoming, begun).await
}

/// Sends a link for a new password to an address, if an account has it. The link opens `page`, or our own page.
pub async fn forgot(incoming: &Incoming, email: &str, page: Option<&Url>) -> Result<(), CallError> {
    mails::check_on(incoming)?;
    let (typed, email) = (email, Email::parse(email)?);
    sign_in_attempts::charge_address(incoming).await?;
    mails::charge(incoming).await?;
    // An older account may have another spelling of the address.
    for address in iter::once(&email).chain(&email.older(typed)) {
        send(incoming, address, page).await?;
    }
    Ok(())
}

async fn send(incoming: &Incoming, email: &Email, page: Option<&Url>) -> Result<(), CallError> {
    let (token, hash) = account_links::draw_link(email)?;
    let purpose = LinkPurpose::Reset;
    let link = account_links::url_at(incoming, purpose, &token, page);
    let mail = mails::compose(incoming, email.as_str(), &AccountMail::Reset { link: &link });
    let (email_text, life_ms, trace) = (email.as_str().to_owned(), purpose.life_ms(), incoming.trace());
    let question =
        SendLinkCall { hash, purpose, email: email_text, user: None, data: String::new(), life_ms, mail, trace };
    SendLink::ask(&incoming.env, shard_of(&email.hash()).unwrap_or_default(), &question).await
}

#[derive(Debug)]
pub struct NewPassword {
    pub token: String,
    pub password: String,
    /// Code of the authenticator app, or a recovery code.
    pub second_factor: Option<String>,
    /// Ids of the passkeys that stay; `None` without a choice.
    pub keep: Option<Vec<String>>,
    pub remember: bool,
    pub status: Option<String>,
}

/// Replaces the password by a link, ends all sessions of the account, and begins one for the caller.
pub async fn reset(incoming: &Incoming, form: NewPassword) -> Result<SignedIn, CallError> {
    sign_in_attempts::logged(incoming, "reset", try_reset(incoming, form)).await
}

async fn try_reset(incoming: &Incoming, form: NewPassword) -> Result<SignedIn, CallError> {
    let NewPassword { token, password, second_factor, keep, remember, status } = form;
    let status = new_session::status_of(status.as_deref())?;
    let (email, account) = replace(incoming, &token, (&password, second_factor.as_deref()), keep).await?;
    account::begin_of(incoming, &email, account, status, remember).await
}

/// Replaces the password by a link, and ends all sessions of the account. Returns the account with its address.
pub async fn replace(
    incoming: &Incoming,
    token: &str,
    (password, second_factor): (&str, Option<&str>),
    keep_passkeys: Option<Vec<String>>,
) -> Result<(String, AccountRow), CallError> {
    check_configured(incoming)?;
    sign_in_attempts::charge_address(incoming).await?;
    let link = account_links::read(incoming, token).await?;
    if link.purpose != LinkPurpose::Reset {
        return Err(unknown_token().into());
    }
    // The link stays good for a better choice.
    let password = PasswordInput::of(password);
    password::check_chosen(&password, &link.email, &link.name)?;
    let factor = shown_factor(incoming, &link, second_factor).await?;
    let stored = fresh(incoming, &password).await?.to_text();
    let (hash, mail) =
        (account_links::hash_of(token)?, account_links::told(incoming, &link.email, &AccountMail::PasswordNew));
    let shard = shard_of(&hash).unwrap_or_default().to_owned();
    let question = ResetCall { hash, password: stored, keep_passkeys, factor, mail, trace: incoming.trace() };
    let account = ResetPassword::ask(&incoming.env, &shard, &question).await?;
    Ok((link.email, account))
}

/// Returns the second factor that came along, if the account of the link has one and this is it. A guess counts like one at a recovery code:
/// a reset forgets it.
async fn shown_factor(
    incoming: &Incoming,
    link: &LinkView,
    typed: Option<&str>,
) -> Result<Option<UsedFactor>, CallError> {
    let typed = typed.and_then(TypedFactor::of);
    let Some((factor, typed)) = link.second_factor.as_ref().zip(typed) else { return Ok(None) };
    let email = Email::kept(&link.email)?;
    let browser = refresh::own_browser(incoming).await;
    credentials::begin_attempts(incoming, iter::once(&email), browser.as_ref(), true).await?;
    Ok(second_factor::compare(incoming, &link.user, factor, Some(&typed))?.right())
}
