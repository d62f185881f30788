//! Notifications about the end of a session (`core.md` 5). The end must reach every recipient; a moved expiry may get lost.
//!
//! The person's own object knows the sockets of a session. It closes those of devices, and has rooms close the others. This object notifies
//! only rooms that checked the session within the last seconds, because their reports may be on the way.

use std::rc::Rc;

use protocol::words::event::Millis;
use protocol::words::principal::Principal;
use protocol::words::refusal::Fault;
use wasm_bindgen_futures::spawn_local;
use worker::Env;

use super::object::AuthObject;
use super::session_end_tables::SessionEnd;
use super::tables::{AuthSql, StoredSession};
use crate::calls::room::SendSessionChange;
use crate::calls::{SessionCall, SessionChange};
use crate::kit::jobs::{Attempt, Job, Outcome};
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::kit::sql;
use crate::runtime::call_error::CallError;
use crate::{runtime, session_cache, telemetry};

/// Time for a delivery before the alarm repeats it.
const DELIVERY_MS: Millis = 2_000;

impl Job for SessionEnd {
    const KIND: &'static str = "news";
    type Context = Rc<AuthObject>;

    async fn run(&self, object: &Rc<AuthObject>, _: Attempt<'_>) -> Outcome {
        Outcome::of("session", notify_log(&object.env, &self.log, &self.session, &self.what).await)
    }
}

impl AuthObject {
    /// Ends a session, which is unknown from then on. [`Self::deliver`] repeats the notifications until they succeed.
    pub(super) fn end(
        self: &Rc<Self>,
        sql: &AuthSql,
        stored: &StoredSession,
        code: u16,
        reason: &str,
    ) -> Result<(), Fault> {
        let (now, session) = (runtime::now_ms(), stored.principal.session.as_str());
        let mut logs = vec![format!("me:{}", stored.principal.user)];
        logs.extend(self.grants.borrow_mut().take(session, now));
        let change = SessionChange::Ended { code, reason: reason.to_owned() };
        self.in_one_step(|| {
            logs.iter().try_for_each(|log| self.add_end(session, log, &change, now))?;
            sql.remove(session)
        })?;
        self.late.borrow_mut().remove(session);
        self.active_at.borrow_mut().remove(session);
        self.calls.borrow_mut().remove(session);
        // The alarm continues if this object stops before all notifications are sent.
        self.ring_by(now + DELIVERY_MS);
        let (object, hash) = (Rc::clone(self), stored.hash.clone());
        spawn_local(async move { session_cache::delete_session(&object.env, &hash).await });
        Ok(())
    }

    pub(super) fn add_end(&self, session: &str, log: &str, what: &SessionChange, now: Millis) -> Result<(), Fault> {
        let end = SessionEnd { session: session.to_owned(), log: log.to_owned(), what: what.clone() };
        self.jobs.add(&sql::of(&self.state), &format!("{log} {session}"), &end, now)
    }

    /// Sends pending notifications to all logs concurrently. The alarm repeats failures.
    pub(super) async fn deliver(self: &Rc<Self>) -> Result<(), Fault> {
        let sql = self.sql()?;
        self.jobs.run_due::<SessionEnd>(&sql::of(&self.state), self).await?;
        self.arrange_alarm(&sql)
    }

    /// Sends a person a notification about their session that may get lost.
    pub(super) fn notify_person(self: &Rc<Self>, principal: &Principal, change: SessionChange) {
        let (object, session, log) = (Rc::clone(self), principal.session.clone(), format!("me:{}", principal.user));
        spawn_local(async move {
            telemetry::logged("session", notify_log(&object.env, &log, &session, &change).await);
        });
    }
}

async fn notify_log(env: &Env, log: &str, session: &str, what: &SessionChange) -> Result<(), CallError> {
    let (namespace, owner) = match log.split_once(':') {
        Some(("rm", room)) => (Namespace::Room, room),
        Some(("me", user)) => (Namespace::Person, user),
        _ => return Err(Fault(format!("{log} is no log of sessions")).into()),
    };
    let question = SessionCall { session: session.to_owned(), what: what.clone() };
    SendSessionChange::ask_in(env, namespace, owner, &question).await
}
