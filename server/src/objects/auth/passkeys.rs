//! The part of the `auth` object that knows passkeys (`sign-in.md` 7): challenges by their hash, and the passkeys of the
//! accounts whose id's hash leads here.
//!
//! A look at a challenge takes it away, in one statement. The Worker finds out whether a signature is right.

use protocol::trust::passkey::has_grown;
use protocol::words::event::Millis;
use protocol::words::limits::PASSKEYS_MAX;
use protocol::words::refusal::{Fault, Refusal};

use super::AuthObject;
use crate::calls::passkey::{ChallengeCall, PasskeyCall, PasskeyRow, UseCall};
use crate::kit::sql;
use crate::kit::sql::{Database, Row, exec, rows, wrote};
use crate::kit::trace::Trace;
use crate::projection::audit_log::AuditEntry;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// The step that brings the tables.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE passkey_challenges (hash TEXT PRIMARY KEY, user TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE passkeys (user TEXT NOT NULL, id TEXT NOT NULL, x TEXT NOT NULL, y TEXT NOT NULL, counter INTEGER NOT NULL, \
     name TEXT NOT NULL, created_at INTEGER NOT NULL, used_at INTEGER, is_stopped INTEGER NOT NULL DEFAULT 0, \
     PRIMARY KEY (user, id)) STRICT, WITHOUT ROWID",
    // When somebody proved who they are; a session that a remembered browser began proves nothing.
    "ALTER TABLE sessions ADD COLUMN proved_at INTEGER",
];

const COLUMNS: &str = "SELECT id, x, y, counter, name, created_at, used_at, is_stopped FROM passkeys";

fn passkey_in(row: &Row) -> Result<PasskeyRow, Fault> {
    Ok(PasskeyRow {
        id: row.text(0)?,
        x: row.text(1)?,
        y: row.text(2)?,
        counter: u32::try_from(row.number(3)?).unwrap_or(u32::MAX),
        name: row.text(4)?,
        created_at: row.number(5)?,
        used_at: row.number_or_null(6)?,
        is_stopped: row.number(7)? == 1,
    })
}

fn all_of(sql: &Database, user: &str) -> Result<Vec<PasskeyRow>, Fault> {
    rows(sql, &format!("{COLUMNS} WHERE user = ? ORDER BY created_at, id"), &[user.into()], passkey_in)
}

fn one_of(sql: &Database, user: &str, id: &str) -> Result<Option<PasskeyRow>, Fault> {
    Ok(rows(sql, &format!("{COLUMNS} WHERE user = ? AND id = ?"), &[user.into(), id.into()], passkey_in)?.pop())
}

/// Nothing of somebody who is gone stays.
pub(super) fn forget(sql: &Database, user: &str) -> Result<(), Fault> {
    exec(sql, "DELETE FROM passkey_challenges WHERE user = ?", &[user.into()])?;
    exec(sql, "DELETE FROM passkeys WHERE user = ?", &[user.into()])
}

/// Refuses with `REAUTH_REQUIRED` unless the sign-in of a session is recent enough for what changes the ways in.
pub(super) fn check_fresh(sql: &Database, session: &str, oldest: Millis) -> Result<(), CallError> {
    let query = "SELECT 1 FROM sessions WHERE id = ? AND proved_at > ?";
    match rows(sql, query, &[session.into(), oldest.into()], |row| row.number(0))?.is_empty() {
        true => Err(Refusal::ReauthRequired.into()),
        false => Ok(()),
    }
}

impl AuthObject {
    fn passkeys(&self) -> Result<Database, Fault> {
        self.sql()?;
        Ok(sql::of(&self.state))
    }

    /// A challenge goes out. Those that nobody answered in time are forgotten on the way.
    pub(super) fn ask_passkey(&self, call: &ChallengeCall) -> Result<bool, CallError> {
        let (now, sql) = (runtime::now_ms(), self.passkeys()?);
        exec(&sql, "DELETE FROM passkey_challenges WHERE expires_at <= ?", &[now.into()])?;
        let values = [
            call.hash.as_str().into(),
            call.user.as_str().into(),
            (now + self.config.limits.passkey_challenge_ms).into(),
        ];
        exec(&sql, "INSERT INTO passkey_challenges VALUES (?, ?, ?)", &values)?;
        Ok(true)
    }

    /// A challenge comes back: whatever follows, it never comes again.
    pub(super) fn take_challenge(&self, call: &ChallengeCall) -> Result<bool, CallError> {
        let (now, sql) = (runtime::now_ms(), self.passkeys()?);
        let query = "DELETE FROM passkey_challenges WHERE hash = ? RETURNING user, expires_at";
        let found = rows(&sql, query, &[call.hash.as_str().into()], |row| Ok((row.text(0)?, row.number(1)?)))?;
        Ok(found.iter().any(|(user, expires_at)| *user == call.user && *expires_at > now))
    }

    pub(super) fn passkeys_of(&self, user: &str) -> Result<Vec<PasskeyRow>, CallError> {
        Ok(all_of(&self.passkeys()?, user)?)
    }

    pub(super) fn look_at_passkey(&self, call: &PasskeyCall) -> Result<Option<PasskeyRow>, CallError> {
        Ok(one_of(&self.passkeys()?, &call.user, &call.row.id)?)
    }

    /// No await between the count and the row.
    pub(super) fn add_passkey(&self, call: &PasskeyCall) -> Result<Millis, CallError> {
        let (now, sql) = (runtime::now_ms(), self.passkeys()?);
        let known = all_of(&sql, &call.user)?;
        if known.len() >= PASSKEYS_MAX || known.iter().any(|own| own.id == call.row.id) {
            return Err(Refusal::Conflict.into());
        }
        let PasskeyRow { id, x, y, counter, name, .. } = &call.row;
        let values = [
            call.user.as_str().into(),
            id.as_str().into(),
            x.as_str().into(),
            y.as_str().into(),
            (*counter).into(),
            name.as_str().into(),
            now.into(),
        ];
        exec(&sql, "INSERT INTO passkeys VALUES (?, ?, ?, ?, ?, ?, ?, NULL, 0)", &values)?;
        self.note(now, "passkey-add", &call.user, id, &call.trace)?;
        Ok(now)
    }

    /// With a new name its owner also says that it is theirs: it is good again. What its copy counted up to is forgotten, or the owner's own
    /// would be stopped once more.
    pub(super) fn name_passkey(&self, call: &PasskeyCall) -> Result<bool, CallError> {
        let query = "UPDATE passkeys SET name = ?, counter = iif(is_stopped, 0, counter), is_stopped = 0 WHERE user = ? AND id = ?";
        let values = [call.row.name.as_str().into(), call.user.as_str().into(), call.row.id.as_str().into()];
        self.changed(call, query, &values, "passkey-rename")
    }

    pub(super) fn remove_passkey(&self, call: &PasskeyCall) -> Result<bool, CallError> {
        let values = [call.user.as_str().into(), call.row.id.as_str().into()];
        self.changed(call, "DELETE FROM passkeys WHERE user = ? AND id = ?", &values, "passkey-remove")
    }

    fn changed(
        &self,
        call: &PasskeyCall,
        query: &str,
        values: &[crate::kit::sql::Value],
        action: &'static str,
    ) -> Result<bool, CallError> {
        if !wrote(&self.passkeys()?, query, values)? {
            return Err(Refusal::NotFound.into());
        }
        self.note(runtime::now_ms(), action, &call.user, &call.row.id, &call.trace)?;
        Ok(true)
    }

    /// Its signature was right. A counter that does not go on was copied: then nobody uses it until its owner has looked at it.
    pub(super) fn use_passkey(&self, call: &UseCall) -> Result<bool, CallError> {
        let (now, sql) = (runtime::now_ms(), self.passkeys()?);
        let known = one_of(&sql, &call.user, &call.id)?.filter(|known| !known.is_stopped);
        let Some(known) = known else {
            return Ok(false);
        };
        let is_good = has_grown(known.counter, call.counter);
        let which = [call.user.as_str().into(), call.id.as_str().into()];
        if is_good {
            let [user, id] = which;
            let query = "UPDATE passkeys SET counter = ?, used_at = ? WHERE user = ? AND id = ?";
            exec(&sql, query, &[call.counter.into(), now.into(), user, id])?;
        } else {
            exec(&sql, "UPDATE passkeys SET is_stopped = 1 WHERE user = ? AND id = ?", &which)?;
            self.note(now, "passkey-clone", &call.user, &call.id, &call.trace)?;
        }
        Ok(is_good)
    }

    fn note(&self, now: Millis, action: &'static str, user: &str, id: &str, trace: &Trace) -> Result<(), Fault> {
        // As much of an id as an eye compares.
        let target: String = id.chars().take(16).collect();
        self.audit(now, &AuditEntry { actor: user, action, target: &target, result: "ok" }, trace)
    }
}
