//! Tables of an `auth` shard: sessions and tickets.

use protocol::machines::presence::Card;
use protocol::people::session::{Life, SessionRules};
use protocol::words::event::Millis;
use protocol::words::principal::Principal;
use protocol::words::refusal::{Fault, Refusal};

use crate::calls::auth::LibraryRecord;
use crate::config::Config;
use crate::kit::sql::{self, Database, SqlRow};
use crate::runtime::call_error::CallError;

pub(super) const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE sessions (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, principal TEXT NOT NULL, csrf TEXT NOT NULL, \
     agent TEXT NOT NULL, created_at INTEGER NOT NULL, slid_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, \
     active_at INTEGER NOT NULL, cached_at INTEGER NOT NULL, warn_at INTEGER) STRICT",
        "CREATE INDEX sessions_by_end ON sessions (expires_at)",
        "CREATE TABLE sockets (session TEXT NOT NULL, log TEXT NOT NULL, PRIMARY KEY (session, log)) STRICT, WITHOUT ROWID",
        "CREATE TABLE tickets (hash TEXT PRIMARY KEY, session TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE news (id INTEGER PRIMARY KEY, session TEXT NOT NULL, log TEXT NOT NULL, what TEXT NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT",
    ],
    super::account_tables::STEP,
    &["DROP TABLE sockets", "ALTER TABLE sessions ADD COLUMN card TEXT"],
    // Data of the session routes about a session and an account.
    &["ALTER TABLE sessions ADD COLUMN library TEXT", "ALTER TABLE accounts ADD COLUMN image TEXT"],
    crate::projection::audit_log::TABLE,
    crate::projection::audit_log::SENT,
    // REST calls of sessions and of browsers that are remembered (`core.md` 6).
    &["CREATE TABLE calls (id TEXT PRIMARY KEY, used TEXT NOT NULL) STRICT, WITHOUT ROWID"],
    super::passkey_tables::STEP,
    super::account_tables::METHODS,
    super::account_tables::PLACES,
    super::outbox_tables::STEP,
    super::account_tables::VERIFIED,
    super::link_tables::STEP,
    super::session_end_tables::STEP,
    super::recovery_code_tables::STEP,
    super::address_move_tables::STEP,
    super::outbox_tables::LINK_ENDS,
    super::session_end_tables::PASSKEYS,
    super::caused_mail_tables::STEP,
    super::session_end_tables::WHICH_PASSKEYS,
    super::account_tables::SECOND_FACTOR,
    super::address_move_tables::PROVED_WAYS_BACK,
    super::session_end_tables::PROGRAMS,
    super::passkey_tables::MAKERS,
    crate::kit::jobs::STEP,
    super::session_end_tables::AS_JOBS,
    super::session_end_tables::NEWS_AS_JOBS,
    super::outbox_tables::AS_JOBS,
    super::address_move_tables::AS_JOBS,
];

#[derive(Clone, Debug)]
pub(super) struct StoredSession {
    /// SHA-256 of the token.
    pub hash: String,
    pub principal: Principal,
    pub card: Card,
    pub csrf: String,
    /// Description of the device (`User-Agent`).
    pub agent: String,
    pub life: Life,
    /// Last use by the person (not by a heartbeat).
    pub active_at: Millis,
    /// Time at which the edge cache last received it.
    pub cached_at: Millis,
    /// Time at which its sockets are warned of an expiry that can no longer move.
    pub warn_at: Option<Millis>,
    /// Data of the session routes; `None` for other sessions.
    pub library: Option<LibraryRecord>,
}

impl StoredSession {
    pub(super) fn rules(&self, config: &Config) -> SessionRules {
        if self.library.is_some() { SessionRules::LIBRARY } else { SessionRules::of(&config.limits) }
    }
}

#[derive(Clone)]
pub(super) struct AuthSql(Database);

const COLUMNS: &str =
    "hash, principal, csrf, agent, created_at, slid_at, expires_at, active_at, cached_at, warn_at, card, library";

impl AuthSql {
    pub(super) fn open(storage: Database) -> Result<Self, Fault> {
        sql::migrate(&storage, STEPS)?;
        Ok(Self(storage))
    }

    // ---- sessions

    pub(super) fn insert(&self, stored: &StoredSession, proved_at: Option<Millis>) -> Result<(), Fault> {
        let StoredSession { hash, principal, card, csrf, agent, life, active_at, cached_at, library, .. } = stored;
        let (principal_json, card_json) = (json(principal)?, json(card)?);
        let library_json = library.as_ref().map(json).transpose()?;
        let values = [
            principal.session.as_str().into(),
            hash.as_str().into(),
            principal_json.as_str().into(),
            csrf.as_str().into(),
            agent.as_str().into(),
            life.created_at.into(),
            life.slid_at.into(),
            life.expires_at.into(),
            (*active_at).into(),
            (*cached_at).into(),
            card_json.as_str().into(),
            library_json.as_deref().into(),
            proved_at.into(),
        ];
        sql::exec(&self.0, "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)", &values)
    }

    pub(super) fn by_hash(&self, hash: &str) -> Result<Option<StoredSession>, Fault> {
        self.one("hash", hash)
    }

    pub(super) fn by_id(&self, id: &str) -> Result<Option<StoredSession>, Fault> {
        self.one("id", id)
    }

    fn one(&self, column: &str, value: &str) -> Result<Option<StoredSession>, Fault> {
        let query = format!("SELECT {COLUMNS} FROM sessions WHERE {column} = ?");
        Ok(sql::rows(&self.0, &query, &[value.into()], stored)?.pop())
    }

    /// Refuses with `REAUTH_REQUIRED` unless the session's sign-in is recent enough to change sign-in methods.
    pub(super) fn check_fresh(&self, id: &str, oldest: Millis) -> Result<(), CallError> {
        let query = "SELECT 1 FROM sessions WHERE id = ? AND proved_at > ?";
        match sql::rows(&self.0, query, &[id.into(), oldest.into()], |row| row.number(0))?.is_empty() {
            true => Err(Refusal::ReauthRequired.into()),
            false => Ok(()),
        }
    }

    pub(super) fn save_life(&self, id: &str, life: &Life, warn_at: Option<Millis>) -> Result<(), Fault> {
        let warn_at = warn_at.unwrap_or(0);
        let values = [life.slid_at.into(), life.expires_at.into(), warn_at.into(), id.into()];
        sql::exec(
            &self.0,
            "UPDATE sessions SET slid_at = ?, expires_at = ?, warn_at = NULLIF(?, 0) WHERE id = ?",
            &values,
        )
    }

    pub(super) fn save_active(&self, id: &str, at: Millis) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE sessions SET active_at = ? WHERE id = ?", &[at.into(), id.into()])
    }

    /// Stores the person's new card. Outside of rooms, others see only its name and picture.
    pub(super) fn save_card(&self, principal: &Principal, card: &Card) -> Result<(), Fault> {
        let (principal_json, card_json) = (json(principal)?, json(card)?);
        let values = [principal_json.as_str().into(), card_json.as_str().into(), principal.session.as_str().into()];
        sql::exec(&self.0, "UPDATE sessions SET principal = ?, card = ? WHERE id = ?", &values)
    }

    /// Replaces the token of a session and removes the tickets of the earlier token.
    pub(super) fn save_hash(&self, id: &str, hash: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE sessions SET hash = ? WHERE id = ?", &[hash.into(), id.into()])?;
        self.forget_tickets(id)
    }

    pub(super) fn save_cached(&self, id: &str, at: Millis) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE sessions SET cached_at = ? WHERE id = ?", &[at.into(), id.into()])
    }

    pub(super) fn warned(&self, id: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE sessions SET warn_at = NULL WHERE id = ?", &[id.into()])
    }

    pub(super) fn remove(&self, id: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM sessions WHERE id = ?", &[id.into()])?;
        self.forget_calls(id)?;
        self.forget_tickets(id)
    }

    pub(super) fn calls(&self, id: &str) -> Result<Option<String>, Fault> {
        Ok(sql::rows(&self.0, "SELECT used FROM calls WHERE id = ?", &[id.into()], |row| row.text(0))?.pop())
    }

    pub(super) fn save_calls(&self, id: &str, used: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "INSERT OR REPLACE INTO calls VALUES (?, ?)", &[id.into(), used.into()])
    }

    pub(super) fn forget_calls(&self, id: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM calls WHERE id = ?", &[id.into()])
    }

    /// Returns sessions that have expired, and those to be warned.
    pub(super) fn due(&self, now: Millis) -> Result<(Vec<StoredSession>, Vec<StoredSession>), Fault> {
        let ended = format!("SELECT {COLUMNS} FROM sessions WHERE expires_at <= ?");
        let warned = format!("SELECT {COLUMNS} FROM sessions WHERE warn_at <= ? AND expires_at > ?");
        Ok((
            sql::rows(&self.0, &ended, &[now.into()], stored)?,
            sql::rows(&self.0, &warned, &[now.into(), now.into()], stored)?,
        ))
    }

    pub(super) fn next_due(&self) -> Result<Option<Millis>, Fault> {
        let query = "SELECT MIN(at) FROM (SELECT MIN(expires_at) AS at FROM sessions UNION ALL \
                     SELECT MIN(warn_at) FROM sessions)";
        Ok(sql::rows(&self.0, query, &[], |row| row.number_or_null(0))?.pop().flatten())
    }

    // ---- tickets

    pub(super) fn add_ticket(&self, hash: &str, session: &str, expires_at: Millis) -> Result<(), Fault> {
        sql::exec(&self.0, "INSERT INTO tickets VALUES (?, ?, ?)", &[hash.into(), session.into(), expires_at.into()])
    }

    fn forget_tickets(&self, session: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM tickets WHERE session = ?", &[session.into()])
    }

    /// Removes a ticket. Returns the session that it was for.
    pub(super) fn take_ticket(&self, hash: &str, now: Millis) -> Result<Option<String>, Fault> {
        let query = "SELECT session FROM tickets WHERE hash = ? AND expires_at > ?";
        let session = sql::rows(&self.0, query, &[hash.into(), now.into()], |row| row.text(0))?.pop();
        sql::exec(&self.0, "DELETE FROM tickets WHERE hash = ? OR expires_at <= ?", &[hash.into(), now.into()])?;
        Ok(session)
    }
}

fn stored(row: &SqlRow) -> Result<StoredSession, Fault> {
    let mut principal: Principal = serde_json::from_str(&row.text(1)?)?;
    let life = Life { created_at: row.number(4)?, slid_at: row.number(5)?, expires_at: row.number(6)? };
    principal.expires_at = life.expires_at;
    let card = match row.text_or_null(10) {
        Some(text) => serde_json::from_str(&text)?,
        None => Card { name: principal.name.clone(), avatar: principal.avatar.clone(), ..Card::default() },
    };
    Ok(StoredSession {
        hash: row.text(0)?,
        principal,
        card,
        csrf: row.text(2)?,
        agent: row.text(3)?,
        life,
        active_at: row.number(7)?,
        cached_at: row.number(8)?,
        warn_at: row.number_or_null(9)?,
        library: row.text_or_null(11).as_deref().map(serde_json::from_str).transpose()?,
    })
}

fn json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault(error.to_string()))
}

#[cfg(test)]
#[path = "older_tests.rs"]
mod older_tests;
#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;
