//! Requests to the shards of `auth` about sessions, and questions of the gate.

use protocol::machines::presence::Card;
use protocol::words::event::Millis;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

use super::{SessionExpiry, SlideCall};
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Auth:
    /// Checks a credential, and that it may be used for this.
    CheckSession "check": CheckCall => ValidSession;
    CreateSession "create": CreateCall => ValidSession;
    /// Reads all of a session that its owner may know, by the SHA-256 of its token, and slides it.
    ReadSession "session": String => LibrarySession;
    /// Gives a session another token; the one of before opens nothing from then on. `UNAUTHENTICATED` if the session has ended.
    ReplaceToken "session-token": NewSecretCall => ();
    SignOut "logout": LogoutCall => ();
    /// Ends a session of a person; `NOT_FOUND` when it is not theirs.
    EndSession "end": EndCall => ();
    /// Ends many sessions and remembered browsers of a person, and returns how many browsers that were.
    EndSessions "end-many": EndSessionsCall => u64;
    /// Stores a ticket for a session. The answer is the time from which on it is worth nothing.
    AddTicket "ticket": NewSecretCall => Millis;
    /// Lists the living sessions and remembered browsers among these, by their public ids.
    ListSessions "list": Vec<String> => Vec<SessionRow>;
    /// Reads how long each of these sessions has not been used, in the order asked; `null` for one that has ended.
    ReadIdleTimes "idle": Vec<String> => Vec<Option<Millis>>;
    /// Slides sessions that did something durable. Those that are alive are answered.
    SlideSessions "slide": SlideCall => Vec<SessionExpiry>;
    /// Slides sessions whose devices have a heartbeat, which is no use of them. Those that are alive are answered.
    KeepSessionsAlive "alive": Vec<String> => Vec<SessionExpiry>;
    /// Stores how the person of a session shows from now on. The answer is `true` while the session lives.
    UpdateCard "card": SessionCardCall => bool;
}

#[derive(Debug, Serialize, Deserialize)]
pub struct CheckCall {
    pub hash: String,
    pub is_ticket: bool,
    /// The CSRF token that came along, where one is needed; an absent one is the empty text.
    pub csrf: Option<String>,
    /// User id of the person for whom the asking page was made, where the page says so (`sign-in.md` 8).
    pub page_of: Option<String>,
    pub purpose: Purpose,
    /// The route also takes sessions of the session routes (`wasmchannel.md`, settled points).
    #[serde(default)]
    pub takes_library: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Reads the session itself: does not slide it.
    #[serde(rename = "Look")]
    Inspect,
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

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ValidSession {
    pub principal: Principal,
    pub csrf: String,
    pub card: Card,
    /// When the session began; 0 where a shard of an earlier version did not tell it.
    #[serde(default)]
    pub began_at: Millis,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SessionCardCall {
    pub session: String,
    pub card: Card,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct CreateCall {
    /// Where the request came from, when somebody signs in.
    pub trace: Option<Trace>,
    pub hash: String,
    /// Principal of the session; the shard sets `expires_at`.
    pub principal: Principal,
    pub card: Card,
    pub csrf: String,
    pub user_agent: String,
    /// The browser is remembered from now on.
    pub family: Option<NewFamily>,
    /// SHA-256 of the refresh token by which the browser is remembered already: for the same person it goes on with this session.
    pub browser: Option<String>,
    /// It is a session of the session routes.
    pub library: Option<LibraryRecord>,
}

/// Data that a session of the session routes keeps of its account (`wasmchannel.md` 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryRecord {
    pub email: String,
    pub image: Option<String>,
    pub account_created_at: Millis,
    /// Empty. Earlier versions wrote down where the session began, and cannot read a record without it.
    #[serde(default)]
    pub address: String,
    /// Its cookie is to end with the browser.
    #[serde(default)]
    pub is_short: bool,
    /// The owner had proved the address when the session began.
    #[serde(default)]
    pub email_verified: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LibrarySession {
    pub principal: Principal,
    /// Data of its account; `None` for a session of the messenger.
    pub library: Option<LibraryRecord>,
    pub user_agent: String,
    pub created_at: Millis,
    /// When its expiry was moved last.
    pub updated_at: Millis,
    /// It was moved just now: the cookie has to live longer as well.
    pub was_renewed: bool,
}

/// Another token for a session (`account.md` 10), or a ticket (`sign-in.md` 2). It leads to the same shard.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewSecretCall {
    pub session: String,
    pub hash: String,
}

/// Token whose owner signs out.
#[derive(Debug, Serialize, Deserialize)]
pub struct LogoutCall {
    #[serde(default)]
    pub trace: Trace,
    pub hash: String,
    /// As in [`CheckCall`].
    pub csrf: Option<String>,
    /// The route is for sessions of demo rooms.
    #[serde(default)]
    pub takes_demo: bool,
    /// As in [`CheckCall`].
    #[serde(default)]
    pub takes_library: bool,
}

/// Session that ends, and of whom it must be.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndCall {
    pub session: String,
    pub user: String,
    pub code: u16,
    /// Reason for its sockets, and for `signed_out`.
    pub reason: String,
}

/// Sessions and remembered browsers of a person that end together (`account.md` 4 and 6).
#[derive(Debug, Serialize, Deserialize)]
pub struct EndSessionsCall {
    /// Public ids, all of this shard. Those that are unknown or another person's are left alone.
    pub sessions: Vec<String>,
    pub user: String,
    /// Public id of the session that goes on, with its remembered browser.
    pub keep: Option<String>,
    /// Only what began until then ends; `None` for all.
    pub began_until: Option<Millis>,
    /// Reason for their sockets, and for `signed_out`.
    pub reason: String,
    /// Where the request came from, if the person asked for the end: it leaves an audit row then.
    pub trace: Option<Trace>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRow {
    pub id: String,
    pub user_agent: String,
    pub created_at: Millis,
    pub last_seen_at: Millis,
    /// Time at which it ends unless it slides.
    pub expires_at: Millis,
}

/// Part of a session that the edge cache knows (`core.md` 4).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CachedSession {
    pub principal: Principal,
    /// Time at which it ends unless it slides.
    pub expires_at: Millis,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct GuestFileCall {
    pub address_hash: String,
    pub bytes: u64,
}

/// Something that was given for the service token or for LiveStore's admin secret, or the code of an invite. Refused when too many from
/// this address were wrong.
#[derive(Debug, Serialize, Deserialize)]
pub struct GuessCall {
    pub address_hash: String,
    /// It is not the secret, or nobody's code.
    pub is_wrong: bool,
}

/// Turnstile token that is being used. `TURNSTILE_FAILED` when it was used before.
#[derive(Debug, Serialize, Deserialize)]
pub struct SpendCall {
    pub token_hash: String,
    /// Nobody could be asked whether it is good: it can be used again.
    #[serde(default)]
    pub is_unused: bool,
}

/// Why the session of a used token ends: the browser goes on with the next one (`signed_out.reason`).
pub const REFRESHED: &str = "refreshed";

/// Reason of a session whose person has signed in again in the same browser (`signed_out.reason`).
pub const REPLACED: &str = "replaced";

/// A remembered browser that begins with a session.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewFamily {
    /// Public id, of the form of session ids and in the same shard.
    pub id: String,
    /// SHA-256 of the first refresh token.
    pub token_hash: String,
}
