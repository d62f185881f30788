//! The MessageHub door: opaque bodies over four routes, two kinds of sockets, event streams and long polls (`messagehub.md`).
//! [`crate::machines::webhook`] signs and repeats calls; [`crate::trust::guard`] checks their addresses.
//!
//! | File | Responsibility |
//! |---|---|
//! | `body` | bodies in JSON |
//! | `refusal` | refusals of this door |
//! | `request` | rooms, queries, keys and cursors of requests |
//! | `raw` | frames of a raw socket |
//! | `envelope` | frames of `messagehub.v1` in both directions, single and in arrays |
//! | `transport` | pages, event streams, presence |
//! | `access` | rights of a token |
//! | `hooks` | registration, delivery and connectors |
//! | `flags` | switches of the deployment |
//! | `exceptions` | switches and limits of single rooms |

mod access;
mod body;
mod envelope;
mod exceptions;
mod flags;
mod hooks;
mod raw;
mod request;
mod transport;

pub use access::{Access, Scope};
pub use envelope::array_json;
pub use exceptions::Exception;
pub use flags::{FLAGS, Flag, FlagChange, Flags};
pub use hooks::{
    audit_json, dead_json, dead_letters_json, delivery_id, delivery_json, email_json, hook_json, log_json,
    read_connectors, read_dead_letter, read_hook, read_static_hooks, shown_hook,
};
pub use request::{PageQuery, read_cursor, read_key, read_page, read_room, read_stream_start};
pub use transport::{HubStats, page_json, presence_json, sse_heartbeat, sse_message, sse_reset, sse_start, stats_json};

/// Subprotocol of enveloped sockets.
pub const PROTOCOL: &str = "messagehub.v1";
/// Subprotocol of enveloped sockets with arrays (`core.md` 5.1).
pub const PROTOCOL_BATCH: &str = "messagehub.v1.batch";
/// Body of `GET /`.
pub const STATUS_JSON: &str = r#"{"status":"ok","runtime":"cloudflare"}"#;
/// Body of `GET /health`.
pub const HEALTH_TEXT: &str = "ok";
