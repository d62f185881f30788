//! The Durable Object of whoever runs the deployment (`messagehub.md` 8): switches, in one row, and who turned them; and what
//! `flags::watch` keeps of alarms and of how things were. What a flag means is for those who ask.

mod watch;

use protocol::operation::alarms::{Alert, Measured};
use protocol::wire::messagehub::Flags as Switches;
use protocol::words::refusal::Fault;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::calls::backfill::ReadBackfill;
use crate::calls::flags::{
    ChangeFlags, EndSession, FindSession, HEALTH, NoteRebuild, NoteSignIn, OpenSession, OwnerAct, OwnerSession,
    ReadFlags,
};
use crate::calls::watch::{AcknowledgeAlert, EvaluateAlarms, ReadWatch};
use crate::config::Config;
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::body::{Empty, Json, Record};
use crate::kit::request::answers;
use crate::kit::sql;
use crate::kit::sql::Database;
use crate::kit::trace::Trace;
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

const STEPS: &[&[&str]] = &[
    &["CREATE TABLE flags (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL) STRICT"],
    audit_log::TABLE,
    audit_log::TOLD,
    watch::STEP,
    // Browsers in which the service token was typed, by the hash of what their cookie says.
    &["CREATE TABLE owners (hash TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID"],
];

/// See the module's description.
#[durable_object]
pub struct Flags {
    state: State,
    env: Env,
}

impl DurableObject for Flags {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        if request.path().trim_start_matches('/') == HEALTH {
            return Response::ok("ok");
        }
        answers! { request:
            ReadFlags => |_| self.stored().map(|flags| Json(flags.json())).map_err(CallError::from),
            ChangeFlags => |act| self.change(&act).map(Json),
            NoteSignIn => |act| self.sign_in(&act),
            OpenSession => |session| self.enter(&session),
            FindSession => |session| self.is_open(&session),
            EndSession => |act| self.leave(&act),
            EvaluateAlarms => |Record(measured)| self.watch(&measured).map(Record).map_err(CallError::from),
            AcknowledgeAlert => |no| self.acknowledge(no).map_err(CallError::from),
            ReadWatch => |_| self.sql().and_then(|sql| watch::state(&sql)).map_err(CallError::from),
            NoteRebuild => |act| self.rebuild(&act),
            ReadBackfill => |call| self.read_backfill(&call),
        }
    }

    /// Brings rows about acts to where they are read.
    async fn alarm(&self) -> worker::Result<Response> {
        if let Err(fault) = audit_log::attend(&self.env, &self.state).await {
            telemetry::fault("flags_alarm", &fault);
        }
        if let Err(fault) = self.sql().and_then(|sql| self.arrange_alarm(&sql)) {
            telemetry::fault("flags_alarm", &fault);
        }
        Response::ok("")
    }
}

impl Flags {
    fn sql(&self) -> Result<Database, Fault> {
        let storage = sql::of(&self.state);
        sql::migrate(&storage, STEPS)?;
        Ok(storage)
    }

    fn stored(&self) -> Result<Switches, Fault> {
        let rows = sql::rows(&self.sql()?, "SELECT json FROM flags", &[], |row| row.text(0))?;
        Ok(rows.first().map_or_else(Switches::new, |json| Switches::of_stored(json)))
    }

    /// Takes a change, all or nothing, with a row for each flag that is another than before; answers how the flags are then. One
    /// synchronous step, which the runtime commits as one.
    fn change(&self, call: &OwnerAct) -> Result<String, CallError> {
        let before = self.stored()?;
        let mut flags = before.clone();
        flags.apply(&call.what)?;
        let (json, sql) = (flags.json(), self.sql()?);
        sql::exec(&sql, "INSERT OR REPLACE INTO flags VALUES (1, ?)", &[json.as_str().into()])?;
        for (name, is_on) in flags.turned(&before) {
            self.write(&sql, call, if is_on { "flag_on" } else { "flag_off" }, name, "ok")?;
        }
        Ok(json)
    }

    fn sign_in(&self, call: &OwnerAct) -> Result<Empty, CallError> {
        self.write(&self.sql()?, call, "admin_login", "", &call.what)?;
        Ok(Empty)
    }

    /// Sessions that are over are forgotten on the way: there are few, and each cost the right token.
    fn enter(&self, call: &OwnerSession) -> Result<bool, CallError> {
        let sql = self.sql()?;
        sql::exec(&sql, "DELETE FROM owners WHERE until <= ?", &[runtime::now_ms().into()])?;
        sql::exec(&sql, "INSERT INTO owners VALUES (?, ?)", &[call.hash.as_str().into(), call.until_ms.into()])?;
        Ok(true)
    }

    fn is_open(&self, call: &OwnerSession) -> Result<bool, CallError> {
        let query = "SELECT 1 FROM owners WHERE hash = ? AND until > ?";
        let values = [call.hash.as_str().into(), runtime::now_ms().into()];
        Ok(!sql::rows(&self.sql()?, query, &values, |row| row.number(0))?.is_empty())
    }

    /// The session is over, whoever keeps its cookie. Once is enough for the row that says so.
    fn leave(&self, call: &OwnerAct) -> Result<bool, CallError> {
        let sql = self.sql()?;
        if sql::wrote(&sql, "DELETE FROM owners WHERE hash = ?", &[call.what.as_str().into()])? {
            self.write(&sql, call, "admin_logout", "", "ok")?;
        }
        Ok(true)
    }

    fn watch(&self, measured: &Measured) -> Result<Vec<Alert>, Fault> {
        watch::watch(&self.sql()?, measured, Config::of(&self.env).alert_url.is_some())
    }

    fn acknowledge(&self, no: u64) -> Result<Empty, Fault> {
        watch::acknowledge(&self.sql()?, no)?;
        Ok(Empty)
    }

    /// The database is written again.
    fn rebuild(&self, call: &OwnerAct) -> Result<Empty, CallError> {
        self.write(&self.sql()?, call, "rebuild", &call.what, "ok")?;
        Ok(Empty)
    }

    fn read_backfill(&self, call: &BackfillCall) -> Result<BackfillPage, CallError> {
        self.sql()?;
        if call.is_audit_log {
            return Ok(audit_log::read_backfill(&self.state, call)?);
        }
        Ok(BackfillPage { is_done: true, ..BackfillPage::default() })
    }

    fn write(
        &self,
        sql: &Database,
        call: &OwnerAct,
        action: &'static str,
        target: &str,
        result: &str,
    ) -> Result<(), Fault> {
        let now = runtime::now_ms();
        let trace = Trace { address: call.address.clone(), request: call.request.clone() };
        audit_log::write(sql, now, &AuditEntry { actor: &call.actor, action, target, result }, &trace)?;
        self.arrange_alarm(sql)
    }

    fn arrange_alarm(&self, sql: &Database) -> Result<(), Fault> {
        if let Some(at) = audit_log::due_at(&self.env, sql, runtime::now_ms())? {
            runtime::set_alarm(&self.state, at);
        }
        Ok(())
    }
}
