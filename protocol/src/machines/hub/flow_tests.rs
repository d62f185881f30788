//! Readers of a hub room over time: heartbeats, falling behind and catching up, limits of single sockets (`core.md` 5, 6, 7).

use std::collections::{BTreeSet, VecDeque};

use proptest::prelude::*;

use super::tests::{HubFixture, at};
use super::*;
use crate::words::limits::{CURSOR_EVERY_EVENTS, LAG_EVENTS_MAX, ROOM_SWEEP_MS};
use crate::words::refusal::Denied;
use crate::words::socket::ConnKey;

fn world() -> HubFixture {
    HubFixture::new("0", HubRetention::default())
}

fn closes(out: &HubOut) -> Vec<u16> {
    out.closes.iter().map(|close| close.code).collect()
}

#[test]
fn heartbeats_count_also_when_the_room_slept_in_between() {
    let mut world = world();
    let (mut conn, _) = world.join(HubWire::Envelope, None);
    let (mut silent, _) = world.join(HubWire::Envelope, None);
    for _ in 0..5 {
        world.now += 30_000;
        assert!(world.got_pong(conn));
        let keys = world.sleep();
        (conn, silent) = (keys[&conn], keys[&silent]);
    }
    world.now += 29_000;
    let now = world.now;
    let (_, out) = world.step(|hub, step| hub.sweep(now, |_| None, step.out));
    assert_eq!(out.closes.iter().map(|close| (close.conn, close.code)).collect::<Vec<_>>(), [(silent, 4408)]);
}

impl HubFixture {
    fn got_pong(&mut self, conn: ConnKey) -> bool {
        let out = self.say(conn, r#"{"op":"ping","t":1}"#);
        self.received(conn, &out).iter().any(|frame| frame.contains("pong"))
    }
}

#[test]
fn a_room_that_wakes_in_between_does_not_put_its_sweep_off() {
    let mut world = world();
    world.join(HubWire::Envelope, None);
    let due = world.hub.sweep_at(world.now).unwrap();
    assert!(due > world.now && due <= world.now + ROOM_SWEEP_MS);
    while world.now + 7_000 < due {
        world.now += 7_000;
        world.sleep();
        assert_eq!(world.hub.sweep_at(world.now), Some(due));
    }
    assert_eq!(world.hub.sweep_at(due), Some(due + ROOM_SWEEP_MS));
}

/// Socket that accepts all frames, with a reader at its own pace.
struct StreamReader {
    conn: ConnKey,
    waits: VecDeque<String>,
    read: Vec<u64>,
    /// Position up to which the reader has everything.
    place: u64,
    reported: u64,
    own: BTreeSet<u64>,
    unread_max: usize,
}

impl StreamReader {
    fn take(&mut self, world: &HubFixture, out: &HubOut) {
        self.waits.extend(world.received(self.conn, out));
        self.unread_max = self.unread_max.max(self.waits.len());
    }

    /// Reads this many frames, and reports every 64th message, as in the specification.
    fn read(&mut self, world: &mut HubFixture, frames: usize) {
        for _ in 0..frames {
            let Some(frame) = self.waits.pop_front() else { return };
            let value = crate::codec::json::Value::parse(&frame).unwrap();
            match value.get("op").and_then(|op| op.as_str()) {
                Some("msg") => self.read.push(value.get("seq").and_then(|seq| seq.as_u64()).unwrap()),
                Some("ack") => _ = self.own.insert(value.get("seq").and_then(|seq| seq.as_u64()).unwrap()),
                _ => continue,
            }
            while self.own.contains(&(self.place + 1)) || self.read.last() == Some(&(self.place + 1)) {
                self.place += 1;
            }
            if self.place >= self.reported + CURSOR_EVERY_EVENTS {
                self.report(world);
            }
        }
    }

    fn report(&mut self, world: &mut HubFixture) {
        self.reported = self.place;
        let out = world.say(self.conn, &format!(r#"{{"op":"cursor","seq":{}}}"#, self.reported));
        self.take(world, &out);
        self.serve(world);
    }

    /// Runs the room's own turns.
    fn serve(&mut self, world: &mut HubFixture) {
        while world.hub.has_work() {
            world.now += 1_000;
            let out = world.serve();
            self.take(world, &out);
        }
    }
}

impl HubFixture {
    fn serve(&mut self) -> HubOut {
        self.step(|hub, step| hub.serve(step.store, step.now, step.out).unwrap()).1
    }
}

/// Describes the first difference of two lists.
fn difference(read: &[u64], expected: &[u64]) -> String {
    let at = read.iter().zip(expected).take_while(|(one, other)| one == other).count();
    format!("at {at}: {:?} and not {:?}", read.get(at), expected.get(at))
}

#[derive(Clone, Debug)]
enum FlowStep {
    Posted(usize, usize),
    Said(usize),
    Read(usize),
    Slept,
}

fn deed() -> impl Strategy<Value = FlowStep> {
    prop_oneof![
        4 => (1..700_usize, prop::sample::select(vec![1_usize, 10, 60_000]))
            .prop_map(|(count, size)| FlowStep::Posted(count, size)),
        1 => (1..5_usize).prop_map(FlowStep::Said),
        4 => (1..900_usize).prop_map(FlowStep::Read),
        1 => Just(FlowStep::Slept),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::testing::cases(24), ..ProptestConfig::default() })]

    /// A reader that reports every 64 messages gets each message of others exactly once, in order. It never has more unread messages than
    /// the limit, however it falls behind, writes and reads on.
    #[test]
    fn a_reader_that_lags_and_reports_gets_everything_once(deeds in prop::collection::vec(deed(), 1..14), from_start in any::<bool>()) {
        let mut world = world();
        for n in 0..50 {
            world.post("early", None, &n.to_string()).unwrap();
        }
        let since = if from_start { 0 } else { 50 };
        let (conn, out) = world.join(HubWire::Envelope, at(since));
        let own = BTreeSet::new();
        let mut reader = StreamReader { conn, waits: VecDeque::new(), read: Vec::new(), place: since, reported: since, own, unread_max: 0 };
        reader.take(&world, &out);
        let out = world.say(conn, &format!(r#"{{"op":"cursor","seq":{since}}}"#));
        reader.take(&world, &out);
        let mut head = 50;
        for deed in deeds {
            match deed {
                FlowStep::Posted(count, size) => {
                    for _ in 0..count.min(12_000_000 / size) {
                        let text = "x".repeat(size);
                        let writer = Writer { principal: None, payer: "a:x".into() };
                        let write = HubWrite { id: None, content_type: "text/plain".into(), body: crate::machines::hub::Body::Text(text) };
                        let (posted, out): (Result<HubPosted, Denied>, _) = world.step(|hub, step| hub.write(step, &writer, None, write));
                        prop_assert!(posted.is_ok());
                        head += 1;
                        reader.take(&world, &out);
                    }
                }
                FlowStep::Said(count) => {
                    for _ in 0..count {
                        let out = world.say(reader.conn, r#"{"op":"send","body":"mine"}"#);
                        head += 1;
                        reader.take(&world, &out);
                    }
                }
                FlowStep::Read(count) => reader.read(&mut world, count),
                FlowStep::Slept => {
                    reader.conn = world.sleep()[&reader.conn];
                    reader.serve(&mut world);
                }
            }
        }
        // It reads on, and reports the rest some seconds after the last message.
        while !reader.waits.is_empty() {
            reader.read(&mut world, usize::MAX);
            reader.report(&mut world);
        }
        let expected: Vec<u64> = (since + 1..=head).filter(|seq| !reader.own.contains(seq)).collect();
        prop_assert!(reader.read == expected, "{}", difference(&reader.read, &expected));
        prop_assert!(reader.unread_max as u64 <= LAG_EVENTS_MAX + CURSOR_EVERY_EVENTS + 300, "{}", reader.unread_max);
        // The reader is live again.
        let out = { world.post("late", None, "now").unwrap(); world.say(reader.conn, r#"{"op":"ping"}"#) };
        prop_assert!(world.received(reader.conn, &out)[0].contains("pong"));
        prop_assert!(!world.hub.connection(reader.conn).unwrap().lagging);
    }
}

#[test]
fn what_a_lagging_reader_was_sent_it_is_not_sent_again_and_its_own_not_at_all() {
    let mut world = world();
    let (conn, _) = world.join(HubWire::Envelope, None);
    world.say(conn, r#"{"op":"cursor","seq":0}"#);
    for _ in 0..=LAG_EVENTS_MAX {
        world.post("a", None, "x").unwrap();
    }
    assert!(world.hub.connection(conn).unwrap().lagging);
    let out = world.say(conn, r#"{"op":"send","id":"mine","body":"y"}"#);
    assert!(world.received(conn, &out)[0].contains(r#""op":"ack","id":"mine","seq":1002"#));
    world.post("a", None, "z").unwrap();
    let conn = world.sleep()[&conn];
    let out = world.say(conn, r#"{"op":"cursor","seq":64}"#);
    let received = world.received(conn, &out);
    assert_eq!(received.len(), 1);
    assert!(received[0].contains(r#""op":"msg","seq":1003"#));
}

#[test]
fn bytes_are_counted_from_what_was_reported() {
    let mut world = world();
    let (conn, _) = world.join(HubWire::Envelope, None);
    let big = "x".repeat(60_000);
    for _ in 0..130 {
        world.post("a", None, &big).unwrap();
    }
    world.say(conn, r#"{"op":"cursor","seq":1}"#);
    for n in 131..150 {
        let is_behind = world.hub.connection(conn).unwrap().lagging;
        assert_eq!(is_behind, n > 141, "8 MiB after the first message, at {n}");
        world.post("a", None, &big).unwrap();
    }
}

#[test]
fn who_never_reports_gets_8_mib_of_the_past_and_then_lags() {
    let mut world = world();
    for _ in 0..200 {
        world.post("a", None, &"x".repeat(60_000)).unwrap();
    }
    let (conn, out) = world.join(HubWire::Envelope, at(0));
    let mut received = world.received(conn, &out);
    assert!(received.len() < 80, "a turn's worth");
    while world.hub.has_work() {
        let out = world.serve();
        received.extend(world.received(conn, &out));
    }
    assert!(received.last().unwrap().contains(r#""op":"lag","head":200"#));
    assert_eq!(received.len(), 1 + 139 + 1, "first words, what fits, and that it lags");
}

#[test]
fn the_past_costs_time_however_many_want_it() {
    let mut world = world();
    for _ in 0..100 {
        world.post("a", None, &"x".repeat(60_000)).unwrap();
    }
    let began = world.now;
    let (mut bytes, mut count) = (0, 0);
    let mut note = |received: Vec<String>| bytes += received.iter().map(String::len).sum::<usize>();
    let readers: Vec<ConnKey> = (0..20)
        .map(|_| {
            let (conn, out) = world.join(HubWire::Raw, at(0));
            note(world.received(conn, &out));
            conn
        })
        .collect();
    while let Some(due) = world.hub.serve_at(world.now) {
        assert!(due > world.now || count % 2 == 0 || world.now < began + 5_000);
        world.now = due;
        let out = world.serve();
        for conn in &readers {
            note(world.received(*conn, &out));
        }
        count += 1;
    }
    assert_eq!(bytes, 20 * 100 * 60_000);
    // 114 MiB at 16 MiB a second, of which 32 MiB are sent at once.
    let took = world.now - began;
    assert!((4_500..6_000).contains(&took), "{took} ms");
}

#[test]
fn frames_that_are_no_messages_have_limits_of_the_socket() {
    let mut world = world();
    world.limit("5/10", "2/10");
    let (loud, _) = world.join(HubWire::Batch, None);
    let (other, _) = world.join(HubWire::Envelope, None);
    let (pong, limited) = (r#""op":"pong""#, r#""code":"RATE_LIMITED""#);
    for status in ["away", "busy"] {
        let out = world.say(loud, &format!(r#"{{"op":"status","status":"{status}"}}"#));
        assert_eq!(world.received(other, &out).len(), 1);
    }
    let out = world.say(loud, r#"{"op":"status","status":"away"}"#);
    assert!(world.received(loud, &out)[0].contains(limited) && world.received(other, &out).is_empty());
    for n in 3..15 {
        let out = world.say(loud, r#"{"op":"ping"}"#);
        let expected = if n < 5 { pong } else { limited };
        assert!(world.received(loud, &out)[0].contains(expected), "{n}");
    }
    let out = world.say(loud, r#"[{"op":"ping"},{"op":"send","body":"late"}]"#);
    assert_eq!((closes(&out), out.stored.len()), (vec![4429], 0));
    // Messages and reports of progress have no limit here; raw sockets have one.
    let (reader, _) = world.join(HubWire::Envelope, None);
    for n in 1..=20 {
        for _ in 0..CURSOR_EVERY_EVENTS {
            world.post("a", None, "x").unwrap();
        }
        let out = world.say(reader, &format!(r#"{{"op":"cursor","seq":{}}}"#, n * CURSOR_EVERY_EVENTS));
        assert!(world.received(reader, &out).is_empty());
    }
    for n in 1_281..=1_480 {
        world.post("a", None, "x").unwrap();
        let out = world.say(reader, &format!(r#"{{"op":"cursor","seq":{n}}}"#));
        assert!(world.received(reader, &out).is_empty(), "after each message: {n}");
    }
    for _ in 0..5 {
        world.say(reader, r#"{"op":"cursor","seq":1280}"#);
    }
    let out = world.say(reader, r#"{"op":"cursor","seq":1280}"#);
    assert!(world.received(reader, &out)[0].contains(limited));
    let (raw, _) = world.join(HubWire::Raw, None);
    for _ in 0..15 {
        assert!(closes(&world.say(raw, "")).is_empty());
    }
    assert_eq!(closes(&world.say(raw, "")), [4429]);
}

impl HubFixture {
    fn limit(&mut self, frame: &str, status: &str) {
        let rule = |text| crate::words::rate::Rule::parse(text).unwrap();
        let settings = HubSettings { frame: rule(frame), status: rule(status), ..HubSettings::default() };
        self.hub = Hub::open("r".into(), settings, &mut self.store, self.now, 7).unwrap();
    }
}

#[test]
fn what_cannot_be_a_frame_closes_and_what_is_too_large_is_told() {
    let mut world = world();
    let (conn, _) = world.join(HubWire::Envelope, None);
    let (batch, _) = world.join(HubWire::Batch, None);
    let out = world.say(conn, &format!(r#"{{"op":"send","body":"{}"}}"#, "x".repeat(390_000)));
    assert!(world.received(conn, &out)[0].contains("TOO_LARGE") && closes(&out).is_empty());
    let out = world.say(batch, &format!("[{}]", " ".repeat(65_536)));
    assert!(world.received(batch, &out)[0].contains("TOO_LARGE") && closes(&out).is_empty());
    for conn in [conn, batch] {
        assert_eq!(closes(&world.say(conn, &" ".repeat(397_313))), [1009]);
    }
}
