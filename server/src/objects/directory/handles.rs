//! The part of a `dir` shard that says whose a handle is (`people.md` 4): that it is one person's is decided here, one
//! question at a time.

use protocol::people::handle::{Entry, given_up, taken};
use protocol::words::event::Millis;
use protocol::words::limits::HANDLE_LATE_MS;
use protocol::words::refusal::Fault;

use super::Dir;
use crate::calls::directory::{HandleWordCall, PersonGoneCall};
use crate::kit::sql::{Database, exec, rows};
use crate::runtime;
use crate::runtime::call_error::CallError;

/// The step that brings the table.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE handles (handle TEXT PRIMARY KEY, user TEXT NOT NULL, rev INTEGER NOT NULL, free_at INTEGER) STRICT, WITHOUT ROWID",
    "CREATE INDEX handles_by_user ON handles (user)",
];

/// The step that finds those that are anybody's.
pub(super) const BY_END: &[&str] = &["CREATE INDEX handles_by_end ON handles (free_at)"];

fn known(sql: &Database, handle: &str) -> Result<Option<Entry>, CallError> {
    let query = "SELECT user, rev, free_at FROM handles WHERE handle = ?";
    let entry = rows(sql, query, &[handle.into()], |row| {
        Ok(Entry { user: row.text(0)?, rev: row.number(1)?, free_at: row.number_or_null(2)? })
    });
    Ok(entry?.pop())
}

impl Dir {
    /// No await between the look and the row: of two who want one handle one gets it.
    pub(super) fn take_handle(&self, call: &HandleWordCall) -> Result<bool, CallError> {
        let (sql, now) = (self.sql()?, runtime::now_ms());
        let entry = taken(known(&sql, &call.handle)?, &call.user, call.rev, now);
        let is_taken = self.keep_handle(&sql, &call.handle, entry)?;
        self.forget_over(now)?;
        Ok(is_taken)
    }

    pub(super) fn give_handle(&self, call: &HandleWordCall) -> Result<bool, CallError> {
        let sql = self.sql()?;
        let mut entry = given_up(known(&sql, &call.handle)?, &call.user, call.rev, call.free_at);
        if let Some(entry) = entry.as_mut().filter(|_| call.is_gone) {
            entry.user.clear();
        }
        let given = self.keep_handle(&sql, &call.handle, entry)?;
        self.forget_over(runtime::now_ms())?;
        Ok(given)
    }

    /// Nothing is kept of a handle that is anybody's, as soon as no word about it can be on its way any more: one that comes later than
    /// its row would take it for nobody. When the next one goes.
    pub(super) fn forget_free_handles(&self, sql: &Database, now: Millis) -> Result<Option<Millis>, Fault> {
        let late_ms = HANDLE_LATE_MS.min(self.config.limits.handle_free_ms);
        exec(sql, "DELETE FROM handles WHERE free_at <= ?", &[now.saturating_sub(late_ms).into()])?;
        let next = rows(sql, "SELECT MIN(free_at) FROM handles", &[], |row| row.number_or_null(0))?;
        Ok(next.first().copied().flatten().map(|at| at + late_ms))
    }

    fn keep_handle(&self, sql: &Database, handle: &str, entry: Option<Entry>) -> Result<bool, CallError> {
        if let Some(Entry { user, rev, free_at }) = &entry {
            let values = [handle.into(), user.as_str().into(), (*rev).into(), (*free_at).into()];
            exec(sql, "INSERT OR REPLACE INTO handles VALUES (?, ?, ?, ?)", &values)?;
        }
        Ok(entry.is_some())
    }

    /// Handles are kept back as they were, invites are gone, and neither says who it was.
    pub(super) fn forget_person(&self, call: &PersonGoneCall) -> Result<bool, CallError> {
        let (sql, user) = (self.sql()?, call.user.as_str());
        let query = "UPDATE handles SET user = '', free_at = IFNULL(free_at, ?) WHERE user = ?";
        exec(&sql, query, &[call.free_at.into(), user.into()])?;
        exec(&sql, "DELETE FROM invites WHERE user = ?", &[user.into()])?;
        self.forget_over(runtime::now_ms())?;
        Ok(true)
    }

    /// Returns the owner of a handle as far as the shard knows: the owner's object says whether it is still theirs. Empty for nobody.
    pub(super) fn whose_handle(&self, handle: &str) -> Result<String, CallError> {
        let entry = known(&self.sql()?, handle)?.filter(|entry| entry.free_at.is_none());
        Ok(entry.map(|entry| entry.user).unwrap_or_default())
    }
}
