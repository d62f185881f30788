//! Tests of the whole hub room: order, ids, readers, limits, stored messages, outbox.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use super::{Body, Hook, HubCursor, HubRefusal};
use crate::machines::webhook::{
    AttemptOutcome, AttemptSettlement, DeadLetter, DeadLetterStore, DueAttempt, HookRow, HookStore, HookStoreOwner,
    Secret,
};
use crate::words::event::Millis;
use crate::words::limits::{
    DEAD_LETTER_MS, HOOK_DEAD_MAX, HOOK_LEASE_MS, HOOK_POSTPONED_MS_MAX, HUB_OUTBOX_MAX, HUB_TURN_BYTES_MAX,
    LOG_SOCKETS_MAX, OVERLOADED_RETRY_MS, PAGE_BODY_BYTES_MAX,
};
use crate::words::rate::Rule;
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

/// Outcome of an attempt whose message was taken.
const TAKEN: AttemptOutcome = AttemptOutcome::Status { status: 204, retry_after_ms: None };
/// Outcome of an attempt after which the receiver is gone.
const GONE: AttemptOutcome = AttemptOutcome::Status { status: 410, retry_after_ms: None };

/// Room with a store in memory.
pub(super) struct HubFixture {
    pub hub: Hub,
    pub store: MemoryHubStore,
    pub now: Millis,
    next_id: Cell<u32>,
    /// Attachment of each socket, as last written.
    attachments: BTreeMap<ConnKey, String>,
}

fn hook(id: &str, is_ordered: bool) -> HookRow {
    HookRow {
        id: id.into(),
        url: "https://a.example/".into(),
        secret: String::new(),
        previous: None,
        is_active: true,
        is_ordered,
        dead_in_a_row: 0,
        is_fixed: false,
    }
}

impl HubFixture {
    pub fn new(rule: &str, retention: HubRetention) -> Self {
        Self::with(rule, retention, MemoryHubStore::default())
    }

    fn with(rule: &str, retention: HubRetention, mut store: MemoryHubStore) -> Self {
        let settings = HubSettings { rule: Rule::parse(rule).unwrap(), retention, ..HubSettings::default() };
        let hub = Hub::open("r".into(), settings, &mut store, 1_000, 7).unwrap();
        Self { hub, store, now: 1_000, next_id: Cell::new(0), attachments: BTreeMap::new() }
    }

    /// Sleeps and wakes with these settings.
    fn again(self, rule: &str, retention: HubRetention) -> Self {
        Self { now: self.now, next_id: self.next_id, ..Self::with(rule, retention, self.store) }
    }

    /// Opens the room with these receivers, as a deployment does.
    fn opened(&mut self, fixed_hooks: Vec<HookRow>) -> Hub {
        let settings = HubSettings { fixed_hooks, ..self.hub.settings.clone() };
        Hub::open("r".into(), settings, &mut self.store, self.now, 7).unwrap()
    }

    fn put(&mut self, id: &str, is_active: bool) -> Result<Result<bool, HubRefusal>, Fault> {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let hook = Hook { id: id.into(), url: "https://a.example/".into(), secret, is_active, is_ordered: true };
        self.hub.put_hook(&mut self.store, self.now, &hook)
    }

    /// Takes the attempts that are due.
    fn due(&mut self) -> Vec<DueAttempt> {
        self.hub.receivers.take_due(self.store.hook_store_mut(), self.now).unwrap()
    }

    /// Ends an attempt of the receiver `h`, without a spread of its next wait.
    fn settle(&mut self, seq: u64, attempt: u32, outcome: AttemptOutcome) -> AttemptSettlement {
        let due = ("h", seq, attempt);
        self.hub.receivers.settle(self.store.hook_store_mut(), self.now, due, outcome, "", 200).unwrap()
    }

    fn delivery_at(&self) -> Option<Millis> {
        self.hub.receivers.delivery_at(self.store.hook_store(), self.now).unwrap()
    }

    /// Returns what `hook` did not take.
    fn dead(&self, hook: &str) -> Vec<DeadLetter> {
        self.store.hook_store().dead(hook, 0, 10).unwrap()
    }

    pub fn step<T>(&mut self, work: impl FnOnce(&mut Hub, &mut HubStep<'_, MemoryHubStore>) -> T) -> (T, HubOut) {
        let mut out = HubOut::default();
        let next_id = &self.next_id;
        let fresh_id = || {
            next_id.set(next_id.get() + 1);
            format!("s{}", next_id.get())
        };
        let mut step = HubStep { store: &mut self.store, now: self.now, fresh_id: &fresh_id, out: &mut out };
        let result = work(&mut self.hub, &mut step);
        self.hub.end_turn(&mut out);
        for conn in &out.changed {
            if let Some(state) = self.hub.connection(*conn) {
                self.attachments.insert(*conn, crate::codec::json::write(state));
            }
        }
        (result, out)
    }

    /// Sleeps and wakes: sockets are restored from their attachments. Returns their new keys by the old ones.
    pub fn sleep(&mut self) -> BTreeMap<ConnKey, ConnKey> {
        let attachments = std::mem::take(&mut self.attachments);
        let here: Vec<(ConnKey, String)> =
            attachments.into_iter().filter(|(conn, _)| self.hub.connection(*conn).is_some()).collect();
        self.hub = self.opened(Vec::new());
        let mut keys = BTreeMap::new();
        for (conn, text) in here {
            let again = self.hub.restore(crate::codec::json::read(&text).unwrap());
            self.attachments.insert(again, text);
            keys.insert(conn, again);
        }
        keys
    }

    pub fn post(&mut self, who: &str, id: Option<&str>, text: &str) -> Result<HubPosted, Denied> {
        let principal = Some(who.to_owned()).filter(|who| !who.is_empty());
        let writer = Writer { principal, payer: format!("p:{who}") };
        let write =
            HubWrite { id: id.map(str::to_owned), content_type: "text/plain".into(), body: Body::Text(text.into()) };
        self.step(|hub, step| hub.write(step, &writer, None, write)).0
    }

    pub fn join(&mut self, wire: HubWire, after: Option<HubCursor>) -> (ConnKey, HubOut) {
        let join = HubJoin {
            id: "c".into(),
            principal: Some("u".into()),
            payer: "p:u".into(),
            wire,
            may_write: true,
            expires_at: None,
            after,
        };
        let (conn, out) = self.step(|hub, step| hub.join(step.store, step.now, join, step.out));
        let conn = conn.unwrap();
        let state = self.hub.connection(conn).unwrap();
        assert!(crate::codec::json::write(state).len() <= 2_048);
        self.attachments.insert(conn, crate::codec::json::write(state));
        (conn, out)
    }

    pub fn say(&mut self, conn: ConnKey, frame: &str) -> HubOut {
        self.step(|hub, step| hub.text(step, conn, frame).unwrap()).1
    }

    fn bodies(&self, after: u64) -> Vec<String> {
        let page = self.hub.log().page(&self.store, Some(HubCursor { epoch: None, seq: after }), 200).unwrap();
        page.items.iter().map(|item| String::from_utf8(item.body.bytes().to_vec()).unwrap()).collect()
    }

    /// Returns the frames of a turn to `conn`.
    pub fn received(&self, conn: ConnKey, out: &HubOut) -> Vec<String> {
        let deliveries = out.deliveries(self.hub.targets());
        let own = deliveries.iter().filter(|delivery| delivery.conns.contains(&conn));
        own.flat_map(|delivery| &delivery.frames)
            .map(|frame| match frame {
                HubFrame::Text(text) => text.to_string(),
                HubFrame::Bytes(bytes) => format!("{bytes:?}"),
            })
            .collect()
    }
}

pub(super) fn at(seq: u64) -> Option<HubCursor> {
    Some(HubCursor { epoch: None, seq })
}

#[test]
fn an_id_counts_once_per_writer_and_is_not_burnt_by_a_refusal() {
    let mut world = HubFixture::new("2/10", HubRetention::default());
    let first = world.post("a", Some("k"), "x").unwrap();
    assert_eq!((first.seq, first.duplicate), (1, false));
    assert!(world.post("a", Some("k"), "x").unwrap().duplicate);
    assert_eq!(world.post("a", Some("k"), "y"), Err(Refusal::IdReused.into()));
    assert_eq!(world.post("b", Some("k"), "y").unwrap().seq, 2, "somebody else's id is another id");
    world.post("a", None, "z").unwrap();
    assert!(matches!(world.post("a", Some("k2"), "w"), Err(Denied::Refused(Refusal::RateLimited { .. }))));
    assert!(world.post("a", Some("k"), "x").unwrap().duplicate, "what is known costs nothing");
    world.now += 10_000;
    assert_eq!(world.post("a", Some("k2"), "other").unwrap().seq, 4);
}

#[test]
fn a_limit_outlives_the_memory() {
    let mut world = HubFixture::new("3/10", HubRetention::default());
    for _ in 0..3 {
        world.post("a", None, "x").unwrap();
    }
    let mut world = world.again("3/10", HubRetention::default());
    world.now += 9_999;
    let refused = world.post("a", None, "x");
    assert_eq!(refused, Err(Refusal::RateLimited { retry_after_ms: 1 }.into()));
    let hint = world.hub.hint(&world.store, "p:a", world.now).unwrap().unwrap();
    assert_eq!((hint.limit, hint.remaining, hint.reset_ms), (3, 0, 1));
    world.post("b", None, "x").unwrap();
    world.now += 1;
    world.post("a", None, "x").unwrap();
}

#[test]
fn a_clock_that_is_set_back_makes_no_writer_wait_for_longer_than_the_window() {
    let mut world = HubFixture::new("3/10", HubRetention::default());
    world.now += 3_600_000;
    let big = "x".repeat(65_536);
    for n in 0..512 {
        world.post(&format!("w{}", n / 3), None, &big).unwrap();
    }
    world.now -= 3_600_000;
    let refused = Err(Refusal::RateLimited { retry_after_ms: 10_000 }.into());
    for _ in 0..2 {
        for _ in 0..3 {
            world.post("w0", None, "x").unwrap();
        }
        assert_eq!(world.post("w0", None, "x"), refused, "by the clock of the room, and not by that of its log");
        world = world.again("3/10", HubRetention::default());
    }
}

#[test]
fn a_room_takes_so_many_bytes() {
    let mut world = HubFixture::new("100000/10", HubRetention::default());
    let big = "x".repeat(65_536);
    for _ in 0..512 {
        world.post("a", None, &big).unwrap();
    }
    assert!(matches!(world.post("b", None, "x"), Err(Denied::Refused(Refusal::RateLimited { .. }))));
    world.now += 10_000;
    world.post("b", None, "x").unwrap();
}

#[test]
fn raw_sockets_hear_bodies_and_enveloped_ones_hear_who_and_when() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let (raw, out) = world.join(HubWire::Raw, None);
    assert!(world.received(raw, &out).is_empty(), "no first words");
    let (other, _) = world.join(HubWire::Raw, None);
    let (envelope, out) = world.join(HubWire::Envelope, None);
    assert!(world.received(envelope, &out)[0].starts_with(r#"{"op":"hello","room":"r","epoch":"00000007","head":0"#));
    let out = world.say(raw, "hi");
    assert_eq!(world.received(raw, &out), [] as [&str; 0]);
    assert_eq!(world.received(other, &out), ["hi"]);
    assert!(world.received(envelope, &out)[0].contains(r#""op":"msg","seq":1"#));
    let out = world.say(envelope, r#"{"op":"send","id":"e","body":"yo"}"#);
    assert_eq!(world.received(raw, &out), ["yo"]);
    assert_eq!(world.received(envelope, &out), [r#"{"op":"ack","id":"e","seq":2,"ts":1000,"duplicate":false}"#]);
    let out = world.say(raw, &"x".repeat(65_537));
    assert_eq!(out.closes[0].code, 1009);
    assert_eq!((world.received(other, &out).len(), world.hub.count()), (0, 2), "it has left at once");
    assert!(world.say(raw, "late").stored.is_empty());
}

#[test]
fn equal_frames_of_a_raw_socket_with_an_id_are_one_message_and_others_are_messages() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let [one, two] = [HubWire::Raw, HubWire::Raw].map(|wire| world.join(wire, None).0);
    let [frame, other] = [r#"{"id":"a-1","n":1}"#, r#"{"id":"a-1","n":2}"#];
    let mut heard = Vec::new();
    for text in [frame, frame, other, "same", "same", "[1]"] {
        let out = world.say(one, text);
        heard.extend(world.received(two, &out));
    }
    assert_eq!(heard, [frame, other, "same", "same", "[1]"]);
    let page = world.hub.log().page(&world.store, at(0), 10).unwrap();
    assert_eq!(page.items[0].id, "a-1");
    assert_ne!(page.items[1].id, "a-1");
}

#[test]
fn a_page_ends_with_its_bytes_and_the_newest_page_keeps_the_newest() {
    let mut world = HubFixture::new("0", HubRetention::default());
    for _ in 0..6 {
        world.post("a", None, &"x".repeat(60_000)).unwrap();
    }
    let page = |after| {
        let page = world.hub.log().page(&world.store, after, 200).unwrap();
        (page.items.iter().map(|item| item.seq).collect::<Vec<u64>>(), page.more)
    };
    assert_eq!(page(at(0)), (vec![1, 2, 3, 4], true));
    assert_eq!(page(at(4)), (vec![5, 6], false));
    assert_eq!(page(None), (vec![3, 4, 5, 6], false));
}

#[test]
fn too_many_unusable_frames_end_an_enveloped_socket() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let (conn, _) = world.join(HubWire::Batch, None);
    for _ in 0..9 {
        assert!(world.say(conn, "{").closes.is_empty());
    }
    let state = world.hub.connection(conn).unwrap().clone();
    assert_eq!(world.say(conn, "{").closes[0].code, 1008);
    let mut woken = world.again("0", HubRetention::default());
    let conn = woken.hub.restore(state);
    assert_eq!(woken.say(conn, "{").closes[0].code, 1008, "the nine before the sleep are not forgotten");
}

#[test]
fn a_reader_that_reports_and_falls_behind_is_told_and_caught_up() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let (reader, _) = world.join(HubWire::Envelope, None);
    world.say(reader, r#"{"op":"cursor","seq":0}"#);
    let mut lag = Vec::new();
    for n in 0..1_001 {
        let (_, out) = {
            let writer = Writer { principal: None, payer: "a:x".into() };
            let body = Body::Text(n.to_string());
            let write = HubWrite { id: None, content_type: "text/plain".into(), body };
            world.step(|hub, step| hub.write(step, &writer, None, write).unwrap())
        };
        lag = world.received(reader, &out);
    }
    assert!(lag.contains(&r#"{"op":"lag","head":1001}"#.to_owned()), "{lag:?}");
    world.post("", None, "unheard").unwrap();
    let out = world.say(reader, r#"{"op":"cursor","seq":1000}"#);
    assert_eq!(world.received(reader, &out).len(), 1, "the rest, and then live");
    let (live, _) = world.join(HubWire::Raw, None);
    let out = world.say(live, "live");
    assert_eq!(world.received(reader, &out).len(), 1);
}

/// The reader reads its queued frames and reports them step by step: none of them is sent a second time.
#[test]
fn a_reader_that_fell_behind_gets_nothing_twice_and_not_its_own() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let (reader, _) = world.join(HubWire::Envelope, None);
    let (writer, _) = world.join(HubWire::Raw, None);
    world.say(reader, r#"{"op":"cursor","seq":0}"#);
    let mut seqs = Vec::new();
    let mut read = |world: &HubFixture, out: &HubOut| {
        let number = |frame: &String| {
            Some(frame.strip_prefix(r#"{"op":"msg","seq":"#)?.split(',').next()?.parse::<u64>().unwrap())
        };
        seqs.extend(world.received(reader, out).iter().filter_map(number));
    };
    for n in 0..1_001 {
        let out = world.say(writer, &n.to_string());
        read(&world, &out);
    }
    let stored = crate::codec::json::write(world.hub.connection(reader).unwrap());
    assert_eq!(crate::codec::json::read(&stored).as_ref(), world.hub.connection(reader), "also over a sleep");
    let out = world.say(reader, r#"{"op":"send","body":"its own"}"#);
    read(&world, &out);
    for seq in [64, 128] {
        let out = world.say(reader, &format!(r#"{{"op":"cursor","seq":{seq}}}"#));
        read(&world, &out);
    }
    let out = world.say(writer, "live");
    read(&world, &out);
    assert_eq!(seqs, (1..=1_001).chain([1_003]).collect::<Vec<u64>>());
}

#[test]
fn who_spoke_is_known_after_a_sleep_and_a_wake_puts_no_sweep_off() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let (conn, _) = world.join(HubWire::Envelope, None);
    let began_at = world.now;
    let mut stored = crate::codec::json::write(world.hub.connection(conn).unwrap());
    let sweep_at = world.hub.sweep_at(world.now).unwrap();
    assert!(sweep_at <= began_at + 60_000);
    for n in 1..=6 {
        world.now = began_at + n * 30_000;
        let out = world.say(conn, r#"{"op":"ping","t":1}"#);
        assert!(out.changed.contains(&conn), "the attachment is written");
        stored = crate::codec::json::write(world.hub.connection(conn).unwrap());
        let next = world.hub.sweep_at(world.now).unwrap();
        assert_eq!((next - sweep_at) % 60_000, 0, "on the grid");
    }
    world.hub.leave(conn, &mut HubOut::default());
    let woken = world.hub.restore(crate::codec::json::read(&stored).unwrap());
    let mut out = HubOut::default();
    world.hub.sweep(began_at + 200_000, |_| None, &mut out);
    assert!(out.closes.is_empty(), "heard 20 s ago");
    world.hub.sweep(began_at + 180_000 + 90_000, |_| None, &mut out);
    assert_eq!(out.closes.iter().map(|close| (close.conn, close.code)).collect::<Vec<_>>(), [(woken, 4408)]);
}

/// Raw sockets cannot load pages, so they get the whole log, but never more at once than the limit of a turn.
#[test]
fn the_past_of_raw_sockets_leaves_in_portions_and_the_present_waits_for_it() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let big = "x".repeat(65_000);
    for n in 0..200 {
        world.post("a", None, &format!("{n} {big}")).unwrap();
    }
    let number = |frame: &String| frame.split(' ').next().unwrap().parse::<u32>().unwrap();
    let (first, out) = world.join(HubWire::Raw, at(0));
    let mut received = world.received(first, &out);
    assert!(world.hub.has_work() && received.iter().map(String::len).sum::<usize>() <= portion());
    let (second, out) = world.join(HubWire::Raw, at(0));
    assert!(world.received(second, &out).is_empty(), "one who comes meanwhile waits for the next turn");
    let (live, _) = world.join(HubWire::Raw, None);
    for text in ["200 said meanwhile", "201 too"] {
        let out = world.say(live, text);
        assert!(world.received(first, &out).is_empty(), "nothing overtakes the past");
    }
    let out = world.say(first, "202 by the reader itself");
    assert_eq!(world.received(live, &out).len(), 1);
    let (mut received_by_second, mut turns) = (Vec::new(), 0);
    while world.hub.has_work() {
        // A room that sleeps in between continues at the same position.
        let stored = crate::codec::json::write(world.hub.connection(first).unwrap());
        assert_eq!(crate::codec::json::read(&stored).as_ref(), world.hub.connection(first));
        let (_, out) = world.step(|hub, step| hub.serve(step.store, step.now, step.out).unwrap());
        let (mine, theirs) = (world.received(first, &out), world.received(second, &out));
        assert!(mine.iter().chain(&theirs).map(String::len).sum::<usize>() <= portion());
        assert!(world.received(live, &out).is_empty());
        received.extend(mine);
        received_by_second.extend(theirs);
        turns += 1;
    }
    assert!((5..=8).contains(&turns), "{turns}");
    assert_eq!(received.iter().map(number).collect::<Vec<_>>(), (0..202).collect::<Vec<_>>(), "without its own");
    assert_eq!(received_by_second.iter().map(number).collect::<Vec<_>>(), (0..203).collect::<Vec<_>>());
    let out = world.say(live, "203 live");
    assert_eq!((world.received(first, &out).len(), world.received(second, &out).len()), (1, 1));
}

/// Returns the limit of a turn, and the page that was begun before the limit.
fn portion() -> usize {
    HUB_TURN_BYTES_MAX + PAGE_BODY_BYTES_MAX
}

#[test]
fn a_reader_of_the_past_may_leave_or_sleep_in_the_middle_of_it() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let big = "x".repeat(65_000);
    for _ in 0..100 {
        world.post("a", None, &big).unwrap();
    }
    let (gone, _) = world.join(HubWire::Raw, at(0));
    let (sleeper, _) = world.join(HubWire::Raw, at(98));
    let state = world.hub.connection(sleeper).unwrap().clone();
    world.step(|hub, step| hub.leave(gone, step.out));
    world.step(|hub, step| hub.serve(step.store, step.now, step.out).unwrap());
    assert!(!world.hub.has_work());
    let mut world = world.again("0", HubRetention::default());
    let sleeper = world.hub.restore(state);
    assert!(world.hub.has_work());
    let (_, out) = world.step(|hub, step| hub.serve(step.store, step.now, step.out).unwrap());
    assert_eq!(world.received(sleeper, &out).len(), 2);
}

#[test]
fn limits_hold_however_many_write() {
    let mut world = HubFixture::new("2/10", HubRetention::default());
    for _ in 0..2 {
        world.post("loud", None, "x").unwrap();
    }
    let refused = Err(Denied::Refused(Refusal::RateLimited { retry_after_ms: 10_000 }));
    for n in 0..5_000 {
        world.post(&format!("w{n}"), None, "x").unwrap();
        assert_eq!(world.post("loud", None, "x"), refused, "after {n} others");
    }
    world.now += 10_000;
    world.post("loud", None, "x").unwrap();
}

#[test]
fn the_bytes_of_a_room_are_counted_however_many_write() {
    let mut world = HubFixture::new("100000/10", HubRetention::default());
    let big = "x".repeat(8_000);
    let fits = crate::words::limits::HUB_RATE_BYTES_MAX as usize / big.len();
    assert!(fits > 4_100);
    for n in 0..fits {
        world.post(&format!("w{n}"), None, &big).unwrap();
    }
    assert!(matches!(world.post("w", None, &big), Err(Denied::Refused(Refusal::RateLimited { .. }))));
    world.now += 10_000;
    world.post("w", None, &big).unwrap();
}

#[test]
fn nobody_writes_while_the_deployment_is_maintained() {
    let mut world = HubFixture::new("0", HubRetention::default());
    world.post("a", Some("k"), "x").unwrap();
    let (raw, _) = world.join(HubWire::Raw, None);
    let (enveloped, _) = world.join(HubWire::Envelope, None);
    world.hub.set_maintained(true);
    let overloaded = Refusal::Overloaded { retry_after_ms: OVERLOADED_RETRY_MS };
    assert_eq!(world.post("a", None, "y"), Err(overloaded.into()));
    assert!(world.post("a", Some("k"), "x").unwrap().duplicate, "what is stored is no write");
    let out = world.say(enveloped, r#"{"op":"send","id":"e","body":"y"}"#);
    assert!(world.received(enveloped, &out)[0].contains(r#""op":"error","code":"OVERLOADED""#));
    let out = world.say(raw, "y");
    assert_eq!((out.closes[0].code, out.closes[0].reason.as_str()), (1013, "retry-after=5"));
    world.hub.set_maintained(false);
    assert_eq!(world.post("a", None, "y").unwrap().seq, 2);
}

#[test]
fn what_is_too_old_too_many_or_too_much_goes_and_ids_stay() {
    let retention = HubRetention { keep_ms: 1_000, events_max: 5, bytes_max: 40 };
    let mut world = HubFixture::new("0", retention);
    for n in 0..8_u64 {
        world.now = 1_000 + n * 10;
        world.post("a", Some(&format!("k{n}")), "0123456789").unwrap();
    }
    let going = world.hub.going(&world.store, world.now, u64::MAX - 1).unwrap();
    assert_eq!(going.len(), 5, "three stay: the one at the border may lie across it");
    assert_eq!(world.hub.going(&world.store, world.now, 2).unwrap().len(), 2, "what is not audited stays");
    let now = world.now;
    world.hub.trim(&mut world.store, now, &going).unwrap();
    assert_eq!((world.hub.log().meta().oldest, world.hub.log().meta().head), (6, 8));
    let page = world.hub.log().page(&world.store, at(0), 10).unwrap();
    assert_eq!((page.items.len(), page.truncated_at), (3, Some(6)));
    assert!(world.post("a", Some("k0"), "0123456789").unwrap().duplicate);
    assert_eq!(world.post("a", Some("k0"), "other"), Err(Refusal::IdReused.into()));
    world.now += 1_000 + crate::words::limits::RETENTION_IDS_MS;
    let going = world.hub.going(&world.store, world.now, u64::MAX - 1).unwrap();
    let now = world.now;
    world.hub.trim(&mut world.store, now, &going).unwrap();
    assert_eq!(world.post("a", Some("k0"), "other").unwrap().seq, 9, "gap-free, and the id is free again");
}

#[test]
fn after_a_step_back_of_the_clock_messages_leave_at_once() {
    let mut world = HubFixture::new("0", HubRetention::default());
    world.put("h", true).unwrap().unwrap();
    world.now += HOOK_POSTPONED_MS_MAX;
    world.post("a", None, "x").unwrap();
    // A step that is shorter than the longest postponement looks like one.
    let before = world.now;
    world.now -= HOOK_POSTPONED_MS_MAX + 1;
    assert_eq!(world.delivery_at(), Some(world.now));
    assert_eq!(world.due().len(), 1);
    assert_eq!(world.delivery_at(), Some(before), "an attempt has its time");
}

#[test]
fn a_room_at_its_limit_is_let_be_and_what_is_above_it_goes() {
    let count = HubRetention { keep_ms: 1_000_000, events_max: 4, bytes_max: 1_000 };
    let bytes = HubRetention { events_max: 1_000, bytes_max: 40, ..count };
    for retention in [count, bytes] {
        let mut world = HubFixture::new("0", retention);
        for _ in 0..4 {
            world.post("a", None, "0123456789").unwrap();
        }
        let now = world.now;
        assert_eq!(
            world.hub.log().trim_at(&world.store, now, &retention).unwrap(),
            Some(now + 1_000_000),
            "only by time"
        );
        assert!(world.hub.going(&world.store, now, u64::MAX - 1).unwrap().is_empty());
        world.post("a", None, "0123456789").unwrap();
        assert_eq!(world.hub.log().trim_at(&world.store, now, &retention).unwrap(), Some(now), "one is too much");
        let going = world.hub.going(&world.store, now, u64::MAX - 1).unwrap();
        world.hub.trim(&mut world.store, now, &going).unwrap();
        let page = world.hub.log().page(&world.store, at(0), 10).unwrap();
        assert!(!page.items.is_empty() && page.items.len() <= 4);
        assert_ne!(world.hub.log().trim_at(&world.store, now, &retention).unwrap(), Some(now));
    }
}

#[test]
fn an_ordered_receiver_gets_one_after_the_other_and_what_it_does_not_take_is_parked() {
    let mut world = HubFixture::new("0", HubRetention::default());
    world.store.hook_store_mut().save_hook(&hook("h", true)).unwrap();
    let mut world = world.again("0", HubRetention::default());
    for text in ["1", "2"] {
        world.post("a", None, text).unwrap();
    }
    assert_eq!(world.due().iter().map(|due| (due.seq, due.attempt)).collect::<Vec<_>>(), [(1, 1)]);
    assert!(world.due().is_empty(), "one is under way");
    assert_eq!(world.delivery_at(), Some(world.now + HOOK_LEASE_MS));
    world.settle(1, 1, AttemptOutcome::Status { status: 500, retry_after_ms: None });
    assert_eq!(world.delivery_at(), Some(world.now + 1_000), "nobody overtakes");
    world.now += 1_000;
    assert_eq!(world.due()[0].attempt, 2);
    let late = world.settle(1, 1, AttemptOutcome::Failed);
    assert_eq!(late.after, None, "of an attempt that nobody waits for");
    world.settle(1, 2, TAKEN);
    assert_eq!(world.due()[0].seq, 2);
    assert!(world.settle(2, 1, GONE).is_disabled && !world.hub.receivers.find("h").unwrap().is_active);
    assert_eq!(world.dead("h").iter().map(|dead| (dead.seq, dead.status)).collect::<Vec<_>>(), [(2, 410)]);
    assert_eq!((world.hub.receivers.waiting(), world.delivery_at().is_some()), (0, true));
    // A dead letter is stored for its time only; then it is deleted.
    world.hub.receivers.forget_dead(world.store.hook_store_mut(), world.now + DEAD_LETTER_MS - 1).unwrap();
    assert_eq!(world.dead("h").len(), 1);
    world.hub.receivers.forget_dead(world.store.hook_store_mut(), world.now + DEAD_LETTER_MS + 1).unwrap();
    assert_eq!((world.dead("h").len(), world.delivery_at()), (0, None));
}

#[test]
fn twenty_dead_letters_disable_a_receiver_and_the_rest_is_parked() {
    let mut world = HubFixture::new("0", HubRetention::default());
    world.store.hook_store_mut().save_hook(&HookRow { dead_in_a_row: HOOK_DEAD_MAX - 1, ..hook("h", true) }).unwrap();
    let mut world = world.again("0", HubRetention::default());
    for n in 0..3 {
        world.post("a", None, &n.to_string()).unwrap();
    }
    for attempt in 1..=9 {
        world.now += 100_000_000;
        assert_eq!(world.due()[0].attempt, attempt);
        world.settle(1, attempt, AttemptOutcome::Failed);
    }
    assert!(!world.hub.receivers.find("h").unwrap().is_active);
    assert_eq!(world.dead("h").len(), 3);
    let (revived, _) = world.step(|hub, step| hub.revive(step.store, step.now, "h", 2, step.out));
    assert_eq!(revived, Err(Refusal::NotFound.into()), "nobody would take it");
    world.put("h", true).unwrap().unwrap();
    let (revived, out) = world.step(|hub, step| hub.revive(step.store, step.now, "h", 2, step.out));
    assert!(revived.is_ok() && out.outbox_filled && world.hub.receivers.waiting() == 1);
}

/// Rows that wait for a removed receiver would block trimming, and one day every write.
#[test]
fn what_waits_for_a_receiver_that_is_gone_is_parked() {
    let retention = HubRetention { keep_ms: 1_000, events_max: 5, bytes_max: 1_000 };
    let mut world = HubFixture::new("0", retention);
    let fixed = HookRow { is_fixed: true, ..hook("fixed", true) };
    world.hub = world.opened(vec![fixed]);
    for text in ["1", "2"] {
        world.post("a", None, text).unwrap();
    }
    assert_eq!(world.hub.receivers.waiting(), 2);
    // The deployment no longer names the receiver.
    let mut world = world.again("0", retention);
    assert_eq!(world.hub.receivers.waiting(), 0);
    assert_eq!(world.dead("fixed").iter().map(|dead| dead.seq).collect::<Vec<_>>(), [1, 2]);
    world.now += 1_000;
    assert_eq!(world.hub.going(&world.store, world.now, u64::MAX - 1).unwrap().len(), 2);
}

#[test]
fn what_waits_for_a_receiver_that_is_switched_off_is_parked() {
    let mut world = HubFixture::new("0", HubRetention::default());
    assert_eq!(world.put("h", true), Ok(Ok(true)));
    world.post("a", None, "1").unwrap();
    assert_eq!(world.put("h", false), Ok(Ok(false)));
    assert_eq!((world.hub.receivers.waiting(), world.dead("h").len()), (0, 1));
    // Rows in a room of an earlier version.
    world.store.hook_store_mut().outbox_add("h", 1, 0).unwrap();
    let world = world.again("0", HubRetention::default());
    assert_eq!(world.hub.receivers.waiting(), 0);
}

#[test]
fn a_receiver_of_the_deployment_is_disabled_like_any_other_and_stays_so() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let fixed = HookRow { is_fixed: true, secret: "old".into(), ..hook("h", true) };
    world.hub = world.opened(vec![fixed.clone()]);
    world.post("a", None, "1").unwrap();
    assert_eq!(world.due().len(), 1);
    assert!(world.settle(1, 1, GONE).is_disabled);
    world.hub = world.opened(vec![fixed.clone()]);
    world.post("a", None, "2").unwrap();
    assert_eq!(
        (world.hub.receivers.waiting(), world.hub.receivers.own().count()),
        (0, 0),
        "also after a sleep, and it is no room's"
    );
    assert_eq!(world.put("h", true), Ok(Err(HubRefusal::Forbidden)));
    // Another secret means another receiver, so rejected messages can be tried again.
    world.hub = world.opened(vec![HookRow { secret: "new".into(), ..fixed }]);
    let (revived, _) = world.step(|hub, step| hub.revive(step.store, step.now, "h", 1, step.out));
    assert!(revived.is_ok());
    world.post("a", None, "3").unwrap();
    assert_eq!(world.hub.receivers.waiting(), 2);
}

#[test]
fn twenty_dead_letters_in_a_row_are_counted_over_sleeps_of_a_room_with_a_receiver_of_the_deployment() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let fixed = HookRow { is_fixed: true, ..hook("h", true) };
    for n in 0..u64::from(HOOK_DEAD_MAX) {
        world.hub = world.opened(vec![fixed.clone()]);
        assert!(world.hub.receivers.find("h").unwrap().is_active, "after {n}");
        world.post("a", None, &n.to_string()).unwrap();
        for attempt in 1..=9 {
            world.now += 100_000_000;
            let seq = world.due()[0].seq;
            world.settle(seq, attempt, AttemptOutcome::Failed);
        }
    }
    assert!(!world.hub.receivers.find("h").unwrap().is_active);
}

#[test]
fn a_receiver_of_the_deployment_is_not_changed_by_a_room() {
    let mut world = HubFixture::new("0", HubRetention::default());
    world.hub = world.opened(vec![HookRow { is_fixed: true, ..hook("h", true) }]);
    assert_eq!(world.put("h", true), Ok(Err(HubRefusal::Forbidden)));
    for n in 0..crate::words::limits::HOOKS_MAX {
        assert_eq!(world.put(&format!("h{n}"), true), Ok(Ok(true)));
    }
    assert_eq!(world.put("more", true), Ok(Err(HubRefusal::TooMany)));
}

#[test]
fn a_room_whose_receivers_are_far_behind_takes_no_more() {
    let mut world = HubFixture::new("0", HubRetention::default());
    world.put("h", true).unwrap().unwrap();
    for _ in 0..=HUB_OUTBOX_MAX {
        world.post("a", None, "x").unwrap();
    }
    let overloaded = Refusal::Overloaded { retry_after_ms: OVERLOADED_RETRY_MS };
    assert_eq!(world.post("a", None, "x"), Err(overloaded.into()));
    world.due();
    world.settle(1, 1, TAKEN);
    world.post("a", None, "x").unwrap();
}

#[test]
fn tokens_end_sockets_and_silence_ends_enveloped_ones() {
    let mut world = HubFixture::new("0", HubRetention::default());
    let (raw, _) = world.join(HubWire::Raw, None);
    world.join(HubWire::Envelope, None);
    let now = world.now + 90_000;
    let (_, out) = world.step(|hub, step| hub.sweep(now, |_| None, step.out));
    assert_eq!(out.closes.iter().map(|close| close.code).collect::<Vec<_>>(), [4408]);
    assert!(world.hub.connection(raw).is_some());
    let state = HubConnection { expires_at: Some(now), ..world.hub.connection(raw).unwrap().clone() };
    let stored = crate::codec::json::write(&state);
    assert_eq!(crate::codec::json::read(&stored), Some(state.clone()));
    world.hub.restore(state);
    let (_, out) = world.step(|hub, step| hub.sweep(now, |_| None, step.out));
    assert_eq!(out.closes.iter().map(|close| close.code).collect::<Vec<_>>(), [4401]);
}

#[test]
fn an_event_stream_ends_after_five_minutes_or_with_its_token() {
    assert_eq!(stream_ends_at(1_000, None), 301_000);
    assert_eq!(stream_ends_at(1_000, Some(900_000)), 301_000);
    assert_eq!(stream_ends_at(1_000, Some(5_000)), 5_000);
}

#[test]
fn a_room_has_so_many_places() {
    let mut world = HubFixture::new("0", HubRetention::default());
    for _ in 0..LOG_SOCKETS_MAX {
        world.join(HubWire::Raw, None);
    }
    assert!(world.hub.has_place().is_err());
}

proptest! {
    /// Writes of any sender, with sleeps in between: positions have no gap, pages join without gaps or duplicates, and a socket that joins
    /// anywhere gets the rest once.
    #[test]
    fn every_reader_sees_the_log(
        writes in prop::collection::vec((0..3_u8, prop::option::of(0..4_u8), "[a-c]{1,3}", any::<bool>()), 1..40),
        limit in 1..7_u32,
        joined_after in 0..40_usize,
    ) {
        let mut world = HubFixture::new("0", HubRetention::default());
        let mut expected: Vec<(String, Option<String>, String)> = Vec::new();
        let mut received = Vec::new();
        let mut conn = None;
        for (at_write, (who, id, text, sleeps)) in writes.iter().enumerate() {
            if at_write == joined_after {
                let (joined, out) = world.join(HubWire::Raw, at(0));
                conn = Some(joined);
                received = world.received(joined, &out);
            }
            let (who, id) = (format!("u{who}"), id.map(|id| format!("k{id}")));
            let known = expected.iter().position(|(by, key, _)| *by == who && key.is_some() && *key == id);
            let (posted, out) = {
                let writer = Writer { principal: Some(who.clone()), payer: String::new() };
                let body = Body::Text(text.clone());
                let write = HubWrite { id: id.clone(), content_type: "text/plain".into(), body };
                world.step(|hub, step| hub.write(step, &writer, None, write))
            };
            match known {
                Some(place) if expected[place].2 == *text => {
                    let posted = posted.unwrap();
                    prop_assert_eq!((posted.seq as usize, posted.duplicate), (place + 1, true));
                }
                Some(_) => prop_assert_eq!(posted, Err(Refusal::IdReused.into())),
                None => {
                    expected.push((who, id, text.clone()));
                    prop_assert_eq!(posted.unwrap().seq as usize, expected.len());
                }
            }
            if let Some(conn) = conn {
                received.extend(world.received(conn, &out));
            }
            if *sleeps && conn.is_none() {
                world = world.again("0", HubRetention::default());
            }
        }
        let texts: Vec<String> = expected.iter().map(|(.., text)| text.clone()).collect();
        prop_assert_eq!(world.bodies(0), texts.clone());
        if conn.is_some() {
            prop_assert_eq!(&received, &texts);
        }
        let (mut paged, mut after) = (Vec::new(), 0);
        loop {
            let page = world.hub.log().page(&world.store, at(after), limit).unwrap();
            paged.extend(page.items.iter().map(|item| item.seq));
            after = page.next;
            if !page.more {
                break;
            }
        }
        prop_assert_eq!(paged, (1..=texts.len() as u64).collect::<Vec<_>>());
    }
}

#[test]
fn limits_of_its_own_count_what_was_written_before_they_were_set() {
    let mut world = HubFixture::new("2/10", HubRetention::default());
    for text in ["1", "2"] {
        world.post("a", None, text).unwrap();
    }
    let set = |world: &mut HubFixture, rate, retention_days| world.hub.set_limits(HubLimits { rate, retention_days });
    set(&mut world, Some(3), Some(1));
    assert_eq!(world.hub.retention(), &HubRetention::of_days(1));
    world.post("a", None, "3").unwrap();
    for rate in [Some(3), None, Some(1)] {
        set(&mut world, rate, None);
        let refused = world.post("a", None, "4");
        assert!(matches!(refused, Err(Denied::Refused(Refusal::RateLimited { .. }))), "{rate:?}");
    }
    assert_eq!(world.hub.retention(), &HubRetention::default());
    world.post("b", None, "of somebody else").unwrap();
}
