//! Queue of reports (`moderation.md` 7). No row has the text of a message. Each answer is one synchronous step, which the runtime commits
//! atomically.

use protocol::people::report::is_private_place;
use protocol::words::event::Millis;
use protocol::words::limits::{OPEN_REPORTS_MAX, REPORT_ACTS_SHOWN_MAX, REPORT_OLD_MS, REPORTS_SHOWN_MAX};
use protocol::words::refusal::{Fault, Refusal};

use super::moderation::{FROM_ACTS, SHOWN, shown};
use super::tables::OperatorSql;
use crate::calls::moderation::ShownAct;
use crate::calls::operator::OwnerAct;
use crate::calls::reports::{OpenedReport, QueuedReport, ReportCounts, ReportPage};
use crate::kit::sql::{Database, SqlRow, Value, exec, number, rows, wrote};
use crate::runtime::call_error::CallError;

/// Migration step of the table. The `result` of an open report is empty.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE reports (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, reporter TEXT NOT NULL, \
     reason TEXT NOT NULL, user TEXT NOT NULL, room TEXT NOT NULL, message TEXT NOT NULL, result TEXT NOT NULL, \
     answered_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX reports_open ON reports (place) WHERE result = ''",
    "CREATE INDEX reports_answered ON reports (answered_at, place) WHERE result <> ''",
    "CREATE INDEX reports_by_user ON reports (user)",
];

/// Result of a report that led to an act.
pub(super) const ACTED: &str = "acted";
/// Result of a report that led to no act.
pub(super) const DISMISSED: &str = "dismissed";

const REPORT: &str = "id, at, reporter, reason, user, room, message";

/// Stores each report once. In a full queue it replaces an answered report, else the oldest of the person with the most reports.
pub(super) fn add(sql: &Database, reports: &[QueuedReport]) -> Result<(), Fault> {
    // Objects of many people deliver here, so the rows are counted once for all reports of a delivery.
    let mut stored = number(sql, "SELECT count(*) FROM reports", &[])?;
    for report in reports {
        let known = number(sql, "SELECT count(*) FROM reports WHERE id = ?", &[report.id.as_str().into()])?;
        if known > 0 {
            continue;
        }
        if stored < OPEN_REPORTS_MAX {
            stored += 1;
        } else if !forget_oldest(sql)? {
            return Ok(());
        }
        insert(sql, report)?;
    }
    Ok(())
}

/// Removes the report that was answered first. If all are open, removes the oldest report of the person with the most, who cannot crowd out
/// others. Returns `false` if every person has one report only.
fn forget_oldest(sql: &Database) -> Result<bool, Fault> {
    let answered = "SELECT place FROM reports WHERE result <> '' ORDER BY answered_at, place LIMIT 1";
    let of_most =
        "SELECT min(place) FROM reports GROUP BY reporter HAVING count(*) > 1 ORDER BY count(*) DESC, 1 LIMIT 1";
    wrote(sql, &format!("DELETE FROM reports WHERE place = coalesce(({answered}), ({of_most}))"), &[])
}

fn insert(sql: &Database, report: &QueuedReport) -> Result<(), Fault> {
    let QueuedReport { id, at, reporter, reason, user, room, message } = report;
    let values = [
        id.as_str().into(),
        (*at).into(),
        reporter.as_str().into(),
        reason.as_str().into(),
        user.as_str().into(),
        room.as_str().into(),
        message.as_str().into(),
    ];
    let query = format!("INSERT INTO reports ({REPORT}, result, answered_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', 0)");
    exec(sql, &query, &values)
}

/// Lists open reports after the position `after`, in order of arrival.
pub(super) fn list(sql: &Database, after: u64) -> Result<ReportPage, Fault> {
    let query = format!("SELECT {REPORT}, place FROM reports WHERE result = '' AND place > ? ORDER BY place LIMIT ?");
    let limit = REPORTS_SHOWN_MAX as u64 + 1;
    let mut found = rows(sql, &query, &[after.into(), limit.into()], |row| Ok((row.number(7)?, report_in(row)?)))?;
    let has_more = found.len() > REPORTS_SHOWN_MAX;
    found.truncate(REPORTS_SHOWN_MAX);
    let next = found.last().map(|(place, _)| *place).filter(|_| has_more);
    Ok(ReportPage { reports: found.into_iter().map(|(_, report)| report).collect(), next })
}

/// Opens a report for an operator; at most one. Reading a private conversation leaves an audit row.
pub(super) fn open(sql: &OperatorSql, call: &OwnerAct, now: Millis) -> Result<Vec<OpenedReport>, Fault> {
    let Some(report) = find_open(&sql.0, &call.what)? else { return Ok(Vec::new()) };
    if is_private_place(&report.room) && !report.message.is_empty() {
        sql.write(call, "report_view", &report.target(), "ok", now)?;
    }
    let user = || Value::from(report.user.as_str());
    let query = "SELECT count(*) FROM reports WHERE user = ? AND id <> ?";
    let others = number(&sql.0, query, &[user(), report.id.as_str().into()])?;
    let query = format!("SELECT {SHOWN} FROM {FROM_ACTS} WHERE acts.user = ? ORDER BY acts.place DESC LIMIT ?");
    let acts: Vec<ShownAct> = rows(&sql.0, &query, &[user(), (REPORT_ACTS_SHOWN_MAX as u64).into()], shown)?;
    Ok(vec![OpenedReport { report, others, acts }])
}

/// Checks that a report is open, before an act that answers it.
pub(super) fn check_open(sql: &Database, id: &str) -> Result<(), CallError> {
    find_open(sql, id)?.map(|_| ()).ok_or_else(|| Refusal::NotFound.into())
}

/// Answers a report without an act.
pub(super) fn dismiss(sql: &OperatorSql, call: &OwnerAct, now: Millis) -> Result<(), CallError> {
    let target = close(&sql.0, &call.what, DISMISSED, now)?.ok_or(Refusal::NotFound)?;
    Ok(sql.write(call, "report_answer", &target, DISMISSED, now)?)
}

/// Answers a report, and with it all open reports of the same message and person. Returns the target of the audit row, which the caller
/// writes in the same step; `None` if no such report is open.
pub(super) fn close(sql: &Database, id: &str, result: &'static str, now: Millis) -> Result<Option<String>, Fault> {
    let Some(report) = find_open(sql, id)? else { return Ok(None) };
    let values = [
        result.into(),
        now.into(),
        id.into(),
        report.message.as_str().into(),
        report.room.as_str().into(),
        report.user.as_str().into(),
    ];
    let query = "UPDATE reports SET result = ?1, answered_at = ?2 WHERE result = '' \
                 AND (id = ?3 OR (?4 <> '' AND message = ?4 AND room = ?5 AND user = ?6))";
    exec(sql, query, &values)?;
    Ok(Some(report.target()))
}

pub(super) fn counts(sql: &Database, now: Millis) -> Result<ReportCounts, Fault> {
    let query = "SELECT count(*), COALESCE(sum(at < ?), 0), COALESCE(min(at), 0) FROM reports WHERE result = ''";
    let found = rows(sql, query, &[now.saturating_sub(REPORT_OLD_MS).into()], |row| {
        let (open, old, oldest_at) = (row.number(0)?, row.number(1)?, row.number(2)?);
        Ok(ReportCounts { open, old, oldest_at: Some(oldest_at).filter(|_| open > 0) })
    })?;
    Ok(found.first().copied().unwrap_or_default())
}

/// Removes reports that were answered before `cutoff`. Open ones wait for their answer, however old they are.
pub(super) fn forget(sql: &Database, cutoff: Millis) -> Result<(), Fault> {
    exec(sql, "DELETE FROM reports WHERE result <> '' AND answered_at < ?", &[cutoff.into()])
}

pub(super) fn find_open(sql: &Database, id: &str) -> Result<Option<QueuedReport>, Fault> {
    let query = format!("SELECT {REPORT} FROM reports WHERE id = ? AND result = ''");
    Ok(rows(sql, &query, &[id.into()], report_in)?.pop())
}

fn report_in(row: &SqlRow) -> Result<QueuedReport, Fault> {
    Ok(QueuedReport {
        id: row.text(0)?,
        at: row.number(1)?,
        reporter: row.text(2)?,
        reason: row.text(3)?,
        user: row.text(4)?,
        room: row.text(5)?,
        message: row.text(6)?,
    })
}

#[cfg(test)]
#[path = "reports_tests.rs"]
mod tests;
