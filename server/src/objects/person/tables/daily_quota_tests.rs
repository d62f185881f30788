//! Promises of counts over a day: uses of the last day count, each kind alone, and a sleep forgets none of them.

use protocol::words::limits::SEQ_MAX;
use protocol::words::rate::Window;
use protocol::words::refusal::Refusal;

use super::*;
use crate::objects::person::tables::PersonSql;
use crate::objects::person::tests::{NOW, leaves_no_trace, opened, stored, tables};

fn rule(count: u32) -> Rule {
    Rule(vec![Window { count, ms: DAY_MS }])
}

/// Time until there is one more; 0 if there is one now.
fn wait_ms(sql: &PersonSql, what: &'static str, count: u32, now: Millis) -> Millis {
    match check(&sql.0, what, &rule(count), now) {
        Ok(_) => 0,
        Err(CallError::Refused(Refusal::RateLimited { retry_after_ms })) => retry_after_ms,
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn uses_of_the_last_day_are_told_oldest_first_with_their_bytes() {
    let sql = tables();
    for (at, bytes) in [(NOW, 3), (NOW - 5, SEQ_MAX), (NOW - DAY_MS + 1, 1)] {
        exec(&sql.0, "INSERT INTO charges VALUES ('file', ?, ?)", &[at.into(), bytes.into()]).unwrap();
    }
    let uses = check(&sql.0, "file", &rule(9), NOW).ok();
    assert_eq!(uses, Some(vec![(NOW - DAY_MS + 1, 1), (NOW - 5, SEQ_MAX), (NOW, 3)]));
}

#[test]
fn as_many_uses_are_allowed_as_the_rule_says() {
    let sql = tables();
    for _ in 0..3 {
        assert_eq!(wait_ms(&sql, "find", 3, NOW), 0);
        note(&sql.0, "find", NOW, 0).unwrap();
    }
    assert_eq!(wait_ms(&sql, "find", 3, NOW + 5), DAY_MS - 5);
}

#[test]
fn a_use_counts_for_a_day_and_not_longer() {
    let sql = tables();
    note(&sql.0, "find", NOW, 0).unwrap();
    assert_eq!(wait_ms(&sql, "find", 1, NOW + DAY_MS - 1), 1);
    assert_eq!(wait_ms(&sql, "find", 1, NOW + DAY_MS), 0);
}

#[test]
fn each_kind_of_use_is_counted_by_itself() {
    let sql = tables();
    note(&sql.0, "find", NOW, 0).unwrap();
    assert_eq!((wait_ms(&sql, "link", 1, NOW), wait_ms(&sql, "find", 1, NOW)), (0, DAY_MS));
}

#[test]
fn a_check_alone_counts_nothing() {
    let sql = tables();
    for _ in 0..3 {
        assert_eq!(wait_ms(&sql, "find", 1, NOW), 0);
    }
}

#[test]
fn a_use_ahead_of_the_clock_counts_for_nothing() {
    let sql = tables();
    note(&sql.0, "find", NOW + 1, 0).unwrap();
    assert_eq!([wait_ms(&sql, "find", 1, NOW), wait_ms(&sql, "find", 1, NOW + 1)], [0, DAY_MS]);
    assert_eq!(check(&sql.0, "find", &rule(9), NOW).ok(), Some(vec![]), "nor do its bytes");
}

#[test]
fn a_sleep_forgets_no_use() {
    let sql = tables();
    note(&sql.0, "find", NOW, 0).unwrap();
    assert_eq!(wait_ms(&opened(&sql.0, ""), "find", 1, NOW), DAY_MS);
}

#[test]
fn uses_of_every_kind_are_let_go_when_they_count_no_more() {
    let sql = tables();
    note(&sql.0, "find", NOW, 0).unwrap();
    note(&sql.0, "link", NOW + 1, 0).unwrap();
    note(&sql.0, "file", NOW + DAY_MS, 7).unwrap();
    assert_eq!(stored(&sql.0, "charges"), [format!("'file', {}, 7", NOW + DAY_MS), format!("'link', {}, 0", NOW + 1)]);
}

#[test]
fn a_use_that_does_not_commit_is_not_counted() {
    let sql = tables();
    leaves_no_trace(&sql.0, || note(&sql.0, "find", NOW, 0).unwrap());
}
