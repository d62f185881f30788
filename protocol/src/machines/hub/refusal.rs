//! Refusals of this door (`messagehub.md` 1): a code, a status, a text.

use crate::words::event::Millis;
use crate::words::limits::SOCKETS_RETRY_MS;
use crate::words::refusal::Refusal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HubRefusal {
    BodyRequired,
    /// No room has such a name.
    BadRoom,
    /// A cursor, limit or wait that cannot be used.
    BadCursor,
    /// A key that cannot be one.
    BadId,
    /// An enveloped frame that is not understood, or a hook that cannot be one.
    BadFrame,
    Unauthenticated,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    /// The room has as many hooks as it may have.
    TooMany,
    /// The key was used for something else.
    IdReused,
    UpgradeRequired,
    RateLimited {
        retry_after_ms: Millis,
    },
    Internal,
    /// The deployment lacks a variable.
    Misconfigured,
    Overloaded {
        retry_after_ms: Millis,
    },
}

impl HubRefusal {
    pub fn code(self) -> &'static str {
        self.row().0
    }

    pub fn status(self) -> u16 {
        self.row().1
    }

    /// The text for people.
    pub fn text(self) -> &'static str {
        self.row().2
    }

    /// The body of an answer.
    pub fn json(self) -> String {
        format!("{{\"error\":\"{}\",\"code\":\"{}\"}}", self.text(), self.code())
    }

    pub fn retry_after_ms(self) -> Option<Millis> {
        match self {
            Self::RateLimited { retry_after_ms } | Self::Overloaded { retry_after_ms } => Some(retry_after_ms),
            _ => None,
        }
    }

    fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::BodyRequired => ("BODY_REQUIRED", 400, "A body is required"),
            Self::BadRoom => ("BAD_ROOM", 400, "The room id is not usable"),
            Self::BadCursor => ("BAD_CURSOR", 400, "The cursor is not usable"),
            Self::BadId => ("BAD_ID", 400, "The id is not usable"),
            Self::BadFrame => ("BAD_FRAME", 400, "The frame is not understood"),
            Self::Unauthenticated => ("UNAUTHENTICATED", 401, "Unauthorized"),
            Self::Forbidden => ("FORBIDDEN", 403, "Forbidden"),
            Self::NotFound => ("NOT_FOUND", 404, "Not Found"),
            Self::MethodNotAllowed => ("METHOD_NOT_ALLOWED", 405, "Method Not Allowed"),
            Self::TooLarge => ("TOO_LARGE", 413, "The message exceeds 65536 bytes"),
            Self::TooMany => ("TOO_MANY", 409, "The room has as many hooks as it may have"),
            Self::IdReused => ("ID_REUSED", 422, "The id was used for another message"),
            Self::UpgradeRequired => ("UPGRADE_REQUIRED", 426, "Upgrade Required"),
            Self::RateLimited { .. } => ("RATE_LIMITED", 429, "Too Many Requests"),
            Self::Internal => ("INTERNAL", 500, "Internal Server Error"),
            Self::Misconfigured => ("MISCONFIGURED", 500, "Internal Server Error"),
            Self::Overloaded { .. } => ("OVERLOADED", 503, "Service Unavailable"),
        }
    }
}

impl From<Refusal> for HubRefusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadJson | Refusal::Validation { .. } | Refusal::InvalidText | Refusal::UnknownType => {
                Self::BadFrame
            }
            Refusal::BadCursor => Self::BadCursor,
            Refusal::Unauthenticated => Self::Unauthenticated,
            Refusal::Forbidden | Refusal::OriginForbidden => Self::Forbidden,
            Refusal::NotFound => Self::NotFound,
            Refusal::RoomFull => Self::TooMany,
            Refusal::IdReused | Refusal::IdTaken => Self::IdReused,
            Refusal::MethodNotAllowed { .. } => Self::MethodNotAllowed,
            Refusal::TooLarge => Self::TooLarge,
            Refusal::UpgradeRequired => Self::UpgradeRequired,
            Refusal::RateLimited { retry_after_ms } => Self::RateLimited { retry_after_ms },
            Refusal::TooManySockets => Self::RateLimited { retry_after_ms: SOCKETS_RETRY_MS },
            Refusal::Overloaded { retry_after_ms } => Self::Overloaded { retry_after_ms },
            Refusal::Misconfigured => Self::Misconfigured,
            _ => Self::Internal,
        }
    }
}
