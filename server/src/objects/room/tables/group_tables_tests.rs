//! Promises of a group's rows that only a database can break, and of the end of a group.

use protocol::log::LogStore;
use protocol::machines::room::{ChangeStore, PeopleStore, PinStore, Receipt, RoomStore, StoredReaction};
use protocol::testing::{body_with_files, change, known, member, pin, record, said};
use protocol::words::event::{Event, Kind};

use super::*;
use crate::kit::sql::older::tables;
use crate::objects::room::tests::{count, file_news, log_of, number, room, sealed_room};

/// A group with something in every table in which something is that was said, or somebody who was there.
fn full(store: RoomSql) -> RoomSql {
    let mut store = log_of(store, 0);
    store.insert(&Event { body: body_with_files("hi", &["u.f"], &[]), ..said(1, "u", "") }).unwrap();
    store.insert(&change(2, "u", Kind::Edit, 1)).unwrap();
    store.note_change(1, 2).unwrap();
    store.add_reaction(1, &StoredReaction { user: "u".to_owned(), reaction: "heart".to_owned() }, 3).unwrap();
    protocol::machines::room::SearchStore::index(&mut store, 1, "hi").unwrap();
    store.hide("u", 1).unwrap();
    store.save_receipt("u", &Receipt::default()).unwrap();
    store.save_known("u", &known(1)).unwrap();
    store.save_pin(Some(&pin(1))).unwrap();
    store.outbox_add("u", 1, false, 1).unwrap();
    store.note_sent("u", 1).unwrap();
    store.clear_later("u", 1, 1, 1).unwrap();
    store.add_hiding("u", "m", 1).unwrap();
    store.save_limit("history", "u", "1").unwrap();
    store.save_group(&record()).unwrap();
    store.save_member(&member("user_1")).unwrap();
    store.notification_add("user_1", 1, 1).unwrap();
    for insert in [
        "INSERT INTO bot_answers VALUES ('x', 'bot_ada', 1, 'u', 's', 0, 5, 0)",
        "INSERT INTO bot_lines VALUES ('sleeping', 7)",
        "INSERT INTO held VALUES ('h', 1, 'u', '', 'U', '{}', '')",
        "INSERT INTO held_files VALUES ('h', 'user_1.g')",
        "INSERT INTO reviews VALUES ('r', 'u', 1, 0)",
        "INSERT INTO integrations VALUES ('hook_a', 'Builds', '5e', 7, 8, 'user_1', 1)",
        "INSERT INTO embedding VALUES (1, 'https://a.example', 'read')",
        "INSERT INTO own_bots VALUES ('hook_b', 'Ops', '5e', 'read', '[]', NULL, NULL, 0, 7, 1, 'user_1', 1, 0)",
        "INSERT INTO bot_deliveries VALUES ('hook_b', 1, 7, 0, 0)",
        "INSERT INTO dead VALUES ('hook_b', 1, 500, 'x', 9, 7)",
        "INSERT INTO demo VALUES (1, 'state')",
        "INSERT INTO counts VALUES ('m', 1)",
        "INSERT INTO audit (ts, actor, action, target, address, request, result) VALUES (1, 'u', '', '', '', '', '')",
    ] {
        exec(&store.sql, insert, &[]).unwrap();
    }
    store
}

fn filled(store: &RoomSql) -> Vec<String> {
    tables(&store.sql).into_iter().filter(|table| !table.starts_with("words_") && count(store, table) > 0).collect()
}

#[test]
fn the_end_of_a_group_empties_every_table_but_those_that_others_still_have_to_hear_of() {
    for new in [room, sealed_room] {
        let mut store = full(new());
        let unsealed: Vec<String> = filled(&store).into_iter().filter(|table| table != "sealing").collect();
        assert_eq!(unsealed.len() + usize::from(store.sql.seals()), tables(&store.sql).len() - shadows(&store) - 3);
        store.erase().unwrap();
        let left: Vec<String> = filled(&store).into_iter().filter(|table| table != "sealing").collect();
        assert_eq!(
            left,
            ["audit", "counts", "demo", "group_record", "jobs", "limits", "news", "numbers", "room", "schema"]
        );
    }
}

/// Tables in which the index keeps itself.
fn shadows(store: &RoomSql) -> usize {
    tables(&store.sql).iter().filter(|table| table.starts_with("words_")).count()
}

#[test]
fn owners_of_files_hear_of_the_end_of_a_group() {
    let mut store = full(room());
    exec(&store.sql, "DELETE FROM jobs WHERE kind = 'file_news'", &[]).unwrap();
    store.erase().unwrap();
    assert_eq!(
        (file_news(&store).as_slice(), count(&store, "jobs")),
        (["u.f", "user_1.g"].map(str::to_owned).as_slice(), 2)
    );
}

#[test]
fn of_an_erased_group_nothing_is_left_in_the_index() {
    let mut store = full(room());
    store.erase().unwrap();
    assert_eq!(number(&store, "SELECT count(*) FROM words_docsize", &[]), 0);
    exec(&store.sql, "INSERT INTO words (words) VALUES ('integrity-check')", &[]).unwrap();
}

#[test]
fn words_for_a_role_a_standing_or_a_visibility_that_nobody_knows_are_faults() {
    let spoilt = [
        ("UPDATE members SET role = 'king'", "unknown role king in a group"),
        ("UPDATE members SET standing = 'gone'", "unknown standing gone in a group"),
        ("UPDATE members SET user = ''", "unknown user  in a group"),
        ("UPDATE group_record SET visibility = 'secret'", "unknown visibility secret in a group"),
    ];
    for (update, fault) in spoilt {
        let store = full(room());
        exec(&store.sql, update, &[]).unwrap();
        assert_eq!(store.group(), Err(Fault(fault.to_owned())));
    }
}

#[test]
fn a_tally_of_failures_beyond_all_bounds_is_the_largest_there_is() {
    let mut store = room();
    store.notification_add("user_1", 1, 1).unwrap();
    exec(&store.sql, "UPDATE news SET tries = 4294967296", &[]).unwrap();
    assert_eq!(store.notifications().unwrap()[0].tries, u32::MAX);
}
