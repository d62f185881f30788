//! Tests of the audit log of an object.

use protocol::testing::ODD_TEXTS;
use protocol::words::limits::SEQ_MAX;
use serde_json::Value;

use super::*;
use crate::kit::sql::migrate;
use crate::kit::sql::older::contents;

const RETENTION_MS: Millis = 180 * DAY_MS;

fn tables() -> Database {
    let sql = Database::new();
    migrate(&sql, &[TABLE, SENT]).unwrap();
    sql
}

fn act(target: &str) -> AuditEntry<'_> {
    AuditEntry { actor: "u_mia", action: "delete", target, result: "ok" }
}

/// Writes `count` rows, one per millisecond from 1 000 on.
fn filled(count: u64) -> Database {
    let sql = tables();
    for n in 0..count {
        write(&sql, 1_000 + n, &act(&n.to_string()), &Trace::default()).unwrap();
    }
    sql
}

fn places(sql: &Database) -> Vec<u64> {
    rows(sql, "SELECT place FROM audit ORDER BY place", &[], |row| row.number(0)).unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Sends batches until all rows are sent. Returns the size of each batch.
fn send_all(sql: &Database) -> Vec<usize> {
    let mut counts = Vec::new();
    while let Some((last, text)) = load_unsent(sql).unwrap() {
        assert!(counts.len() < 100, "the same is told for ever");
        counts.push(parsed(&text).as_array().unwrap().len());
        mark_sent(sql, last).unwrap();
    }
    counts
}

#[test]
fn an_act_is_told_as_it_was_written_down() {
    let sql = tables();
    for odd in ODD_TEXTS {
        let trace = Trace { address: odd.to_owned(), request: odd.to_owned() };
        write(&sql, SEQ_MAX, &AuditEntry { actor: odd, action: "report", target: odd, result: odd }, &trace).unwrap();
    }
    let (last, text) = load_unsent(&sql).unwrap().unwrap();
    let row = |(place, odd): (u64, &str)| serde_json::json!([place, SEQ_MAX, odd, "report", odd, odd, odd, odd]);
    assert_eq!(parsed(&text), (1..).zip(ODD_TEXTS).map(row).collect::<Value>());
    assert_eq!(last, ODD_TEXTS.len() as u64);
}

#[test]
fn of_a_demo_nothing_is_written_down() {
    let sql = tables();
    write(&sql, 1, &AuditEntry { actor: "demo_0123456789ab", ..act("room") }, &Trace::default()).unwrap();
    assert!(places(&sql).is_empty());
}

#[test]
fn rows_are_told_in_portions_from_the_oldest_on_each_once() {
    let sql = filled(2 * PORTION + 7);
    let (last, text) = load_unsent(&sql).unwrap().unwrap();
    let rows = parsed(&text);
    assert_eq!((last, &rows[0][0], &rows[PORTION as usize - 1][0]), (PORTION, &Value::from(1), &Value::from(PORTION)));
    assert_eq!(send_all(&sql), [100, 100, 7]);
    assert_eq!(load_unsent(&sql), Ok(None));
}

#[test]
fn a_portion_that_was_not_taken_is_told_again() {
    let sql = filled(3);
    let first = load_unsent(&sql);
    assert_eq!(load_unsent(&sql), first);
    mark_sent(&sql, 2).unwrap();
    mark_sent(&sql, 2).unwrap();
    assert_eq!(
        load_unsent(&sql).unwrap().map(|(last, text)| (last, parsed(&text).as_array().unwrap().len())),
        Some((3, 1))
    );
}

#[test]
fn rows_go_up_to_a_time_and_none_that_is_younger() {
    let sql = filled(5);
    for (until, left) in [(999, vec![1, 2, 3, 4, 5]), (1_001, vec![3, 4, 5]), (1_001, vec![3, 4, 5]), (SEQ_MAX, vec![])]
    {
        trim(&sql, until).unwrap();
        assert_eq!(places(&sql), left);
    }
}

#[test]
fn nothing_is_due_where_nothing_was_done() {
    assert_eq!(due_with(RETENTION_MS, &tables(), 5), Ok(None));
}

#[test]
fn rows_are_gathered_before_they_are_told_and_then_kept_as_long_as_the_owner_says() {
    let sql = filled(3);
    assert_eq!(due_with(RETENTION_MS, &sql, 1_000), Ok(Some(1_000 + GATHER_MS)), "counted from the first");
    send_all(&sql);
    assert_eq!(due_with(RETENTION_MS, &sql, 1_000), Ok(Some(1_000 + RETENTION_MS + TRIM_GATHER_MS)));
    trim(&sql, SEQ_MAX).unwrap();
    assert_eq!(due_with(RETENTION_MS, &sql, 1_000), Ok(None));
}

#[test]
fn a_row_whose_time_is_over_goes_although_nobody_takes_it() {
    let sql = filled(1);
    let over_at = 1_000 + 5_000 + TRIM_GATHER_MS;
    assert_eq!(due_with(5_000, &sql, over_at - 1), Ok(Some(over_at)));
}

#[test]
fn a_projection_that_takes_nothing_is_asked_less_and_less_often() {
    let mut now = 1_000;
    let mut waits = Vec::new();
    for _ in 0..12 {
        let at = next_try(1_000, now);
        assert_eq!(next_try(1_000, at - 1), at, "whoever asks twice is told the same");
        waits.push(at - now);
        now = at;
    }
    let s = |seconds: Millis| seconds * 1_000;
    assert_eq!(waits, [s(2), s(2), s(4), s(8), s(16), s(32), s(64), s(128), s(256), s(300), s(300), s(300)]);
}

#[test]
fn the_next_try_is_never_in_the_past_however_long_nobody_looked() {
    for now in [0, 1_000, 3_000, 1_000_000, 1 << 40, SEQ_MAX] {
        let at = next_try(1_000, now);
        assert!(at > now && at <= now.max(1_000) + LONGEST_RETRY_MS, "{now}");
    }
}

fn again(sql: &Database, after: u64) -> BackfillPage {
    load_page(sql, &BackfillCall { is_audit_log: true, after }).unwrap()
}

#[test]
fn rows_are_told_again_page_by_page_whether_the_projection_had_them_or_not() {
    let page = u64::from(REBUILD_PAGE_ROWS);
    let sql = filled(2 * page + 3);
    mark_sent(&sql, page + 1).unwrap();
    let (mut after, mut listed) = (0, Vec::new());
    for is_done in [false, false, true] {
        let next = again(&sql, after);
        assert_eq!(next.is_done, is_done);
        listed.extend(next.rows.iter().map(|row| parsed(row)[0].as_u64().unwrap()));
        after = next.next;
    }
    assert_eq!(listed, (1..=2 * page + 3).collect::<Vec<_>>());
}

#[test]
fn behind_the_last_row_nothing_is_told_again() {
    let sql = filled(2);
    for after in [2, 9] {
        let portion = again(&sql, after);
        assert_eq!((portion.rows.len(), portion.next, portion.is_done), (0, after, true));
    }
}

#[test]
fn a_full_last_page_is_followed_by_an_empty_one() {
    let sql = filled(u64::from(REBUILD_PAGE_ROWS));
    let portion = again(&sql, 0);
    assert_eq!((portion.is_done, again(&sql, portion.next).is_done), (false, true));
}

#[test]
fn rows_from_before_the_projection_was_told_are_told_to_it() {
    let sql = Database::new();
    migrate(&sql, &[TABLE]).unwrap();
    let query = "INSERT INTO audit (ts, actor, action, target, address, request, result) VALUES (5, 'u', 'a', 't', '', '', 'ok')";
    exec(&sql, query, &[]).unwrap();
    migrate(&sql, &[TABLE, SENT]).unwrap();
    assert_eq!(
        load_unsent(&sql).unwrap().map(|(_, text)| text),
        Some("[[1,5,\"u\",\"a\",\"t\",\"\",\"\",\"ok\"]]".to_owned())
    );
}

#[test]
fn an_act_of_an_undone_step_was_never_written_down() {
    let sql = filled(1);
    let before = contents(&sql);
    assert!(!sql.in_transaction(|| write(&sql, 5, &act("t"), &Trace::default()).is_err()));
    assert_eq!(contents(&sql), before);
    write(&sql, 6, &act("t"), &Trace::default()).unwrap();
    assert_eq!(places(&sql), [1, 2]);
}

#[test]
fn what_waits_to_be_told_is_found_without_a_look_at_the_rest() {
    let sql = filled(1);
    let plan = "EXPLAIN QUERY PLAN SELECT ts FROM audit WHERE is_told = 0 ORDER BY place LIMIT 1";
    let plan = rows(&sql, plan, &[], |row| row.text(3)).unwrap().join("\n");
    assert!(plan.contains("audit_untold") && !plan.contains("SORT") && !plan.contains("B-TREE"), "{plan}");
}

#[test]
fn reports_among_the_rows_are_read_for_the_queue_with_ids_that_stay() {
    let sql = tables();
    for (at, action, target) in [
        (7, "report", "user_9"),
        (8, "block", "user_9"),
        (9, "report", "user_9 general/m-1"),
        (10, "report", "user_8 general"),
    ] {
        let entry = AuditEntry { actor: "u_mia", action, target, result: "spam" };
        write(&sql, at, &entry, &Trace::default()).unwrap();
    }
    let found = load_reports(&sql, "object", 3).unwrap();
    let seen: Vec<_> =
        found.iter().map(|one| (one.at, one.user.as_str(), one.room.as_str(), one.message.as_str())).collect();
    assert_eq!(seen, [(7, "user_9", "", ""), (9, "user_9", "general", "m-1")]);
    assert!(
        found.iter().all(|one| (one.reporter.as_str(), one.reason.as_str(), one.id.len()) == ("u_mia", "spam", 32))
    );
    assert_eq!(load_reports(&sql, "object", 3).unwrap(), found);
    assert!(load_reports(&sql, "another", 3).unwrap().iter().zip(&found).all(|(one, other)| one.id != other.id));
    mark_sent(&sql, 3).unwrap();
    assert_eq!(load_reports(&sql, "object", 4).unwrap().len(), 1);
}
