//! What the doors beside the messenger's promise, over cases that nobody thought of.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::doors::wasmchannel::{
    Packet, PacketKind, ReactionKind, Told, deflate, inflate, message_write, told_packets,
};
use protocol::event::Draft;

use super::config;

// ---- WasmChannel

/// Bytes that compress well, badly and not at all, around the borders of blocks.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..2_000),
        (vec(any::<u8>(), 1..20), 1..8_000_usize).prop_map(|(piece, times)| piece.repeat(times)),
        (65_530..65_545_usize, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_frame_gives_back_what_went_in_and_not_a_byte_more(payload in payload()) {
        let frame = deflate(&payload);
        prop_assert!(frame.len() <= payload.len() + 15 + payload.len() / 65_536 * 4);
        let cap = payload.len();
        let inflated = inflate(&frame, cap);
        prop_assert_eq!(inflated.as_ref(), Ok(&payload));
        if cap > 0 {
            prop_assert!(inflate(&frame, cap - 1).is_err());
        }
    }

    #[test]
    fn packets_survive_the_wire(
        kind in 0..6_u32,
        message_id in proptest::option::of(any::<String>()),
        user_id in proptest::option::of(any::<String>()),
        reaction in proptest::option::of(0..5_u32),
        payload in payload(),
    ) {
        let kind = PacketKind::of_number(kind).unwrap();
        let reaction = reaction.and_then(ReactionKind::of_number);
        let packet = Packet { kind, message_id, user_id, reaction, payload };
        prop_assert_eq!(Packet::decode(&packet.encode(), packet.payload.len()), Ok(packet));
    }

    /// Any text that comes as a packet is a message of the room, and goes out as it came.
    #[test]
    fn texts_survive_the_room(text in any::<String>(), reaction in proptest::option::of(0..5_u32)) {
        let reaction = reaction.and_then(ReactionKind::of_number);
        let write = message_write("m".into(), &text, reaction);
        let (actor, name) = (Some("u".to_owned()), "N".to_owned());
        let event = Draft { id: write.id, actor, session: None, name, kind: write.kind, body: write.body }.at(1, 1);
        let told = told_packets(Told::Said(&event));
        prop_assert_eq!(told.len(), 1);
        prop_assert_eq!(&told[0].payload, text.as_bytes());
        prop_assert_eq!(told[0].reaction, reaction);
    }
}
