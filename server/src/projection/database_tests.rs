//! Tests of the projection's tables: changes in any order, also repeated, lead to the same rows.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::testing::{ODD_TEXTS, cases};
use protocol::wire::wasmchannel::RowChangeKind;
use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::sql::older::contents;
use crate::kit::sql::{Database, exec, rows};

const T: u64 = 1_795_000_000_000;
const LIKES: &str = "[{\"reaction\":\"like\",\"count\":1,\"users\":[\"u_other\"]}]";

fn write_down(sql: &Database, statements: impl IntoIterator<Item = Statement>) {
    let run = |(query, values): Statement| exec(sql, &query, &values).unwrap();
    assert!(sql.in_transaction(|| {
        statements.into_iter().for_each(run);
        true
    }));
}

pub fn new() -> Database {
    let sql = Database::new();
    write_down(&sql, tables());
    sql
}

fn apply(sql: &Database, changes: &[RowChange]) {
    let known = |change: &RowChange| {
        let values = [change.room.as_str().into(), change.client_id.as_str().into()];
        rows(sql, PLACE, &values, |row| row.number(0)).unwrap().pop()
    };
    let placed: Vec<(&RowChange, Option<u64>)> =
        changes.iter().map(|change| (change, change.seq.or_else(|| known(change)))).collect();
    write_down(sql, statements_for(&placed));
}

/// Returns a change at this version of the message at position 1 of room `r`, whose author is `u_mia`.
fn change(version: u64, actor: &str, what: RowChangeKind) -> RowChange {
    RowChange {
        room: "r".into(),
        seq: Some(1),
        client_id: "m-1".into(),
        actor: actor.into(),
        name: format!("Name {version}"),
        ts: T + version,
        version,
        what,
    }
}

fn said() -> RowChange {
    change(1, "u_mia", RowChangeKind::Said("first".into()))
}

fn edited(version: u64, words: &str) -> RowChange {
    change(version, "u_mia", RowChangeKind::Edited(words.into()))
}

fn liked() -> RowChange {
    change(4, "u_other", RowChangeKind::Reacted(LIKES.into()))
}

fn removed() -> RowChange {
    change(5, "u_admin", RowChangeKind::Deleted)
}

/// Returns the same message, or an edit of it, reported after its text was deleted.
fn buried(version: u64) -> RowChange {
    change(version, "u_mia", RowChangeKind::Buried)
}

fn gone(actor: &str, keeps_words: bool) -> RowChange {
    let what = RowChangeKind::Gone { keeps_words, after: 0 };
    RowChange { seq: None, client_id: String::new(), name: String::new(), ..change(6, actor, what) }
}

fn trimmed(oldest: u64) -> RowChange {
    RowChange {
        seq: None,
        client_id: String::new(),
        name: String::new(),
        actor: String::new(),
        ..change(oldest, "", RowChangeKind::Trimmed)
    }
}

/// Returns a message at another position.
fn said_at(seq: u64, actor: &str, words: &str) -> RowChange {
    RowChange { seq: Some(seq), client_id: format!("m-{seq}"), ..change(seq, actor, RowChangeKind::Said(words.into())) }
}

/// Returns every order of `count` items.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for next in 0..count {
        let with = |order: &Vec<usize>| {
            let order = order.clone();
            (0..=order.len()).map(move |at| [&order[..at], &[next], &order[at..]].concat())
        };
        orders = orders.iter().flat_map(with).collect();
    }
    orders
}

/// Returns text, times and reactions of the message at position 1.
fn row(sql: &Database) -> Option<(String, u64, Option<u64>, String, u64, u64)> {
    let query = "SELECT content, updated_at, deleted_at, reactions, content_seq, reactions_seq FROM messages WHERE id = 'r:1' \
                 AND room_id = 'r' AND user_id = 'u_mia' AND seq = 1 AND client_id = 'm-1' AND created_at = ?";
    let read = |row: &crate::kit::sql::SqlRow| {
        let deleted_at = row.number_or_null(2)?;
        Ok((row.text(0)?, row.number(1)?, deleted_at, row.text(3)?, row.number(4)?, row.number(5)?))
    };
    rows(sql, query, &[(T + 1).into()], read).unwrap().pop()
}

/// Applies the changes one by one in every order, and then all again: the message always ends like this.
fn assert_one_end(changes: &[RowChange], end: (&str, u64, Option<u64>, &str, u64, u64)) {
    let in_order = new();
    apply(&in_order, changes);
    let (words, updated_at, deleted_at, reactions, content_seq, reactions_seq) = end;
    let end = (words.to_owned(), updated_at, deleted_at, reactions.to_owned(), content_seq, reactions_seq);
    assert_eq!(row(&in_order), Some(end));
    assert_ends_as(&in_order, changes.len(), |sql, at| apply(sql, &changes[at..=at]));
}

/// Applies items one by one in every order, and then all again: the rows are always those of `end`.
fn assert_ends_as(end: &Database, count: usize, apply_one: impl Fn(&Database, usize)) {
    for order in orders(count) {
        let sql = new();
        order.iter().for_each(|at| apply_one(&sql, *at));
        assert_eq!(contents(&sql), contents(end), "{order:?}");
        order.iter().rev().for_each(|at| apply_one(&sql, *at));
        assert_eq!(contents(&sql), contents(end), "{order:?}, again");
    }
}

#[test]
fn edits_and_reactions_end_in_the_same_row_in_every_order() {
    let changes = [said(), edited(2, "second"), edited(3, "third"), liked()];
    assert_one_end(&changes, ("third", T + 3, None, LIKES, 3, 4));
}

#[test]
fn reactions_that_were_taken_back_stay_so_in_every_order() {
    let changes = [said(), liked(), change(5, "u_other", RowChangeKind::Reacted("[]".into()))];
    assert_one_end(&changes, ("first", T + 1, None, "[]", 1, 5));
}

#[test]
fn a_deletion_by_somebody_else_ends_in_the_same_row_in_every_order() {
    let changes = [said(), edited(2, "second"), edited(3, "third"), liked(), removed()];
    assert_one_end(&changes, ("", T + 5, Some(T + 5), "[]", 5, 0));
}

#[test]
fn a_deletion_that_is_told_again_when_the_words_are_gone_ends_in_the_same_row_in_every_order() {
    let changes = [said(), edited(3, "third"), buried(3), buried(1), liked(), removed()];
    assert_one_end(&changes, ("", T + 5, Some(T + 5), "[]", 5, 0));
}

#[test]
fn what_somebody_said_who_is_gone_is_empty_in_every_order() {
    let changes = [said(), edited(3, "third"), liked(), gone("u_mia", false)];
    assert_one_end(&changes, ("", T + 3, Some(T + 1), "[]", 3, 0));
}

#[test]
fn what_somebody_said_who_is_gone_is_empty_also_where_it_is_told_without_its_words_in_every_order() {
    let changes = [said(), edited(3, "third"), buried(1), buried(3), liked(), gone("u_mia", false)];
    assert_one_end(&changes, ("", T + 3, Some(T + 1), "[]", 3, 0));
}

#[test]
fn what_somebody_said_who_is_gone_and_leaves_it_stays_in_every_order() {
    let changes = [said(), edited(3, "third"), liked(), gone("u_mia", true)];
    assert_one_end(&changes, ("third", T + 3, None, LIKES, 3, 4));
}

#[test]
fn what_others_say_stays_when_somebody_is_gone_who_reacted_to_it_in_every_order() {
    let changes = [said(), edited(3, "third"), liked(), gone("u_other", false)];
    assert_one_end(&changes, ("third", T + 3, None, LIKES, 3, 4));
}

#[test]
fn what_others_say_stays_when_somebody_is_gone_who_deleted_another_message_in_every_order() {
    let changes = [said(), edited(3, "third"), removed(), gone("u_admin", false)];
    assert_one_end(&changes, ("", T + 5, Some(T + 5), "[]", 5, 0));
}

#[test]
fn a_change_that_comes_before_its_message_is_a_row_that_the_message_fills() {
    let sql = new();
    apply(&sql, &[liked()]);
    let query = "SELECT user_id, created_at, content FROM messages";
    let read = |row: &crate::kit::sql::SqlRow| Ok((row.text(0)?, row.number(1)?, row.text(2)?));
    assert_eq!(rows(&sql, query, &[], read), Ok(vec![("u_other".to_owned(), 0, String::new())]));
    apply(&sql, &[said()]);
    assert_eq!(rows(&sql, query, &[], read), Ok(vec![("u_mia".to_owned(), T + 1, "first".to_owned())]));
}

#[test]
fn what_a_room_let_go_of_is_nowhere_in_every_order_and_everything_else_is_there() {
    let changes = [said(), edited(2, "second"), liked(), said_at(7, "u_mia", "stays"), trimmed(7)];
    let elsewhere = RowChange { room: "s".into(), ..said() };
    for order in orders(changes.len()) {
        let sql = new();
        apply(&sql, slice::from_ref(&elsewhere));
        order.iter().for_each(|at| apply(&sql, &changes[*at..=*at]));
        let found = rows(&sql, "SELECT id FROM messages ORDER BY id", &[], |row| row.text(0));
        assert_eq!(found, Ok(vec!["r:7".to_owned(), "s:1".to_owned()]), "{order:?}");
    }
}

#[test]
fn the_bound_of_a_room_only_rises() {
    let sql = new();
    for (oldest, known) in [(5, 5), (3, 5), (5, 5), (SEQ_MAX, SEQ_MAX)] {
        apply(&sql, &[trimmed(oldest)]);
        assert_eq!(rows(&sql, "SELECT oldest FROM room_bounds", &[], |row| row.number(0)), Ok(vec![known]));
    }
}

#[test]
fn a_change_that_knows_no_place_finds_the_one_of_its_id_or_waits_for_the_log() {
    let sql = new();
    let by_id = RowChange { seq: None, ..edited(9, "by its id") };
    apply(&sql, slice::from_ref(&by_id));
    assert_eq!(rows(&sql, "SELECT 1 FROM messages", &[], |_| Ok(())), Ok(vec![]));
    apply(&sql, &[said()]);
    apply(&sql, &[by_id]);
    assert_eq!(rows(&sql, "SELECT content FROM messages", &[], |row| row.text(0)), Ok(vec!["by its id".to_owned()]));
}

#[test]
fn a_body_of_bytes_without_a_version_changes_no_row_that_is_there() {
    let sql = new();
    apply(&sql, &[said()]);
    let before = contents(&sql);
    apply(&sql, &[RowChange { name: String::new(), ..edited(0, "of no version") }]);
    assert_eq!(contents(&sql), before);
}

#[test]
fn texts_and_numbers_of_any_sort_are_in_the_row_as_they_were_told() {
    let sql = new();
    for (seq, odd) in (1..).zip(ODD_TEXTS) {
        apply(&sql, &[RowChange { ts: SEQ_MAX, ..said_at(seq, "u_mia", odd) }]);
    }
    let found = rows(&sql, "SELECT content, created_at FROM messages ORDER BY seq", &[], |row| {
        Ok((row.text(0)?, row.number(1)?))
    });
    assert_eq!(found, Ok(ODD_TEXTS.map(|odd| (odd.to_owned(), SEQ_MAX)).to_vec()));
}

#[test]
fn an_id_that_another_place_has_is_refused_and_the_row_stays() {
    let sql = new();
    apply(&sql, &[said()]);
    let before = contents(&sql);
    let other = RowChange { seq: Some(2), version: 2, ..said() };
    let (query, values) = statements_for(&[(&other, Some(2))]).swap_remove(0);
    assert!(exec(&sql, &query, &values).is_err());
    assert_eq!(contents(&sql), before);
}

// ---- people

fn people(sql: &Database) -> Vec<(String, String, String)> {
    let query = "SELECT id, email, name FROM users ORDER BY id";
    rows(sql, query, &[], |row| Ok((row.text(0)?, row.text(1)?, row.text(2)?))).unwrap()
}

fn person(id: &str, email: &str, name: &str) -> (String, String, String) {
    (id.to_owned(), email.to_owned(), name.to_owned())
}

#[test]
fn somebody_is_called_what_they_were_called_first_in_every_order() {
    let lines = [1, 2, 3].map(|seq| said_at(seq, "u_mia", "line"));
    for order in orders(3) {
        let sql = new();
        order.iter().for_each(|at| apply(&sql, &lines[*at..=*at]));
        assert_eq!(people(&sql), [person("u_mia", "u_mia@invalid", "Name 1")], "{order:?}");
    }
    let at_once = new();
    apply(&at_once, &[lines[2].clone(), lines[0].clone(), lines[1].clone()]);
    assert_eq!(people(&at_once), [person("u_mia", "u_mia@invalid", "Name 1")]);
}

#[test]
fn accounts_are_found_by_the_beginning_of_their_name_and_people_without_an_address_are_not() {
    let sql = new();
    apply(&sql, &[said()]);
    let made = |id: &str, name: &str, created_at| ProjectedAccount {
        user: id.to_owned(),
        email: format!("{id}@example.org"),
        name: name.to_owned(),
        image: None,
        created_at,
    };
    let accounts =
        [made("u_1", "Namensvetter", 1), made("u_2", "name", 2), made("u_3", "Mia", 3), made("u_4", "Na%", 4)];
    write_down(&sql, accounts.iter().flat_map(account));
    let found = |name: &str, limit| {
        let (query, values) = named(name, limit);
        let lists = rows(&sql, &query, &values, |row| row.text(0)).unwrap();
        serde_json::from_str::<Vec<String>>(&lists[0]).unwrap()
    };
    assert_eq!(
        found("NAME", 6),
        ["u_2", "u_1"],
        "the exact name first, and nobody whose name is known from messages alone"
    );
    assert_eq!(found("NAME", 1), ["u_2"]);
    assert_eq!(found("Na%", 6), ["u_4"], "no letter is a pattern");
    assert_eq!(found("Bo", 6), [""; 0]);
}

#[test]
fn of_two_names_of_one_moment_the_first_by_the_alphabet_counts_in_every_order() {
    let named = |name: &str| RowChange { name: name.into(), ..said() };
    for order in [["Bo", "Al"], ["Al", "Bo"]] {
        let sql = new();
        order.iter().for_each(|name| apply(&sql, &[named(name)]));
        assert_eq!(people(&sql), [person("u_mia", "u_mia@invalid", "Al")]);
    }
}

#[test]
fn whoever_is_gone_has_no_name_whatever_comes_late() {
    for keeps_words in [false, true] {
        for order in orders(3) {
            let sql = new();
            let delivered = [said(), gone("u_mia", keeps_words), said_at(9, "u_mia", "last")];
            order.iter().for_each(|at| apply(&sql, &delivered[*at..=*at]));
            assert_eq!(people(&sql), [], "{order:?}");
        }
    }
}

#[test]
fn whoever_is_gone_from_one_room_leaves_what_they_said_in_others_to_those() {
    let sql = new();
    let elsewhere = |what: RowChange| RowChange { room: "s".into(), ..what };
    apply(&sql, &[said(), elsewhere(said()), said_at(2, "u_other", "of somebody else")]);
    let words = |sql: &Database| rows(sql, "SELECT content FROM messages ORDER BY id", &[], |row| row.text(0)).unwrap();
    apply(&sql, &[gone("u_mia", false)]);
    assert_eq!(words(&sql), ["", "of somebody else", "first"]);
    apply(&sql, &[elsewhere(gone("u_mia", false))]);
    assert_eq!(words(&sql), ["", "of somebody else", ""]);
}

#[test]
fn whoever_is_forgotten_is_gone_from_all_rooms_unless_their_words_stay() {
    for (keeps_words, words) in [(false, ["", ""]), (true, ["first", "first"])] {
        let sql = new();
        apply(&sql, &[said(), RowChange { room: "s".into(), ..said() }]);
        for _ in 0..2 {
            write_down(&sql, without("u_mia", keeps_words, Reach::Everywhere { visible_from: 0 }));
            let found = rows(&sql, "SELECT content FROM messages ORDER BY id", &[], |row| row.text(0));
            assert_eq!((found, people(&sql)), (Ok(words.map(str::to_owned).to_vec()), vec![]));
        }
    }
}

/// Returns messages of a persona at three positions, the second one by the account.
fn played() -> Database {
    let sql = new();
    apply(&sql, &[1, 3, 7].map(|seq| said_at(seq, "user_7", &format!("said {seq}"))));
    sql
}

fn words_of(sql: &Database) -> Vec<String> {
    rows(sql, "SELECT content FROM messages ORDER BY seq", &[], |row| row.text(0)).unwrap()
}

#[test]
fn of_a_persona_whose_account_is_gone_earlier_and_later_players_keep_what_they_said() {
    let sql = played();
    let what = RowChangeKind::Gone { keeps_words: false, after: 2 };
    apply(&sql, &[RowChange { what, ..gone("user_7", false) }]);
    assert_eq!(words_of(&sql), ["said 1", "", "said 7"]);

    let sql = played();
    write_down(&sql, without("user_7", false, Reach::Everywhere { visible_from: T + 2 }));
    assert_eq!(words_of(&sql), ["said 1", "", ""], "nobody has played it since");
}

#[test]
fn reactions_of_somebody_who_is_gone_stay_with_the_messages_of_others() {
    let sql = new();
    apply(&sql, &[liked(), gone("u_other", false)]);
    let found = rows(&sql, "SELECT reactions, deleted_at FROM messages", &[], |row| Ok((row.text(0)?, row.is_null(1))));
    assert_eq!(found, Ok(vec![(LIKES.to_owned(), true)]), "the room tells of them anew");
}

fn mia(email: &str, image: Option<&str>) -> ProjectedAccount {
    ProjectedAccount {
        user: "u_mia".into(),
        email: email.into(),
        name: "Mia".into(),
        image: image.map(str::to_owned),
        created_at: T,
    }
}

#[test]
fn an_account_is_as_it_was_told_last_and_what_events_call_it_changes_nothing() {
    let sql = new();
    for (email, image) in [("mia@example.org", Some("cat.png")), ("new@example.org", None), ("new@example.org", None)] {
        apply(&sql, &[said()]);
        write_down(&sql, account(&mia(email, image)));
        apply(&sql, &[said()]);
        assert_eq!(people(&sql), [person("u_mia", email, "Mia")]);
        let found = rows(&sql, USER, &["u_mia".into()], |row| Ok((row.text(0)?, row.text_or_null(1), row.number(2)?)));
        assert_eq!(found, Ok(vec![(email.to_owned(), image.map(str::to_owned), T)]));
    }
}

/// Returns an account with an address that other accounts have at other times.
fn with_one_address(user: &str, created_at: u64) -> ProjectedAccount {
    ProjectedAccount { user: user.into(), name: user.into(), created_at, ..mia("one@example.org", None) }
}

#[test]
fn an_address_is_of_the_account_that_was_made_last_in_every_order() {
    for (made, owner) in [
        ([("u_zoe", T), ("u_bo", T + 1), ("u_ann", T + 2)], "u_ann"),
        ([("u_ann", T), ("u_zoe", T), ("u_bo", T)], "u_zoe"),
    ] {
        let accounts = made.map(|(user, created_at)| with_one_address(user, created_at));
        let end = new();
        write_down(&end, accounts.iter().flat_map(account));
        assert_eq!(people(&end), [person(owner, "one@example.org", owner)]);
        assert_ends_as(&end, accounts.len(), |sql, at| write_down(sql, account(&accounts[at])));
    }
}

#[test]
fn an_account_that_is_gone_comes_not_back_and_takes_no_address_from_others_in_every_order() {
    let accounts = [mia("one@example.org", None), with_one_address("u_bo", T + 1)];
    let changes = [said(), gone("u_mia", true)];
    let apply_one = |sql: &Database, at: usize| match accounts.get(at) {
        Some(row) => write_down(sql, account(row)),
        None => apply(sql, slice::from_ref(&changes[at - accounts.len()])),
    };
    let (end, count) = (new(), accounts.len() + changes.len());
    (0..count).for_each(|at| apply_one(&end, at));
    assert_eq!(people(&end), [person("u_bo", "one@example.org", "u_bo")]);
    assert_ends_as(&end, count, apply_one);
}

#[test]
fn a_name_whose_made_up_address_somebody_has_is_no_fault() {
    let sql = new();
    write_down(&sql, account(&mia("u_other@invalid", None)));
    apply(&sql, &[liked()]);
    assert_eq!(people(&sql), [person("u_mia", "u_other@invalid", "Mia")]);
}

// ---- tables

#[test]
fn tables_that_are_missing_are_made_and_those_that_are_there_stay_as_they_are() {
    let sql = Database::new();
    let older = "CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT UNIQUE NOT NULL, name TEXT NOT NULL)";
    exec(&sql, older, &[]).unwrap();
    exec(&sql, "INSERT INTO users VALUES ('u_mia', 'mia@example.org', 'Mia')", &[]).unwrap();
    let plan = || {
        let query = "SELECT name, coalesce(sql, '') FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name";
        rows(&sql, query, &[], |row| Ok((row.text(0)?, row.text(1)?))).unwrap()
    };
    for _ in 0..2 {
        write_down(&sql, tables());
        let made = plan();
        let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["CFM_audit", "gone_users", "hub_audit", "messages", "rebuilds", "room_bounds", "users"]);
        assert_eq!(made.last().map(|(_, sql)| sql.as_str()), Some(older));
        assert_eq!(people(&sql), [person("u_mia", "mia@example.org", "Mia")]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(64), failure_persistence: None, ..ProptestConfig::default() })]

    /// Changes are applied in any batches, and any number of times.
    #[test]
    fn any_changes_in_any_order_and_portions_end_in_the_same_rows(
        chosen in vec(any::<bool>(), 11), keeps_words in any::<bool>(), oldest in 1..4_u64,
        places in vec(any::<prop::sample::Index>(), 30), portion in 1..6_usize,
    ) {
        let all = [
            edited(2, "second"), edited(3, "third"), liked(), removed(), buried(1), buried(3),
            gone("u_mia", keeps_words), gone("u_other", keeps_words), trimmed(oldest),
            said_at(2, "u_other", "another"), said_at(7, "u_mia", "the last"),
        ];
        let is_chosen = |(change, is_chosen): (RowChange, bool)| is_chosen.then_some(change);
        let changes: Vec<RowChange> = [said()].into_iter().chain(all.into_iter().zip(chosen).filter_map(is_chosen)).collect();
        let (in_order, sql) = (new(), new());
        apply(&in_order, &changes);
        let mut delivered: Vec<RowChange> = places.iter().map(|place| place.get(&changes).clone()).collect();
        // Adds the changes that were not drawn.
        delivered.extend(changes.iter().rev().filter(|change| !delivered.contains(change)).cloned().collect::<Vec<_>>());
        delivered.chunks(portion).for_each(|portion| apply(&sql, portion));
        prop_assert_eq!(contents(&sql), contents(&in_order));
    }
}
