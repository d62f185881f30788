//! Use of sessions (`sign-in.md` 2): when one was used last, and that use moves its end.
//!
//! Nobody waits for it: memory knows at once, rows follow within a second, many in one transaction. Should the object die in
//! between, sessions end by what they had before, which is less than a minute earlier.

use std::rc::{Rc, Weak};

use protocol::words::event::Millis;
use protocol::words::limits::{RATE_UNWRITTEN_MS_MAX, RATE_WRITTEN_EVERY_MS};
use protocol::words::principal::UserKind;
use protocol::words::rate::Counter;
use protocol::words::refusal::Fault;
use wasm_bindgen_futures::spawn_local;

use super::object::{AuthObject, Late};
use super::tables::{AuthSql, StoredSession};
use crate::calls::auth::{CachedSession, SessionsCall};
use crate::calls::{SessionChange, SessionExpiry, SlideCall};
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Timer};
use crate::{session_cache, telemetry};

/// Returns how far a stored time of use may lag behind the true one: uses within it cost no write. It is 0 for personas, which others
/// may take over to the second.
fn active_step_ms(stored: &StoredSession) -> Millis {
    if stored.principal.kind == UserKind::Persona { 0 } else { 10_000 }
}
/// Rows follow memory after this time.
const LATE_MS: Millis = RATE_WRITTEN_EVERY_MS;
/// The edge cache hears of a session again when it has slid by this much.
const CACHE_STEP_MS: Millis = 600_000;

/// The timer that writes what is late.
pub(super) fn timer(object: &Weak<AuthObject>) -> Timer {
    let object = Weak::clone(object);
    Timer::new(move || {
        let Some(object) = object.upgrade() else {
            return;
        };
        if let Err(fault) = object.sql().and_then(|sql| object.write_late(&sql)) {
            telemetry::fault("auth_use", &fault);
        }
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

    /// Last use. Without memory the row's time may lag, so the session counts as used for that much longer.
    pub(super) fn active_at(&self, stored: &StoredSession) -> Millis {
        let known = self.active_at.borrow().get(&stored.principal.session).copied();
        known.unwrap_or(stored.active_at + active_step_ms(stored))
    }

    // ---- using

    /// A call or a socket: slides, at most once per step of its rules.
    pub(super) fn used(self: &Rc<Self>, stored: &mut StoredSession, now: Millis) {
        self.note_active(stored, now);
        if stored.life.slide(&stored.rules(self.config), now) {
            self.write_later(stored, now, true, true);
        }
    }

    /// The person asked for more time: what they are answered is stored.
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

    /// Rooms report a session that writes once per minute, and of a persona when it paused.
    pub(super) fn slide_by_use(self: &Rc<Self>, call: &SlideCall) -> Result<Vec<SessionExpiry>, CallError> {
        self.slide_all(&call.sessions, |object, stored, now| object.note_active(stored, call.used_at.min(now)))
    }

    /// A heartbeat keeps a session alive, but the person may have left the desk: it is no use (`sign-in.md` 1, takeover).
    pub(super) fn slide_by_heartbeat(self: &Rc<Self>, call: &SessionsCall) -> Result<Vec<SessionExpiry>, CallError> {
        self.slide_all(&call.sessions, |_, _, _| ())
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

    /// Counts a REST call of a session, or of a browser that is remembered.
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

    fn write_later(&self, stored: &StoredSession, now: Millis, has_moved: bool, is_news: bool) {
        let mut late = self.late.borrow_mut();
        let warn_at = stored.life.warn_at(&stored.rules(self.config));
        let fresh = Late { life: stored.life, has_moved, is_news, warn_at };
        let entry = late.entry(stored.principal.session.clone()).or_insert(fresh);
        entry.life = stored.life;
        entry.warn_at = warn_at;
        entry.has_moved |= has_moved;
        entry.is_news |= is_news;
        self.writing.arrange(now, now + LATE_MS);
    }

    /// Brings rows up to what memory knows, and tells whoever has to know.
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
            // Of a session that has ended meanwhile nothing is known here any more.
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
            if late.is_news {
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

    /// Tells the edge cache. It is only ever trusted for what is public anyway, so nobody waits for it.
    pub(super) fn cache(self: &Rc<Self>, sql: &AuthSql, stored: &mut StoredSession, now: Millis) -> Result<(), Fault> {
        // What the edge takes for a session of the messenger must be one.
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
