//! Rows of operation (`core.md` 1.7, `messenger.md` 10): who did what, written by the object that acts in the transaction of the act.
//!
//! Append-only and kept for `AUDIT_DAYS`. Reading them is for the projection, which an object's alarm brings up to date; nothing
//! here is read on a request's path. What was written or said is never in a row.

use protocol::event::Millis;
use protocol::refusal::Fault;
use serde::{Deserialize, Serialize};
use worker::{Env, SqlStorage, State};

use super::sql::{exec, rows};
use crate::audit;

/// The step that brings the table to an object.
pub(super) const TABLE: &[&str] = &[
    "CREATE TABLE audit (place INTEGER PRIMARY KEY, ts INTEGER NOT NULL, actor TEXT NOT NULL, \
     action TEXT NOT NULL, target TEXT NOT NULL, address TEXT NOT NULL, request TEXT NOT NULL, result TEXT NOT NULL) STRICT",
];

/// The step that remembers which rows the projection has.
pub(super) const TOLD: &[&str] = &[
    "ALTER TABLE audit ADD COLUMN is_told INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX audit_untold ON audit (place) WHERE is_told = 0",
];

/// How long rows are gathered, and how long the projection is left alone after it did not take them.
const GATHER_MS: Millis = 2_000;
/// As many rows as one alarm tells.
const PORTION: u64 = 100;
const DAY_MS: Millis = 86_400_000;

/// Where an act came from. Empty for what no request asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Trace {
    /// The caller's network: IPv4 by /24, IPv6 by /48.
    pub address: String,
    /// Id of the request.
    pub request: String,
}

/// One act.
pub(super) struct Act<'a> {
    /// User id; empty for nobody.
    pub actor: &'a str,
    /// What.
    pub action: &'static str,
    /// Whom or what it concerns.
    pub target: &'a str,
    /// `ok`, or the code of a refusal.
    pub result: &'a str,
}

/// Writes a row. Belongs into the transaction of the act.
pub(super) fn write(sql: &SqlStorage, now: Millis, act: &Act<'_>, trace: &Trace) -> Result<(), Fault> {
    let Act { actor, action, target, result } = *act;
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

/// Lets go of what is too old. Objects that audit call it when they write, which is when rows can be too many.
pub(super) fn trim(sql: &SqlStorage, now: Millis, days: u64) -> Result<(), Fault> {
    let oldest = now.saturating_sub(days.saturating_mul(DAY_MS));
    exec(sql, "DELETE FROM audit WHERE ts < ?", &[oldest.into()])
}

/// When the alarm has to tell the projection of rows; `None` when it has them all.
pub(super) fn due_at(sql: &SqlStorage, now: Millis) -> Result<Option<Millis>, Fault> {
    let query = "SELECT place FROM audit WHERE is_told = 0 LIMIT 1";
    let is_waiting = !rows(sql, query, &[], |row| row.number(0))?.is_empty();
    Ok(is_waiting.then_some(now + GATHER_MS))
}

/// Tells the projection of rows that it may not have. Told twice, a row is there once.
pub(super) async fn project(env: &Env, state: &State) -> Result<(), Fault> {
    let sql = state.storage().sql();
    let query = "SELECT place, json_array(place, ts, actor, action, target, address, request, result) FROM audit \
                 WHERE is_told = 0 ORDER BY place LIMIT ?";
    let untold = rows(&sql, query, &[PORTION.into()], |row| Ok((row.number(0)?, row.text(1)?)))?;
    let Some(&(last, _)) = untold.last() else {
        return Ok(());
    };
    let untold: Vec<String> = untold.into_iter().map(|(_, row)| row).collect();
    audit::write_acts(env, &state.id().to_string(), &format!("[{}]", untold.join(","))).await?;
    exec(&sql, "UPDATE audit SET is_told = 1 WHERE is_told = 0 AND place <= ?", &[last.into()])
}
