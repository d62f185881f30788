//! The codec of packets as a wasm module of its own, for the load client's `packets` scenario: what the Worker does with a packet
//! that comes and one that goes, and nothing else. `cargo xtask bench` builds it.

use protocol::wire::wasmchannel::Packet;
use protocol::words::limits::PACKET_PAYLOAD_BYTES_MAX;
use wasm_bindgen::prelude::wasm_bindgen;

/// Decodes a packet and encodes what was in it; nothing when it is no packet.
#[wasm_bindgen]
pub fn turn(bytes: &[u8]) -> Vec<u8> {
    Packet::decode(bytes, PACKET_PAYLOAD_BYTES_MAX).map(|packet| packet.encode()).unwrap_or_default()
}
