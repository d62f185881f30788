//! Promises of the rows that list the files which a room shows, and the owners who have yet to be notified (`files.md` 1).

use protocol::machines::room::ChangeStore;
use protocol::testing::{body, body_with_files, said};
use protocol::words::event::TOMBSTONE;
use protocol::words::limits::SEQ_MAX;

use super::super::tables::testing::{count, log_of, room, texts};
use super::*;

fn shows(seq: u64, files: &[&str], pictures: &[&str]) -> Event {
    Event { body: body_with_files("look", files, pictures), ..said(seq, "u", "") }
}

/// A room with these messages, one for each list of files. All owners have been notified.
fn shown(files: &[&[&str]]) -> RoomSql {
    let mut store = log_of(room(), 0);
    for (seq, files) in (1..).zip(files) {
        store.insert(&shows(seq, files, &[])).unwrap();
    }
    exec(&store.sql, "DELETE FROM file_news", &[]).unwrap();
    store
}

fn waiting_owners(store: &RoomSql) -> Vec<String> {
    texts(store, "SELECT id FROM file_news ORDER BY id")
}

#[test]
fn owners_are_told_of_every_file_that_a_message_shows() {
    let mut store = log_of(room(), 0);
    assert_eq!(due_at(&store.sql), Ok(None));
    store.insert(&shows(1, &["u.a", "u.b"], &["u.p"])).unwrap();
    assert_eq!(
        (waiting_owners(&store), due_at(&store.sql)),
        (vec!["u.a".to_owned(), "u.b".to_owned(), "u.p".to_owned()], Ok(Some(0)))
    );
    assert!(next_due(&store.sql, 0).unwrap().unwrap().2, "it is shown");
}

#[test]
fn a_message_without_files_is_no_news() {
    let store = log_of(room(), 3);
    assert_eq!((count(&store, "attachments"), next_due(&store.sql, SEQ_MAX)), (0, Ok(None)));
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
    assert_eq!((count(&store, "attachments"), waiting_owners(&store)), (1, vec![]));
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
    assert_eq!(waiting_owners(&store), ["u.a"]);
    assert!(next_due(&store.sql, 0).unwrap().unwrap().2, "another message shows it");
    store.set_view(2, &body("gone")).unwrap();
    assert!(!next_due(&store.sql, 0).unwrap().unwrap().2);
}

#[test]
fn a_view_never_adds_a_file() {
    let mut store = shown(&[&["u.a"]]);
    store.set_view(1, &body_with_files("look", &["u.a", "u.b"], &[])).unwrap();
    assert_eq!((places(&store.sql, "u.b"), waiting_owners(&store)), (Ok(vec![]), vec![]));
}

#[test]
fn a_message_that_is_gone_shows_nothing() {
    let mut store = shown(&[&["u.a", "u.b"], &["u.a"]]);
    store.bury(1, "{}").unwrap();
    assert_eq!(store.read(1, 1, 1).unwrap()[0].body, TOMBSTONE);
    assert_eq!(
        (places(&store.sql, "u.a"), waiting_owners(&store)),
        (Ok(vec![2]), vec!["u.a".to_owned(), "u.b".to_owned()])
    );
}

#[test]
fn files_of_a_span_of_messages_go_together_and_those_around_it_stay() {
    for _ in 0..2 {
        let store = shown(&[&["u.a"], &["u.b"], &["u.c"], &["u.d"]]);
        for _ in 0..2 {
            detach(&store.sql, 2, 3).unwrap();
            assert_eq!(texts(&store, "SELECT id FROM attachments ORDER BY id"), ["u.a", "u.d"]);
            assert_eq!(waiting_owners(&store), ["u.b", "u.c"]);
        }
    }
}

#[test]
fn an_owner_who_has_heard_is_not_told_again() {
    let store = shown(&[&["u.a"]]);
    detach(&store.sql, 1, 1).unwrap();
    settle(&store.sql, "u.a", false).unwrap();
    settle(&store.sql, "u.a", false).unwrap();
    assert_eq!((next_due(&store.sql, SEQ_MAX), due_at(&store.sql)), (Ok(None), Ok(None)));
}

#[test]
fn an_owner_who_was_told_while_that_changed_is_told_again() {
    let mut store = shown(&[&["u.a"]]);
    detach(&store.sql, 1, 1).unwrap();
    store.insert(&shows(2, &["u.a"], &[])).unwrap();
    settle(&store.sql, "u.a", false).unwrap();
    assert_eq!(next_due(&store.sql, 0), Ok(Some(("u.a".to_owned(), 0, true))));
    settle(&store.sql, "u.a", true).unwrap();
    assert_eq!(next_due(&store.sql, SEQ_MAX), Ok(None));
}

#[test]
fn an_owner_who_could_not_be_told_is_told_later_and_failures_are_counted() {
    let mut store = log_of(room(), 0);
    store.insert(&shows(1, &["u.a"], &[])).unwrap();
    for tries in 1..=3 {
        retry_later(&store.sql, "u.a", 100 * tries).unwrap();
        assert_eq!((due_at(&store.sql), next_due(&store.sql, 100 * tries - 1)), (Ok(Some(100 * tries)), Ok(None)));
        assert_eq!(next_due(&store.sql, 100 * tries), Ok(Some(("u.a".to_owned(), tries, true))));
    }
}

#[test]
fn something_new_about_a_file_is_told_at_once() {
    let mut store = log_of(room(), 0);
    store.insert(&shows(1, &["u.a"], &[])).unwrap();
    retry_later(&store.sql, "u.a", 500).unwrap();
    detach(&store.sql, 1, 1).unwrap();
    assert_eq!(next_due(&store.sql, 0), Ok(Some(("u.a".to_owned(), 0, false))));
}

#[test]
fn trimmed_messages_show_nothing_and_those_that_stay_do() {
    let mut store = shown(&[&["u.a"], &["u.b"], &["u.a"]]);
    protocol::log::RetentionStore::drop_bodies(&mut store, &[(1, "d".to_owned()), (2, "d".to_owned())], 3).unwrap();
    assert_eq!((places(&store.sql, "u.a"), places(&store.sql, "u.b")), (Ok(vec![3]), Ok(vec![])));
    assert_eq!(waiting_owners(&store), ["u.a", "u.b"]);
}
