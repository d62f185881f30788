//! Ends of many sessions of a person at once, and of what was made in them (`account.md` 4 and 6).
//!
//! An act that ends sessions adds a job with their ends in its own synchronous step. This object then asks the person's object for the
//! sessions, and their shards for the ends. The alarm retries failures, so every plan is carried out. The alarm ends only sessions that
//! began before the act, because the owner may have signed in since; a later passkey ends with its session. Bots, integrations and invites
//! do not store the session that made them, so all that exist when the ends are carried out end.

use std::rc::Rc;

use protocol::people::account::family::{Family, FamilyStore};
use protocol::people::session::shard_of_text;
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::refusal::Fault;

use super::object::AuthObject;
use super::session_end_tables::PlannedEnd;
use super::tables::AuthSql;
use crate::calls::auth::{EndSessions, EndSessionsCall};
use crate::calls::group::EndOwnPrograms;
use crate::calls::passkey::{EndPasskeys, EndPasskeysCall, PasskeysEnd};
use crate::calls::person::sessions_by_shard;
use crate::kit::jobs::{Attempt, Job, Outcome};
use crate::kit::request::Request;
use crate::kit::sql;
use crate::projection::audit_log::AuditEntry;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Time for the ends before the alarm retries them.
pub(super) const ENDING_MS: Millis = 2_000;

impl Job for PlannedEnd {
    const KIND: &'static str = "session_ends";
    const FIRST_MS: Millis = ENDING_MS;
    type Context = Rc<AuthObject>;

    /// Ends sessions with their passkeys, and then what was made in them, even if a session could not be ended yet.
    async fn run(&self, object: &Rc<AuthObject>, attempt: Attempt<'_>) -> Outcome {
        // In the act's own request, sessions that began since the act end as well, because its answer is not sent yet.
        let until = || if attempt.is_by_alarm { self.at } else { runtime::now_ms() };
        let sessions = object.end_planned_sessions(self, until).await;
        let programs = object.end_planned_programs(self).await;
        Outcome::of("session-ends", sessions.and(programs))
    }
}

/// Sessions that an act ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending<'a> {
    /// Session that continues, with its remembered browser.
    pub keep: Option<&'a str>,
    /// Passkeys of the account that end as well.
    pub passkeys: Option<PasskeysEnd>,
    /// Bots, integrations and invites that were made at this time or later end as well, because the owner cannot tell them from an
    /// intruder's. `None` if all stay.
    pub made_since: Option<Millis>,
    /// Reason for the sockets of the others.
    pub reason: &'a str,
}

impl AuthObject {
    /// Plans the end of all sessions and remembered browsers of `user` that began until `now`, in the transaction of the act. Returns the
    /// key of the plan, for [`Self::try_session_ends`].
    pub(super) fn plan_session_ends(&self, user: &str, ending: &Ending<'_>, now: Millis) -> Result<String, Fault> {
        let Ending { keep, passkeys, made_since, reason } = ending.clone();
        let (user, keep, reason) = (user.to_owned(), keep.map(str::to_owned), reason.to_owned());
        let (key, planned) = (runtime::new_uuid(), PlannedEnd { user, keep, reason, at: now, passkeys, made_since });
        self.jobs.add(&sql::of(&self.state), &key, &planned, now)?;
        Ok(key)
    }

    /// Carries out the ends of the caller's own act before anything else that takes time. The act has succeeded, so a failure is logged and
    /// the alarm retries.
    pub(super) async fn try_session_ends(self: &Rc<Self>, key: String) {
        let done = self.jobs.run_now::<PlannedEnd>(&sql::of(&self.state), self, &key).await;
        if let Err(fault) = done.and_then(|()| self.arrange_alarm(&self.sql()?)) {
            self.retry_after("session-ends", &fault);
        }
    }

    /// Ends sessions and passkeys that began until this time. Passkeys end first, so that they begin no further session, and once more after
    /// the sessions, because one of those may have made a passkey.
    async fn end_planned_sessions(&self, planned: &PlannedEnd, until: impl Fn() -> Millis) -> Result<(), CallError> {
        let PlannedEnd { user, keep, reason, .. } = planned;
        self.end_planned_passkeys(planned, until()).await?;
        for (shard, sessions) in sessions_by_shard(&self.env, &UserId::parse(user)?).await? {
            let (user, keep, reason) = (user.clone(), keep.clone(), reason.clone());
            let question = EndSessionsCall { sessions, user, keep, began_until: Some(until()), reason, trace: None };
            EndSessions::ask(&self.env, &shard, &question).await?;
        }
        self.end_planned_passkeys(planned, until()).await
    }

    async fn end_planned_passkeys(
        &self,
        PlannedEnd { user, keep, passkeys, .. }: &PlannedEnd,
        until: Millis,
    ) -> Result<(), CallError> {
        let Some(ending) = passkeys.clone() else { return Ok(()) };
        let question = EndPasskeysCall { user: user.clone(), until, keep_session: keep.clone(), ending };
        EndPasskeys::ask(&self.env, &shard_of_text(user), &question).await
    }

    async fn end_planned_programs(&self, PlannedEnd { user, made_since, .. }: &PlannedEnd) -> Result<(), CallError> {
        if made_since.is_none() {
            return Ok(());
        }
        EndOwnPrograms::ask(&self.env, user, made_since).await
    }

    /// Ends the named sessions and remembered browsers of a person. Returns the number of ended browsers.
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

    /// Ends the session or remembered browser with this id. Returns `true` if there was one. A session and its remembered browser end
    /// together.
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
