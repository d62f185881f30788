//! Promises of every [`RetentionStore`] (`core.md` 2.3).

use super::log::log_of;
use super::{at, body, id, said};
use crate::log::{Appended, Log, LogMeta, LogStore, Retention, RetentionStore, content_digest};
use crate::words::event::{Draft, Event, Kind};
use crate::words::limits::{SEQ_MAX, TRIM_EVENTS_MAX};
use crate::words::refusal::{Denied, Refusal};

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("retention.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! retention_promises {
    ($new:expr) => {
        $crate::promises!(
            retention,
            $new,
            [
                originals_are_bodies_as_they_were_given,
                digests_stand_where_bodies_were,
                readers_begin_where_bodies_begin,
                rows_go_when_they_are_both_before_a_place_and_old,
                the_id_of_a_row_that_went_is_free,
                what_is_left_is_found_by_time,
                the_time_of_a_place_and_the_oldest_row_are_known,
                trimming_again_changes_nothing,
                a_late_repetition_has_its_first_answer_until_its_id_goes,
                a_long_log_goes_in_portions_and_keeps_its_newest,
            ]
        );
    };
}

/// A log of five, of which bodies up to `last` are digests.
fn trimmed<S: RetentionStore>(store: S, last: u64) -> S {
    let mut store = log_of(store, 5);
    store.drop_bodies(&digests(last), last + 1).unwrap();
    store
}

fn digests(last: u64) -> Vec<(u64, String)> {
    (1..=last).map(|seq| (seq, content_digest(Kind::Chat, &body("hi")))).collect()
}

fn seqs(store: &impl LogStore) -> Vec<u64> {
    store.read(0, SEQ_MAX, u32::MAX).unwrap().iter().map(|event| event.seq).collect()
}

/// Ascending, at most as many as asked.
pub fn originals_are_bodies_as_they_were_given<S: RetentionStore>(new: impl Fn() -> S) {
    let mut store = log_of(new(), 3);
    store.insert(&Event { kind: Kind::Nudge, body: "{}".into(), ..said(4, "user_2", "") }).unwrap();
    let hi = |seq| (seq, Kind::Chat, body("hi"));
    assert_eq!(store.originals(2, 4, 9).unwrap(), [hi(2), hi(3), (4, Kind::Nudge, "{}".to_owned())]);
    assert_eq!(store.originals(0, SEQ_MAX, 2).unwrap(), [hi(1), hi(2)]);
    assert_eq!(store.originals(5, 9, 9), Ok(vec![]));
}

/// Nothing else of an event changes.
pub fn digests_stand_where_bodies_were<S: RetentionStore>(new: impl Fn() -> S) {
    let store = trimmed(new(), 2);
    let wanted = |event: Event| if event.seq <= 2 { Event { body: digests(1).remove(0).1, ..event } } else { event };
    let wanted: Vec<Event> = (1..=5).map(|seq| wanted(said(seq, "user_1", "hi"))).collect();
    assert_eq!(store.read(0, SEQ_MAX, 9).unwrap(), wanted);
    assert_eq!(store.find(&id(2)).unwrap().unwrap().body, digests(1).remove(0).1);
}

/// The head stays where it is.
pub fn readers_begin_where_bodies_begin<S: RetentionStore>(new: impl Fn() -> S) {
    for last in 0..=5 {
        let store = trimmed(new(), last);
        assert_eq!(store.meta(), Ok(Some(LogMeta { epoch: 7, head: 5, oldest: last + 1, ts: at(5) })));
    }
}

/// Neither of both is enough.
pub fn rows_go_when_they_are_both_before_a_place_and_old<S: RetentionStore>(new: impl Fn() -> S) {
    for (before, until, left) in [(3, at(5), 3), (5, at(2), 3), (1, at(5), 1), (5, at(1) - 1, 1), (3, at(2), 3)] {
        let mut store = trimmed(new(), 4);
        store.drop_rows(before, until).unwrap();
        assert_eq!(seqs(&store), (left..=5).collect::<Vec<u64>>(), "{before} {until}");
    }
}

/// A person who uses the room again adds a new row.
pub fn the_id_of_a_row_that_went_is_free<S: RetentionStore>(new: impl Fn() -> S) {
    let mut store = trimmed(new(), 3);
    store.drop_rows(3, at(9)).unwrap();
    assert_eq!([store.find(&id(2)), store.find(&id(1))], [Ok(None), Ok(None)]);
    assert_eq!(store.insert(&Event { id: id(3), ..said(6, "user_1", "hi") }), Ok(false), "this one is still known");
    assert_eq!(store.insert(&Event { id: id(2), ..said(6, "user_1", "hi") }), Ok(true));
    assert_eq!(store.find(&id(2)).unwrap().map(|stored| stored.seq), Some(6));
}

/// Also where the log does not begin with its first event any more.
pub fn what_is_left_is_found_by_time<S: RetentionStore>(new: impl Fn() -> S) {
    let mut store = trimmed(new(), 4);
    store.drop_rows(4, at(9)).unwrap();
    let places = [at(1), at(3), at(4) - 1, at(4), at(5) - 1, at(5), at(9)].map(|ts| store.seq_at(ts).unwrap());
    assert_eq!(places, [0, 0, 0, 4, 4, 5, 5]);
    assert_eq!(store.times("user_1", Kind::Chat, 0), Ok(vec![at(4), at(5)]));
    assert_eq!(store.times("user_1", Kind::Chat, at(4)), Ok(vec![at(5)]));
}

/// With or without its body.
pub fn the_time_of_a_place_and_the_oldest_row_are_known<S: RetentionStore>(new: impl Fn() -> S) {
    assert_eq!(log_of(new(), 0).oldest_row(), Ok(None));
    let mut store = trimmed(new(), 3);
    assert_eq!((store.oldest_row(), store.time_of(2)), (Ok(Some((1, at(1)))), Ok(Some(at(2)))));
    store.drop_rows(3, at(9)).unwrap();
    assert_eq!((store.oldest_row(), store.time_of(2)), (Ok(Some((3, at(3)))), Ok(None)));
    assert_eq!([store.time_of(5), store.time_of(6)], [Ok(Some(at(5))), Ok(None)]);
}

/// An interrupted sweep may begin again.
pub fn trimming_again_changes_nothing<S: RetentionStore>(new: impl Fn() -> S) {
    let mut store = trimmed(new(), 3);
    store.drop_rows(2, at(9)).unwrap();
    let before = (store.meta(), store.read(0, SEQ_MAX, 9));
    store.drop_bodies(&digests(3), 4).unwrap();
    store.drop_rows(2, at(9)).unwrap();
    assert_eq!((store.meta(), store.read(0, SEQ_MAX, 9)), before);
}

fn draft(seq: u64, words: &str) -> Draft {
    let Event { id, actor, session, name, kind, .. } = said(seq, "user_1", "");
    Draft { id, actor, session, name, kind, body: body(words) }
}

/// A log of `count` messages, one each second, as its machine writes it.
fn written<S: RetentionStore>(mut store: S, count: u64) -> (Log, S) {
    let mut log = Log::open(&mut store, 7).unwrap();
    for seq in 1..=count {
        log.append(&mut store, at(seq), draft(seq, "hi"), |_| Ok(())).unwrap();
    }
    (log, store)
}

/// By the digest that stands in its place (`core.md` 3).
pub fn a_late_repetition_has_its_first_answer_until_its_id_goes<S: RetentionStore>(new: impl Fn() -> S) {
    let (mut log, mut store) = written(new(), 5);
    let retention = Retention { keep_ms: 10_000, events_min: 2, ids_ms: 5_000 };
    log.trim(&mut store, at(12), &retention).unwrap();
    assert_eq!((log.oldest(), store.oldest_row()), (3, Ok(Some((1, at(1))))));
    let mut again = |words| log.append(&mut store, at(20), draft(2, words), |_| Ok(()));
    assert_eq!(again("hi"), Ok(Appended::Duplicate { seq: 2, ts: at(2) }));
    assert_eq!(again("ho"), Err(Denied::Refused(Refusal::IdReused)));
    log.trim(&mut store, at(17), &retention).unwrap();
    assert_eq!((log.oldest(), store.oldest_row()), (4, Ok(Some((3, at(3))))));
    let anew = log.append(&mut store, at(20), draft(2, "ho"), |_| Ok(()));
    assert!(matches!(anew, Ok(Appended::New(event)) if event.seq == 6));
}

/// However old those are.
pub fn a_long_log_goes_in_portions_and_keeps_its_newest<S: RetentionStore>(new: impl Fn() -> S) {
    let portion = u64::from(TRIM_EVENTS_MAX);
    let (mut log, mut store) = written(new(), portion + 20);
    let retention = Retention { keep_ms: 1, events_min: 10, ids_ms: 1 };
    for (has_more, oldest) in [(true, portion + 1), (false, portion + 11), (false, portion + 11)] {
        assert_eq!(log.trim(&mut store, at(1_000_000), &retention), Ok(has_more));
        assert_eq!(log.oldest(), oldest);
    }
    assert_eq!(seqs(&store), (portion + 11..=portion + 20).collect::<Vec<u64>>());
    let reopened = Log::load(&store).unwrap().unwrap();
    assert_eq!((reopened.oldest(), reopened.head()), (portion + 11, portion + 20));
}
