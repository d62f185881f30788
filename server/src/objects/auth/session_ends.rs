//! Ends of many sessions of a person at once (`account.md` 4 and 6).
//!
//! An act that ends sessions plans their ends in its own synchronous step. Then this object asks the person's object for the sessions, and
//! their shards for the ends. The alarm repeats what failed, so a plan that is written is carried out.

use std::rc::Rc;

use protocol::people::account::family::{Family, FamilyStore};
use protocol::people::session::by_shard;
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::refusal::Fault;
use protocol::words::retry::retry_delay_ms;

use super::object::AuthObject;
use super::session_end_tables::PlannedEnd;
use super::tables::AuthSql;
use crate::calls::auth::{EndSessions, EndSessionsCall};
use crate::calls::person::{ListSessionIds, UserCall};
use crate::kit::call;
use crate::kit::request::Request;
use crate::projection::audit_log::AuditEntry;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Time that the ends may take before the alarm repeats them.
const ENDING_MS: Millis = 2_000;

impl AuthObject {
    /// Plans the end of all sessions and remembered browsers of `user` that began until `now`, but for the session `keep` and its remembered
    /// browser. Belongs in the synchronous step of the act.
    pub(super) fn plan_session_ends(
        &self,
        user: &str,
        keep: Option<&str>,
        reason: &str,
        now: Millis,
    ) -> Result<(), Fault> {
        let due_at = now + ENDING_MS;
        self.session_ends()?.add(user, keep, reason, (now, due_at))?;
        self.ring_by(due_at);
        Ok(())
    }

    /// Carries out the planned ends, side by side. The alarm repeats what failed; the last failure is returned.
    pub(super) async fn carry_out_session_ends(self: &Rc<Self>) -> Result<(), CallError> {
        let due = self.session_ends()?.due(runtime::now_ms())?;
        let results = call::in_portions(due.iter().map(|planned| self.end_planned(planned))).await;
        let (sql, mut done) = (self.session_ends()?, Ok(()));
        for (planned, result) in due.iter().zip(results) {
            match result {
                Ok(()) => sql.remove(planned.id)?,
                Err(error) => {
                    sql.delay(planned.id, runtime::now_ms() + retry_delay_ms(planned.tries))?;
                    done = Err(error);
                }
            }
        }
        self.arrange_alarm(&self.sql()?)?;
        done
    }

    /// Carries out the planned ends for a caller whose act has succeeded: a failure is logged, and the alarm goes on.
    pub(super) async fn try_session_ends(self: &Rc<Self>) {
        if let Err(error) = self.carry_out_session_ends().await {
            telemetry::call_failed("session-ends", &error);
        }
    }

    async fn end_planned(&self, planned: &PlannedEnd) -> Result<(), CallError> {
        let PlannedEnd { user, keep, reason, at, .. } = planned;
        let question = UserCall { user: UserId::parse(user)? };
        let ids = ListSessionIds::ask(&self.env, user, &question).await?;
        for (shard, sessions) in by_shard(ids) {
            let (user, keep, reason) = (user.clone(), keep.clone(), reason.clone());
            let question = EndSessionsCall { sessions, user, keep, began_until: Some(*at), reason, trace: None };
            EndSessions::ask(&self.env, &shard, &question).await?;
        }
        Ok(())
    }

    /// Ends the named sessions and remembered browsers of a person. Returns the number of browsers that were ended.
    pub(super) async fn end_sessions(self: &Rc<Self>, call: &EndSessionsCall) -> Result<u64, CallError> {
        let sql = self.sql()?;
        let mut ended = 0;
        for id in &call.sessions {
            ended += u64::from(self.end_named(&sql, id, call)?);
        }
        if let Some(trace) = &call.trace {
            let (actor, target) = (call.user.as_str(), call.user.as_str());
            let entry = AuditEntry { actor, action: "sessions_end", target, result: "ok" };
            self.audit(runtime::now_ms(), &entry, trace)?;
        }
        self.deliver().await?;
        Ok(ended)
    }

    /// Ends the session or remembered browser with this id. Returns `true` if there was one to end. A session and its remembered browser
    /// end together, by whichever of their ids comes first.
    fn end_named(self: &Rc<Self>, sql: &AuthSql, id: &str, call: &EndSessionsCall) -> Result<bool, Fault> {
        let EndSessionsCall { user, keep, reason, .. } = call;
        if keep.as_deref() == Some(id) {
            return Ok(false);
        }
        let began_in_time = |at: Millis| call.began_until.is_none_or(|until| at <= until);
        if let Some(stored) = self.by_id(sql, id)? {
            if stored.principal.user.as_str() != user || !began_in_time(stored.life.created_at) {
                return Ok(false);
            }
            self.forget_family_of(id, reason)?;
            self.end(sql, &stored, CloseCode::Unauthenticated.code(), reason)?;
            return Ok(true);
        }
        let is_kept = |family: &Family| keep.as_ref().is_some_and(|keep| *keep == family.principal.session);
        let family = self.accounts()?.family(id)?.filter(|family| {
            family.principal.user.as_str() == user && began_in_time(family.created_at) && !is_kept(family)
        });
        match family {
            Some(family) => self.end_family(&self.accounts()?, &family, reason).map(|()| true),
            None => Ok(false),
        }
    }
}
