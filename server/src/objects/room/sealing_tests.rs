//! Promises of a room's words at rest (`docs/decisions/0018-sealed-bodies.md`).

use protocol::log::{LogStore, RetentionStore};
use protocol::machines::room::{ChangeStore, GroupRecord, GroupStore, LeavingStore, RoomStore, SearchStore};
use protocol::testing::{body, id, record, said};
use protocol::trust::sealing::{ContentKeys, is_about_keys};
use protocol::words::event::TOMBSTONE;
use protocol::words::limits::SEQ_MAX;
use protocol::words::refusal::Fault;

use super::tables::RoomSql;
use super::tests::{A, B, WORD, count, log_of, number, readable, ring, room, sealed_room, sweep, texts, woken, wordy};
use crate::kit::sql::exec;
use crate::kit::sql::older::contents;

/// All that a room reads of its words.
fn reading(store: &RoomSql) -> Vec<String> {
    let mut all: Vec<String> = store.read(0, SEQ_MAX, 99).unwrap().into_iter().map(|event| event.body).collect();
    all.extend(store.originals(0, SEQ_MAX, 99).unwrap().into_iter().map(|(.., body)| body));
    all.push(store.group().unwrap().unwrap().record.topic);
    all
}

fn both() -> &'static ContentKeys {
    ring(&format!("{B},{A}"))
}

fn is_shut<T: std::fmt::Debug>(result: Result<T, Fault>) -> bool {
    is_about_keys(&result.unwrap_err())
}

#[test]
fn without_keys_words_can_be_read_where_columns_say_that_they_are() {
    let found = readable(&wordy(room()), WORD);
    let tables: Vec<&String> = found.iter().filter(|place| !place.starts_with("words")).collect();
    assert_eq!(tables, ["events.body", "events.view", "group_record.topic"]);
}

#[test]
fn with_a_key_no_word_can_be_read_anywhere() {
    let store = wordy(sealed_room());
    assert_eq!(readable(&store, WORD), [""; 0]);
    assert_eq!(reading(&store), reading(&wordy(room())));
}

#[test]
fn the_same_words_look_different_in_every_row() {
    let mut store = log_of(sealed_room(), 3);
    for seq in 1..=3 {
        store.set_view(seq, &body("hi")).unwrap();
    }
    assert_eq!(number(&store, "SELECT count(DISTINCT body) + count(DISTINCT view) FROM events", &[]), 6);
    assert_eq!(number(&store, "SELECT count(*) FROM events WHERE body = view", &[]), 0);
}

#[test]
fn words_open_in_their_row_and_column_alone() {
    let moves = [
        "UPDATE events SET body = (SELECT body FROM events WHERE seq = 1) WHERE seq = 2",
        "UPDATE events SET view = (SELECT body FROM events WHERE seq = 2) WHERE seq = 2",
        "UPDATE events SET view = (SELECT view FROM events WHERE seq = 1) WHERE seq = 2",
    ];
    for sealed_elsewhere in moves {
        let mut store = log_of(sealed_room(), 2);
        store.set_view(1, &body("view")).unwrap();
        exec(&store.sql, sealed_elsewhere, &[]).unwrap();
        assert!(is_shut(store.read(2, 2, 1)), "{sealed_elsewhere}");
        assert_eq!(store.read(1, 1, 1).unwrap()[0].body, body("view"));
    }
}

#[test]
fn a_tombstone_and_an_empty_topic_are_not_sealed() {
    let mut store = wordy(sealed_room());
    store.bury(1, "{}").unwrap();
    store.save_group(&GroupRecord { topic: String::new(), ..record() }).unwrap();
    assert_eq!(texts(&store, "SELECT body FROM events WHERE seq = 1"), [TOMBSTONE]);
    assert_eq!(texts(&store, "SELECT topic FROM group_record"), [""]);
}

#[test]
fn what_is_left_of_a_silenced_or_trimmed_event_is_sealed() {
    let mut store = log_of(sealed_room(), 2);
    store.silence(1, &body(WORD)).unwrap();
    store.drop_bodies(&[(2, format!("sha256:{WORD}"))], 3).unwrap();
    assert_eq!(readable(&store, WORD), [""; 0]);
    assert_eq!(store.read(2, 2, 1).unwrap()[0].body, format!("sha256:{WORD}"));
}

#[test]
fn whoever_loses_their_name_keeps_sealed_words() {
    let mut store = wordy(sealed_room());
    for seq in 1..=3 {
        store.unname(seq, "Gone").unwrap();
    }
    assert_eq!(readable(&store, WORD), [""; 0]);
    assert_eq!(reading(&store), reading(&wordy(room())));
}

#[test]
fn under_a_newer_key_all_reads_the_same_at_once() {
    let store = wordy(sealed_room());
    let again = woken(&store.sql, both());
    assert_eq!(reading(&again), reading(&store));
    let mut again = again;
    again.insert(&said(4, "user_1", WORD)).unwrap();
    assert_eq!((readable(&again, WORD), again.read(4, 4, 1)), (vec![], Ok(vec![said(4, "user_1", WORD)])));
}

#[test]
fn once_all_was_swept_the_older_key_is_not_needed() {
    let store = wordy(sealed_room());
    sweep(&woken(&store.sql, both()));
    let again = woken(&store.sql, ring(B));
    assert_eq!((reading(&again), again.sql.unreadable()), (reading(&wordy(room())), Ok(0)));
    assert_eq!(number(&again, "SELECT count(*) FROM events WHERE body LIKE '%cfm:b:%'", &[]), 3);
}

#[test]
fn a_sweep_that_was_stopped_goes_on_where_it_was() {
    let store = wordy(sealed_room());
    assert!(woken(&store.sql, both()).sql.sweep_next().unwrap(), "there is more to do");
    sweep(&woken(&store.sql, both()));
    assert_eq!(reading(&woken(&store.sql, ring(B))), reading(&wordy(room())));
}

#[test]
fn a_ring_that_seals_nothing_any_more_opens_all_for_good() {
    let store = wordy(sealed_room());
    sweep(&woken(&store.sql, ring(&format!("plain,{A}"))));
    assert_eq!(contents(&store.sql).iter().filter(|row| row.contains("cfm:")).count(), 0);
    let again = woken(&store.sql, ring(""));
    assert_eq!((reading(&again), count(&again, "sealing")), (reading(&wordy(room())), 0));
}

#[test]
fn with_another_key_nothing_is_lost_and_what_comes_is_sealed_with_it() {
    let store = wordy(sealed_room());
    let mut other = woken(&store.sql, ring(B));
    assert!(is_shut(other.read(1, 1, 1)) && is_shut(other.find(&id(1))) && is_shut(other.originals(1, 1, 1)));
    other.insert(&said(4, "user_1", WORD)).unwrap();
    sweep(&other);
    assert_eq!((other.sql.unreadable(), other.read(4, 4, 1).map(|read| read.len())), (Ok(5), Ok(1)));
    let again = woken(&store.sql, ring(&format!("{A},{B}")));
    sweep(&again);
    assert_eq!(again.sql.unreadable(), Ok(0));
    assert_eq!(again.read(0, 9, 9).unwrap().len(), 4);
    assert_eq!(readable(&again, WORD), [""; 0]);
}

/// Every function that stores words.
fn stores_words(store: &mut RoomSql) -> Vec<Result<(), Fault>> {
    vec![
        store.insert(&said(4, "user_1", "hi")).map(|_| ()),
        store.set_view(1, &body("hi")),
        store.silence(1, &body("hi")),
        store.drop_bodies(&[(1, "sha256:1".to_owned())], 2),
        store.save_group(&GroupRecord { topic: "new".to_owned(), ..record() }),
    ]
}

#[test]
fn without_any_key_a_room_with_sealed_words_is_shut() {
    let store = wordy(sealed_room());
    let before = contents(&store.sql);
    for keys in [ring(""), Box::leak(Box::new(ContentKeys::unusable()))] {
        let mut shut = woken(&store.sql, keys);
        assert!(is_shut(shut.read(1, 1, 1)) && is_shut(shut.find(&id(1))) && is_shut(shut.unname(1, "Gone")));
        assert!(stores_words(&mut shut).into_iter().all(is_shut));
        assert!(shut.sql.unreadable().unwrap() > 0);
    }
    assert_eq!(contents(&store.sql), before);
    assert_eq!(reading(&woken(&store.sql, ring(A))), reading(&store));
}

#[test]
fn with_a_ring_that_cannot_be_used_nothing_is_stored_that_might_have_to_be_sealed() {
    let store = wordy(room());
    let mut other = woken(&store.sql, Box::leak(Box::new(ContentKeys::unusable())));
    assert!(stores_words(&mut other).into_iter().all(is_shut));
    assert_eq!(reading(&other), reading(&wordy(room())), "what is open stays so");
}

#[test]
fn numbers_and_times_need_no_key() {
    let store = wordy(sealed_room());
    let shut = woken(&store.sql, ring(B));
    assert_eq!((shut.meta(), shut.time_of(2), shut.oldest_row()), (store.meta(), store.time_of(2), store.oldest_row()));
    assert_eq!((shut.unread("user_2", 0, 9), shut.authors(0, 9)), (store.unread("user_2", 0, 9), store.authors(0, 9)));
    assert_eq!(shut.changes(0, 9), store.changes(0, 9));
}

#[test]
fn a_group_lives_without_its_topic_until_its_key_is_back() {
    let store = wordy(sealed_room());
    let mut other = woken(&store.sql, ring(B));
    let group = other.group().unwrap().unwrap();
    assert_eq!((group.record.topic.as_str(), group.record.name.as_str()), ("", "Crew"));
    other.save_group(&GroupRecord { name: "New name".to_owned(), version: 2, ..group.record }).unwrap();
    let back = woken(&store.sql, both()).group().unwrap().unwrap();
    assert_eq!(
        (back.record.name.as_str(), back.record.topic.as_str()),
        ("New name", format!("All of {WORD}").as_str())
    );
}

#[test]
fn a_new_topic_stands_in_the_place_of_one_that_nobody_can_read() {
    let store = wordy(sealed_room());
    woken(&store.sql, ring(B)).save_group(&GroupRecord { topic: "Boats".to_owned(), ..record() }).unwrap();
    assert_eq!(woken(&store.sql, both()).group().unwrap().unwrap().record.topic, "Boats");
    assert_eq!(readable(&store, "Boats"), [""; 0]);
}

#[test]
fn where_words_are_sealed_there_is_no_index_and_nothing_left_to_come_into_it() {
    let mut store = wordy(sealed_room());
    store.set_indexed_to(1).unwrap();
    assert_eq!((count(&store, "words_docsize"), store.indexed_to()), (0, Ok(SEQ_MAX)));
    assert_eq!(number(&store, "SELECT indexed_seq FROM room", &[]), 0);
}
