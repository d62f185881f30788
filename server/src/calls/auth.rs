//! Calls from the Worker and people's objects to the `auth` and `gate` objects.

use protocol::machines::presence::Card;
use protocol::words::event::Millis;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

use super::account::NewFamily;

/// To an `auth` shard: who is this, and may they do this? Answer: [`Checked`].
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckCall {
    /// SHA-256 of the token or ticket.
    pub hash: String,
    /// It is a one-time ticket.
    pub is_ticket: bool,
    /// The CSRF token that came along, where one is needed; an absent one is the empty text.
    pub csrf: Option<String>,
    /// User id of the person for whom the asking page was made, where the page says so (`sign-in.md` 8).
    #[serde(default)]
    pub page_of: Option<String>,
    /// Purpose for which the session is used.
    pub purpose: Purpose,
    /// The route also takes sessions of the session routes (`wasmchannel.md`, settled points).
    #[serde(default)]
    pub takes_library: bool,
}

/// See [`CheckCall`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To look at the session itself: does not slide it.
    Look,
    /// For a REST call: slides, and counts against `RATE_REST`.
    Call,
    /// Likewise, for what changes the ways in: the sign-in must be recent, else `REAUTH_REQUIRED`.
    Fresh,
    /// Because the person asks for more time.
    Refresh,
    /// For a socket on this log, which reports to the person's own object a moment later; a person's own log is never named.
    Socket {
        /// `rm:<room>`.
        log: Option<String>,
    },
}

/// A live session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checked {
    /// Principal of the session.
    pub principal: Principal,
    /// The session's CSRF token.
    pub csrf: String,
    /// Card of the person.
    pub card: Card,
}

/// To an `auth` shard: how the person of a session shows has changed. Answer: whether the session lives.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionCardCall {
    /// Public session id.
    pub session: String,
    /// New card of the person.
    pub card: Card,
}

/// To an `auth` shard: a session begins. Answer: [`Checked`].
#[derive(Debug, Serialize, Deserialize)]
pub struct CreateCall {
    /// Where the request came from, when somebody signs in.
    #[serde(default)]
    pub trace: Option<crate::kit::trace::Trace>,
    /// SHA-256 of the token.
    pub hash: String,
    /// Principal of the session; the shard sets `expires_at`.
    pub principal: Principal,
    /// Card of the person.
    pub card: Card,
    /// CSRF token.
    pub csrf: String,
    /// Device as it describes itself (`User-Agent`).
    pub user_agent: String,
    /// The browser is remembered from now on.
    pub family: Option<NewFamily>,
    /// It is a session of the session routes.
    #[serde(default)]
    pub library: Option<LibraryRecord>,
}

/// Data that a session of the session routes keeps of its account (`wasmchannel.md` 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryRecord {
    /// E-mail address of the account.
    pub email: String,
    /// Its picture.
    pub image: Option<String>,
    /// When the account was made.
    pub account_created_at: Millis,
    /// Where the session began.
    pub address: String,
    /// Its cookie is to end with the browser.
    #[serde(default)]
    pub is_short: bool,
}

/// To an `auth` shard (`/session`): all that the owner may be told of a session. Slides it. Answer: [`LibrarySession`].
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionLookCall {
    /// SHA-256 of the token.
    pub hash: String,
}

/// A session as the session routes tell it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LibrarySession {
    /// Principal of the session.
    pub principal: Principal,
    /// Data of its account; `None` for a session of the messenger.
    pub library: Option<LibraryRecord>,
    /// Device as it describes itself (`User-Agent`).
    pub user_agent: String,
    /// Sign-in.
    pub created_at: Millis,
    /// When its expiry was moved last.
    pub updated_at: Millis,
    /// It was moved just now: the cookie has to live longer as well.
    pub was_renewed: bool,
}

/// To an `auth` shard: the owner of this token signs out.
#[derive(Debug, Serialize, Deserialize)]
pub struct LogoutCall {
    /// Where the request came from.
    #[serde(default)]
    pub trace: crate::kit::trace::Trace,
    /// SHA-256 of the token.
    pub hash: String,
    /// As in [`CheckCall`].
    pub csrf: Option<String>,
}

/// To an `auth` shard: this session of this user ends. `NOT_FOUND` when it is not theirs.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndCall {
    /// Public session id.
    pub session: String,
    /// User id of the person to whom the session must belong.
    pub user: String,
    /// Close code for its sockets.
    pub code: u16,
    /// Reason for its sockets, and for `signed_out`.
    pub reason: String,
}

/// To an `auth` shard: a ticket for this session (`sign-in.md` 2).
#[derive(Debug, Serialize, Deserialize)]
pub struct TicketCall {
    /// Public session id.
    pub session: String,
    /// SHA-256 of the ticket.
    pub hash: String,
}

/// Answer to [`TicketCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// When it is worth nothing any more.
    pub expires_at: Millis,
}

/// To an `auth` shard: sessions by public id (`/list`, `/alive`, `/idle`).
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionsCall {
    /// Public session ids, all of this shard.
    pub sessions: Vec<String>,
}

/// One row of the device list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRow {
    /// Public session id.
    pub id: String,
    /// Device as it describes itself (`User-Agent`).
    pub user_agent: String,
    /// Sign-in.
    pub created_at: Millis,
    /// Last use.
    pub last_seen_at: Millis,
    /// When it ends unless it slides.
    pub expires_at: Millis,
}

/// Part of a session that the edge cache knows (`core.md` 4).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CachedSession {
    /// Principal of the session.
    pub principal: Principal,
    /// When it ends unless it slides.
    pub expires_at: Millis,
}

/// To a `gate` shard: one login attempt (`/login`), one sign-up (`/register`), one demo room (`/demo-room`) or one who comes into one
/// (`/demo-join`) from an address.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginCall {
    /// SHA-256 of the address.
    pub address_hash: String,
}

/// To a `gate` shard (`/guest-file`): a guest brings a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct GuestFileCall {
    /// SHA-256 of the address.
    pub address_hash: String,
    /// Its size.
    pub bytes: u64,
}

/// To a `gate` shard: something was given for the service token or for LiveStore's admin secret (`/guess`), or the code of an invite
/// (`/invite`). Refused when too many from this address were wrong.
#[derive(Debug, Serialize, Deserialize)]
pub struct GuessCall {
    /// SHA-256 of the address.
    pub address_hash: String,
    /// It is not the secret, or nobody's code.
    pub is_wrong: bool,
}

/// To a `gate` shard: a Turnstile token is being used. `TURNSTILE_FAILED` when it was used before.
#[derive(Debug, Serialize, Deserialize)]
pub struct SpendCall {
    /// SHA-256 of the token.
    pub token_hash: String,
    /// Nobody could be asked whether it is good: it can be used again.
    #[serde(default)]
    pub is_unused: bool,
}

/// Why the session of a used token ends: the browser goes on with the next one (`signed_out.reason`).
pub const REFRESHED: &str = "refreshed";
