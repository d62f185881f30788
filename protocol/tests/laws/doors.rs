//! Promises of the doors beside the messenger's, over random cases.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::machines::channel::{
    Channel, ChannelNotification, ChannelStore, Effect, Filter, Frame, Listener, MemoryChannelStore, Publish,
};
use protocol::wire::wasmchannel::{Packet, PacketKind, ReactionKind, deflate, event_packets, inflate, message_write};
use protocol::words::event::Draft;
use protocol::words::limits::CHANNEL_TURN_BYTES_MAX;
use protocol::words::socket::ConnKey;

use crate::room::config;

// ---- WasmChannel

/// Returns bytes that compress well, badly and not at all, around the sizes of blocks.
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

    /// Every text that arrives as a packet is a message of the room, and leaves unchanged.
    #[test]
    fn texts_survive_the_room(text in any::<String>(), reaction in proptest::option::of(0..5_u32)) {
        let reaction = reaction.and_then(ReactionKind::of_number);
        let write = message_write("m".into(), &text, reaction);
        let (actor, name) = (Some("u".to_owned()), "N".to_owned());
        let event = Draft { id: write.id, actor, session: None, name, kind: write.kind, body: write.body }.at(1, 1);
        let packets = event_packets(&event);
        prop_assert_eq!(packets.len(), 1);
        prop_assert_eq!(&packets[0].payload, text.as_bytes());
        prop_assert_eq!(packets[0].reaction, reaction);
    }
}

// ---- HopeFlow

/// Event of a channel.
#[derive(Clone, Debug)]
enum Turn {
    /// Publishes a durable envelope with this key.
    Publish { key: Option<u8>, content: u8 },
    /// Opens the device's socket with its position.
    Connect,
    /// Cuts the socket.
    Cut,
    /// The object sleeps and wakes.
    Sleep,
    /// Sends more of the stored envelopes.
    Serve,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        4 => (proptest::option::of(0..6_u8), 0..3_u8).prop_map(|(key, content)| Turn::Publish { key, content }),
        2 => Just(Turn::Connect),
        1 => Just(Turn::Cut),
        1 => Just(Turn::Sleep),
        1 => Just(Turn::Serve),
    ]
}

/// A device that reconnects with its position gets every durable envelope once and in order, whatever happened in between. A key never
/// makes two envelopes.
fn play(turns: Vec<Turn>) -> Result<(), TestCaseError> {
    let mut store = MemoryChannelStore::default();
    let mut channel = Channel::open(&store, 7).unwrap();
    let mut conn: Option<ConnKey> = None;
    let (mut seen, mut places): (Vec<u64>, Vec<u64>) = (Vec::new(), Vec::new());
    let mut keys: BTreeMap<u8, (u8, u64)> = BTreeMap::new();
    let turns = turns.into_iter().chain([Turn::Connect]).chain(vec![Turn::Serve; 5]);
    for (now, turn) in (1_000..).step_by(10).zip(turns) {
        let mut effects = Vec::new();
        match turn {
            Turn::Publish { key, content } => {
                let publish = Publish {
                    publisher: "p".into(),
                    key: key.map(|key| format!("k{key}")),
                    user: "u".into(),
                    kind: "m".into(),
                    // Some are so large that a few of them fill a turn.
                    payload: Some(content.to_string().repeat(if content == 2 { 250_000 } else { 1 })),
                    ttl_ms: Some(86_400_000),
                };
                let result = channel.publish(&mut store, now, now, publish, format!("e{now}"), &mut effects);
                let before = key.and_then(|key| keys.get(&key).copied());
                match before {
                    Some((other, _)) if other != content => prop_assert!(result.is_err()),
                    Some(_) => {
                        let is_sent = effects.iter().any(|effect| matches!(effect, Effect::Send { .. }));
                        prop_assert!(!is_sent, "a second delivery");
                    }
                    None => {
                        prop_assert!(result.is_ok());
                        let head = store.meta().unwrap().map_or(0, |meta| meta.head);
                        places.push(head);
                        key.map(|key| keys.insert(key, (content, head)));
                    }
                }
            }
            Turn::Connect => {
                if let Some(old) = conn.take() {
                    channel.closed(&mut store, now, old, &mut Vec::new()).unwrap();
                }
                let listener = Listener { is_v2: true, device: Some("d".into()), ..Listener::default() };
                let new = channel.connect(&mut store, now, listener, &mut effects).unwrap();
                let filters = vec![Filter::new("m", BTreeMap::new()).unwrap()];
                let since = Some(seen.last().copied().unwrap_or(0));
                channel.frame(&mut store, now, new, Frame::Subscribe { filters, since }, &mut effects).unwrap();
                conn = Some(new);
            }
            Turn::Cut => {
                if let Some(old) = conn.take() {
                    channel.closed(&mut store, now, old, &mut effects).unwrap();
                }
            }
            Turn::Sleep => {
                let listener = conn.take().and_then(|conn| channel.listener(conn).cloned());
                channel = Channel::open(&store, 99).unwrap();
                let stored = |listener| serde_json::from_str(&serde_json::to_string(&listener).unwrap()).unwrap();
                conn = listener.map(|listener| channel.restore(stored(listener)));
            }
            Turn::Serve => channel.serve(&mut store, now, &mut effects).unwrap(),
        }
        let sent = effects.iter().map(|effect| match effect {
            Effect::Send { notification: ChannelNotification::Envelope { envelope, .. }, .. } => {
                envelope.payload.as_ref().map_or(0, String::len)
            }
            _ => 0,
        });
        prop_assert!(sent.sum::<usize>() < CHANNEL_TURN_BYTES_MAX + 250_000, "more than a turn");
        seen.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Send { conns, notification: ChannelNotification::Envelope { seq, .. } } if !conns.is_empty() => {
                *seq
            }
            _ => None,
        }));
    }
    prop_assert!(!channel.has_replays());
    prop_assert_eq!(&places, &(1..=places.len() as u64).collect::<Vec<u64>>(), "without gap");
    prop_assert_eq!(seen, places, "everything once and in order");
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn devices_lose_nothing_and_keys_double_nothing(turns in vec(turn(), 0..60)) {
        play(turns)?;
    }
}
