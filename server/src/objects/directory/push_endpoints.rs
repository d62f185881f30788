//! The part of a `dir` shard that knows whose a push subscription is, by the hash of its address (`push.md` 2.3): a browser has one address,
//! whoever signs in there. The rows of subscriptions are in the objects of their people.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use super::tables::NamesSql;
use crate::calls::directory::EndpointCall;
use crate::kit::sql::{exec, rows};

impl NamesSql {
    /// Forgets addresses that were not handed over again in time. Returns the end of the next one.
    pub(super) fn forget_old_endpoints(&self, now: Millis) -> Result<Option<Millis>, Fault> {
        exec(&self.0, "DELETE FROM push_endpoints WHERE until <= ?", &[now.into()])?;
        let next = rows(&self.0, "SELECT MIN(until) FROM push_endpoints", &[], |row| row.number_or_null(0))?;
        Ok(next.first().copied().flatten())
    }

    /// Notes whose the address is from now on.
    pub(super) fn take_endpoint(&self, call: &EndpointCall) -> Result<bool, Fault> {
        let values = [call.hash.as_str().into(), call.user.as_str().into(), call.until.into()];
        exec(&self.0, "INSERT OR REPLACE INTO push_endpoints VALUES (?, ?, ?)", &values)?;
        Ok(true)
    }

    /// Returns the user id of the person whose it was last; empty for nobody.
    pub(super) fn whose_endpoint(&self, hash: &str) -> Result<String, Fault> {
        let query = "SELECT user FROM push_endpoints WHERE hash = ?";
        Ok(rows(&self.0, query, &[hash.into()], |row| row.text(0))?.pop().unwrap_or_default())
    }
}
