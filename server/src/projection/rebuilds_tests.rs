//! Tests of the list of logs of a rebuild, and of the rows that it deletes.

use super::*;
use crate::kit::sql::older::contents;
use crate::kit::sql::{Database, Value, exec, rows, wrote};
use crate::projection::database::tests::new;

const RUN: u64 = 1_795_000_000_000;
const NOW: u64 = RUN + 60_000;

fn put(sql: &Database, statements: &[&str]) {
    statements.iter().for_each(|statement| exec(sql, statement, &[]).unwrap());
}

/// Returns the logs on the list of a run.
fn listed(sql: &Database, run: u64) -> Vec<String> {
    rows(sql, "SELECT log FROM rebuilds WHERE run = ? ORDER BY log", &[run.into()], |row| row.text(0)).unwrap()
}

fn add_to(sql: &Database, run: u64, logs: &[&str]) {
    let logs: Vec<String> = logs.iter().map(|log| (*log).to_owned()).collect();
    exec(sql, ADD, &[run.into(), json::write(&logs).as_str().into()]).unwrap();
}

fn people(sql: &Database) -> Vec<String> {
    rows(sql, "SELECT id FROM users ORDER BY id", &[], |row| row.text(0)).unwrap()
}

#[test]
fn a_run_begins_with_every_log_that_the_tables_know_each_once() {
    let sql = new();
    put(
        &sql,
        &[
            "INSERT INTO messages (id, room_id, user_id, content, created_at, updated_at, seq, client_id) \
         VALUES ('a:1', 'a', 'u', '', 1, 1, 1, 'x'), ('a:2', 'a', 'u', '', 1, 1, 2, 'y'), ('b:1', 'b', 'u', '', 1, 1, 1, 'x')",
            "INSERT INTO room_bounds VALUES ('b', 5), ('only trimmed', 5)",
            "INSERT INTO hub_audit VALUES ('hub:r', 1, 'i', NULL, 1, 1, 'text/plain', '')",
            "INSERT INTO gone_users VALUES ('u_mia', 0)",
        ],
    );
    for _ in 0..2 {
        exec(&sql, KNOWN, &[RUN.into()]).unwrap();
        assert_eq!(listed(&sql, RUN), ["hub:r", "me:u_mia", "rm:a", "rm:b", "rm:only trimmed"]);
    }
}

#[test]
fn people_who_are_known_by_events_alone_go_and_accounts_stay() {
    let sql = new();
    put(
        &sql,
        &[
            "INSERT INTO users VALUES ('u_bo', 'u_bo@invalid', 'Bo', NULL, 1), ('u_mia', 'mia@example.org', 'Mia', NULL, 1)",
        ],
    );
    exec(&sql, NAMELESS, &[]).unwrap();
    assert_eq!(people(&sql), ["u_mia"]);
}

#[test]
fn logs_are_told_one_after_the_other_and_marks_are_none() {
    let sql = new();
    add_to(&sql, RUN, &["rm:b", "hub:\"r\"", "rm:a", &mark("u_mia"), "rm:a"]);
    add_to(&sql, RUN + 1, &["rm:of another run"]);
    let next =
        |after: &str| rows(&sql, NEXT, &[RUN.into(), after.into(), MARKS.into()], |row| row.text(0)).unwrap().pop();
    let mut listed = Vec::new();
    while let Some(log) = next(listed.last().map_or("", String::as_str)) {
        assert!(!listed.contains(&log), "{log} is told twice");
        listed.push(log);
    }
    assert_eq!(listed, ["hub:\"r\"", "rm:a", "rm:b"]);
}

#[test]
fn a_log_or_a_mark_is_on_the_list_of_its_run() {
    let sql = new();
    add_to(&sql, RUN, &["rm:a", &mark("auth:0")]);
    let has = |run: u64, log: &str| rows(&sql, HAS, &[run.into(), log.into()], |row| row.number(0)).unwrap()[0] > 0;
    assert!(has(RUN, "rm:a") && has(RUN, &mark("auth:0")));
    assert!(!has(RUN, "rm:b") && !has(RUN + 1, "rm:a"));
}

/// Returns accounts from before and during the run; `u_told` was written again.
fn with_accounts(shards: u64) -> Database {
    let sql = new();
    for (id, created_at) in [("u_told", 1), ("u_old", 1), ("u_new", RUN + 5)] {
        let (email, values) = (format!("{id}@example.org"), "INSERT INTO users VALUES (?, ?, '', NULL, ?)");
        exec(&sql, values, &[id.into(), email.as_str().into(), created_at.into()]).unwrap();
    }
    put(&sql, &["INSERT INTO users VALUES ('u_bo', 'u_bo@invalid', 'Bo', NULL, 1)"]);
    add_to(&sql, RUN, &[&mark("u_told")]);
    for shard in 0..shards {
        add_to(&sql, RUN, &[&mark(&format!("auth:{shard:x}"))]);
    }
    sql
}

fn let_strangers_go(sql: &Database) -> bool {
    let values: [Value; 4] = [RUN.into(), NOW.into(), MARKS.into(), ACCOUNT_SHARDS.into()];
    wrote(sql, STRANGERS, &values).unwrap()
}

#[test]
fn an_account_goes_that_no_shard_told_though_it_would_have_been_there() {
    let sql = with_accounts(ACCOUNT_SHARDS);
    assert!(let_strangers_go(&sql));
    assert_eq!(people(&sql), ["u_bo", "u_new", "u_told"], "what was made during the run may have come too late for it");
}

#[test]
fn while_a_shard_did_not_tell_no_account_goes() {
    let sql = with_accounts(ACCOUNT_SHARDS - 1);
    let before = contents(&sql);
    assert!(!let_strangers_go(&sql));
    assert_eq!(contents(&sql), before);
}

#[test]
fn a_list_goes_with_its_run_and_so_do_those_that_nobody_ended() {
    let sql = new();
    let long_ago = NOW - DAY_MS;
    for run in [long_ago - 1, long_ago, RUN, RUN + 1] {
        add_to(&sql, run, &["rm:a"]);
    }
    exec(&sql, END, &[RUN.into(), long_ago.into()]).unwrap();
    let left = rows(&sql, "SELECT run FROM rebuilds ORDER BY run", &[], |row| row.number(0));
    assert_eq!(left, Ok(vec![long_ago, RUN + 1]));
}

#[test]
fn a_room_that_tells_everything_again_has_neither_rows_nor_a_bound_and_others_have_theirs() {
    let sql = new();
    put(
        &sql,
        &[
            "INSERT INTO messages (id, room_id, user_id, content, created_at, updated_at, seq, client_id) \
         VALUES ('a:1', 'a', 'u', '', 1, 1, 1, 'x'), ('b:1', 'b', 'u', '', 1, 1, 1, 'x')",
            "INSERT INTO room_bounds VALUES ('a', 5), ('b', 6)",
        ],
    );
    [ROOM, ROOM_BOUND].iter().for_each(|query| exec(&sql, query, &["a".into()]).unwrap());
    let messages = rows(&sql, "SELECT id FROM messages", &[], |row| row.text(0));
    let bounds = rows(&sql, "SELECT room_id FROM room_bounds", &[], |row| row.text(0));
    assert_eq!((messages, bounds), (Ok(vec!["b:1".to_owned()]), Ok(vec!["b".to_owned()])));
}
