//! Promises of pending calls to people's objects: inboxes with entries, inboxes to clear, and messages that were deleted for one person.

use protocol::log::LogStore;
use protocol::machines::room::{ChangeStore, RoomStore, StoredReaction};
use protocol::testing::{ODD_TEXTS, id, said};
use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::jobs::all;
use crate::objects::room::tests::{count, file_news, log_of, room, texts};

fn clearing(store: &RoomSql) -> Option<(String, u64, Millis, u32)> {
    store.next_clearing().unwrap().map(|Clearing { user, seq, due_at, tries }| (user, seq, due_at, tries))
}

#[test]
fn an_inbox_that_was_told_may_hold_something_until_it_was_cleared() {
    let store = room();
    for user in ODD_TEXTS {
        assert!(!store.was_sent(user).unwrap(), "{user}");
        store.note_sent(user, 5).unwrap();
        assert!(store.was_sent(user).unwrap(), "{user}");
    }
    for user in ODD_TEXTS {
        store.cleared(user, 5).unwrap();
        assert!(!store.was_sent(user).unwrap(), "{user}");
    }
}

#[test]
fn an_inbox_that_is_about_to_be_told_may_hold_something_as_well() {
    let mut store = room();
    store.outbox_add("a", 5, false, 1).unwrap();
    assert!(store.was_sent("a").unwrap() && !store.was_sent("b").unwrap());
}

#[test]
fn what_was_told_after_what_was_read_still_waits_there() {
    let store = room();
    store.note_sent("a", 9).unwrap();
    store.note_sent("a", 4).unwrap();
    store.cleared("a", 8).unwrap();
    assert!(store.was_sent("a").unwrap(), "a late word of something earlier takes nothing back");
    store.cleared("a", 9).unwrap();
    store.cleared("a", 9).unwrap();
    assert!(!store.was_sent("a").unwrap());
}

#[test]
fn the_inbox_that_is_due_first_is_cleared_first() {
    let store = room();
    assert_eq!(clearing(&store), None);
    for (user, due_at) in [("b", 20), ("a", 30), ("c", 10)] {
        store.clear_later(user, 5, due_at, 1).unwrap();
    }
    let order: Vec<String> = std::iter::from_fn(|| {
        let (user, seq, ..) = clearing(&store)?;
        store.cleared(&user, seq).unwrap();
        Some(user)
    })
    .collect();
    assert_eq!(order, ["c", "b", "a"]);
}

#[test]
fn an_inbox_is_cleared_as_far_as_was_ever_read_there_when_it_was_last_put_off() {
    let store = room();
    store.clear_later("a", 9, 10, 1).unwrap();
    store.clear_later("a", 4, 50, 2).unwrap();
    assert_eq!(clearing(&store), Some(("a".to_owned(), 9, 50, 2)));
    store.clear_later("a", SEQ_MAX, SEQ_MAX, u32::MAX).unwrap();
    assert_eq!(clearing(&store), Some(("a".to_owned(), SEQ_MAX, SEQ_MAX, u32::MAX)));
}

#[test]
fn an_inbox_that_was_cleared_less_far_is_cleared_again() {
    let store = room();
    store.clear_later("a", 9, 10, 1).unwrap();
    store.clear_later("b", 9, 20, 1).unwrap();
    store.cleared("a", 8).unwrap();
    assert_eq!(clearing(&store).unwrap().0, "a");
    store.cleared("a", 9).unwrap();
    assert_eq!(clearing(&store).unwrap().0, "b");
}

#[test]
fn a_hiding_is_one_job_for_each_person_and_message_until_the_person_is_deleted() {
    let store = room();
    for (user, message) in [("a", "m1"), ("a", "m2"), ("ab", "m1"), ("a", "m1")] {
        store.add_hiding(user, message, 5).unwrap();
    }
    assert_eq!(texts(&store, "SELECT key FROM jobs ORDER BY key"), ["a m1", "a m2", "ab m1"]);
    store.forget_hidings_of("a").unwrap();
    let left = Hiding { user: "ab".to_owned(), message: "m1".to_owned() };
    assert_eq!(all(&store.sql), Ok(vec![("ab m1".to_owned(), left)]));
}

#[test]
fn one_reaction_of_one_person_is_one_row() {
    let mut store = log_of(room(), 1);
    let heart = StoredReaction { user: "a".to_owned(), reaction: "heart".to_owned() };
    store.add_reaction(1, &heart, 2).unwrap();
    assert!(store.add_reaction(1, &heart, 3).is_err());
    assert_eq!((store.reactions(1), count(&store, "reactions")), (Ok(vec![heart]), 1));
}

#[test]
fn rooms_where_nobody_hid_anything_are_not_looked_up() {
    let mut store = log_of(room(), 1);
    // A row that did not come through the store is not seen: the cached flag saves the query.
    exec(&store.sql, "INSERT INTO hidden VALUES ('a', 1)", &[]).unwrap();
    assert_eq!((store.hidden("a", 0, 9), store.hidden_by(1)), (Ok(vec![]), Ok(vec![])));
    store.hide("b", 1).unwrap();
    assert_eq!((store.hidden("a", 0, 9), store.hidden_ids("a", 0, 9)), (Ok(vec![1]), Ok(vec![id(1)])));
}

#[test]
fn a_view_hides_no_file_of_the_event_that_it_is_of() {
    let mut store = log_of(room(), 0);
    let event =
        Event { body: protocol::testing::body_with_files("hi", &["u.f1", "u.f2"], &["u.p"]), ..said(1, "u", "") };
    store.insert(&event).unwrap();
    store.set_view(1, &protocol::testing::body_with_files("hi", &["u.f2"], &["u.p"])).unwrap();
    let shown = rows(&store.sql, "SELECT id FROM attachments ORDER BY id", &[], |row| row.text(0)).unwrap();
    assert_eq!(shown, ["u.f2", "u.p"]);
    store.bury(1, "{}").unwrap();
    assert_eq!(count(&store, "attachments"), 0);
    assert_eq!(file_news(&store).len(), 3, "all owners are to hear of it");
}
