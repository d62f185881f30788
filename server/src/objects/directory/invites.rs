//! The part of a directory shard that maps the hash of an invite code to its creator (`people.md` 5). The creator's object decides if the
//! invite is still valid.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use super::tables::NamesSql;
use crate::calls::directory::InviteEntryCall;
use crate::kit::sql::{exec, rows};

impl NamesSql {
    /// Deletes expired invites. Returns the time of the next expiry.
    pub(super) fn forget_old_invites(&self, now: Millis) -> Result<Option<Millis>, Fault> {
        exec(&self.0, "DELETE FROM invites WHERE until <= ?", &[now.into()])?;
        let next = rows(&self.0, "SELECT MIN(until) FROM invites", &[], |row| row.number_or_null(0))?;
        Ok(next.first().copied().flatten())
    }

    pub(super) fn add_invite(&self, call: &InviteEntryCall) -> Result<bool, Fault> {
        let values = [call.hash.as_str().into(), call.user.as_str().into(), call.until.into()];
        exec(&self.0, "INSERT OR IGNORE INTO invites VALUES (?, ?, ?)", &values)?;
        Ok(true)
    }

    pub(super) fn forget_invite(&self, call: &InviteEntryCall) -> Result<bool, Fault> {
        let values = [call.hash.as_str().into(), call.user.as_str().into()];
        exec(&self.0, "DELETE FROM invites WHERE hash = ? AND user = ?", &values)?;
        Ok(true)
    }

    /// Returns the user id of the creator, or an empty text.
    pub(super) fn whose_invite(&self, hash: &str) -> Result<String, Fault> {
        let found = rows(&self.0, "SELECT user FROM invites WHERE hash = ?", &[hash.into()], |row| row.text(0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}
