//! Limits on what a person asks of others (`people.md` 1 and 2): contact requests, invitations into groups, and personas who are brought into
//! groups. They are counted in the object of the person who asks, by what that person knows, so that no answer tells a block.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::people::contacts::Relation;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::INVITATIONS_OPEN_MAX;
use protocol::words::personas;
use protocol::words::rate::{Counter, Rule};
use protocol::words::refusal::{Fault, Refusal};

use crate::calls::group::{InvitedCall, ReadInvited};
use crate::kit::call;
use crate::kit::request::Request;
use crate::kit::sql::{Database, exec, number, rows};
use crate::objects::person::object::PersonObject;
use crate::objects::person::tables::PersonSql;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// The step that brings the table. `about` is the group of an invitation, and empty for what waits for no answer of a group.
pub const STEP: &[&str] = &[
    "CREATE TABLE asked (user TEXT NOT NULL, about TEXT NOT NULL, at INTEGER NOT NULL, is_open INTEGER NOT NULL) STRICT",
    "CREATE INDEX asked_by_user ON asked (user, at)",
];

/// An invitation that is this new may be on its way to its group.
const ON_ITS_WAY_MS: Millis = 60_000;

/// Notes that the person asks `user`, unless they asked too often (`RATE_ASK`).
pub fn note(sql: &Database, user: &str, about: &str, rule: &Rule, now: Millis) -> Result<Result<(), Refusal>, Fault> {
    let oldest = now.saturating_sub(rule.longest_ms());
    exec(sql, "DELETE FROM asked WHERE is_open = 0 AND at <= ?", &[oldest.into()])?;
    let query = "SELECT at FROM asked WHERE user = ? AND at > ? ORDER BY at";
    let times = rows(sql, query, &[user.into(), oldest.into()], |row| row.number(0))?;
    if let Err(refusal) = Counter::from_times(rule, &times).check(rule, now) {
        return Ok(Err(refusal));
    }
    let is_open = u64::from(!about.is_empty());
    let values = [user.into(), about.into(), now.into(), is_open.into()];
    exec(sql, "INSERT INTO asked VALUES (?, ?, ?, ?)", &values).map(Ok)
}

/// Returns the groups into which the person has invited people who may not have answered yet.
fn open_groups(sql: &Database) -> Result<Vec<String>, Fault> {
    rows(sql, "SELECT DISTINCT about FROM asked WHERE is_open = 1", &[], |row| row.text(0))
}

fn count_open(sql: &Database) -> Result<u64, Fault> {
    number(sql, "SELECT COUNT(*) FROM (SELECT DISTINCT user, about FROM asked WHERE is_open = 1)", &[])
}

/// Closes the invitations into a group that are over: nobody but `invited` is asked there because of the person.
fn close_answered(sql: &Database, group: &str, invited: &BTreeSet<UserId>, now: Millis) -> Result<(), Fault> {
    let query = "SELECT user FROM asked WHERE about = ? AND is_open = 1 AND at <= ?";
    let before = now.saturating_sub(ON_ITS_WAY_MS);
    let known = rows(sql, query, &[group.into(), before.into()], |row| row.text(0))?;
    let is_over = |user: &&String| !invited.iter().any(|one| one.as_str() == user.as_str());
    for user in known.iter().filter(is_over) {
        let values = [user.as_str().into(), group.into()];
        exec(sql, "UPDATE asked SET is_open = 0 WHERE user = ? AND about = ?", &values)?;
    }
    Ok(())
}

/// Notes those who are brought into a group: who is invited, and who comes at once and is a persona or no contact.
fn note_all(
    sql: &PersonSql,
    (fresh, call): (&[&UserId], &InvitedCall),
    rule: &Rule,
    now: Millis,
) -> Result<Result<(), Refusal>, Fault> {
    for user in fresh {
        let is_asked = !call.at_once.contains(user);
        // A persona accepts every request, so being its contact proves nothing.
        if is_asked || personas::is_persona(user.as_str()) || sql.relation(user.as_str())? != Relation::Contact {
            let about = if is_asked { call.room.as_str() } else { "" };
            if let Err(refusal) = note(&sql.0, user.as_str(), about, rule, now)? {
                return Ok(Err(refusal));
            }
        }
    }
    Ok(Ok(()))
}

/// Counts new invitations into a group. People who are there or asked already are asked no second time, and do not count again.
pub async fn count_invitations(object: &Rc<PersonObject>, call: &InvitedCall) -> Result<(), CallError> {
    object.wake_known()?;
    let invited: BTreeSet<UserId> = ReadInvited::ask(&object.env, &call.room, call).await?.into_iter().collect();
    let fresh: Vec<&UserId> = call.others.iter().filter(|user| !invited.contains(*user)).collect();
    let asked = fresh.iter().filter(|user| !call.at_once.contains(*user)).count() as u64;
    let is_full = |open: u64| asked > 0 && open + asked > INVITATIONS_OPEN_MAX as u64;
    if is_full(object.with(|memory| count_open(&memory.sql.0))?) {
        let groups = object.with(|memory| open_groups(&memory.sql.0))?;
        let answers = call::in_portions(groups.iter().map(|group| read_invited(object, &call.by, group))).await;
        for (group, answer) in groups.iter().zip(answers) {
            let invited = answer?;
            object.with(|memory| close_answered(&memory.sql.0, group, &invited, runtime::now_ms()))?;
        }
    }
    let (rule, now) = (&object.config.rules.ask, runtime::now_ms());
    object.step(|memory| {
        if is_full(count_open(&memory.sql.0)?) {
            let message = "Too many of your invitations wait for an answer.";
            return Err(Refusal::over_limit("userIds", message, INVITATIONS_OPEN_MAX).into());
        }
        Ok(note_all(&memory.sql, (fresh.as_slice(), call), rule, now)??)
    })
}

/// Returns the people whom `by` has invited into a group, and who have not answered.
async fn read_invited(object: &PersonObject, by: &UserId, room: &str) -> Result<BTreeSet<UserId>, CallError> {
    let (room_id, by) = (room.to_owned(), by.clone());
    let question = InvitedCall { room: room_id, by, others: Vec::new(), at_once: Vec::new(), makes_group: false };
    Ok(ReadInvited::ask(&object.env, room, &question).await?.into_iter().collect())
}

#[cfg(test)]
#[path = "asking_tests.rs"]
mod tests;
