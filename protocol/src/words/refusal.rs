//! Every way to say no: one enum, one code, one HTTP status and one close code each (`messenger.md` 1.1, `core.md` 7).
//!
//! A [`Refusal`] is the caller's fault, or a limit, and is shown to the caller. A [`Fault`] is ours: broken storage or an
//! impossible row. It is logged where it is born, answered with 500 or 1011, and never shown.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::closing::CloseCode;
use super::event::Millis;
use super::language;
use super::limits::SOCKETS_RETRY_MS;

/// The caller may not, or what was sent cannot be used. Travels between objects as it is.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum Refusal {
    /// The body is not JSON, not an object, or names a known member twice.
    #[error("This is not a JSON object.")]
    BadJson,
    /// A member is missing or out of range.
    #[error("{message}")]
    Validation {
        /// Name of the member on the wire.
        field: Cow<'static, str>,
        /// Sentence that says what is expected.
        message: Cow<'static, str>,
        /// The bound that was crossed, if there is one.
        limit: Option<u64>,
    },
    /// Lone surrogate, NUL, or only blanks.
    #[error("This text is empty or contains characters that can't be stored.")]
    InvalidText,
    /// `since`, `before` or `limit` cannot be used.
    #[error("This cursor cannot be used.")]
    BadCursor,
    /// No session, or one that ended.
    #[error("Please sign in.")]
    Unauthenticated,
    /// Wrong e-mail address or wrong password: which of the two is not told.
    #[error("Wrong e-mail address or password.")]
    BadCredentials,
    /// The password is right, and the account asks for a second factor: no code came, or a wrong one (`account.md` 12).
    #[error("This account uses two-step verification. Send a code from the app as well, or a recovery code.")]
    SecondFactor,
    /// Somebody signed up with this e-mail address before.
    #[error("An account with this e-mail address already exists.")]
    EmailTaken,
    /// Login without a Turnstile token.
    #[error("A Turnstile token is required.")]
    TurnstileRequired,
    /// The token was refused, is too old or was used before.
    #[error("We couldn't check that you're human. Please try again.")]
    TurnstileFailed,
    /// The request comes from a page of another site.
    #[error("Requests from this origin are not allowed.")]
    OriginForbidden,
    /// The CSRF token is missing or wrong.
    #[error("The CSRF token is missing or wrong.")]
    Csrf,
    /// The page that asks is somebody else's: another person has signed in in this browser since (`sign-in.md` 8).
    #[error("Someone else has signed in in this browser.")]
    SessionChanged,
    /// The sign-in is too long ago for what changes the ways in.
    #[error("For your security, sign in again first.")]
    ReauthRequired,
    /// The account's address is not proved, and the deployment requires that for writing (`account.md` 3).
    #[error("Confirm your e-mail address first.")]
    EmailUnverified,
    /// Not a member, not the author, or not allowed to.
    #[error("You don't have permission to do this.")]
    Forbidden,
    /// A moderator has muted the person, who writes in no public room for a while (`moderation.md` 2.1).
    #[error("A moderator has muted you. Try again in {} s.", .retry_after_ms.div_ceil(1000))]
    Muted {
        /// Milliseconds until the mute ends.
        retry_after_ms: Millis,
    },
    /// A moderator has closed the room for writing (`moderation.md` 2.1).
    #[error("A moderator has closed this room. No one can write here for now.")]
    RoomClosed,
    /// A rule of the deployment refuses the text (`moderation.md` 8).
    #[error("This server's rules don't allow this message.")]
    RefusedByRule,
    /// A moderator looks at the message first: it is held, and not sent yet (`moderation.md` 8.1).
    #[error("Your message will appear after a moderator approves it.")]
    Held,
    /// A moderator has banned the person (`moderation.md` 2.1).
    #[error("{reason}")]
    Banned {
        /// Id of the act, by which the person objects.
        act: String,
        /// Reason in the words of the moderator.
        reason: String,
    },
    /// The room id is kept for the system.
    #[error("This room id is reserved.")]
    RoomReserved,
    /// Does not exist, or is hidden from the caller: the same answer.
    #[error("This doesn't exist.")]
    NotFound,
    /// Somebody else plays this persona now.
    #[error("Someone is already using this character.")]
    PersonaTaken,
    /// No more people fit into the group.
    #[error("This group is full.")]
    RoomFull,
    /// The id belongs to somebody else's event.
    #[error("This id is taken.")]
    IdTaken,
    /// The id was used before, for something else.
    #[error("This id was used before with other content.")]
    IdReused,
    /// The state of what was named does not allow it: a deleted message is not edited.
    #[error("This has changed in the meantime.")]
    Conflict,
    /// Too late for an edit, or for a deletion for everybody.
    #[error("It's too late to change this message.")]
    EditWindow,
    /// With the value of the header `Allow`.
    #[error("This method is not allowed here.")]
    MethodNotAllowed { allow: Cow<'static, str> },
    #[error("This is too large.")]
    TooLarge,
    #[error("The body must be application/json.")]
    UnsupportedMediaType,
    #[error("This path is a WebSocket.")]
    UpgradeRequired,
    #[error("Too fast. Try again in {} s.", .retry_after_ms.div_ceil(1000))]
    RateLimited { retry_after_ms: Millis },
    #[error("Too many connections are open.")]
    TooManySockets,
    /// The frame's `type` is not known.
    #[error("This frame type is not known.")]
    UnknownType,
    /// The frame's `type` is known, but this server does not do it yet.
    #[error("This is not supported yet.")]
    NotSupported,
    /// None of the offered subprotocols is spoken here.
    #[error("This protocol version is not supported.")]
    VersionUnsupported,
    /// There is no index of words: they are stored sealed (`docs/decisions/0018-sealed-bodies.md`).
    #[error("Message search isn't available here: messages are stored encrypted.")]
    SearchOff,
    /// The deployment has no way to send mail (`account.md` 1.1).
    #[error("This server can't send e-mail.")]
    MailOff,
    /// The calls of a model that a day has are used up.
    #[error("This bot has reached today's limit.")]
    BotSleeping {
        /// Milliseconds until the next day begins.
        retry_after_ms: Millis,
    },
    #[error("Something went wrong on our side.")]
    Internal,
    /// A secret is missing in production.
    #[error("The server isn't configured for this.")]
    Misconfigured,
    /// A service we depend on did not answer.
    #[error("A service we need isn't responding. Please try again.")]
    Upstream,
    #[error("The server is busy. Try again in {} s.", .retry_after_ms.div_ceil(1000))]
    Overloaded { retry_after_ms: Millis },
}

impl Refusal {
    /// `VALIDATION` on `field`.
    pub fn validation(field: &'static str, message: &'static str) -> Self {
        Self::Validation { field: field.into(), message: message.into(), limit: None }
    }

    /// `VALIDATION` on `field` because `limit` was crossed.
    pub fn over_limit(field: &'static str, message: &'static str, limit: usize) -> Self {
        Self::Validation { field: field.into(), message: message.into(), limit: Some(limit as u64) }
    }

    /// `VALIDATION` on `language` because there are no texts in it.
    pub fn unknown_language() -> Self {
        let message = format!("language is {}.", language::listed());
        Self::Validation { field: "language".into(), message: message.into(), limit: None }
    }

    /// The code for programs; it never changes.
    pub fn code(&self) -> &'static str {
        self.row().0
    }

    pub fn status(&self) -> u16 {
        self.row().1
    }

    /// The reason that goes with [`Self::close_code`] (`core.md` 7).
    pub fn close_reason(&self) -> String {
        match self.retry_after_ms() {
            Some(retry_after_ms) => format!("retry-after={}", retry_after_ms.div_ceil(1_000)),
            None => self.code().to_owned(),
        }
    }

    /// The close code a socket gets when this ends it (`core.md` 7).
    pub fn close_code(&self) -> u16 {
        self.row().2.code()
    }

    pub fn retry_after_ms(&self) -> Option<Millis> {
        match self {
            Self::RateLimited { retry_after_ms }
            | Self::BotSleeping { retry_after_ms }
            | Self::Muted { retry_after_ms }
            | Self::Overloaded { retry_after_ms } => Some(*retry_after_ms),
            Self::TooManySockets => Some(SOCKETS_RETRY_MS),
            _ => None,
        }
    }

    /// Returns the id of the act of moderation that caused it.
    pub fn act(&self) -> Option<&str> {
        match self {
            Self::Banned { act, .. } => Some(act),
            _ => None,
        }
    }

    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Validation { field, .. } => Some(field),
            _ => None,
        }
    }

    pub fn limit(&self) -> Option<u64> {
        match self {
            Self::Validation { limit, .. } => *limit,
            _ => None,
        }
    }

    /// Returns `true` when a frame refused so counts as unusable (`messenger.md` 5.2), as opposed to refused for now.
    pub fn is_bad_frame(&self) -> bool {
        matches!(
            self,
            Self::BadJson
                | Self::Validation { .. }
                | Self::InvalidText
                | Self::BadCursor
                | Self::UnknownType
                | Self::TooLarge
        )
    }

    fn row(&self) -> (&'static str, u16, CloseCode) {
        match self {
            Self::BadJson => ("BAD_JSON", 400, CloseCode::Policy),
            Self::Validation { .. } => ("VALIDATION", 400, CloseCode::BadRequest),
            Self::InvalidText => ("INVALID_TEXT", 400, CloseCode::Policy),
            Self::BadCursor => ("BAD_CURSOR", 400, CloseCode::BadRequest),
            Self::Unauthenticated => ("UNAUTHENTICATED", 401, CloseCode::Unauthenticated),
            Self::BadCredentials => ("BAD_CREDENTIALS", 401, CloseCode::Unauthenticated),
            Self::SecondFactor => ("SECOND_FACTOR", 401, CloseCode::Unauthenticated),
            Self::EmailTaken => ("EMAIL_TAKEN", 409, CloseCode::Policy),
            Self::TurnstileRequired => ("TURNSTILE_REQUIRED", 403, CloseCode::Forbidden),
            Self::TurnstileFailed => ("TURNSTILE_FAILED", 403, CloseCode::Forbidden),
            Self::OriginForbidden => ("ORIGIN_FORBIDDEN", 403, CloseCode::Forbidden),
            Self::Csrf => ("CSRF", 403, CloseCode::Forbidden),
            Self::SessionChanged => ("SESSION_CHANGED", 409, CloseCode::Policy),
            Self::ReauthRequired => ("REAUTH_REQUIRED", 403, CloseCode::Forbidden),
            Self::EmailUnverified => ("EMAIL_UNVERIFIED", 403, CloseCode::Forbidden),
            Self::Forbidden => ("FORBIDDEN", 403, CloseCode::Forbidden),
            Self::Muted { .. } => ("MUTED", 403, CloseCode::Forbidden),
            Self::RoomClosed => ("ROOM_CLOSED", 403, CloseCode::Forbidden),
            Self::RefusedByRule => ("REFUSED_BY_RULE", 403, CloseCode::Forbidden),
            Self::Held => ("HELD", 403, CloseCode::Forbidden),
            Self::Banned { .. } => ("BANNED", 403, CloseCode::Forbidden),
            Self::RoomReserved => ("ROOM_RESERVED", 403, CloseCode::Forbidden),
            Self::NotFound => ("NOT_FOUND", 404, CloseCode::Gone),
            Self::PersonaTaken => ("PERSONA_TAKEN", 409, CloseCode::Superseded),
            Self::RoomFull => ("ROOM_FULL", 409, CloseCode::Forbidden),
            Self::IdTaken => ("ID_TAKEN", 409, CloseCode::Policy),
            Self::IdReused => ("ID_REUSED", 422, CloseCode::Policy),
            Self::Conflict => ("CONFLICT", 409, CloseCode::Policy),
            Self::SearchOff => ("SEARCH_OFF", 409, CloseCode::Policy),
            Self::MailOff => ("MAIL_OFF", 409, CloseCode::Policy),
            Self::EditWindow => ("EDIT_WINDOW", 422, CloseCode::Policy),
            Self::MethodNotAllowed { .. } => ("METHOD_NOT_ALLOWED", 405, CloseCode::Policy),
            Self::TooLarge => ("TOO_LARGE", 413, CloseCode::TooLarge),
            Self::UnsupportedMediaType => ("UNSUPPORTED_MEDIA_TYPE", 415, CloseCode::WrongType),
            Self::UpgradeRequired => ("UPGRADE_REQUIRED", 426, CloseCode::Policy),
            Self::RateLimited { .. } => ("RATE_LIMITED", 429, CloseCode::RateLimited),
            Self::TooManySockets => ("RATE_LIMITED", 429, CloseCode::RateLimited),
            Self::BotSleeping { .. } => ("BOT_SLEEPING", 429, CloseCode::TryLater),
            Self::UnknownType => ("UNKNOWN_TYPE", 400, CloseCode::Policy),
            Self::NotSupported => ("NOT_SUPPORTED", 400, CloseCode::Policy),
            Self::VersionUnsupported => ("UPGRADE_REQUIRED", 426, CloseCode::Version),
            Self::Internal => ("INTERNAL", 500, CloseCode::Broken),
            Self::Misconfigured => ("MISCONFIGURED", 500, CloseCode::Broken),
            Self::Upstream => ("UPSTREAM", 502, CloseCode::TryLater),
            Self::Overloaded { .. } => ("OVERLOADED", 503, CloseCode::TryLater),
        }
    }
}

/// Something of ours broke: storage, or a row that cannot be. Carries words for the log, never for the caller.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Fault(pub String);

impl From<serde_json::Error> for Fault {
    /// Says where a text cannot be read and not what stands there: the words of people do not belong into a log.
    fn from(error: serde_json::Error) -> Self {
        Self(format!("unreadable: {:?} at line {}, column {}", error.classify(), error.line(), error.column()))
    }
}

/// Reason for which an operation on a log did not happen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Denied {
    /// The caller's fault, or a limit: tell the caller and go on.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Ours: nothing was acknowledged; the object must restart.
    #[error(transparent)]
    Broken(#[from] Fault),
}
