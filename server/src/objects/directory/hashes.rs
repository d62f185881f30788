//! The part of a directory shard that maps a hash to a person until a time: that of an invite code to the maker (`people.md` 5), and that of a
//! push address to the person who registered it last (`push.md` 2.3). A browser has one address for everyone who signs in there. The objects
//! of the people decide what is still valid.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use super::tables::NamesSql;
use crate::calls::directory::OwnedHashCall;
use crate::kit::sql::{exec, first_row, rows};

impl NamesSql {
    /// Deletes rows whose time is over. Returns the time of the next end.
    pub(super) fn forget_ended(&self, table: &str, now: Millis) -> Result<Option<Millis>, Fault> {
        exec(&self.0, &format!("DELETE FROM {table} WHERE until <= ?"), &[now.into()])?;
        Ok(first_row(&self.0, &format!("SELECT MIN(until) FROM {table}"), &[], |row| row.number_or_null(0))?.flatten())
    }

    pub(super) fn add_invite(&self, call: &OwnedHashCall) -> Result<bool, Fault> {
        self.insert("INSERT OR IGNORE INTO invites VALUES (?, ?, ?)", call)
    }

    pub(super) fn take_endpoint(&self, call: &OwnedHashCall) -> Result<bool, Fault> {
        self.insert("INSERT OR REPLACE INTO push_endpoints VALUES (?, ?, ?)", call)
    }

    fn insert(&self, query: &str, call: &OwnedHashCall) -> Result<bool, Fault> {
        exec(&self.0, query, &[call.hash.as_str().into(), call.user.as_str().into(), call.until.into()])?;
        Ok(true)
    }

    pub(super) fn forget_invite(&self, call: &OwnedHashCall) -> Result<bool, Fault> {
        let values = [call.hash.as_str().into(), call.user.as_str().into()];
        exec(&self.0, "DELETE FROM invites WHERE hash = ? AND user = ?", &values)?;
        Ok(true)
    }

    /// Returns the user id of the person, or an empty text.
    pub(super) fn owner_of(&self, table: &str, hash: &str) -> Result<String, Fault> {
        let query = format!("SELECT user FROM {table} WHERE hash = ?");
        Ok(rows(&self.0, &query, &[hash.into()], |row| row.text(0))?.pop().unwrap_or_default())
    }
}
