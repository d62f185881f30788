//! Tables of passkeys (`sign-in.md` 7): challenges by their hash, and the passkeys of the accounts that belong to this shard.

use protocol::trust::passkey::has_grown;
use protocol::words::event::Millis;
use protocol::words::limits::PASSKEYS_MAX;
use protocol::words::refusal::{Fault, Refusal};

use crate::calls::passkey::{ChallengeCall, EndPasskeysCall, PasskeyMaker, PasskeyRow, PasskeysEnd, UseCall};
use crate::kit::sql::{Database, SqlRow, exec, rows, wrote};
use crate::runtime::call_error::CallError;

pub(super) const STEP: &[&str] = &[
    "CREATE TABLE passkey_challenges (hash TEXT PRIMARY KEY, user TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE passkeys (user TEXT NOT NULL, id TEXT NOT NULL, x TEXT NOT NULL, y TEXT NOT NULL, counter INTEGER NOT NULL, \
     name TEXT NOT NULL, created_at INTEGER NOT NULL, used_at INTEGER, is_stopped INTEGER NOT NULL DEFAULT 0, \
     PRIMARY KEY (user, id)) STRICT, WITHOUT ROWID",
    // Time at which the person proved their identity; empty for a session from a remembered browser.
    "ALTER TABLE sessions ADD COLUMN proved_at INTEGER",
];

/// Migration step of the sessions in which passkeys were made; `NULL` in older rows.
pub(super) const MAKERS: &[&str] =
    &["ALTER TABLE passkeys ADD COLUMN session TEXT", "ALTER TABLE passkeys ADD COLUMN session_began_at INTEGER"];

const COLUMNS: &str = "SELECT id, x, y, counter, name, created_at, used_at, is_stopped FROM passkeys";

fn passkey_in(row: &SqlRow) -> Result<PasskeyRow, Fault> {
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

pub(super) struct PasskeysSql(pub(super) Database);

impl PasskeysSql {
    /// Stores a new challenge. Removes challenges that have expired.
    pub(super) fn ask(&self, call: &ChallengeCall, now: Millis, expires_at: Millis) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM passkey_challenges WHERE expires_at <= ?", &[now.into()])?;
        let values = [call.hash.as_str().into(), call.user.as_str().into(), expires_at.into()];
        exec(&self.0, "INSERT INTO passkey_challenges VALUES (?, ?, ?)", &values)
    }

    /// Removes a challenge, so that it can be answered only once.
    pub(super) fn take(&self, call: &ChallengeCall, now: Millis) -> Result<bool, Fault> {
        let query = "DELETE FROM passkey_challenges WHERE hash = ? RETURNING user, expires_at";
        let found = rows(&self.0, query, &[call.hash.as_str().into()], |row| Ok((row.text(0)?, row.number(1)?)))?;
        Ok(found.iter().any(|(user, expires_at)| *user == call.user && *expires_at > now))
    }

    pub(super) fn all(&self, user: &str) -> Result<Vec<PasskeyRow>, Fault> {
        rows(&self.0, &format!("{COLUMNS} WHERE user = ? ORDER BY created_at, id"), &[user.into()], passkey_in)
    }

    pub(super) fn one(&self, user: &str, id: &str) -> Result<Option<PasskeyRow>, Fault> {
        let query = format!("{COLUMNS} WHERE user = ? AND id = ?");
        Ok(rows(&self.0, &query, &[user.into(), id.into()], passkey_in)?.pop())
    }

    /// Counts and inserts without an `await` in between.
    pub(super) fn add(&self, user: &str, row: &PasskeyRow, now: Millis) -> Result<(), CallError> {
        let PasskeyRow { id, x, y, counter, name, .. } = row;
        let known = self.all(user)?;
        if known.len() >= PASSKEYS_MAX || known.iter().any(|own| own.id == *id) {
            return Err(Refusal::Conflict.into());
        }
        let values = [
            user.into(),
            id.as_str().into(),
            x.as_str().into(),
            y.as_str().into(),
            (*counter).into(),
            name.as_str().into(),
            now.into(),
        ];
        let query = "INSERT INTO passkeys (user, id, x, y, counter, name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
        Ok(exec(&self.0, query, &values)?)
    }

    /// Stores the session in which a passkey was made.
    pub(super) fn note_maker(&self, user: &str, id: &str, maker: &PasskeyMaker) -> Result<(), Fault> {
        let query = "UPDATE passkeys SET session = ?, session_began_at = ? WHERE user = ? AND id = ?";
        exec(&self.0, query, &[maker.session.as_str().into(), maker.began_at.into(), user.into(), id.into()])
    }

    /// Stores a new name. With it the owner also confirms a stopped passkey, which can be used again. The counter is reset, because that of a
    /// copy would stop the owner's passkey once more.
    pub(super) fn rename(&self, user: &str, row: &PasskeyRow) -> Result<bool, Fault> {
        let query = "UPDATE passkeys SET name = ?, counter = iif(is_stopped, 0, counter), is_stopped = 0 WHERE user = ? AND id = ?";
        wrote(&self.0, query, &[row.name.as_str().into(), user.into(), row.id.as_str().into()])
    }

    pub(super) fn remove(&self, user: &str, id: &str) -> Result<bool, Fault> {
        wrote(&self.0, "DELETE FROM passkeys WHERE user = ? AND id = ?", &[user.into(), id.into()])
    }

    /// Stores a use with a valid signature. Returns `true` if the counter increased; `None` for an unknown or stopped passkey. A counter
    /// that did not increase reveals a copy and stops the passkey.
    pub(super) fn count_use(&self, call: &UseCall, now: Millis) -> Result<Option<bool>, Fault> {
        let Some(known) = self.one(&call.user, &call.id)?.filter(|known| !known.is_stopped) else {
            return Ok(None);
        };
        let is_good = has_grown(known.counter, call.counter);
        let (user, id) = (call.user.as_str().into(), call.id.as_str().into());
        if is_good {
            let query = "UPDATE passkeys SET counter = ?, used_at = ? WHERE user = ? AND id = ?";
            exec(&self.0, query, &[call.counter.into(), now.into(), user, id])?;
        } else {
            exec(&self.0, "UPDATE passkeys SET is_stopped = 1 WHERE user = ? AND id = ?", &[user, id])?;
        }
        Ok(Some(is_good))
    }

    /// Removes the passkeys that an act ends: those that were made before it, and those that were made later in a session that it ends as
    /// well.
    pub(super) fn end(&self, call: &EndPasskeysCall) -> Result<(), Fault> {
        let EndPasskeysCall { user, until, keep_session, ending: PasskeysEnd { since, keep } } = call;
        let keep = serde_json::to_string(keep)?;
        let query = "DELETE FROM passkeys WHERE user = ?1 AND created_at >= ?2 AND id NOT IN (SELECT value FROM json_each(?4)) \
                     AND (created_at <= ?3 OR (session_began_at <= ?3 AND session IS NOT ?5))";
        let values = [
            user.as_str().into(),
            (*since).into(),
            (*until).into(),
            keep.as_str().into(),
            keep_session.as_deref().into(),
        ];
        exec(&self.0, query, &values)
    }

    /// Removes all rows of a deleted person.
    pub(super) fn forget(&self, user: &str) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM passkey_challenges WHERE user = ?", &[user.into()])?;
        exec(&self.0, "DELETE FROM passkeys WHERE user = ?", &[user.into()])
    }
}

#[cfg(test)]
#[path = "passkey_tables_tests.rs"]
mod tests;
