//! Promises of every [`ChannelStore`] (`hopeflow.md` 6).

use super::ODD_TEXTS;
use crate::codec::json::json_text;
use crate::machines::channel::{Answer, ChannelMeta, ChannelStore, Envelope, KeyRow, StoredEnvelope};
use crate::words::event::Millis;
use crate::words::limits::SEQ_MAX;

/// This file, in which promises are counted.
pub const SOURCE: &str = include_str!("channel.rs");

/// Makes a test of each, for the stores that `$new` makes.
#[macro_export]
macro_rules! channel_promises {
    ($new:expr) => {
        $crate::promises!(
            channel,
            $new,
            [
                a_channel_that_was_never_made_has_nothing,
                the_numbers_are_those_that_were_set_last,
                what_was_published_is_read_as_it_came,
                a_place_is_taken_once,
                a_page_begins_after_a_place_ascends_and_is_no_longer_than_asked,
                an_envelope_is_found_by_its_id,
                an_envelope_goes_with_who_has_it,
                the_size_is_that_of_what_is_kept,
                an_envelope_is_over_at_its_end,
                the_next_end_is_that_of_an_envelope_or_of_a_key,
                a_key_is_remembered_as_it_was_set,
                a_key_is_one_publishers_own,
                a_key_that_is_set_again_is_as_it_was_set_last,
                a_key_is_forgotten_at_its_end,
                the_size_of_keys_is_that_of_their_results_and_of_little_else,
                the_oldest_keys_are_those_that_were_set_longest_ago,
                what_a_publisher_used_is_what_was_noted_last,
                what_others_used_is_forgotten_at_its_end,
                devices_are_those_that_were_here_after_a_time,
                devices_are_forgotten_that_were_not_here_after_a_time_with_what_they_have,
                of_too_many_devices_those_stay_that_were_here_last,
                devices_that_are_too_old_take_no_place_from_others,
                a_device_has_an_envelope_once,
                the_largest_numbers_come_back,
            ]
        );
    };
}

/// An envelope in this place, whose id is `e` and the place.
fn envelope(seq: u64) -> StoredEnvelope {
    let (id, kind, user) = (format!("e{seq}"), "m".to_owned(), "mia".to_owned());
    StoredEnvelope { seq, expires_at: 1_000 * seq, envelope: Envelope { id, kind, user, ts: seq, payload: None } }
}

fn filled<S: ChannelStore>(mut store: S, seqs: impl IntoIterator<Item = u64>) -> S {
    for seq in seqs {
        store.insert(&envelope(seq)).unwrap();
    }
    store
}

fn places(store: &impl ChannelStore) -> Vec<u64> {
    store.read(0, 1_000).unwrap().iter().map(|stored| stored.seq).collect()
}

fn key_row(digest: u8, results: &[&str], keep_until: Millis) -> KeyRow {
    let results = results.iter().map(|result| (*result).to_owned()).collect();
    let answer = Answer { envelope_id: "e1".into(), seq: Some(1), client_count: 2, results };
    KeyRow { digest: [digest; 32], answer, keep_until }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

pub fn a_channel_that_was_never_made_has_nothing<S: ChannelStore>(new: impl Fn() -> S) {
    let store = new();
    assert_eq!((store.meta(), store.next_end()), (Ok(None), Ok(None)));
    assert_eq!((store.read(0, 9), store.find("e1"), store.size()), (Ok(vec![]), Ok(None), Ok((0, 0))));
    assert_eq!((store.key("p", "k"), store.keys_size(), store.used("p")), (Ok(None), Ok((0, 0)), Ok(None)));
    assert_eq!((store.devices(0), store.done_by(1), store.expired(SEQ_MAX)), (Ok(vec![]), Ok(vec![]), Ok(vec![])));
}

pub fn the_numbers_are_those_that_were_set_last<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    for meta in [
        ChannelMeta { epoch: 7, head: 0, ts: 0 },
        ChannelMeta { epoch: 7, head: 1, ts: 5 },
        ChannelMeta { epoch: u32::MAX, head: SEQ_MAX, ts: SEQ_MAX },
    ] {
        store.set_meta(&meta).unwrap();
        assert_eq!(store.meta(), Ok(Some(meta)));
    }
}

pub fn what_was_published_is_read_as_it_came<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    let long = json_text(&"ä".repeat(100_000));
    let quoted = ODD_TEXTS.map(json_text);
    let payloads = ODD_TEXTS.into_iter().chain(quoted.iter().map(String::as_str)).chain([long.as_str()]);
    let payloads = payloads.map(Some).chain([None]);
    let mut published = Vec::new();
    for (seq, payload) in (1..).zip(payloads) {
        let odd = ODD_TEXTS[seq as usize % ODD_TEXTS.len()].to_owned();
        let payload = payload.map(str::to_owned);
        let envelope = Envelope { id: format!("{odd}{seq}"), kind: odd.clone(), user: odd, ts: 3 * seq, payload };
        let stored = StoredEnvelope { seq, expires_at: 7 * seq, envelope };
        store.insert(&stored).unwrap();
        published.push(stored);
    }
    assert_eq!(store.read(0, 1_000), Ok(published));
}

pub fn a_place_is_taken_once<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = filled(new(), [1]);
    let other = Envelope { id: "another".into(), ..envelope(1).envelope };
    assert!(store.insert(&StoredEnvelope { envelope: other, ..envelope(1) }).is_err());
}

pub fn a_page_begins_after_a_place_ascends_and_is_no_longer_than_asked<S: ChannelStore>(new: impl Fn() -> S) {
    let store = filled(new(), [9, 2, 10, 4]);
    let read =
        |after, limit| -> Vec<u64> { store.read(after, limit).unwrap().iter().map(|stored| stored.seq).collect() };
    assert_eq!((read(0, 9), read(2, 9), read(3, 2)), (vec![2, 4, 9, 10], vec![4, 9, 10], vec![4, 9]));
    assert_eq!((read(10, 9), read(0, 0), read(SEQ_MAX, 9)), (vec![], vec![], vec![]));
}

pub fn an_envelope_is_found_by_its_id<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    for (seq, odd) in (1..).zip(ODD_TEXTS) {
        let envelope = Envelope { id: odd.to_owned(), ..envelope(seq).envelope };
        store.insert(&StoredEnvelope { envelope, seq, expires_at: 1 }).unwrap();
    }
    for (seq, odd) in (1..).zip(ODD_TEXTS) {
        assert_eq!(store.find(odd), Ok(Some(seq)));
    }
    assert_eq!(store.find("another"), Ok(None));
}

pub fn an_envelope_goes_with_who_has_it<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = filled(new(), [1, 2]);
    store.done(1, "phone").unwrap();
    store.done(2, "phone").unwrap();
    for _ in 0..2 {
        store.remove(1).unwrap();
        assert_eq!((places(&store), store.find("e1"), store.done_by(1)), (vec![2], Ok(None), Ok(vec![])));
        assert_eq!(store.done_by(2), Ok(vec!["phone".to_owned()]), "of no other");
    }
}

pub fn the_size_is_that_of_what_is_kept<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    let mut bytes = 0;
    for (seq, odd) in (1..).zip(ODD_TEXTS) {
        let payload = Some(json_text(odd)).filter(|_| seq > 3);
        let envelope = Envelope { payload, kind: odd.to_owned(), ..envelope(seq).envelope };
        let stored = StoredEnvelope { envelope, seq, expires_at: 1 };
        store.insert(&stored).unwrap();
        bytes += stored.bytes();
        assert_eq!(store.size(), Ok((seq as usize, bytes)), "in bytes, not in letters");
    }
    let last = store.read(ODD_TEXTS.len() as u64 - 1, 1).unwrap().pop().unwrap();
    store.remove(last.seq).unwrap();
    assert_eq!(store.size(), Ok((ODD_TEXTS.len() - 1, bytes - last.bytes())));
}

pub fn an_envelope_is_over_at_its_end<S: ChannelStore>(new: impl Fn() -> S) {
    let store = filled(new(), 1..=4);
    let expired = |now| {
        let mut seqs = store.expired(now).unwrap();
        seqs.sort_unstable();
        seqs
    };
    assert_eq!((expired(999), expired(1_000), expired(3_999)), (vec![], vec![1], vec![1, 2, 3]));
    assert_eq!(places(&store), [1, 2, 3, 4], "that it is over is for others to see to");
}

pub fn the_next_end_is_that_of_an_envelope_or_of_a_key<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = filled(new(), [5]);
    assert_eq!(store.next_end(), Ok(Some(5_000)));
    store.set_key("p", "k", &key_row(1, &[], 4_000)).unwrap();
    assert_eq!(store.next_end(), Ok(Some(4_000)));
    store.set_key("p", "k", &key_row(1, &[], 6_000)).unwrap();
    assert_eq!(store.next_end(), Ok(Some(5_000)));
    store.remove(5).unwrap();
    assert_eq!(store.next_end(), Ok(Some(6_000)));
    store.set_used("p", "used", 0, 1).unwrap();
    store.device_seen("phone", 1).unwrap();
    assert_eq!(store.next_end(), Ok(Some(6_000)), "what was used and who was here are looked at by others");
}

pub fn a_key_is_remembered_as_it_was_set<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    let quoted = ODD_TEXTS.map(json_text);
    let results: Vec<&str> =
        quoted.iter().map(String::as_str).chain(["{\"a\":[1,2]}", "[]", "-1.50e+3", "null"]).collect();
    let full = key_row(0xab, &results, SEQ_MAX);
    let answer = Answer { envelope_id: String::new(), seq: None, client_count: SEQ_MAX, results: Vec::new() };
    let empty = KeyRow { digest: [0; 32], answer, keep_until: 0 };
    store.set_key("p", "full", &full).unwrap();
    store.set_key("p", "empty", &empty).unwrap();
    assert_eq!((store.key("p", "full"), store.key("p", "empty")), (Ok(Some(full)), Ok(Some(empty))));
}

pub fn a_key_is_one_publishers_own<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    for (n, odd) in (0..).zip(ODD_TEXTS) {
        store.set_key("p", odd, &key_row(n, &[], 1)).unwrap();
        store.set_key(odd, "k", &key_row(100 + n, &[], 1)).unwrap();
    }
    let digest = |publisher, key| store.key(publisher, key).unwrap().map(|row| row.digest[0]);
    for (n, odd) in (0..).zip(ODD_TEXTS) {
        assert_eq!((digest("p", odd), digest(odd, "k")), (Some(n), Some(100 + n)), "{odd:?}");
    }
    assert_eq!((digest("p", "k"), digest("k", "p")), (None, None));
    assert_eq!(store.keys_size().unwrap().0, 2 * ODD_TEXTS.len());
}

pub fn a_key_that_is_set_again_is_as_it_was_set_last<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    let last = KeyRow { digest: [9; 32], ..key_row(1, &["1", "2"], 50) };
    store.set_key("p", "k", &key_row(1, &[], 10)).unwrap();
    store.set_key("p", "k", &last).unwrap();
    assert_eq!((store.key("p", "k"), store.keys_size().unwrap().0), (Ok(Some(last)), 1));
}

pub fn a_key_is_forgotten_at_its_end<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    for until in [10, 20, 30] {
        store.set_key("p", &until.to_string(), &key_row(1, &[], until)).unwrap();
    }
    for _ in 0..2 {
        store.forget_keys(20).unwrap();
        let is_there = ["10", "20", "30"].map(|key| store.key("p", key).unwrap().is_some());
        assert_eq!(is_there, [false, false, true]);
    }
}

pub fn the_size_of_keys_is_that_of_their_results_and_of_little_else<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    assert_eq!(store.keys_size(), Ok((0, 0)));
    let result = json_text(&"ä".repeat(1_000));
    let mut bytes = 0;
    for n in 1..=5 {
        store.set_key("p", &n.to_string(), &key_row(1, &vec![result.as_str(); n], 1)).unwrap();
        bytes += n * result.len();
        let (count, counted) = store.keys_size().unwrap();
        assert_eq!(count, n);
        assert!((bytes..bytes + 10 * n).contains(&counted), "{counted} for {bytes}");
    }
}

pub fn the_oldest_keys_are_those_that_were_set_longest_ago<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    // The names and the times say another order.
    for (key, until) in [("c", 9), ("a", 8), ("e", 1), ("b", 7), ("d", 2)] {
        store.set_key("p", key, &key_row(1, &[], until)).unwrap();
    }
    store.set_key("p", "c", &key_row(1, &["1"], 9)).unwrap();
    let left = |store: &S| -> Vec<&str> {
        ["a", "b", "c", "d", "e"].into_iter().filter(|key| store.key("p", key).unwrap().is_some()).collect()
    };
    store.forget_oldest_keys(0).unwrap();
    assert_eq!(left(&store).len(), 5);
    store.forget_oldest_keys(2).unwrap();
    assert_eq!(left(&store), ["b", "c", "d"], "what was set again is new");
    store.forget_oldest_keys(1).unwrap();
    assert_eq!(left(&store), ["c", "d"]);
    store.forget_oldest_keys(100).unwrap();
    assert_eq!(left(&store), [""; 0]);
}

pub fn what_a_publisher_used_is_what_was_noted_last<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    for odd in ODD_TEXTS {
        store.set_used(odd, odd, 10, 20).unwrap();
        store.set_used("p", odd, 10, 20).unwrap();
        assert_eq!(store.used("p"), Ok(Some(odd.to_owned())));
    }
    for odd in ODD_TEXTS {
        assert_eq!(store.used(odd), Ok(Some(odd.to_owned())));
    }
    assert_eq!(store.used("another"), Ok(None));
}

pub fn what_others_used_is_forgotten_at_its_end<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    store.set_used("a", "1", 0, 10).unwrap();
    store.set_used("b", "2", 0, 11).unwrap();
    store.set_used("c", "3", 10, 5).unwrap();
    assert_eq!((store.used("a"), store.used("b")), (Ok(None), Ok(Some("2".into()))));
    assert_eq!(store.used("c"), Ok(Some("3".into())), "what is noted now is there, whenever it ends");
}

pub fn devices_are_those_that_were_here_after_a_time<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    for (device, now) in [("b", 10), ("a", 20), ("", 30)] {
        store.device_seen(device, now).unwrap();
    }
    let here = |store: &S, after| sorted(store.devices(after).unwrap());
    assert_eq!(
        (here(&store, 9), here(&store, 10), here(&store, 20)),
        (sorted(vec!["b".into(), "a".into(), "".into()]), sorted(vec!["a".into(), "".into()]), vec!["".to_owned()])
    );
    store.device_seen("b", 40).unwrap();
    assert_eq!((here(&store, 30), here(&store, 40)), (vec!["b".to_owned()], vec![]), "when it was here last");
}

pub fn devices_are_forgotten_that_were_not_here_after_a_time_with_what_they_have<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = filled(new(), [1]);
    for (device, now) in [("old", 10), ("at", 20), ("new", 21)] {
        store.device_seen(device, now).unwrap();
        store.done(1, device).unwrap();
    }
    for _ in 0..2 {
        store.forget_devices(20, 100).unwrap();
        assert_eq!((store.devices(0), store.done_by(1)), (Ok(vec!["new".to_owned()]), Ok(vec!["new".to_owned()])));
    }
}

pub fn of_too_many_devices_those_stay_that_were_here_last<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = filled(new(), [1, 2]);
    for (device, now) in [("a", 10), ("b", 10), ("c", 10), ("d", 10), ("b", 11)] {
        store.device_seen(device, now).unwrap();
        store.done(1, device).unwrap();
    }
    store.forget_devices(0, 4).unwrap();
    assert_eq!(store.devices(0).unwrap().len(), 4, "there are not too many");
    store.forget_devices(0, 2).unwrap();
    assert_eq!(
        (sorted(store.devices(0).unwrap()), sorted(store.done_by(1).unwrap())),
        (vec!["b".to_owned(), "d".to_owned()], vec!["b".to_owned(), "d".to_owned()])
    );
    store.forget_devices(0, 0).unwrap();
    assert_eq!((store.devices(0), store.done_by(1)), (Ok(vec![]), Ok(vec![])));
}

pub fn devices_that_are_too_old_take_no_place_from_others<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    // A clock may have gone back.
    for (device, now) in [("a", 30), ("b", 10)] {
        store.device_seen(device, now).unwrap();
    }
    store.forget_devices(20, 1).unwrap();
    assert_eq!(store.devices(0), Ok(vec!["a".to_owned()]));
}

pub fn a_device_has_an_envelope_once<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = filled(new(), [1, 2]);
    for (seq, device) in [(1, "phone"), (1, "desk"), (1, "phone"), (2, "phone"), (SEQ_MAX, "")] {
        store.done(seq, device).unwrap();
    }
    assert_eq!(sorted(store.done_by(1).unwrap()), ["desk", "phone"]);
    assert_eq!((store.done_by(2), store.done_by(SEQ_MAX)), (Ok(vec!["phone".to_owned()]), Ok(vec![String::new()])));
    assert_eq!(store.done_by(3), Ok(vec![]));
}

pub fn the_largest_numbers_come_back<S: ChannelStore>(new: impl Fn() -> S) {
    let mut store = new();
    let last = envelope(1).envelope;
    let stored = StoredEnvelope { seq: SEQ_MAX, expires_at: SEQ_MAX, envelope: Envelope { ts: SEQ_MAX, ..last } };
    store.insert(&stored).unwrap();
    assert_eq!((store.find("e1"), store.next_end()), (Ok(Some(SEQ_MAX)), Ok(Some(SEQ_MAX))));
    assert_eq!(store.read(SEQ_MAX - 1, u32::MAX), Ok(vec![stored]));
    assert_eq!((store.expired(SEQ_MAX - 1), store.expired(SEQ_MAX)), (Ok(vec![]), Ok(vec![SEQ_MAX])));
    store.device_seen("phone", SEQ_MAX).unwrap();
    assert_eq!((store.devices(SEQ_MAX - 1).unwrap().len(), store.devices(SEQ_MAX)), (1, Ok(vec![])));
}
