//! The WasmChannel door: binary packets of `wasmchannel.v1` (`wasmchannel.md` 1–3).
//!
//! `fields` reads and writes the seven fields, `lz4` (and `lz4_tail`) the frame inside the payload, `packet` puts both
//! together, `client` holds what a client may send, `room` says how packets and events of a room turn into each other.
//! `lines` is the codec as text lines, for people and tools. No socket, no session, no state.

mod client;
mod error;
mod fields;
mod lines;
mod lz4;
mod lz4_tail;
mod packet;
mod room;

pub use client::{ClientPacket, read_client_packet};
pub use error::PacketError;
pub use lines::{decode_line, encode_line};
pub use lz4::{deflate, inflate};
pub use packet::{Packet, PacketKind, RawPacket, ReactionKind, crc32};
pub use room::{
    Told, error_packet, event_packets, invalid_packet, joined_packet, message_write, online_users_packet, rate_packet,
    reaction_changes, told_packets, typing_packet, typing_payload,
};

/// Subprotocol of this door.
pub const PROTOCOL: &str = "wasmchannel.v1";
