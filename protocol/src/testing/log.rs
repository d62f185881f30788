//! Promises of every [`LogStore`] (`core.md` 1 and 2).

use super::{ODD_TEXTS, at, id, said};
use crate::log::{LogMeta, LogStore, StoredId};
use crate::words::event::{Event, Kind};
use crate::words::limits::SEQ_MAX;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("log.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! log_promises {
    ($new:expr) => {
        $crate::promises!(
            log,
            $new,
            [
                a_log_that_nobody_made_has_no_numbers,
                a_log_has_the_numbers_that_it_was_made_with,
                an_event_reads_as_it_was_written,
                texts_are_kept_to_the_letter,
                the_largest_numbers_are_kept,
                an_id_is_taken_once,
                ids_differ_in_every_letter,
                an_event_is_found_by_its_id,
                a_page_ascends_from_its_begin_and_is_no_longer_than_asked,
                the_numbers_follow_what_is_written,
                times_are_those_of_one_person_and_kind_after_a_moment,
                the_newest_place_at_a_moment_is_found,
                the_newest_event_of_another_session_is_found,
            ]
        );
    };
}

const META: LogMeta = LogMeta { epoch: 7, head: 0, oldest: 1, ts: 0 };

/// A log with a message of `user_1` at each of the first places.
pub(super) fn log_of<S: LogStore>(mut store: S, count: u64) -> S {
    store.create(&META).unwrap();
    for seq in 1..=count {
        assert!(store.insert(&said(seq, "user_1", "hi")).unwrap());
    }
    store
}

/// Where there is no log there are no numbers, and nothing is found.
pub fn a_log_that_nobody_made_has_no_numbers<S: LogStore>(new: impl Fn() -> S) {
    let store = new();
    assert_eq!(store.meta(), Ok(None));
    assert_eq!((store.find(&id(1)), store.read(0, SEQ_MAX, 9)), (Ok(None), Ok(Vec::new())));
}

/// Whatever its epoch.
pub fn a_log_has_the_numbers_that_it_was_made_with<S: LogStore>(new: impl Fn() -> S) {
    for epoch in [0, 7, u32::MAX] {
        let mut store = new();
        let meta = LogMeta { epoch, ..META };
        store.create(&meta).unwrap();
        assert_eq!(store.meta(), Ok(Some(meta)));
    }
}

/// Of every kind, of a person, of a person without a session, and of the system.
pub fn an_event_reads_as_it_was_written<S: LogStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 0);
    let writers = [(Some("user_1"), Some("0-a")), (Some("user_2"), None), (None, None)].into_iter().cycle();
    let events = (1..).zip(Kind::ALL.into_iter().zip(writers)).map(|(seq, (kind, (actor, session)))| Event {
        kind,
        actor: actor.map(str::to_owned),
        session: session.map(str::to_owned),
        ..said(seq, "user_1", "hi")
    });
    let events: Vec<Event> = events.collect();
    for event in &events {
        assert_eq!(store.insert(event), Ok(true));
    }
    assert_eq!(store.read(1, SEQ_MAX, 99), Ok(events));
}

/// In every column.
pub fn texts_are_kept_to_the_letter<S: LogStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 0);
    for (seq, text) in (1..).zip(ODD_TEXTS) {
        let text = text.to_owned();
        let (id, actor, session) = (format!("id {text}"), Some(text.clone()), Some(text.clone()));
        let event = Event { id, actor, session, name: text.clone(), body: text, ..said(seq, "user_1", "") };
        assert_eq!(store.insert(&event), Ok(true));
        assert_eq!(store.read(seq, seq, 1), Ok(vec![event.clone()]));
        assert_eq!(store.find(&event.id).unwrap().unwrap().body, event.body);
    }
}

/// Places and times up to 2^53 - 1 (`core.md` 10).
pub fn the_largest_numbers_are_kept<S: LogStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.create(&LogMeta { head: SEQ_MAX - 2, ..META }).unwrap();
    for seq in [SEQ_MAX - 1, SEQ_MAX] {
        store.insert(&Event { ts: seq, ..said(seq, "user_1", "hi") }).unwrap();
    }
    let read: Vec<(u64, u64)> = store.read(SEQ_MAX - 1, SEQ_MAX, 9).unwrap().iter().map(|e| (e.seq, e.ts)).collect();
    assert_eq!(read, [(SEQ_MAX - 1, SEQ_MAX - 1), (SEQ_MAX, SEQ_MAX)]);
    assert_eq!(store.meta().unwrap().map(|meta| (meta.head, meta.ts)), Some((SEQ_MAX, SEQ_MAX)));
    assert_eq!([store.seq_at(SEQ_MAX - 1), store.seq_at(SEQ_MAX)], [Ok(SEQ_MAX - 1), Ok(SEQ_MAX)]);
}

/// The second event with an id is none, and the first stays as it is.
pub fn an_id_is_taken_once<S: LogStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 2);
    let before = (store.meta(), store.read(0, SEQ_MAX, 9));
    assert_eq!(store.insert(&Event { id: id(1), ..said(3, "user_2", "mine") }), Ok(false));
    assert_eq!((store.meta(), store.read(0, SEQ_MAX, 9)), before);
    assert_eq!(store.insert(&said(3, "user_2", "mine")), Ok(true));
}

/// Small and capital letters are different, and so is a letter with its accent apart.
pub fn ids_differ_in_every_letter<S: LogStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 0);
    let ids = ["a", "A", "a ", "é", "e\u{301}"];
    for (seq, id) in (1..).zip(ids) {
        assert_eq!(store.insert(&Event { id: id.to_owned(), ..said(seq, "user_1", "hi") }), Ok(true), "{id}");
    }
    for (seq, id) in (1..).zip(ids) {
        assert_eq!(store.find(id).unwrap().map(|stored| stored.seq), Some(seq), "{id}");
    }
}

/// With all that an answer to its repetition needs.
pub fn an_event_is_found_by_its_id<S: LogStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 2);
    let event = Event { actor: None, kind: Kind::System, ..said(3, "user_1", "note") };
    store.insert(&event).unwrap();
    let Event { seq, ts, actor, kind, body, .. } = event;
    assert_eq!(store.find(&id(3)), Ok(Some(StoredId { seq, ts, actor, kind, body })));
    assert_eq!(store.find(&id(4)), Ok(None));
}

/// Whatever part of a log is asked for.
pub fn a_page_ascends_from_its_begin_and_is_no_longer_than_asked<S: LogStore>(new: impl Fn() -> S) {
    let store = log_of(new(), 5);
    for (from, to, limit) in (0..=7).flat_map(|from| (0..=7).flat_map(move |to| (0..=6).map(move |n| (from, to, n)))) {
        let read: Vec<u64> = store.read(from, to, limit).unwrap().iter().map(|event| event.seq).collect();
        let wanted: Vec<u64> = (1..=5).filter(|seq| (from..=to).contains(seq)).take(limit as usize).collect();
        assert_eq!(read, wanted, "{from} {to} {limit}");
    }
}

/// Head and time are those of the newest event.
pub fn the_numbers_follow_what_is_written<S: LogStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 0);
    for seq in 1..=3 {
        store.insert(&said(seq, "user_1", "hi")).unwrap();
        assert_eq!(store.meta(), Ok(Some(LogMeta { head: seq, ts: at(seq), ..META })));
    }
}

/// The moment itself does not count.
pub fn times_are_those_of_one_person_and_kind_after_a_moment<S: LogStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 0);
    let written = [(10, "a", Kind::Chat), (10, "a", Kind::Nudge), (10, "b", Kind::Chat), (20, "a", Kind::Chat)];
    for (seq, (ts, user, kind)) in (1..).zip(written.into_iter().chain([(20, "a", Kind::Chat)])) {
        store.insert(&Event { ts, kind, ..said(seq, user, "hi") }).unwrap();
    }
    let times = |user: &str, kind, after| store.times(user, kind, after).unwrap();
    assert_eq!(times("a", Kind::Chat, 0), [10, 20, 20]);
    assert_eq!(times("a", Kind::Chat, 9), [10, 20, 20]);
    assert_eq!(times("a", Kind::Chat, 10), [20, 20]);
    assert_eq!([times("a", Kind::Nudge, 0), times("b", Kind::Chat, 0)], [[10], [10]]);
    let none: [u64; 0] = [];
    let nothing = [times("a", Kind::Chat, 20), times("A", Kind::Chat, 0), times("a", Kind::Wink, 0)];
    assert_eq!(nothing, [none; 3]);
}

/// Of events of one moment it is the last.
pub fn the_newest_place_at_a_moment_is_found<S: LogStore>(new: impl Fn() -> S) {
    let times = [10, 10, 20, 20, 20, 35, 40, 40];
    for count in 0..=times.len() {
        let mut store = log_of(new(), 0);
        for (seq, ts) in (1..).zip(times.into_iter().take(count)) {
            store.insert(&Event { ts, ..said(seq, "user_1", "hi") }).unwrap();
        }
        for moment in 0..=45 {
            let wanted = times.iter().take(count).filter(|ts| **ts <= moment).count() as u64;
            assert_eq!(store.seq_at(moment), Ok(wanted), "{count} {moment}");
        }
    }
}

/// An event without a session is of no other one.
pub fn the_newest_event_of_another_session_is_found<S: LogStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 0);
    let written = [("a", Some("s1")), ("a", Some("s2")), ("b", Some("s3")), ("a", Some("s1")), ("a", None)];
    for (seq, (user, session)) in (1..).zip(written) {
        store.insert(&Event { session: session.map(str::to_owned), ..said(seq, user, "hi") }).unwrap();
    }
    let newest = |user: &str, session: &str| store.seq_of_earlier_session(user, session).unwrap();
    assert_eq!([newest("a", "s1"), newest("a", "s2"), newest("a", "s9")], [2, 4, 4]);
    assert_eq!([newest("b", "s3"), newest("b", "s1"), newest("c", "s1")], [0, 3, 0]);
}
