//! Tests of the whole chain: permissions to write, notifications and their order, actions of tools.

use std::cell::Cell;

use super::*;
use crate::wire::livestore::frame_json;
use crate::words::event::Millis;
use crate::words::limits::{
    CHAIN_CHUNK_BYTES_MAX, CHAIN_EVENT_BYTES_MAX, CHAIN_FIELD_BYTES_MAX, CHAIN_PULLS_MAX, CHAIN_PUSH_EVENTS_MAX,
    CHAIN_TURN_BYTES_MAX,
};
use crate::words::rate::Rule;
use crate::words::refusal::{Fault, Refusal};
use crate::words::socket::ConnKey;

struct ChainFixture {
    chain: Chain,
    store: MemoryChainStore,
    now: u64,
}

impl ChainFixture {
    fn new() -> Self {
        let settings = Settings { admin_secret: Some("secret".into()), object_id: "ab".into(), ..Settings::default() };
        Self { chain: Chain::new(settings), store: MemoryChainStore::default(), now: 1_000 }
    }

    fn connect(&mut self) -> ConnKey {
        self.chain.connect(&self.store, self.now, "here", None).unwrap()
    }

    /// Connects the client `name`.
    fn come(&mut self, name: &str) -> ConnKey {
        self.chain.connect(&self.store, self.now, "here", Some(name)).unwrap()
    }

    fn tick(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.chain.tick(&self.store, self.now, &mut effects).unwrap();
        effects
    }

    fn frame(&mut self, conn: ConnKey, frame: Frame) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.chain.frame(&mut self.store, self.now, conn, frame, &mut effects).unwrap();
        effects
    }

    /// Pushes `count` events on top of `parent`.
    fn push(&mut self, conn: ConnKey, parent: i64, count: i64) -> Vec<Effect> {
        self.push_batch(conn, chain_of("c", parent, count))
    }

    fn push_batch(&mut self, conn: ConnKey, batch: Vec<ChainEvent>) -> Vec<Effect> {
        self.frame(conn, Frame::Push { request_id: "p".into(), batch })
    }

    fn pull(&mut self, conn: ConnKey, after: u64) {
        self.frame(conn, Frame::Pull { request_id: "q".into(), after });
    }

    fn serve(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self.chain.has_work() {
            self.chain.serve(&mut self.store, self.now, &mut effects).unwrap();
        }
        effects
    }

    /// Makes a chain of `count` events, pushed by a client that has left.
    fn filled(count: i64) -> Self {
        let mut stage = Self::new();
        let conn = stage.connect();
        for parent in (0..count).step_by(CHAIN_PUSH_EVENTS_MAX) {
            stage.push(conn, parent, (count - parent).min(CHAIN_PUSH_EVENTS_MAX as i64));
        }
        stage.chain.closed(conn);
        stage
    }
}

fn event(client: &str, seq: i64) -> ChainEvent {
    let args = Some(format!("{{\"z\":{seq},\"a\":1e21}}"));
    ChainEvent { name: "v1.X".into(), args, seq, parent: seq - 1, client: client.into(), session: "s".into() }
}

fn chain_of(client: &str, parent: i64, count: i64) -> Vec<ChainEvent> {
    (1..=count).map(|n| event(client, parent + n)).collect()
}

/// Returns the messages to sockets, in short.
fn sent(effects: &[Effect]) -> Vec<String> {
    let line = |effect: &Effect| match effect {
        Effect::Send { conns, notification } => Some(match notification {
            ChainNotification::Events { events, is_push, remaining, .. } => {
                let range = match (events.first(), events.last()) {
                    (Some(first), Some(last)) => format!("{}-{}", first.event.seq, last.event.seq),
                    _ => "nothing".to_owned(),
                };
                format!("{conns:?} {} {range} then {remaining}", if *is_push { "push" } else { "pull" })
            }
            ChainNotification::Error { message, .. } => format!("{conns:?} {message}"),
            ChainNotification::PushAck { .. } => format!("{conns:?} ack"),
            other => format!("{conns:?} {other:?}"),
        }),
        Effect::Close { conn, code } => Some(format!("close {conn} {code}")),
        Effect::Save(_) | Effect::Rpc { .. } => None,
    };
    effects.iter().filter_map(line).collect()
}

#[test]
fn a_push_is_acknowledged_and_then_told_to_everybody_whole() {
    let mut stage = ChainFixture::new();
    let (a, _) = (stage.connect(), stage.connect());
    assert_eq!(sent(&stage.push(a, 0, 150)), ["[1] ack", "[1, 2] push 1-150 then 0"]);
    assert_eq!(sent(&stage.push(a, 150, 1)), ["[1] ack", "[1, 2] push 151-151 then 0"]);
    assert_eq!(sent(&stage.push(a, 151, 0)), ["[1] ack"], "an empty batch");
    assert_eq!(stage.store.head().unwrap(), 151);
}

#[test]
fn a_conflict_has_the_published_words_and_no_consequence() {
    let mut stage = ChainFixture::filled(3);
    let conn = stage.connect();
    for parent in [4, 1, 17, -1] {
        let answer = stage.push_batch(conn, vec![ChainEvent { name: "other".into(), ..event("d", parent + 1) }]);
        let words = format!("[2] Invalid parent event number. Received e{parent} but expected e3");
        assert_eq!(sent(&answer)[0], words);
    }
    assert_eq!(stage.store.head().unwrap(), 3);
    assert_eq!(sent(&stage.push(conn, 3, 1))[0], "[2] ack", "the socket stays usable");
}

#[test]
fn a_batch_is_a_chain_or_nothing() {
    let mut stage = ChainFixture::filled(2);
    let conn = stage.connect();
    let with = |change: fn(&mut ChainEvent)| {
        let mut batch = chain_of("c", 2, 3);
        change(&mut batch[1]);
        batch
    };
    for (batch, words) in [
        (with(|event| event.seq = 5), "Invalid event sequence in batch at index 1"),
        (with(|event| event.parent = 2), "Invalid event sequence in batch at index 1"),
        (
            with(|event| event.args = Some("x".repeat(CHAIN_EVENT_BYTES_MAX))),
            "Event too large at index 1: at most 1900000 bytes",
        ),
        (
            with(|event| event.name = "x".repeat(CHAIN_FIELD_BYTES_MAX + 1)),
            "Event field too long at index 1: at most 1024 bytes",
        ),
        (
            with(|event| event.client = "x".repeat(CHAIN_FIELD_BYTES_MAX + 1)),
            "Event field too long at index 1: at most 1024 bytes",
        ),
        (chain_of("c", 2, 1_001), "Batch too large: at most 1000 events"),
    ] {
        assert_eq!(sent(&stage.push_batch(conn, batch)), [format!("[2] {words}")]);
        assert_eq!(stage.store.head().unwrap(), 2);
    }
    let empty_names = with(|event| (event.name, event.client, event.session) = Default::default());
    assert_eq!(sent(&stage.push_batch(conn, empty_names))[0], "[2] ack");
}

#[test]
fn of_two_with_the_same_parent_one_wins() {
    let mut stage = ChainFixture::new();
    let (a, b) = (stage.connect(), stage.connect());
    assert_eq!(sent(&stage.push_batch(a, chain_of("a", 0, 1)))[0], "[1] ack");
    let refused = stage.push_batch(b, chain_of("b", 0, 1));
    assert_eq!(sent(&refused), ["[2] Invalid parent event number. Received e0 but expected e1"]);
}

#[test]
fn a_push_whose_ack_was_lost_is_acknowledged_again() {
    let mut stage = ChainFixture::filled(0);
    let conn = stage.connect();
    stage.push(conn, 0, 5);
    assert_eq!(sent(&stage.push(conn, 0, 5)), ["[2] ack"], "all of it was stored");
    assert_eq!(sent(&stage.push(conn, 3, 2)), ["[2] ack"], "the end of it");
    assert_eq!(sent(&stage.push(conn, 0, 8)), ["[2] ack", "[2] push 6-8 then 0"], "newer ones in the same batch");
    assert_eq!(sent(&stage.push(conn, 1, 3)), ["[2] ack"], "all of it, in the middle of the chain");
    assert_eq!(stage.store.head().unwrap(), 8);
    let mut other = chain_of("c", 0, 9);
    other[4].args = None;
    let words = "[2] Invalid parent event number. Received e0 but expected e8";
    assert_eq!(sent(&stage.push_batch(conn, other))[0], words, "a real conflict has the usual words");
    let mut long = ChainFixture::filled(250);
    let conn = long.connect();
    assert_eq!(sent(&long.push(conn, 0, 260)), ["[2] ack", "[2] push 251-260 then 0"]);
}

#[test]
fn a_pull_comes_in_full_pieces_and_ends_with_events() {
    let mut stage = ChainFixture::filled(250);
    let conn = stage.connect();
    stage.pull(conn, 0);
    assert_eq!(
        sent(&stage.serve()),
        ["[2] pull 1-100 then 150", "[2] pull 101-200 then 50", "[2] pull 201-250 then 0"]
    );
    stage.pull(conn, 50);
    assert_eq!(sent(&stage.serve()), ["[2] pull 51-150 then 100", "[2] pull 151-250 then 0"]);
    for after in [250, 251, u64::MAX] {
        stage.pull(conn, after);
        assert_eq!(sent(&stage.serve()), ["[2] pull nothing then 0"]);
    }
}

#[test]
fn large_events_make_smaller_pieces() {
    let mut stage = ChainFixture::new();
    let conn = stage.connect();
    for seq in 1..=5 {
        let args = Some(format!("\"{}\"", "x".repeat(1_800_000)));
        stage.push_batch(conn, vec![ChainEvent { args, ..event("c", seq) }]);
    }
    stage.pull(conn, 0);
    let mut effects = Vec::new();
    stage.chain.serve(&mut stage.store, stage.now, &mut effects).unwrap();
    assert_eq!(sent(&effects), ["[1] pull 1-2 then 3"], "one turn has its end");
    assert!(stage.chain.has_work());
    assert_eq!(sent(&stage.serve()), ["[1] pull 3-4 then 1", "[1] pull 5-5 then 0"]);
}

/// Store that records the number of bytes of its largest returned page.
#[derive(Default)]
struct Counted(MemoryChainStore, Cell<usize>);

impl ChainStore for Counted {
    fn head(&self) -> Result<u64, Fault> {
        self.0.head()
    }
    fn head_at(&self) -> Result<Millis, Fault> {
        self.0.head_at()
    }
    fn read(&self, after: u64, limit: u32, bytes_max: usize) -> Result<Vec<StoredEvent>, Fault> {
        let page = self.0.read(after, limit, bytes_max)?;
        self.1.set(self.1.get().max(page.iter().map(|stored| stored.event.bytes()).sum()));
        Ok(page)
    }
    fn insert(&mut self, events: &[StoredEvent]) -> Result<(), Fault> {
        self.0.insert(events)
    }
    fn backend_id(&self) -> String {
        self.0.backend_id()
    }
    fn clear(&mut self) -> Result<(), Fault> {
        self.0.clear()
    }
    fn sent(&self, client: &str) -> Result<Option<u64>, Fault> {
        self.0.sent(client)
    }
    fn set_sent(&mut self, client: &str, seq: u64, now: Millis) -> Result<(), Fault> {
        self.0.set_sent(client, seq, now)
    }
}

#[test]
fn of_large_events_no_more_is_read_than_is_sent() {
    let (mut chain, mut store, mut effects) = (Chain::new(Settings::default()), Counted::default(), Vec::new());
    let conn = chain.connect(&store, 0, "here", None).unwrap();
    let large = |seq| ChainEvent { args: Some(format!("\"{}\"", "x".repeat(1_890_000))), ..event("c", seq) };
    let push = |batch| Frame::Push { request_id: "p".into(), batch };
    for seq in 1..=60 {
        chain.frame(&mut store, 0, conn, push(vec![large(seq)]), &mut effects).unwrap();
    }
    // Repeated pushes: stored events are compared only as far as necessary.
    chain.frame(&mut store, 0, conn, push(vec![large(1)]), &mut effects).unwrap();
    chain.frame(&mut store, 0, conn, push(vec![large(57), large(58), large(59), large(60)]), &mut effects).unwrap();
    assert!(store.1.get() <= CHAIN_CHUNK_BYTES_MAX, "{} bytes for a push", store.1.get());
    effects.clear();
    chain.frame(&mut store, 0, conn, Frame::Pull { request_id: "q".into(), after: 0 }, &mut effects).unwrap();
    while chain.has_work() {
        chain.serve(&mut store, 0, &mut effects).unwrap();
    }
    assert_eq!(sent(&effects).len(), 30);
    assert_eq!(sent(&effects)[29], "[1] pull 59-60 then 0");
    assert!(store.1.get() <= CHAIN_CHUNK_BYTES_MAX, "{} bytes for a pull", store.1.get());
}

/// Small events are mostly made of the JSON around them.
#[test]
fn a_turn_and_a_message_are_bounded_by_what_leaves() {
    let mut store = MemoryChainStore::default();
    let small = |seq| StoredEvent { event: event("c", seq), created_at: 0 };
    // The rows take a quarter of the messages' size; the second case nearly fills a message by its rows.
    let filling = |seq| {
        let args = Some(format!("\"{}\"", "x".repeat(CHAIN_CHUNK_BYTES_MAX / 100 - 60)));
        StoredEvent { event: ChainEvent { args, ..event("c", seq) }, created_at: 0 }
    };
    let events: Vec<_> = (1..=300).map(filling).chain((301..=40_000).map(small)).collect();
    store.insert(&events).unwrap();
    let (mut chain, mut effects) = (Chain::new(Settings::default()), Vec::new());
    let conn = chain.connect(&store, 0, "here", None).unwrap();
    chain.frame(&mut store, 0, conn, Frame::Pull { request_id: "q".into(), after: 0 }, &mut effects).unwrap();
    let (mut turns, mut last) = (0, 0);
    loop {
        let frames: Vec<usize> = effects
            .drain(..)
            .filter_map(|effect| match effect {
                Effect::Send { notification: notification @ ChainNotification::Events { .. }, .. } => {
                    Some(notification)
                }
                _ => None,
            })
            .map(|notification| {
                if let ChainNotification::Events { events, .. } = &notification {
                    last = events.last().map_or(last, |stored| stored.event.seq);
                }
                frame_json(&notification).len()
            })
            .collect();
        let (largest, all) = (frames.iter().copied().max().unwrap_or(0), frames.iter().sum::<usize>());
        assert!(largest <= CHAIN_CHUNK_BYTES_MAX, "a message of {largest} bytes");
        // The last message of a turn may begin just below the bound.
        assert!(all < CHAIN_TURN_BYTES_MAX + largest, "{all} bytes in one turn");
        if !chain.has_work() {
            break;
        }
        turns += 1;
        chain.serve(&mut store, 0, &mut effects).unwrap();
    }
    assert_eq!(last, 40_000);
    assert!(turns > 4, "{turns} turns");
}

#[test]
fn what_is_pushed_during_a_pull_comes_after_it() {
    let mut stage = ChainFixture::filled(150);
    let (reader, writer) = (stage.connect(), stage.connect());
    stage.pull(reader, 0);
    assert_eq!(sent(&stage.push(writer, 150, 2)), ["[3] ack", "[3] push 151-152 then 0"]);
    assert_eq!(sent(&stage.push(reader, 152, 1)), ["[2] ack", "[3] push 153-153 then 0"]);
    stage.pull(reader, 152);
    assert_eq!(
        sent(&stage.serve()),
        [
            "[2] pull 1-100 then 50",
            "[2] pull 101-150 then 0",
            "[2] push 151-152 then 0",
            "[2] push 153-153 then 0",
            "[2] pull 153-153 then 0"
        ]
    );
}

#[test]
fn two_readers_share_the_turns() {
    let mut stage = ChainFixture::filled(200);
    let (a, b) = (stage.connect(), stage.connect());
    stage.pull(a, 0);
    stage.pull(b, 0);
    let expected =
        ["[2] pull 1-100 then 100", "[3] pull 1-100 then 100", "[2] pull 101-200 then 0", "[3] pull 101-200 then 0"];
    assert_eq!(sent(&stage.serve()), expected);
    stage.pull(a, 0);
    stage.chain.closed(a);
    assert!(!stage.chain.has_work(), "nobody reads for a socket that is gone");
}

#[test]
fn who_came_back_gets_what_it_missed_after_its_conflict_and_only_then() {
    let mut stage = ChainFixture::filled(150);
    let conn = stage.connect();
    let stale = chain_of("other", 20, 1);
    let refused = sent(&stage.push_batch(conn, stale.clone()));
    assert_eq!(refused, ["[2] Invalid parent event number. Received e20 but expected e150"]);
    assert_eq!(sent(&stage.serve()), ["[2] push 21-120 then 0", "[2] push 121-150 then 0"]);
    stage.push_batch(conn, stale.clone());
    assert_eq!(sent(&stage.serve()), [] as [&str; 0], "once");
    let fresh = stage.connect();
    stage.pull(fresh, 150);
    stage.serve();
    stage.push_batch(fresh, stale.clone());
    assert!(!stage.chain.has_work(), "who pulled knows");
    let up_to_date = stage.connect();
    stage.push(conn, 150, 1);
    let behind = chain_of("other", 150, 1);
    stage.push_batch(up_to_date, behind);
    assert!(!stage.chain.has_work(), "it has got what it missed: the broadcast");
    let link = stage.chain.link(conn).unwrap().clone();
    assert!(link.has_got && !link.has_pulled && link.head_at_connect == 150);
    let stored = serde_json::to_string(&link).unwrap();
    assert_eq!(serde_json::from_str::<Link>(&stored).unwrap(), link);
}

#[test]
fn tools_need_the_secret() {
    let mut stage = ChainFixture::filled(3);
    let (conn, other) = (stage.connect(), stage.connect());
    let info = |secret: &str| Frame::AdminInfo { request_id: "i".into(), secret: secret.into() };
    let reset = |secret: &str| Frame::AdminReset { request_id: "x".into(), secret: secret.into() };
    let answer = ChainNotification::AdminInfo { request_id: "i".into(), object_id: "ab".into() };
    assert_eq!(stage.frame(conn, info("secret")), [Effect::Send { conns: vec![conn], notification: answer }]);
    for wrong in ["", "Secret", "secret ", "s"] {
        assert_eq!(sent(&stage.frame(conn, reset(wrong))), ["[2] Invalid admin secret"]);
    }
    assert_eq!(stage.store.head().unwrap(), 3);
    stage.pull(other, 0);
    let done = sent(&stage.frame(conn, reset("secret")));
    assert_eq!(done, ["[2] AdminReset { request_id: \"x\" }", "close 3 1012"]);
    assert!(!stage.chain.has_work());
    assert_eq!(sent(&stage.push(conn, 0, 1)), ["[2] ack", "[2] push 1-1 then 0"], "the next event is the first");
    for secret in [None, Some("")] {
        for given in ["", "x"] {
            assert!(!is_secret(secret, given), "closed without a secret");
        }
    }
}

#[test]
fn who_floods_is_sent_away_and_others_are_not() {
    let mut stage = ChainFixture::filled(3);
    let rule = |text| Rule::parse(text).unwrap();
    let rules = ChainRules { connect: rule("2/10"), frame: rule("3/10") };
    stage.chain = Chain::new(Settings { rules, ..Settings::default() });
    let (conn, other) = (stage.connect(), stage.connect());
    for _ in 0..20 {
        stage.frame(conn, Frame::Ping { request_id: "p".into() });
    }
    stage.pull(conn, 0);
    stage.pull(conn, 2);
    assert_eq!(sent(&stage.push(conn, 3, 1)).first().map(String::as_str), Some("[1] ack"));
    for n in 4..=9 {
        let limited = ["[1] Too fast. Try again in 10 s."];
        assert_eq!(sent(&stage.push(conn, 4, 1)), limited, "frame {n}: an answer, and nothing of it is stored");
    }
    assert_eq!(sent(&stage.frame(conn, Frame::Unusable { request_id: None, reason: "" })), ["close 1 4429"]);
    assert_eq!(stage.store.head().unwrap(), 4);
    assert_eq!(sent(&stage.frame(conn, Frame::Ping { request_id: "p".into() })), [] as [&str; 0]);
    assert_eq!(sent(&stage.push(other, 4, 1)).first().map(String::as_str), Some("[2] ack"));

    for address in ["a", "a", "b"] {
        assert_eq!(stage.chain.admit(address, stage.now), Ok(()));
    }
    assert!(matches!(stage.chain.admit("a", stage.now), Err(Refusal::RateLimited { retry_after_ms: 1..=10_000 })));
    assert_eq!(stage.chain.admit("a", stage.now + 10_000), Ok(()));
}

#[test]
fn nobody_makes_the_chain_remember_without_end() {
    let mut stage = ChainFixture::filled(3);
    let (conn, writer) = (stage.connect(), stage.connect());
    for _ in 0..CHAIN_PULLS_MAX {
        stage.pull(conn, 0);
    }
    assert_eq!(sent(&stage.frame(conn, Frame::Pull { request_id: "q".into(), after: 0 })), ["close 2 1013"]);
    assert!(!stage.chain.has_work());
    assert_eq!(sent(&stage.push(writer, 3, 1)), ["[3] ack", "[3] push 4-4 then 0"], "the others are not disturbed");
}

#[test]
fn small_talk() {
    let mut stage = ChainFixture::new();
    let conn = stage.connect();
    let unusable = |id: Option<&str>| Frame::Unusable { request_id: id.map(str::to_owned), reason: "Invalid message" };
    assert_eq!(sent(&stage.frame(conn, Frame::Ping { request_id: "x".into() })), ["[1] Pong { request_id: \"x\" }"]);
    assert_eq!(sent(&stage.frame(conn, unusable(Some("r")))), ["[1] Invalid message"]);
    assert_eq!(stage.frame(conn, unusable(None)), []);
    assert_eq!(sent(&stage.frame(conn, Frame::TooLarge)), ["close 1 1009"]);
}

#[test]
fn the_clock_of_a_chain_never_goes_back() {
    let mut stage = ChainFixture::new();
    let conn = stage.connect();
    stage.push(conn, 0, 2);
    stage.now -= 500;
    stage.push(conn, 2, 1);
    let times: Vec<u64> = stage.store.read(0, 9, usize::MAX).unwrap().iter().map(|stored| stored.created_at).collect();
    assert_eq!(times, [1_000, 1_000, 1_000]);
}

/// Makes a stage on which `a` has seen 3 events and left, and another client wrote 2 more.
fn left_behind() -> (ChainFixture, ConnKey) {
    let mut stage = ChainFixture::new();
    let writer = stage.connect();
    stage.push(writer, 0, 3);
    let a = stage.come("a");
    stage.pull(a, 0);
    assert_eq!(sent(&stage.serve()), ["[2] pull 1-3 then 0"]);
    stage.chain.closed(a);
    stage.push(writer, 3, 2);
    (stage, writer)
}

#[test]
fn a_client_that_came_back_without_asking_is_told_what_it_missed_first() {
    let (mut stage, writer) = left_behind();
    let a = stage.come("a");
    assert_eq!(stage.chain.timer_at(), Some(stage.now + 1_000));
    assert_eq!(sent(&stage.push(writer, 5, 1)), ["[1] ack", "[1] push 6-6 then 0"], "it waits");
    assert_eq!(sent(&stage.tick()), [] as [&str; 0]);
    stage.now += 1_000;
    stage.tick();
    assert_eq!(stage.chain.timer_at(), None);
    assert_eq!(sent(&stage.serve()), ["[3] push 4-6 then 0"]);
    assert_eq!(sent(&stage.push(writer, 6, 1)), ["[1] ack", "[1, 3] push 7-7 then 0"]);
    stage.chain.closed(a);
    let again = stage.come("a");
    assert_eq!(stage.chain.link(again).unwrap().held_until, None, "it has missed nothing");
}

#[test]
fn a_client_that_came_back_and_asks_gets_its_answer_only() {
    let (mut stage, writer) = left_behind();
    let a = stage.come("a");
    stage.pull(a, 0);
    assert_eq!(sent(&stage.serve()), ["[3] pull 1-5 then 0"]);
    stage.now += 1_000;
    stage.tick();
    assert_eq!(sent(&stage.serve()), [] as [&str; 0]);
    assert_eq!(sent(&stage.push(writer, 5, 1))[1], "[1, 3] push 6-6 then 0");
}

#[test]
fn a_client_that_came_back_and_writes_says_where_it_stands() {
    let (mut stage, _) = left_behind();
    let a = stage.come("a");
    let refused = stage.push_batch(a, chain_of("a", 3, 1));
    assert_eq!(sent(&refused), ["[3] Invalid parent event number. Received e3 but expected e5"]);
    assert_eq!(sent(&stage.serve()), ["[3] push 4-5 then 0"]);
    assert_eq!(sent(&stage.push(a, 5, 1)), ["[3] ack", "[1, 3] push 6-6 then 0"]);

    let (mut stage, writer) = left_behind();
    let a = stage.come("a");
    stage.push(writer, 5, 1);
    let refused = stage.push_batch(a, chain_of("a", 5, 1));
    assert_eq!(sent(&refused), ["[3] Invalid parent event number. Received e5 but expected e6"]);
    assert_eq!(sent(&stage.serve()), ["[3] push 6-6 then 0"], "it knew more than was noted");
    stage.chain.closed(a);
    let a = stage.come("a");
    assert_eq!(
        sent(&stage.push(a, 6, 1)),
        ["[4] ack", "[1, 4] push 7-7 then 0"],
        "on top of the head nothing was missed"
    );
}

#[test]
fn strangers_are_not_held_and_a_reset_forgets_everybody() {
    let (mut stage, writer) = left_behind();
    let b = stage.come("b");
    assert_eq!(sent(&stage.push(writer, 5, 1))[1], format!("[1, {b}] push 6-6 then 0"));
    stage.frame(writer, Frame::AdminReset { request_id: "r".into(), secret: "secret".into() });
    let a = stage.come("a");
    assert_eq!(stage.chain.link(a).unwrap().held_until, None);
}

#[test]
fn what_a_hook_refuses_is_an_error_to_the_sender_and_nothing_else() {
    let mut stage = ChainFixture::new();
    let (writer, reader) = (stage.connect(), stage.connect());
    let push = |parent| Frame::Push { request_id: "p".into(), batch: chain_of("c", parent, 2) };
    let asked = Cell::new(0);
    let on_push = |batch: &[ChainEvent]| {
        asked.set(asked.get() + 1);
        if batch.iter().any(|event| event.seq == 2) { Err("not the second") } else { Ok(()) }
    };
    let never = |_: u64| -> HookResult { Err("not this") };
    // The push is refused at every try; nothing is stored, and no other client is notified.
    for _ in 0..3 {
        let frame = admitted(push(0), on_push, never);
        assert_eq!(sent(&stage.frame(writer, frame)), [format!("[{writer}] not the second")]);
    }
    assert_eq!((stage.store.head(), asked.get()), (Ok(0), 3));
    // Other clients continue, over the same socket and over others.
    let allowed = |_: &[ChainEvent]| -> HookResult { Ok(()) };
    let frame = admitted(push(0), allowed, never);
    let answers = sent(&stage.frame(writer, frame));
    assert_eq!(answers[0], format!("[{writer}] ack"));
    assert_eq!(sent(&stage.push(reader, 2, 1))[0], format!("[{reader}] ack"));
    assert_eq!(stage.store.head(), Ok(3));
    // A pull has a hook of its own; frames that are neither push nor pull have none.
    let pull = Frame::Pull { request_id: "q".into(), after: 0 };
    let frame = admitted(pull.clone(), allowed, never);
    assert_eq!(sent(&stage.frame(reader, frame)), [format!("[{reader}] not this")]);
    assert!(stage.serve().is_empty());
    let ping = Frame::Ping { request_id: "r".into() };
    assert_eq!(admitted(ping.clone(), |_| Err("no"), never), ping);
    assert_eq!(admitted(pull.clone(), |_| Err("no"), |_| Ok(())), pull);
}
