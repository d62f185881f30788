//! Uses of a person that are counted over a day: files, previews, lookups of people, reports. The counts outlast a sleep of the object.

use protocol::words::event::Millis;
use protocol::words::rate::{Counter, Rule};
use protocol::words::refusal::Fault;
use protocol::words::time::DAY_MS;

use crate::kit::sql::{Database, exec, rows};
use crate::runtime::call_error::CallError;

/// Returns an error if no use of this kind is left within the day. A use has a time and a number of bytes; the oldest comes first.
pub fn check(sql: &Database, what: &'static str, rule: &Rule, now: Millis) -> Result<Vec<(Millis, u64)>, CallError> {
    // A use ahead of `now` was counted before the clock was set back, and counts for nothing (`core.md` 1.8).
    let query = "SELECT at, bytes FROM charges WHERE what = ? AND at > ? AND at <= ? ORDER BY at";
    let values = [what.into(), now.saturating_sub(DAY_MS).into(), now.into()];
    let uses = rows(sql, query, &values, |row| Ok((row.number(0)?, row.number(1)?)))?;
    let times: Vec<Millis> = uses.iter().map(|(at, _)| *at).collect();
    Counter::from_times(rule, &times).check(rule, now)?;
    Ok(uses)
}

pub fn note(sql: &Database, what: &'static str, now: Millis, bytes: u64) -> Result<(), Fault> {
    exec(sql, "DELETE FROM charges WHERE at <= ?", &[now.saturating_sub(DAY_MS).into()])?;
    exec(sql, "INSERT INTO charges VALUES (?, ?, ?)", &[what.into(), now.into(), bytes.into()])
}

#[cfg(test)]
#[path = "daily_quota_tests.rs"]
mod tests;
