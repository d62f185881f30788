//! Promises of the index of a room: its contents, its removal where messages are sealed, and that nothing of it is left.

use protocol::content::search::{Has, tokens_of};
use protocol::log::LogStore;
use protocol::machines::room::{ChangeStore, GroupStore, LeavingStore};
use protocol::testing::{at, clauses, id, said};
use protocol::trust::sealing::ContentKeys;

use super::*;
use crate::objects::room::tests::{A, count, left_by, log_of, number, ring, room, sweep, woken};

/// A room with these messages, all of them in the index.
fn indexed(texts: &[&str]) -> RoomSql {
    let mut store = log_of(room(), 0);
    for (seq, text) in (1..).zip(texts) {
        let event = said(seq, "user_1", text);
        store.insert(&event).unwrap();
        store.index(seq, &tokens_of(&event).unwrap()).unwrap();
    }
    store.set_indexed_to(texts.len() as u64).unwrap();
    store
}

fn found(store: &RoomSql, text: &str) -> Vec<u64> {
    store.indexed(&clauses(text), 0, SEQ_MAX, 99).unwrap().iter().map(|event| event.seq).collect()
}

fn is_sound(store: &RoomSql) -> bool {
    exec(&store.sql, "INSERT INTO words (words) VALUES ('integrity-check')", &[]).is_ok()
}

#[test]
fn the_index_is_dropped_where_words_come_under_a_key() {
    let store = indexed(&["tea", "tea and milk"]);
    let sealed = woken(&store.sql, ring(A));
    assert_eq!((number(&sealed, "SELECT indexed_seq FROM room", &[]), count(&sealed, "words_docsize")), (0, 0));
    assert_eq!((sealed.indexed_to(), found(&sealed, "tea"), is_sound(&sealed)), (Ok(SEQ_MAX), vec![], true));
}

#[test]
fn dropping_it_again_changes_nothing() {
    let store = indexed(&["tea"]);
    for _ in 0..2 {
        let sealed = woken(&store.sql, ring(A));
        assert_eq!((count(&sealed, "words_docsize"), sealed.meta()), (0, store.meta()));
    }
}

#[test]
fn the_index_begins_anew_where_words_are_open_again() {
    let store = indexed(&["tea"]);
    sweep(&woken(&store.sql, ring(A)));
    let mut open = woken(&store.sql, ring(&format!("plain,{A}")));
    assert_eq!((open.indexed_to(), found(&open, "tea")), (Ok(0), vec![]));
    open.index(1, &tokens_of(&open.read(1, 1, 1).unwrap()[0]).unwrap()).unwrap();
    open.set_indexed_to(1).unwrap();
    assert_eq!((open.indexed_to(), found(&open, "tea")), (Ok(1), vec![1]));
    assert_eq!(found(&woken(&store.sql, ring(&format!("plain,{A}"))), "tea"), [1]);
}

#[test]
fn keys_that_cannot_be_used_leave_the_index_as_it_is() {
    let store = indexed(&["tea"]);
    woken(&store.sql, Box::leak(Box::new(ContentKeys::unusable())));
    assert_eq!(found(&woken(&store.sql, ring("")), "tea"), [1]);
}

#[test]
fn a_sealed_room_takes_nothing_into_an_index() {
    let mut store = log_of(woken(&crate::kit::sql::Database::new(), ring(A)), 1);
    store.index(1, "tea").unwrap();
    store.unindex(1).unwrap();
    store.set_indexed_to(1).unwrap();
    assert_eq!((count(&store, "words_docsize"), store.indexed_to()), (0, Ok(SEQ_MAX)));
}

#[test]
fn an_index_that_was_changed_again_and_again_is_sound() {
    let mut store = indexed(&["tea", "coffee", "milk", "tea with milk"]);
    for round in 0..20 {
        for seq in 1..=4 {
            store.index(seq, &format!("tea round{round} word{seq}")).unwrap();
        }
        store.unindex(round % 4 + 1).unwrap();
    }
    store.unindex_before(3).unwrap();
    assert!(is_sound(&store));
    assert_eq!((found(&store, "coffee"), found(&store, "round19")), (vec![], vec![3]));
    assert_eq!(count(&store, "words_docsize"), 1);
}

#[test]
fn an_entry_without_its_event_is_not_found() {
    let store = indexed(&["tea", "tea"]);
    exec(&store.sql, "DELETE FROM events WHERE seq = 1", &[]).unwrap();
    assert_eq!(found(&store, "tea"), [2]);
}

#[test]
fn nothing_that_somebody_types_breaks_the_question() {
    let mut store = indexed(&["tea"]);
    for text in protocol::testing::ODD_TEXTS {
        let event = said(2, "user_1", text);
        store.index(2, &tokens_of(&event).unwrap()).unwrap();
        assert!(store.indexed(&clauses(text), 0, SEQ_MAX, 9).is_ok(), "{text}");
    }
    for text in ["NEAR(a b)", "a OR b", "-tea", "tea*", "^tea", "tokens:tea", "\"tea", "(tea)", "tea AND", "{a b}: c"] {
        assert!(store.indexed(&clauses(text), 0, SEQ_MAX, 9).is_ok(), "{text}");
    }
    assert_eq!(found(&store, "-tea"), [1], "a sign of the database's own language is none");
}

#[test]
fn the_words_of_somebody_who_is_gone_are_in_no_page_of_the_index() {
    let mut store = indexed(&["zebrafish", "tea"]);
    let holds = |store: &RoomSql| {
        number(store, "SELECT count(*) FROM words_data WHERE instr(block, ?) > 0", &[b"ebrafish".as_slice().into()])
    };
    assert!(holds(&store) > 0);
    store.unindex(1).unwrap();
    store.bury(1, "{}").unwrap();
    store.forget_person("user_1").unwrap();
    assert_eq!((holds(&store), found(&store, "tea")), (0, vec![2]));
}

#[test]
fn a_message_reads_in_the_answer_as_it_reads_in_the_log() {
    let mut store = indexed(&["tea"]);
    store.set_view(1, &protocol::testing::body("tea, edited")).unwrap();
    store.unname(1, "Gone").unwrap();
    assert_eq!(store.indexed(&clauses("tea"), 0, 9, 9), store.read(1, 1, 1));
    let event = store.indexed(&clauses("tea"), 0, 9, 9).unwrap().remove(0);
    assert_eq!((event.id, event.ts, event.name.as_str(), event.session), (id(1), at(1), "Gone", None));
}

#[test]
fn a_group_that_begins_anew_is_indexed_from_its_begin() {
    let mut store = indexed(&["tea"]);
    store.erase().unwrap();
    protocol::machines::room::RoomStore::begin_anew(&mut store, 8).unwrap();
    assert_eq!((store.indexed_to(), is_sound(&store)), (Ok(0), true));
}

/// Every filter (`has:`), with the number of steps of the last version whose index had no mark of it. A mark is a token, so a new filter
/// needs a step that indexes every message again, as [`PIECES`] did. Its row has the number of steps before that one; rows never change.
const UNMARKED: [(Has, usize); Has::ALL.len()] = [(Has::Link, 5), (Has::Reply, 5), (Has::Reaction, 5), (Has::Edit, 5)];

/// A message that every filter finds.
const MARKED: &str =
    r#"{"content":"see https://example.org","replyTo":"x","editedAt":3,"reactions":[{"reaction":"like"}]}"#;

/// A room of an earlier version, with a message that is in its index, if it had one, without any mark.
fn indexed_without_marks(steps: usize) -> RoomSql {
    let sql = left_by(steps);
    exec(&sql, "INSERT INTO room (one, id, epoch, oldest) VALUES (1, 'general', 77, 1)", &[]).unwrap();
    let insert = "INSERT INTO events (seq, id, ts, name, kind, body) VALUES (1, 'm1', 10, 'Nora', 'chat', ?)";
    exec(&sql, insert, &[MARKED.into()]).unwrap();
    // Before its tenth step a room did not know how far its index goes.
    if steps >= 10 {
        exec(&sql, "INSERT INTO words (rowid, tokens) VALUES (1, 'see')", &[]).unwrap();
        exec(&sql, "UPDATE room SET indexed_seq = 1", &[]).unwrap();
    }
    woken(&sql, ring(""))
}

#[test]
fn a_filter_finds_in_a_room_that_is_older_than_the_filter() {
    assert_eq!(UNMARKED.map(|(has, _)| has), Has::ALL, "each filter in its place");
    for (has, last) in UNMARKED {
        for steps in 1..=last {
            let mut store = indexed_without_marks(steps);
            for event in store.read(store.indexed_to().unwrap() + 1, SEQ_MAX, 9).unwrap() {
                store.index(event.seq, &tokens_of(&event).unwrap()).unwrap();
            }
            assert_eq!(found(&store, &format!("has:{}", has.as_str())), [1], "{has:?}, {steps} steps");
        }
    }
}
