//! Rows of operation (`core.md` 1.7, `leaving.md` 4): who did what, written by the object that acts in the transaction of the act.
//!
//! Append-only and kept for `AUDIT_DAYS`, which an object's alarm sees to, also in an object in which nothing happens any more.
//! Reading them is for the projection, which the same alarm brings up to date; nothing here is read on a request's path. What was
//! written or said is never in a row.

use protocol::words::event::Millis;
use protocol::words::ids::is_demo;
use protocol::words::limits::REBUILD_PAGE_ROWS;
use protocol::words::refusal::Fault;
use worker::{Env, State};

use super::audit;
use crate::config::Config;
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::sql;
use crate::kit::sql::{Database, exec, rows};
use crate::kit::trace::Trace;
use crate::runtime;

/// The step that brings the table to an object.
pub const TABLE: &[&str] = &[
    "CREATE TABLE audit (place INTEGER PRIMARY KEY, ts INTEGER NOT NULL, actor TEXT NOT NULL, \
     action TEXT NOT NULL, target TEXT NOT NULL, address TEXT NOT NULL, request TEXT NOT NULL, result TEXT NOT NULL) STRICT",
];

/// The step that remembers which rows the projection has.
pub const TOLD: &[&str] = &[
    "ALTER TABLE audit ADD COLUMN is_told INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX audit_untold ON audit (place) WHERE is_told = 0",
];

/// Time for which rows are gathered before the projection is told of them. The wait doubles each time that the projection did not
/// take them …
const GATHER_MS: Millis = 2_000;
/// … up to this.
const LONGEST_RETRY_MS: Millis = 300_000;
/// Rows that are told at once, and how often an alarm does that.
const PORTION: u64 = 100;
const PORTIONS_AT_ONCE: usize = 20;
/// Rows whose time is over are gathered as well: an alarm for each would be one for each act.
const TRIM_GATHER_MS: Millis = 3_600_000;
const DAY_MS: Millis = 86_400_000;

/// One act.
pub struct AuditEntry<'a> {
    /// User id; empty for nobody.
    pub actor: &'a str,
    /// Name of the act.
    pub action: &'static str,
    /// Person or thing that the act concerns.
    pub target: &'a str,
    /// `ok`, or the code of a refusal.
    pub result: &'a str,
}

/// Writes a row. Belongs into the transaction of the act. Of a demo nothing is kept beyond its day (`demo.md`).
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

/// When the alarm has something to do here: rows that the projection does not have, or rows that are too old.
pub fn due_at(env: &Env, sql: &Database, now: Millis) -> Result<Option<Millis>, Fault> {
    due_with(kept_ms(env), sql, now)
}

fn due_with(kept_ms: Millis, sql: &Database, now: Millis) -> Result<Option<Millis>, Fault> {
    let untold = rows(sql, "SELECT ts FROM audit WHERE is_told = 0 ORDER BY place LIMIT 1", &[], |row| row.number(0))?;
    let told_at = untold.first().map(|since| next_try(*since, now));
    let over_at = oldest(sql)?.map(|ts| ts.saturating_add(kept_ms).saturating_add(TRIM_GATHER_MS));
    Ok([told_at, over_at].into_iter().flatten().min())
}

/// When the projection is tried again with what waits since then. Nothing counts the tries: that one is over is seen from the time,
/// and whoever asks twice is told the same moment.
fn next_try(since: Millis, now: Millis) -> Millis {
    let (mut at, mut wait) = (since + GATHER_MS, GATHER_MS);
    while at <= now && wait < LONGEST_RETRY_MS {
        at += wait;
        wait = (wait * 2).min(LONGEST_RETRY_MS);
    }
    if at > now { at } else { at + ((now - at) / LONGEST_RETRY_MS + 1) * LONGEST_RETRY_MS }
}

/// Does the work of the alarm: deletes rows that are too old, and tells the projection of rows that it may not have. A row that is
/// told twice is there once.
pub async fn attend(env: &Env, state: &State) -> Result<(), Fault> {
    let sql = sql::of(state);
    trim(&sql, runtime::now_ms().saturating_sub(kept_ms(env)))?;
    for _ in 0..PORTIONS_AT_ONCE {
        let Some((last, untold)) = untold(&sql)? else { break };
        audit::write_entries(env, &state.id().to_string(), &untold).await?;
        set_told(&sql, last)?;
    }
    Ok(())
}

/// Returns the oldest rows that the projection may not have, as JSON text, behind the place of the last.
fn untold(sql: &Database) -> Result<Option<(u64, String)>, Fault> {
    let query = "SELECT place, json_array(place, ts, actor, action, target, address, request, result) FROM audit \
                 WHERE is_told = 0 ORDER BY place LIMIT ?";
    let untold = rows(sql, query, &[PORTION.into()], |row| Ok((row.number(0)?, row.text(1)?)))?;
    let Some(&(last, _)) = untold.last() else { return Ok(None) };
    let untold: Vec<String> = untold.into_iter().map(|(_, row)| row).collect();
    Ok(Some((last, format!("[{}]", untold.join(",")))))
}

/// The projection has the rows up to this place.
fn set_told(sql: &Database, last: u64) -> Result<(), Fault> {
    exec(sql, "UPDATE audit SET is_told = 1 WHERE is_told = 0 AND place <= ?", &[last.into()])
}

/// Lets go of rows up to `until`.
fn trim(sql: &Database, until: Millis) -> Result<(), Fault> {
    match oldest(sql)? {
        Some(ts) if ts <= until => exec(sql, "DELETE FROM audit WHERE ts <= ?", &[until.into()]),
        _ => Ok(()),
    }
}

fn oldest(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(rows(sql, "SELECT ts FROM audit ORDER BY place LIMIT 1", &[], |row| row.number(0))?.pop())
}

fn kept_ms(env: &Env) -> Millis {
    Config::of(env).limits.audit_days.saturating_mul(DAY_MS)
}

/// The next rows for a projection that is written again, told or not.
pub fn read_backfill(state: &State, call: &BackfillCall) -> Result<BackfillPage, Fault> {
    let told = told_again(&sql::of(state), call)?;
    Ok(BackfillPage { object: state.id().to_string(), at: runtime::now_ms(), ..told })
}

fn told_again(sql: &Database, call: &BackfillCall) -> Result<BackfillPage, Fault> {
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
