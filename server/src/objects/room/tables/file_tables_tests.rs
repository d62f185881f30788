//! Promises of the rows that list the files which a room shows, and the owners who have yet to be notified (`files.md` 1).

use protocol::log::LogStore;
use protocol::machines::room::ChangeStore;
use protocol::testing::{body, body_with_files, said};
use protocol::words::event::TOMBSTONE;

use super::*;
use crate::objects::room::tests::{count, file_news, log_of, room, texts};

fn shows(seq: u64, files: &[&str], pictures: &[&str]) -> Event {
    Event { body: body_with_files("look", files, pictures), ..said(seq, "u", "") }
}

/// A room with these messages, one for each list of files. All owners have been notified.
fn shown(files: &[&[&str]]) -> RoomSql {
    let mut store = log_of(room(), 0);
    for (seq, files) in (1..).zip(files) {
        store.insert(&shows(seq, files, &[])).unwrap();
    }
    exec(&store.sql, "DELETE FROM jobs", &[]).unwrap();
    store
}

#[test]
fn owners_are_told_of_every_file_that_a_message_shows() {
    let mut store = log_of(room(), 0);
    store.insert(&shows(1, &["u.a", "u.b"], &["u.p"])).unwrap();
    assert_eq!(file_news(&store), ["u.a", "u.b", "u.p"]);
    assert!(store.jobs.ages(&store.sql).unwrap().iter().all(|(_, age)| *age < 60), "they are due since now");
    assert_eq!(["u.a", "u.p", "u.c"].map(|id| is_shown(&store.sql, id)), [Ok(true), Ok(true), Ok(false)]);
}

#[test]
fn a_message_without_files_is_no_news() {
    let store = log_of(room(), 3);
    assert_eq!((count(&store, "attachments"), count(&store, "jobs")), (0, 0));
}

#[test]
fn only_messages_show_files() {
    let mut store = log_of(room(), 0);
    for (seq, kind) in (1..).zip([Kind::Nudge, Kind::System, Kind::Edit]) {
        store.insert(&Event { kind, ..shows(seq, &["u.a"], &[]) }).unwrap();
    }
    assert_eq!(count(&store, "attachments"), 0);
}

#[test]
fn a_message_that_was_there_already_shows_nothing_anew() {
    let mut store = shown(&[&["u.a"]]);
    assert_eq!(store.insert(&Event { seq: 2, ..shows(1, &["u.b"], &[]) }), Ok(false));
    assert_eq!((count(&store, "attachments"), file_news(&store)), (1, vec![]));
}

#[test]
fn the_same_file_twice_in_a_message_is_shown_once() {
    let store = shown(&[&["u.a", "u.a"]]);
    assert_eq!(count(&store, "attachments"), 1);
}

#[test]
fn the_places_of_a_file_are_the_newest_first() {
    let store = shown(&[&["u.a"], &["u.b"], &["u.a", "u.b"], &["u.a"]]);
    assert_eq!((places(&store.sql, "u.a"), places(&store.sql, "u.c")), (Ok(vec![4, 3, 1]), Ok(vec![])));
}

#[test]
fn what_a_message_shows_no_more_is_let_go_and_its_owner_told() {
    let mut store = shown(&[&["u.a", "u.b"], &["u.a"]]);
    store.set_view(1, &body_with_files("look", &["u.b"], &[])).unwrap();
    assert_eq!((places(&store.sql, "u.a"), places(&store.sql, "u.b")), (Ok(vec![2]), Ok(vec![1])));
    assert_eq!(file_news(&store), ["u.a"]);
    assert_eq!(is_shown(&store.sql, "u.a"), Ok(true), "another message shows it");
    store.set_view(2, &body("gone")).unwrap();
    assert_eq!(is_shown(&store.sql, "u.a"), Ok(false));
}

#[test]
fn a_view_never_adds_a_file() {
    let mut store = shown(&[&["u.a"]]);
    store.set_view(1, &body_with_files("look", &["u.a", "u.b"], &[])).unwrap();
    assert_eq!((places(&store.sql, "u.b"), file_news(&store)), (Ok(vec![]), vec![]));
}

#[test]
fn a_message_that_is_gone_shows_nothing() {
    let mut store = shown(&[&["u.a", "u.b"], &["u.a"]]);
    store.bury(1, "{}").unwrap();
    assert_eq!(store.read(1, 1, 1).unwrap()[0].body, TOMBSTONE);
    assert_eq!((places(&store.sql, "u.a"), file_news(&store)), (Ok(vec![2]), vec!["u.a".to_owned(), "u.b".to_owned()]));
}

#[test]
fn files_of_a_span_of_messages_go_together_and_those_around_it_stay() {
    for _ in 0..2 {
        let store = shown(&[&["u.a"], &["u.b"], &["u.c"], &["u.d"]]);
        for _ in 0..2 {
            detach(&store, 2, 3).unwrap();
            assert_eq!(texts(&store, "SELECT id FROM attachments ORDER BY id"), ["u.a", "u.d"]);
            assert_eq!(file_news(&store), ["u.b", "u.c"]);
        }
    }
}

#[test]
fn the_owner_of_a_file_in_many_messages_is_notified_once_when_they_go() {
    let store = shown(&[&["u.a"], &["u.a", "u.b"], &["u.a"]]);
    exec(&store.sql, "CREATE TABLE added (key TEXT NOT NULL) STRICT", &[]).unwrap();
    let note = "CREATE TRIGGER note AFTER INSERT ON jobs BEGIN INSERT INTO added VALUES (new.key); END";
    exec(&store.sql, note, &[]).unwrap();
    detach(&store, 1, 3).unwrap();
    assert_eq!(texts(&store, "SELECT key FROM added ORDER BY key"), ["u.a", "u.b"]);
}

#[test]
fn trimmed_messages_show_nothing_and_those_that_stay_do() {
    let mut store = shown(&[&["u.a"], &["u.b"], &["u.a"]]);
    protocol::log::RetentionStore::drop_bodies(&mut store, &[(1, "d".to_owned()), (2, "d".to_owned())], 3).unwrap();
    assert_eq!((places(&store.sql, "u.a"), places(&store.sql, "u.b")), (Ok(vec![3]), Ok(vec![])));
    assert_eq!(file_news(&store), ["u.a", "u.b"]);
}
