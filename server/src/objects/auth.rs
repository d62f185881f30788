//! The Durable Object of sessions (`core.md` 4, `messenger.md` 2.2): strongly consistent, revoked at once.
//!
//! One of 16 shards. Knows per session the logs that have live sockets and calls them when the session ends. Tokens are known
//! here by their SHA-256 only; who may sign in at all was decided before.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::event::Millis;
use protocol::limits::{PRINCIPAL_SOCKETS_MAX, SESSION_SLIDE_MS, TICKET_MS};
use protocol::rate::Counter;
use protocol::refusal::{Fault, Refusal};
use protocol::session::Life;
use subtle::ConstantTimeEq;
use wasm_bindgen_futures::spawn_local;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::auth_news::listeners;
use super::auth_sql::{AuthSql, Stored};
use super::call::{CallError, answer};
use super::calls::{SessionNews, Slid, SlideCall, SocketCall};
use super::calls_auth::{
    CachedSession, CheckCall, Checked, CreateCall, EndCall, LogoutCall, Purpose, SessionRow, SessionsCall, Ticket,
    TicketCall,
};
use super::runtime;
use crate::config::Config;
use crate::platform::kv;
use crate::telemetry;

/// How far a stored time of use may lag behind the true one: uses within it cost no write.
const ACTIVE_STEP_MS: Millis = 10_000;
/// The edge cache hears of a session again when it has slid by this much.
const CACHE_STEP_MS: Millis = 600_000;

/// See the module's description.
#[durable_object]
pub struct Auth(Rc<AuthObject>);

pub(super) struct AuthObject {
    pub(super) state: State,
    pub(super) env: Env,
    pub(super) config: &'static Config,
    /// When each session was last used, exactly; a session that is not here is known from its row.
    pub(super) active_at: RefCell<BTreeMap<String, Millis>>,
    /// REST calls per session.
    pub(super) calls: RefCell<BTreeMap<String, Counter>>,
    alarm_at: Cell<Option<Millis>>,
}

impl DurableObject for Auth {
    fn new(state: State, env: Env) -> Self {
        let config = Config::of(&env);
        let (active_at, calls, alarm_at) = Default::default();
        Self(Rc::new(AuthObject { state, env, config, active_at, calls, alarm_at }))
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let object = &self.0;
        match request.path().as_str() {
            "/check" => answer(object.check(&request.json().await?)),
            "/create" => answer(object.create(request.json().await?)),
            "/logout" => answer(object.logout(&request.json().await?).await),
            "/end" => answer(object.end_by_owner(&request.json().await?).await),
            "/ticket" => answer(object.ticket(&request.json().await?)),
            "/list" => answer(object.list(&request.json().await?)),
            "/idle" => answer(object.idle(&request.json().await?)),
            "/slide" => answer(object.slide_by_use(&request.json().await?)),
            "/alive" => answer(object.slide_by_heartbeat(&request.json().await?)),
            "/account-attempt" => answer(object.attempt(&request.json().await?)),
            "/account-opened" => answer(object.opened(&request.json().await?)),
            "/account-register" => answer(object.register(&request.json().await?)),
            "/refresh-look" => answer(object.look(&request.json().await?).await),
            "/refresh-rotate" => answer(object.rotate(request.json().await?).await),
            "/refresh-forget" => answer(object.forget(&request.json().await?).await),
            "/socket" => answer(object.socket(&request.json().await?)),
            "/health" => Response::ok("ok"),
            _ => Response::error("no such call", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.alarm_at.set(None);
        if let Err(fault) = self.0.time_passed().await {
            telemetry::fault("auth_alarm", &fault);
        }
        Response::ok("")
    }
}

impl AuthObject {
    pub(super) fn sql(&self) -> Result<AuthSql, Fault> {
        AuthSql::open(self.state.storage().sql())
    }

    // ---- what the Worker asks

    fn check(self: &Rc<Self>, call: &CheckCall) -> Result<Checked, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let stored = if call.is_ticket {
            let session = sql.take_ticket(&call.hash, now)?.ok_or(Refusal::Unauthenticated)?;
            sql.by_id(&session)?
        } else {
            sql.by_hash(&call.hash)?
        };
        let mut stored = stored.filter(|stored| !stored.life.is_over(now)).ok_or(Refusal::Unauthenticated)?;
        check_csrf(call.csrf.as_deref(), &stored.csrf)?;
        let session = stored.principal.session.clone();
        match &call.purpose {
            Purpose::Look => self.charge_call(&session, now)?,
            Purpose::Call => {
                self.charge_call(&session, now)?;
                self.used(&sql, &mut stored, now, false)?;
            }
            Purpose::Refresh => {
                self.charge_call(&session, now)?;
                self.used(&sql, &mut stored, now, true)?;
            }
            Purpose::Socket { log } => {
                if let Some(log) = log {
                    register_socket(&sql, &session, log)?;
                }
                self.used(&sql, &mut stored, now, false)?;
            }
        }
        stored.principal.expires_at = stored.life.expires_at;
        Ok(Checked { principal: stored.principal, csrf: stored.csrf })
    }

    pub(super) fn charge_call(&self, session: &str, now: Millis) -> Result<(), Refusal> {
        self.calls.borrow_mut().entry(session.to_owned()).or_default().charge(&self.config.rules.rest, now)
    }

    pub(super) fn create(self: &Rc<Self>, call: CreateCall) -> Result<Checked, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let CreateCall { hash, mut principal, csrf, user_agent, family } = call;
        let life = Life::begin(&self.config.session, now);
        principal.expires_at = life.expires_at;
        let agent: String = user_agent.chars().take(200).collect();
        if let Some(family) = &family {
            self.remember(family, &principal, &agent, now)?;
        }
        let mut stored = Stored {
            hash,
            principal,
            csrf,
            agent,
            life,
            active_at: now,
            cached_at: now,
            warn_at: life.warn_at(&self.config.session),
        };
        sql.insert(&stored)?;
        if stored.warn_at.is_some() {
            sql.save_life(&stored.principal.session, &life, stored.warn_at)?;
        }
        self.active_at.borrow_mut().insert(stored.principal.session.clone(), now);
        self.cache(&sql, &mut stored, now)?;
        self.arrange_alarm(&sql)?;
        Ok(Checked { principal: stored.principal, csrf: stored.csrf })
    }

    async fn logout(self: &Rc<Self>, call: &LogoutCall) -> Result<(), CallError> {
        let sql = self.sql()?;
        let Some(stored) = sql.by_hash(&call.hash)? else {
            return Ok(());
        };
        check_csrf(call.csrf.as_deref(), &stored.csrf)?;
        self.forget_family_of(&stored.principal.session, "logout")?;
        self.end(&sql, &stored, 4401, "logout")?;
        self.deliver().await?;
        Ok(())
    }

    async fn end_by_owner(self: &Rc<Self>, call: &EndCall) -> Result<(), CallError> {
        let sql = self.sql()?;
        let stored = sql.by_id(&call.session)?.filter(|stored| stored.principal.user.as_str() == call.user);
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

    fn ticket(&self, call: &TicketCall) -> Result<Ticket, CallError> {
        let expires_at = runtime::now_ms() + TICKET_MS;
        self.sql()?.add_ticket(&call.hash, &call.session, expires_at)?;
        Ok(Ticket { expires_at })
    }

    fn list(&self, call: &SessionsCall) -> Result<Vec<SessionRow>, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let mut rows = Vec::new();
        for id in &call.sessions {
            if let Some(stored) = sql.by_id(id)?.filter(|stored| !stored.life.is_over(now)) {
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

    /// How long each living session has not been used, in the order asked; `null` for one that has ended.
    fn idle(&self, call: &SessionsCall) -> Result<Vec<Option<Millis>>, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let idle_of = |id: &String| -> Result<Option<Millis>, CallError> {
            let stored = sql.by_id(id)?.filter(|stored| !stored.life.is_over(now));
            Ok(stored.map(|stored| now.saturating_sub(self.active_at(&stored))))
        };
        call.sessions.iter().map(idle_of).collect()
    }

    // ---- what rooms and people report

    /// Rooms report a session that writes at most once per [`SESSION_SLIDE_MS`]: until then it may be in use without our knowing.
    fn slide_by_use(self: &Rc<Self>, call: &SlideCall) -> Result<Vec<Slid>, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        self.slide_all(&sql, &call.sessions, now, |object, sql, stored| {
            object.note_active(sql, stored, now + SESSION_SLIDE_MS)
        })
    }

    /// A heartbeat keeps a session alive, but the person may have left the desk: it is no use (`messenger.md` 2.1, takeover).
    fn slide_by_heartbeat(self: &Rc<Self>, call: &SessionsCall) -> Result<Vec<Slid>, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        self.slide_all(&sql, &call.sessions, now, |_, _, _| Ok(()))
    }

    fn slide_all(
        self: &Rc<Self>,
        sql: &AuthSql,
        sessions: &[String],
        now: Millis,
        note: impl Fn(&Self, &AuthSql, &Stored) -> Result<(), Fault>,
    ) -> Result<Vec<Slid>, CallError> {
        let mut answers = Vec::new();
        for id in sessions {
            let Some(mut stored) = sql.by_id(id)?.filter(|stored| !stored.life.is_over(now)) else {
                continue;
            };
            note(self, sql, &stored)?;
            if stored.life.slide(&self.config.session, now) {
                self.save_slide(sql, &mut stored, now)?;
            }
            let expires_at = stored.life.expires_at;
            answers.push(Slid { session: id.clone(), expires_at, ending_in_ms: None });
        }
        Ok(answers)
    }

    fn socket(&self, call: &SocketCall) -> Result<(), CallError> {
        let sql = self.sql()?;
        if call.open {
            sql.open_socket(&call.session, &call.log)?;
        } else {
            sql.close_socket(&call.session, &call.log)?;
        }
        Ok(())
    }

    // ---- using and sliding

    fn used(self: &Rc<Self>, sql: &AuthSql, stored: &mut Stored, now: Millis, at_once: bool) -> Result<(), Fault> {
        self.note_active(sql, stored, now)?;
        let rules = &self.config.session;
        let has_moved = if at_once { stored.life.slide_now(rules, now) } else { stored.life.slide(rules, now) };
        if has_moved {
            self.save_slide(sql, stored, now)?;
            let news = SessionNews::Slid { expires_at: stored.life.expires_at };
            self.tell(stored.principal.session.clone(), listeners(sql, stored)?, news);
        }
        Ok(())
    }

    fn note_active(&self, sql: &AuthSql, stored: &Stored, at: Millis) -> Result<(), Fault> {
        let session = &stored.principal.session;
        let known = self.active_at.borrow().get(session).copied().unwrap_or(0);
        self.active_at.borrow_mut().insert(session.clone(), known.max(at));
        if at >= stored.active_at + ACTIVE_STEP_MS {
            sql.save_active(session, at)?;
        }
        Ok(())
    }

    /// Last use. Without memory the row's time may lag, so the session counts as used for that much longer.
    fn active_at(&self, stored: &Stored) -> Millis {
        let known = self.active_at.borrow().get(&stored.principal.session).copied();
        known.unwrap_or(stored.active_at + ACTIVE_STEP_MS)
    }

    fn save_slide(self: &Rc<Self>, sql: &AuthSql, stored: &mut Stored, now: Millis) -> Result<(), Fault> {
        let warn_at = stored.life.warn_at(&self.config.session);
        sql.save_life(&stored.principal.session, &stored.life, warn_at)?;
        if warn_at.is_some() {
            self.arrange_alarm(sql)?;
        }
        if now >= stored.cached_at + CACHE_STEP_MS {
            self.cache(sql, stored, now)?;
        }
        Ok(())
    }

    /// Tells the edge cache. It is only ever trusted for what is public anyway, so nobody waits for it.
    fn cache(self: &Rc<Self>, sql: &AuthSql, stored: &mut Stored, now: Millis) -> Result<(), Fault> {
        stored.cached_at = now;
        sql.save_cached(&stored.principal.session, now)?;
        let cached = CachedSession { principal: stored.principal.clone(), expires_at: stored.life.expires_at };
        let (object, hash) = (Rc::clone(self), stored.hash.clone());
        spawn_local(async move { kv::put_session(&object.env, &hash, &cached, now).await });
        Ok(())
    }

    // ---- time

    async fn time_passed(self: &Rc<Self>) -> Result<(), Fault> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        self.end_families_due(now)?;
        let (ended, warned) = sql.due(now)?;
        for stored in &ended {
            self.end(&sql, stored, 4401, "expired")?;
        }
        for stored in &warned {
            let session = &stored.principal.session;
            sql.warned(session)?;
            let news = SessionNews::Ending { expires_in_ms: stored.life.expires_at.saturating_sub(now) };
            self.tell(session.clone(), listeners(&sql, stored)?, news);
        }
        self.deliver().await
    }

    pub(super) fn arrange_alarm(&self, sql: &AuthSql) -> Result<(), Fault> {
        let next = [sql.next_due()?, self.accounts()?.next_family_due()?];
        if let Some(at) = next.into_iter().flatten().min() {
            self.ring_by(at);
        }
        Ok(())
    }

    pub(super) fn ring_by(&self, at: Millis) {
        if self.alarm_at.get().is_none_or(|known| known > at) {
            self.alarm_at.set(Some(at));
            runtime::set_alarm(&self.state, at);
        }
    }
}

fn register_socket(sql: &AuthSql, session: &str, log: &str) -> Result<(), CallError> {
    let logs = sql.logs_of(session)?;
    if logs.len() >= PRINCIPAL_SOCKETS_MAX && !logs.iter().any(|known| known == log) {
        return Err(Refusal::TooManySockets.into());
    }
    Ok(sql.open_socket(session, log)?)
}

fn check_csrf(given: Option<&str>, own: &str) -> Result<(), Refusal> {
    match given {
        Some(given) if !bool::from(given.as_bytes().ct_eq(own.as_bytes())) => Err(Refusal::Csrf),
        _ => Ok(()),
    }
}
