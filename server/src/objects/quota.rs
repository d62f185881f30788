//! The Durable Object of the ledger (`core.md` 1.1, `messenger.md` 7): how many calls of a model this day has had, and whose they were.
//!
//! A call is reserved before it is made and settled after. What is never settled is given back when nobody can still be waiting for
//! it: whoever died in between has used nothing up.

use protocol::event::Millis;
use protocol::limits::{BOT_CALL_LEASE_MS, BOT_CALLS_MAX, BOT_CALLS_PERSON_MAX};
use protocol::refusal::Fault;
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, SqlStorage, State, durable_object};

use super::call::{self, CallError, answer};
use super::{runtime, sql};

const STEPS: &[&[&str]] = &[&[
    "CREATE TABLE calls (id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, at INTEGER NOT NULL, is_settled INTEGER NOT NULL) STRICT",
    "CREATE INDEX calls_by_user ON calls (user)",
]];
const DAY_MS: Millis = 86_400_000;

/// To the ledger (`/reserve`): somebody's message asks for a call.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReserveCall {
    /// Whose message.
    pub user: String,
}

/// To the ledger (`/settle`): what became of a reserved call.
#[derive(Debug, Serialize, Deserialize)]
pub struct SettleCall {
    /// The reservation.
    pub id: u64,
    /// The call was made; else it is given back.
    pub was_made: bool,
}

/// How the ledger stands. `id` is the reservation, if one was asked for and there was room for it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// See above.
    pub id: Option<u64>,
    /// Calls of this day.
    pub used: u64,
    /// Calls that a day has.
    pub limit: u64,
    /// When the next day begins.
    pub resets_at: Millis,
}

/// See the module's description.
#[durable_object]
pub struct Quota {
    state: State,
}

impl DurableObject for Quota {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            "/reserve" => answer(self.reserve(&call::question(&mut request).await?)),
            "/settle" => answer(self.settle(&call::question(&mut request).await?)),
            "/ledger" => answer(self.ledger()),
            _ => Response::error("no such call", 404),
        }
    }
}

impl Quota {
    /// The rows of this day, and of calls that are still under way.
    fn sql(&self, now: Millis) -> Result<SqlStorage, Fault> {
        let storage = self.state.storage().sql();
        sql::migrate(&storage, STEPS)?;
        let (day, lease) = (now - now % DAY_MS, now.saturating_sub(BOT_CALL_LEASE_MS));
        let query = "DELETE FROM calls WHERE at < ? OR (is_settled = 0 AND at <= ?)";
        sql::exec(&storage, query, &[day.into(), lease.into()])?;
        Ok(storage)
    }

    fn reserve(&self, call: &ReserveCall) -> Result<Ledger, CallError> {
        let now = runtime::now_ms();
        let (db, ledger) = (self.sql(now)?, self.ledger()?);
        let query = "SELECT count(*) FROM calls WHERE user = ?";
        let own = sql::rows(&db, query, &[call.user.as_str().into()], |row| row.number(0))?;
        if ledger.used >= BOT_CALLS_MAX || own.first().is_none_or(|own| *own >= BOT_CALLS_PERSON_MAX) {
            return Ok(ledger);
        }
        let query = "INSERT INTO calls (user, at, is_settled) VALUES (?, ?, 0) RETURNING id";
        let made = sql::rows(&db, query, &[call.user.as_str().into(), now.into()], |row| row.number(0))?;
        Ok(Ledger { id: made.first().copied(), used: ledger.used + 1, ..ledger })
    }

    /// Told twice, or too late, it changes nothing.
    fn settle(&self, call: &SettleCall) -> Result<(), CallError> {
        let query = if call.was_made {
            "UPDATE calls SET is_settled = 1 WHERE id = ?"
        } else {
            "DELETE FROM calls WHERE id = ? AND is_settled = 0"
        };
        Ok(sql::exec(&self.sql(runtime::now_ms())?, query, &[call.id.into()])?)
    }

    fn ledger(&self) -> Result<Ledger, CallError> {
        let now = runtime::now_ms();
        let used = sql::rows(&self.sql(now)?, "SELECT count(*) FROM calls", &[], |row| row.number(0))?;
        let used = used.first().copied().unwrap_or(0);
        Ok(Ledger { id: None, used, limit: BOT_CALLS_MAX, resets_at: now - now % DAY_MS + DAY_MS })
    }
}
