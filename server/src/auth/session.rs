//! Finds the credential of a request and asks the `auth` shard whose it is (`sign-in.md` 3).

use protocol::operation::series::REFUSED_BANNED;
use protocol::people::moderation::Standing;
use protocol::people::session::{hash_hex, is_token, shard_of};
use protocol::wire::openapi::Access;
use protocol::words::ids::{RoomId, UserId};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;

use super::origin;
use crate::calls::auth::{CheckCall, CheckSession, Purpose, ValidSession};
use crate::calls::moderation;
use crate::http::cookie;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::kit::worker_counts;
use crate::outbound::mail;
use crate::runtime::call_error::CallError;
use crate::session_cache;

/// Header by which a page names its person: the cookie belongs to the whole browser, in which another person may have signed in since.
pub const PAGE_OF: &str = "x-page-of";
/// The same in the address of a socket.
const PAGE_OF_SOCKET: &str = "pageOf";

/// A token or ticket, known by its hash from here on.
#[derive(Clone, Debug)]
pub struct Credential {
    pub hash: String,
    pub is_ticket: bool,
    /// It came as a cookie, which browsers send on their own: CSRF rules apply.
    pub is_cookie: bool,
    /// It came as the cookie of the session routes, which has rules of its own (`wasmchannel.md` 4.1).
    pub is_library: bool,
}

/// The credential of the request. `Authorization: Bearer` wins over the cookie, also when it is wrong.
pub fn credential(incoming: &Incoming) -> Option<Credential> {
    if let Some(header) = incoming.header("authorization") {
        return token_of(bearer(&header)?, false);
    }
    if incoming.is_upgrade() {
        if let Some(ticket) = incoming.query("ticket") {
            return is_token(&ticket).then(|| Credential {
                hash: hash_hex(&ticket),
                is_ticket: true,
                is_cookie: false,
                is_library: false,
            });
        }
        if let Some(token) = incoming.query("sessionId").filter(|_| incoming.config.legacy_ws_query) {
            return token_of(&token, false);
        }
    }
    token_of(&cookie::SESSION.read(incoming)?, true)
}

/// Returns the token in a header `Authorization` of the scheme `Bearer`.
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn token_of(token: &str, is_cookie: bool) -> Option<Credential> {
    is_token(token).then(|| Credential { hash: hash_hex(token), is_ticket: false, is_cookie, is_library: false })
}

/// The CSRF token to hold against the session's: none where none is needed, the empty text where one is missing.
///
/// A cookie needs both: a browser that vouches for the page, and the token that only our pages know.
pub fn csrf_of(incoming: &Incoming, credential: &Credential) -> Option<String> {
    if !credential.is_cookie || !incoming.is_writing() {
        return None;
    }
    let token = incoming.header("x-csrf-token").filter(|_| origin::is_vouched_for(incoming));
    Some(token.unwrap_or_default())
}

/// Returns the credentials that open the route of the request.
pub fn access(incoming: &Incoming) -> Access {
    Access::of_row(&incoming.method, incoming.facts.borrow().route)
}

pub async fn require(incoming: &Incoming, purpose: Purpose) -> Result<ValidSession, CallError> {
    require_as(incoming, purpose, access(incoming).library).await
}

pub async fn person(incoming: &Incoming) -> Result<Principal, CallError> {
    Ok(require(incoming, Purpose::Call).await?.principal)
}

async fn require_as(incoming: &Incoming, purpose: Purpose, takes_library: bool) -> Result<ValidSession, CallError> {
    let found = if takes_library { either(incoming) } else { credential(incoming) };
    let credential = found.ok_or(Refusal::Unauthenticated)?;
    if credential.is_library && incoming.is_writing() && !origin::is_named(incoming) {
        return Err(Refusal::OriginForbidden.into());
    }
    let csrf = csrf_of(incoming, &credential);
    ask(incoming, &credential, csrf, page_of(incoming), purpose, takes_library).await
}

/// The credential of a request on a route of the packet door. Of two cookies that of the session routes counts, unless the
/// request shows that a page of the messenger made it.
pub fn either(incoming: &Incoming) -> Option<Credential> {
    if incoming.header("authorization").is_some() || incoming.header("x-csrf-token").is_some() {
        return credential(incoming);
    }
    let has_ticket = incoming.is_upgrade() && incoming.query("ticket").is_some();
    let library = || {
        let token = cookie::read_library(incoming)?;
        let hash = is_token(&token).then(|| hash_hex(&token))?;
        Some(Credential { hash, is_ticket: false, is_cookie: false, is_library: true })
    };
    if has_ticket { credential(incoming) } else { library().or_else(|| credential(incoming)) }
}

/// Returns `true` if the request shows a living session of this person, of whichever door. It allows nothing by itself, so it needs no CSRF
/// token. A refusal that says nothing about whose session it is, such as a limit, is an error, and so is a shard that cannot be asked.
pub async fn is_of(incoming: &Incoming, user: &str) -> Result<bool, CallError> {
    let library = cookie::read_library(incoming).and_then(|token| token_of(&token, true));
    for credential in credential(incoming).into_iter().chain(library) {
        match ask(incoming, &credential, None, None, Purpose::Inspect, true).await {
            Ok(checked) if checked.principal.user.as_str() == user => return Ok(true),
            Ok(_) | Err(CallError::Refused(Refusal::Unauthenticated | Refusal::Forbidden | Refusal::Banned { .. })) => {
            }
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

pub async fn check(
    incoming: &Incoming,
    credential: &Credential,
    csrf: Option<String>,
    purpose: Purpose,
) -> Result<ValidSession, CallError> {
    ask(incoming, credential, csrf, page_of(incoming), purpose, false).await
}

/// The same for a form, whose fields say what headers say elsewhere.
pub async fn check_form(
    incoming: &Incoming,
    credential: &Credential,
    csrf: Option<String>,
    page_of: Option<String>,
) -> Result<ValidSession, CallError> {
    ask(incoming, credential, csrf, page_of, Purpose::Call, false).await
}

/// The person of the page that asks, where it says so. A socket of a browser has no headers of its own.
fn page_of(incoming: &Incoming) -> Option<String> {
    let of_socket = || incoming.query(PAGE_OF_SOCKET).filter(|_| incoming.is_upgrade());
    incoming.header(PAGE_OF).or_else(of_socket)
}

async fn ask(
    incoming: &Incoming,
    credential: &Credential,
    csrf: Option<String>,
    page_of: Option<String>,
    purpose: Purpose,
    takes_library: bool,
) -> Result<ValidSession, CallError> {
    let (hash, is_ticket) = (credential.hash.clone(), credential.is_ticket);
    let is_socket = matches!(purpose, Purpose::Socket { .. });
    let question = CheckCall { hash, is_ticket, csrf, page_of, purpose, takes_library };
    let shard = shard_of(&credential.hash).unwrap_or_default();
    let checked = CheckSession::ask(&incoming.env, shard, &question).await?;
    incoming.note_principal(Some(checked.principal.user.as_str()));
    check_demo(incoming, credential, &checked.principal)?;
    check_proved(incoming, &checked)?;
    // A socket stays, so its ban is not left to the next call.
    let standing =
        if is_socket { moderation::current(&incoming.env).await } else { moderation::known_now(&incoming.env) };
    check_ban(incoming, &checked.principal.user, checked.principal.kind, &standing).await?;
    Ok(checked)
}

/// Refuses a session of a demo room on a route that is not for it (`demo.md` 3). One that came as a cookie, or that names no room because it
/// is from before rooms were named, is no session.
fn check_demo(incoming: &Incoming, credential: &Credential, who: &Principal) -> Result<(), Refusal> {
    match &who.room {
        _ if !who.user.is_demo() => Ok(()),
        Some(_) if !credential.is_cookie && access(incoming).demo => Ok(()),
        Some(_) if !credential.is_cookie => Err(Refusal::Forbidden),
        _ => Err(Refusal::Unauthenticated),
    }
}

/// Refuses a person whom a moderator has banned, and guests from a banned network (`moderation.md` 2.1).
pub async fn check_ban(incoming: &Incoming, user: &UserId, kind: UserKind, standing: &Standing) -> Result<(), Refusal> {
    let network = if kind == UserKind::Guest { incoming.trace().address } else { String::new() };
    let checked = standing.check_ban(user.as_str(), &network, incoming.now);
    if checked.is_err() {
        worker_counts::count(&incoming.env, REFUSED_BANNED).await;
    }
    checked
}

/// Refuses a call of the messenger that writes, for an account whose address is not proved (`account.md` 3).
fn check_proved(incoming: &Incoming, checked: &ValidSession) -> Result<(), Refusal> {
    let facts = incoming.facts.borrow();
    let is_meant = incoming.is_writing() && facts.door == Door::Messenger.word() && !facts.is_for_unproved;
    if is_meant { check_may_write(incoming, checked) } else { Ok(()) }
}

/// Refuses an account whose address is not proved, where that is required (`account.md` 3). Handlers that write through another door than the
/// messenger's ask this themselves.
pub fn check_may_write(incoming: &Incoming, checked: &ValidSession) -> Result<(), Refusal> {
    let is_refused = checked.card.is_unproved && mail::requires_proof(&incoming.env, incoming.config);
    if is_refused { Err(Refusal::EmailUnverified) } else { Ok(()) }
}

/// The session of a socket on a room. The room's name is known before whether it exists: the session is asked first (5.1).
pub async fn for_room_socket(
    incoming: &Incoming,
    room: &Result<RoomId, Refusal>,
    takes_library: bool,
) -> Result<ValidSession, CallError> {
    let purpose = Purpose::Socket { log: room.as_ref().ok().map(RoomId::log_name) };
    require_as(incoming, purpose, takes_library).await
}

/// The session of a request that shows only what is public anyway: a guest known at the edge is let in even while their shard
/// cannot be asked (`core.md` 4).
pub async fn for_public_list(incoming: &Incoming) -> Result<Principal, CallError> {
    let credential = credential(incoming).ok_or(Refusal::Unauthenticated)?;
    let checked = check(incoming, &credential, None, Purpose::Call).await;
    if let Err(CallError::Busy(_) | CallError::Broken(_)) = &checked
        && let Some(cached) = session_cache::session(&incoming.env, &credential.hash, incoming.now).await
        && cached.principal.kind == UserKind::Guest
    {
        return Ok(cached.principal);
    }
    Ok(checked?.principal)
}
