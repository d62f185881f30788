//! The session routes (`wasmchannel.md` 4.1): sign-up, sign-in, session and sign-out in the format of a library that existing clients use.
//! Unwrapped JSON; accounts and sessions are the messenger's.

use protocol::codec::json::json_text;
use protocol::people::account::password::{PasswordInput, check_length};
use protocol::people::email::Email;
use protocol::people::session::shard_of;
use protocol::wire::wasmchannel::DeviceAccount;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use worker::Response;

use super::library::{
    LibraryError, LibraryResult, ShownSession, check_call, check_image, current_name, record_of, respond, secret,
    user_json,
};
use crate::auth::password::{device_account, device_account_before};
use crate::auth::{origin, session};
use crate::calls::auth::{LibraryRecord, LibrarySession, ReadSession};
use crate::calls::moderation;
use crate::doors::messenger::account::{self, Library, Registration};
use crate::doors::messenger::auth::sign_out as end_session;
use crate::doors::messenger::credentials::Credentials;
use crate::doors::messenger::members::{self, Members};
use crate::doors::messenger::new_session::SignedIn;
use crate::http::cookie;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// Header with the Turnstile token.
const CAPTCHA: &str = "x-captcha-response";

/// `POST /api/auth/sign-up/email`.
pub async fn sign_up(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        check_call(incoming).await?;
        let secret = secret(incoming)?;
        let members = members::of(incoming, &["name", "email", "password", "image", "rememberMe"]).await?;
        let image = members.text("image")?.map(str::to_owned);
        check_image(image.as_deref())?;
        let password = members.needed_text("password")?;
        let (typed, name) = (members.needed_text("email")?, members.needed_text("name")?);
        let device = device_account(incoming, typed, password)?;
        let before = device_account_before(incoming, typed, password).map(|device| device.email().to_owned());
        let (typed, name) =
            device.as_ref().map_or((typed, name), |device| (device.email(), device.shown_name(name, password)));
        let email = Email::parse(typed)?;
        check_length(&PasswordInput::of(password))?;
        let form = Registration {
            email: typed.to_owned(),
            password: password.to_owned(),
            display_name: name.to_owned(),
            token: incoming.header(CAPTCHA),
            library: Some(Library { image: image.clone(), is_short: !is_remembered(&members)?, before }),
            ..Registration::default()
        };
        let begun = account::register(incoming, form).await?;
        let email = email.as_str().to_owned();
        let record = LibraryRecord { email, image, account_created_at: incoming.now, ..LibraryRecord::default() };
        let json = format!("{{\"token\":{},\"user\":{}}}", json_text(&begun.token), begun_user(&begun, &record));
        Ok((json, vec![cookie_of(incoming, secret, &begun, &members)?]))
    })
    .await
}

/// `POST /api/auth/sign-in/email`.
pub async fn sign_in(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        let secret = secret(incoming)?;
        origin::check(incoming)?;
        let members = members::of(incoming, &["email", "password", "code", "rememberMe"]).await?;
        let (email, password) = (members.needed_text("email")?, members.text("password")?);
        let typed = credentials(incoming, email, password)?.with_factor(members.text("code")?);
        let is_short = !is_remembered(&members)?;
        let begun = account::sign_in_library(incoming, &typed, incoming.header(CAPTCHA).as_deref(), is_short).await?;
        let found = read_session(incoming, &protocol::people::session::hash_hex(&begun.token)).await?;
        let record = record_of(incoming, &found).await;
        let (token, user) = (json_text(&begun.token), begun_user(&begun, &record));
        let json = format!("{{\"redirect\":false,\"token\":{token},\"user\":{user}}}");
        Ok((json, vec![cookie_of(incoming, secret, &begun, &members)?]))
    })
    .await
}

/// `GET /api/auth/get-session`: a caller without a session gets `null`, never a refusal.
pub async fn get_session(incoming: &Incoming) -> worker::Result<Response> {
    let answered = match try_get_session(incoming).await {
        Err(LibraryError::Call(CallError::Refused(Refusal::Unauthenticated))) => Ok(("null".to_owned(), Vec::new())),
        answered => answered,
    };
    respond(incoming, async { answered }).await
}

/// `POST /api/auth/sign-out`.
pub async fn sign_out(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, async {
        secret(incoming)?;
        origin::check(incoming)?;
        let credential = session::either(incoming);
        if credential.as_ref().is_some_and(|credential| credential.is_library) && !origin::is_named(incoming) {
            return Err(Refusal::OriginForbidden.into());
        }
        let csrf = credential.as_ref().and_then(|credential| session::csrf_of(incoming, credential));
        if credential.is_some() {
            end_session(incoming, credential, csrf, None).await?;
        }
        Ok(("{\"success\":true}".to_owned(), vec![cookie::clear_library(incoming)]))
    })
    .await
}

/// Returns the address and password of a sign-in. The account of a browser may be from before another pepper.
fn credentials(incoming: &Incoming, email: &str, password: Option<&str>) -> Result<Credentials, Refusal> {
    let device = password.map(|password| device_account(incoming, email, password)).transpose()?.flatten();
    let typed = Credentials::of(device.as_ref().map_or(email, DeviceAccount::email), password)?;
    match password.and_then(|password| device_account_before(incoming, email, password)) {
        Some(before) => typed.or_older(before.email()),
        None => Ok(typed),
    }
}

/// Answers with a token only if the request carried it in the open or in this library's own cookie. With the messenger's cookie alone, a
/// script could read a token that is hidden from scripts.
async fn try_get_session(incoming: &Incoming) -> LibraryResult {
    let secret = secret(incoming)?;
    let bearer = incoming.header("authorization").and_then(|header| Some(header.split_once(' ')?.1.trim().to_owned()));
    let from_cookie = cookie::read_library(incoming).filter(|_| bearer.is_none());
    let token = bearer.or(from_cookie.clone()).ok_or(Refusal::Unauthenticated)?;
    if !protocol::people::session::is_token(&token) {
        return Err(Refusal::Unauthenticated.into());
    }
    let found = read_session(incoming, &protocol::people::session::hash_hex(&token)).await?;
    // These routes know no session of a demo room.
    let Principal { user, kind, .. } = &found.principal;
    if user.is_demo() {
        return Err(Refusal::Unauthenticated.into());
    }
    session::check_ban(incoming, user, *kind, &moderation::known_now(&incoming.env)).await?;
    let record = record_of(incoming, &found).await;
    let LibrarySession { principal, user_agent, created_at, updated_at, was_renewed, .. } = &found;
    let session = ShownSession {
        id: &principal.session,
        token: &token,
        user: principal.user.as_str(),
        expires_at: principal.expires_at,
        created_at: *created_at,
        updated_at: *updated_at,
        user_agent,
    };
    let user = user_json(principal.user.as_str(), &current_name(incoming, principal).await, &record);
    // A cookie that ends with its browser has no expiry to extend.
    let lasts = found.library.as_ref().is_some_and(|library| !library.is_short);
    let is_signed_before = from_cookie.is_some() && cookie::is_library_signed_before(incoming);
    let renewed = from_cookie.filter(|_| is_signed_before || *was_renewed && lasts);
    let ends_at = Some(principal.expires_at).filter(|_| lasts);
    let cookie = renewed.map(|token| cookie::set_library(incoming, secret, &token, ends_at));
    Ok((format!("{{\"session\":{},\"user\":{user}}}", session.json()), cookie.into_iter().collect()))
}

async fn read_session(incoming: &Incoming, hash: &str) -> Result<LibrarySession, CallError> {
    ReadSession::ask(&incoming.env, shard_of(hash).unwrap_or_default(), &hash.to_owned()).await
}

fn is_remembered(members: &Members) -> Result<bool, Refusal> {
    Ok(members.optional_flag("rememberMe")?.unwrap_or(true))
}

fn cookie_of(incoming: &Incoming, secret: &str, begun: &SignedIn, members: &Members) -> Result<String, Refusal> {
    let is_remembered = is_remembered(members)?;
    let ends_at = Some(begun.checked.principal.expires_at).filter(|_| is_remembered);
    Ok(cookie::set_library(incoming, secret, &begun.token, ends_at))
}

fn begun_user(begun: &SignedIn, record: &LibraryRecord) -> String {
    let principal = &begun.checked.principal;
    user_json(principal.user.as_str(), &principal.name, record)
}
