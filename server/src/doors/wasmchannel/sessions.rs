//! The session routes (`wasmchannel.md` 4.1): sign-up, sign-in, session and sign-out in the format of a library that existing clients use.
//! Unwrapped JSON; accounts and sessions are the messenger's.

use protocol::codec::json::json_text;
use protocol::people::account::email::Email;
use protocol::people::account::password::PasswordInput;
use protocol::people::session::shard_of;
use protocol::words::iso::iso_utc;
use protocol::words::limits::{IMAGE_URL_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN};
use protocol::words::principal::UserKind;
use protocol::words::refusal::Refusal;
use worker::Response;

use crate::auth::{origin, session};
use crate::calls::auth::{LibraryRecord, LibrarySession, ReadSession, SessionHashCall};
use crate::calls::flags;
use crate::doors::messenger::account::{self, Credentials, Library, Registration};
use crate::doors::messenger::auth::sign_out as end_session;
use crate::doors::messenger::members::{self, Members};
use crate::doors::messenger::new_session::SignedIn;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::http::{answer, cookie};
use crate::kit::request::Request;
use crate::projection::database;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Header with the Turnstile token.
const CAPTCHA: &str = "x-captcha-response";

/// Answer of a route, with its cookie.
type SessionResult = Result<(String, Option<String>), CallError>;

/// `POST /api/auth/sign-up/email`.
pub async fn sign_up(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, try_sign_up(incoming).await)
}

/// `POST /api/auth/sign-in/email`.
pub async fn sign_in(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, try_sign_in(incoming).await)
}

/// `GET /api/auth/get-session`: a caller without a session gets `null`, never a refusal.
pub async fn get_session(incoming: &Incoming) -> worker::Result<Response> {
    let answered = match try_get_session(incoming).await {
        Err(CallError::Refused(Refusal::Unauthenticated)) => Ok(("null".to_owned(), None)),
        answered => answered,
    };
    respond(incoming, answered)
}

/// `POST /api/auth/sign-out`.
pub async fn sign_out(incoming: &Incoming) -> worker::Result<Response> {
    respond(incoming, try_sign_out(incoming).await)
}

async fn try_sign_up(incoming: &Incoming) -> SessionResult {
    flags::check_writes(&incoming.env).await?;
    let secret = secret(incoming)?;
    origin::check(incoming)?;
    let members = members::of(incoming, &["name", "email", "password", "image", "rememberMe"]).await?;
    let image = members.text("image")?.map(str::to_owned);
    if image.as_ref().is_some_and(|image| image.len() > IMAGE_URL_BYTES_MAX) {
        return Err(Refusal::over_limit("image", "This address is too long.", IMAGE_URL_BYTES_MAX).into());
    }
    let password = members.needed_text("password")?;
    let email = Email::parse(members.needed_text("email")?)?;
    check_length(&PasswordInput::of(password))?;
    let form = Registration {
        email: members.needed_text("email")?.to_owned(),
        password: password.to_owned(),
        display_name: members.needed_text("name")?.to_owned(),
        token: incoming.header(CAPTCHA),
        library: Some(Library { image: image.clone(), is_short: !is_remembered(&members)? }),
        ..Registration::default()
    };
    let begun = account::register(incoming, form).await?;
    let email = email.as_str().to_owned();
    let record = LibraryRecord { email, image, account_created_at: incoming.now, ..LibraryRecord::default() };
    let json = format!("{{\"token\":{},\"user\":{}}}", json_text(&begun.token), begun_user(&begun, &record));
    Ok((json, Some(cookie_of(incoming, secret, &begun, &members)?)))
}

async fn try_sign_in(incoming: &Incoming) -> SessionResult {
    let secret = secret(incoming)?;
    origin::check(incoming)?;
    let members = members::of(incoming, &["email", "password", "rememberMe"]).await?;
    let typed = Credentials::of(members.needed_text("email")?, members.text("password")?)?;
    let is_short = !is_remembered(&members)?;
    let begun = account::sign_in_library(incoming, &typed, incoming.header(CAPTCHA).as_deref(), is_short).await?;
    let found = read_session(incoming, &protocol::people::session::hash_hex(&begun.token)).await?;
    let record = record_of(incoming, &found).await;
    let (token, user) = (json_text(&begun.token), begun_user(&begun, &record));
    let json = format!("{{\"redirect\":false,\"token\":{token},\"user\":{user}}}");
    Ok((json, Some(cookie_of(incoming, secret, &begun, &members)?)))
}

/// Answers with a token only if the request carried it in the open or in this library's own cookie. With the messenger's cookie alone, a
/// script could read a token that is hidden from scripts.
async fn try_get_session(incoming: &Incoming) -> SessionResult {
    let secret = secret(incoming)?;
    let bearer = incoming.header("authorization").and_then(|header| Some(header.split_once(' ')?.1.trim().to_owned()));
    let from_cookie = cookie::read_library(incoming).filter(|_| bearer.is_none());
    let token = bearer.or(from_cookie.clone()).ok_or(Refusal::Unauthenticated)?;
    if !protocol::people::session::is_token(&token) {
        return Err(Refusal::Unauthenticated.into());
    }
    let found = read_session(incoming, &protocol::people::session::hash_hex(&token)).await?;
    let record = record_of(incoming, &found).await;
    let LibrarySession { principal, user_agent, created_at, updated_at, was_renewed, .. } = &found;
    let session = format!(
        "{{\"id\":{},\"token\":{},\"userId\":{},\"expiresAt\":\"{}\",\"createdAt\":\"{}\",\"updatedAt\":\"{}\",\
         \"ipAddress\":{},\"userAgent\":{}}}",
        json_text(&principal.session),
        json_text(&token),
        json_text(principal.user.as_str()),
        iso_utc(principal.expires_at),
        iso_utc(*created_at),
        iso_utc(*updated_at),
        json_text(&record.address),
        json_text(user_agent),
    );
    let user = user_json(principal.user.as_str(), &principal.name, &record);
    // A cookie that ends with its browser has no expiry to extend.
    let lasts = found.library.as_ref().is_some_and(|library| !library.is_short);
    let renewed = from_cookie.filter(|_| *was_renewed && lasts);
    let cookie = renewed.map(|token| cookie::set_library(incoming, secret, &token, Some(principal.expires_at)));
    Ok((format!("{{\"session\":{session},\"user\":{user}}}"), cookie))
}

async fn try_sign_out(incoming: &Incoming) -> SessionResult {
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
    Ok(("{\"success\":true}".to_owned(), Some(cookie::clear_library(incoming))))
}

fn secret(incoming: &Incoming) -> Result<&'static str, Refusal> {
    incoming.config.wasmchannel.cookie_secret.as_deref().ok_or(Refusal::Misconfigured)
}

async fn read_session(incoming: &Incoming, hash: &str) -> Result<LibrarySession, CallError> {
    let question = SessionHashCall { hash: hash.to_owned() };
    ReadSession::ask(&incoming.env, shard_of(hash).unwrap_or_default(), &question).await
}

/// Returns the record of a session. The table of accounts has the address, which a session of the messenger does not contain. Guests have
/// none.
async fn record_of(incoming: &Incoming, found: &LibrarySession) -> LibraryRecord {
    if let Some(library) = &found.library {
        return library.clone();
    }
    let user = found.principal.user.as_str();
    let known = if found.principal.kind == UserKind::User { database::user(&incoming.env, user).await } else { None };
    known.unwrap_or_else(|| LibraryRecord {
        email: database::synthetic_email(user),
        account_created_at: found.created_at,
        ..LibraryRecord::default()
    })
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

fn user_json(id: &str, name: &str, record: &LibraryRecord) -> String {
    let at = iso_utc(record.account_created_at);
    format!(
        "{{\"id\":{},\"name\":{},\"email\":{},\"emailVerified\":false,\"image\":{},\"createdAt\":\"{at}\",\"updatedAt\":\"{at}\"}}",
        json_text(id),
        json_text(name),
        json_text(&record.email),
        record.image.as_deref().map_or_else(|| "null".to_owned(), json_text),
    )
}

// ---- answers

fn respond(incoming: &Incoming, answered: SessionResult) -> worker::Result<Response> {
    let refusal = match answered {
        Ok((json, cookie)) => {
            let more: Vec<_> = cookie.map(|cookie| ("set-cookie", cookie)).into_iter().collect();
            return answer::json_response(incoming, Door::WasmChannel, 200, json, &more);
        }
        Err(error) => {
            if let Some(fault) = error.fault() {
                telemetry::fault(&incoming.place(), fault);
            }
            error.into()
        }
    };
    let (status, code) = code_of(&refusal);
    let json = format!("{{\"code\":\"{code}\",\"message\":{}}}", json_text(&refusal.to_string()));
    let retry = refusal.retry_after_ms().map(|ms| ("retry-after", ms.div_ceil(1_000).max(1).to_string()));
    answer::json_response(incoming, Door::WasmChannel, status, json, &retry.into_iter().collect::<Vec<_>>())
}

/// Returns the library's code for an error, or our own if the library has none.
fn code_of(refusal: &Refusal) -> (u16, &'static str) {
    match refusal {
        Refusal::EmailTaken => (422, "USER_ALREADY_EXISTS"),
        Refusal::BadCredentials => (401, "INVALID_EMAIL_OR_PASSWORD"),
        Refusal::OriginForbidden => (403, "INVALID_ORIGIN"),
        Refusal::Validation { field, .. } if field == "email" => (400, "INVALID_EMAIL"),
        Refusal::Validation { field, limit, .. } if field == "password" => match limit {
            Some(limit) if *limit == PASSWORD_BYTES_MIN as u64 => (400, "PASSWORD_TOO_SHORT"),
            Some(_) => (400, "PASSWORD_TOO_LONG"),
            None => (400, "INVALID_PASSWORD"),
        },
        other => (other.status(), other.code()),
    }
}

/// Distinguishes a password that is too short from one that is too long, as the library does.
fn check_length(password: &PasswordInput) -> Result<(), Refusal> {
    let bound = match password.spelled().len() {
        length if length < PASSWORD_BYTES_MIN => PASSWORD_BYTES_MIN,
        length if length > PASSWORD_BYTES_MAX => PASSWORD_BYTES_MAX,
        _ => return Ok(()),
    };
    Err(Refusal::over_limit("password", "A password has 10 to 128 bytes.", bound))
}
