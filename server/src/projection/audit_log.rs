//! Audit log of an object (`core.md` 1.7, `leaving.md` 4). Each row names actor and action, and is written in the transaction of the act. No
//! row has contents of messages.
//!
//! The log is append-only. The object's alarm deletes rows after `AUDIT_DAYS` and copies new rows to the projection; reports also go to the
//! queue of the operator. No request reads the log of an object.

use protocol::words::event::Millis;
use protocol::words::ids::is_demo;
use protocol::words::limits::REBUILD_PAGE_ROWS;
use protocol::words::refusal::Fault;
use protocol::words::time::DAY_MS;
use worker::{Env, State};

use super::{audit, reports};
use crate::calls::reports::QueuedReport;
use crate::config::Config;
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::sql;
use crate::kit::sql::{Database, exec, rows};
use crate::kit::trace::Trace;
use crate::runtime;

pub const TABLE: &[&str] = &[
    "CREATE TABLE audit (place INTEGER PRIMARY KEY, ts INTEGER NOT NULL, actor TEXT NOT NULL, \
     action TEXT NOT NULL, target TEXT NOT NULL, address TEXT NOT NULL, request TEXT NOT NULL, result TEXT NOT NULL) STRICT",
];

/// Migration step of the column that marks rows as sent to the projection.
pub const SENT: &[&str] = &[
    "ALTER TABLE audit ADD COLUMN is_told INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX audit_untold ON audit (place) WHERE is_told = 0",
];

/// Time for which rows are batched before they are sent to the projection. Each failure doubles it.
const GATHER_MS: Millis = 2_000;
/// Longest wait after a failure.
const LONGEST_RETRY_MS: Millis = 300_000;
/// Rows per batch, and batches per alarm.
const PORTION: u64 = 100;
const PORTIONS_AT_ONCE: usize = 20;
/// Time for which expired rows are batched before they are deleted. Without it, each act would cause an alarm of its own.
const TRIM_GATHER_MS: Millis = 3_600_000;

pub struct AuditEntry<'a> {
    /// User id; empty if no person acted.
    pub actor: &'a str,
    pub action: &'static str,
    /// Person or thing that the act concerns.
    pub target: &'a str,
    /// `ok`, or the code of a refusal.
    pub result: &'a str,
}

/// Writes a row in the transaction of the act. Acts in demo rooms are not recorded (`demo.md`).
pub fn write(sql: &Database, now: Millis, act: &AuditEntry<'_>, trace: &Trace) -> Result<(), Fault> {
    let AuditEntry { actor, action, target, result } = *act;
    if is_demo(actor) {
        return Ok(());
    }
    let values = [
        now.into(),
        actor.into(),
        action.into(),
        target.into(),
        trace.address.as_str().into(),
        trace.request.as_str().into(),
        result.into(),
    ];
    let query = "INSERT INTO audit (ts, actor, action, target, address, request, result) VALUES (?, ?, ?, ?, ?, ?, ?)";
    exec(sql, query, &values)
}

/// Returns the time at which [`maintain`] is due, for unsent or expiring rows.
pub fn due_at(env: &Env, sql: &Database, now: Millis) -> Result<Option<Millis>, Fault> {
    due_with(retention_ms(env), sql, now)
}

fn due_with(retention_ms: Millis, sql: &Database, now: Millis) -> Result<Option<Millis>, Fault> {
    let unsent = rows(sql, "SELECT ts FROM audit WHERE is_told = 0 ORDER BY place LIMIT 1", &[], |row| row.number(0))?;
    let unsent_at = unsent.first().map(|since| next_try((*since).min(now), now));
    let over_at = oldest(sql)?.map(|ts| ts.saturating_add(retention_ms).saturating_add(TRIM_GATHER_MS));
    Ok([unsent_at, over_at].into_iter().flatten().min())
}

/// Returns the time of the next attempt to send rows that wait since `since`. The schedule depends on `since` alone, so no count is stored.
fn next_try(since: Millis, now: Millis) -> Millis {
    let (mut at, mut wait) = (since + GATHER_MS, GATHER_MS);
    while at <= now && wait < LONGEST_RETRY_MS {
        at += wait;
        wait = (wait * 2).min(LONGEST_RETRY_MS);
    }
    if at > now { at } else { at + ((now - at) / LONGEST_RETRY_MS + 1) * LONGEST_RETRY_MS }
}

/// Deletes expired rows and sends unsent ones. The projection stores a row once, however often it is sent.
pub async fn maintain(env: &Env, state: &State) -> Result<(), Fault> {
    let (sql, object) = (sql::of(state), state.id().to_string());
    trim(&sql, runtime::now_ms().saturating_sub(retention_ms(env)))?;
    for _ in 0..PORTIONS_AT_ONCE {
        let Some((last, unsent)) = load_unsent(&sql)? else { break };
        // This comes before the rows count as sent. `last` bounds both: a report that is written meanwhile belongs to the next batch.
        reports::queue(env, load_reports(&sql, &object, last)?).await?;
        audit::write_entries(env, &object, &unsent).await?;
        mark_sent(&sql, last)?;
    }
    Ok(())
}

/// Loads the oldest unsent rows: the position of the last row, and the rows as JSON text.
fn load_unsent(sql: &Database) -> Result<Option<(u64, String)>, Fault> {
    let query = "SELECT place, json_array(place, ts, actor, action, target, address, request, result) FROM audit \
                 WHERE is_told = 0 ORDER BY place LIMIT ?";
    let unsent = rows(sql, query, &[PORTION.into()], |row| Ok((row.number(0)?, row.text(1)?)))?;
    let Some(&(last, _)) = unsent.last() else { return Ok(None) };
    let unsent: Vec<String> = unsent.into_iter().map(|(_, row)| row).collect();
    Ok(Some((last, format!("[{}]", unsent.join(",")))))
}

/// Loads the reports among the unsent rows up to `last`.
fn load_reports(sql: &Database, object: &str, last: u64) -> Result<Vec<QueuedReport>, Fault> {
    let query = "SELECT place, ts, actor, target, result FROM audit \
                 WHERE is_told = 0 AND action = 'report' AND place <= ? ORDER BY place";
    rows(sql, query, &[last.into()], |row| {
        let (place, at) = (row.number(0)?, row.number(1)?);
        Ok(reports::queued(object, (place, at), row.text(2)?, &row.text(3)?, row.text(4)?))
    })
}

/// Marks the rows up to `last` as sent.
fn mark_sent(sql: &Database, last: u64) -> Result<(), Fault> {
    exec(sql, "UPDATE audit SET is_told = 1 WHERE is_told = 0 AND place <= ?", &[last.into()])
}

/// Deletes rows up to the time `until`.
fn trim(sql: &Database, until: Millis) -> Result<(), Fault> {
    match oldest(sql)? {
        Some(ts) if ts <= until => exec(sql, "DELETE FROM audit WHERE ts <= ?", &[until.into()]),
        _ => Ok(()),
    }
}

fn oldest(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(rows(sql, "SELECT ts FROM audit ORDER BY place LIMIT 1", &[], |row| row.number(0))?.pop())
}

fn retention_ms(env: &Env) -> Millis {
    Config::of(env).limits.audit_days.saturating_mul(DAY_MS)
}

/// Reads the next page of a backfill, of sent and unsent rows alike.
pub fn read_backfill(state: &State, call: &BackfillCall) -> Result<BackfillPage, Fault> {
    let page = load_page(&sql::of(state), call)?;
    Ok(BackfillPage { object: state.id().to_string(), at: runtime::now_ms(), ..page })
}

fn load_page(sql: &Database, call: &BackfillCall) -> Result<BackfillPage, Fault> {
    let query = "SELECT place, json_array(place, ts, actor, action, target, address, request, result) FROM audit \
                 WHERE place > ? ORDER BY place LIMIT ?";
    let values = [call.after.into(), REBUILD_PAGE_ROWS.into()];
    let found = rows(sql, query, &values, |row| Ok((row.number(0)?, row.text(1)?)))?;
    Ok(BackfillPage {
        next: found.last().map_or(call.after, |(place, _)| *place),
        is_done: found.len() < REBUILD_PAGE_ROWS as usize,
        rows: found.into_iter().map(|(_, row)| row).collect(),
        ..BackfillPage::default()
    })
}

#[cfg(test)]
#[path = "audit_log_tests.rs"]
mod tests;
