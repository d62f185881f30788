//! Rows of operation (`core.md` 1.7, `messenger.md` 10): who did what, written by the object that acts in the transaction of the act.
//!
//! Append-only and kept for `AUDIT_DAYS`. Reading them is for the projection; nothing here is read on a request's path. What was
//! written or said is never in a row.

use protocol::event::Millis;
use protocol::refusal::Fault;
use serde::{Deserialize, Serialize};
use worker::SqlStorage;

use super::sql::exec;

/// The step that brings the table to an object.
pub(super) const TABLE: &[&str] = &[
    "CREATE TABLE audit (place INTEGER PRIMARY KEY, ts INTEGER NOT NULL, actor TEXT NOT NULL, \
     action TEXT NOT NULL, target TEXT NOT NULL, address TEXT NOT NULL, request TEXT NOT NULL, result TEXT NOT NULL) STRICT",
];

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
