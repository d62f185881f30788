//! Objections to acts of moderators (`moderation.md` 4). An objection has no effect until it is answered.

use protocol::words::event::Millis;
use protocol::words::limits::OBJECTIONS_SHOWN_MAX;
use protocol::words::refusal::{Fault, Refusal};

use super::moderation::{FROM_ACTS, OWN, SHOWN, find_act, own_values, shown};
use super::tables::OperatorSql;
use crate::calls::moderation::{AnswerCall, ArchivedAct, ObjectionCall, OpenObjection};
use crate::kit::sql::{Database, exec, rows, wrote};
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::call_error::CallError;

/// Stores an objection with its audit row.
pub(super) fn add(sql: &Database, call: &ObjectionCall, now: Millis) -> Result<(), CallError> {
    let ObjectionCall { act, text, trace } = call;
    let found = find_act(sql, act, now)?.pop().ok_or(Refusal::NotFound)?;
    if found.objection.is_some() {
        return Err(Refusal::Conflict.into());
    }
    let user = rows(sql, "SELECT user FROM acts WHERE id = ?", &[act.as_str().into()], |row| row.text(0))?;
    let user = user.first().map(String::as_str).unwrap_or_default();
    let values = [act.as_str().into(), now.into(), text.as_str().into()];
    exec(sql, "INSERT INTO objections VALUES (?, ?, ?, '')", &values)?;
    let entry = AuditEntry { actor: user, action: "moderation_objection", target: act, result: "ok" };
    Ok(audit_log::write(sql, now, &entry, trace)?)
}

/// Lists unanswered objections, the oldest first.
pub(super) fn open(sql: &Database) -> Result<Vec<OpenObjection>, Fault> {
    let query = format!(
        "SELECT {SHOWN}, objections.at, objections.text, acts.user FROM {FROM_ACTS} WHERE objections.answer = '' \
         ORDER BY objections.at LIMIT ?"
    );
    rows(sql, &query, &[(OBJECTIONS_SHOWN_MAX as u64).into()], |row| {
        Ok(OpenObjection { act: shown(row)?, at: row.number(7)?, text: row.text(8)?, user: row.text(9)? })
    })
}

/// Lists the acts that a person sees about themselves, the newest first, with the texts of their objections.
pub(super) fn archived(sql: &Database, user: &str, now: Millis) -> Result<Vec<ArchivedAct>, Fault> {
    let query = format!("SELECT {SHOWN}, objections.at, objections.text FROM {FROM_ACTS} WHERE {OWN}");
    rows(sql, &query, &own_values(user, now), |row| {
        Ok(ArchivedAct { act: shown(row)?, objected_at: row.number_or_null(7)?, text: row.text_or_null(8) })
    })
}

/// Answers an objection. An act that is lifted ends if it is in force; a removed message does not come back.
pub(super) fn answer(sql: &OperatorSql, call: &AnswerCall, now: Millis) -> Result<(), CallError> {
    let (act, answer) = (call.by.what.as_str(), if call.is_lifted { "lifted" } else { "kept" });
    let query = "UPDATE objections SET answer = ? WHERE act = ? AND answer = ''";
    if !wrote(&sql.0, query, &[answer.into(), act.into()])? {
        return Err(Refusal::NotFound.into());
    }
    if call.is_lifted {
        exec(&sql.0, "DELETE FROM mutes WHERE act = ?", &[act.into()])?;
        exec(&sql.0, "DELETE FROM bans WHERE act = ?", &[act.into()])?;
    }
    Ok(sql.write(&call.by, "moderation_answer", act, answer, now)?)
}
