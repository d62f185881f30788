//! Packets as lines of text, in hex or as a JSON object, for `protocol/examples/packet.rs` and for debugging. An unusable line becomes
//! `{"ok":false}` in JSON and an empty line in hex.

use std::fmt::Write as _;

use serde::Deserialize;

use super::packet::{Packet, PacketKind, ReactionKind};
use crate::codec::json::json_text;
use crate::words::limits::PACKET_CODEC_BYTES_MAX;

const NOT_OK: &str = "{\"ok\":false}";

#[derive(Deserialize)]
struct Line {
    #[serde(default = "yes")]
    ok: bool,
    kind: u32,
    message_id: Option<String>,
    user_id: Option<String>,
    reaction_kind: Option<u32>,
    #[serde(default)]
    payload_hex: String,
}

fn yes() -> bool {
    true
}

/// Decodes a packet in hex to a JSON object.
pub fn decode_line(hex: &str) -> String {
    let packet = bytes_of(hex.trim()).and_then(|bytes| Packet::decode(&bytes, PACKET_CODEC_BYTES_MAX).ok());
    let Some(packet) = packet else {
        return NOT_OK.to_owned();
    };
    let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), json_text);
    let reaction = packet.reaction.map_or_else(|| "null".to_owned(), |kind| kind.number().to_string());
    format!(
        "{{\"ok\":true,\"kind\":{},\"message_id\":{},\"user_id\":{},\"reaction_kind\":{reaction},\"payload_hex\":\"{}\"}}",
        packet.kind.number(),
        text(packet.message_id.as_deref()),
        text(packet.user_id.as_deref()),
        hex_of(&packet.payload),
    )
}

/// Reverse of [`decode_line`].
pub fn encode_line(json: &str) -> String {
    packet_of(json).map(|packet| hex_of(&packet.encode())).unwrap_or_default()
}

fn packet_of(json: &str) -> Option<Packet> {
    let line: Line = serde_json::from_str(json).ok()?;
    let reaction = match line.reaction_kind {
        Some(number) => Some(ReactionKind::of_number(number)?),
        None => None,
    };
    let payload = bytes_of(&line.payload_hex).filter(|bytes| bytes.len() <= PACKET_CODEC_BYTES_MAX)?;
    let kind = PacketKind::of_number(line.kind)?;
    line.ok.then_some(Packet { kind, message_id: line.message_id, user_id: line.user_id, reaction, payload })
}

fn hex_of(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_form_in_both_directions() {
        let hex = "0001066d2d3030303100001c04224d186040820d00008053656520796f7520617420383f0000000001fc0645d753";
        let json = "{\"ok\":true,\"kind\":0,\"message_id\":\"m-0001\",\"user_id\":null,\"reaction_kind\":null,\
                    \"payload_hex\":\"53656520796f7520617420383f\"}";
        assert_eq!(decode_line(hex), json);
        assert_eq!(decode_line(&format!(" {}\r\n", hex.to_uppercase())), json);
        assert_eq!(encode_line(json), hex);
        assert_eq!(encode_line(r#"{"kind":0,"message_id":"m-0001","payload_hex":"53656520796f7520617420383F"}"#), hex);
    }

    #[test]
    fn what_cannot_be_used_says_so_in_both_directions() {
        for hex in ["", "0", "zz", "+1", "00", "\u{e9}\u{e9}"] {
            assert_eq!(decode_line(hex), NOT_OK, "{hex}");
        }
        for json in
            ["", NOT_OK, "[]", r#"{"kind":6}"#, r#"{"kind":0,"reaction_kind":9}"#, r#"{"kind":0,"payload_hex":"0"}"#]
        {
            assert_eq!(encode_line(json), "", "{json}");
        }
    }
}
