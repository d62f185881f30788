//! Tests of the packet door in a room, on a stage of one room with sockets of both doors.

use super::ClientFrame;
use super::*;
use crate::log::Cursor;
use crate::machines::presence::Card;
use crate::people::contacts::{Audience, Privacy};
use crate::wire::messenger::frame_json;
use crate::wire::wasmchannel::{Packet, PacketKind, ReactionKind, apply_packet, incoming_packet, packets_of};
use crate::words::event::{Kind, Millis};
use crate::words::ids::{RoomId, RoomRules, UserId};
use crate::words::limits::{LAG_BYTES_MAX, ROOM_SWEEP_MS};
use crate::words::principal::{Principal, UserKind};
use crate::words::refusal::Denied;
use crate::words::socket::ConnKey;
use crate::words::status::Status;

struct PacketFixture {
    room: Room,
    store: MemoryRoomStore,
    now: Millis,
    /// Frames of each socket since the last call.
    got: std::collections::BTreeMap<ConnKey, Vec<String>>,
    closed: Vec<(ConnKey, u16)>,
    ids: std::cell::Cell<u32>,
}

impl PacketFixture {
    fn new() -> Self {
        let rules = RoomRules { public: vec!["general".into()], open: false };
        let id = RoomId::parse("general", &rules).unwrap();
        let mut store = MemoryRoomStore::default();
        let room = Room::open(id, RoomSettings::default(), &mut store, 7).unwrap();
        let (got, closed) = Default::default();
        Self { room, store, now: 1_000_000, got, closed, ids: std::cell::Cell::new(0) }
    }

    fn turn<T>(
        &mut self,
        work: impl FnOnce(&mut Room, &mut MemoryRoomStore, Millis, &mut Outbound) -> Result<T, Denied>,
    ) -> T {
        let mut out = Outbound::default();
        let done = work(&mut self.room, &mut self.store, self.now, &mut out).unwrap();
        self.room.end_turn(&mut out);
        let targets = self.room.targets();
        for delivery in out.deliveries(&targets, |notification| frame_json("general", notification)) {
            for conn in delivery.conns {
                self.got.entry(conn).or_default().extend(delivery.frames.iter().map(|frame| frame.to_string()));
            }
        }
        for delivery in out.packet_deliveries(&targets, |notification| packets_of(notification, self.now)) {
            for conn in delivery.conns {
                let words = delivery.packets.iter().map(|bytes| words_of(bytes));
                self.got.entry(conn).or_default().extend(words);
            }
        }
        self.closed.extend(out.closes.iter().map(|close| (close.conn, close.code)));
        done
    }

    fn join_as(&mut self, user: &str, wire: Wire, status: Status, since: Option<u64>) -> ConnKey {
        let principal = Principal {
            name: user.to_uppercase(),
            avatar: "av_01".into(),
            expires_at: u64::MAX,
            ..Principal::new(UserId::parse(user).unwrap(), UserKind::User, format!("0{user}"))
        };
        let card = Card {
            status,
            name: user.to_uppercase(),
            avatar: "av_01".into(),
            version: 1,
            privacy: 0,
            elsewhere: false,
            elsewhere_since: 0,
            crowded: false,
            is_account: false,
            is_unproved: false,
        };
        let cursor = since.map(|seq| Cursor { seq, epoch: None });
        let join = Join { id: "c".into(), principal, card, wire, device: None, is_paged: false, cursor };
        self.turn(|room, store, now, out| room.join(store, now, join, out))
    }

    fn join(&mut self, user: &str, wire: Wire) -> ConnKey {
        self.join_as(user, wire, Status::Online, None)
    }

    fn leave(&mut self, conn: ConnKey) {
        self.turn(|room, _, now, out| {
            room.leave(now, conn, out);
            Ok(())
        });
    }

    fn send_bytes(&mut self, conn: ConnKey, bytes: &[u8]) {
        let fresh = || {
            self.ids.set(self.ids.get() + 1);
            format!("fresh-{}", self.ids.get())
        };
        let incoming = incoming_packet(bytes, fresh);
        self.turn(|room, store, now, out| apply_packet(room, store, now, conn, incoming, out).map_err(Denied::from));
    }

    fn send(&mut self, conn: ConnKey, packet: &Packet) {
        self.send_bytes(conn, &packet.encode());
    }

    fn say(&mut self, conn: ConnKey, id: &str, text: &str) {
        self.send(conn, &Packet { message_id: Some(id.into()), ..Packet::new(PacketKind::Message, text) });
    }

    fn react(&mut self, conn: ConnKey, id: &str, kind: ReactionKind) {
        let packet = Packet::new(PacketKind::Reaction, "");
        self.send(conn, &Packet { message_id: Some(id.into()), reaction: Some(kind), ..packet });
    }

    fn frame(&mut self, conn: ConnKey, frame: ClientFrame) {
        self.turn(|room, store, now, out| room.frame(store, now, conn, Ok(frame), out).map_err(Denied::from));
    }

    fn take(&mut self, conn: ConnKey) -> Vec<String> {
        self.got.remove(&conn).unwrap_or_default()
    }

    fn forget(&mut self) {
        self.got.clear();
    }
}

fn words_of(bytes: &[u8]) -> String {
    let packet = Packet::decode(bytes, 1 << 20).unwrap();
    let part = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let reaction = packet.reaction.map(|kind| format!(" {kind:?}")).unwrap_or_default();
    let (id, user) = (part(&packet.message_id), part(&packet.user_id));
    format!("{:?} {id} {user}{reaction} {}", packet.kind, String::from_utf8_lossy(&packet.payload))
        .trim_end()
        .to_owned()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn a_client_without_a_heartbeat_is_sent_the_number_again_by_each_sweep() {
    let mut stage = PacketFixture::new();
    let (original, mia) = (stage.join("original", Wire::Packets), stage.join("mia", Wire::Packets));
    stage.room.expect_no_heartbeat(original);
    for _ in 0..2 {
        stage.forget();
        stage.now += ROOM_SWEEP_MS;
        stage.turn(|room, store, now, out| room.sweep(store, now, |_| Some(now), out).map_err(Denied::from));
        assert_eq!((stage.take(original), stage.take(mia)), (vec!["OnlineUsers - - 2".to_owned()], nothing()));
    }
    assert_eq!(stage.closed, []);
}

#[test]
fn who_comes_and_goes_is_counted_by_people_and_announced_once() {
    let mut stage = PacketFixture::new();
    let mia = stage.join("mia", Wire::Packets);
    assert_eq!(stage.take(mia), ["OnlineUsers - - 1"]);
    let bo = stage.join("bo", Wire::Single);
    assert_eq!(stage.take(mia), ["OnlineUsers - - 2", "Joined - bo BO"], "either door counts");
    let second = stage.join("mia", Wire::Packets);
    assert_eq!(
        (stage.take(mia), stage.take(second)),
        (vec!["OnlineUsers - - 2".to_owned()], vec!["OnlineUsers - - 2".to_owned()])
    );
    stage.leave(bo);
    assert_eq!(stage.take(mia), ["OnlineUsers - - 1"]);
    stage.now += 9_999;
    let bo = stage.join("bo", Wire::Packets);
    assert_eq!(stage.take(mia), ["OnlineUsers - - 2"], "a moment's absence is none");
    stage.leave(bo);
    stage.now += 10_000;
    stage.forget();
    stage.join("bo", Wire::Packets);
    assert_eq!(stage.take(mia), ["OnlineUsers - - 2", "Joined - bo BO"]);
}

#[test]
fn who_appears_offline_is_neither_counted_nor_announced() {
    let mut stage = PacketFixture::new();
    let mia = stage.join("mia", Wire::Packets);
    stage.forget();
    let ghost = stage.join_as("ghost", Wire::Packets, Status::AppearOffline, None);
    assert_eq!((stage.take(mia), stage.take(ghost)), (nothing(), vec!["OnlineUsers - - 1".to_owned()]));
    stage.send(ghost, &Packet::new(PacketKind::Typing, ""));
    assert_eq!(stage.take(mia), nothing());
    let card = Card {
        status: Status::Online,
        name: "GHOST".into(),
        avatar: "av_01".into(),
        version: 2,
        privacy: 0,
        elsewhere: false,
        elsewhere_since: 0,
        crowded: false,
        is_account: false,
        is_unproved: false,
    };
    stage.turn(|room, store, now, out| room.set_card(store, now, "ghost", &card, out));
    assert_eq!(stage.take(mia), ["OnlineUsers - - 2", "Joined - ghost GHOST"]);
}

#[test]
fn who_is_here_for_some_is_counted_and_announced_for_them_alone() {
    let mut stage = PacketFixture::new();
    let [friend, stranger] = ["mia", "cy"].map(|user| stage.join(user, Wire::Packets));
    let showing = |version, audience| {
        let mut privacy = Privacy::of_kind(UserKind::User);
        privacy.version = version;
        privacy.settings.who_sees_presence = audience;
        privacy.contacts.insert("mia".to_owned());
        privacy
    };
    let set_privacy = |stage: &mut PacketFixture, privacy: Privacy| {
        stage.turn(|room, store, now, out| Ok(room.set_privacy(store, now, "bo", privacy, out)?));
    };
    let counted = |count: usize| vec![format!("OnlineUsers - - {count}")];
    set_privacy(&mut stage, showing(1, Audience::Contacts));
    stage.forget();
    let bo = stage.join("bo", Wire::Single);
    assert_eq!(stage.take(friend), ["OnlineUsers - - 3", "Joined - bo BO"]);
    assert_eq!(stage.take(stranger), nothing(), "the same number again would tell that somebody came");
    set_privacy(&mut stage, showing(2, Audience::Everyone));
    assert_eq!((stage.take(friend), stage.take(stranger)), (nothing(), counted(3)));
    set_privacy(&mut stage, showing(3, Audience::Nobody));
    assert_eq!((stage.take(friend), stage.take(stranger)), (counted(2), counted(2)));
    set_privacy(&mut stage, showing(4, Audience::Contacts));
    assert_eq!((stage.take(friend), stage.take(stranger)), (counted(3), nothing()));
    stage.leave(bo);
    assert_eq!((stage.take(friend), stage.take(stranger)), (counted(2), nothing()));
}

#[test]
fn a_message_is_one_event_for_both_doors_and_its_echo_is_the_ack() {
    let mut stage = PacketFixture::new();
    let (mia, bo) = (stage.join("mia", Wire::Packets), stage.join("bo", Wire::Single));
    stage.forget();
    stage.say(mia, "m-1", "hi");
    assert_eq!(stage.take(mia), ["Message m-1 mia hi"]);
    let frames = stage.take(bo);
    assert!(
        frames.len() == 1 && frames[0].contains("\"type\":\"chat\"") && frames[0].contains("\"content\":\"hi\""),
        "{frames:?}"
    );
    let body = "{\"content\":\"back\"}".to_owned();
    stage.frame(bo, ClientFrame::Write(Write { id: "w".into(), kind: Kind::Chat, body }));
    assert_eq!(stage.take(mia), ["Message w bo back"]);
    stage.forget();
    stage.say(mia, "m-1", "hi");
    assert_eq!(
        (stage.take(mia), stage.take(bo)),
        (vec!["Message m-1 mia hi".to_owned()], nothing()),
        "echoed to its sender alone"
    );
    stage.say(mia, "m-1", "other");
    assert_eq!(stage.take(mia), ["Message - - Invalid packet: id taken"]);
    stage.say(mia, "w", "back");
    assert_eq!(stage.take(mia), ["Message - - Invalid packet: id taken"]);
    assert_eq!(stage.room.log().head(), 2);
}

#[test]
fn reactions_add_and_none_takes_them_back() {
    let mut stage = PacketFixture::new();
    let (mia, bo) = (stage.join("mia", Wire::Packets), stage.join("bo", Wire::Packets));
    stage.say(bo, "m-1", "hi");
    stage.forget();
    stage.react(mia, "m-1", ReactionKind::Like);
    assert_eq!(
        (stage.take(mia), stage.take(bo)),
        (vec!["Reaction m-1 mia Like".to_owned()], vec!["Reaction m-1 mia Like".to_owned()])
    );
    stage.react(mia, "m-1", ReactionKind::Like);
    assert_eq!(
        (stage.take(mia), stage.take(bo)),
        (vec!["Reaction m-1 mia Like".to_owned()], nothing()),
        "the second changes nothing"
    );
    stage.react(mia, "m-1", ReactionKind::Heart);
    stage.forget();
    stage.react(mia, "m-1", ReactionKind::None);
    let received = stage.take(bo);
    assert_eq!(received.last().map(String::as_str), Some("Reaction m-1 mia None"), "{received:?}");
    assert_eq!(stage.store.reactions(1).unwrap(), []);
    stage.react(mia, "m-9", ReactionKind::Like);
    assert_eq!(stage.take(mia).last().map(String::as_str), Some("Message - - Invalid packet: unknown message"));
    let head = stage.room.log().head();
    stage.react(mia, "m-1", ReactionKind::None);
    assert_eq!((stage.take(mia).len(), stage.take(bo).len(), stage.room.log().head()), (1, 0, head));
}

#[test]
fn a_reaction_that_goes_on_the_other_door_is_told_with_what_is_left() {
    let mut stage = PacketFixture::new();
    let (mia, bo) = (stage.join("mia", Wire::Packets), stage.join("bo", Wire::Single));
    stage.say(mia, "m-1", "hi");
    for (id, reaction, op) in
        [("r1", "like", ReactionOp::Add), ("r2", "heart", ReactionOp::Add), ("r3", "\u{1f600}", ReactionOp::Add)]
    {
        let what = ChangeKind::React { reaction: reaction.into(), op };
        stage.frame(bo, ClientFrame::Change(Change { id: id.into(), message: "m-1".into(), what }));
    }
    assert_eq!(stage.take(mia)[3..], ["Message m-1 mia hi", "Reaction m-1 bo Like", "Reaction m-1 bo Heart"][..]);
    for (id, reaction) in [("r4", "\u{1f600}"), ("r5", "like")] {
        let what = ChangeKind::React { reaction: reaction.into(), op: ReactionOp::Remove };
        stage.frame(bo, ClientFrame::Change(Change { id: id.into(), message: "m-1".into(), what }));
    }
    assert_eq!(stage.take(mia), ["Reaction m-1 bo None", "Reaction m-1 bo Heart"]);
}

#[test]
fn none_takes_back_what_the_other_door_added_too() {
    let mut stage = PacketFixture::new();
    let (mia, bo) = (stage.join("mia", Wire::Packets), stage.join("mia", Wire::Single));
    stage.say(mia, "m-1", "hi");
    for (n, reactions) in [&["\u{1f600}"] as &[&str], &["like", "\u{1f600}", "\u{1f389}"]].into_iter().enumerate() {
        for reaction in reactions {
            let what = ChangeKind::React { reaction: (*reaction).into(), op: ReactionOp::Add };
            let id = format!("{n}{reaction}");
            stage.frame(bo, ClientFrame::Change(Change { id, message: "m-1".into(), what }));
        }
        stage.take(mia);
        stage.now += 20_000;
        stage.react(mia, "m-1", ReactionKind::None);
        assert_eq!(stage.take(mia), ["Reaction m-1 mia None"], "round {n}");
        assert_eq!(stage.store.reactions(1).unwrap().len(), 0, "round {n}");
    }
}

#[test]
fn reactions_to_what_is_deleted_are_invalid_packets_too() {
    let mut stage = PacketFixture::new();
    let mia = stage.join("mia", Wire::Packets);
    stage.say(mia, "m-1", "hi");
    let principal = stage.room.connection(mia).unwrap().principal.clone();
    let change = Change { id: "d".into(), message: "m-1".into(), what: ChangeKind::Delete };
    stage.turn(|room, store, now, out| room.change(store, now, &principal, change, out));
    for _ in 0..9 {
        stage.react(mia, "m-1", ReactionKind::Like);
    }
    assert!(stage.closed.is_empty());
    stage.react(mia, "m-1", ReactionKind::Like);
    assert_eq!(stage.closed, [(mia, 1008)]);
}

#[test]
fn nobody_writes_while_the_deployment_is_maintained_on_either_wire() {
    let mut stage = PacketFixture::new();
    let (mia, bo) = (stage.join("mia", Wire::Packets), stage.join("bo", Wire::Single));
    stage.say(mia, "m-1", "hi");
    stage.forget();
    stage.room.set_maintained(true);
    let write = |id: &str| ClientFrame::Write(Write { id: id.into(), kind: Kind::Nudge, body: "{}".into() });
    for n in 0..12 {
        stage.say(mia, &format!("m-2{n}"), "late");
        stage.now += 1_000;
    }
    assert_eq!(stage.take(mia), ["Message - - Invalid packet: not possible"; 12]);
    stage.frame(bo, write("n-1"));
    stage.react(mia, "m-1", ReactionKind::Like);
    assert_eq!((stage.room.log().head(), stage.closed.len()), (1, 0), "not stored, and nobody's fault");
    stage.room.set_maintained(false);
    stage.frame(bo, write("n-1"));
    assert_eq!(stage.room.log().head(), 2);
}

#[test]
fn the_sixth_packet_in_a_second_is_refused_also_after_a_sleep() {
    let mut stage = PacketFixture::new();
    let mia = stage.join("mia", Wire::Packets);
    for at in 0..5 {
        stage.say(mia, &format!("m-{at}"), "x");
    }
    stage.forget();
    stage.say(mia, "m-5", "x");
    assert_eq!(stage.take(mia), ["Message - - Rate limit exceeded: 5 messages per second"]);
    stage.say(mia, "m-0", "x");
    assert_eq!(stage.take(mia), ["Message m-0 mia x"], "a repeated id costs nothing");
    let connection = stage.room.connection(mia).unwrap().clone();
    let id = stage.room.id().clone();
    stage.room = Room::open(id, RoomSettings::default(), &mut stage.store, 8).unwrap();
    let mia = stage.room.restore(connection, stage.now);
    stage.react(mia, "m-0", ReactionKind::Like);
    assert_eq!(stage.take(mia), ["Message - - Rate limit exceeded: 5 messages per second"]);
    stage.now += 1_000;
    stage.react(mia, "m-0", ReactionKind::Like);
    assert_eq!(stage.take(mia), ["Reaction m-0 mia Like"]);
}

#[test]
fn the_limits_of_packets_and_of_the_log_count_all_sockets_of_a_person() {
    let mut stage = PacketFixture::new();
    let [one, two] = ["mia", "mia"].map(|user| stage.join(user, Wire::Packets));
    let frames = stage.join("mia", Wire::Single);
    let refused = "Message - - Rate limit exceeded: 5 messages per second";
    for n in 0..5 {
        stage.say(if n % 2 == 0 { one } else { two }, &format!("m-{n}"), "x");
    }
    for conn in [one, two] {
        let heard = stage.take(conn);
        assert_eq!(heard.iter().filter(|words| words.starts_with("Message m-")).count(), 5, "both hear all: {heard:?}");
    }
    stage.say(two, "m-5", "x");
    assert_eq!(stage.take(two), [refused]);
    for n in 0..5 {
        let body = "{\"content\":\"x\"}".to_owned();
        stage.frame(frames, ClientFrame::Write(Write { id: format!("f-{n}"), kind: Kind::Chat, body }));
    }
    assert_eq!(stage.room.log().head(), 10);
    stage.now += 1_000;
    stage.forget();
    stage.say(one, "m-5", "x");
    assert_eq!(stage.take(one), [refused], "the eleventh in five seconds");
    assert_eq!(stage.room.log().head(), 10);
}

#[test]
fn typing_is_passed_on_to_others_twice_a_second_and_ends_by_itself() {
    let mut stage = PacketFixture::new();
    let (mia, bo, cy) =
        (stage.join("mia", Wire::Packets), stage.join("bo", Wire::Packets), stage.join("cy", Wire::Single));
    let second = stage.join("mia", Wire::Packets);
    stage.forget();
    let payload = "{\"userId\":\"x\",\"isTyping\":true,\"timestamp\":1}";
    for _ in 0..3 {
        stage.send(mia, &Packet::new(PacketKind::Typing, payload));
    }
    assert_eq!(stage.take(bo), [format!("Typing - mia {payload}"), format!("Typing - mia {payload}")]);
    assert_eq!((stage.take(mia), stage.take(second)), (nothing(), nothing()));
    assert!(stage.take(cy)[0].contains("\"type\":\"typing\""));
    stage.now += 3_000;
    stage.turn(|room, store, now, out| Ok(room.tick(store, now, out)?));
    let ended = format!("Typing - mia {{\"userId\":\"mia\",\"isTyping\":false,\"timestamp\":{}}}", stage.now);
    assert_eq!(stage.take(bo), [ended]);
    stage.forget();
    stage.frame(cy, ClientFrame::Typing { is_typing: true });
    let began = format!("Typing - cy {{\"userId\":\"cy\",\"isTyping\":true,\"timestamp\":{}}}", stage.now);
    assert_eq!(stage.take(bo), [began], "of the other door");
}

#[test]
fn ten_invalid_packets_end_the_socket_and_refusals_of_rate_do_not() {
    let mut stage = PacketFixture::new();
    let mia = stage.join("mia", Wire::Packets);
    for at in 0..40 {
        stage.say(mia, &format!("m-{at}"), "x");
    }
    assert!(stage.closed.is_empty());
    stage.now += 20_000;
    for _ in 0..9 {
        stage.send_bytes(mia, &[9]);
    }
    assert!(stage.closed.is_empty());
    stage.forget();
    stage.send_bytes(mia, &[9]);
    assert_eq!(
        (stage.take(mia), stage.closed.as_slice()),
        (vec!["Message - - Invalid packet: unknown kind".to_owned()], [(mia, 1008)].as_slice())
    );
}

#[test]
fn a_packet_that_is_too_large_ends_the_socket() {
    let mut stage = PacketFixture::new();
    let mia = stage.join("mia", Wire::Packets);
    stage.send_bytes(mia, &vec![0; 65_537]);
    assert_eq!(stage.closed, [(mia, 1009)]);
}

#[test]
fn what_was_missed_is_replayed_as_messages_only_when_asked_for() {
    let mut stage = PacketFixture::new();
    let (mia, bo) = (stage.join("mia", Wire::Packets), stage.join("bo", Wire::Single));
    for at in 1..=3 {
        stage.say(mia, &format!("m-{at}"), &format!("t{at}"));
    }
    stage.frame(bo, ClientFrame::Write(Write { id: "n".into(), kind: Kind::Nudge, body: "{}".into() }));
    let change = |id: &str, message: &str, what| Change { id: id.into(), message: message.into(), what };
    let principal = stage.room.connection(mia).unwrap().principal.clone();
    for change in
        [change("e", "m-1", ChangeKind::Edit { content: "t1!".into() }), change("d", "m-2", ChangeKind::Delete)]
    {
        stage.turn(|room, store, now, out| room.change(store, now, &principal, change, out));
    }
    let replay = |stage: &mut PacketFixture, since| {
        stage.now += 1;
        let socket = stage.join_as("cy", Wire::Packets, Status::Online, since);
        let got = stage.take(socket);
        stage.leave(socket);
        got[1..].to_vec()
    };
    assert_eq!(replay(&mut stage, None), nothing());
    assert_eq!(replay(&mut stage, Some(0)), ["Message m-1 mia t1!", "Message m-3 mia t3"]);
    assert_eq!(replay(&mut stage, Some(2)), ["Message m-3 mia t3"]);
    assert_eq!(replay(&mut stage, Some(999)), ["Message m-1 mia t1!", "Message m-3 mia t3"], "as if it were absent");
}

#[test]
fn who_missed_more_than_one_turn_may_send_gets_it_in_portions_and_is_live_again() {
    let mut stage = PacketFixture::new();
    let mia = stage.join("mia", Wire::Packets);
    let text = "t".repeat(999);
    let count = 2 * LAG_BYTES_MAX / 999 + 1_000;
    for n in 0..count {
        stage.now += 1_000;
        stage.say(mia, &format!("m-{n}"), &text);
    }
    stage.forget();
    let cy = stage.join_as("cy", Wire::Packets, Status::Online, Some(0));
    let mut got = stage.take(cy);
    assert_eq!(got.remove(0), "OnlineUsers - - 2");
    assert!((got.len() as u64) < count * 2 / 3, "{} in the first turn", got.len());
    // This message was written in between, and has its position.
    stage.now += 1_000;
    stage.say(mia, "m-late", "late");
    assert_eq!(stage.take(cy), nothing());
    let mut turns = 0;
    while stage.room.timer_at() == Some(0) {
        // The object slept and woke in between.
        let stored = stage.room.connection(cy).unwrap().clone();
        assert!(stored.lagging && stored.cursor.is_some());
        stage.turn(|room, store, now, out| Ok(room.tick(store, now, out)?));
        got.append(&mut stage.take(cy));
        turns += 1;
    }
    assert_eq!(turns, 2);
    let ids: Vec<&str> = got.iter().map(|words| words.split(' ').nth(1).unwrap()).collect();
    let mut expected: Vec<String> = (0..count).map(|n| format!("m-{n}")).collect();
    expected.push("m-late".to_owned());
    assert_eq!(ids, expected);
    stage.now += 1_000;
    stage.say(mia, "m-live", "live");
    assert_eq!((stage.take(cy), stage.closed.len()), (vec!["Message m-live mia live".to_owned()], 0));
}

#[test]
fn what_a_typing_packet_says_is_passed_on_also_when_nothing_was_shown() {
    let mut stage = PacketFixture::new();
    let (mia, cy) = (stage.join("mia", Wire::Packets), stage.join("cy", Wire::Packets));
    stage.forget();
    let payload = r#"{"userId":"mia","isTyping":false,"timestamp":5}"#;
    stage.send(mia, &Packet::new(PacketKind::Typing, payload));
    assert_eq!(stage.take(cy), [format!("Typing - mia {payload}")]);
}

#[test]
fn edits_and_deletions_are_told_in_packets() {
    let mut stage = PacketFixture::new();
    let mia = stage.join("mia", Wire::Packets);
    stage.say(mia, "m-1", "hi");
    stage.forget();
    let principal = stage.room.connection(mia).unwrap().principal.clone();
    let mut change = |id: &str, what: ChangeKind| {
        let change = Change { id: id.into(), message: "m-1".into(), what };
        stage.turn(|room, store, now, out| room.change(store, now, &principal, change, out));
        stage.take(mia)
    };
    assert_eq!(change("e", ChangeKind::Edit { content: "ho".into() }), ["Delete m-1 mia", "Message m-1 mia ho"]);
    assert_eq!(change("d", ChangeKind::Delete), ["Delete m-1 mia"]);
    stage.react(mia, "m-1", ReactionKind::Like);
    assert_eq!(stage.take(mia), ["Message - - Invalid packet: message deleted"]);
}
