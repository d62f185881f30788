//! The Durable Object that knows names (`core.md` 1.1): a Worker cannot list its objects, so logs and people are noted here
//! when they are made. Nothing on a request's path waits for it.

use protocol::event::Millis;
use protocol::refusal::Fault;
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, SqlStorage, State, durable_object};

use super::call::{CallError, answer};
use super::{runtime, sql};

const STEPS: &[&[&str]] = &[&[
    "CREATE TABLE names (kind TEXT NOT NULL, name TEXT NOT NULL, added_at INTEGER NOT NULL, PRIMARY KEY (kind, name)) STRICT",
]];

/// To a `dir` shard (`/add`, `/remove`): something was made, or is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct NameCall {
    /// `guest`, `account` or `room`.
    pub kind: String,
    /// User or room id.
    pub name: String,
}

/// The shard that keeps `name`.
pub fn shard_of(name: &str) -> String {
    protocol::session::hash_hex(name).chars().take(1).collect()
}

/// See the module's description.
#[durable_object]
pub struct Dir {
    state: State,
}

impl DurableObject for Dir {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            "/add" => answer(self.add(&request.json().await?, runtime::now_ms())),
            "/remove" => answer(self.remove(&request.json().await?)),
            "/health" => Response::ok("ok"),
            _ => Response::error("no such call", 404),
        }
    }
}

impl Dir {
    fn sql(&self) -> Result<SqlStorage, Fault> {
        let storage = self.state.storage().sql();
        sql::migrate(&storage, STEPS)?;
        Ok(storage)
    }

    fn add(&self, call: &NameCall, now: Millis) -> Result<(), CallError> {
        let values = [call.kind.as_str().into(), call.name.as_str().into(), now.into()];
        Ok(sql::exec(&self.sql()?, "INSERT OR IGNORE INTO names VALUES (?, ?, ?)", &values)?)
    }

    fn remove(&self, call: &NameCall) -> Result<(), CallError> {
        let values = [call.kind.as_str().into(), call.name.as_str().into()];
        Ok(sql::exec(&self.sql()?, "DELETE FROM names WHERE kind = ? AND name = ?", &values)?)
    }
}
