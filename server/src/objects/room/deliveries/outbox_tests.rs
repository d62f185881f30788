//! Promises of the outbox of a room, and of the data that accompanies each message into an inbox.

use protocol::people::contacts::Privacy;
use protocol::testing::said;
use protocol::words::ids::RoomRules;
use protocol::words::limits::SEQ_MAX;
use protocol::words::principal::UserKind;

use super::*;
use crate::kit::sql::exec;
use crate::objects::room::tests::{count, log_of, room, slept};

fn event(seq: u64) -> InboxEvent {
    inbox_event("general", InboxUpdate { event: said(seq, "user_1", "hi"), target: None, message: None })
}

#[test]
fn every_event_says_how_much_is_unread_up_to_it() {
    let events = count_unread([3, 4, 7, 9].map(event).into(), &[2, 4, 5, 9]);
    assert_eq!(
        events.iter().map(|event| (event.seq, event.unread)).collect::<Vec<_>>(),
        [(3, 1), (4, 2), (7, 3), (9, 4)]
    );
}

#[test]
fn where_nothing_is_unread_no_event_says_that_anything_is() {
    let events = count_unread([3, 4].map(event).into(), &[]);
    assert!(events.iter().all(|event| event.unread == 0));
    assert!(count_unread(vec![], &[1]).is_empty());
}

#[test]
fn an_event_of_which_nothing_is_left_has_no_words() {
    let said = said(3, "user_1", "zebrafish");
    let removed = inbox_event("general", InboxUpdate { event: said.clone(), target: Some(2), message: None });
    assert_eq!(
        (removed.json.as_str(), removed.seq, removed.target, removed.sender.as_str()),
        ("", 3, Some(2), "user_1")
    );
    let there = inbox_event("general", InboxUpdate { event: said.clone(), target: None, message: Some(said) });
    assert!(there.json.contains("zebrafish"));
}

#[test]
fn what_waits_outlives_a_sleep() {
    let mut store = log_of(room(), 3);
    store.outbox_add("a", 1, false, 10).unwrap();
    store.outbox_add("a", 3, true, 20).unwrap();
    store.outbox_retry("a", 30).unwrap();
    let wanted = OutboxEntry { user: "a".to_owned(), from_seq: 1, to_seq: 3, stored_to: 1, due_at: 30, tries: 1 };
    assert_eq!(slept(&store).outbox(), Ok(vec![wanted]));
}

#[test]
fn a_message_waits_for_what_its_reader_has_to_hear_first() {
    let mut store = log_of(room(), 3);
    assert_eq!(due_at(&store), Ok(None));
    store.outbox_add("a", 1, false, 10).unwrap();
    store.outbox_add("b", 1, false, 40).unwrap();
    assert_eq!(due_at(&store), Ok(Some(10)));
    store.notification_add("a", 7, 50).unwrap();
    assert_eq!(due_at(&store), Ok(Some(40)), "an alarm at 10 would find nothing to do, and set the next one at once");
    store.notification_retry("a", 30).unwrap();
    assert_eq!(due_at(&slept(&store)), Ok(Some(30)));
    store.notification_done("a", 7).unwrap();
    assert_eq!(due_at(&store), Ok(Some(10)));
}

#[test]
fn the_next_delivery_may_be_of_a_file() {
    let mut store = log_of(room(), 1);
    store.outbox_add("a", 1, false, 10).unwrap();
    exec(&store.sql, "INSERT INTO jobs VALUES ('file_news', 'f', '{}', 5, 0)", &[]).unwrap();
    assert_eq!(due_at(&store), Ok(Some(5)));
}

#[test]
fn the_backlog_counts_what_failed_of_every_kind() {
    let mut store = log_of(room(), 1);
    store.outbox_add("a", 1, false, 10).unwrap();
    store.notification_add("a", 7, 50).unwrap();
    store.clear_later("a", 1, 10, 0).unwrap();
    exec(&store.sql, "INSERT INTO jobs VALUES ('file_news', 'f', '{}', 5, 0)", &[]).unwrap();
    assert_eq!(count_backlog(&store.sql), Ok(0));
    for (failed, table) in (1..).zip(["outbox", "news", "clearings", "jobs"]) {
        exec(&store.sql, &format!("UPDATE {table} SET tries = 1"), &[]).unwrap();
        assert_eq!(count_backlog(&store.sql), Ok(failed), "{table}");
    }
}

#[test]
fn a_row_of_before_it_was_known_who_was_here_keeps_all_for_somebody_who_was_not() {
    let store = room();
    let old = "INSERT INTO outbox (user, from_seq, to_seq, due_at, tries) VALUES ('a', 2, 3, 1, 0)";
    exec(&store.sql, old, &[]).unwrap();
    assert_eq!(store.outbox().unwrap()[0].stored_to, SEQ_MAX);
    let sent = store.outbox().unwrap().remove(0);
    let mut store = store;
    store.outbox_done(&sent, 3).unwrap();
    assert_eq!(count(&store, "outbox"), 0);
}

#[test]
fn a_tally_of_failures_is_counted_on_over_a_sleep() {
    let mut store = room();
    store.outbox_add("a", 1, false, 10).unwrap();
    for tries in 1..=20 {
        store.outbox_retry("a", 10 + u64::from(tries)).unwrap();
        store = slept(&store);
        assert_eq!(store.outbox().unwrap()[0].tries, tries);
    }
}

#[test]
fn whoever_may_read_there_is_known_by_id_where_nothing_else_is() {
    let user = UserId::parse("g_nora").unwrap();
    let room = RoomId::parse("general", &RoomRules { public: vec!["general".to_owned()], open: false }).unwrap();
    let principal = principal_of(&room, &user, None);
    assert_eq!((principal.kind, principal.session.as_str(), principal.visible_from), (UserKind::Guest, "", 0));
}

#[test]
fn a_player_reads_there_in_their_session_and_nothing_of_earlier_players() {
    let user = UserId::parse("user_7").unwrap();
    let room = RoomId::parse("general", &RoomRules { public: vec!["general".to_owned()], open: false }).unwrap();
    let reader =
        InboxReader { privacy: Privacy::of_kind(UserKind::Persona), visible_from: 9, session: "s1".to_owned() };
    let principal = principal_of(&room, &user, Some(&reader));
    assert_eq!((principal.kind, principal.session.as_str(), principal.visible_from), (UserKind::Persona, "s1", 9));
}
