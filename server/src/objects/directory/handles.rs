//! The part of a directory shard that assigns handles (`people.md` 4). The shard handles one call at a time, so a handle has one owner.

use protocol::people::handle::{HandleEntry, given_up, taken};
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use super::tables::NamesSql;
use crate::calls::directory::{ForgetOwnerCall, HandleWordCall};
use crate::kit::sql::{exec, rows};

impl NamesSql {
    /// Checks and inserts without an `await` in between, so a handle has one owner.
    pub(super) fn take_handle(&self, call: &HandleWordCall, now: Millis) -> Result<bool, Fault> {
        self.save_handle(&call.handle, taken(self.known_handle(&call.handle)?, &call.user, call.rev, now))
    }

    pub(super) fn give_handle(&self, call: &HandleWordCall) -> Result<bool, Fault> {
        let mut entry = given_up(self.known_handle(&call.handle)?, &call.user, call.rev, call.free_at);
        if let Some(entry) = entry.as_mut().filter(|_| call.is_gone) {
            entry.user.clear();
        }
        self.save_handle(&call.handle, entry)
    }

    /// Deletes the rows of free handles, once no late call about them can arrive: without the row, a late call would get the handle.
    /// Returns the time of the next deletion.
    pub(super) fn forget_free_handles(&self, now: Millis, late_ms: Millis) -> Result<Option<Millis>, Fault> {
        exec(&self.0, "DELETE FROM handles WHERE free_at <= ?", &[now.saturating_sub(late_ms).into()])?;
        let next = rows(&self.0, "SELECT MIN(free_at) FROM handles", &[], |row| row.number_or_null(0))?;
        Ok(next.first().copied().flatten().map(|at| at + late_ms))
    }

    fn known_handle(&self, handle: &str) -> Result<Option<HandleEntry>, Fault> {
        let query = "SELECT user, rev, free_at FROM handles WHERE handle = ?";
        let entry = rows(&self.0, query, &[handle.into()], |row| {
            Ok(HandleEntry { user: row.text(0)?, rev: row.number(1)?, free_at: row.number_or_null(2)? })
        });
        Ok(entry?.pop())
    }

    fn save_handle(&self, handle: &str, entry: Option<HandleEntry>) -> Result<bool, Fault> {
        if let Some(HandleEntry { user, rev, free_at }) = &entry {
            let values = [handle.into(), user.as_str().into(), (*rev).into(), (*free_at).into()];
            exec(&self.0, "INSERT OR REPLACE INTO handles VALUES (?, ?, ?, ?)", &values)?;
        }
        Ok(entry.is_some())
    }

    /// Removes a person: their handles stay reserved without an owner, invites and push addresses are deleted.
    pub(super) fn forget_person(&self, call: &ForgetOwnerCall) -> Result<bool, Fault> {
        let user = call.user.as_str();
        let query = "UPDATE handles SET user = '', free_at = IFNULL(free_at, ?) WHERE user = ?";
        exec(&self.0, query, &[call.free_at.into(), user.into()])?;
        exec(&self.0, "DELETE FROM invites WHERE user = ?", &[user.into()])?;
        exec(&self.0, "DELETE FROM push_endpoints WHERE user = ?", &[user.into()])?;
        Ok(true)
    }

    /// Returns the owner of a handle, or an empty text. The owner's object decides if the handle is still theirs.
    pub(super) fn whose_handle(&self, handle: &str) -> Result<String, Fault> {
        let entry = self.known_handle(handle)?.filter(|entry| entry.free_at.is_none());
        Ok(entry.map(|entry| entry.user).unwrap_or_default())
    }
}
