//! Tables of switches and of operator sessions. Each change writes its audit rows in its own step.

use protocol::wire::messagehub::{FlagChange, Flags as Switches};
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use crate::calls::operator::{OwnerAct, OwnerSession};
use crate::kit::sql::{Database, exec, migrate, rows, wrote};
use crate::kit::trace::Trace;
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::call_error::CallError;

pub(super) const STEPS: &[&[&str]] = &[
    &["CREATE TABLE flags (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL) STRICT"],
    audit_log::TABLE,
    audit_log::SENT,
    super::watch::STEP,
    // Browsers in which the service token was entered, by the hash of their cookie.
    &["CREATE TABLE owners (hash TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID"],
    super::moderation::STEP,
    super::moderation::BANS_BY_ACT,
    super::watch::SERIES,
    super::writing_rules::STEP,
    super::reports::STEP,
    super::session_ends::STEP,
    crate::kit::jobs::STEP,
    super::session_ends::AS_JOBS,
];

pub(super) struct OperatorSql(pub(super) Database);

impl OperatorSql {
    pub(super) fn open(storage: Database) -> Result<Self, Fault> {
        migrate(&storage, STEPS)?;
        Ok(Self(storage))
    }

    pub(super) fn stored(&self) -> Result<Switches, Fault> {
        let rows = rows(&self.0, "SELECT json FROM flags", &[], |row| row.text(0))?;
        Ok(rows.first().map_or_else(Switches::new, |json| Switches::of_stored(json)))
    }

    /// Applies a change atomically, with an audit row for each flag that differs. Returns all flags. It is one synchronous step, which
    /// the runtime commits as one.
    pub(super) fn change(&self, call: &OwnerAct, now: Millis) -> Result<String, CallError> {
        let before = self.stored()?;
        let mut flags = before.clone();
        flags.apply(&call.what)?;
        let json = flags.json();
        exec(&self.0, "INSERT OR REPLACE INTO flags VALUES (1, ?)", &[json.as_str().into()])?;
        for (name, change) in flags.changes(&before) {
            let number = if let FlagChange::Set(number) = change { Some(number.to_string()) } else { None };
            let action = match change {
                FlagChange::Turned(true) => "flag_on",
                FlagChange::Turned(false) => "flag_off",
                FlagChange::Set(_) => "flag_set",
                FlagChange::Removed => "flag_default",
            };
            self.write(call, action, &name, number.as_deref().unwrap_or("ok"), now)?;
        }
        Ok(json)
    }

    /// Stores a session, and deletes expired ones. There are few, because each needs the right token.
    pub(super) fn enter(&self, call: &OwnerSession, now: Millis) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM owners WHERE until <= ?", &[now.into()])?;
        exec(&self.0, "INSERT INTO owners VALUES (?, ?)", &[call.hash.as_str().into(), call.until_ms.into()])
    }

    pub(super) fn is_open(&self, hash: &str, now: Millis) -> Result<bool, Fault> {
        let query = "SELECT 1 FROM owners WHERE hash = ? AND until > ?";
        Ok(!rows(&self.0, query, &[hash.into(), now.into()], |row| row.number(0))?.is_empty())
    }

    /// Ends a session, whatever browser still has its cookie. Only the first call writes an audit row.
    pub(super) fn leave(&self, call: &OwnerAct, now: Millis) -> Result<(), Fault> {
        if wrote(&self.0, "DELETE FROM owners WHERE hash = ?", &[call.what.as_str().into()])? {
            self.write(call, "admin_logout", "", "ok", now)?;
        }
        Ok(())
    }

    pub(super) fn write(
        &self,
        call: &OwnerAct,
        action: &'static str,
        target: &str,
        result: &str,
        now: Millis,
    ) -> Result<(), Fault> {
        let trace = Trace { address: call.address.clone(), request: call.request.clone() };
        audit_log::write(&self.0, now, &AuditEntry { actor: &call.actor, action, target, result }, &trace)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
