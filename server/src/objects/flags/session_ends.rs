//! Pending ends of the sessions of banned people, and of the bots and integrations that they made (`moderation.md` 3). A ban stores them in
//! its own step. The moderator's request then carries them out, and the alarm retries failures while the ban is in force.

use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::refusal::Fault;
use protocol::words::retry::retry_delay_ms;
use worker::Env;

use crate::calls::auth::{EndSessions, EndSessionsCall};
use crate::calls::group::{EndOwnPrograms, EndOwnProgramsCall};
use crate::calls::person::sessions_by_shard;
use crate::kit::alarm::Retries;
use crate::kit::call;
use crate::kit::request::Request;
use crate::kit::sql::{Database, SqlRow, exec, rows};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Migration step of the table.
pub(super) const STEP: &[&str] = &["CREATE TABLE session_ends (user TEXT PRIMARY KEY, act TEXT NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID"];

const BANNED: &str = "banned";
/// Time for the moderator's request to finish before the alarm retries.
const ENDING_MS: Millis = 2_000;
/// The table, whose rows are retried until it is empty.
pub(super) const RETRIES: &[Retries] = &[Retries { first_ms: ENDING_MS, ..Retries::of("session_ends") }];
/// Number of people whose sessions one alarm ends.
const PEOPLE_AT_ONCE: u64 = 20;

/// Query of pending ends.
const OWED: &str = "SELECT user, act, tries FROM session_ends";

/// Person whose sessions have to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwedEnd {
    user: String,
    /// Id of the ban. A newer ban of the person replaces the pending end.
    act: String,
    tries: u32,
}

/// Stores the pending end of the sessions of `user`, in the step of the ban.
pub(super) fn owe(sql: &Database, user: &str, act: &str, now: Millis) -> Result<(), Fault> {
    let values = [user.into(), act.into(), (now + ENDING_MS).into()];
    exec(sql, "INSERT OR REPLACE INTO session_ends VALUES (?, ?, ?, 0)", &values)
}

pub(super) fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(rows(sql, "SELECT min(due_at) FROM session_ends", &[], |row| row.number_or_null(0))?.pop().flatten())
}

/// Ends the sessions of one person, if that is still pending.
pub(super) async fn end_of(env: &Env, sql: &Database, user: &str) -> Result<(), Fault> {
    match find(sql, user)? {
        Some(owed) => carry_out(env, sql, &owed).await,
        None => Ok(()),
    }
}

/// Ends all due sessions concurrently, for the alarm.
pub(super) async fn end_due(env: &Env, sql: &Database) -> Result<(), Fault> {
    let due = due(sql, runtime::now_ms())?;
    call::in_portions(due.iter().map(|owed| carry_out(env, sql, owed))).await.into_iter().collect()
}

/// Ends one person's access, and removes or delays the row.
async fn carry_out(env: &Env, sql: &Database, owed: &OwedEnd) -> Result<(), Fault> {
    let Err(error) = end_all(env, &owed.user).await else { return remove(sql, owed) };
    telemetry::call_failed("ban", &error);
    delay(sql, owed, runtime::now_ms() + retry_delay_ms(owed.tries))
}

/// Ends the sessions, and then the person's bots and integrations, even if a session could not be ended yet.
async fn end_all(env: &Env, user: &str) -> Result<(), CallError> {
    let sessions = end_sessions(env, user).await;
    let question = EndOwnProgramsCall { user: UserId::parse(user)?, made_since: None };
    let programs = EndOwnPrograms::ask(env, user, &question).await;
    sessions.and(programs)
}

async fn end_sessions(env: &Env, user: &str) -> Result<(), CallError> {
    for (shard, sessions) in sessions_by_shard(env, &UserId::parse(user)?).await? {
        let (user, reason) = (user.to_owned(), BANNED.to_owned());
        let question = EndSessionsCall { sessions, user, keep: None, began_until: None, reason, trace: None };
        EndSessions::ask(env, &shard, &question).await?;
    }
    Ok(())
}

/// Returns the due ends, the oldest first, and removes those whose ban is over.
fn due(sql: &Database, now: Millis) -> Result<Vec<OwedEnd>, Fault> {
    let query = "DELETE FROM session_ends WHERE act NOT IN (SELECT act FROM bans WHERE until = 0 OR until > ?)";
    exec(sql, query, &[now.into()])?;
    let query = format!("{OWED} WHERE due_at <= ? ORDER BY due_at, user LIMIT ?");
    rows(sql, &query, &[now.into(), PEOPLE_AT_ONCE.into()], owed)
}

fn find(sql: &Database, user: &str) -> Result<Option<OwedEnd>, Fault> {
    Ok(rows(sql, &format!("{OWED} WHERE user = ?"), &[user.into()], owed)?.pop())
}

fn remove(sql: &Database, owed: &OwedEnd) -> Result<(), Fault> {
    let values = [owed.user.as_str().into(), owed.act.as_str().into()];
    exec(sql, "DELETE FROM session_ends WHERE user = ? AND act = ?", &values)
}

fn delay(sql: &Database, owed: &OwedEnd, due_at: Millis) -> Result<(), Fault> {
    let query = "UPDATE session_ends SET due_at = ?, tries = tries + 1 WHERE user = ? AND act = ?";
    exec(sql, query, &[due_at.into(), owed.user.as_str().into(), owed.act.as_str().into()])
}

fn owed(row: &SqlRow) -> Result<OwedEnd, Fault> {
    Ok(OwedEnd { user: row.text(0)?, act: row.text(1)?, tries: u32::try_from(row.number(2)?).unwrap_or(u32::MAX) })
}

#[cfg(test)]
#[path = "session_ends_tests.rs"]
mod tests;
