//! The LiveStore door. Version 0.3.1 of the client, with protocol "ws" and format version 7 (`livestore.md` 2 to 4): `handshake` reads the
//! request, `read` the frames (`plain` is its fast path for regular pushes), `write` encodes notifications of [`crate::machines::chain`].
//! Version 0.4 (`livestore-0.4.md` 1 to 7): `rpc_handshake`, `rpc_read` and `rpc_write`. `permission` and `webhooks` encode the calls from
//! the Worker to the owner's servers (`livestore.md` 14.1 and 14.3).

mod handshake;
mod permission;
mod plain;
mod read;
mod rpc_handshake;
mod rpc_read;
mod rpc_write;
mod webhooks;
mod write;

pub use handshake::{Handshake, HandshakeRefusal, auth_token, client_id, may_open, read_query};
pub use permission::{Permission, PermissionAnswer, PermissionQuestion, read_permission};
pub use read::read_frame;
pub use rpc_handshake::{INVALID_PATH, Transport, is_rpc_query, read_rpc_query};
pub use rpc_read::{read_rpc_body, read_rpc_frame};
pub use rpc_write::{RpcWriter, rpc_json};
pub use webhooks::{push_delivery_id, push_json, read_store_hooks};
pub use write::frame_json;

/// The client's ping, byte for byte. The runtime answers it without waking the object.
pub const PING: &str = r#"{"_tag":"WSMessage.Ping","requestId":"ping"}"#;
/// The answer to [`PING`].
pub const PONG: &str = r#"{"_tag":"WSMessage.Pong","requestId":"ping"}"#;
/// The ping of a client of version 0.4, byte for byte.
pub const RPC_PING: &str = r#"{"_tag":"Ping"}"#;
/// The answer to [`RPC_PING`].
pub const RPC_PONG: &str = r#"{"_tag":"Pong"}"#;
/// Body of the answer to a request without an upgrade (426).
pub const UPGRADE_REQUIRED: &str = "Durable Object expected Upgrade: websocket";
