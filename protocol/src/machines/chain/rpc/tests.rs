//! Tests of sockets of version 0.4: pages and their acknowledgements, pushes and their errors, sockets that wait in vain.

use super::*;
use crate::machines::chain::{
    Chain, ChainEvent, ChainRules, ChainStore, Effect, Frame, HookResult, MemoryChainStore, Settings, StoredEvent,
    StoredLink, admitted_rpc,
};
use crate::wire::livestore::rpc_json;
use crate::words::event::Millis;
use crate::words::limits::{CHAIN_PULLS_MAX, RPC_FIRST_REQUEST_MS, RPC_PAGE_BYTES_MAX};
use crate::words::rate::Rule;
use crate::words::refusal::Fault;
use crate::words::socket::ConnKey;

struct RpcFixture {
    chain: Chain,
    store: MemoryChainStore,
    now: u64,
}

impl RpcFixture {
    fn new() -> Self {
        let settings = Settings { admin_secret: Some("secret".into()), ..Settings::default() };
        Self { chain: Chain::new(settings), store: MemoryChainStore::default(), now: 1_000 }
    }

    /// Makes a log of `count` events.
    fn filled(count: i64) -> Self {
        let mut stage = Self::new();
        let conn = stage.connect();
        for parent in (0..count).step_by(1_000) {
            stage.push(conn, parent, (count - parent).min(1_000));
        }
        stage.chain.closed(conn);
        stage
    }

    fn connect(&mut self) -> ConnKey {
        self.chain.connect_rpc(&self.store, self.now).unwrap()
    }

    /// Carries a frame out, and everything that follows from it.
    fn frame(&mut self, conn: ConnKey, frame: RpcFrame) -> Vec<String> {
        let mut effects = Vec::new();
        self.chain.rpc_frame(&mut self.store, self.now, conn, frame, &mut effects).unwrap();
        while self.chain.has_work() {
            self.chain.serve(&mut self.store, self.now, &mut effects).unwrap();
        }
        said(&effects)
    }

    fn pull(&mut self, conn: ConnKey, id: &str, after: u64, is_live: bool) -> Vec<String> {
        let cursor = (after > 0).then(|| RpcCursor { backend_id: self.store.backend_id(), after });
        self.frame(conn, RpcFrame::Pull { request_id: id.into(), cursor, is_live })
    }

    fn ack(&mut self, conn: ConnKey, id: &str) -> Vec<String> {
        self.frame(conn, RpcFrame::Ack { request_id: id.into() })
    }

    fn push(&mut self, conn: ConnKey, parent: i64, count: i64) -> Vec<String> {
        self.push_batch(conn, chain_of(parent, count))
    }

    fn push_batch(&mut self, conn: ConnKey, batch: Vec<ChainEvent>) -> Vec<String> {
        self.frame(conn, RpcFrame::Push(RpcPush { request_id: "p".into(), batch, backend_id: None }))
    }

    fn tick(&mut self) -> Vec<String> {
        let mut effects = Vec::new();
        self.chain.tick(&self.store, self.now, &mut effects).unwrap();
        said(&effects)
    }
}

fn event(seq: i64) -> ChainEvent {
    let args = Some(format!("{{\"z\":{seq},\"a\":1e21}}"));
    ChainEvent { name: "v1.X".into(), args, seq, parent: seq - 1, client: "c".into(), session: "s".into() }
}

fn chain_of(parent: i64, count: i64) -> Vec<ChainEvent> {
    (1..=count).map(|n| event(parent + n)).collect()
}

/// Returns the messages to sockets of version 0.4, in short.
fn said(effects: &[Effect]) -> Vec<String> {
    let line = |effect: &Effect| match effect {
        Effect::Rpc { conn, notification } => Some(match notification {
            RpcNotification::Page { request_id, page } => {
                let range = match (page.events.first(), page.events.last()) {
                    (Some(first), Some(last)) => format!("{}-{}", first.event.seq, last.event.seq),
                    _ => "nothing".to_owned(),
                };
                format!("{conn} {request_id}: {range} then {}", page.remaining)
            }
            RpcNotification::Pushed { .. } => format!("{conn} stored"),
            RpcNotification::Pulled { request_id } => format!("{conn} {request_id}: over"),
            RpcNotification::Failed { failure: RpcFailure::Unknown { message }, .. } => format!("{conn} {message}"),
            RpcNotification::Failed { failure, .. } => format!("{conn} {failure:?}"),
            RpcNotification::Died { request_id, .. } => format!("{conn} {request_id}: died"),
            other => format!("{conn} {other:?}"),
        }),
        Effect::Close { conn, code } => Some(format!("close {conn} {code}")),
        Effect::Save(_) | Effect::Send { .. } => None,
    };
    effects.iter().filter_map(line).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_page_waits_for_the_acknowledgement_of_the_one_before() {
    let mut stage = RpcFixture::filled(250);
    let conn = stage.connect();
    assert_eq!(stage.pull(conn, "0", 0, true), ["2 0: 1-100 then 150"]);
    assert_eq!(stage.ack(conn, "0"), ["2 0: 101-200 then 50"]);
    assert_eq!(stage.push(conn, 250, 2), ["2 stored"], "an event does not overtake a page");
    assert_eq!(stage.ack(conn, "0"), ["2 0: 201-252 then 0"]);
    assert_eq!(stage.ack(conn, "0"), NOTHING);
    assert_eq!(stage.ack(conn, "0"), NOTHING, "one more than pages is no harm");
    assert_eq!(stage.push(conn, 252, 1), ["2 stored", "2 0: 253-253 then 0"], "the pusher is told, too");
}

#[test]
fn a_pull_without_events_has_one_empty_page() {
    let mut stage = RpcFixture::filled(3);
    let conn = stage.connect();
    for (id, after) in [("0", 3), ("1", 9), ("2", u64::MAX)] {
        assert_eq!(stage.pull(conn, id, after, true), [format!("2 {id}: nothing then 0")]);
        assert_eq!(stage.ack(conn, id), NOTHING);
    }
    assert_eq!(stage.push(conn, 3, 1), ["2 stored", "2 0: 4-4 then 0"]);
    let mut empty = RpcFixture::new();
    let conn = empty.connect();
    assert_eq!(empty.pull(conn, "0", 0, false), ["1 0: nothing then 0", "1 0: over"]);
}

#[test]
fn a_pull_that_is_not_live_ends_behind_its_last_page() {
    let mut stage = RpcFixture::filled(150);
    let conn = stage.connect();
    assert_eq!(stage.pull(conn, "0", 0, false), ["2 0: 1-100 then 50"]);
    assert_eq!(stage.ack(conn, "0"), ["2 0: 101-150 then 0", "2 0: over"]);
    assert_eq!(stage.ack(conn, "0"), NOTHING, "the acknowledgement of the last page");
    assert_eq!(stage.push(conn, 150, 1), ["2 stored"], "nothing more to a pull that ended");
    assert_eq!(stage.ack(conn, "0"), ["close 2 1012"]);
}

#[test]
fn each_live_pull_has_its_own_pages_until_it_is_given_up() {
    let mut stage = RpcFixture::new();
    let (a, b) = (stage.connect(), stage.connect());
    for (conn, id) in [(a, "0"), (a, "1"), (b, "0")] {
        stage.pull(conn, id, 0, true);
        stage.ack(conn, id);
    }
    assert_eq!(stage.push(a, 0, 1), ["1 stored", "1 0: 1-1 then 0", "1 1: 1-1 then 0", "2 0: 1-1 then 0"]);
    assert_eq!(stage.frame(a, RpcFrame::Interrupt { request_id: "1".into() }), NOTHING);
    assert_eq!(stage.ack(a, "1"), NOTHING, "it was on its way");
    stage.ack(a, "0");
    assert_eq!(stage.push(b, 1, 1), ["2 stored", "1 0: 2-2 then 0"], "one page of the other is on its way");
    assert_eq!(stage.ack(b, "0"), ["2 0: 2-2 then 0"]);
    assert_eq!(stage.frame(a, RpcFrame::Interrupt { request_id: "p".into() }), NOTHING, "a push that is done");
    assert_eq!(stage.store.head(), Ok(2));
}

#[test]
fn pages_are_bounded_by_their_bytes() {
    let mut stage = RpcFixture::new();
    let conn = stage.connect();
    let sized = |seq, length: usize| ChainEvent {
        args: Some(format!("\"{}\"", "x".repeat(length))),
        name: "\u{1}".repeat(1_000),
        ..event(seq)
    };
    stage.push_batch(conn, (1..=40).map(|seq| sized(seq, 50_000)).collect());
    let mut effects = Vec::new();
    let pull = RpcFrame::Pull { request_id: "0".into(), cursor: None, is_live: false };
    stage.chain.rpc_frame(&mut stage.store, 0, conn, pull, &mut effects).unwrap();
    for _ in 0..3 {
        while stage.chain.has_work() {
            stage.chain.serve(&mut stage.store, 0, &mut effects).unwrap();
        }
        let ack = RpcFrame::Ack { request_id: "0".into() };
        stage.chain.rpc_frame(&mut stage.store, 0, conn, ack, &mut effects).unwrap();
    }
    let pages: Vec<usize> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Rpc { notification: page @ RpcNotification::Page { .. }, .. } => Some(rpc_json(page).len()),
            _ => None,
        })
        .collect();
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|bytes| *bytes <= RPC_PAGE_BYTES_MAX), "{pages:?}");
    assert!(said(&effects).iter().any(|line| line == "1 0: over"));
}

#[test]
fn an_event_that_fits_no_page_is_refused_and_one_of_an_older_client_is_a_page_of_its_own() {
    let mut stage = RpcFixture::new();
    let conn = stage.connect();
    let large = ChainEvent { args: Some(format!("\"{}\"", "x".repeat(RPC_PAGE_BYTES_MAX))), ..event(1) };
    assert_eq!(stage.push_batch(conn, vec![large.clone()]), ["1 Event too large at index 0: at most 890000 bytes"]);
    assert_eq!(stage.store.head(), Ok(0));
    let old = stage.chain.connect(&stage.store, 0, "here", None).unwrap();
    let push = Frame::Push { request_id: "p".into(), batch: vec![large, event(2)] };
    stage.chain.frame(&mut stage.store, 0, old, push, &mut Vec::new()).unwrap();
    assert_eq!(stage.pull(conn, "0", 0, false), ["1 0: 1-1 then 1"]);
    assert_eq!(stage.ack(conn, "0"), ["1 0: 2-2 then 0", "1 0: over"]);
}

#[test]
fn pushes_are_refused_with_the_errors_that_the_client_knows() {
    let mut stage = RpcFixture::filled(3);
    let conn = stage.connect();
    for parent in [4, 1, 17] {
        let foreign = vec![ChainEvent { name: "other".into(), ..event(parent + 1) }];
        let expected = format!("2 ServerAhead {{ expected: 3, provided: {parent} }}");
        assert_eq!(stage.push_batch(conn, foreign), [expected]);
    }
    let mut gap = chain_of(3, 3);
    gap.remove(1);
    assert_eq!(stage.push_batch(conn, gap), ["2 Invalid event sequence in batch at index 1"]);
    assert_eq!(stage.push_batch(conn, vec![]), ["2 stored"]);
    assert_eq!(stage.push(conn, 0, 3), ["2 stored"], "all of it was stored before");
    let backend = |backend_id: &str| {
        let backend_id = Some(backend_id.to_owned());
        RpcFrame::Push(RpcPush { request_id: "p".into(), batch: chain_of(3, 1), backend_id })
    };
    let mismatch = "2 BackendId { expected: \"life-0\", received: \"life-9\" }";
    assert_eq!(stage.frame(conn, backend("life-9")), [mismatch]);
    assert_eq!(stage.store.head(), Ok(3));
    let foreign = RpcCursor { backend_id: "life-9".into(), after: 1 };
    let pull = RpcFrame::Pull { request_id: "0".into(), cursor: Some(foreign), is_live: true };
    assert_eq!(stage.frame(conn, pull), [mismatch]);
    assert_eq!(stage.frame(conn, backend("life-0")), ["2 stored"]);
}

#[test]
fn both_versions_have_one_log() {
    let mut stage = RpcFixture::new();
    let new = stage.connect();
    let old = stage.chain.connect(&stage.store, 0, "here", None).unwrap();
    stage.pull(new, "0", 0, true);
    stage.ack(new, "0");
    let mut effects = Vec::new();
    let push = Frame::Push { request_id: "p".into(), batch: chain_of(0, 2) };
    stage.chain.frame(&mut stage.store, 0, old, push, &mut effects).unwrap();
    stage.chain.serve(&mut stage.store, 0, &mut effects).unwrap();
    assert_eq!(said(&effects), [format!("{new} 0: 1-2 then 0")]);
    effects.clear();
    let push = RpcPush { request_id: "7".into(), batch: chain_of(2, 1), backend_id: None };
    assert_eq!(stage.chain.push_rpc(&mut stage.store, 0, push, &mut effects), Ok(Ok(())));
    assert!(matches!(&effects[..], [Effect::Send { conns, .. }] if conns == &[old]), "{effects:?}");
}

#[test]
fn a_socket_without_a_request_is_closed_and_one_with_is_not() {
    let mut stage = RpcFixture::filled(1);
    let (silent, asking) = (stage.connect(), stage.connect());
    assert_eq!(stage.chain.request_by(), Some(1_000 + RPC_FIRST_REQUEST_MS));
    stage.frame(silent, RpcFrame::Ping);
    stage.pull(asking, "0", 1, true);
    stage.now += RPC_FIRST_REQUEST_MS;
    assert_eq!(stage.tick(), [format!("close {silent} 1012")]);
    assert_eq!((stage.chain.request_by(), stage.tick().len()), (None, 0));
    assert_eq!(stage.pull(silent, "0", 0, true), NOTHING, "its close was ordered");
    assert_eq!(stage.ack(asking, "9"), [format!("close {asking} 1012")], "a request of an older socket");
}

#[test]
fn pulls_go_on_after_a_sleep_where_they_were() {
    let mut stage = RpcFixture::filled(250);
    let conn = stage.connect();
    stage.pull(conn, "0", 0, true);
    stage.pull(conn, "1", 250, true);
    stage.ack(conn, "1");
    let stored = serde_json::to_string(&stage.chain.stored_link(conn).unwrap()).unwrap();
    stage.chain = Chain::new(Settings::default());
    let link: StoredLink = serde_json::from_str(&stored).unwrap();
    let conn = stage.chain.restore_stored(&stage.store, link).unwrap();
    assert!(!stage.chain.has_work(), "one page is on its way, and the other pull has everything");
    assert_eq!(stage.ack(conn, "0"), ["1 0: 101-200 then 50"]);
    assert_eq!(stage.push(conn, 250, 1), ["1 stored", "1 1: 251-251 then 0"]);
    // It was not yet told of two events when the object fell asleep.
    let mut behind: RpcLink = stage.chain.rpc_link(conn).unwrap().clone();
    behind.pulls.remove(0);
    (behind.pulls[0].is_ack_due, behind.pulls[0].after) = (false, 249);
    stage.chain = Chain::new(Settings::default());
    let conn = stage.chain.restore_rpc(&stage.store, behind).unwrap();
    assert!(stage.chain.has_work());
    assert_eq!(stage.frame(conn, RpcFrame::Eof), ["1 1: 250-251 then 0"]);
}

#[test]
fn a_link_of_an_older_version_is_still_read() {
    let stage = RpcFixture::new();
    let old = r#"{"link":{"place":"p","head_at_connect":4,"has_pulled":true,"has_got":false,"client":null,"held_until":null}}"#;
    let link: StoredLink = serde_json::from_str(old).unwrap();
    assert_eq!(link.head_at_connect(), 4);
    assert!(matches!(link, StoredLink::Socket(link) if link.has_pulled));
    assert_eq!(stage.chain.request_by(), None);
}

#[test]
fn a_reset_begins_another_life_and_closes_everybody() {
    let mut stage = RpcFixture::filled(3);
    let conn = stage.connect();
    stage.pull(conn, "0", 0, true);
    let tool = stage.chain.connect(&stage.store, 0, "here", None).unwrap();
    let before = stage.store.backend_id();
    let mut effects = Vec::new();
    let reset = Frame::AdminReset { request_id: "r".into(), secret: "secret".into() };
    stage.chain.frame(&mut stage.store, 0, tool, reset, &mut effects).unwrap();
    assert_eq!(said(&effects), [format!("close {conn} 1012")]);
    assert_ne!(stage.store.backend_id(), before);
}

#[test]
fn undecodable_frames_end_what_they_name() {
    let mut stage = RpcFixture::filled(1);
    let conn = stage.connect();
    stage.pull(conn, "0", 1, true);
    stage.ack(conn, "0");
    let undecodable = |id: Option<&str>| RpcFrame::Undecodable { request_id: id.map(str::to_owned), reason: "no" };
    assert_eq!(stage.frame(conn, undecodable(Some("1"))), ["2 1: died"]);
    assert_eq!(stage.frame(conn, undecodable(None)), ["2 Defect { reason: \"no\" }"]);
    assert_eq!(stage.frame(conn, RpcFrame::Ping), ["2 Pong"]);
    assert_eq!(stage.push(conn, 1, 1), ["2 stored", "2 0: 2-2 then 0"], "the others live on");
    assert_eq!(stage.pull(conn, "0", 0, true), ["2 0: died"], "an id names one request");
    assert_eq!(stage.push(conn, 2, 1), ["2 stored"]);
    assert_eq!(stage.frame(conn, RpcFrame::TooLarge), ["close 2 1009"]);
}

#[test]
fn nobody_opens_pulls_without_end() {
    let mut stage = RpcFixture::filled(1);
    let (conn, other) = (stage.connect(), stage.connect());
    for id in 0..CHAIN_PULLS_MAX {
        stage.pull(conn, &id.to_string(), 1, true);
    }
    assert_eq!(stage.pull(conn, "more", 1, true), ["close 2 1013"]);
    assert_eq!(stage.push(other, 1, 1), ["3 stored"]);
}

#[test]
fn above_the_rate_a_push_is_answered_and_a_pull_closes_the_socket() {
    let mut stage = RpcFixture::filled(1);
    let rules = ChainRules { frame: Rule::parse("2/10").unwrap(), ..ChainRules::default() };
    stage.chain = Chain::new(Settings { rules, ..Settings::default() });
    let conn = stage.connect();
    stage.pull(conn, "0", 1, true);
    stage.ack(conn, "0");
    assert_eq!(stage.push(conn, 1, 1)[0], "1 stored");
    assert_eq!(stage.push(conn, 2, 1), ["1 Too fast. Try again in 10 s."]);
    assert_eq!(stage.pull(conn, "1", 1, true), ["close 1 4429"]);
    assert_eq!(stage.store.head(), Ok(2));
}

#[test]
fn what_a_hook_refuses_is_an_error_of_a_push_and_closes_the_socket_of_a_pull() {
    let mut stage = RpcFixture::new();
    let conn = stage.connect();
    let no = |_: &[ChainEvent]| -> HookResult { Err("not this") };
    let never = |_: u64| -> HookResult { Err("not you") };
    let push = RpcFrame::Push(RpcPush { request_id: "p".into(), batch: chain_of(0, 1), backend_id: None });
    assert_eq!(stage.frame(conn, admitted_rpc(push, no, never)), ["1 not this"]);
    assert_eq!(stage.store.head(), Ok(0));
    let pull = RpcFrame::Pull { request_id: "0".into(), cursor: None, is_live: true };
    assert_eq!(admitted_rpc(pull.clone(), no, |_| Ok(())), pull);
    assert_eq!(stage.frame(conn, admitted_rpc(pull, no, never)), ["close 1 1008"]);
}

/// Log of which nothing can be read.
struct Unreadable(MemoryChainStore);

impl ChainStore for Unreadable {
    fn head(&self) -> Result<u64, Fault> {
        self.0.head()
    }
    fn head_at(&self) -> Result<Millis, Fault> {
        self.0.head_at()
    }
    fn read(&self, _after: u64, _limit: u32, _bytes_max: usize) -> Result<Vec<StoredEvent>, Fault> {
        Err(Fault("unreadable".into()))
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
fn a_socket_whose_page_cannot_be_read_is_among_those_that_a_fault_closes() {
    let mut stage = RpcFixture::filled(1);
    let (conn, other) = (stage.connect(), stage.connect());
    stage.pull(other, "0", 1, true);
    let mut effects = Vec::new();
    let pull = RpcFrame::Pull { request_id: "0".into(), cursor: None, is_live: true };
    stage.chain.rpc_frame(&mut stage.store, 0, conn, pull, &mut effects).unwrap();
    let mut unreadable = Unreadable(stage.store.clone());
    assert!(stage.chain.serve(&mut unreadable, 0, &mut effects).is_err());
    assert_eq!(stage.chain.busy(), [conn]);
}

#[test]
fn a_pull_by_http_reads_the_log_as_it_was_at_its_beginning() {
    let mut stage = RpcFixture::filled(150);
    let mut reading = RpcReading::begin(&stage.store, None).unwrap().unwrap();
    let mut ranges = Vec::new();
    while let Some(page) = reading.read_next(&stage.store).unwrap().unwrap() {
        ranges.push((page.events.len(), page.remaining));
        let (conn, head) = (stage.connect(), stage.store.head().unwrap() as i64);
        stage.push(conn, head, 1);
    }
    assert_eq!(ranges, [(100, 50), (50, 0)]);
    let cursor = |backend_id: &str| RpcCursor { backend_id: backend_id.into(), after: 900 };
    let mut empty = RpcReading::begin(&stage.store, Some(&cursor("life-0"))).unwrap().unwrap();
    assert_eq!(empty.read_next(&stage.store).unwrap().unwrap().map(|page| page.events.len()), Some(0));
    assert_eq!(empty.read_next(&stage.store).unwrap().unwrap(), None);
    assert!(RpcReading::begin(&stage.store, Some(&cursor("life-1"))).unwrap().is_err());
    let mut cut = RpcReading::begin(&stage.store, None).unwrap().unwrap();
    stage.store.clear().unwrap();
    assert!(matches!(cut.read_next(&stage.store), Ok(Err(RpcFailure::BackendId { .. }))));
    assert_eq!(cut.read_next(&stage.store), Ok(Ok(None)));
}
