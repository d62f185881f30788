//! The part of a `dir` shard that knows whose invite a code's hash is (`people.md` 5). Whether it still is one says the
//! object of its maker.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use super::Dir;
use crate::calls::directory::InviteKeptCall;
use crate::kit::sql::{Database, exec, rows};
use crate::runtime;
use crate::runtime::call_error::CallError;

/// The step that brings the table.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE invites (hash TEXT PRIMARY KEY, user TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX invites_by_end ON invites (until)",
    "CREATE INDEX invites_by_user ON invites (user)",
];

/// Nothing is kept of those that are over. When the next one is.
pub(super) fn forget_old_invites(sql: &Database, now: Millis) -> Result<Option<Millis>, Fault> {
    exec(sql, "DELETE FROM invites WHERE until <= ?", &[now.into()])?;
    let next = rows(sql, "SELECT MIN(until) FROM invites", &[], |row| row.number_or_null(0))?;
    Ok(next.first().copied().flatten())
}

impl Dir {
    pub(super) fn keep_invite(&self, call: &InviteKeptCall) -> Result<bool, CallError> {
        let sql = self.sql()?;
        let values = [call.hash.as_str().into(), call.user.as_str().into(), call.until.into()];
        exec(&sql, "INSERT OR IGNORE INTO invites VALUES (?, ?, ?)", &values)?;
        self.forget_over(runtime::now_ms())?;
        Ok(true)
    }

    pub(super) fn forget_invite(&self, call: &InviteKeptCall) -> Result<bool, CallError> {
        let values = [call.hash.as_str().into(), call.user.as_str().into()];
        exec(&self.sql()?, "DELETE FROM invites WHERE hash = ? AND user = ?", &values)?;
        Ok(true)
    }

    /// Returns the user id of the person who made it; empty for nobody.
    pub(super) fn whose_invite(&self, hash: &str) -> Result<String, CallError> {
        let found = rows(&self.sql()?, "SELECT user FROM invites WHERE hash = ?", &[hash.into()], |row| row.text(0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}
