//! The codec of packets as a wasm module, for the load client's `packets` scenario: decoding and encoding as in the Worker, and nothing
//! else. `cargo xtask bench` builds it.

use protocol::wire::wasmchannel::Packet;
use protocol::words::limits::PACKET_PAYLOAD_BYTES_MAX;
use wasm_bindgen::prelude::wasm_bindgen;

/// Decodes a packet and encodes its content again; empty if it is no packet.
#[wasm_bindgen]
pub fn turn(bytes: &[u8]) -> Vec<u8> {
    Packet::decode(bytes, PACKET_PAYLOAD_BYTES_MAX).map(|packet| packet.encode()).unwrap_or_default()
}
