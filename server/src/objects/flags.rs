//! The Durable Object of switches (`messagehub.md` 8): one row, what an operator turned. What a flag means is for those who ask.

use protocol::doors::messagehub::Flags as Switches;
use protocol::refusal::Fault;
use worker::{DurableObject, Env, Request, Response, SqlStorage, State, durable_object};

use super::call::{CallError, answer_raw};
use super::sql;

const STEPS: &[&[&str]] =
    &[&["CREATE TABLE flags (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL) STRICT"]];

/// See the module's description.
#[durable_object]
pub struct Flags {
    state: State,
}

impl DurableObject for Flags {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            "/show" => answer_raw(self.stored().map(|flags| flags.json()).map_err(CallError::from)),
            "/change" => answer_raw(self.change(&request.text().await?)),
            "/health" => Response::ok("ok"),
            _ => Response::error("no such call", 404),
        }
    }
}

impl Flags {
    fn sql(&self) -> Result<SqlStorage, Fault> {
        let storage = self.state.storage().sql();
        sql::migrate(&storage, STEPS)?;
        Ok(storage)
    }

    fn stored(&self) -> Result<Switches, Fault> {
        let rows = sql::rows(&self.sql()?, "SELECT json FROM flags", &[], |row| row.text(0))?;
        Ok(rows.first().map_or_else(Switches::new, |json| Switches::of_stored(json)))
    }

    /// Takes a change, all or nothing; answers how the flags are then.
    fn change(&self, change: &str) -> Result<String, CallError> {
        let mut flags = self.stored()?;
        flags.apply(change)?;
        let json = flags.json();
        sql::exec(&self.sql()?, "INSERT OR REPLACE INTO flags VALUES (1, ?)", &[json.as_str().into()])?;
        Ok(json)
    }
}
