//! The MessageHub door: opaque bodies over four routes, two kinds of sockets, event streams and long polls
//! (`messagehub.md`). Signing and repeating are in [`crate::machines::webhook`], the check of what may be called in [`crate::trust::guard`].
//!
//! | File | What |
//! |---|---|
//! | `body` | what a body is, and how it is shown in JSON |
//! | `refusal` | ways to say no in this door's words |
//! | `request` | rooms, queries, keys, cursors of requests |
//! | `raw` | frames of a raw socket |
//! | `envelope` | frames of `messagehub.v1` in both directions, single and in arrays |
//! | `transport` | pages, event streams, presence |
//! | `access` | what a token opens |
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
/// The same in arrays (`core.md` 5.1).
pub const PROTOCOL_BATCH: &str = "messagehub.v1.batch";
/// Body of `GET /`.
pub const STATUS_JSON: &str = r#"{"status":"ok","runtime":"cloudflare"}"#;
/// Body of `GET /health`.
pub const HEALTH_TEXT: &str = "ok";
