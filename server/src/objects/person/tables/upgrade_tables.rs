//! The row of the upgrade by which a person became an account (`account.md` 10).

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use super::PersonSql;
use crate::kit::sql::{exec, rows};

pub const STEP: &[&str] = &[
    "CREATE TABLE upgrade (one INTEGER PRIMARY KEY CHECK (one = 1), session TEXT NOT NULL, email_hash TEXT NOT NULL, \
     is_pending INTEGER NOT NULL, at INTEGER NOT NULL) STRICT",
];

/// The upgrade of the person, done or pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// Public id of the session that became the account; empty where it ended before that.
    pub session: String,
    /// SHA-256 of the address; empty when it is done.
    pub email_hash: String,
    /// The shard of the address may have the account, which this object does not know yet.
    pub is_pending: bool,
    pub at: Millis,
}

impl PersonSql {
    pub fn upgrade(&self) -> Result<Option<Upgrade>, Fault> {
        let query = "SELECT session, email_hash, is_pending, at FROM upgrade";
        let found = rows(&self.0, query, &[], |row| {
            let (session, email_hash, is_pending) = (row.text(0)?, row.text(1)?, row.number(2)? == 1);
            Ok(Upgrade { session, email_hash, is_pending, at: row.number(3)? })
        })?;
        Ok(found.into_iter().next())
    }

    pub fn save_upgrade(&self, upgrade: &Upgrade) -> Result<(), Fault> {
        let Upgrade { session, email_hash, is_pending, at } = upgrade;
        let values = [session.as_str().into(), email_hash.as_str().into(), u64::from(*is_pending).into(), (*at).into()];
        exec(&self.0, "INSERT OR REPLACE INTO upgrade VALUES (1, ?, ?, ?, ?)", &values)
    }

    pub fn forget_upgrade(&self) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM upgrade", &[])
    }
}
