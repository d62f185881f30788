//! Tests of monitoring: alerts are repeated until they are acknowledged, and readings cover a day.

use protocol::operation::series::Series;
use protocol::words::limits::{ALARM_DROPS_MAX, ALARM_OUTBOX_MAX, SEQ_MAX};

use super::super::tables::OperatorSql;
use super::*;
use crate::kit::sql::older::contents;

const UP: u64 = ALARM_OUTBOX_MAX + 1;

fn empty() -> Database {
    OperatorSql::open(Database::new()).unwrap().0
}

/// Returns metrics with this many outbox rows.
fn waiting(outbox: u64) -> DeploymentMetrics {
    with(Alarm::Outbox, outbox, DeploymentMetrics::default())
}

fn with(alarm: Alarm, value: u64, mut measured: DeploymentMetrics) -> DeploymentMetrics {
    measured.set(alarm, value);
    measured
}

fn without(source: Source, measured: DeploymentMetrics) -> DeploymentMetrics {
    DeploymentMetrics { silent: vec![source], ..measured }
}

/// Evaluates the metrics. Returns the unacknowledged alerts.
fn evaluate_at(sql: &Database, measured: &DeploymentMetrics, now: Millis) -> Vec<(u64, Alarm, bool)> {
    let alerts = evaluate(sql, measured, true, now).unwrap();
    alerts.into_iter().map(|alert| (alert.no, Alarm::parse(&alert.alarm).unwrap(), alert.is_up)).collect()
}

fn standing(sql: &Database) -> Vec<(Alarm, Millis, u64)> {
    let raised = state(sql).unwrap().alarms.into_iter();
    raised.map(|raised| (Alarm::parse(&raised.alarm).unwrap(), raised.since, raised.value)).collect()
}

fn read_at(sql: &Database) -> Vec<Millis> {
    state(sql).unwrap().readings.into_iter().map(|reading| reading.at).collect()
}

// ---- alarms

#[test]
fn an_alarm_goes_up_once_and_is_over_once() {
    let sql = empty();
    assert_eq!(evaluate_at(&sql, &waiting(UP - 1), 1), []);
    for now in [2, 3] {
        assert_eq!(evaluate_at(&sql, &waiting(UP), now), [(1, Alarm::Outbox, true)]);
        assert_eq!(standing(&sql), [(Alarm::Outbox, 2, UP)], "since it went up");
    }
    for now in [4, 5] {
        assert_eq!(evaluate_at(&sql, &waiting(0), now), [(1, Alarm::Outbox, true), (2, Alarm::Outbox, false)]);
        assert_eq!(standing(&sql), []);
    }
    assert_eq!(evaluate_at(&sql, &waiting(UP), 6).last(), Some(&(3, Alarm::Outbox, true)));
    assert_eq!(standing(&sql), [(Alarm::Outbox, 6, UP)]);
}

#[test]
fn news_say_when_it_was_and_what_the_number_was_then() {
    let sql = empty();
    evaluate(&sql, &waiting(UP), true, SEQ_MAX - 2).unwrap();
    evaluate(&sql, &waiting(SEQ_MAX), true, SEQ_MAX - 1).unwrap();
    let alerts = evaluate(&sql, &waiting(3), true, SEQ_MAX).unwrap();
    let of = |no, is_up, at, value| Alert { no, alarm: "outbox".to_owned(), is_up, at, value };
    assert_eq!(alerts, [of(1, true, SEQ_MAX - 2, UP), of(2, false, SEQ_MAX, 3)]);
}

#[test]
fn alarms_that_are_up_are_shown_with_the_number_of_the_last_look_the_oldest_first() {
    let sql = empty();
    evaluate_at(&sql, &waiting(UP), 5);
    let both = |outbox, dead_letters| with(Alarm::DeadLetters, dead_letters, waiting(outbox));
    evaluate_at(&sql, &both(UP + 3, 2), 6);
    evaluate_at(&sql, &both(UP + 1, 4), 7);
    assert_eq!(standing(&sql), [(Alarm::Outbox, 5, UP + 1), (Alarm::DeadLetters, 6, 4)]);
}

#[test]
fn a_number_of_which_a_part_is_missing_is_not_shown_and_takes_no_alarm_down() {
    let sql = empty();
    evaluate_at(&sql, &waiting(UP + 5), 1);
    for outbox in [0, UP] {
        assert_eq!(evaluate_at(&sql, &without(Source::Logs, waiting(outbox)), 2).len(), 1);
        assert_eq!(standing(&sql), [(Alarm::Outbox, 1, UP + 5)]);
    }
    assert_eq!(evaluate_at(&sql, &without(Source::Ledger, waiting(0)), 3).last(), Some(&(2, Alarm::Outbox, false)));
}

#[test]
fn news_are_told_until_they_were_heard_each_by_its_number() {
    let sql = empty();
    evaluate_at(&sql, &waiting(UP), 1);
    evaluate_at(&sql, &waiting(0), 2);
    evaluate_at(&sql, &waiting(UP), 3);
    for _ in 0..2 {
        acknowledge(&sql, 2).unwrap();
        assert_eq!(
            (evaluate_at(&sql, &waiting(UP), 4), state(&sql).unwrap().unsent),
            (vec![(1, Alarm::Outbox, true), (3, Alarm::Outbox, true)], 2)
        );
    }
    for no in [1, 3, 99] {
        acknowledge(&sql, no).unwrap();
    }
    assert_eq!((evaluate_at(&sql, &waiting(UP), 5), standing(&sql).len()), (vec![], 1));
}

#[test]
fn news_are_never_told_under_a_number_that_was_heard() {
    let sql = empty();
    evaluate_at(&sql, &waiting(UP), 1);
    acknowledge(&sql, 1).unwrap();
    assert_eq!(evaluate_at(&sql, &waiting(0), 2), [(2, Alarm::Outbox, false)]);
}

#[test]
fn of_news_that_nobody_hears_the_newest_are_kept() {
    let sql = empty();
    let mut alerts = Vec::new();
    for n in 0..ALERTS_MAX + 10 {
        alerts = evaluate_at(&sql, &waiting(if n % 2 == 0 { UP } else { 0 }), n);
    }
    assert_eq!((alerts.len() as u64, alerts[0].0), (ALERTS_MAX, 11));
    assert!(alerts.is_sorted_by_key(|(no, ..)| *no));
    assert_eq!(state(&sql).unwrap().unsent, ALERTS_MAX);
}

#[test]
fn where_nobody_is_told_alarms_are_shown_and_no_news_are_kept() {
    let sql = empty();
    evaluate_at(&sql, &waiting(UP), 1);
    assert_eq!(evaluate(&sql, &waiting(UP), false, 2), Ok(vec![]));
    assert_eq!(evaluate(&sql, &with(Alarm::DeadLetters, 9, waiting(UP)), false, 3), Ok(vec![]));
    assert_eq!((standing(&sql).len(), state(&sql).unwrap().unsent), (2, 0));
    assert_eq!(
        evaluate_at(&sql, &with(Alarm::DeadLetters, 0, waiting(0)), 4).len(),
        2,
        "who is told from now on hears what turns from now on"
    );
}

#[test]
fn an_alarm_of_another_version_stays_and_keeps_no_other_from_being_judged() {
    let sql = empty();
    exec(&sql, "INSERT INTO alarms VALUES ('of another version', 1, 5)", &[]).unwrap();
    exec(&sql, "INSERT INTO alerts (name, is_up, at, value) VALUES ('of another version', 1, 1, 5)", &[]).unwrap();
    let names =
        |sql: &Database| -> Vec<String> { state(sql).unwrap().alarms.into_iter().map(|raised| raised.alarm).collect() };
    let alerts = evaluate(&sql, &waiting(UP), true, 2).unwrap();
    let told: Vec<&str> = alerts.iter().map(|alert| alert.alarm.as_str()).collect();
    assert_eq!(
        (told, names(&sql)),
        (vec!["of another version", "outbox"], vec!["of another version".to_owned(), "outbox".to_owned()])
    );
    assert!(alerts[0].body().contains("CF Messenger: of another version: 5, alarm raised."));
    evaluate(&sql, &waiting(0), true, 3).unwrap();
    assert_eq!(names(&sql), ["of another version"]);
}

#[test]
fn a_look_that_does_not_commit_is_none() {
    let sql = empty();
    evaluate_at(&sql, &waiting(UP), 1);
    let before = contents(&sql);
    assert!(!sql.in_transaction(|| {
        assert!(evaluate(&sql, &waiting(0), true, 2).is_ok());
        false
    }));
    assert_eq!(contents(&sql), before);
}

#[test]
fn growth_is_that_since_the_first_reading_of_the_last_hour() {
    let sql = empty();
    let slow = |sockets: u64| {
        let mut series = vec![0; Series::ALL.len()];
        series[Series::Slow as usize] = sockets;
        DeploymentMetrics { series, ..DeploymentMetrics::default() }
    };
    let grown_at = |sockets: u64, now: Millis| {
        let mut measured = slow(sockets);
        set_growth(&sql, &mut measured, now).unwrap();
        measured
    };
    assert!(!grown_at(500, HOUR_MS).is_whole(Alarm::Drops), "without a reading nothing is known");
    for (now, sockets) in [(HOUR_MS, 10), (2 * HOUR_MS, 200), (2 * HOUR_MS + 1, 250)] {
        evaluate_at(&sql, &slow(sockets), now);
    }
    let grown = |sockets: u64| grown_at(sockets, 3 * HOUR_MS);
    assert_eq!((grown(300).value(Alarm::Drops), grown(300).value(Alarm::Evictions)), (ALARM_DROPS_MAX, 0));
    assert_eq!(evaluate_at(&sql, &grown(300), 3 * HOUR_MS), []);
    assert_eq!(evaluate_at(&sql, &grown(301), 3 * HOUR_MS), [(1, Alarm::Drops, true)]);
}

// ---- readings

#[test]
fn a_reading_has_the_numbers_of_its_time() {
    let sql = empty();
    let measured = DeploymentMetrics { sockets: 1, messages: SEQ_MAX, refused: 0, ..DeploymentMetrics::default() };
    evaluate_at(&sql, &measured, 7);
    evaluate_at(&sql, &DeploymentMetrics { sockets: 4, messages: 5, refused: 6, ..DeploymentMetrics::default() }, 3);
    let readings: Vec<[u64; 4]> = state(&sql)
        .unwrap()
        .readings
        .iter()
        .map(|reading| [reading.at, reading.sockets, reading.messages, reading.refused])
        .collect();
    assert_eq!(readings, [[3, 4, 5, 6], [7, 1, SEQ_MAX, 0]], "the oldest first");
}

#[test]
fn a_reading_has_the_counts_of_all_series_and_one_of_an_earlier_version_has_none() {
    let sql = empty();
    exec(&sql, "INSERT INTO readings (at, sockets, messages, refused) VALUES (1, 0, 0, 0)", &[]).unwrap();
    let series: Vec<u64> = (0..11).chain([SEQ_MAX]).collect();
    evaluate_at(&sql, &DeploymentMetrics { series: series.clone(), ..DeploymentMetrics::default() }, 2);
    let read: Vec<Vec<u64>> = state(&sql).unwrap().readings.into_iter().map(|reading| reading.series).collect();
    assert_eq!(read, [Vec::new(), series]);
}

#[test]
fn there_is_one_reading_of_a_time_which_is_the_last_one() {
    let sql = empty();
    for sockets in [1, 2] {
        evaluate_at(&sql, &DeploymentMetrics { sockets, ..DeploymentMetrics::default() }, 7);
    }
    let readings: Vec<u64> = state(&sql).unwrap().readings.iter().map(|reading| reading.sockets).collect();
    assert_eq!(readings, [2]);
}

#[test]
fn readings_are_kept_for_a_day() {
    let sql = empty();
    for now in [1, 2, READINGS_MS, READINGS_MS + 1] {
        evaluate_at(&sql, &waiting(0), now);
    }
    assert_eq!(read_at(&sql), [2, READINGS_MS, READINGS_MS + 1]);
}

#[test]
fn of_numbers_of_which_a_part_is_missing_there_is_no_reading() {
    let sql = empty();
    evaluate_at(&sql, &waiting(0), 1);
    for (source, now) in [(Source::Logs, 2), (Source::Bucket, 3), (Source::Ledger, 4)] {
        evaluate_at(&sql, &without(source, waiting(0)), now);
    }
    assert_eq!(read_at(&sql), [1, 3, 4]);
    evaluate_at(&sql, &without(Source::Logs, waiting(0)), READINGS_MS + 3);
    assert_eq!(read_at(&sql), [4], "old ones go all the same");
}
