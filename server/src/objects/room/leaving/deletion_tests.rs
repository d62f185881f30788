//! Promises of the removal of a deleted person from a room (`leaving.md` 2).

use protocol::log::LogStore;
use protocol::machines::room::{ChangeStore, GroupStore, RoomStore};
use protocol::testing::{body, body_with_files, member, record, said};
use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::sql::older::tables;
use crate::objects::room::tests::{count, log_of, number, room, sealed_room, texts};

/// Tables with rows of people that [`LeavingStore::forget_person`] leaves alone: the machine removes members and the pin, and takes
/// reactions back one by one.
const BY_THE_MACHINE: [&str; 3] = ["members", "pin", "reactions"];

/// Tables whose rows are somebody's.
fn personal(store: &RoomSql) -> Vec<String> {
    let is_personal = |table: &String| {
        let columns = texts(store, &format!("SELECT name FROM pragma_table_info('{table}')"));
        columns.iter().any(|column| column == "user")
    };
    tables(&store.sql).into_iter().filter(is_personal).collect()
}

#[test]
fn every_table_that_names_people_is_cleared_of_whoever_goes() {
    let store = room();
    let (mut cleared, mut wanted) = (OWN.map(str::to_owned).to_vec(), personal(&store));
    wanted.retain(|table| !BY_THE_MACHINE.contains(&table.as_str()));
    cleared.sort();
    wanted.sort();
    assert_eq!(cleared, wanted);
}

#[test]
fn whoever_goes_leaves_no_row_and_others_keep_theirs() {
    let mut store = log_of(room(), 1);
    for user in ["a", "b"] {
        for table in OWN {
            let columns = texts(&store, &format!("SELECT name FROM pragma_table_info('{table}')"));
            let value = |column: &String| {
                if ["user", "id"].contains(&column.as_str()) { format!("'{user}'") } else { "1".to_owned() }
            };
            let values: Vec<String> = columns.iter().map(value).collect();
            exec(&store.sql, &format!("INSERT INTO {table} VALUES ({})", values.join(",")), &[]).unwrap();
        }
    }
    for _ in 0..2 {
        store.forget_person("a").unwrap();
        for table in OWN {
            assert_eq!(texts(&store, &format!("SELECT user FROM {table}")), ["b"], "{table}");
        }
    }
}

#[test]
fn what_the_inbox_of_whoever_goes_has_yet_to_hide_is_called_for_no_more() {
    let mut store = room();
    for user in ["a", "b"] {
        store.add_hiding(user, "m1", 5).unwrap();
    }
    store.forget_person("a").unwrap();
    assert_eq!(texts(&store, "SELECT key FROM jobs"), ["b m1"]);
}

#[test]
fn a_long_log_is_looked_through_a_span_at_a_time() {
    let store = log_of(room(), 1);
    let many = "INSERT INTO events (seq, id, ts, actor, name, kind, body) \
                WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
                SELECT i, 'id' || i, 1, 'other', '', 'nudge', '' FROM n";
    let head = SPAN * 2 + 5;
    // Bodies of nudges are not sealed.
    exec(&store.sql, many, &[head.into()]).unwrap();
    exec(&store.sql, "UPDATE events SET actor = 'user_1' WHERE seq IN (?, ?)", &[(SPAN + 7).into(), head.into()])
        .unwrap();
    let (mut after, mut searched) = (0, Vec::new());
    while after < head {
        let (found, to) = store.written_by("user_1", after, 50).unwrap();
        searched.push((found.iter().map(|event| event.seq).collect::<Vec<u64>>(), to));
        after = to;
    }
    assert_eq!(searched, [(vec![1], SPAN), (vec![SPAN + 7], SPAN * 2), (vec![head], head)]);
}

#[test]
fn a_portion_that_is_full_ends_with_its_last_event() {
    let store = log_of(room(), 5);
    let (found, to) = store.written_by("user_1", 1, 3).unwrap();
    assert_eq!((found.len(), to), (3, 4));
    assert_eq!(store.written_by("user_1", 4, 1).unwrap().1, 5);
    assert_eq!(store.written_by("user_1", 5, 1), Ok((vec![], 5)));
}

#[test]
fn a_body_stays_to_the_letter_without_its_files() {
    let words = "ü \"x\" \\ \u{7} 👩🏽‍🚀 שלום 1.50";
    for new in [room, sealed_room] {
        let mut store = log_of(new(), 0);
        let plain = r#"{"content":"a","replyTo":"x","font":{"color":3,"size":1.50},"n":[1,2.0,1e5,null,true]}"#;
        store.insert(&Event { body: plain.to_owned(), ..said(1, "a", "") }).unwrap();
        store.insert(&Event { body: body_with_files(words, &["a.f"], &["a.p"]), ..said(2, "a", "") }).unwrap();
        store.insert(&Event { body: "sha256:00".to_owned(), ..said(3, "a", "") }).unwrap();
        for seq in 1..=3 {
            store.unname(seq, "Gone").unwrap();
        }
        let bodies: Vec<String> = store.read(1, 3, 9).unwrap().into_iter().map(|event| event.body).collect();
        assert_eq!(bodies, [plain.to_owned(), body(words), "sha256:00".to_owned()]);
        assert_eq!(
            store.find(&protocol::testing::id(2)).unwrap().unwrap().body,
            body(words),
            "nor is there a file in what was written"
        );
    }
}

#[test]
fn files_of_somebody_who_goes_are_shown_no_more() {
    let mut store = log_of(room(), 0);
    store.insert(&Event { body: body_with_files("x", &["a.f"], &["a.p"]), ..said(1, "a", "") }).unwrap();
    exec(&store.sql, "DELETE FROM jobs", &[]).unwrap();
    store.unname(1, "Gone").unwrap();
    assert_eq!((count(&store, "attachments"), count(&store, "jobs")), (0, 2));
}

#[test]
fn an_event_that_was_never_changed_has_no_view_afterwards_either() {
    let mut store = log_of(room(), 2);
    store.set_view(2, &body("edited")).unwrap();
    for seq in 1..=2 {
        store.unname(seq, "Gone").unwrap();
    }
    assert_eq!(number(&store, "SELECT count(*) FROM events WHERE view IS NULL", &[]), 1);
    assert_eq!(store.read(2, 2, 1).unwrap()[0].body, body("edited"));
    assert_eq!(store.read(0, SEQ_MAX, 9).unwrap().iter().filter(|event| event.session.is_some()).count(), 0);
}

#[test]
fn those_for_whom_something_waits_or_who_are_here_hear_of_it_once_each() {
    let mut store = log_of(room(), 1);
    store.save_group(&record()).unwrap();
    store.save_member(&member("user_1")).unwrap();
    store.save_member(&member("user_2")).unwrap();
    store.note_sent("user_2", 1).unwrap();
    store.note_sent("user_3", 1).unwrap();
    store.outbox_add("user_3", 1, false, 1).unwrap();
    store.outbox_add("user_4", 1, false, 1).unwrap();
    let mut people = waiting_or_here(&store.sql).unwrap();
    people.sort();
    assert_eq!(people, ["user_1", "user_2", "user_3", "user_4"]);
}
