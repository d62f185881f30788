//! Tests of metrics that outlive an object's sleep.

use super::*;
use crate::kit::sql::migrate;
use crate::kit::sql::older::contents;

const REPORT_MS: Millis = 300_000;

fn tables() -> Database {
    let sql = Database::new();
    migrate(&sql, &[STEP, ONE_ROW]).unwrap();
    sql
}

/// Returns the metrics of an object that woke with these tables.
fn woken(sql: &Database) -> Metrics {
    let numbers = Metrics { door: "hub", report_ms: REPORT_MS, ..Metrics::default() };
    numbers.remember(sql).unwrap();
    numbers
}

fn counted(metric: &str, times: u64) -> (String, u64) {
    (metric.to_owned(), times)
}

#[test]
fn what_was_counted_is_taken_once_and_added_up() {
    let numbers = woken(&tables());
    numbers.count("a", 2);
    numbers.count("b", 0);
    numbers.count("a", 3);
    numbers.send_failed(4);
    assert_eq!(numbers.take(), [counted("a", 5), counted(DROPPED_SEND_FAILED, 4)]);
    assert_eq!(numbers.take(), []);
}

#[test]
fn what_is_kept_adds_up_also_over_sleeps() {
    let sql = tables();
    for times in [1, 2, 3] {
        woken(&sql).save_counts(&sql, &[counted("a", times), counted("b{reason=\"\u{e4}\"}", 10)]).unwrap();
    }
    assert_eq!(load_unreported(&sql), Ok(vec![counted("a", 6), counted("b{reason=\"\u{e4}\"}", 30)]));
}

#[test]
fn the_rows_of_the_earlier_table_go_into_the_one_row() {
    let sql = Database::new();
    migrate(&sql, &[STEP]).unwrap();
    exec(&sql, "INSERT INTO counts VALUES ('', 1000000), ('#', 2), ('a', 5), ('b{reason=\"\u{e4}\"}', 7)", &[])
        .unwrap();
    migrate(&sql, &[STEP, ONE_ROW]).unwrap();
    let numbers = woken(&sql);
    assert_eq!((numbers.reported_at.get(), numbers.reported_sockets.get()), (1_000_000, Some(2)));
    assert_eq!(load_unreported(&sql), Ok(vec![counted("a", 5), counted("b{reason=\"\u{e4}\"}", 7)]));
    assert_eq!(rows(&sql, "SELECT count(*) FROM counts", &[], |row| row.number(0)), Ok(vec![0]));
}

#[test]
fn many_counters_are_one_written_row() {
    let sql = tables();
    let numbers = woken(&sql);
    let many: Vec<(String, u64)> = (0..8).map(|n| counted(&format!("m{n}"), n)).collect();
    numbers.save_counts(&sql, &many).unwrap();
    numbers.save_counts(&sql, &many).unwrap();
    assert_eq!(rows(&sql, "SELECT count(*) FROM numbers", &[], |row| row.number(0)), Ok(vec![1]));
    assert_eq!(load_unreported(&sql).unwrap()[7], counted("m7", 14));
}

#[test]
fn what_was_told_is_not_told_again() {
    let sql = tables();
    let numbers = woken(&sql);
    numbers.save_counts(&sql, &[counted("a", 5)]).unwrap();
    numbers.note_reported(&sql, 1_000, 2).unwrap();
    assert_eq!(load_unreported(&sql), Ok(vec![]));
    numbers.save_counts(&sql, &[counted("a", 1)]).unwrap();
    assert_eq!(load_unreported(&sql), Ok(vec![counted("a", 1)]));
}

#[test]
fn an_object_that_has_nothing_to_say_is_not_woken_for_it() {
    let sql = tables();
    woken(&sql).note_reported(&sql, 1_000, 2).unwrap();
    assert_eq!(woken(&sql).report_at(5_000, 2), None);
}

#[test]
fn an_object_that_stays_awake_tells_the_same_sockets_once() {
    let sql = tables();
    let numbers = woken(&sql);
    numbers.note_reported(&sql, 1_000, 2).unwrap();
    assert_eq!(numbers.report_at(5_000, 2), None);
    assert!(numbers.report_at(5_000, 3).is_some());
}

#[test]
fn an_object_that_never_told_anything_tells_how_many_sockets_it_has() {
    assert_eq!(woken(&tables()).report_at(1_000_000, 0), Some(1_000_000 + NUMBERS_GATHER_MS));
}

#[test]
fn other_sockets_are_told_when_the_last_report_is_old_enough_also_after_a_sleep() {
    let sql = tables();
    let reported_at = 1_000_000;
    woken(&sql).note_reported(&sql, reported_at, 2).unwrap();
    assert_eq!(woken(&sql).report_at(reported_at + 1, 3), Some(reported_at + REPORT_MS));
    let late = reported_at + 2 * REPORT_MS;
    assert_eq!(woken(&sql).report_at(late, 3), Some(late + NUMBERS_GATHER_MS));
}

#[test]
fn what_is_kept_and_not_told_is_told_after_a_sleep() {
    let sql = tables();
    let numbers = woken(&sql);
    numbers.note_reported(&sql, 1_000_000, 2).unwrap();
    numbers.save_counts(&sql, &[counted("a", 1)]).unwrap();
    assert_eq!(woken(&sql).report_at(1_000_001, 2), Some(1_000_000 + REPORT_MS));
}

#[test]
fn what_is_counted_in_memory_is_kept_soon() {
    let sql = tables();
    woken(&sql).note_reported(&sql, 1_000, 2).unwrap();
    let numbers = woken(&sql);
    numbers.count("a", 1);
    assert_eq!(numbers.report_at(5_000, 2), Some(5_000 + NUMBERS_GATHER_MS));
}

#[test]
fn the_time_of_a_report_and_its_sockets_are_those_of_the_last() {
    let sql = tables();
    for (now, sockets) in [(1_000, 7), (2_000, 0), (protocol::words::limits::SEQ_MAX, 3)] {
        woken(&sql).note_reported(&sql, now, sockets).unwrap();
        let numbers = woken(&sql);
        assert_eq!((numbers.reported_at.get(), numbers.reported_sockets.get()), (now, Some(sockets)));
    }
}

#[test]
fn a_report_in_an_undone_step_leaves_the_numbers_where_they_were() {
    let sql = tables();
    let numbers = woken(&sql);
    numbers.save_counts(&sql, &[counted("a", 5)]).unwrap();
    let before = contents(&sql);
    assert!(!sql.in_transaction(|| numbers.note_reported(&sql, 1_000, 2).is_err()));
    assert_eq!(contents(&sql), before);
}

#[test]
fn so_many_points_are_gathered_and_no_more() {
    let numbers = woken(&tables());
    for _ in 0..ANALYTICS_GATHERED_MAX {
        assert!(numbers.accepts_points());
        numbers.point(None, &["a"], &[1.0]);
    }
    assert!(!numbers.accepts_points());
    numbers.point(None, &["a"], &[1.0]);
    assert_eq!(numbers.points.borrow().len(), ANALYTICS_GATHERED_MAX);
}
