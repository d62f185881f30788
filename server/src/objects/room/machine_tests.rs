//! A room over its tables: after a sleep it goes on where it was, and it does the same as a room over rows in memory.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::log::{Cursor, LogStore, Retention, RetentionStore};
use protocol::machines::presence::Card;
use protocol::machines::room::{
    Actor, ChangeStore, Connection, Erasure, GroupChange, Join, LeavingStore, MemoryRoomStore, NewGroup, Newcomer,
    Outbound, Role, Room, RoomSettings, RoomStore, Visibility, Wire,
};
use protocol::people::contacts::Privacy;
use protocol::testing::{cases, id};
use protocol::wire::messenger::{frame_json, receive};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomId, RoomRules, UserId};
use protocol::words::limits::{RETENTION_EVENTS_MIN, SEQ_MAX};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::rate::Rule;
use protocol::words::refusal::Denied;
use protocol::words::socket::ConnKey;
use protocol::words::time::DAY_MS;
use serde_json::Value;

use super::tables::RoomSql;
use super::tests::{count, readable, room, slept};

const PUBLIC: &str = "general";
const GROUP: &str = "grp_0123456789abc";
const USERS: [&str; 3] = ["user_1", "user_2", "user_3"];

trait Store: RoomStore + RetentionStore + LeavingStore {
    /// The rows, as an object finds them that slept.
    fn slept(self) -> Self;
}

impl Store for MemoryRoomStore {
    fn slept(self) -> Self {
        self
    }
}

impl Store for RoomSql {
    fn slept(self) -> Self {
        slept(&self)
    }
}

/// A room with its sockets, and all frames that they received.
struct MachineFixture<S> {
    room: Room,
    store: S,
    now: Millis,
    sockets: BTreeMap<usize, ConnKey>,
    sent_frames: Vec<(usize, String)>,
    settings: RoomSettings,
}

fn principal(user: &str) -> Principal {
    Principal {
        name: format!("Name of {user}"),
        avatar: "av_01".to_owned(),
        expires_at: SEQ_MAX,
        ..Principal::new(UserId::parse(user).unwrap(), UserKind::User, format!("0-{user}"))
    }
}

fn actor(user: &str) -> Actor {
    Actor { user: UserId::parse(user).unwrap(), name: format!("Name of {user}") }
}

fn opened(name: &str, settings: RoomSettings, store: &mut impl RoomStore) -> Room {
    let rules = RoomRules { public: vec![PUBLIC.to_owned()], open: false };
    Room::open(RoomId::parse(name, &rules).unwrap(), settings, store, 0x9f31_c0aa).unwrap()
}

impl<S: Store> MachineFixture<S> {
    fn new(name: &str, settings: RoomSettings, mut store: S) -> Self {
        let room = opened(name, settings.clone(), &mut store);
        Self { room, store, now: 1_000_000, sockets: BTreeMap::new(), sent_frames: Vec::new(), settings }
    }

    /// A private group of all three people, without limits.
    fn group(store: S) -> Self {
        let mut stage = Self::new(GROUP, with_rules("0", &RULES), store);
        let others = USERS[1..].iter().map(|user| newcomer(user, false)).collect();
        let plan = NewGroup { name: "Crew".to_owned(), visibility: Visibility::Private, people: others };
        let made = stage.turn(|room, store, now, out| room.make_group(store, now, &actor(USERS[0]), &plan, out));
        assert_eq!(made, Ok(true));
        stage
    }

    /// One turn, whose output goes to the sockets.
    fn turn<T>(&mut self, work: impl FnOnce(&mut Room, &mut S, Millis, &mut Outbound) -> T) -> T {
        let mut out = Outbound::default();
        let done = work(&mut self.room, &mut self.store, self.now, &mut out);
        self.room.end_turn(&mut out);
        let name = self.room.id().as_str().to_owned();
        for delivery in out.deliveries(&self.room.targets(), |notification| frame_json(&name, notification)) {
            for (socket, _) in self.sockets.iter().filter(|(_, key)| delivery.conns.contains(key)) {
                self.sent_frames.extend(delivery.frames.iter().map(|frame| (*socket, frame.to_string())));
            }
        }
        for close in &out.closes {
            for (socket, _) in self.sockets.iter().filter(|(_, key)| **key == close.conn) {
                self.sent_frames.push((*socket, format!("closed {} {}", close.code, close.reason)));
            }
        }
        self.sockets.retain(|_, key| self.room.connection(*key).is_some());
        done
    }

    fn join(&mut self, socket: usize, user: &str, since: Option<u64>) -> Result<(), Denied> {
        let card = Card { name: principal(user).name, avatar: "av_01".to_owned(), version: 1, ..Card::default() };
        let cursor = since.map(|seq| Cursor { seq, epoch: Some(self.room.log().epoch()) });
        let join = Join {
            id: "c".to_owned(),
            principal: principal(user),
            card,
            wire: Wire::Single,
            device: None,
            is_paged: false,
            cursor,
        };
        let mut out = Outbound::default();
        let key = self.room.join(&mut self.store, self.now, join, &mut out)?;
        self.sockets.insert(socket, key);
        self.turn(|_, _, _, own| *own = out);
        Ok(())
    }

    /// Frames for the socket itself.
    fn ask(&mut self, socket: usize, frame: &str) -> Vec<Value> {
        let before = self.sent_frames.len();
        if let Some(key) = self.sockets.get(&socket).copied() {
            self.turn(|room, store, now, out| receive(room, store, now, key, frame, out)).unwrap();
        }
        let own = self.sent_frames[before..].iter().filter(|(known, frame)| *known == socket && frame.starts_with('{'));
        own.map(|(_, frame)| serde_json::from_str(frame).unwrap()).collect()
    }

    /// The one answer of a kind.
    fn answer(&mut self, socket: usize, kind: &str, frame: &str) -> Value {
        let answers = self.ask(socket, frame);
        let found = answers.iter().find(|answer| answer["type"] == kind);
        found.unwrap_or_else(|| panic!("no {kind} in {answers:?}")).clone()
    }

    fn sleep(mut self) -> Self {
        let carried = |(socket, key): (&usize, &ConnKey)| {
            (*socket, serde_json::to_string(self.room.connection(*key).unwrap()).unwrap())
        };
        let carried: Vec<(usize, String)> = self.sockets.iter().map(carried).collect();
        let (name, mut store) = (self.room.id().as_str().to_owned(), self.store.slept());
        self.room = opened(&name, self.settings.clone(), &mut store);
        let mut sockets = BTreeMap::new();
        for (socket, text) in carried {
            sockets.insert(socket, self.room.restore(serde_json::from_str::<Connection>(&text).unwrap(), self.now));
        }
        Self { room: self.room, store, now: self.now, sockets, sent_frames: self.sent_frames, settings: self.settings }
    }
}

/// Rules that are not what the tests of a group are about.
const RULES: [&str; 7] = ["CHAT", "NUDGE", "WINK", "TYPING", "HISTORY", "FRAME", "MUTATE"];

/// The settings with this rule for these; `0`: none.
fn with_rules(rule: &str, names: &[&str]) -> RoomSettings {
    let mut settings = RoomSettings::default();
    for name in names {
        *settings.rules.named(name).unwrap() = Rule::parse(rule).unwrap();
    }
    settings
}

fn newcomer(user: &str, is_asked: bool) -> Newcomer {
    Newcomer { user: UserId::parse(user).unwrap(), name: format!("Name of {user}"), is_asked, by_invite: false }
}

fn chat(n: u64, words: &str) -> String {
    format!(r#"{{"type":"chat","id":"{}","content":{}}}"#, id(n), Value::from(words))
}

/// The common room with two people, and its tables.
fn pair() -> MachineFixture<RoomSql> {
    pair_with(RoomSettings::default())
}

fn pair_with(settings: RoomSettings) -> MachineFixture<RoomSql> {
    let mut stage = MachineFixture::new(PUBLIC, settings, room());
    stage.join(1, USERS[0], None).unwrap();
    stage.join(2, USERS[1], None).unwrap();
    stage
}

// ---- a room that slept

#[test]
fn a_room_that_slept_goes_on_behind_its_last_event() {
    let mut stage = pair();
    for n in 1..=3 {
        assert_eq!(stage.answer(1, "ack", &chat(n, "hi"))["seq"], n);
    }
    let mut stage = stage.sleep();
    let before = stage.sent_frames.len();
    assert_eq!(stage.answer(1, "ack", &chat(4, "again"))["seq"], 4);
    let frames: Vec<&String> =
        stage.sent_frames[before..].iter().filter(|(socket, _)| *socket == 2).map(|(_, frame)| frame).collect();
    assert!(frames.len() == 1 && frames[0].contains("again"), "{frames:?}");
    let stage = stage.sleep();
    let words: Vec<String> = stage.store.read(0, SEQ_MAX, 9).unwrap().into_iter().map(|event| event.body).collect();
    assert_eq!(words, ["hi", "hi", "hi", "again"].map(protocol::testing::body));
}

#[test]
fn a_room_that_slept_still_counts_messages_and_nudges() {
    let mut stage = pair();
    for n in 1..=5 {
        stage.answer(1, "ack", &chat(n, "hi"));
    }
    for n in 11..=13 {
        stage.answer(1, "ack", &format!(r#"{{"type":"nudge","id":"{}"}}"#, id(n)));
    }
    let mut stage = stage.sleep();
    let refused = stage.answer(1, "error", &format!(r#"{{"type":"nudge","id":"{}"}}"#, id(14)));
    assert_eq!(refused["code"], "RATE_LIMITED");
    for n in 21..=25 {
        stage.answer(1, "ack", &chat(n, "hi"));
    }
    let mut stage = stage.sleep();
    assert_eq!(stage.answer(1, "error", &chat(31, "hi"))["code"], "RATE_LIMITED");
    assert_eq!(stage.answer(2, "ack", &chat(32, "fine"))["type"], "ack", "the limit is of nobody else");
    stage.now += 60_000;
    assert_eq!(stage.answer(1, "ack", &chat(33, "hi"))["type"], "ack");
}

#[test]
fn a_room_that_slept_still_counts_pages_that_were_asked_for() {
    let history = |n: u32| format!(r#"{{"type":"history","rid":"{n}","since":0}}"#);
    let mut stage = pair_with(with_rules("20/60", &["HISTORY"]));
    for n in 0..20 {
        stage.answer(1, "history", &history(n));
    }
    assert_eq!(stage.answer(1, "error", &history(20))["code"], "RATE_LIMITED");
    // All uses of a second are written together, within it.
    stage.now += 1_000;
    stage.turn(|room, store, now, out| room.tick(store, now, out)).unwrap();
    let mut stage = stage.sleep();
    assert_eq!(stage.answer(1, "error", &history(21))["code"], "RATE_LIMITED");
    assert_eq!(stage.answer(2, "history", &history(22))["rid"], "22");
}

#[test]
fn a_room_that_slept_still_knows_ids() {
    let mut stage = pair();
    let first = stage.answer(1, "ack", &chat(1, "once"));
    let mut stage = stage.sleep();
    let again = stage.answer(1, "ack", &chat(1, "once"));
    assert_eq!(
        (&again["seq"], &again["timestamp"], &again["duplicate"]),
        (&first["seq"], &first["timestamp"], &Value::Bool(true))
    );
    assert_eq!(stage.answer(1, "error", &chat(1, "other"))["code"], "ID_REUSED");
    assert_eq!(stage.answer(2, "error", &chat(1, "once"))["code"], "ID_TAKEN");
    assert_eq!(count(&stage.store, "events"), 1);
}

#[test]
fn a_room_that_slept_has_its_epoch_and_replays_by_it() {
    let mut stage = pair();
    stage.ask(1, &chat(1, "b1"));
    stage.ask(1, &chat(2, "b2"));
    let epoch = stage.room.log().epoch();
    let mut stage = stage.sleep();
    assert_eq!(stage.room.log().epoch(), epoch);
    let before = stage.sent_frames.len();
    stage.join(3, USERS[2], Some(1)).unwrap();
    let replayed: String = stage.sent_frames[before..].iter().map(|(_, frame)| frame.as_str()).collect();
    assert!(replayed.contains("b2") && !replayed.contains("b1"), "{replayed}");
}

#[test]
fn a_group_that_slept_has_its_people_its_pin_and_what_was_hidden() {
    let mut stage = MachineFixture::group(room());
    stage.join(1, USERS[0], None).unwrap();
    stage.ask(1, &chat(1, "pinned"));
    stage.ask(1, &chat(2, "hidden"));
    stage.turn(|room, store, now, out| room.pin(store, now, &principal(USERS[0]), &id(1), out)).unwrap();
    stage.ask(1, &format!(r#"{{"type":"delete","id":"{}","messageId":"{}","for":"me"}}"#, id(3), id(2)));
    let (group, head) = (stage.room.group().cloned(), stage.room.log().head());
    let stage = stage.sleep();
    assert_eq!((stage.room.group().cloned(), stage.room.log().head()), (group, head));
    let pinned = stage.room.pinned_for(&stage.store, USERS[2], None, 0).unwrap().unwrap();
    assert_eq!((pinned.message.id, pinned.by.as_str()), (id(1), USERS[0]));
    let hidden = stage.store.find(&id(2)).unwrap().unwrap().seq;
    assert_eq!(stage.store.hidden(USERS[0], 0, SEQ_MAX), Ok(vec![hidden]));
}

// ---- what goes with time

/// Columns with the word, without the pages of the index: what was taken out of those stays until they are written anew.
fn retained(stage: &MachineFixture<RoomSql>) -> Vec<String> {
    readable(&stage.store, "zebrafish").into_iter().filter(|place| !place.starts_with("words_")).collect()
}

#[test]
fn what_was_said_goes_when_its_time_is_over_with_all_that_hangs_on_it_and_its_ids_later() {
    let mut stage = MachineFixture::group(room());
    stage.join(1, USERS[0], None).unwrap();
    let first = stage.store.meta().unwrap().unwrap().head + 1;
    stage.ask(1, &chat(1, "zebrafish"));
    stage.ask(1, &format!(r#"{{"type":"edit","id":"{}","messageId":"{}","content":"zebrafish 2"}}"#, id(2), id(1)));
    stage.ask(
        1,
        &format!(r#"{{"type":"reaction","id":"{}","messageId":"{}","reaction":"heart","op":"add"}}"#, id(3), id(1)),
    );
    stage.turn(|room, store, now, out| room.pin(store, now, &principal(USERS[0]), &id(1), out)).unwrap();
    assert_eq!(retained(&stage), ["events.body", "events.view"]);
    for n in 100..100 + RETENTION_EVENTS_MIN {
        stage.ask(1, &chat(n, "hi"));
    }
    let began = stage.now;
    let (retention, head) = (Retention::default(), stage.room.log().head());
    stage.now = began + 89 * DAY_MS;
    assert_eq!(stage.turn(|room, store, now, out| room.trim(store, now, &retention, out)), Ok(false));
    assert_eq!(stage.room.log().oldest(), 1, "not before");
    assert_eq!(stage.room.trim_at(&stage.store, &retention), Ok(Some(began + 90 * DAY_MS)));
    stage.now = began + 91 * DAY_MS;
    assert_eq!(stage.turn(|room, store, now, out| room.trim(store, now, &retention, out)), Ok(false));
    assert_eq!((stage.room.log().oldest(), stage.room.log().head()), (head - RETENTION_EVENTS_MIN + 1, head));
    assert_eq!(retained(&stage), [""; 0]);
    for table in ["changes", "reactions", "attachments", "pin"] {
        assert_eq!(count(&stage.store, table), 0, "{table}");
    }
    // While its id is stored, a late repetition gets its first answer.
    let mut stage = stage.sleep();
    assert_eq!(stage.answer(1, "ack", &chat(1, "zebrafish"))["seq"], first);
    stage.now = began + 98 * DAY_MS;
    assert_eq!(stage.turn(|room, store, now, out| room.trim(store, now, &retention, out)), Ok(false));
    assert_eq!(count(&stage.store, "events"), RETENTION_EVENTS_MIN);
    let mut stage = stage.sleep();
    assert_eq!(stage.answer(1, "ack", &chat(1, "and now"))["seq"], head + 1, "no place is given twice");
}

#[test]
fn whoever_goes_for_good_takes_their_words_out_of_every_table() {
    let mut stage = MachineFixture::group(room());
    stage.join(1, USERS[0], None).unwrap();
    stage.join(2, USERS[1], None).unwrap();
    stage.ask(2, &chat(1, "zebrafish"));
    stage.ask(2, &chat(2, "before"));
    stage.ask(2, &format!(r#"{{"type":"edit","id":"{}","messageId":"{}","content":"zebrafish"}}"#, id(3), id(2)));
    stage.ask(1, &chat(4, "stays"));
    stage.ask(
        2,
        &format!(r#"{{"type":"reaction","id":"{}","messageId":"{}","reaction":"heart","op":"add"}}"#, id(5), id(4)),
    );
    while stage.room.index_some(&mut stage.store, 2).unwrap() {}
    assert!(readable(&stage.store, "zebrafish").len() >= 2);
    let removed = UserId::parse(USERS[1]).unwrap();
    stage.turn(|room, store, now, out| room.forget_person(store, now, &removed, &Erasure::default(), out)).unwrap();
    assert_eq!(readable(&stage.store, "zebrafish"), [""; 0]);
    assert_eq!(readable(&stage.store, "before"), [""; 0]);
    let stage = stage.sleep();
    let named: Vec<String> = stage.store.read(0, SEQ_MAX, 99).unwrap().into_iter().map(|event| event.name).collect();
    assert!(!named.contains(&format!("Name of {}", USERS[1])));
    assert_eq!(stage.store.reacted_to_by(USERS[1]), Ok(vec![]));
    assert_eq!(stage.store.find(&id(4)).unwrap().unwrap().body, protocol::testing::body("stays"));
}

// ---- twins

/// Something that happens to a room.
#[derive(Clone, Debug)]
enum RoomStep {
    Join(usize, Option<u64>),
    Leave(usize),
    Say(usize, u64, usize),
    Shake(usize, u64),
    Edit(usize, u64, u64),
    Delete(usize, u64, u64, bool),
    React(usize, u64, u64, usize),
    Read(usize, u64, bool),
    Type(usize),
    Page(usize, u64),
    Pin(usize, Option<u64>),
    Describe(usize, usize),
    Add(usize, usize),
    Remove(usize, usize),
    Appoint(usize, usize, bool),
    Block(usize, usize, bool),
    Pass(u64),
    Trim(u64),
    Forget(usize, bool),
    IndexSome,
    DeliverOutbox,
    Sleep,
}

fn deed() -> impl Strategy<Value = RoomStep> {
    let (user, old) = (|| 0..USERS.len(), || 1..12_u64);
    prop_oneof![
        4 => (user(), prop::option::of(0..20_u64)).prop_map(|(user, since)| RoomStep::Join(user, since)),
        1 => user().prop_map(RoomStep::Leave),
        8 => (user(), old(), 0..4_usize).prop_map(|(user, n, words)| RoomStep::Say(user, n, words)),
        1 => (user(), old()).prop_map(|(user, n)| RoomStep::Shake(user, n)),
        3 => (user(), 20..60_u64, old()).prop_map(|(user, n, of)| RoomStep::Edit(user, n, of)),
        2 => (user(), 20..60_u64, old(), any::<bool>())
            .prop_map(|(user, n, of, all)| RoomStep::Delete(user, n, of, all)),
        3 => (user(), 20..60_u64, old(), 0..3_usize)
            .prop_map(|(user, n, of, which)| RoomStep::React(user, n, of, which)),
        3 => (user(), 0..30_u64, any::<bool>()).prop_map(|(user, to, is_read)| RoomStep::Read(user, to, is_read)),
        1 => user().prop_map(RoomStep::Type),
        2 => (user(), 0..20_u64).prop_map(|(user, since)| RoomStep::Page(user, since)),
        2 => (user(), prop::option::of(old())).prop_map(|(user, of)| RoomStep::Pin(user, of)),
        1 => (user(), 0..3_usize).prop_map(|(user, which)| RoomStep::Describe(user, which)),
        1 => (user(), user()).prop_map(|(by, user)| RoomStep::Add(by, user)),
        1 => (user(), user()).prop_map(|(by, user)| RoomStep::Remove(by, user)),
        1 => (user(), user(), any::<bool>()).prop_map(|(by, user, is_admin)| RoomStep::Appoint(by, user, is_admin)),
        2 => (user(), user(), any::<bool>())
            .prop_map(|(user, other, is_blocked)| RoomStep::Block(user, other, is_blocked)),
        2 => (1..100_000_u64).prop_map(RoomStep::Pass),
        1 => (1..6_u64).prop_map(RoomStep::Trim),
        1 => (user(), any::<bool>()).prop_map(|(user, keeps)| RoomStep::Forget(user, keeps)),
        2 => Just(RoomStep::IndexSome),
        2 => Just(RoomStep::DeliverOutbox),
        3 => Just(RoomStep::Sleep),
    ]
}

impl<S: Store> MachineFixture<S> {
    /// Returns what the doer is answered.
    fn does(&mut self, deed: &RoomStep) -> String {
        match deed {
            RoomStep::Join(user, since) => format!("{:?}", self.join(*user, USERS[*user], *since)),
            RoomStep::Leave(user) => match self.sockets.remove(user) {
                Some(key) => format!("{:?}", self.turn(|room, _, now, out| room.leave(now, key, out))),
                None => String::new(),
            },
            RoomStep::Pin(user, Some(of)) => {
                let (who, of) = (principal(USERS[*user]), id(*of));
                format!("{:?}", self.turn(|room, store, now, out| room.pin(store, now, &who, &of, out)))
            }
            RoomStep::Pin(user, None) => {
                let who = principal(USERS[*user]);
                format!("{:?}", self.turn(|room, store, now, out| room.unpin(store, now, &who, out)))
            }
            RoomStep::Describe(..) | RoomStep::Add(..) | RoomStep::Remove(..) | RoomStep::Appoint(..) => {
                self.changes_the_group(deed)
            }
            RoomStep::Block(user, other, is_blocked) => self.blocks(*user, *other, *is_blocked),
            RoomStep::Pass(ms) => {
                self.now += ms;
                format!("{:?}", self.turn(|room, store, now, out| room.tick(store, now, out)))
            }
            RoomStep::Trim(events_min) => {
                let retention = Retention { keep_ms: 1_000, events_min: *events_min, ids_ms: 5_000 };
                format!("{:?}", self.turn(|room, store, now, out| room.trim(store, now, &retention, out)))
            }
            RoomStep::Forget(user, keeps_words) => {
                let user = UserId::parse(USERS[*user]).unwrap();
                let done = self.turn(|room, store, now, out| {
                    room.forget_person(
                        store,
                        now,
                        &user,
                        &Erasure { keeps_words: *keeps_words, ..Erasure::default() },
                        out,
                    )
                });
                format!("{done:?}")
            }
            RoomStep::IndexSome => format!("{:?}", self.room.index_some(&mut self.store, 3)),
            RoomStep::DeliverOutbox => self.deliver_outbox(),
            RoomStep::Sleep => String::new(),
            _ => self.frame(deed),
        }
    }

    fn frame(&mut self, deed: &RoomStep) -> String {
        let (user, frame) = match deed {
            RoomStep::Say(user, n, words) => (user, chat(*n, ["tea", "tea with milk", "Grüße 👩🏽‍🚀", "שלום"][*words])),
            RoomStep::Shake(user, n) => (user, format!(r#"{{"type":"nudge","id":"{}"}}"#, id(*n))),
            RoomStep::Edit(user, n, of) => {
                (user, format!(r#"{{"type":"edit","id":"{}","messageId":"{}","content":"coffee"}}"#, id(*n), id(*of)))
            }
            RoomStep::Delete(user, n, of, for_all) => {
                let whom = if *for_all { "everyone" } else { "me" };
                (user, format!(r#"{{"type":"delete","id":"{}","messageId":"{}","for":"{whom}"}}"#, id(*n), id(*of)))
            }
            RoomStep::React(user, n, of, which) => {
                let reaction = ["heart", "❤", "👍"][*which];
                let (n, of) = (id(*n), id(*of));
                (
                    user,
                    format!(
                        r#"{{"type":"reaction","id":"{n}","messageId":"{of}","reaction":"{reaction}","op":"toggle"}}"#
                    ),
                )
            }
            RoomStep::Read(user, to, is_read) => {
                let status = if *is_read { "read" } else { "delivered" };
                (user, format!(r#"{{"type":"ack","upToSeq":{to},"status":"{status}"}}"#))
            }
            RoomStep::Type(user) => (user, r#"{"type":"typing","isTyping":true}"#.to_owned()),
            RoomStep::Page(user, since) => {
                (user, format!(r#"{{"type":"history","rid":"r","since":{since},"limit":5}}"#))
            }
            _ => unreachable!("{deed:?}"),
        };
        format!("{:?}", self.ask(*user, &frame))
    }

    fn changes_the_group(&mut self, deed: &RoomStep) -> String {
        let (by, change) = match deed {
            RoomStep::Describe(by, which) => {
                let topic = Some(["", "Boats", "שלום"][*which].to_owned());
                (by, GroupChange::Describe { name: Some(format!("Crew {which}")), topic })
            }
            RoomStep::Add(by, user) => (by, GroupChange::Add { people: vec![newcomer(USERS[*user], user % 2 == 0)] }),
            RoomStep::Remove(by, user) => (by, GroupChange::Remove { user: UserId::parse(USERS[*user]).unwrap() }),
            RoomStep::Appoint(by, user, is_admin) => {
                let role = if *is_admin { Role::Admin } else { Role::Member };
                (by, GroupChange::SetRole { user: UserId::parse(USERS[*user]).unwrap(), role })
            }
            _ => unreachable!("{deed:?}"),
        };
        let by = actor(USERS[*by]);
        format!("{:?}", self.turn(|room, store, now, out| room.change_group(store, now, &by, &change, out)))
    }

    fn blocks(&mut self, user: usize, other: usize, is_blocked: bool) -> String {
        let mut privacy =
            self.room.privacy_of(USERS[user]).cloned().unwrap_or_else(|| Privacy::of_kind(UserKind::User));
        privacy.version += 1;
        if is_blocked {
            privacy.hides.block(USERS[other], self.now);
        } else {
            privacy.hides.unblock(USERS[other], self.now);
        }
        format!("{:?}", self.turn(|room, store, now, out| room.set_privacy(store, now, USERS[user], privacy, out)))
    }

    /// Delivers the first entry of the outbox, and the notifications of the group.
    fn deliver_outbox(&mut self) -> String {
        let mut outbox = self.store.outbox().unwrap();
        outbox.sort_by(|a, b| a.user.cmp(&b.user));
        let updates = outbox.first().map(|entry| {
            let (updates, last) = self.room.updates(&self.store, entry, 3).unwrap();
            self.store.outbox_done(entry, last).unwrap();
            format!("{updates:?} {last}")
        });
        for notification in self.store.notifications().unwrap() {
            self.store.notification_done(&notification.about, notification.version).unwrap();
        }
        format!("{updates:?} {outbox:?}")
    }

    /// The text that everybody reads.
    fn seen(&self) -> Vec<String> {
        let mut all = vec![format!("{:?} {:?}", self.room.log(), self.room.group())];
        for user in USERS {
            let floor = self.room.floor_of(&self.store, &principal(user));
            let pinned = self.room.pinned_for(&self.store, user, self.room.privacy_of(user), 0);
            let found = self.room.search(&self.store, &principal(user), None, &"tea".parse().unwrap(), None, 5);
            let unread = self.store.unread(user, 0, 99).unwrap();
            all.push(format!("{user} {floor:?} {pinned:?} {found:?} {unread:?}"));
        }
        all
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_room_over_tables_does_what_one_over_rows_in_memory_does(deeds in vec(deed(), 1..60)) {
        let (mut memory, mut tables) = (MachineFixture::group(MemoryRoomStore::default()), MachineFixture::group(room()));
        for deed in &deeds {
            prop_assert_eq!(memory.does(deed), tables.does(deed), "{:?}", deed);
            if matches!(deed, RoomStep::Sleep) {
                (memory, tables) = (memory.sleep(), tables.sleep());
            }
            prop_assert_eq!(memory.seen(), tables.seen(), "{:?}", deed);
        }
        prop_assert_eq!(memory.sent_frames, tables.sent_frames);
    }
}
