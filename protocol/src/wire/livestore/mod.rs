//! The LiveStore door: what the published client of protocol "ws", format version 7, says and hears (`livestore.md` 2 to 4).
//! `handshake` reads the request, `read` frames, `write` notifications of [`crate::machines::chain`].

mod handshake;
mod read;
mod write;

pub use handshake::{Handshake, HandshakeRefusal, auth_token, client_id, may_open, read_query};
pub use read::read_frame;
pub use write::frame_json;

/// The ping of the client, byte for byte: answered by the runtime without waking the object.
pub const PING: &str = r#"{"_tag":"WSMessage.Ping","requestId":"ping"}"#;
/// The answer to [`PING`].
pub const PONG: &str = r#"{"_tag":"WSMessage.Pong","requestId":"ping"}"#;
/// Body of the answer to a request without an upgrade (426).
pub const UPGRADE_REQUIRED: &str = "Durable Object expected Upgrade: websocket";
