//! The part of a directory shard that maps the hash of a push address to its person (`push.md` 2.3). A browser has one address for everyone
//! who signs in there. The objects of the people have the rows of subscriptions.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use super::tables::NamesSql;
use crate::calls::directory::EndpointCall;
use crate::kit::sql::{exec, rows};

impl NamesSql {
    /// Deletes addresses that were not renewed in time. Returns the time of the next expiry.
    pub(super) fn forget_old_endpoints(&self, now: Millis) -> Result<Option<Millis>, Fault> {
        exec(&self.0, "DELETE FROM push_endpoints WHERE until <= ?", &[now.into()])?;
        let next = rows(&self.0, "SELECT MIN(until) FROM push_endpoints", &[], |row| row.number_or_null(0))?;
        Ok(next.first().copied().flatten())
    }

    /// Assigns an address to a person.
    pub(super) fn take_endpoint(&self, call: &EndpointCall) -> Result<bool, Fault> {
        let values = [call.hash.as_str().into(), call.user.as_str().into(), call.until.into()];
        exec(&self.0, "INSERT OR REPLACE INTO push_endpoints VALUES (?, ?, ?)", &values)?;
        Ok(true)
    }

    /// Returns the user id of the person who registered the address last, or an empty text.
    pub(super) fn whose_endpoint(&self, hash: &str) -> Result<String, Fault> {
        let query = "SELECT user FROM push_endpoints WHERE hash = ?";
        Ok(rows(&self.0, query, &[hash.into()], |row| row.text(0))?.pop().unwrap_or_default())
    }
}
