//! Answers and frames for devices and publishers (`hopeflow.md` 3 to 6). The members of an envelope have the order of the specification. The
//! payload is copied byte for byte.

use std::fmt::Write as _;

use crate::codec::json::json_text;
use crate::machines::channel::{Answer, ChannelNotification};
use crate::words::iso::iso_utc;
use crate::words::limits::SOCKET_FILTERS_MAX;
use crate::words::refusal::Refusal;

/// Refusal of a publish, with the status and the error text of HopeFlow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishRefusal {
    /// The token is missing or invalid. The answer does not say which.
    Unauthorized,
    /// The token does not reach that person.
    Forbidden,
    /// The content type is not JSON.
    UnsupportedMediaType,
    TooLarge,
    TooMany {
        retry_after_ms: u64,
    },
    /// The body is not one JSON value.
    BadJson,
    UserRequired,
    UserTooLong,
    /// The life of the envelope is not allowed.
    BadTtl,
    BadKey,
    /// The idempotency key was used for another publish.
    KeyReused,
    /// The method is not `POST`.
    MethodNotAllowed,
    /// The object was reset during the request.
    Unavailable,
    /// The deployment has no usable secret.
    Misconfigured,
    Internal,
}

impl PublishRefusal {
    pub fn status(self) -> u16 {
        self.row().0
    }

    pub fn body(self) -> String {
        format!("{{\"error\":\"{}\"}}", self.row().1)
    }

    /// Value of `Retry-After`, in seconds.
    pub fn retry_after_s(self) -> Option<u64> {
        match self {
            Self::TooMany { retry_after_ms } => Some(retry_after_ms.div_ceil(1_000).max(1)),
            _ => None,
        }
    }

    fn row(self) -> (u16, &'static str) {
        match self {
            Self::Unauthorized => (401, "Unauthorized"),
            Self::Forbidden => (403, "Forbidden"),
            Self::UnsupportedMediaType => (415, "Unsupported Media Type"),
            Self::TooLarge => (413, "Payload Too Large"),
            Self::TooMany { .. } => (429, "Too Many Requests"),
            Self::BadJson => (400, "Invalid JSON body"),
            Self::UserRequired => (400, "userId is required"),
            Self::UserTooLong => (400, "userId is too long"),
            Self::BadTtl => (400, "ttlSeconds is invalid"),
            Self::BadKey => (400, "Idempotency-Key is invalid"),
            Self::KeyReused => (422, "Idempotency-Key was used for another envelope"),
            Self::MethodNotAllowed => (405, "Method Not Allowed"),
            Self::Unavailable => (503, "Service Unavailable"),
            Self::Misconfigured => (500, "MISCONFIGURED"),
            Self::Internal => (500, "Internal Server Error"),
        }
    }
}

impl From<Refusal> for PublishRefusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated => Self::Unauthorized,
            Refusal::Forbidden => Self::Forbidden,
            Refusal::TooLarge => Self::TooLarge,
            Refusal::IdReused => Self::KeyReused,
            Refusal::RateLimited { retry_after_ms } => Self::TooMany { retry_after_ms },
            Refusal::Misconfigured => Self::Misconfigured,
            Refusal::Overloaded { .. } | Refusal::TooManySockets | Refusal::Upstream => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}

/// Returns the answer to a publish. That to a durable one has two members more.
pub fn answer_json(answer: &Answer) -> String {
    let Answer { envelope_id, seq, client_count, results } = answer;
    let mut out = format!("{{\"clientCount\":{client_count},\"results\":[{}]", results.join(","));
    if let Some(seq) = seq {
        let _ = write!(out, ",\"envelopeId\":{},\"seq\":{seq}", json_text(envelope_id));
    }
    out.push('}');
    out
}

/// Returns a frame for a device. Only `hopeflow.v2` has the position of an envelope.
pub fn frame_json(notification: &ChannelNotification, is_v2: bool) -> String {
    match notification {
        ChannelNotification::Pong => "pong".to_owned(),
        ChannelNotification::Welcome { epoch, head, connection } => format!(
            "{{\"type\":\"welcome\",\"protocol\":\"{}\",\"epoch\":\"{epoch:08x}\",\"head\":{head},\"connectionId\":{}}}",
            crate::wire::hopeflow::PROTOCOL_V2,
            json_text(connection)
        ),
        ChannelNotification::Subscribed { count } => format!("{{\"type\":\"subscribed\",\"count\":{count}}}"),
        ChannelNotification::FilterLimit => format!(
            "{{\"type\":\"error\",\"code\":\"FILTER_LIMIT\",\"message\":\"A socket has at most {SOCKET_FILTERS_MAX} filters.\"}}"
        ),
        ChannelNotification::Envelope { envelope, seq, is_replay } => {
            let mut out = format!(
                "{{\"envelopeId\":{},\"type\":{},\"userId\":{},\"timestamp\":\"{}\"",
                json_text(&envelope.id),
                json_text(&envelope.kind),
                json_text(&envelope.user),
                iso_utc(envelope.ts)
            );
            if let Some(payload) = &envelope.payload {
                let _ = write!(out, ",\"payload\":{payload}");
            }
            if let Some(seq) = seq.filter(|_| is_v2) {
                let _ = write!(out, ",\"seq\":{seq}");
            }
            if *is_replay && is_v2 {
                out.push_str(",\"replay\":true");
            }
            out.push('}');
            out
        }
    }
}
