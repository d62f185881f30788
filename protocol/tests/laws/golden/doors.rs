//! Bytes of the doors beside the messenger's.

use std::rc::Rc;

use protocol::machines::channel::{Answer, ChannelNotification, Envelope};
use protocol::wire::hopeflow::{self, PublishRefusal};
use protocol::wire::wasmchannel::{
    Packet, PacketError, PacketKind, ReactionKind, decode_line, encode_line, error_packet, inflate, joined_packet,
    online_users_packet, typing_packet, typing_payload,
};

// ---- WasmChannel

/// The worked examples of `wasmchannel.md` 1.3.
const EXAMPLES: [&str; 3] = [
    "0001066d2d3030303100001c04224d186040820d00008053656520796f7520617420383f0000000001fc0645d753",
    "0001066d2d303030320105755f6d6961001b04224d186040820c0000002f686102000e5061686168610000000001fc419d5ee6",
    "0301066d2d303030310105755f6d696101030b04224d186040820000000001fc367abd5f",
];

fn example(at: usize) -> Packet {
    let id = |text: &str| Some(text.to_owned());
    match at {
        0 => Packet { message_id: id("m-0001"), ..Packet::new(PacketKind::Message, "See you at 8?") },
        1 => Packet {
            message_id: id("m-0002"),
            user_id: id("u_mia"),
            ..Packet::new(PacketKind::Message, "ha".repeat(20))
        },
        _ => Packet {
            message_id: id("m-0001"),
            user_id: id("u_mia"),
            reaction: Some(ReactionKind::Heart),
            ..Packet::new(PacketKind::Reaction, "")
        },
    }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

#[test]
fn the_worked_examples_are_these_bytes() {
    for (at, hex) in EXAMPLES.into_iter().enumerate() {
        let bytes = bytes_of(hex);
        assert_eq!(example(at).encode(), bytes);
        assert_eq!(Packet::decode(&bytes, 999), Ok(example(at)));
        assert_eq!(encode_line(&decode_line(hex)), hex);
    }
}

/// Frame of the reference program: two linked blocks, block and content checksums, content size.
const FOREIGN_FRAME: &str = "\
    04224d185c407011010000000000e338010000ff1e54686520717569636b2062726f776e20666f78206a756d7073206f7665\
    7220746865206c617a7920646f672e202d00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
    ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
    ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
    ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
    ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
    ffffffffffffffffffffffffffffffffffffffffffffffffbb50726f776e204e9cf3ba1b0000000f2d00ffffffffffffffff\
    ffffffffffffffffff69506a756d7073634e0d6e00000000b540b541";

#[test]
fn a_frame_of_another_maker_is_read() {
    let fox = "The quick brown fox jumps over the lazy dog. ".repeat(1_600);
    let frame = bytes_of(FOREIGN_FRAME);
    assert_eq!(inflate(&frame, 70_000).unwrap(), &fox.as_bytes()[..70_000]);
    assert_eq!(inflate(&frame, 69_999), Err(PacketError::PayloadTooLarge));
    for at in 0..frame.len() {
        let mut broken = frame.clone();
        broken[at] ^= 0x10;
        assert!(inflate(&broken, 70_000).is_err(), "byte {at}");
    }
}

#[test]
fn packets_as_lines() {
    let lines: Vec<String> = EXAMPLES.iter().map(|hex| decode_line(hex)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn packets_that_the_server_sends() {
    let packets = [
        online_users_packet(12),
        joined_packet("u_mia", "Mia"),
        typing_packet("u_mia", typing_payload("u_mia", false, 1_795_000_000_000)),
        error_packet("Rate limit exceeded: 5 messages per second"),
    ];
    let line = |packet: &Packet| packet.encode().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    insta::assert_snapshot!(packets.iter().map(line).collect::<Vec<String>>().join("\n"));
}

// ---- HopeFlow

#[test]
fn envelopes_answers_and_refusals_of_hopeflow() {
    let envelope = |payload: Option<&str>| {
        Rc::new(Envelope {
            id: "0198e1c2-0000-7000-8000-000000000000".into(),
            kind: "chat_message".into(),
            user: "user_123".into(),
            ts: 1_795_154_400_000,
            payload: payload.map(str::to_owned),
        })
    };
    let answer = |seq| Answer {
        envelope_id: "0198e1c2".into(),
        seq,
        client_count: 2,
        results: vec!["null".into(), "{\"b\":1,\"a\":1e21}".into()],
    };
    let payload = envelope(Some("{\"z\":1.0, \"a\":\"\\ud800\"}"));
    let notifications = [
        ChannelNotification::Pong,
        ChannelNotification::Welcome { epoch: 0x9f31_c0aa, head: 17, connection: "c1".into() },
        ChannelNotification::Subscribed { count: 3 },
        ChannelNotification::FilterLimit,
        ChannelNotification::Envelope { envelope: payload.clone(), seq: None, is_replay: false },
        ChannelNotification::Envelope { envelope: payload, seq: Some(17), is_replay: true },
        ChannelNotification::Envelope { envelope: envelope(None), seq: Some(18), is_replay: false },
    ];
    let mut lines = Vec::new();
    for notification in &notifications {
        for is_v2 in [false, true] {
            lines.push(format!("{} {}", if is_v2 { "v2" } else { "v1" }, hopeflow::frame_json(notification, is_v2)));
        }
    }
    lines.extend([answer(None), answer(Some(17))].iter().map(hopeflow::answer_json));
    let refusals = [
        PublishRefusal::Unauthorized,
        PublishRefusal::Forbidden,
        PublishRefusal::UnsupportedMediaType,
        PublishRefusal::TooLarge,
        PublishRefusal::TooMany { retry_after_ms: 1_001 },
        PublishRefusal::BadJson,
        PublishRefusal::UserRequired,
        PublishRefusal::UserTooLong,
        PublishRefusal::BadTtl,
        PublishRefusal::BadKey,
        PublishRefusal::KeyReused,
        PublishRefusal::MethodNotAllowed,
        PublishRefusal::Unavailable,
        PublishRefusal::Internal,
    ];
    let line =
        |refusal: &PublishRefusal| format!("{} {} {:?}", refusal.status(), refusal.body(), refusal.retry_after_s());
    lines.extend(refusals.iter().map(line));
    insta::assert_snapshot!(lines.join("\n"));
}
