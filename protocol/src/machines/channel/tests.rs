//! Tests of the whole channel: receivers, answers to publishers, and stored state.

use super::*;
use crate::words::event::Millis;
use crate::words::limits::{
    ACK_WAIT_MS, CHANNEL_DEVICES_MAX, CHANNEL_ENVELOPES_MAX, CHANNEL_KEYS_BYTES_MAX, CHANNEL_KEYS_MAX, DEVICE_KNOWN_MS,
    PUBLISH_KEY_MS,
};
use crate::words::rate::Rule;
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;

/// Channel with its store and clock, which records all of its effects.
struct ChannelFixture {
    channel: Channel,
    store: MemoryChannelStore,
    now: Millis,
    calls: CallKey,
}

impl ChannelFixture {
    fn new() -> Self {
        let store = MemoryChannelStore::default();
        Self { channel: Channel::open(&store, 7).unwrap(), store, now: 1_000, calls: 0 }
    }

    fn connect(&mut self, listener: Listener) -> (ConnKey, Vec<Effect>) {
        let mut effects = Vec::new();
        let conn = self.channel.connect(&mut self.store, self.now, listener, &mut effects).unwrap();
        (conn, effects)
    }

    /// Connects a plain socket that receives everything of kind `m`.
    fn plain(&mut self) -> ConnKey {
        let (conn, _) = self.connect(Listener::default());
        self.frame(conn, subscribe(None));
        conn
    }

    fn device(&mut self, device: &str, since: Option<u64>) -> (ConnKey, Vec<Effect>) {
        let (conn, _) = self.connect(Listener { is_v2: true, device: Some(device.into()), ..Listener::default() });
        let effects = self.frame(conn, subscribe(since));
        (conn, effects)
    }

    fn frame(&mut self, conn: ConnKey, frame: Frame) -> Vec<Effect> {
        let mut effects = Vec::new();
        let before = (!self.channel.writes(&frame)).then(|| format!("{:?}", self.store));
        self.channel.frame(&mut self.store, self.now, conn, frame, &mut effects).unwrap();
        assert!(before.is_none_or(|before| before == format!("{:?}", self.store)), "it said that it would not write");
        effects
    }

    fn publish(&mut self, publish: Publish) -> Result<Vec<Effect>, Denied> {
        self.calls += 1;
        let mut effects = Vec::new();
        let id = format!("e{}", self.calls);
        let before = (!publish.writes()).then(|| format!("{:?}", self.store));
        self.channel.publish(&mut self.store, self.now, self.calls, publish, id, &mut effects)?;
        assert!(before.is_none_or(|before| before == format!("{:?}", self.store)), "it said that it would not write");
        Ok(effects)
    }

    fn close(&mut self, conn: ConnKey) -> Vec<Effect> {
        let mut effects = Vec::new();
        let before = (!self.channel.keeps_anything()).then(|| format!("{:?}", self.store));
        self.channel.closed(&mut self.store, self.now, conn, &mut effects).unwrap();
        assert!(before.is_none_or(|before| before == format!("{:?}", self.store)), "it said that it keeps nothing");
        effects
    }

    fn tick(&mut self, now: Millis) -> Vec<Effect> {
        let mut effects = Vec::new();
        let before = (!self.channel.keeps_anything()).then(|| format!("{:?}", self.store));
        self.channel.tick(&mut self.store, now, &mut effects).unwrap();
        assert!(before.is_none_or(|before| before == format!("{:?}", self.store)), "it said that it keeps nothing");
        effects
    }

    fn ack(&mut self, conn: ConnKey, id: &str, result: &str) -> Vec<Effect> {
        self.frame(conn, Frame::Ack { envelope_id: id.into(), result: result.into() })
    }

    fn sleep(&mut self, conns: &[ConnKey]) {
        let listeners: Vec<Listener> = conns.iter().map(|conn| self.channel.listener(*conn).unwrap().clone()).collect();
        self.channel = Channel::open(&self.store, 99).unwrap();
        for listener in listeners {
            let stored = serde_json::to_string(&listener).unwrap();
            self.channel.restore(serde_json::from_str(&stored).unwrap());
        }
    }
}

fn subscribe(since: Option<u64>) -> Frame {
    Frame::Subscribe { filters: vec![Filter::new("m", [].into()).unwrap()], since }
}

fn plain(payload: &str) -> Publish {
    let (publisher, user, kind) = ("p".into(), "u".into(), "m".into());
    Publish { publisher, key: None, user, kind, payload: Some(payload.to_owned()), ttl_ms: None }
}

fn durable(payload: &str) -> Publish {
    Publish { ttl_ms: Some(60_000), ..plain(payload) }
}

fn keyed(key: &str, publish: Publish) -> Publish {
    Publish { key: Some(key.into()), ..publish }
}

fn answers(effects: &[Effect]) -> Vec<(CallKey, u64, Vec<String>, bool)> {
    let answer = |effect: &Effect| match effect {
        Effect::Answer { call, answer, is_replay } => {
            Some((*call, answer.client_count, answer.results.clone(), *is_replay))
        }
        _ => None,
    };
    effects.iter().filter_map(answer).collect()
}

fn replayed(effects: &[Effect]) -> Vec<u64> {
    let seq = |effect: &Effect| match effect {
        Effect::Send { notification: ChannelNotification::Envelope { seq, is_replay: true, .. }, .. } => *seq,
        _ => None,
    };
    effects.iter().filter_map(seq).collect()
}

#[test]
fn nobody_listens_and_the_answer_is_there_at_once() {
    let mut stage = ChannelFixture::new();
    let (silent, effects) = stage.connect(Listener::default());
    assert_eq!(effects, [Effect::Save(silent)], "nothing is sent on connect");
    assert_eq!(answers(&stage.publish(plain("1")).unwrap()), [(1, 0, vec![], false)]);
    assert!(stage.store.meta().unwrap().is_none(), "asking creates nothing");
}

#[test]
fn results_come_in_the_order_of_the_answers() {
    let mut stage = ChannelFixture::new();
    let conns: Vec<ConnKey> = (0..5).map(|_| stage.plain()).collect();
    let effects = stage.publish(plain("1")).unwrap();
    assert!(matches!(&effects[..], [Effect::Send { conns: to, .. }] if *to == conns));
    let mut all = Vec::new();
    for at in [3, 0, 4, 1, 2] {
        assert!(stage.channel.is_waiting_for(conns[at], "e1"));
        all = stage.ack(conns[at], "e1", &at.to_string());
        assert!(!stage.channel.is_waiting_for(conns[at], "e1"));
        assert_eq!(stage.ack(conns[at], "e1", "9"), [], "a second answer is nothing");
    }
    let order = ["3", "0", "4", "1", "2"].map(str::to_owned).to_vec();
    assert_eq!(answers(&all), [(1, 5, order, false)]);
    assert_eq!(stage.channel.timer_at(), None);
}

#[test]
fn the_end_of_a_token_that_an_older_version_kept_is_passed_over() {
    let stored = r#"{"id":"c","user":"u","is_v2":false,"device":null,"resume":null,"expires_at":5,"filters":[]}"#;
    let listener: Listener = serde_json::from_str(stored).unwrap();
    let mut stage = ChannelFixture::new();
    let (conn, _) = stage.connect(listener);
    stage.frame(conn, subscribe(None));
    stage.publish(plain("1")).unwrap();
    assert_eq!(answers(&stage.ack(conn, "e1", "1")), [(1, 1, vec!["1".into()], false)]);
}

#[test]
fn strangers_late_ones_and_the_closed_do_not_count() {
    let mut stage = ChannelFixture::new();
    let (a, b) = (stage.plain(), stage.plain());
    let (other, _) = stage.connect(Listener::default());
    stage.publish(plain("1")).unwrap();
    assert_eq!(stage.ack(other, "e1", "9"), []);
    assert_eq!(stage.ack(a, "e0", "9"), []);
    stage.ack(a, "e1", "1");
    assert_eq!(answers(&stage.close(b)), [(1, 2, vec!["1".into()], false)]);
    stage.publish(plain("2")).unwrap();
    assert_eq!(stage.channel.timer_at(), Some(stage.now + ACK_WAIT_MS));
    assert_eq!(stage.tick(stage.now + ACK_WAIT_MS - 1), []);
    assert_eq!(answers(&stage.tick(stage.now + ACK_WAIT_MS)), [(2, 1, vec![], false)]);
    assert_eq!(stage.ack(a, "e2", "late"), []);
    assert!(!stage.channel.keeps_anything(), "none of this is worth a transaction");
}

#[test]
fn the_end_of_a_wait_is_kept_for_its_key() {
    for is_closed in [true, false] {
        let mut stage = ChannelFixture::new();
        let conn = stage.plain();
        stage.publish(keyed("k", plain("1"))).unwrap();
        assert!(stage.channel.keeps_anything(), "the answers of the key");
        let effects = if is_closed { stage.close(conn) } else { stage.tick(stage.now + ACK_WAIT_MS) };
        assert_eq!(answers(&effects), [(1, 1, vec![], false)]);
        assert!(!stage.channel.keeps_anything());
        assert_eq!(answers(&stage.publish(keyed("k", plain("1"))).unwrap()), [(2, 1, vec![], true)]);
        stage.publish(durable("2")).unwrap();
        assert!(stage.channel.keeps_anything(), "an envelope");
    }
}

#[test]
fn many_waits_each_get_their_own() {
    let mut stage = ChannelFixture::new();
    let conn = stage.plain();
    for n in 0..20 {
        stage.publish(plain(&n.to_string())).unwrap();
    }
    for n in (1..=20).rev() {
        let effects = stage.ack(conn, &format!("e{n}"), &n.to_string());
        assert_eq!(answers(&effects), [(n, 1, vec![n.to_string()], false)]);
    }
}

#[test]
fn large_results_are_told_as_null() {
    let mut stage = ChannelFixture::new();
    let conns: Vec<ConnKey> = (0..20).map(|_| stage.plain()).collect();
    stage.publish(plain("1")).unwrap();
    let large = format!("\"{}\"", "x".repeat(65_534));
    let mut effects = stage.ack(conns[0], "e1", &format!("{large} "));
    for conn in &conns[1..] {
        effects = stage.ack(*conn, "e1", &large);
    }
    let results = answers(&effects).remove(0).2;
    assert_eq!(results[0], "null", "one byte too many");
    let accepted = results.iter().filter(|result| *result == &large).count();
    assert_eq!(accepted, 15, "a mebibyte in all");
}

#[test]
fn filters_survive_sleep_and_are_added_to() {
    let mut stage = ChannelFixture::new();
    let conn = stage.plain();
    stage.sleep(&[conn]);
    let more = Frame::Subscribe { filters: vec![Filter::new("n", [].into()).unwrap()], since: None };
    assert_eq!(stage.frame(1, more), [Effect::Save(1)]);
    assert_eq!(stage.channel.listener(1).unwrap().filters.len(), 2);
    let less = Frame::Unsubscribe { filters: vec![Filter::new("n", [].into()).unwrap()] };
    stage.frame(1, less);
    assert_eq!(answers(&stage.publish(plain("1")).unwrap()), [], "the first filter is still there");
    assert_eq!(answers(&stage.publish(Publish { kind: "n".into(), ..plain("1") }).unwrap()).len(), 1);
}

fn filter(members: &[(&str, &str)]) -> Filter {
    Filter::new("m", members.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()).unwrap()
}

/// Returns the sockets that an envelope was sent to.
fn recipients(effects: &[Effect]) -> Vec<ConnKey> {
    let sent_to = |effect: &Effect| match effect {
        Effect::Send { conns, notification: ChannelNotification::Envelope { .. } } => conns.clone(),
        _ => Vec::new(),
    };
    effects.iter().flat_map(sent_to).collect()
}

#[test]
fn an_envelope_reaches_a_socket_once_however_many_filters_match_until_equal_ones_are_removed() {
    let mut stage = ChannelFixture::new();
    let (conn, _) = stage.connect(Listener::default());
    let (other, _) = stage.connect(Listener::default());
    let both = || filter(&[("a", "x"), ("b", "y")]);
    stage.frame(conn, Frame::Subscribe { filters: vec![filter(&[]), both(), both()], since: None });
    stage.frame(other, Frame::Subscribe { filters: vec![filter(&[("a", "X")]), filter(&[("c", "x")])], since: None });
    assert_eq!(recipients(&stage.publish(plain(r#"{"a":"x","b":"y"}"#)).unwrap()), [conn]);
    stage.frame(conn, Frame::Unsubscribe { filters: vec![filter(&[("a", "x")]), filter(&[])] });
    assert_eq!(answers(&stage.publish(plain(r#"{"a":"x"}"#)).unwrap()), [(2, 0, vec![], false)]);
    assert_eq!(recipients(&stage.publish(plain(r#"{"b":"y","a":"x"}"#)).unwrap()), [conn]);
    stage.frame(conn, Frame::Unsubscribe { filters: vec![filter(&[("b", "y"), ("a", "x")])] });
    assert_eq!(answers(&stage.publish(plain(r#"{"a":"x","b":"y"}"#)).unwrap()), [(4, 0, vec![], false)]);
}

#[test]
fn what_is_kept_comes_to_filters_that_its_payload_meets() {
    let mut stage = ChannelFixture::new();
    for payload in [r#"{"a":"x"}"#, r#"{"a":"X"}"#, r#"["x"]"#, r#"{"a":"x","b":1}"#] {
        stage.publish(durable(payload)).unwrap();
    }
    let (conn, _) = stage.connect(Listener { is_v2: true, ..Listener::default() });
    let effects = stage.frame(conn, Frame::Subscribe { filters: vec![filter(&[("a", "x")])], since: Some(0) });
    assert_eq!(replayed(&effects), [1, 4]);
}

#[test]
fn a_socket_that_did_not_ask_for_v2_gets_nothing_of_what_is_kept_and_no_answer() {
    let mut stage = ChannelFixture::new();
    stage.publish(durable("1")).unwrap();
    let (conn, _) = stage.connect(Listener::default());
    assert_eq!(stage.frame(conn, subscribe(Some(0))), [Effect::Save(conn)]);
}

#[test]
fn a_key_publishes_once() {
    let mut stage = ChannelFixture::new();
    let conn = stage.plain();
    assert_eq!(stage.publish(keyed("k", plain("1"))).unwrap().len(), 1);
    assert_eq!(stage.publish(keyed("k", plain("1"))).unwrap(), [], "the second waits for the same answer");
    let effects = stage.ack(conn, "e1", "\"r\"");
    let results = vec!["\"r\"".to_owned()];
    assert_eq!(answers(&effects), [(1, 1, results.clone(), false), (2, 1, results.clone(), true)]);
    stage.sleep(&[conn]);
    assert_eq!(answers(&stage.publish(keyed("k", plain("1"))).unwrap()), [(3, 1, results, true)]);
    for other in
        [plain("2"), durable("1"), Publish { kind: "n".into(), ..plain("1") }, Publish { payload: None, ..plain("1") }]
    {
        assert_eq!(stage.publish(keyed("k", other)), Err(Denied::Refused(Refusal::IdReused)));
    }
    let of_another = Publish { publisher: "q".into(), ..keyed("k", plain("2")) };
    assert_eq!(stage.publish(of_another).unwrap().len(), 1, "keys belong to their publisher");
    stage.now += PUBLISH_KEY_MS + 1;
    stage.channel.sweep(&mut stage.store, stage.now).unwrap();
    assert_eq!(stage.channel.sweep_at(&stage.store).unwrap(), None);
    assert_eq!(stage.publish(keyed("k", plain("2"))).unwrap().len(), 1, "a day later the key is new");
}

#[test]
fn durable_envelopes_wait_for_devices_in_order_and_once() {
    let mut stage = ChannelFixture::new();
    for n in 1..=3_u64 {
        let effects = stage.publish(durable(&n.to_string())).unwrap();
        assert!(matches!(&effects[..], [Effect::Answer { answer, .. }] if answer.seq == Some(n)));
    }
    assert_eq!(replayed(&stage.device("d1", Some(0)).1), [1, 2, 3]);
    assert_eq!(replayed(&stage.device("d1", Some(1)).1), [2, 3]);
    assert_eq!(replayed(&stage.device("d1", None).1), [] as [u64; 0], "only who asks");
    assert_eq!(replayed(&stage.device("d1", Some(9)).1), [1, 2, 3], "a place that never was");
    let (conn, _) = stage.device("d1", Some(0));
    stage.ack(conn, "e2", "null");
    assert_eq!(replayed(&stage.device("d2", Some(0)).1), [1, 3], "the only known device had it");
    stage.ack(conn, "e1", "null");
    assert_eq!(replayed(&stage.device("d1", Some(0)).1), [3]);
    assert_eq!(replayed(&stage.device("d2", Some(0)).1), [1, 3], "the other device does not have it");
    let effects = stage.publish(durable("4")).unwrap();
    assert!(effects.iter().any(|effect| matches!(
        effect,
        Effect::Send { notification: ChannelNotification::Envelope { seq: Some(4), .. }, .. }
    )));
}

#[test]
fn what_is_kept_leaves_in_portions_before_what_comes_meanwhile() {
    let mut stage = ChannelFixture::new();
    let large = format!("\"{}\"", "x".repeat(400_000));
    for _ in 0..30 {
        stage.publish(durable(&large)).unwrap();
    }
    let places = |effects: &[Effect]| -> Vec<(u64, bool)> {
        let place = |effect: &Effect| match effect {
            Effect::Send { conns, notification: ChannelNotification::Envelope { seq, is_replay, .. } }
                if !conns.is_empty() =>
            {
                seq.map(|seq| (seq, *is_replay))
            }
            _ => None,
        };
        effects.iter().filter_map(place).collect()
    };
    let (one, effects) = stage.device("one", Some(0));
    assert_eq!(replayed(&effects), (1..=11).collect::<Vec<u64>>(), "4 MiB of them, at once");
    let (two, effects) = stage.device("two", Some(20));
    assert!(replayed(&effects).is_empty(), "the first has its turn");
    assert_eq!(stage.frame(one, Frame::Ping), [], "a barrier stands after what was asked for");
    let old = stage.plain();
    let effects = stage.publish(durable("live")).unwrap();
    assert_eq!(
        (places(&effects), answers(&effects)),
        (vec![(31, false)], vec![]),
        "both get it in its turn, and are waited for"
    );
    assert_eq!(stage.ack(two, "e31", "early").len(), 0, "whoever has it by another way may say so");
    stage.sleep(&[one, two, old]);
    // The first answer without a device ends it, but only in its turn.
    stage.ack(old, "e31", "done");
    let (mut all, mut turns) = (Vec::new(), 0);
    while stage.channel.has_replays() {
        let mut effects = Vec::new();
        stage.channel.serve(&mut stage.store, stage.now, &mut effects).unwrap();
        let sent = places(&effects);
        assert!(sent.len() <= 12, "no more than a turn");
        all.extend(sent);
        turns += 1;
        if !stage.channel.has_replays() {
            assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Save(_))).count(), 1);
        }
    }
    let expected: Vec<(u64, bool)> = (12..=30).chain(21..=30).map(|seq| (seq, true)).collect();
    let live = |seq: &(u64, bool)| !seq.1;
    assert_eq!(all.iter().copied().filter(|seq| seq.1).collect::<Vec<_>>(), expected);
    assert_eq!((all.iter().filter(|seq| live(seq)).count(), turns), (1, 3), "who has answered does not get it");
    assert_eq!(stage.store.find("e31").unwrap(), None, "nobody is waited for any more");
}

#[test]
fn what_nobody_wants_takes_its_turns_too() {
    let mut stage = ChannelFixture::new();
    let large = format!("\"{}\"", "x".repeat(1_000_000));
    for _ in 0..8 {
        stage.publish(durable(&large)).unwrap();
    }
    let (conn, _) = stage.connect(Listener { is_v2: true, ..Listener::default() });
    let other = Frame::Subscribe { filters: vec![Filter::new("other", [].into()).unwrap()], since: Some(0) };
    stage.frame(conn, other);
    assert!(stage.channel.has_replays(), "half of it is for the next turn");
}

#[test]
fn who_asks_for_more_than_they_can_read_has_to_come_back() {
    let mut stage = ChannelFixture::new();
    let large = format!("\"{}\"", "x".repeat(1_000_000));
    for _ in 0..4 {
        stage.publish(durable(&large)).unwrap();
    }
    let (conn, _) = stage.device("d", Some(0));
    let mut asked = 0;
    let closed = loop {
        let effects = stage.frame(conn, subscribe(Some(0)));
        asked += 1;
        if let Some(Effect::Close { refusal, .. }) = effects.last() {
            break refusal.close_code();
        }
        assert_eq!(replayed(&effects).len(), 4);
    };
    assert_eq!((closed, asked), (1013, 9), "twice all there can be");
    // Neither time nor sleep nor a heartbeat shows that the device reads.
    let (mut conn, _) = stage.device("d", Some(0));
    for asked in 2..=9 {
        stage.now += 7_000;
        stage.publish(durable("later")).unwrap();
        assert_eq!(stage.frame(conn, Frame::Ping).len(), 1);
        assert_eq!(stage.ack(conn, "of another log", "null"), []);
        stage.sleep(&[conn]);
        conn = 1;
        let effects = stage.frame(conn, subscribe(Some(0)));
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Close { .. })), "{asked}");
    }
    let effects = stage.frame(conn, subscribe(Some(0)));
    assert!(matches!(effects.last(), Some(Effect::Close { refusal, .. }) if refusal.close_code() == 1013));
}

#[test]
fn whoever_answers_may_ask_again() {
    let mut stage = ChannelFixture::new();
    let large = format!("\"{}\"", "x".repeat(1_000_000));
    for _ in 0..4 {
        stage.publish(durable(&large)).unwrap();
    }
    let (conn, _) = stage.device("d", Some(0));
    stage.device("another, so that it stays", None);
    stage.publish(durable("1")).unwrap();
    for n in 0..20 {
        assert_eq!(replayed(&stage.frame(conn, subscribe(Some(0)))).len(), if n == 0 { 5 } else { 4 });
        let effects = stage.ack(conn, "e5", "null");
        assert!(effects.contains(&Effect::Save(conn)), "what it reads is known after a sleep as well");
    }
}

#[test]
fn without_a_device_the_first_answer_ends_it() {
    let mut stage = ChannelFixture::new();
    let plain_conn = stage.plain();
    let (device, _) = stage.device("d1", None);
    stage.publish(durable("1")).unwrap();
    stage.ack(plain_conn, "e1", "null");
    assert_eq!(replayed(&stage.frame(device, subscribe(Some(0)))), [] as [u64; 0]);
}

#[test]
fn a_device_that_has_not_been_here_for_long_is_not_waited_for() {
    let mut stage = ChannelFixture::new();
    stage.device("old", None);
    stage.now += DEVICE_KNOWN_MS;
    let (conn, _) = stage.device("new", None);
    stage.publish(durable("1")).unwrap();
    stage.ack(conn, "e1", "null");
    assert_eq!(stage.store.size().unwrap().0, 0);
}

#[test]
fn envelopes_end_and_too_many_push_the_oldest_out() {
    let mut stage = ChannelFixture::new();
    stage.publish(durable("1")).unwrap();
    stage.now += 60_000;
    assert_eq!(stage.channel.sweep_at(&stage.store).unwrap(), Some(stage.now));
    assert_eq!(replayed(&stage.device("d", Some(0)).1), [] as [u64; 0], "its time is over before it is swept");
    stage.channel.sweep(&mut stage.store, stage.now).unwrap();
    assert_eq!(stage.store.size().unwrap(), (0, 0));
    for _ in 0..CHANNEL_ENVELOPES_MAX {
        stage.publish(durable("1")).unwrap();
    }
    let effects = stage.publish(durable("1")).unwrap();
    assert!(effects.contains(&Effect::Dropped { seq: 2, envelope_id: "e2".into() }));
    let large = format!("\"{}\"", "x".repeat(1_000_000));
    for _ in 0..20 {
        stage.publish(durable(&large)).unwrap();
    }
    let (count, bytes) = stage.store.size().unwrap();
    assert!(count == 16 && bytes <= crate::words::limits::CHANNEL_BYTES_MAX, "{count} {bytes}");
    assert_eq!(stage.store.meta().unwrap().unwrap().head, 1_022, "the head never lowers");
}

#[test]
fn who_speaks_v2_is_greeted_and_told_what_counts() {
    let mut stage = ChannelFixture::new();
    let resume = Some(Resume { epoch: Some(7), since: 1 });
    stage.publish(durable("1")).unwrap();
    stage.publish(durable("2")).unwrap();
    let listener = Listener { id: "c".into(), is_v2: true, resume, ..Listener::default() };
    let (conn, effects) = stage.connect(listener.clone());
    let welcome = ChannelNotification::Welcome { epoch: 7, head: 2, connection: "c".into() };
    assert_eq!(effects[1], Effect::Send { conns: vec![conn], notification: welcome });
    let effects = stage.frame(conn, subscribe(None));
    assert_eq!(
        effects[1],
        Effect::Send { conns: vec![conn], notification: ChannelNotification::Subscribed { count: 1 } }
    );
    assert_eq!(replayed(&effects), [2]);
    assert_eq!(replayed(&stage.frame(conn, subscribe(None))), [] as [u64; 0], "the first subscription used it up");
    let foreign = Listener { resume: Some(Resume { epoch: Some(8), since: 1 }), ..listener };
    let (conn, _) = stage.connect(foreign);
    assert_eq!(replayed(&stage.frame(conn, subscribe(None))), [1, 2], "another log's place: from the beginning");
    let filters = |from: usize| (from..from + 50).map(|n| Filter::new(&n.to_string(), [].into()).unwrap()).collect();
    let full = (0..11).map(|n| stage.frame(conn, Frame::Subscribe { filters: filters(n * 50), since: None }));
    let last = full.last().unwrap();
    assert_eq!(last[1], Effect::Send { conns: vec![conn], notification: ChannelNotification::FilterLimit });
}

#[test]
fn a_publisher_has_a_limit_which_repeats_do_not_use() {
    let mut stage = ChannelFixture::new();
    let rules = ChannelRules { publish: Rule::parse("2/10").unwrap(), ..ChannelRules::default() };
    stage.channel = Channel::open(&stage.store, 7).unwrap().with_rules(rules);
    let keyed = Publish { key: Some("k".into()), ..plain("1") };
    stage.publish(keyed.clone()).unwrap();
    for _ in 0..5 {
        stage.publish(keyed.clone()).unwrap();
    }
    stage.publish(plain("2")).unwrap();
    let refused = stage.publish(plain("3")).unwrap_err();
    assert!(matches!(refused, Denied::Refused(Refusal::RateLimited { retry_after_ms: 1..=10_000 })));
    stage.publish(Publish { publisher: "other".into(), ..plain("4") }).unwrap();
    stage.now += 10_000;
    stage.publish(plain("5")).unwrap();
}

#[test]
fn what_was_stored_counts_also_after_a_sleep() {
    let mut stage = ChannelFixture::new();
    let rules = || ChannelRules { publish: Rule::parse("100/10").unwrap(), ..ChannelRules::default() };
    let wake = |stage: &mut ChannelFixture| stage.channel = Channel::open(&stage.store, 7).unwrap().with_rules(rules());
    wake(&mut stage);
    let durable = || Publish { ttl_ms: Some(60_000), ..plain("1") };
    let limit = |stage: &mut ChannelFixture, publish: Publish| {
        let refused = stage.publish(publish).unwrap_err();
        assert!(matches!(refused, Denied::Refused(Refusal::RateLimited { .. })));
    };
    for _ in 0..100 {
        stage.publish(durable()).unwrap();
        wake(&mut stage);
    }
    limit(&mut stage, durable());
    wake(&mut stage);
    limit(&mut stage, plain("not stored, of the same publisher"));
    stage.publish(Publish { publisher: "other".into(), ..durable() }).unwrap();
    stage.now += 20_000;
    stage.publish(durable()).unwrap();
    assert_eq!(stage.channel.head(), 102);
}

#[test]
fn a_flood_of_frames_closes_its_socket_but_answers_and_heartbeats_are_none() {
    let mut stage = ChannelFixture::new();
    let rules = ChannelRules { frame: Rule::parse("3/10").unwrap(), ..ChannelRules::default() };
    stage.channel = Channel::open(&stage.store, 7).unwrap().with_rules(rules);
    let (conn, other) = (stage.plain(), stage.plain());
    for n in 1..=20 {
        stage.publish(plain("1")).unwrap();
        stage.ack(conn, &format!("e{n}"), "1");
        stage.frame(conn, Frame::Ping);
    }
    stage.frame(conn, Frame::Ignored);
    assert_eq!(stage.ack(conn, "e1", "1"), [], "nobody waits for it, so it counts");
    let closed = stage.frame(conn, Frame::Ignored);
    assert!(matches!(&closed[..], [Effect::Close { refusal: Refusal::RateLimited { .. }, .. }]));
    assert_eq!(stage.frame(conn, Frame::Ping), [], "it is gone");
    stage.publish(plain("1")).unwrap();
    let answers = stage.ack(other, "e21", "2");
    assert!(matches!(&answers[..], [Effect::Answer { answer, .. }] if answer.client_count == 1));
    let closed = stage.frame(other, Frame::TooLarge);
    assert!(matches!(&closed[..], [Effect::Close { refusal: Refusal::TooLarge, .. }, ..]));
}

#[test]
fn of_too_many_devices_those_are_forgotten_that_were_here_longest_ago() {
    let mut stage = ChannelFixture::new();
    stage.publish(durable("1")).unwrap();
    let (first, _) = stage.device("d0", Some(0));
    let (second, _) = stage.device("d1", Some(0));
    stage.ack(first, "e1", "null");
    assert_eq!(stage.store.done_by(1).unwrap(), ["d0"]);
    for n in 2..=CHANNEL_DEVICES_MAX {
        stage.device(&format!("d{n}"), None);
    }
    let known = stage.store.devices(0).unwrap();
    assert_eq!((known.len(), known.iter().any(|device| device == "d0")), (CHANNEL_DEVICES_MAX, false));
    assert!(stage.store.done_by(1).unwrap().is_empty(), "what it has is forgotten with it");
    // It is still connected: its answer makes it a known one, and the next oldest one is removed.
    stage.ack(first, "e1", "null");
    let known = stage.store.devices(0).unwrap();
    assert_eq!((known.len(), known.iter().any(|device| device == "d0")), (CHANNEL_DEVICES_MAX, true));
    assert!(known.iter().all(|device| device != "d1"));
    assert_eq!(stage.store.done_by(1).unwrap(), ["d0"]);
    stage.ack(second, "e1", "null");
    assert_eq!(stage.store.devices(0).unwrap().len(), CHANNEL_DEVICES_MAX);
}

#[test]
fn devices_that_were_not_here_for_long_leave_no_rows() {
    let mut stage = ChannelFixture::new();
    stage.publish(Publish { ttl_ms: Some(2 * DEVICE_KNOWN_MS), ..plain("1") }).unwrap();
    stage.device("waiting", None);
    let (old, _) = stage.device("old", None);
    stage.ack(old, "e1", "null");
    stage.now += DEVICE_KNOWN_MS;
    stage.device("new", None);
    assert_eq!((stage.store.devices(0).unwrap(), stage.store.done_by(1).unwrap()), (vec!["new".to_owned()], vec![]));
}

#[test]
fn of_too_many_keys_those_are_forgotten_that_were_used_longest_ago() {
    let mut stage = ChannelFixture::new();
    let count = CHANNEL_KEYS_MAX + 1;
    for n in 0..count {
        stage.publish(keyed(&format!("k{n}"), plain("1"))).unwrap();
    }
    let (stored, _) = stage.store.keys_size().unwrap();
    assert!(stored <= CHANNEL_KEYS_MAX && stored > CHANNEL_KEYS_MAX / 2, "{stored}");
    let is_replay = |effects: Vec<Effect>| answers(&effects)[0].3;
    assert!(is_replay(stage.publish(keyed(&format!("k{}", count - 1), plain("1"))).unwrap()));
    assert!(!is_replay(stage.publish(keyed("k0", plain("1"))).unwrap()), "it is new");
}

#[test]
fn keys_do_not_keep_more_than_so_many_bytes_of_answers() {
    let mut stage = ChannelFixture::new();
    let conns: Vec<ConnKey> = (0..16).map(|_| stage.plain()).collect();
    let result = format!("\"{}\"", "x".repeat(60_000));
    let per_key = 16 * result.len();
    for n in 1..=CHANNEL_KEYS_BYTES_MAX / per_key + 2 {
        stage.publish(keyed(&format!("k{n}"), plain("1"))).unwrap();
        for conn in &conns {
            stage.ack(*conn, &format!("e{n}"), &result);
        }
        let (_, bytes) = stage.store.keys_size().unwrap();
        assert!(bytes <= CHANNEL_KEYS_BYTES_MAX, "{bytes}");
    }
}
