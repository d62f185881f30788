//! The Durable Object of the operator. It stores switches in one row (`messagehub.md` 8), alarms and readings (`watch`), acts of
//! moderators (`moderation.md` 5), the queue of reports, and rules for messages (`moderation.md` 8). Callers interpret the flags.

mod moderation;
mod objections;
mod reports;
mod session_ends;
mod tables;
mod watch;
mod writing_rules;

use protocol::operation::alarms::{Alarm, Alert, DeploymentMetrics};
use protocol::people::moderation::{ActKind, Standing};
use protocol::people::session::csrf_token;
use protocol::words::event::Millis;
use protocol::words::limits::OUTBOX_RETRY_MS_MAX;
use protocol::words::refusal::Fault;
use protocol::words::time::DAY_MS;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use self::session_ends::EndOfBanned;
use self::tables::OperatorSql;
use crate::calls::backfill::ReadBackfill;
use crate::calls::moderation::{
    ActAnswer, ActCall, AddAct, AddObjection, AnswerObjection, EndBanned, FindAct, ListArchivedActs, ListObjections,
    ListOwnActs, ObjectionCall, ReadModeration, SetRole,
};
use crate::calls::operator::{
    ChangeFlags, EndSession, FindSession, HEALTH, NoteRebuild, NoteSignIn, OpenSession, OwnerAct, OwnerSession,
    ReadFlags,
};
use crate::calls::reports::{
    AddReports, CountReports, DismissReport, FindReport, ListReports, OpenReport, QueuedReport,
};
use crate::calls::room::WakeRoom;
use crate::calls::watch::{AcknowledgeAlert, EvaluateAlarms, ReadWatch};
use crate::calls::writing_rules::{SetFirstMessage, SetWritingRule};
use crate::config::Config;
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::body::{Empty, Json, Record};
use crate::kit::directory::BacklogReport;
use crate::kit::jobs::{Jobs, Kind};
use crate::kit::request::answers;
use crate::kit::sql;
use crate::kit::sql::{Database, exec};
use crate::projection::audit_log;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Kinds of the object's jobs.
const KINDS: &[Kind] = &[Kind::of::<EndOfBanned>()];

#[durable_object]
pub struct Flags {
    state: State,
    env: Env,
    jobs: Jobs,
    backlog: BacklogReport,
}

impl DurableObject for Flags {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, jobs: Jobs::of(KINDS), backlog: BacklogReport::default() }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        if request.path().trim_start_matches('/') == HEALTH {
            return match self.check_writing() {
                Ok(()) => Response::ok("ok"),
                Err(fault) => Response::error(fault.0, 500),
            };
        }
        answers! { request:
            ReadFlags => |_| self.sql().and_then(|sql| Ok(Json(sql.stored()?.json()))).map_err(CallError::from),
            ChangeFlags => |act| self.act(|sql, now| sql.change(&act, now)).map(Json),
            NoteSignIn => |act| self.note(&act, "admin_login", "", &act.what),
            OpenSession => |session| self.enter(&session),
            FindSession => |session| self.is_open(&session),
            EndSession => |act| self.leave(&act),
            EvaluateAlarms => |Record(measured)| self.evaluate_alarms(measured).map(Record).map_err(CallError::from),
            AcknowledgeAlert => |no| self.acknowledge(no).map_err(CallError::from),
            ReadWatch => |_| self.sql().and_then(|sql| watch::state(&sql.0)).map_err(CallError::from),
            NoteRebuild => |act| self.note(&act, "rebuild", &act.what, "ok"),
            ReadBackfill => |call| self.read_backfill(&call),
            ReadModeration => |_| self.standing().map(Record).map_err(CallError::from),
            SetRole => |call| self.standing_after(|sql, now| moderation::set_role(sql, &call, now)),
            AddAct => |call| self.add_act(&call),
            EndBanned => |user| self.end_banned(&user).await,
            ListOwnActs => |user| self.moderated(|sql, now| moderation::own_acts(sql, &user, now)),
            ListArchivedActs => |user| self.moderated(|sql, now| objections::archived(sql, &user, now)),
            FindAct => |id| self.moderated(|sql, now| moderation::find_act(sql, &id, now)),
            AddObjection => |call| self.object(&call),
            ListObjections => |_| self.moderated(|sql, _| objections::open(sql)),
            AnswerObjection => |call| self.standing_after(|sql, now| objections::answer(sql, &call, now)),
            SetWritingRule => |call| self.standing_after(|sql, now| writing_rules::set_rule(sql, &call, now)),
            SetFirstMessage => |call| self.standing_after(|sql, now| writing_rules::set_first_message(sql, &call, now)),
            AddReports => |found| self.moderated(|sql, _| reports::add(sql, &found)).map(|()| true),
            ListReports => |after| self.moderated(|sql, _| reports::list(sql, after)),
            OpenReport => |call| self.act(|sql, now| Ok(reports::open(sql, &call, now)?)),
            FindReport => |id| self.find_report(&id),
            DismissReport => |call| self.act(|sql, now| reports::dismiss(sql, &call, now)).map(|()| true),
            CountReports => |_| self.moderated(reports::counts),
            WakeRoom => |()| { self.ring(true).await; Ok(()) },
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.ring(false).await;
        Response::ok("")
    }
}

impl Flags {
    /// Ends open sessions of banned people, copies audit rows to D1, and deletes expired rows. The cron requests the same with `asks` if jobs
    /// wait.
    async fn ring(&self, asks: bool) {
        telemetry::logged("flags_alarm", self.end_due_sessions().await);
        telemetry::logged("flags_alarm", audit_log::maintain(&self.env, &self.state).await);
        let kept_ms = Config::of(&self.env).limits.audit_days * DAY_MS;
        let cutoff = runtime::now_ms().saturating_sub(kept_ms);
        let forgotten =
            |sql: OperatorSql| moderation::forget(&sql.0, cutoff).and_then(|()| reports::forget(&sql.0, cutoff));
        telemetry::logged("flags_alarm", self.sql().and_then(forgotten));
        if let Err(fault) = self.sql().and_then(|sql| self.arrange_alarm(&sql.0)) {
            telemetry::fault("flags_alarm", &fault);
            runtime::set_alarm(&self.state, runtime::now_ms() + OUTBOX_RETRY_MS_MAX);
        }
        let ages = self.sql().and_then(|sql| self.jobs.ages(&sql.0));
        self.backlog.send_ages(&self.state, &self.env, ages, asks).await;
    }

    fn sql(&self) -> Result<OperatorSql, Fault> {
        OperatorSql::open(sql::of(&self.state))
    }

    /// Runs a change that writes audit rows, and sets the alarm that copies them to D1.
    fn act<T>(&self, act: impl FnOnce(&OperatorSql, Millis) -> Result<T, CallError>) -> Result<T, CallError> {
        let sql = self.sql()?;
        let done = act(&sql, runtime::now_ms())?;
        self.arrange_alarm(&sql.0)?;
        Ok(done)
    }

    fn note(&self, call: &OwnerAct, action: &'static str, target: &str, result: &str) -> Result<Empty, CallError> {
        self.act(|sql, now| Ok(sql.write(call, action, target, result, now)?))?;
        Ok(Empty)
    }

    fn enter(&self, call: &OwnerSession) -> Result<bool, CallError> {
        self.sql()?.enter(call, runtime::now_ms())?;
        Ok(true)
    }

    fn is_open(&self, call: &OwnerSession) -> Result<bool, CallError> {
        Ok(self.sql()?.is_open(&call.hash, runtime::now_ms())?)
    }

    fn leave(&self, call: &OwnerAct) -> Result<bool, CallError> {
        self.act(|sql, now| Ok(sql.leave(call, now)?))?;
        Ok(true)
    }

    fn evaluate_alarms(&self, mut measured: DeploymentMetrics) -> Result<Vec<Alert>, Fault> {
        let has_receiver = Config::of(&self.env).alert_url.is_some();
        let (sql, now) = (self.sql()?, runtime::now_ms());
        measured.set(Alarm::ReportsOld, reports::counts(&sql.0, now)?.old);
        watch::set_growth(&sql.0, &mut measured, now)?;
        watch::evaluate(&sql.0, &measured, has_receiver, now)
    }

    fn acknowledge(&self, no: u64) -> Result<Empty, Fault> {
        watch::acknowledge(&self.sql()?.0, no)?;
        Ok(Empty)
    }

    fn moderated<T>(&self, read: impl FnOnce(&Database, Millis) -> Result<T, Fault>) -> Result<T, CallError> {
        Ok(read(&self.sql()?.0, runtime::now_ms())?)
    }

    fn standing(&self) -> Result<Standing, Fault> {
        moderation::standing(&self.sql()?.0, runtime::now_ms())
    }

    /// Runs a change as [`Self::act`] does. Returns the resulting standing.
    fn standing_after(
        &self,
        change: impl FnOnce(&OperatorSql, Millis) -> Result<(), CallError>,
    ) -> Result<Record<Standing>, CallError> {
        self.act(change)?;
        Ok(Record(self.standing()?))
    }

    fn add_act(&self, call: &ActCall) -> Result<ActAnswer, CallError> {
        // The id authorizes an objection to the act, so it has 128 random bits.
        let id = csrf_token(runtime::random_bytes());
        let act = self.act(|sql, now| {
            let shown = moderation::add_act(&sql.0, call, &id, now)?;
            if let Some(user) = call.act.user.as_deref().filter(|_| call.act.kind == ActKind::Ban) {
                self.jobs.add(&sql.0, user, &EndOfBanned { act: id.clone() }, now)?;
            }
            Ok(shown)
        })?;
        Ok(ActAnswer { act, standing: self.standing()? })
    }

    /// Ends the sessions of a banned person. The ban is already stored, so a failure is logged and the alarm retries.
    async fn end_banned(&self, user: &str) -> Result<bool, CallError> {
        let sql = self.sql()?.0;
        self.jobs.run_now::<EndOfBanned>(&sql, self, user).await?;
        self.arrange_alarm(&sql)?;
        Ok(true)
    }

    /// Rewrites a row without a change: a full disk can still be read, but not written.
    fn check_writing(&self) -> Result<(), Fault> {
        exec(&self.sql()?.0, "UPDATE schema SET version = version", &[])
    }

    async fn end_due_sessions(&self) -> Result<(), Fault> {
        self.jobs.run_due::<EndOfBanned>(&self.sql()?.0, self).await
    }

    fn object(&self, call: &ObjectionCall) -> Result<bool, CallError> {
        self.act(|sql, now| objections::add(&sql.0, call, now))?;
        Ok(true)
    }

    fn find_report(&self, id: &str) -> Result<Vec<QueuedReport>, CallError> {
        Ok(reports::find_open(&self.sql()?.0, id)?.into_iter().collect())
    }

    fn read_backfill(&self, call: &BackfillCall) -> Result<BackfillPage, CallError> {
        self.sql()?;
        if call.is_audit_log {
            return Ok(audit_log::read_backfill(&self.state, call)?);
        }
        Ok(BackfillPage { is_done: true, ..BackfillPage::default() })
    }

    fn arrange_alarm(&self, sql: &Database) -> Result<(), Fault> {
        let due = [audit_log::due_at(&self.env, sql, runtime::now_ms())?, self.jobs.due_at(sql)?];
        if let Some(at) = due.into_iter().flatten().min() {
            runtime::set_alarm(&self.state, at);
        }
        Ok(())
    }
}
