//! Use of sessions (`sign-in.md` 2): the time of the last use, and the extension by use.
//!
//! Memory changes at once, and rows follow within a second, many in one transaction, without delaying a caller. If the object stops in
//! between, sessions expire by their stored times, which are less than a minute earlier.

use std::rc::{Rc, Weak};

use protocol::words::event::Millis;
use protocol::words::limits::{RATE_UNWRITTEN_MS_MAX, RATE_WRITTEN_EVERY_MS};
use protocol::words::principal::UserKind;
use protocol::words::rate::Counter;
use protocol::words::refusal::Fault;
use wasm_bindgen_futures::spawn_local;

use super::object::{AuthObject, Late};
use super::tables::{AuthSql, StoredSession};
use crate::calls::auth::CachedSession;
use crate::calls::{SessionChange, SessionExpiry, SlideCall};
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Timer};
use crate::{session_cache, telemetry};

/// Returns the largest difference between the stored and the real time of use, within which a use causes no write. It is 0 for personas,
/// because a takeover needs the time to the second.
fn active_step_ms(stored: &StoredSession) -> Millis {
    if stored.principal.kind == UserKind::Persona { 0 } else { 10_000 }
}
/// Delay of the rows behind memory.
const LATE_MS: Millis = RATE_WRITTEN_EVERY_MS;
/// Extension after which the edge cache receives a session again.
const CACHE_STEP_MS: Millis = 600_000;

pub(super) fn timer(object: &Weak<AuthObject>) -> Timer {
    let object = Weak::clone(object);
    Timer::new(move || {
        let Some(object) = object.upgrade() else {
            return;
        };
        telemetry::logged("auth_use", object.sql().and_then(|sql| object.write_late(&sql)));
    })
}

impl AuthObject {
    // ---- looking

    pub(super) fn by_hash(&self, sql: &AuthSql, hash: &str) -> Result<Option<StoredSession>, Fault> {
        Ok(sql.by_hash(hash)?.map(|stored| self.as_it_is(stored)))
    }

    pub(super) fn by_id(&self, sql: &AuthSql, id: &str) -> Result<Option<StoredSession>, Fault> {
        Ok(sql.by_id(id)?.map(|stored| self.as_it_is(stored)))
    }

    fn as_it_is(&self, mut stored: StoredSession) -> StoredSession {
        if let Some(late) = self.late.borrow().get(&stored.principal.session) {
            stored.life = late.life;
            stored.principal.expires_at = late.life.expires_at;
        }
        stored
    }

    /// Returns the time of the last use. The stored time may lag behind, so without memory its largest lag is added.
    pub(super) fn active_at(&self, stored: &StoredSession) -> Millis {
        let known = self.active_at.borrow().get(&stored.principal.session).copied();
        known.unwrap_or(stored.active_at + active_step_ms(stored))
    }

    // ---- using

    /// Extends a session for a call or a socket, at most once per step of its rules.
    pub(super) fn used(self: &Rc<Self>, stored: &mut StoredSession, now: Millis) {
        self.note_active(stored, now);
        if stored.life.slide(&stored.rules(self.config), now) {
            self.write_later(stored, now, true, true);
        }
    }

    /// Extends a session at the person's request. The answer contains the stored time.
    pub(super) fn refresh(
        self: &Rc<Self>,
        sql: &AuthSql,
        stored: &mut StoredSession,
        now: Millis,
    ) -> Result<(), Fault> {
        self.note_active(stored, now);
        if stored.life.slide_now(&stored.rules(self.config), now) {
            self.write_later(stored, now, true, true);
            self.write_late(sql)?;
        }
        Ok(())
    }

    /// Extends a session that a room reports. Rooms report an active session once a minute, and a persona's session when it paused.
    pub(super) fn slide_by_use(self: &Rc<Self>, call: &SlideCall) -> Result<Vec<SessionExpiry>, CallError> {
        self.slide_all(&call.sessions, |object, stored, now| object.note_active(stored, call.used_at.min(now)))
    }

    /// Extends a session by a heartbeat, which is no use: the person may be away (`sign-in.md` 1, takeover).
    pub(super) fn slide_by_heartbeat(self: &Rc<Self>, sessions: &[String]) -> Result<Vec<SessionExpiry>, CallError> {
        self.slide_all(sessions, |_, _, _| ())
    }

    fn slide_all(
        self: &Rc<Self>,
        sessions: &[String],
        note: impl Fn(&Self, &StoredSession, Millis),
    ) -> Result<Vec<SessionExpiry>, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let mut answers = Vec::new();
        for id in sessions {
            let Some(mut stored) = self.by_id(&sql, id)?.filter(|stored| !stored.life.is_over(now)) else {
                continue;
            };
            note(self, &stored, now);
            if stored.life.slide(&stored.rules(self.config), now) {
                self.write_later(&stored, now, true, false);
            }
            let expires_at = stored.life.expires_at;
            answers.push(SessionExpiry { session: id.clone(), expires_at, ending_in_ms: None });
        }
        Ok(answers)
    }

    fn note_active(&self, stored: &StoredSession, at: Millis) {
        let session = &stored.principal.session;
        let known = self.active_at.borrow().get(session).copied().unwrap_or(0);
        self.active_at.borrow_mut().insert(session.clone(), known.max(at));
        if at >= stored.active_at + active_step_ms(stored) {
            self.write_later(stored, runtime::now_ms(), false, false);
        }
    }

    /// Counts a REST call of a session or a remembered browser.
    pub(super) fn charge_call(&self, session: &str, now: Millis) -> Result<(), CallError> {
        let rule = &self.config.rules.rest;
        let is_written = rule.longest_ms() > RATE_UNWRITTEN_MS_MAX;
        if is_written && !self.calls.borrow().contains_key(session) {
            let known = self.sql()?.calls(session)?.unwrap_or_default();
            self.calls.borrow_mut().insert(session.to_owned(), Counter::restored(rule, &known));
        }
        let charged = self.calls.borrow_mut().entry(session.to_owned()).or_default().charge(rule, now);
        charged.inspect_err(|_| self.note_refused("rest"))?;
        if is_written {
            self.called.borrow_mut().insert(session.to_owned());
            self.writing.arrange(now, now + LATE_MS);
        }
        Ok(())
    }

    // ---- writing

    fn write_later(&self, stored: &StoredSession, now: Millis, has_moved: bool, needs_notification: bool) {
        let mut late = self.late.borrow_mut();
        let warn_at = stored.life.warn_at(&stored.rules(self.config));
        let fresh = Late { life: stored.life, has_moved, needs_notification, warn_at };
        let entry = late.entry(stored.principal.session.clone()).or_insert(fresh);
        entry.life = stored.life;
        entry.warn_at = warn_at;
        entry.has_moved |= has_moved;
        entry.needs_notification |= needs_notification;
        self.writing.arrange(now, now + LATE_MS);
    }

    /// Writes late changes to their rows and sends the notifications.
    pub(super) fn write_late(self: &Rc<Self>, sql: &AuthSql) -> Result<(), Fault> {
        let (late, called) = (self.late.borrow().clone(), self.called.borrow().clone());
        if late.is_empty() && called.is_empty() {
            return Ok(());
        }
        let mut result = Ok(());
        let committed = runtime::in_transaction(&self.state, || {
            let used = late.iter().try_for_each(|(session, late)| {
                if let Some(at) = self.active_at.borrow().get(session) {
                    sql.save_active(session, *at)?;
                }
                if late.has_moved {
                    sql.save_life(session, &late.life, late.warn_at)?;
                }
                Ok(())
            });
            // A session that has ended in the meantime is not in memory any more.
            let calls = self.calls.borrow();
            let mut known = called.iter().filter_map(|id| Some((id, calls.get(id)?)));
            result = used.and_then(|()| known.try_for_each(|(id, counter)| sql.save_calls(id, &counter.text())));
            result.is_ok()
        });
        result?;
        if !committed {
            return Err(Fault("the use of sessions did not commit".into()));
        }
        self.late.borrow_mut().clear();
        self.called.borrow_mut().clear();
        let now = runtime::now_ms();
        for (session, late) in &late {
            let Some(mut stored) = sql.by_id(session)? else {
                continue;
            };
            if late.needs_notification {
                self.notify_person(&stored.principal, SessionChange::Slid { expires_at: late.life.expires_at });
            }
            if now >= stored.cached_at + CACHE_STEP_MS {
                self.cache(sql, &mut stored, now)?;
            }
        }
        if late.values().any(|late| late.warn_at.is_some()) {
            self.arrange_alarm(sql)?;
        }
        Ok(())
    }

    /// Updates the edge cache in the background. The cache is only trusted for public data.
    pub(super) fn cache(self: &Rc<Self>, sql: &AuthSql, stored: &mut StoredSession, now: Millis) -> Result<(), Fault> {
        // The edge treats every cached session as one of the messenger.
        if stored.library.is_some() {
            return Ok(());
        }
        stored.cached_at = now;
        sql.save_cached(&stored.principal.session, now)?;
        let cached = CachedSession { principal: stored.principal.clone(), expires_at: stored.life.expires_at };
        let (object, hash) = (Rc::clone(self), stored.hash.clone());
        spawn_local(async move { session_cache::put_session(&object.env, &hash, &cached, now).await });
        Ok(())
    }
}
