//! Pending ends of the sessions of banned people, and of the bots and integrations that they made (`moderation.md` 3). A ban adds a job in
//! its own step. The moderator's request then makes an attempt, and the alarm retries failures while the ban is in force.

use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::refusal::Fault;
use serde::{Deserialize, Serialize};
use worker::Env;

use super::Flags;
use crate::calls::auth::{EndSessions, EndSessionsCall};
use crate::calls::group::EndOwnPrograms;
use crate::calls::person::sessions_by_shard;
use crate::kit::jobs::{Attempt, Job, Outcome};
use crate::kit::request::Request;
use crate::kit::sql::{Database, rows};
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Migration step of the table that the ends had before they were jobs.
pub(super) const STEP: &[&str] = &["CREATE TABLE session_ends (user TEXT PRIMARY KEY, act TEXT NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID"];

/// Migration step that makes its rows jobs. The table stays, empty, for an earlier version after a rollback.
pub(super) const AS_JOBS: &[&str] = &[
    "INSERT INTO jobs (kind, key, body, due_at, tries) \
     SELECT 'session_ends', user, json_object('act', act), due_at, tries FROM session_ends",
    "DELETE FROM session_ends",
];

const BANNED: &str = "banned";

/// Pending end of a banned person's access. The key is the person's id, so a newer ban of the person replaces the pending end.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EndOfBanned {
    /// Id of the ban.
    pub act: String,
}

impl Job for EndOfBanned {
    const KIND: &'static str = "session_ends";
    const FIRST_MS: Millis = 2_000;
    type Context = Flags;

    async fn run(&self, flags: &Flags, attempt: Attempt<'_>) -> Outcome {
        Outcome::of("ban", self.end_all(flags, attempt.key).await)
    }
}

impl EndOfBanned {
    /// Ends the sessions, and then the person's bots and integrations, even if a session could not be ended yet.
    async fn end_all(&self, flags: &Flags, user: &str) -> Result<(), CallError> {
        if !self.is_owed(&flags.sql()?.0, runtime::now_ms())? {
            return Ok(());
        }
        let sessions = end_sessions(&flags.env, user).await;
        let programs = EndOwnPrograms::ask(&flags.env, user, &None).await;
        sessions.and(programs)
    }

    /// Returns `true` while the ban is in force.
    fn is_owed(&self, sql: &Database, now: Millis) -> Result<bool, Fault> {
        let query = "SELECT 1 FROM bans WHERE act = ? AND (until = 0 OR until > ?)";
        Ok(!rows(sql, query, &[self.act.as_str().into(), now.into()], |row| row.number(0))?.is_empty())
    }
}

async fn end_sessions(env: &Env, user: &str) -> Result<(), CallError> {
    for (shard, sessions) in sessions_by_shard(env, &UserId::parse(user)?).await? {
        let (user, reason) = (user.to_owned(), BANNED.to_owned());
        let question = EndSessionsCall { sessions, user, keep: None, began_until: None, reason, trace: None };
        EndSessions::ask(env, &shard, &question).await?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "session_ends_tests.rs"]
mod tests;
