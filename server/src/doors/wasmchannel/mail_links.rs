//! Session routes whose links come by mail (`wasmchannel.md` 4.1): a new password, and the proof of an address.
//!
//! A link may lead on to a page of the client that asked for it. The page must be one that may call us.

use protocol::people::account::link::LinkPurpose;
use protocol::people::account::password::{PasswordInput, check_length};
use protocol::people::email::Email;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use worker::{Headers, Response, Url};

use super::library::{DONE, LibraryError, LibraryRefusal, check_call, respond, secret};
use crate::auth::{origin, session};
use crate::calls::account::find_account;
use crate::calls::auth::Purpose;
use crate::doors::messenger::{account_links, forgotten, mails, members, passkeys, verification};
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

/// Answer to a request for a new password, whether or not there is an account.
const ASKED: &str =
    "{\"status\":true,\"message\":\"If an account has this address, a mail with a link is on its way to it.\"}";

/// `POST /api/auth/request-password-reset`.
pub async fn request_password_reset(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        check_call(incoming).await?;
        let members = members::of(incoming, &["email", "redirectTo"]).await?;
        let page = token_page(incoming, members.text("redirectTo")?)?;
        mails::check_on(incoming).map_err(|_| LibraryRefusal::ResetOff)?;
        forgotten::forgot(incoming, members.needed_text("email")?, page.as_ref()).await?;
        Ok((ASKED.to_owned(), Vec::new()))
    })
    .await
}

/// `POST /api/auth/reset-password`.
pub async fn reset_password(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        check_call(incoming).await?;
        let members = members::of(incoming, &["newPassword", "code", "passkeys", "token"]).await?;
        let in_query = incoming.query("token");
        let token = members.text("token")?.or(in_query.as_deref()).unwrap_or_default();
        let password = members.needed_text("newPassword")?;
        check_length(&PasswordInput::of(password))?;
        let proof = (password, members.text("code")?);
        forgotten::replace(incoming, token, proof, passkeys::kept(&members)?).await?;
        Ok((DONE.to_owned(), Vec::new()))
    })
    .await
}

/// `POST /api/auth/send-verification-email`.
pub async fn send_verification_email(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        check_call(incoming).await?;
        let members = members::of(incoming, &["email", "callbackURL"]).await?;
        let page = proof_link(incoming, members.text("callbackURL")?)?;
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
    })
    .await
}

/// `GET /api/auth/verify-email`: leads on to our page, whose button proves the address.
pub async fn verify_email(incoming: &Incoming) -> worker::Result<Response> {
    match try_verify(incoming).await {
        Ok(page) => lead_on(incoming, &page),
        Err(error) => respond(incoming, async { Err(error) }).await,
    }
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

/// Returns the page on which the owner of an address proves it. A token that proves nothing leads to the page of the client, which learns it
/// by `error`. A GET changes nothing: programs open links ahead of a person.
async fn try_verify(incoming: &Incoming) -> Result<Url, LibraryError> {
    secret(incoming)?;
    let callback = incoming.query("callbackURL");
    let page = allowed_page(incoming, callback.as_deref(), LibraryRefusal::CallbackUrl)?;
    let token = incoming.query("token").unwrap_or_default();
    let refusal = LibraryRefusal::ProofToken;
    match (account_links::read(incoming, &token).await, page) {
        (Ok(link), page) if matches!(link.purpose, LinkPurpose::Verify | LinkPurpose::Change) => {
            let mut proof = proof_page(incoming, page.as_ref())?;
            proof.query_pairs_mut().append_pair("token", &token);
            Ok(proof)
        }
        (Err(error @ (CallError::Busy(_) | CallError::Broken(_))), _) => Err(error.into()),
        (_, Some(mut page)) => {
            page.query_pairs_mut().append_pair("error", refusal.row().1);
            Ok(page)
        }
        (_, None) => Err(refusal.into()),
    }
}

fn lead_on(incoming: &Incoming, page: &Url) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("location", page.as_str())?;
    headers.set("cache-control", "no-store")?;
    answer::respond(incoming, Door::WasmChannel, 302, String::new(), headers, &[])
}

/// Returns the address that a link of a proof opens so that our page leads on to the page of the client; `None` if the client named none.
pub(super) fn proof_link(incoming: &Incoming, callback: Option<&str>) -> Result<Option<Url>, LibraryError> {
    let page = allowed_page(incoming, callback, LibraryRefusal::CallbackUrl)?;
    page.map(|page| proof_page(incoming, Some(&page))).transpose()
}

/// Returns the address of our page with the button that proves an address.
fn proof_page(incoming: &Incoming, leads_to: Option<&Url>) -> Result<Url, LibraryError> {
    let mut address = account_links::page(incoming, LinkPurpose::Verify)?;
    if let Some(page) = leads_to {
        address.query_pairs_mut().append_pair("callbackURL", page.as_str());
    }
    Ok(address)
}

/// Returns the page of a client, if it named one.
fn allowed_page(incoming: &Incoming, text: Option<&str>, refusal: LibraryRefusal) -> Result<Option<Url>, LibraryError> {
    let named = text.filter(|text| !text.is_empty());
    Ok(named.map(|text| origin::allowed_page(incoming, text).ok_or(refusal)).transpose()?)
}

/// Returns the page of a client that gets the token of a link to a new password. Of our own pages only the one that is made for a token may
/// have it in its address: others load or link what would learn it. An address that has a token already could hide ours behind it.
fn token_page(incoming: &Incoming, text: Option<&str>) -> Result<Option<Url>, LibraryError> {
    let Some(page) = allowed_page(incoming, text, LibraryRefusal::RedirectUrl)? else {
        return Ok(None);
    };
    let own = account_links::page(incoming, LinkPurpose::Reset)?;
    let is_ours = page.origin() == own.origin() || page.origin() == incoming.url.origin();
    let has_token = page.query_pairs().any(|(name, _)| name == "token");
    if has_token || is_ours && page.path() != own.path() {
        return Err(LibraryRefusal::RedirectUrl.into());
    }
    Ok(Some(page))
}
