//! The WasmChannel door: binary packets of `wasmchannel.v1` (`wasmchannel.md` 1–3).
//!
//! `fields` codes the seven fields, `lz4` (and `lz4_tail`) the frame inside the payload, `packet` the whole packet. `client` has the packets
//! that a client may send, `room` translates between packets and events, `socket` serves a room's socket. `cookie` is the signed cookie of
//! the session routes, `device` the account of a browser, `history` the pages of REST, `rpc` the call of old clients, `projection` the
//! messages to the database, `packs` their grouping, `lines` the codec as text lines. There is no I/O and no state.

mod client;
mod cookie;
mod device;
mod error;
mod fields;
mod history;
mod lines;
mod lz4;
mod lz4_tail;
mod packet;
mod packs;
mod projection;
mod room;
mod rpc;
mod socket;

pub use client::{ClientPacket, read_client_packet};
pub use cookie::{read_signed, signed};
pub use device::{DeviceAccount, device_account};
pub use error::PacketError;
pub use history::{HistoryCursor, MEDIA_TYPE, message_json, page_json, reactions_with_kinds, read_cursor, read_limit};
pub use lines::{decode_line, encode_line};
pub use lz4::{deflate, inflate};
pub use packet::{Packet, PacketKind, RawPacket, ReactionKind};
pub use packs::{QueueEntry, packed, read_queue_entries};
pub use projection::{
    RowChange, RowChangeKind, RowPointer, gone_message, is_projected, left_message, pointer_message, queue_message,
    read_queue_message, read_queue_packet, read_queue_pointer, sealed_event, trim_message,
};
pub use room::{
    error_packet, event_packets, invalid_packet, joined_packet, message_write, online_users_packet, rate_packet,
    typing_packet, typing_payload,
};
pub use rpc::{PageRequest, is_wrapped, page_wanted, wrapped, wrapped_page};
pub use socket::{IncomingPacket, apply_packet, incoming_packet, packets_of};

/// Default room: that of `/`, and of every request of this door that names none (`wasmchannel.md` 3).
pub const DEFAULT_ROOM: &str = "room";

/// Subprotocol of this door.
pub const PROTOCOL: &str = "wasmchannel.v1";
