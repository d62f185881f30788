//! The Durable Object of sessions (`core.md` 4, `sign-in.md` 2): strongly consistent, revoked at once.
//!
//! One of 16 shards. Tells the person's own object when a session ends, which knows where its sockets are. Tokens are known here
//! by their SHA-256 only; who may sign in at all was decided before. What use does to a session is in `auth::usage`.

mod account_tables;
mod accounts;
mod notifications;
mod passkey_tables;
mod passkeys;
pub(super) mod refresh;
mod tables;
mod usage;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};

use protocol::people::session::{Life, SessionRules};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::limits::TICKET_MS;
use protocol::words::principal::Principal;
use protocol::words::rate::Counter;
use protocol::words::refusal::{Fault, Refusal};
use subtle::ConstantTimeEq;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use self::notifications::Grants;
use self::tables::{AuthSql, Stored};
use self::usage::Late;
use crate::calls::SessionChange;
use crate::calls::account::{
    AddAccount, BeginSignIn, ConfirmSignIn, EndBrowser, FindAccount, FindBrowser, ForgetBrowser, ReadRefresh,
    RecordRefusal, RemoveAccount, RotateRefresh,
};
use crate::calls::auth::{
    AddTicket, CheckCall, CheckSession, CreateCall, CreateSession, EndCall, EndSession, KeepSessionsAlive,
    LibrarySession, ListSessions, LogoutCall, Purpose, ReadIdleTimes, ReadSession, SessionCardCall, SessionLookCall,
    SessionRow, SessionsCall, SignOut, SlideSessions, Ticket, TicketCall, UpdateCard, ValidSession,
};
use crate::calls::backfill::ReadBackfill;
use crate::calls::passkey::{
    AddChallenge, AddPasskey, FindPasskey, ListPasskeys, RemovePasskey, RenamePasskey, TakeChallenge, UsePasskey,
};
use crate::config::Config;
use crate::kit::alarm::Alarm;
use crate::kit::refusals::Refusals;
use crate::kit::request::answers;
use crate::kit::sql;
use crate::kit::trace::Trace;
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Timer};
use crate::telemetry;

/// See the module's description.
#[durable_object]
pub struct Auth(Rc<AuthObject>);

struct AuthObject {
    state: State,
    env: Env,
    config: &'static Config,
    tables: OnceCell<AuthSql>,
    /// When each session was last used, exactly; a session that is not here is known from its row.
    active_at: RefCell<BTreeMap<String, Millis>>,
    /// REST calls per session, and of which sessions they are not in their rows yet.
    calls: RefCell<BTreeMap<String, Counter>>,
    called: RefCell<BTreeSet<String>>,
    /// Changes by use of sessions that are not in their rows yet.
    late: RefCell<BTreeMap<String, Late>>,
    /// Timer that writes them there.
    writing: Timer,
    /// Sockets that the person's own object may not know of yet.
    grants: RefCell<Grants>,
    alarm: Alarm,
    refusals: Refusals,
}

impl DurableObject for Auth {
    fn new(state: State, env: Env) -> Self {
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<AuthObject>| {
            let (tables, active_at, calls, called, late, grants, alarm, refusals) = Default::default();
            let writing = usage::timer(object);
            AuthObject { state, env, config, tables, active_at, calls, called, late, writing, grants, alarm, refusals }
        }))
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let object = &self.0;
        answers! { request:
            ReadSession => |call| object.session(&call),
            CheckSession => |call| object.check(&call),
            CreateSession => |call| object.create(call),
            SignOut => |call| object.logout(&call).await,
            EndSession => |call| object.end_by_owner(&call).await,
            AddTicket => |call| object.ticket(&call),
            ListSessions => |call| object.list(&call),
            ReadIdleTimes => |call| object.idle(&call),
            SlideSessions => |call| object.slide_by_use(&call),
            KeepSessionsAlive => |call| object.slide_by_heartbeat(&call),
            BeginSignIn => |call| object.attempt(&call),
            ConfirmSignIn => |call| object.opened(&call),
            RecordRefusal => |call| object.refused(&call),
            AddAccount => |call| object.register(&call),
            FindAccount => |user| object.account_of(&user),
            RemoveAccount => |user| object.forget_account(&user),
            ReadRefresh => |call| object.read_principal(&call).await,
            RotateRefresh => |call| object.rotate(call).await,
            FindBrowser => |call| object.whose(&call),
            ForgetBrowser => |call| object.drop_shown(&call).await,
            EndBrowser => |call| object.forget(&call).await,
            AddChallenge => |call| object.ask_passkey(&call),
            TakeChallenge => |call| object.take_challenge(&call),
            ListPasskeys => |user| object.passkeys_of(&user),
            FindPasskey => |call| object.look_at_passkey(&call),
            AddPasskey => |call| object.add_passkey(&call),
            RenamePasskey => |call| object.name_passkey(&call),
            RemovePasskey => |call| object.remove_passkey(&call),
            UsePasskey => |call| object.use_passkey(&call),
            ReadBackfill => |call| object.read_backfill(&call),
            UpdateCard => |call| object.card(&call),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.alarm.clear();
        if let Err(fault) = self.0.time_passed().await {
            telemetry::fault("auth_alarm", &fault);
        }
        Response::ok("")
    }
}

impl AuthObject {
    fn sql(&self) -> Result<AuthSql, Fault> {
        if let Some(tables) = self.tables.get() {
            return Ok(tables.clone());
        }
        let tables = AuthSql::open(sql::of(&self.state))?;
        Ok(self.tables.get_or_init(|| tables).clone())
    }

    /// Writes an audit row, in the synchronous step of the act, which the runtime commits as one (`core.md` 1.7).
    fn audit(&self, now: Millis, entry: &AuditEntry<'_>, trace: &Trace) -> Result<(), Fault> {
        let tables = self.sql()?;
        let sql = sql::of(&self.state);
        audit_log::write(&sql, now, entry, trace)?;
        self.arrange_alarm(&tables)
    }

    // ---- what the Worker asks

    fn check(self: &Rc<Self>, call: &CheckCall) -> Result<ValidSession, CallError> {
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
        // A page of somebody else has that one's token as well: which of the two is wrong makes a difference to it.
        check_page(call.page_of.as_deref(), &stored.principal)?;
        check_csrf(call.csrf.as_deref(), &stored.csrf)?;
        let session = stored.principal.session.clone();
        match &call.purpose {
            Purpose::Look => self.charge_call(&session, now)?,
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
        Ok(ValidSession { principal: stored.principal, card: stored.card, csrf: stored.csrf })
    }

    /// All of a session, for its owner (`wasmchannel.md` 4.1, `get-session`).
    fn session(self: &Rc<Self>, call: &SessionLookCall) -> Result<LibrarySession, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let stored = self.by_hash(&sql, &call.hash)?.filter(|stored| !stored.life.is_over(now));
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

    fn create(self: &Rc<Self>, call: CreateCall) -> Result<ValidSession, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let CreateCall { trace, hash, mut principal, card, csrf, user_agent, family, library } = call;
        let rules = if library.is_some() { SessionRules::LIBRARY } else { SessionRules::of(&self.config.limits) };
        let life = Life::begin(&rules, now);
        principal.expires_at = life.expires_at;
        let agent: String = user_agent.chars().take(200).collect();
        if let Some(family) = &family {
            self.remember(family, &principal, &agent, now)?;
        }
        let mut stored = Stored {
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
        Ok(ValidSession { principal: stored.principal, card: stored.card, csrf: stored.csrf })
    }

    async fn logout(self: &Rc<Self>, call: &LogoutCall) -> Result<(), CallError> {
        let sql = self.sql()?;
        let Some(stored) = self.by_hash(&sql, &call.hash)? else {
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

    async fn end_by_owner(self: &Rc<Self>, call: &EndCall) -> Result<(), CallError> {
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

    fn ticket(&self, call: &TicketCall) -> Result<Ticket, CallError> {
        let expires_at = runtime::now_ms() + TICKET_MS;
        self.sql()?.add_ticket(&call.hash, &call.session, expires_at)?;
        Ok(Ticket { expires_at })
    }

    fn list(&self, call: &SessionsCall) -> Result<Vec<SessionRow>, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let mut rows = Vec::new();
        for id in &call.sessions {
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

    /// Returns how long each living session has not been used, in the order asked; `null` for one that has ended.
    fn idle(&self, call: &SessionsCall) -> Result<Vec<Option<Millis>>, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let idle_of = |id: &String| -> Result<Option<Millis>, CallError> {
            let stored = self.by_id(&sql, id)?.filter(|stored| !stored.life.is_over(now));
            Ok(stored.map(|stored| now.saturating_sub(self.active_at(&stored))))
        };
        call.sessions.iter().map(idle_of).collect()
    }

    /// The person shows differently from now on; sockets that are opened and texts that are posted do so as well.
    fn card(&self, call: &SessionCardCall) -> Result<bool, CallError> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        let Some(mut stored) = self.by_id(&sql, &call.session)?.filter(|stored| !stored.life.is_over(now)) else {
            return Ok(false);
        };
        if stored.card.version < call.card.version {
            stored.principal.name.clone_from(&call.card.name);
            stored.principal.avatar.clone_from(&call.card.avatar);
            sql.save_card(&stored.principal, &call.card)?;
        }
        Ok(true)
    }

    // ---- time

    async fn time_passed(self: &Rc<Self>) -> Result<(), Fault> {
        let (now, sql) = (runtime::now_ms(), self.sql()?);
        if let Err(fault) = audit_log::attend(&self.env, &self.state).await {
            telemetry::fault("audit", &fault);
        }
        self.end_families_due(now)?;
        self.write_late(&sql)?;
        let (ended, warned) = sql.due(now)?;
        for stored in &ended {
            self.end(&sql, stored, CloseCode::Unauthenticated.code(), "expired")?;
        }
        for stored in &warned {
            let session = &stored.principal.session;
            sql.warned(session)?;
            let news = SessionChange::Ending { expires_in_ms: stored.life.expires_at.saturating_sub(now) };
            self.notify_person(&stored.principal, news);
        }
        self.deliver().await
    }

    fn arrange_alarm(&self, sql: &AuthSql) -> Result<(), Fault> {
        let audit_at = audit_log::due_at(&self.env, &sql::of(&self.state), runtime::now_ms())?;
        let next = [sql.next_due()?, self.accounts()?.next_family_due()?, audit_at];
        if let Some(at) = next.into_iter().flatten().min() {
            self.ring_by(at);
        }
        Ok(())
    }

    /// A limit refused something.
    fn note_refused(&self, rule: &'static str) {
        self.refusals.count(&self.state, &self.env, rule);
    }

    fn ring_by(&self, at: Millis) {
        self.alarm.ring_by(&self.state, at);
    }
}

/// Refuses a page of somebody else.
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
