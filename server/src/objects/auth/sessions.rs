//! Calls of the Worker about sessions, and the expiry of sessions.

use std::rc::Rc;

use protocol::people::session::{Life, SessionRules};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::limits::{BANNED_NETWORKS_MAX, TICKET_MS};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::{Fault, Refusal};
use subtle::ConstantTimeEq;
use wasm_bindgen_futures::spawn_local;

use super::address_move_tables::OpenMove;
use super::object::AuthObject;
use super::session_end_tables::PlannedEnd;
use super::tables::StoredSession;
use crate::calls::SessionChange;
use crate::calls::auth::{
    CheckCall, CreateCall, EndCall, LibrarySession, LogoutCall, NewSecretCall, Purpose, SessionCardCall, SessionRow,
    ValidSession,
};
use crate::kit::sql::{self, rows};
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::call_error::CallError;
use crate::{runtime, session_cache, telemetry};

impl AuthObject {
    pub(super) fn check(self: &Rc<Self>, call: &CheckCall) -> Result<ValidSession, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let stored = if call.is_ticket {
            let session = sql.take_ticket(&call.hash, now)?.ok_or(Refusal::Unauthenticated)?;
            self.by_id(&sql, &session)?
        } else {
            self.by_hash(&sql, &call.hash)?
        };
        let mut stored = stored.filter(|stored| !stored.life.is_over(now)).ok_or(Refusal::Unauthenticated)?;
        if stored.library.is_some() && !call.takes_library {
            return Err(Refusal::Unauthenticated.into());
        }
        // A page of another person also has that person's token. The page treats a wrong page and an ended session differently.
        check_page(call.page_of.as_deref(), &stored.principal)?;
        check_csrf(call.csrf.as_deref(), &stored.csrf)?;
        let session = stored.principal.session.clone();
        match &call.purpose {
            Purpose::Inspect => self.charge_call(&session, now)?,
            Purpose::Call => {
                self.charge_call(&session, now)?;
                self.used(&mut stored, now);
            }
            Purpose::Fresh => {
                self.charge_call(&session, now)?;
                self.used(&mut stored, now);
                let oldest = now.saturating_sub(self.config.limits.reauth_ms);
                sql.check_fresh(&session, oldest)?;
            }
            Purpose::Refresh => {
                self.charge_call(&session, now)?;
                self.refresh(&sql, &mut stored, now)?;
            }
            Purpose::Socket { log } => {
                if let Some(log) = log {
                    self.grants.borrow_mut().add(&session, log, now);
                }
                self.used(&mut stored, now);
            }
        }
        stored.principal.expires_at = stored.life.expires_at;
        Ok(valid(stored))
    }

    /// Returns the whole record of a session to its owner (`wasmchannel.md` 4.1, `get-session`).
    pub(super) fn session(self: &Rc<Self>, hash: &str) -> Result<LibrarySession, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let stored = self.by_hash(&sql, hash)?.filter(|stored| !stored.life.is_over(now));
        let mut stored = stored.ok_or(Refusal::Unauthenticated)?;
        self.charge_call(&stored.principal.session, now)?;
        let before = stored.life;
        self.used(&mut stored, now);
        stored.principal.expires_at = stored.life.expires_at;
        Ok(LibrarySession {
            principal: stored.principal,
            library: stored.library,
            user_agent: stored.agent,
            created_at: stored.life.created_at,
            updated_at: stored.life.slid_at,
            was_renewed: stored.life != before,
        })
    }

    pub(super) fn create(self: &Rc<Self>, call: CreateCall) -> Result<ValidSession, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let CreateCall { trace, hash, mut principal, card, csrf, user_agent, family, browser, library } = call;
        let rules = if library.is_some() { SessionRules::LIBRARY } else { SessionRules::of(&self.config.limits) };
        let life = Life::begin(&rules, now);
        principal.expires_at = life.expires_at;
        let agent: String = user_agent.chars().take(200).collect();
        if let Some(family) = &family {
            self.remember(family, &principal, &agent, now)?;
        }
        if let Some(browser) = &browser {
            self.go_on_in(browser, &principal, now)?;
        }
        let mut stored = StoredSession {
            hash,
            principal,
            card,
            csrf,
            agent,
            life,
            active_at: now,
            cached_at: now,
            warn_at: life.warn_at(&rules),
            library,
        };
        sql.insert(&stored, trace.is_some().then_some(now))?;
        if let Some(trace) = trace {
            let (actor, target) = (stored.principal.user.as_str(), stored.principal.session.as_str());
            self.audit(now, &AuditEntry { actor, action: "login", target, result: "ok" }, &trace)?;
        }
        if stored.warn_at.is_some() {
            sql.save_life(&stored.principal.session, &life, stored.warn_at)?;
        }
        self.active_at.borrow_mut().insert(stored.principal.session.clone(), now);
        self.cache(&sql, &mut stored, now)?;
        self.arrange_alarm(&sql)?;
        Ok(valid(stored))
    }

    /// Replaces the token of a session. Its sockets and CSRF token stay, so pages and programs with the new token continue.
    pub(super) fn replace_token(self: &Rc<Self>, call: &NewSecretCall) -> Result<(), CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let stored = self.by_id(&sql, &call.session)?.filter(|stored| !stored.life.is_over(now));
        let mut stored = stored.ok_or(Refusal::Unauthenticated)?;
        sql.save_hash(&call.session, &call.hash)?;
        let (object, before) = (Rc::clone(self), std::mem::replace(&mut stored.hash, call.hash.clone()));
        spawn_local(async move { session_cache::delete_session(&object.env, &before).await });
        Ok(self.cache(&sql, &mut stored, now)?)
    }

    pub(super) async fn logout(self: &Rc<Self>, call: &LogoutCall) -> Result<(), CallError> {
        let sql = self.sql()?;
        let is_meant = |stored: &StoredSession| {
            let (is_demo, is_library) = (stored.principal.user.is_demo(), stored.library.is_some());
            (call.takes_demo || !is_demo) && (call.takes_library || !is_library)
        };
        let Some(stored) = self.by_hash(&sql, &call.hash)?.filter(is_meant) else {
            return Ok(());
        };
        check_csrf(call.csrf.as_deref(), &stored.csrf)?;
        self.forget_family_of(&stored.principal.session, "logout")?;
        self.end(&sql, &stored, CloseCode::Unauthenticated.code(), "logout")?;
        let (actor, target) = (stored.principal.user.as_str(), stored.principal.session.as_str());
        self.audit(runtime::now_ms(), &AuditEntry { actor, action: "logout", target, result: "ok" }, &call.trace)?;
        self.deliver().await?;
        Ok(())
    }

    pub(super) async fn end_by_owner(self: &Rc<Self>, call: &EndCall) -> Result<(), CallError> {
        let sql = self.sql()?;
        let stored = self.by_id(&sql, &call.session)?.filter(|stored| stored.principal.user.as_str() == call.user);
        match stored {
            Some(stored) => {
                self.forget_family_of(&call.session, &call.reason)?;
                self.end(&sql, &stored, call.code, &call.reason)?;
            }
            None if self.end_family_by_owner(&call.session, &call.user, &call.reason)? => {}
            None => return Err(Refusal::NotFound.into()),
        }
        self.deliver().await?;
        Ok(())
    }

    pub(super) fn ticket(&self, call: &NewSecretCall) -> Result<Millis, CallError> {
        let expires_at = runtime::now_ms() + TICKET_MS;
        self.sql()?.add_ticket(&call.hash, &call.session, expires_at)?;
        Ok(expires_at)
    }

    pub(super) fn list(&self, sessions: &[String]) -> Result<Vec<SessionRow>, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let mut rows = Vec::new();
        for id in sessions {
            if let Some(stored) = self.by_id(&sql, id)?.filter(|stored| !stored.life.is_over(now)) {
                rows.push(SessionRow {
                    id: id.clone(),
                    last_seen_at: self.active_at(&stored).min(now),
                    user_agent: stored.agent,
                    created_at: stored.life.created_at,
                    expires_at: stored.life.expires_at,
                });
            } else {
                rows.extend(self.sleeping_device(id, now)?);
            }
        }
        Ok(rows)
    }

    /// Lists the networks from which a person has signed in here, the newest first, by the audit log (`moderation.md` 2).
    pub(super) fn networks_of(&self, user: &str) -> Result<Vec<String>, CallError> {
        self.sql()?;
        let query = "SELECT address FROM audit WHERE actor = ? AND action = 'login' AND address <> '' \
                     GROUP BY address ORDER BY max(place) DESC LIMIT ?";
        let values = [user.into(), (BANNED_NETWORKS_MAX as u64).into()];
        Ok(rows(&sql::of(&self.state), query, &values, |row| row.text(0))?)
    }

    /// Returns the time since the last use of each session, in the order of the call; `null` for one that has ended.
    pub(super) fn idle(&self, sessions: &[String]) -> Result<Vec<Option<Millis>>, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let idle_of = |id: &String| -> Result<Option<Millis>, CallError> {
            let stored = self.by_id(&sql, id)?.filter(|stored| !stored.life.is_over(now));
            Ok(stored.map(|stored| now.saturating_sub(self.active_at(&stored))))
        };
        sessions.iter().map(idle_of).collect()
    }

    /// Stores the person's new card, which later sockets and messages use. The card of a guest or persona who got an account makes the
    /// session one of an account (`account.md` 10).
    pub(super) fn card(self: &Rc<Self>, call: &SessionCardCall) -> Result<bool, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let Some(mut stored) = self.by_id(&sql, &call.session)?.filter(|stored| !stored.life.is_over(now)) else {
            return Ok(false);
        };
        if stored.card.version < call.card.version {
            stored.principal.name.clone_from(&call.card.name);
            stored.principal.avatar.clone_from(&call.card.avatar);
            let is_new_account = call.card.is_account && stored.principal.kind != UserKind::User;
            if is_new_account {
                stored.principal.kind = UserKind::User;
            }
            sql.save_card(&stored.principal, &call.card)?;
            if is_new_account {
                self.cache(&sql, &mut stored, now)?;
            }
        }
        Ok(true)
    }

    // ---- time

    pub(super) async fn time_passed(self: &Rc<Self>) -> Result<(), Fault> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        telemetry::logged("audit", audit_log::maintain(&self.env, &self.state).await);
        telemetry::logged("mail", self.send_due_mails(now));
        telemetry::logged("address_moves", self.jobs.run_due::<OpenMove>(&sql::of(&self.state), self).await);
        self.end_families_due(now)?;
        self.write_late(&sql)?;
        let (ended, warned) = sql.due(now)?;
        for stored in &ended {
            self.end(&sql, stored, CloseCode::Unauthenticated.code(), "expired")?;
        }
        for stored in &warned {
            let session = &stored.principal.session;
            sql.warned(session)?;
            let change = SessionChange::Ending { expires_in_ms: stored.life.expires_at.saturating_sub(now) };
            self.notify_person(&stored.principal, change);
        }
        self.links()?.remove_expired(now)?;
        telemetry::logged("session-ends", self.jobs.run_due::<PlannedEnd>(&sql::of(&self.state), self).await);
        // `deliver` also arranges the next alarm.
        self.deliver().await
    }
}

fn valid(stored: StoredSession) -> ValidSession {
    let StoredSession { principal, card, csrf, life, .. } = stored;
    ValidSession { principal, card, csrf, began_at: life.created_at }
}

/// Refuses a call that comes from a page of another person.
fn check_page(page_of: Option<&str>, principal: &Principal) -> Result<(), Refusal> {
    match page_of {
        Some(person) if person != principal.user.as_str() => Err(Refusal::SessionChanged),
        _ => Ok(()),
    }
}

fn check_csrf(given: Option<&str>, own: &str) -> Result<(), Refusal> {
    match given {
        Some(given) if !bool::from(given.as_bytes().ct_eq(own.as_bytes())) => Err(Refusal::Csrf),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use protocol::words::ids::{RoomId, RoomRules, UserId};

    use super::*;

    #[test]
    fn a_page_of_another_person_and_a_wrong_csrf_token_are_told_apart() {
        let room = RoomId::parse("general", &RoomRules { public: vec!["general".to_owned()], open: false }).unwrap();
        let principal = Principal::reader(UserId::parse("user_1").unwrap(), &room, "s1".to_owned(), 0);
        let page = |of| check_page(of, &principal);
        assert_eq!((page(None), page(Some("user_1"))), (Ok(()), Ok(())));
        assert_eq!(
            [page(Some("user_2")), page(Some(""))],
            [Err(Refusal::SessionChanged), Err(Refusal::SessionChanged)]
        );
        let csrf = |given| check_csrf(given, "token");
        assert_eq!((csrf(None), csrf(Some("token"))), (Ok(()), Ok(())), "a call without a page has none");
        assert!(["", "toke", "token ", "Token"].iter().all(|given| csrf(Some(given)) == Err(Refusal::Csrf)));
    }
}
