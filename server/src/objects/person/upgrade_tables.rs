//! The row of the upgrade by which a person became an account (`account.md` 10).

use protocol::words::event::Millis;
use protocol::words::personas::is_persona;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Fault;

use super::object::PersonMemory;
use super::tables::PersonSql;
use crate::kit::sql::{exec, rows};

/// The step that brings the table.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE upgrade (one INTEGER PRIMARY KEY CHECK (one = 1), session TEXT NOT NULL, email_hash TEXT NOT NULL, \
     is_pending INTEGER NOT NULL, at INTEGER NOT NULL) STRICT",
];

/// The upgrade of the person, done or pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upgrade {
    /// Public id of the session that became the account; empty where it ended before that.
    pub session: String,
    /// SHA-256 of the address; empty when it is done.
    pub email_hash: String,
    /// The shard of the address may have the account, which this object does not know yet.
    pub is_pending: bool,
    /// Time at which it began.
    pub at: Millis,
}

impl PersonSql {
    pub(super) fn upgrade(&self) -> Result<Option<Upgrade>, Fault> {
        let query = "SELECT session, email_hash, is_pending, at FROM upgrade";
        let found = rows(&self.0, query, &[], |row| {
            let (session, email_hash, is_pending) = (row.text(0)?, row.text(1)?, row.number(2)? == 1);
            Ok(Upgrade { session, email_hash, is_pending, at: row.number(3)? })
        })?;
        Ok(found.into_iter().next())
    }

    pub(super) fn save_upgrade(&self, upgrade: &Upgrade) -> Result<(), Fault> {
        let Upgrade { session, email_hash, is_pending, at } = upgrade;
        let values = [session.as_str().into(), email_hash.as_str().into(), u64::from(*is_pending).into(), (*at).into()];
        exec(&self.0, "INSERT OR REPLACE INTO upgrade VALUES (1, ?, ?, ?, ?)", &values)
    }

    pub(super) fn forget_upgrade(&self) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM upgrade", &[])
    }
}

/// Returns the session that became the account, for an account that was a persona (see `Principal::player_session`).
pub(super) fn player_session(memory: &PersonMemory) -> Result<Option<String>, Fault> {
    let record = memory.person.record();
    if record.kind != UserKind::User || !is_persona(&record.user) {
        return Ok(None);
    }
    Ok(Some(memory.sql.upgrade()?.map(|upgrade| upgrade.session).unwrap_or_default()))
}
