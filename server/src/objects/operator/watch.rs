//! Monitoring in the operator's object: raised alarms, alerts until they are acknowledged, and readings for charts. The cron measures and
//! sends alerts (`crate::operation::alarms`); `protocol::operation::alarms` defines the alarms.

use protocol::codec::json;
use protocol::operation::alarms::{Alarm, Alert, DeploymentMetrics, Source};
use protocol::words::event::Millis;
use protocol::words::limits::{ALERTS_MAX, READINGS_MS};
use protocol::words::refusal::Fault;
use protocol::words::time::HOUR_MS;

use crate::calls::watch::{ActiveAlarm, Reading, WatchState};
use crate::kit::sql::{Database, exec, first_row, rows};

pub(super) const STEP: &[&str] = &[
    "CREATE TABLE alarms (name TEXT PRIMARY KEY, since INTEGER NOT NULL, value INTEGER NOT NULL) STRICT",
    "CREATE TABLE alerts (no INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, is_up INTEGER NOT NULL, \
     at INTEGER NOT NULL, value INTEGER NOT NULL) STRICT",
    "CREATE TABLE readings (at INTEGER PRIMARY KEY, sockets INTEGER NOT NULL, messages INTEGER NOT NULL, \
     refused INTEGER NOT NULL) STRICT",
];

/// Migration step of the counts of series, as a JSON array; earlier readings have none.
pub(super) const SERIES: &[&str] = &["ALTER TABLE readings ADD COLUMN series TEXT NOT NULL DEFAULT '[]'"];

/// Sets the growth of series in the last hour, from stored readings. A source without an answer makes the growth smaller, but clears no
/// alarm.
pub(super) fn set_growth(sql: &Database, measured: &mut DeploymentMetrics, now: Millis) -> Result<(), Fault> {
    let first_since = |since: Millis| {
        let query = "SELECT at, series FROM readings WHERE at >= ? ORDER BY at LIMIT 1";
        first_row(sql, query, &[since.into()], |row| {
            Ok((row.number(0)?, json::read::<Vec<u64>>(&row.text(1)?).unwrap_or_default()))
        })
    };
    let (hour, day) = (first_since(now.saturating_sub(HOUR_MS))?, first_since(now.saturating_sub(READINGS_MS))?);
    if let Some((hour, day)) = hour.zip(day) {
        measured.set_growth(&hour, &day);
    }
    Ok(())
}

/// Evaluates the alarms and stores an alert for each one that was raised or cleared. Returns all unacknowledged alerts, the oldest first.
/// Alarms that only another version has stay as they are.
pub(super) fn evaluate(
    sql: &Database,
    measured: &DeploymentMetrics,
    has_receiver: bool,
    now: Millis,
) -> Result<Vec<Alert>, Fault> {
    let standing: Vec<Alarm> = raised(sql)?.iter().filter_map(|raised| Alarm::parse(&raised.alarm)).collect();
    for (alarm, is_up) in measured.turned(&standing) {
        let (name, value) = (alarm.as_str(), measured.value(alarm));
        if is_up {
            exec(sql, "INSERT INTO alarms VALUES (?, ?, ?)", &[name.into(), now.into(), value.into()])?;
        } else {
            exec(sql, "DELETE FROM alarms WHERE name = ?", &[name.into()])?;
        }
        let query = "INSERT INTO alerts (name, is_up, at, value) VALUES (?, ?, ?, ?)";
        exec(sql, query, &[name.into(), u32::from(is_up).into(), now.into(), value.into()])?;
    }
    for alarm in standing.into_iter().filter(|alarm| measured.is_whole(*alarm)) {
        let values = [measured.value(alarm).into(), alarm.as_str().into()];
        exec(sql, "UPDATE alarms SET value = ? WHERE name = ?", &values)?;
    }
    // Without a receiver, no alerts are stored: the page shows the alarms.
    let alerts_max = if has_receiver { ALERTS_MAX } else { 0 };
    exec(
        sql,
        "DELETE FROM alerts WHERE no NOT IN (SELECT no FROM alerts ORDER BY no DESC LIMIT ?)",
        &[alerts_max.into()],
    )?;
    // Incomplete sums would show up in the chart as a fall and a rise.
    if !measured.silent.contains(&Source::Logs) {
        save_reading(sql, measured, now)?;
    }
    exec(sql, "DELETE FROM readings WHERE at <= ?", &[now.saturating_sub(READINGS_MS).into()])?;
    let query = "SELECT no, name, is_up, at, value FROM alerts ORDER BY no";
    rows(sql, query, &[], |row| {
        let (no, alarm, is_up) = (row.number(0)?, row.text(1)?, row.number(2)? == 1);
        Ok(Alert { no, alarm, is_up, at: row.number(3)?, value: row.number(4)? })
    })
}

fn save_reading(sql: &Database, measured: &DeploymentMetrics, now: Millis) -> Result<(), Fault> {
    let values = [
        now.into(),
        measured.sockets.into(),
        measured.messages.into(),
        measured.refused.into(),
        json::write(&measured.series).as_str().into(),
    ];
    let query = "INSERT OR REPLACE INTO readings (at, sockets, messages, refused, series) VALUES (?, ?, ?, ?, ?)";
    exec(sql, query, &values)
}

/// Deletes an alert that the receiver has accepted.
pub(super) fn acknowledge(sql: &Database, no: u64) -> Result<(), Fault> {
    exec(sql, "DELETE FROM alerts WHERE no = ?", &[no.into()])
}

pub(super) fn state(sql: &Database) -> Result<WatchState, Fault> {
    let query = "SELECT at, sockets, messages, refused, series FROM readings ORDER BY at";
    let readings = rows(sql, query, &[], |row| {
        let (at, sockets) = (row.number(0)?, row.number(1)?);
        let series = json::read(&row.text(4)?).unwrap_or_default();
        Ok(Reading { at, sockets, messages: row.number(2)?, refused: row.number(3)?, series })
    })?;
    let unsent = rows(sql, "SELECT count(*) FROM alerts", &[], |row| row.number(0))?;
    Ok(WatchState { alarms: raised(sql)?, unsent: unsent.first().copied().unwrap_or(0), readings })
}

fn raised(sql: &Database) -> Result<Vec<ActiveAlarm>, Fault> {
    rows(sql, "SELECT name, since, value FROM alarms ORDER BY since", &[], |row| {
        Ok(ActiveAlarm { alarm: row.text(0)?, since: row.number(1)?, value: row.number(2)? })
    })
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
