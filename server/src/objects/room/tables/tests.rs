//! Promises of a room's tables: those of every store, over open and over sealed rows, and those that only a database can break.

use protocol::log::{LogMeta, LogStore, RetentionStore};
use protocol::machines::room::{ChangeStore, GroupStore, LeavingStore, PeopleStore, PinStore, RoomStore, SearchStore};
use protocol::testing::{at, id, known, member, pin, record, said};
use protocol::words::event::{Event, Kind};
use protocol::words::limits::SEQ_MAX;

use super::RoomSql;
use crate::kit::sql::older::contents;
use crate::kit::sql::{Database, exec, has_tables};
use crate::objects::room::schema::STEPS;
use crate::objects::room::tests::{count, log_of, number, room, sealed_room, slept, wordy};

macro_rules! suites {
    ($($module:ident: $promises:ident of $new:ident;)*) => {
        $(
            mod $module {
                protocol::$promises!(crate::objects::room::tests::$new);
            }
        )*
    };
}

suites! {
    whole: room_promises of room;
    sealed_whole: room_promises of sealed_room;
    log: log_promises of room;
    sealed_log: log_promises of sealed_room;
    retention: retention_promises of room;
    sealed_retention: retention_promises of sealed_room;
    changes: change_promises of room;
    sealed_changes: change_promises of sealed_room;
    group: group_promises of room;
    sealed_group: group_promises of sealed_room;
    search: search_promises of room;
    leaving: leaving_promises of room;
    sealed_leaving: leaving_promises of sealed_room;
}

// ---- what a database alone can break

#[test]
fn a_room_is_made_once() {
    let mut store = log_of(room(), 1);
    assert!(store.create(&LogMeta { epoch: 8, head: 0, oldest: 1, ts: 0 }).is_err());
    assert_eq!(store.meta().unwrap().unwrap().epoch, 7);
}

#[test]
fn a_place_is_never_given_twice() {
    let mut store = log_of(room(), 2);
    let before = contents(&store.sql);
    assert!(store.insert(&Event { id: id(9), ..said(2, "user_2", "mine") }).is_err());
    assert_eq!(contents(&store.sql), before);
}

#[test]
fn a_change_is_noted_once() {
    let mut store = log_of(room(), 2);
    store.note_change(1, 2).unwrap();
    assert!(store.note_change(1, 2).is_err());
    assert_eq!(count(&store, "changes"), 1);
}

#[test]
fn there_is_one_room_one_group_and_one_pin_in_an_object() {
    let mut store = wordy(room());
    store.save_pin(Some(&pin(1))).unwrap();
    for table in ["room", "group_record", "pin"] {
        assert!(exec(&store.sql, &format!("UPDATE {table} SET one = 2"), &[]).is_err(), "{table}");
        assert_eq!(count(&store, table), 1, "{table}");
    }
}

#[test]
fn a_kind_of_which_nobody_knows_is_a_fault_that_tells_no_words() {
    let store = log_of(room(), 1);
    exec(&store.sql, "UPDATE events SET kind = 'shout'", &[]).unwrap();
    let faults =
        [store.read(1, 1, 1).map(|_| ()), store.find(&id(1)).map(|_| ()), store.originals(1, 1, 1).map(|_| ())];
    for fault in faults {
        assert_eq!(fault.unwrap_err().0, "unknown kind shout in the log");
    }
}

#[test]
fn a_room_that_nobody_made_leaves_nothing_behind() {
    let sql = Database::new();
    assert_eq!(RoomSql::room_in(&sql), Ok(None));
    assert_eq!(has_tables(&sql), Ok(false));
    assert!(contents(&sql).is_empty());
}

#[test]
fn a_room_is_found_by_a_wake_that_brings_no_name() {
    let store = room();
    assert_eq!(RoomSql::room_in(&store.sql), Ok(None), "there are tables, and no room in them");
    let store = log_of(store, 0);
    assert_eq!(RoomSql::room_in(&store.sql), Ok(Some("general".to_owned())));
}

#[test]
fn nothing_changes_when_a_room_wakes() {
    let store = wordy(room());
    let before = contents(&store.sql);
    for _ in 0..2 {
        slept(&store);
        assert_eq!(contents(&store.sql), before);
    }
    assert_eq!(number(&store, "SELECT version FROM schema", &[]), STEPS.len() as u64);
}

/// Writes with every function that writes.
fn write_everything(store: &mut RoomSql) {
    store.insert(&said(4, "user_2", "more")).unwrap();
    store.note_change(1, 4).unwrap();
    store.set_view(1, "{}").unwrap();
    store.index(1, "other").unwrap();
    store.set_indexed_to(4).unwrap();
    store.hide("user_2", 1).unwrap();
    store.save_known("user_2", &known(1)).unwrap();
    store.save_pin(Some(&pin(1))).unwrap();
    store.save_group(&record()).unwrap();
    store.save_member(&member("user_2")).unwrap();
    store.notification_add("user_2", 1, 1).unwrap();
    store.outbox_add("user_2", 4, false, 1).unwrap();
    store.save_limit("history", "user_2", "1").unwrap();
    store.note_sent("user_2", 4).unwrap();
    store.clear_later("user_2", 4, 1, 1).unwrap();
    store.add_hiding("user_2", &id(1), 1).unwrap();
    store.bury(2, "{}").unwrap();
    store.unname(1, "Gone").unwrap();
    store.drop_bodies(&[(1, "sha256:1".to_owned())], 2).unwrap();
    store.drop_rows(2, SEQ_MAX).unwrap();
    store.forget_person("user_1").unwrap();
}

#[test]
fn a_step_that_fails_leaves_no_trace() {
    for new in [room, sealed_room] {
        let mut store = wordy(new());
        let before = contents(&store.sql);
        let sql = store.sql.clone();
        assert!(!sql.in_transaction(|| {
            write_everything(&mut store);
            assert_ne!(contents(&store.sql), before);
            false
        }));
        assert_eq!(contents(&sql), before);
        assert!(!sql.in_transaction(|| {
            store.erase().unwrap();
            store.begin_anew(9).unwrap();
            false
        }));
        assert_eq!(contents(&sql), before);
    }
}

#[test]
fn a_step_that_is_committed_is_there_after_a_sleep() {
    let mut store = wordy(room());
    let sql = store.sql.clone();
    assert!(sql.in_transaction(|| {
        write_everything(&mut store);
        true
    }));
    let again = slept(&store);
    assert_eq!((again.meta(), again.read(0, SEQ_MAX, 99)), (store.meta(), store.read(0, SEQ_MAX, 99)));
    assert_eq!((again.pin(), again.group(), again.outbox()), (store.pin(), store.group(), store.outbox()));
    assert_eq!(again.hidden("user_2", 0, SEQ_MAX), store.hidden("user_2", 0, SEQ_MAX));
}

#[test]
fn what_somebody_hid_stays_hidden_over_a_sleep() {
    let mut store = log_of(room(), 2);
    assert!(!slept(&store).has_hidden);
    store.hide("user_2", 1).unwrap();
    let store = slept(&store);
    assert!(store.has_hidden);
    assert_eq!((store.hidden("user_2", 0, SEQ_MAX), store.hidden_by(1)), (Ok(vec![1]), Ok(vec!["user_2".to_owned()])));
    assert_eq!(store.hidden_ids("user_2", 0, 9), Ok(vec![id(1)]));
}

#[test]
fn an_id_is_looked_up_in_an_index_and_never_by_a_look_at_all() {
    let store = log_of(room(), 1);
    let plan = |query: &str| {
        let query = format!("EXPLAIN QUERY PLAN {query}");
        crate::kit::sql::rows(&store.sql, &query, &[], |row| row.text(3)).unwrap().join("; ")
    };
    let hot = [
        "SELECT seq FROM events WHERE id = 'x'",
        "SELECT seq FROM events WHERE seq BETWEEN 1 AND 9 ORDER BY seq LIMIT 9",
        "SELECT ts FROM events WHERE seq > 1 AND actor = 'a' AND kind = 'chat' ORDER BY seq",
        "SELECT c.seq FROM changes c JOIN events e ON e.seq = c.target WHERE c.seq BETWEEN 1 AND 9",
        "SELECT e.seq FROM changes c JOIN events e ON e.seq = c.seq WHERE c.target = 1 ORDER BY c.seq",
        "SELECT user, reaction FROM reactions WHERE target = 1 ORDER BY seq",
        "SELECT target FROM hidden WHERE user = 'a' AND target BETWEEN 1 AND 9",
        "SELECT user FROM hidden WHERE target = 1",
        "SELECT seq FROM attachments WHERE id = 'x' ORDER BY seq DESC",
        "SELECT id FROM attachments WHERE seq = 1",
        "SELECT user, used FROM limits WHERE name = 'history'",
    ];
    for query in hot {
        assert!(!plan(query).contains("SCAN"), "{query}: {}", plan(query));
    }
}

#[test]
fn times_go_up_to_the_largest_number_and_trimming_by_them_does() {
    let mut store = log_of(room(), 2);
    store.insert(&Event { ts: SEQ_MAX, kind: Kind::Nudge, ..said(3, "user_1", "hi") }).unwrap();
    assert_eq!(store.times("user_1", Kind::Nudge, at(2)), Ok(vec![SEQ_MAX]));
    assert_eq!([store.seq_at(SEQ_MAX - 1), store.seq_at(SEQ_MAX)], [Ok(2), Ok(3)]);
    store.drop_rows(SEQ_MAX, SEQ_MAX - 1).unwrap();
    assert_eq!(store.oldest_row(), Ok(Some((3, SEQ_MAX))));
}
