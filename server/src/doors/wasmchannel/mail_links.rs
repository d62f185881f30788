//! Session routes whose links come by mail (`wasmchannel.md` 4.1): a new password, and the proof of an address.
//!
//! A link may lead on to a page of the client that asked for it. The page must be one that may call us.

use protocol::people::account::password::PasswordInput;
use protocol::people::email::Email;
use protocol::words::limits::PAGE_URL_BYTES_MAX;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use worker::{Headers, Response, Url};

use super::library::{
    DONE, LibraryError, LibraryRefusal, LibraryResult, check_call, check_length, code_of, respond, secret,
};
use crate::auth::{origin, session};
use crate::calls::auth::Purpose;
use crate::calls::flags;
use crate::doors::messenger::{forgotten, mails, members, verification};
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::objects::find_account;
use crate::runtime::call_error::CallError;

/// Answer to a request for a new password, whether or not there is an account.
const ASKED: &str =
    "{\"status\":true,\"message\":\"If an account has this address, a mail with a link is on its way to it.\"}";
/// Answer to a proof.
const PROVED: &str = "{\"status\":true,\"user\":null}";

/// `POST /api/auth/request-password-reset`.
pub async fn request_password_reset(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, try_request_reset(incoming).await)
}

/// `POST /api/auth/reset-password`.
pub async fn reset_password(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, try_reset(incoming).await)
}

/// `POST /api/auth/send-verification-email`.
pub async fn send_verification_email(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, try_send_proof(incoming).await)
}

/// `GET /api/auth/verify-email`: answers, or leads on to the page that the client wanted.
pub async fn verify_email(incoming: &Incoming) -> worker::Result<Response> {
    match try_verify(incoming).await {
        Ok(Some(page)) => lead_on(incoming, &page),
        Ok(None) => respond(incoming, Ok((PROVED.to_owned(), Vec::new()))),
        Err(error) => respond(incoming, Err(error)),
    }
}

async fn try_request_reset(incoming: &Incoming) -> LibraryResult {
    check_call(incoming).await?;
    let members = members::of(incoming, &["email", "redirectTo"]).await?;
    let page = allowed_page(incoming, members.text("redirectTo")?, LibraryRefusal::RedirectUrl)?;
    mails::check_on(incoming).map_err(|_| LibraryRefusal::ResetOff)?;
    forgotten::forgot(incoming, members.needed_text("email")?, page.as_ref()).await?;
    Ok((ASKED.to_owned(), Vec::new()))
}

async fn try_reset(incoming: &Incoming) -> LibraryResult {
    check_call(incoming).await?;
    let members = members::of(incoming, &["newPassword", "token"]).await?;
    let in_query = incoming.query("token");
    let token = members.text("token")?.or(in_query.as_deref()).unwrap_or_default();
    let password = members.needed_text("newPassword")?;
    check_length(&PasswordInput::of(password))?;
    forgotten::replace(incoming, token, password).await?;
    Ok((DONE.to_owned(), Vec::new()))
}

async fn try_send_proof(incoming: &Incoming) -> LibraryResult {
    check_call(incoming).await?;
    let members = members::of(incoming, &["email", "callbackURL"]).await?;
    let page = proof_page(incoming, members.text("callbackURL")?)?;
    let typed = members.needed_text("email")?;
    mails::check_on(incoming).map_err(|_| LibraryRefusal::VerificationOff)?;
    match session::require(incoming, Purpose::Call).await {
        Ok(own) => send_own_proof(incoming, &own.principal, typed, page.as_ref()).await?,
        Err(CallError::Refused(Refusal::Unauthenticated)) => {
            verification::send_to(incoming, typed, page.as_ref()).await?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok((DONE.to_owned(), Vec::new()))
}

/// Sends the mail to a signed-in person, who may learn the state of their own address and of no other.
async fn send_own_proof(
    incoming: &Incoming,
    own: &Principal,
    typed: &str,
    page: Option<&Url>,
) -> Result<(), LibraryError> {
    let wanted = Email::parse(typed)?;
    let account = find_account(&incoming.env, own.user.as_str()).await?;
    let email = account.email.ok_or(LibraryRefusal::EmailMismatch)?;
    let is_own = email == wanted.as_str() || wanted.older(typed).iter().any(|older| older.as_str() == email);
    if !is_own {
        return Err(LibraryRefusal::EmailMismatch.into());
    }
    if account.verified_at.is_some() {
        return Err(LibraryRefusal::EmailVerified.into());
    }
    mails::charge(incoming).await?;
    Ok(verification::send_link(incoming, &Email::kept(&email)?, Some(own), page).await?)
}

/// Proves an address. Returns the page to which the browser is led on, which learns by `error` that the link was not good.
async fn try_verify(incoming: &Incoming) -> Result<Option<Url>, LibraryError> {
    flags::check_writes(&incoming.env).await?;
    secret(incoming)?;
    let page = allowed_page(incoming, incoming.query("callbackURL").as_deref(), LibraryRefusal::CallbackUrl)?;
    let token = incoming.query("token").unwrap_or_default();
    let (error, code): (LibraryError, &str) = match verification::verify(incoming, &token).await {
        Ok(_) => return Ok(page),
        Err(CallError::Refused(Refusal::Validation { field, .. })) if field == "token" => {
            let refusal = LibraryRefusal::ProofToken;
            (refusal.into(), refusal.row().1)
        }
        Err(CallError::Refused(refusal @ Refusal::EmailTaken)) => {
            let (_, code) = code_of(&refusal);
            (refusal.into(), code)
        }
        Err(error) => return Err(error.into()),
    };
    match page {
        Some(mut page) => {
            page.query_pairs_mut().append_pair("error", code);
            Ok(Some(page))
        }
        None => Err(error),
    }
}

fn lead_on(incoming: &Incoming, page: &Url) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("location", page.as_str())?;
    headers.set("cache-control", "no-store")?;
    answer::respond(incoming, Door::WasmChannel, 302, String::new(), headers, &[])
}

/// Returns the address that a link of a proof opens so that it leads on to the page of the client; `None` if the client named none.
pub(super) fn proof_page(incoming: &Incoming, callback: Option<&str>) -> Result<Option<Url>, LibraryError> {
    let refusal = LibraryRefusal::CallbackUrl;
    let Some(page) = allowed_page(incoming, callback, refusal)? else {
        return Ok(None);
    };
    let mut address = incoming.url.join("/api/auth/verify-email").map_err(|_| refusal)?;
    address.query_pairs_mut().append_pair("callbackURL", page.as_str());
    Ok(Some(address))
}

/// Returns the page of a client: a path of ours, or an address whose origin may call us. Browsers read some paths as addresses of other
/// sites, so the origin of a path is compared as well.
fn allowed_page(incoming: &Incoming, text: Option<&str>, refusal: LibraryRefusal) -> Result<Option<Url>, LibraryError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let parsed = if text.starts_with('/') { incoming.url.join(text) } else { Url::parse(text) };
    let is_usable = |page: &Url| {
        text.len() <= PAGE_URL_BYTES_MAX
            && matches!(page.scheme(), "http" | "https")
            && origin::is_allowed(incoming, &page.origin().ascii_serialization())
    };
    let page = parsed.ok().filter(is_usable).ok_or(refusal)?;
    Ok(Some(page))
}
