//! The part of a `dir` shard that says whose a handle is (`docs/protocol/people.md`): that it is one person's is decided here, one
//! question at a time.

use protocol::event::Millis;
use protocol::handle::{Entry, given_up, taken};
use protocol::json::{json_text, write};
use protocol::record;
use worker::SqlStorage;

use super::call::CallError;
use super::dir::Dir;
use super::runtime;
use super::sql::{exec, rows};

/// The step that brings the table.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE handles (handle TEXT PRIMARY KEY, user TEXT NOT NULL, rev INTEGER NOT NULL, free_at INTEGER) STRICT, WITHOUT ROWID",
    "CREATE INDEX handles_by_user ON handles (user)",
];

/// To the shard of a handle: somebody wants it (`/handle-take`), or gives it up (`/handle-give`). Answer: whether it is theirs, or is
/// not any more.
#[derive(Debug)]
pub struct HandleWordCall {
    /// Which.
    pub handle: String,
    /// Who.
    pub user: String,
    /// The person's number of this word.
    pub rev: u64,
    /// When it is anybody's, where it is given up.
    pub free_at: Millis,
    /// They are gone for good: it is not kept who they were.
    pub is_gone: bool,
}

record!(HandleWordCall { handle = "handle", user = "user", rev = "rev", free_at = "freeAt", is_gone = "isGone" });

/// To every shard (`/forget-person`): somebody is gone for good.
#[derive(Debug)]
pub struct PersonGoneCall {
    /// Who it was.
    pub user: String,
    /// When a handle is anybody's that nobody has given up.
    pub free_at: Millis,
}

record!(PersonGoneCall { user = "user", free_at = "freeAt" });

fn known(sql: &SqlStorage, handle: &str) -> Result<Option<Entry>, CallError> {
    let query = "SELECT user, rev, free_at FROM handles WHERE handle = ?";
    let entry = rows(sql, query, &[handle.into()], |row| {
        Ok(Entry { user: row.text(0)?, rev: row.number(1)?, free_at: row.number_or_null(2)? })
    });
    Ok(entry?.pop())
}

impl Dir {
    /// No await between the look and the row: of two who want one handle one gets it.
    pub(super) fn take_handle(&self, call: &HandleWordCall) -> Result<String, CallError> {
        let (sql, now) = (self.sql()?, runtime::now_ms());
        self.keep_handle(&sql, &call.handle, taken(known(&sql, &call.handle)?, &call.user, call.rev, now))
    }

    pub(super) fn give_handle(&self, call: &HandleWordCall) -> Result<String, CallError> {
        let (sql, now) = (self.sql()?, runtime::now_ms());
        // What came too late to take anything by then comes no more.
        exec(&sql, "DELETE FROM handles WHERE free_at < ?", &[now.saturating_sub(self.config.handle_free_ms).into()])?;
        let mut entry = given_up(known(&sql, &call.handle)?, &call.user, call.rev, call.free_at);
        if let Some(entry) = entry.as_mut().filter(|_| call.is_gone) {
            entry.user.clear();
        }
        self.keep_handle(&sql, &call.handle, entry)
    }

    fn keep_handle(&self, sql: &SqlStorage, handle: &str, entry: Option<Entry>) -> Result<String, CallError> {
        if let Some(Entry { user, rev, free_at }) = &entry {
            let values = [handle.into(), user.as_str().into(), (*rev).into(), (*free_at).into()];
            exec(sql, "INSERT OR REPLACE INTO handles VALUES (?, ?, ?, ?)", &values)?;
        }
        Ok(write(&entry.is_some()))
    }

    /// Handles are kept back as they were, invites are gone, and neither says who it was.
    pub(super) fn forget_person(&self, call: &PersonGoneCall) -> Result<String, CallError> {
        let (sql, user) = (self.sql()?, call.user.as_str());
        let query = "UPDATE handles SET user = '', free_at = IFNULL(free_at, ?) WHERE user = ?";
        exec(&sql, query, &[call.free_at.into(), user.into()])?;
        exec(&sql, "DELETE FROM invites WHERE user = ?", &[user.into()])?;
        Ok(write(&true))
    }

    /// Whose it is, as far as the shard knows: their own object says whether it still is.
    pub(super) fn whose_handle(&self, handle: &str) -> Result<String, CallError> {
        let entry = known(&self.sql()?, handle)?.filter(|entry| entry.free_at.is_none());
        Ok(json_text(entry.as_ref().map_or("", |entry| &entry.user)))
    }
}
