//! Calls to a person's groups that must not be lost: bots and integrations that end with their maker (`integrations.md` 1) or because somebody
//! else may have made them (`account.md` 4), and invitations, of personas also groups, for which there is no place any more (`people.md` 2).
//! Each is a row until the group has taken it; the alarm repeats it.

use std::rc::Rc;

use protocol::machines::room::{Actor, GroupChange};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Fault;
use protocol::words::retry::retry_delay_ms;
use wasm_bindgen_futures::spawn_local;

use super::tables::Fact;
use super::{PersonObject, invites};
use crate::calls::group::{ChangeGroupCall, EndOwnProgramsCall};
use crate::calls::own_bots::{EndPrograms, EndProgramsCall};
use crate::calls::room::ChangeGroup;
use crate::kit::call;
use crate::kit::request::Request;
use crate::kit::sql::{Database, exec, rows};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// The step that brings the table. A call without a time declines an invitation, or leaves.
pub(super) const STEP: &[&str] = &["CREATE TABLE group_calls (room TEXT PRIMARY KEY, before INTEGER, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID"];

/// The step that says since when bots and integrations end. Until then all of them ended, as where it is empty.
pub(super) const MADE_SINCE: &[&str] = &["ALTER TABLE group_calls ADD COLUMN made_since INTEGER"];

/// Call that a group has not taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct GroupCall {
    room: String,
    /// Bots and integrations end whose maker began before this time; `None` for a group from which the person goes.
    before: Option<Millis>,
    /// Of them those that were made at this time or later; `None` for all.
    made_since: Option<Millis>,
    tries: u32,
}

/// Notes that what the person made ends, in the groups that they lead: what their players before `before` made, since `made_since` if that is
/// said. Where an end is owed already, the larger of the two is.
pub(super) fn owe_ends(
    sql: &Database,
    (before, made_since): (Millis, Option<Millis>),
    now: Millis,
) -> Result<(), Fault> {
    let query = "INSERT INTO group_calls (room, before, due_at, tries, made_since) SELECT room, ?1, ?2, 0, ?3 FROM groups \
                 WHERE standing IN ('member', 'kept') AND leads = 1 ON CONFLICT (room) DO UPDATE SET \
                 before = max(coalesce(before, 0), excluded.before), due_at = excluded.due_at, tries = 0, \
                 made_since = iif(before IS NULL, excluded.made_since, min(made_since, excluded.made_since))";
    exec(sql, query, &[before.into(), now.into(), made_since.into()])
}

/// Notes that an invitation is declined, or that a persona leaves. What a persona made ends with that.
pub(super) fn owe_decline(sql: &Database, room: &str, now: Millis) -> Result<(), Fault> {
    let query = "INSERT OR REPLACE INTO group_calls (room, before, due_at, tries) VALUES (?, NULL, ?, 0)";
    exec(sql, query, &[room.into(), now.into()])
}

/// Forgets that an invitation is to be declined: the person is a member.
pub(super) fn forget_decline(sql: &Database, room: &str) -> Result<(), Fault> {
    exec(sql, "DELETE FROM group_calls WHERE room = ? AND before IS NULL", &[room.into()])
}

/// Returns the time at which the alarm has work.
pub(super) fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(rows(sql, "SELECT min(due_at) FROM group_calls", &[], |row| row.number_or_null(0))?.pop().flatten())
}

fn due(sql: &Database, now: Millis) -> Result<Vec<GroupCall>, Fault> {
    let query = "SELECT room, before, made_since, tries FROM group_calls WHERE due_at <= ?";
    rows(sql, query, &[now.into()], |row| {
        let (before, made_since) = (row.number_or_null(1)?, row.number_or_null(2)?);
        let tries = u32::try_from(row.number(3)?).unwrap_or(u32::MAX);
        Ok(GroupCall { room: row.text(0)?, before, made_since, tries })
    })
}

/// Removes a call that was taken. A newer one for the same group stays.
fn done(sql: &Database, call: &GroupCall) -> Result<(), Fault> {
    let values = [call.room.as_str().into(), call.before.into(), call.made_since.into()];
    exec(sql, "DELETE FROM group_calls WHERE room = ? AND before IS ? AND made_since IS ?", &values)
}

fn delay(sql: &Database, call: &GroupCall, due_at: Millis) -> Result<(), Fault> {
    let query = "UPDATE group_calls SET due_at = ?, tries = tries + 1 WHERE room = ?";
    exec(sql, query, &[due_at.into(), call.room.as_str().into()])
}

/// Ends what the person made in groups: the account was banned (`moderation.md` 3), or its owner has taken it back (`account.md` 4). Then the
/// invites end that were made since, too.
pub(super) async fn end_own_programs(object: &Rc<PersonObject>, call: &EndOwnProgramsCall) -> Result<(), CallError> {
    if !object.wake_for(&call.user)? {
        return Ok(());
    }
    object.with(|memory| {
        let before = memory.sql.fact(Fact::VisibleFrom)?.saturating_add(1);
        owe_ends(&memory.sql.0, (before, call.made_since), runtime::now_ms())
    })?;
    spawn_sending(object);
    object.arrange_alarm()?;
    match call.made_since {
        Some(made_since) => Ok(invites::end_since(object, call.user.as_str(), made_since).await?),
        None => Ok(()),
    }
}

/// Starts sending. The caller does not wait for it.
pub(super) fn spawn_sending(object: &Rc<PersonObject>) {
    let object = Rc::clone(object);
    spawn_local(async move {
        if let Err(fault) = send_due(&object).await {
            telemetry::fault("group_calls", &fault);
        }
    });
}

/// Makes the calls that are due, side by side. Each can be repeated.
pub(super) async fn send_due(object: &Rc<PersonObject>) -> Result<(), Fault> {
    let now = runtime::now_ms();
    let (calls, by, going) = object.with(|memory| {
        let record = memory.person.record();
        let user = UserId::parse(&record.user).map_err(|refusal| Fault(refusal.to_string()))?;
        // A person who has accepted meanwhile stays. A persona also leaves groups of which it is a member.
        let going = match record.kind {
            UserKind::Persona => GroupChange::Remove { user: user.clone() },
            _ => GroupChange::Decline,
        };
        Ok((due(&memory.sql.0, now)?, Actor { user, name: record.name.clone() }, going))
    })?;
    let answers = call::in_portions(calls.iter().map(|call| send(object, call, &by, &going))).await;
    object.with(|memory| {
        for (call, answer) in calls.iter().zip(answers) {
            match answer {
                // A group that is gone, or that the person has left, has nothing to do.
                Ok(()) | Err(CallError::Refused(_)) => done(&memory.sql.0, call)?,
                Err(error) => {
                    telemetry::call_failed("group_calls", &error);
                    delay(&memory.sql.0, call, runtime::now_ms() + retry_delay_ms(call.tries))?;
                }
            }
        }
        Ok(())
    })
}

async fn send(object: &PersonObject, call: &GroupCall, by: &Actor, going: &GroupChange) -> Result<(), CallError> {
    let room = call.room.clone();
    match call.before {
        Some(before) => {
            let question = EndProgramsCall { room, user: by.user.clone(), before, made_since: call.made_since };
            EndPrograms::ask(&object.env, &call.room, &question).await
        }
        None => {
            let (by, change, trace) = (by.clone(), going.clone(), Default::default());
            let question = ChangeGroupCall { room, by, change, trace };
            ChangeGroup::ask(&object.env, &call.room, &question).await
        }
    }
}

#[cfg(test)]
#[path = "group_calls_tests.rs"]
mod tests;
