//! The Durable Object of the ledger (`core.md` 1.1, `messenger.md` 7): how many calls of a model this day has had, and whose they were.
//!
//! A call is reserved before it is made and settled after.

use protocol::machines::bots::{
    Breaker, CallRequest, CallScope, CallStore, Limits, Reservation, reserve, settle, standing,
};
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use protocol::words::time::DAY_MS;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::calls::quota::{Ledger, ReadCallerLedger, ReadLedger, Reserve, Settle, SettleCall};
use crate::config::Config;
use crate::kit::request::answers;
use crate::kit::sql;
use crate::kit::sql::{Database, Value};
use crate::runtime;
use crate::runtime::call_error::CallError;

const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE calls (id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, at INTEGER NOT NULL, is_settled INTEGER NOT NULL) STRICT",
        "CREATE INDEX calls_by_user ON calls (user)",
    ],
    &[
        "ALTER TABLE calls ADD COLUMN answer TEXT",
        "CREATE UNIQUE INDEX calls_by_answer ON calls (answer) WHERE answer IS NOT NULL",
        "CREATE TABLE breaker (one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL) STRICT",
    ],
    &[
        "ALTER TABLE calls ADD COLUMN demo_room TEXT",
        "CREATE INDEX calls_by_demo_room ON calls (demo_room) WHERE demo_room IS NOT NULL",
    ],
    // Thousandths, as the model said; NULL where it did not say.
    &["ALTER TABLE calls ADD COLUMN neurons_milli INTEGER"],
];

#[durable_object]
pub struct Quota {
    state: State,
    limits: Limits,
}

impl DurableObject for Quota {
    fn new(state: State, env: Env) -> Self {
        let config = Config::of(&env);
        Self { state, limits: Limits::of(&config.limits) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        answers! { request:
            Reserve => |whose| self.reserve(&whose),
            Settle => |call| self.settle(&call),
            ReadCallerLedger => |whose| self.ledger(Some(&whose)),
            ReadLedger => |()| self.ledger(None),
        }
    }
}

impl Quota {
    fn rows(&self) -> Result<Rows, Fault> {
        Rows::open(sql::of(&self.state), self.limits)
    }

    fn reserve(&self, call: &CallRequest) -> Result<Ledger, CallError> {
        Ok(self.rows()?.reserve(call, runtime::now_ms())?)
    }

    fn settle(&self, call: &SettleCall) -> Result<(), CallError> {
        Ok(self.rows()?.settle_call(call, runtime::now_ms())?)
    }

    fn ledger(&self, call: Option<&CallRequest>) -> Result<Ledger, CallError> {
        Ok(self.rows()?.ledger(call, runtime::now_ms())?)
    }
}

struct Rows {
    sql: Database,
    limits: Limits,
}

impl Rows {
    /// The tables in `sql`, brought up to date.
    fn open(sql: Database, limits: Limits) -> Result<Self, Fault> {
        sql::migrate(&sql, STEPS)?;
        Ok(Self { sql, limits })
    }

    /// One synchronous step: nobody comes in between the count and the row.
    fn reserve(&mut self, call: &CallRequest, now: Millis) -> Result<Ledger, Fault> {
        let reserved = reserve(self, self.limits, now, call)?;
        let id = if let Reservation::Granted(id) = reserved { Some(id) } else { None };
        let is_used_up = reserved == Reservation::UsedUp;
        Ok(Ledger { id, is_used_up, ..self.ledger(None, now)? })
    }

    fn ledger(&mut self, call: Option<&CallRequest>, now: Millis) -> Result<Ledger, Fault> {
        let limits = self.limits;
        let known = standing(self, limits, now, call)?;
        let (used, is_used_up, is_open) = (known.used, known.is_used_up, known.is_open);
        let resets_at = now - now % DAY_MS + DAY_MS;
        let neurons_milli = self.neurons()?;
        Ok(Ledger { id: None, used, limit: limits.daily, resets_at, is_used_up, is_open, neurons_milli })
    }

    /// One synchronous step. An answer that took several calls has the neurons of all.
    fn settle_call(&mut self, call: &SettleCall, now: Millis) -> Result<(), Fault> {
        if let Some(neurons) = call.neurons_milli {
            let query =
                "UPDATE calls SET neurons_milli = coalesce(neurons_milli, 0) + ? WHERE id = ? AND is_settled = 0";
            sql::exec(&self.sql, query, &[neurons.into(), call.id.into()])?;
        }
        settle(self, now, call.id, call.went_well, call.by_model)
    }

    /// Thousandths of neurons of all calls that are counted.
    fn neurons(&self) -> Result<Option<u64>, Fault> {
        Ok(sql::first_row(&self.sql, "SELECT sum(neurons_milli) FROM calls", &[], |row| row.number_or_null(0))?
            .flatten())
    }
}

impl CallStore for Rows {
    fn forget(&mut self, day_began_at: Millis) -> Result<(), Fault> {
        sql::exec(&self.sql, "DELETE FROM calls WHERE at < ?", &[day_began_at.into()])
    }

    fn again(&mut self, answer: &str) -> Result<Option<u64>, Fault> {
        let query = "UPDATE calls SET is_settled = 0 WHERE answer = ? RETURNING id";
        Ok(sql::rows(&self.sql, query, &[answer.into()], |row| row.number(0))?.first().copied())
    }

    fn count(&self, whose: CallScope<'_>) -> Result<u64, Fault> {
        let (query, name) = match whose {
            CallScope::All => ("SELECT count(*) FROM calls", None),
            CallScope::Person(user) => ("SELECT count(*) FROM calls WHERE user = ?", Some(user)),
            CallScope::DemoRoom(room) => ("SELECT count(*) FROM calls WHERE demo_room = ?", Some(room)),
        };
        let values: Vec<Value> = name.into_iter().map(Value::from).collect();
        sql::number(&self.sql, query, &values)
    }

    fn insert(&mut self, call: &CallRequest, now: Millis) -> Result<u64, Fault> {
        let query = "INSERT INTO calls (user, at, is_settled, answer, demo_room) VALUES (?, ?, 0, ?, ?) RETURNING id";
        let (answer, room) = (call.answer.as_deref().into(), call.demo_room.as_deref().into());
        let values = [call.user.as_str().into(), now.into(), answer, room];
        let made = sql::rows(&self.sql, query, &values, |row| row.number(0))?;
        made.first().copied().ok_or_else(|| Fault("a reservation was not stored".into()))
    }

    fn settle(&mut self, id: u64) -> Result<bool, Fault> {
        sql::wrote(&self.sql, "UPDATE calls SET is_settled = 1 WHERE id = ? AND is_settled = 0", &[id.into()])
    }

    fn breaker(&self) -> Result<Breaker, Fault> {
        let stored = sql::rows(&self.sql, "SELECT state FROM breaker", &[], |row| row.text(0))?;
        stored.first().map_or_else(|| Ok(Breaker::default()), |state| Ok(serde_json::from_str(state)?))
    }

    fn save_breaker(&mut self, breaker: &Breaker) -> Result<(), Fault> {
        let state = serde_json::to_string(breaker).map_err(|error| Fault(error.to_string()))?;
        let query = "INSERT INTO breaker VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET state = excluded.state";
        sql::exec(&self.sql, query, &[state.as_str().into()])
    }
}

#[cfg(test)]
#[path = "quota_tests.rs"]
mod tests;
