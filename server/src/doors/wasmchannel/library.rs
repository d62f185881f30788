//! Shared parts of the session routes (`wasmchannel.md` 4.1): what comes before a call, the caller's token, the objects `user` and `session`,
//! and answers with the library's codes.

use protocol::codec::json::json_text;
use protocol::people::email::shown_address;
use protocol::people::session::{hash_hex, shard_of_text};
use protocol::words::event::Millis;
use protocol::words::iso::iso_utc;
use protocol::words::limits::{IMAGE_URL_BYTES_MAX, PASSWORD_GRAPHEMES_MIN, REST_BODY_BYTES_MAX};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use worker::{Response, Url};

use crate::auth::{origin, session};
use crate::calls::account::{FindAccount, find_account};
use crate::calls::auth::{LibraryRecord, LibrarySession};
use crate::calls::flags;
use crate::calls::leaving::AccountSummary;
use crate::doors::messenger::profiles::profile_of;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::http::{answer, cookie};
use crate::kit::request::Request;
use crate::projection::database;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Answer of a route, with the cookies that it sets.
pub type LibraryResult = Result<(String, Vec<String>), LibraryError>;

/// Answer of a route that has nothing to show.
pub const DONE: &str = "{\"status\":true}";

/// Reason for which a session route has no good answer.
#[derive(Debug)]
pub enum LibraryError {
    /// A refusal or fault that other doors have as well.
    Call(CallError),
    /// A refusal of these routes alone.
    Own(LibraryRefusal),
}

impl From<CallError> for LibraryError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<Refusal> for LibraryError {
    fn from(refusal: Refusal) -> Self {
        Self::Call(refusal.into())
    }
}

impl From<LibraryRefusal> for LibraryError {
    fn from(refusal: LibraryRefusal) -> Self {
        Self::Own(refusal)
    }
}

/// Refusal of these routes alone, with a code of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryRefusal {
    WrongPassword,
    NoAccount,
    /// No mail is sent, so no password is reset by mail.
    ResetOff,
    /// No mail is sent, so no address is proved.
    VerificationOff,
    /// The address is not that of the session's account.
    EmailMismatch,
    /// The address is proved already.
    EmailVerified,
    /// The address is changed by another route.
    EmailFixed,
    /// `redirectTo` leads to a page that may not call us.
    RedirectUrl,
    /// `callbackURL` leads to a page that may not call us.
    CallbackUrl,
    /// The token proves no address.
    ProofToken,
    /// No deletion is confirmed by mail, so no token confirms one.
    DeletionToken,
}

impl LibraryRefusal {
    /// Returns status, code and sentence.
    pub const fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::WrongPassword => (400, "INVALID_PASSWORD", "The password is wrong."),
            Self::NoAccount => (400, "CREDENTIAL_ACCOUNT_NOT_FOUND", "Only an account can do this."),
            Self::ResetOff => (400, "RESET_PASSWORD_DISABLED", "This server can't send e-mail."),
            Self::VerificationOff => (400, "VERIFICATION_EMAIL_NOT_ENABLED", "This server can't send e-mail."),
            Self::EmailMismatch => (400, "EMAIL_MISMATCH", "This is not the address of the account."),
            Self::EmailVerified => (400, "EMAIL_ALREADY_VERIFIED", "The address is verified already."),
            Self::EmailFixed => (400, "EMAIL_CAN_NOT_BE_UPDATED", "The address is changed by change-email."),
            Self::RedirectUrl => (403, "INVALID_REDIRECT_URL", "redirectTo leads to another site."),
            Self::CallbackUrl => (403, "INVALID_CALLBACK_URL", "callbackURL leads to another site."),
            Self::ProofToken => (401, "INVALID_TOKEN", "This link has already been used, or has expired."),
            Self::DeletionToken => (404, "INVALID_TOKEN", "No account is deleted by a token."),
        }
    }
}

// ---- before a call

/// Checks what comes before every route that writes: the operator's switches, the secret of the cookie, and the Origin. The body is here
/// before the route asks for the session.
pub async fn check_call(incoming: &Incoming) -> Result<(), LibraryError> {
    flags::check_writes(&incoming.env).await?;
    secret(incoming)?;
    origin::check(incoming)?;
    incoming.hold_body(REST_BODY_BYTES_MAX).await;
    Ok(())
}

pub fn secret(incoming: &Incoming) -> Result<&'static str, Refusal> {
    incoming.config.wasmchannel.cookie_secret.as_deref().ok_or(Refusal::Misconfigured)
}

/// Refuses a person without an account.
pub fn check_account(own: &Principal) -> Result<(), LibraryRefusal> {
    if own.kind == UserKind::User { Ok(()) } else { Err(LibraryRefusal::NoAccount) }
}

pub fn check_image(image: Option<&str>) -> Result<(), Refusal> {
    match image {
        Some(image) if image.len() > IMAGE_URL_BYTES_MAX => {
            Err(Refusal::over_limit("image", "This address is too long.", IMAGE_URL_BYTES_MAX))
        }
        Some(image) if !is_web_address(image) => {
            Err(Refusal::validation("image", "The address of a picture begins with https:// or http://."))
        }
        _ => Ok(()),
    }
}

/// Returns `true` if browsers read the text as an address of the web. Others can hold a script, which a page would run that shows the address
/// as a link.
fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|address| matches!(address.scheme(), "http" | "https"))
}

/// Returns the token of the caller's session if the request carried it in the open or in this library's own cookie. With the messenger's
/// cookie alone, a script could read a token that is hidden from scripts.
pub fn shown_token(incoming: &Incoming) -> Option<String> {
    let bearer = incoming.header("authorization").and_then(|header| Some(header.split_once(' ')?.1.trim().to_owned()));
    let token = bearer.or_else(|| cookie::read_library(incoming))?;
    let credential = session::either(incoming)?;
    (hash_hex(&token) == credential.hash).then_some(token)
}

/// Returns the cookies that take the credential away from a browser whose session has ended.
pub fn cleared_cookies(incoming: &Incoming) -> Vec<String> {
    let mut cookies = vec![cookie::clear_library(incoming)];
    if session::either(incoming).is_some_and(|credential| credential.is_cookie) {
        cookies.push(cookie::SESSION.clear(incoming));
        cookies.extend(cookie::REFRESH.read(incoming).map(|_| cookie::REFRESH.clear(incoming)));
    }
    cookies
}

// ---- accounts and sessions as they are shown

/// Returns the record of the person of a session. Guests have no account. The table of accounts has the address, which a session of the
/// messenger does not contain.
pub async fn record_of(incoming: &Incoming, found: &LibrarySession) -> LibraryRecord {
    let user = found.principal.user.as_str();
    let nameless = || LibraryRecord {
        email: database::synthetic_email(user),
        account_created_at: found.created_at,
        ..LibraryRecord::default()
    };
    if found.principal.kind != UserKind::User {
        return nameless();
    }
    let known = match &found.library {
        Some(library) => Some(library.clone()),
        None => database::user(&incoming.env, user).await,
    };
    up_to_date(incoming, user, known.unwrap_or_else(nameless)).await
}

/// Returns a record with the account as it is now: the session may be older than a proof of the address, a new address or a new picture. If the
/// account cannot be read, the record is shown as it is.
async fn up_to_date(incoming: &Incoming, user: &str, record: LibraryRecord) -> LibraryRecord {
    let found = account_near(incoming, user, &record.email).await;
    match found {
        Ok(account) => of_account(account, record),
        Err(error) => {
            telemetry::call_failed("account-of", &error);
            record
        }
    }
}

/// Returns the account of a person. It is most likely still at the known address, so that shard is asked first.
async fn account_near(incoming: &Incoming, user: &str, email: &str) -> Result<AccountSummary, CallError> {
    let found = FindAccount::ask(&incoming.env, &shard_of_text(email), &user.to_owned()).await?;
    if found.email.is_some() { Ok(found) } else { find_account(&incoming.env, user).await }
}

fn of_account(account: AccountSummary, record: LibraryRecord) -> LibraryRecord {
    let AccountSummary { email: Some(email), image, created_at, verified_at, .. } = account else {
        return record;
    };
    let (account_created_at, email_verified) = (created_at, verified_at.is_some());
    LibraryRecord { email, image, account_created_at, email_verified, ..record }
}

/// Returns the object `user` of a signed-in person with an account.
pub async fn own_user_json(incoming: &Incoming, own: &Principal) -> Result<String, CallError> {
    let account = find_account(&incoming.env, own.user.as_str()).await?;
    Ok(user_json(own.user.as_str(), &current_name(incoming, own).await, &of_account(account, LibraryRecord::default())))
}

/// Returns the name of a person as it is now: their sessions learn of another one a moment later. If the person's object does not answer, the
/// session's name is shown.
pub async fn current_name(incoming: &Incoming, own: &Principal) -> String {
    match profile_of(incoming, &own.user).await {
        Ok(profile) => profile.name,
        Err(error) => {
            telemetry::call_failed("profile", &error);
            own.name.clone()
        }
    }
}

pub fn user_json(id: &str, name: &str, record: &LibraryRecord) -> String {
    let at = iso_utc(record.account_created_at);
    format!(
        "{{\"id\":{},\"name\":{},\"email\":{},\"emailVerified\":{},\"image\":{},\"createdAt\":\"{at}\",\"updatedAt\":\"{at}\"}}",
        json_text(id),
        json_text(name),
        json_text(&shown_address(&record.email)),
        record.email_verified,
        // An account from before may have anything for its picture.
        record.image.as_deref().filter(|image| is_web_address(image)).map_or_else(|| "null".to_owned(), json_text),
    )
}

/// Session as these routes show it.
pub struct ShownSession<'a> {
    pub id: &'a str,
    /// Token, or the public id where the token is not shown.
    pub token: &'a str,
    pub user: &'a str,
    /// Time at which it ends unless it slides.
    pub expires_at: Millis,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// Device as it describes itself (`User-Agent`).
    pub user_agent: &'a str,
}

impl ShownSession<'_> {
    /// Returns the object `session`. The address from which it began is not kept.
    pub fn json(&self) -> String {
        format!(
            "{{\"id\":{},\"token\":{},\"userId\":{},\"expiresAt\":\"{}\",\"createdAt\":\"{}\",\"updatedAt\":\"{}\",\
             \"ipAddress\":\"\",\"userAgent\":{}}}",
            json_text(self.id),
            json_text(self.token),
            json_text(self.user),
            iso_utc(self.expires_at),
            iso_utc(self.created_at),
            iso_utc(self.updated_at),
            json_text(self.user_agent),
        )
    }
}

// ---- answers

pub async fn respond(incoming: &Incoming, answered: impl Future<Output = LibraryResult>) -> worker::Result<Response> {
    match answered.await {
        Ok((json, cookies)) => {
            let more: Vec<_> = cookies.into_iter().map(|cookie| ("set-cookie", cookie)).collect();
            answer::json_response(incoming, Door::WasmChannel, 200, json, &more)
        }
        Err(LibraryError::Own(refusal)) => {
            let (status, code, words) = refusal.row();
            refuse(incoming, status, (code, words), &[])
        }
        Err(LibraryError::Call(error)) => {
            if let Some(fault) = error.fault() {
                telemetry::fault(&incoming.place(), fault);
            }
            let refusal: Refusal = error.into();
            let (status, code) = code_of(&refusal);
            refuse(incoming, status, (code, &refusal.to_string()), &answer::retry_after(&refusal))
        }
    }
}

fn refuse(
    incoming: &Incoming,
    status: u16,
    (code, words): (&str, &str),
    more: &[(&'static str, String)],
) -> worker::Result<Response> {
    let json = format!("{{\"code\":\"{code}\",\"message\":{}}}", json_text(words));
    answer::json_response(incoming, Door::WasmChannel, status, json, more)
}

/// Returns the library's code for an error, or our own if the library has none.
pub fn code_of(refusal: &Refusal) -> (u16, &'static str) {
    match refusal {
        Refusal::EmailTaken => (422, "USER_ALREADY_EXISTS"),
        Refusal::BadCredentials => (401, "INVALID_EMAIL_OR_PASSWORD"),
        Refusal::Unauthenticated => (401, "UNAUTHORIZED"),
        Refusal::OriginForbidden => (403, "INVALID_ORIGIN"),
        Refusal::Validation { field, limit, .. } => match (&**field, limit) {
            ("email" | "newEmail", _) => (400, "INVALID_EMAIL"),
            ("token", _) => (400, "INVALID_TOKEN"),
            ("password" | "newPassword" | "next", Some(limit)) if *limit == PASSWORD_GRAPHEMES_MIN as u64 => {
                (400, "PASSWORD_TOO_SHORT")
            }
            ("password" | "newPassword" | "next", Some(_)) => (400, "PASSWORD_TOO_LONG"),
            ("password" | "newPassword" | "next", None) => (400, "INVALID_PASSWORD"),
            _ => (refusal.status(), refusal.code()),
        },
        other => (other.status(), other.code()),
    }
}
