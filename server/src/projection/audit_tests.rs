//! Tests of the audit tables: each row is stored once, also when it comes twice or late, and searches find it.

use protocol::testing::ODD_TEXTS;
use serde_json::{Value as Json, json};

use super::*;
use crate::kit::sql::older::contents;
use crate::kit::sql::{self, Database, rows};
use crate::projection::database::tests::new;

fn write_down(sql: &Database, statements: impl IntoIterator<Item = Statement>) {
    statements.into_iter().for_each(|(query, values)| sql::exec(sql, &query, &values).unwrap());
}

// ---- messages of hub rooms

fn hub_row(seq: u64, id: &str, ts: u64) -> Json {
    json!([seq, id, "mia", ts, 5, "text/plain", "00ff"])
}

fn put_hub_rows(sql: &Database, log: &str, sent: &[Json], since: u64) {
    write_down(sql, [hub_rows(log, &Json::from(sent.to_vec()).to_string(), since)]);
}

/// Returns positions and ids of a room.
fn known(sql: &Database, log: &str) -> Vec<(u64, String)> {
    let query = "SELECT seq, id FROM hub_audit WHERE log = ? ORDER BY seq";
    rows(sql, query, &[log.into()], |row| Ok((row.number(0)?, row.text(1)?))).unwrap()
}

fn ids(known: &[(u64, String)]) -> Vec<&str> {
    known.iter().map(|(_, id)| id.as_str()).collect()
}

#[test]
fn a_row_of_a_hub_room_is_as_it_was_told_and_there_once() {
    let sql = new();
    let sent: Vec<Json> =
        (1..).zip(ODD_TEXTS).map(|(seq, odd): (u64, _)| json!([seq, odd, odd, SEQ_MAX, SEQ_MAX, odd, odd])).collect();
    put_hub_rows(&sql, "hub:r", &sent, 0);
    let before = contents(&sql);
    put_hub_rows(&sql, "hub:r", &sent, 0);
    assert_eq!(contents(&sql), before);
    let query = "SELECT json_array(seq, id, principal, ts, bytes, content_type, sha256) FROM hub_audit ORDER BY seq";
    let found = rows(&sql, query, &[], |row| row.text(0)).unwrap();
    assert_eq!(found.iter().map(|row| serde_json::from_str(row).unwrap()).collect::<Vec<Json>>(), sent);
}

#[test]
fn an_anonymous_writer_has_no_name() {
    let sql = new();
    put_hub_rows(&sql, "hub:r", &[json!([1, "i", null, 5, 1, "text/plain", "00"])], 0);
    assert_eq!(rows(&sql, "SELECT principal FROM hub_audit", &[], |row| Ok(row.is_null(0))), Ok(vec![true]));
}

#[test]
fn rows_that_are_over_are_not_written_any_more() {
    let sql = new();
    put_hub_rows(&sql, "hub:r", &[hub_row(1, "old", 9), hub_row(2, "at", 10), hub_row(3, "new", 11)], 10);
    assert_eq!(ids(&known(&sql, "hub:r")), ["new"]);
}

#[test]
fn what_is_told_late_of_a_room_that_was_forgotten_is_not_written_over_the_one_that_came_after() {
    for sent in [["before", "after"], ["after", "before"]] {
        let sql = new();
        for id in sent {
            put_hub_rows(&sql, "hub:r", &[hub_row(1, id, if id == "before" { 10 } else { 20 })], 0);
        }
        assert_eq!(ids(&known(&sql, "hub:r")), ["after"]);
    }
}

/// Returns a backfill page of a room.
fn page_of(oldest: u64, next: u64, is_done: bool, at: u64) -> BackfillPage {
    BackfillPage { oldest, next, is_done, at, ..BackfillPage::default() }
}

#[test]
fn before_rows_are_told_again_those_of_their_page_go_and_no_others() {
    let sql = new();
    let sent: Vec<Json> = (1..=9).map(|seq| hub_row(seq, &seq.to_string(), 10 * seq)).collect();
    put_hub_rows(&sql, "hub:r", &sent, 0);
    put_hub_rows(&sql, "hub:s", &sent, 0);
    write_down(&sql, [delete_replaced("hub:r", 0, &page_of(3, 5, false, 1_000))]);
    assert_eq!(
        ids(&known(&sql, "hub:r")),
        ["1", "2", "6", "7", "8", "9"],
        "what the room let go of is known here alone"
    );
    write_down(&sql, [delete_replaced("hub:r", 5, &page_of(3, 7, true, 90))]);
    assert_eq!(
        ids(&known(&sql, "hub:r")),
        ["1", "2", "9"],
        "behind the last page what is as young as the question stays"
    );
    assert_eq!(known(&sql, "hub:s").len(), 9);
}

// ---- acts

fn act_row(place: u64, ts: u64, actor: &str, action: &str, target: &str) -> Json {
    json!([place, ts, actor, action, target, "192.0.2.0", "q", "ok"])
}

fn put_audit_rows(sql: &Database, object: &str, sent: &[Json]) {
    write_down(sql, [entries(object, &Json::from(sent.to_vec()).to_string())]);
}

fn all_acts(sql: &Database) -> Vec<Json> {
    let query = "SELECT json_array(place, ts, actor, action, target, address, request, result) FROM CFM_audit ORDER BY object, place, ts";
    rows(sql, query, &[], |row| row.text(0)).unwrap().iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

#[test]
fn an_act_is_as_it_was_told_and_there_once() {
    let sql = new();
    let sent: Vec<Json> = (1..)
        .zip(ODD_TEXTS)
        .map(|(place, odd): (u64, _)| json!([place, SEQ_MAX, odd, odd, odd, odd, odd, odd]))
        .collect();
    put_audit_rows(&sql, "object", &sent);
    let before = contents(&sql);
    put_audit_rows(&sql, "object", &sent[..5]);
    assert_eq!((contents(&sql), all_acts(&sql)), (before, sent));
}

#[test]
fn acts_of_other_objects_and_of_a_later_life_of_one_are_others() {
    let sql = new();
    for (object, ts) in [("a", 5), ("b", 5), ("a", 6)] {
        put_audit_rows(&sql, object, &[act_row(1, ts, "u_mia", "delete", "")]);
    }
    assert_eq!(all_acts(&sql).len(), 3);
}

#[test]
fn acts_that_are_told_again_are_those_that_the_object_has_and_no_others() {
    let sql = new();
    let sent: Vec<Json> = (1..=6).map(|place| act_row(place, 10 * place, "u_mia", "delete", "")).collect();
    put_audit_rows(&sql, "object", &sent);
    put_audit_rows(&sql, "other", &sent);
    let changed = act_row(3, 30, "u_mia", "delete", "changed");
    let again = |rows: &[Json], next, is_done, at| BackfillPage {
        rows: rows.iter().map(Json::to_string).collect(),
        next,
        is_done,
        at,
        object: "object".into(),
        ..BackfillPage::default()
    };
    let of_object = |sql: &Database| all_acts(sql)[..all_acts(sql).len() - 6].to_vec();
    for _ in 0..2 {
        write_down(&sql, replace_rows(1, &again(std::slice::from_ref(&changed), 3, false, 1_000), 0));
        let left = [&sent[0], &changed, &sent[3], &sent[4], &sent[5]].map(Clone::clone);
        assert_eq!(of_object(&sql), left, "place 2 is gone, 1 was on the page before");
    }
    write_down(&sql, replace_rows(3, &again(&sent[3..4], 4, true, 60), 0));
    assert_eq!(
        of_object(&sql),
        [&sent[0], &changed, &sent[3], &sent[5]].map(Clone::clone),
        "what is as young as the question stays"
    );
    write_down(&sql, replace_rows(0, &again(&sent, 6, true, 1_000), 40));
    let left = [&sent[0], &changed, &sent[3], &sent[4], &sent[5]].map(Clone::clone);
    assert_eq!(of_object(&sql), left, "what is over is not written again");
}

#[test]
fn rows_go_up_to_the_time_that_is_over() {
    let sql = new();
    put_audit_rows(
        &sql,
        "object",
        &[act_row(1, 9, "u", "a", ""), act_row(2, 10, "u", "a", ""), act_row(3, 11, "u", "a", "")],
    );
    put_hub_rows(&sql, "hub:r", &[hub_row(1, "old", 9), hub_row(2, "at", 10), hub_row(3, "new", 11)], 0);
    for _ in 0..2 {
        write_down(&sql, delete_expired(10));
        assert_eq!((all_acts(&sql).len(), ids(&known(&sql, "hub:r"))), (1, vec!["new"]));
    }
}

// ---- searches

/// Returns acts 1 to 6 of two people.
fn searched() -> Database {
    let sql = new();
    put_audit_rows(
        &sql,
        "object",
        &[
            act_row(1, 10, "u_mia", "login", ""),
            act_row(2, 20, "u_bo", "login", ""),
            act_row(3, 30, "u_mia", "report", "u_bo rm:general"),
            act_row(4, 40, "u_bo", "block", "u_mia"),
            act_row(5, 50, "", "hook-disabled", "hub:r/h"),
            act_row(6, 60, "u_mia", "login", "u_bob"),
        ],
    );
    sql
}

fn everything() -> Search {
    Search { limit: 100, ..Search::default() }
}

/// Returns the times of the entries found, the next position, and `true` if there are more.
fn search(sql: &Database, search: &Search) -> (Vec<u64>, u64, bool) {
    let (query, values) = select_page(search);
    let page = rows(sql, &query, &values, |row| row.text(0)).unwrap().pop().unwrap();
    let page: Json = serde_json::from_str(&page).unwrap();
    let times = page["items"].as_array().unwrap().iter().map(|item| item["ts"].as_u64().unwrap()).collect();
    (times, page["next"].as_f64().unwrap() as u64, page["more"].as_bool().unwrap())
}

#[test]
fn acts_are_found_page_by_page_forwards_and_backwards() {
    let sql = searched();
    let after = |after| search(&sql, &Search { after, limit: 2, ..everything() });
    assert_eq!((after(0), after(2)), ((vec![10, 20], 2, true), (vec![30, 40], 4, true)));
    assert_eq!((after(4), after(6)), ((vec![50, 60], 6, false), (vec![], 6, false)));
    let before = |before| search(&sql, &Search { before: Some(before), limit: 4, ..everything() });
    assert_eq!(before(SEQ_MAX), (vec![60, 50, 40, 30], 3, true));
    assert_eq!((before(3), before(1)), ((vec![20, 10], 1, false), (vec![], 1, false)));
}

#[test]
fn acts_are_found_by_whoever_did_them_or_is_concerned() {
    let sql = searched();
    let by = |who: &str| search(&sql, &Search { who: vec![who.into()], ..everything() }).0;
    assert_eq!((by("u_mia"), by("u_bo")), (vec![10, 30, 40, 60], vec![20, 30, 40]));
    assert_eq!((by("hub:r/h"), by("u_"), by("%")), (vec![50], vec![], vec![]));
    let who = ["u_bo", "hub:r/h"].map(String::from).to_vec();
    assert_eq!(search(&sql, &Search { who, ..everything() }).0, [20, 30, 40, 50]);
}

#[test]
fn acts_are_found_by_their_name_and_time() {
    let sql = searched();
    let logins = |from, until| search(&sql, &Search { what: vec!["login".into()], from, until, ..everything() }).0;
    assert_eq!((logins(None, None), logins(Some(20), None)), (vec![10, 20, 60], vec![20, 60]));
    assert_eq!((logins(Some(10), Some(20)), logins(None, Some(61))), (vec![10], vec![10, 20, 60]));
}

#[test]
fn an_act_is_shown_with_what_there_is_of_it() {
    let sql = searched();
    let (query, values) = select_page(&Search { after: 4, limit: 1, ..everything() });
    let page: Json = serde_json::from_str(&rows(&sql, &query, &values, |row| row.text(0)).unwrap()[0]).unwrap();
    let item = json!({
        "ts": 50, "actor": null, "action": "hook-disabled", "target": "hub:r/h", "ip": "192.0.2.0", "requestId": "q", "result": "ok",
    });
    assert_eq!(page["items"], json!([item]));
}

#[test]
fn what_somebody_did_is_told_line_by_line_and_nothing_of_others() {
    let sql = searched();
    let lines = |actor: &str, from: u64, after: u64| {
        let (query, values) = select_of_actor(actor, from, after);
        let read = |row: &sql::SqlRow| Ok((row.text(0)?, row.number_or_null(1)?, row.number(2)?));
        rows(&sql, &query, &values, read).unwrap().pop().unwrap()
    };
    let (text, next, count) = lines("u_mia", 10, 0);
    let sent: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        sent.iter().map(|line| line["action"].as_str().unwrap()).collect::<Vec<_>>(),
        ["report", "login"],
        "after the time"
    );
    assert_eq!(
        (sent[0]["target"].as_str(), &sent[0]["actor"], next, count),
        (Some("u_bo rm:general"), &Json::Null, Some(6), 2)
    );
    assert_eq!(lines("u_mia", 0, 3).2, 1);
    assert_eq!(lines("nobody", 0, 0), (String::new(), None, 0));
}
