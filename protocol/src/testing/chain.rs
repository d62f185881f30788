//! Promises of every [`ChainStore`] (`livestore.md` 12).

use super::ODD_TEXTS;
use crate::codec::json::json_text;
use crate::machines::chain::{ChainEvent, ChainStore, StoredEvent};
use crate::words::event::Millis;
use crate::words::limits::{CHAIN_EVENT_AROUND_BYTES, SEQ_MAX};

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("chain.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! chain_promises {
    ($new:expr) => {
        $crate::promises!(
            chain,
            $new,
            [
                an_empty_chain_has_no_head,
                events_are_read_as_they_were_proposed,
                batches_of_any_size_come_one_upon_the_other,
                each_batch_keeps_its_time,
                a_page_begins_after_a_place_and_is_no_longer_than_asked,
                a_page_ends_at_its_bytes_but_has_at_least_one_event,
                bytes_of_a_page_are_bytes_and_no_letters,
                a_large_page_is_read_as_it_was_written,
                a_chain_that_was_cleared_begins_anew,
                the_id_of_a_log_changes_when_it_is_cleared_and_at_no_other_time,
                what_a_client_was_sent_is_what_was_noted_last,
            ]
        );
    };
}

const ALL: usize = usize::MAX >> 12;
/// Some day in 2026.
const NOW: Millis = 1_795_000_000_123;

fn event(seq: u64, args: Option<&str>) -> StoredEvent {
    let (seq, parent) = (seq as i64, seq as i64 - 1);
    let (name, client, session) = ("n".into(), "c".into(), "s".into());
    let event = ChainEvent { name, args: args.map(str::to_owned), seq, parent, client, session };
    StoredEvent { event, created_at: NOW }
}

/// Adds so many events at once.
fn add(store: &mut impl ChainStore, count: u64, args: Option<&str>) -> Vec<StoredEvent> {
    let head = store.head().unwrap();
    let batch: Vec<StoredEvent> = (1..=count).map(|n| event(head + n, args)).collect();
    store.insert(&batch).unwrap();
    batch
}

fn places(page: &[StoredEvent]) -> Vec<i64> {
    page.iter().map(|stored| stored.event.seq).collect()
}

pub fn an_empty_chain_has_no_head<S: ChainStore>(new: impl Fn() -> S) {
    let store = new();
    assert_eq!((store.head(), store.head_at()), (Ok(0), Ok(0)));
    assert_eq!((store.read(0, 9, ALL), store.sent("c")), (Ok(vec![]), Ok(None)));
}

pub fn events_are_read_as_they_were_proposed<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    let quoted = ODD_TEXTS.map(json_text);
    let args = ODD_TEXTS.into_iter().chain(quoted.iter().map(String::as_str)).map(Some).chain([None]);
    let odd = |args: Option<&str>, n: u64| {
        let [name, client, session] = [0, 1, 2].map(|k| ODD_TEXTS[(n as usize + k) % ODD_TEXTS.len()].to_owned());
        let StoredEvent { event, created_at } = event(n, args);
        StoredEvent { event: ChainEvent { name, client, session, ..event }, created_at }
    };
    let events: Vec<StoredEvent> = (1..).zip(args).map(|(n, args)| odd(args, n)).collect();
    store.insert(&events).unwrap();
    assert_eq!(store.read(0, 100, ALL), Ok(events));
}

pub fn batches_of_any_size_come_one_upon_the_other<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    let mut all = Vec::new();
    for count in [0, 1, 2, 23, 24, 25, 47, 48, 49, 100] {
        all.extend(add(&mut store, count, Some("1")));
        assert_eq!(store.head(), Ok(all.len() as u64));
        assert_eq!(store.read(0, 1_000, ALL).as_ref(), Ok(&all));
    }
}

pub fn each_batch_keeps_its_time<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    let mut all = Vec::new();
    for created_at in [0, 1, NOW, NOW, 253_402_300_799_999] {
        let head = all.len() as u64;
        let batch: Vec<StoredEvent> = (1..=2).map(|n| StoredEvent { created_at, ..event(head + n, None) }).collect();
        store.insert(&batch).unwrap();
        all.extend(batch);
        assert_eq!(store.head_at(), Ok(created_at));
    }
    assert_eq!(store.read(0, 100, ALL), Ok(all));
}

pub fn a_page_begins_after_a_place_and_is_no_longer_than_asked<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    add(&mut store, 30, None);
    let read = |after, limit| places(&store.read(after, limit, ALL).unwrap());
    assert_eq!((read(0, 2), read(27, 9)), (vec![1, 2], vec![28, 29, 30]));
    assert_eq!((read(30, 9), read(31, 9), read(SEQ_MAX, 9)), (vec![], vec![], vec![]));
}

pub fn a_page_ends_at_its_bytes_but_has_at_least_one_event<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    // Three letters are in each event beside its arguments.
    for length in [10, 20, 30, 40] {
        add(&mut store, 1, Some(&"x".repeat(length)));
    }
    let around = 3 + CHAIN_EVENT_AROUND_BYTES;
    let read = |after, bytes| places(&store.read(after, 9, bytes).unwrap());
    assert_eq!(read(0, 100 + 4 * around), [1, 2, 3, 4], "to the byte");
    assert_eq!(read(0, 99 + 4 * around), [1, 2, 3]);
    assert_eq!((read(0, 30 + 2 * around), read(0, 29 + 2 * around)), (vec![1, 2], vec![1]));
    assert_eq!((read(1, 50 + 2 * around), read(3, 0), read(0, 1)), (vec![2, 3], vec![4], vec![1]));
}

pub fn bytes_of_a_page_are_bytes_and_no_letters<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    add(&mut store, 2, Some("ääää"));
    let two = 2 * (8 + 3 + CHAIN_EVENT_AROUND_BYTES);
    assert_eq!((store.read(0, 9, two).unwrap().len(), store.read(0, 9, two - 1).unwrap().len()), (2, 1));
}

pub fn a_large_page_is_read_as_it_was_written<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    let mut all = add(&mut store, 3, Some(&"👩‍🚀".repeat(20_000)));
    all.extend(add(&mut store, 2, None));
    assert_eq!(store.read(0, 9, ALL).as_ref(), Ok(&all));
    assert_eq!(store.read(2, 9, ALL).unwrap(), all[2..]);
}

pub fn a_chain_that_was_cleared_begins_anew<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    for _ in 0..2 {
        add(&mut store, 3, Some("old"));
        store.set_sent("c", 3, NOW).unwrap();
        store.clear().unwrap();
        assert_eq!((store.head(), store.head_at(), store.sent("c")), (Ok(0), Ok(0), Ok(None)));
        assert_eq!(store.read(0, 9, ALL), Ok(vec![]));
    }
    let anew = add(&mut store, 2, Some("new"));
    assert_eq!((store.head(), store.read(0, 9, ALL)), (Ok(2), Ok(anew)));
}

pub fn what_a_client_was_sent_is_what_was_noted_last<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    for (n, odd) in (0..).zip(ODD_TEXTS) {
        store.set_sent(odd, n, NOW).unwrap();
    }
    store.set_sent("c", 9, NOW).unwrap();
    store.set_sent("c", SEQ_MAX, NOW).unwrap();
    store.set_sent("c", 5, NOW).unwrap();
    for (n, odd) in (0..).zip(ODD_TEXTS) {
        assert_eq!(store.sent(odd), Ok(Some(n)));
    }
    assert_eq!((store.sent("c"), store.sent("C")), (Ok(Some(5)), Ok(None)));
}

pub fn the_id_of_a_log_changes_when_it_is_cleared_and_at_no_other_time<S: ChainStore>(new: impl Fn() -> S) {
    let mut store = new();
    let first = store.backend_id();
    assert!(!first.is_empty());
    add(&mut store, 3, None);
    store.set_sent("c", 3, NOW).unwrap();
    assert_eq!(store.backend_id(), first);
    store.clear().unwrap();
    let second = store.backend_id();
    assert_ne!(second, first);
    add(&mut store, 3, None);
    assert_eq!(store.backend_id(), second);
}
