//! The part of the `auth` object that remembers browsers (`sign-in.md` 2). A family of refresh tokens and its one session are in one shard,
//! so one step can use a token, store its successor and begin the session.

use std::rc::Rc;

use protocol::people::account::family::{self, Family, FamilyStore, TokenStatus};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::principal::Principal;
use protocol::words::refusal::{Fault, Refusal};
use serde_json::json;

use super::account_tables::AccountsSql;
use super::object::AuthObject;
use crate::calls::SessionChange;
use crate::calls::account::{OwnBrowser, RefreshTokenCall, ReplacedCall, ReplacedSession, RotateCall};
use crate::calls::auth::{CreateCall, NewFamily, REFRESHED, REPLACED, SessionRow, ValidSession};
use crate::kit::trace::Trace;
use crate::projection::audit_log::AuditEntry;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

impl AuthObject {
    /// Stores the browser of a new session.
    pub(super) fn remember(
        &self,
        new: &NewFamily,
        principal: &Principal,
        agent: &str,
        now: Millis,
    ) -> Result<(), Fault> {
        let expires_at = now + self.config.limits.refresh_ttl_ms;
        let (id, principal, agent) = (new.id.clone(), principal.clone(), agent.to_owned());
        let browser = Family { id, principal, agent, created_at: now, used_at: now, expires_at };
        family::remember(&mut self.accounts()?, &browser, &new.token_hash)?;
        self.ring_by(expires_at);
        Ok(())
    }

    /// Moves the browser of this token to a new session of the same person. Another person's token changes nothing.
    pub(super) fn go_on_in(&self, token_hash: &str, principal: &Principal, now: Millis) -> Result<(), Fault> {
        let mut sql = self.accounts()?;
        match family::look(&sql, token_hash, now)? {
            Some((family, TokenStatus::Next)) if family.principal.user == principal.user => {
                sql.save_family(&Family { principal: principal.clone(), ..family })
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn read_principal(self: &Rc<Self>, call: &RefreshTokenCall) -> Result<Principal, CallError> {
        Ok(self.worthy(&call.token_hash, &call.trace).await?.principal)
    }

    /// Returns the family of a valid token. A token that was used before ends its family.
    async fn worthy(self: &Rc<Self>, token_hash: &str, trace: &Trace) -> Result<Family, CallError> {
        let (now, sql) = (runtime::now_ms(), self.accounts()?);
        let Some((family, worth)) = family::look(&sql, token_hash, now)? else {
            return Err(Refusal::Unauthenticated.into());
        };
        // Uses are limited, because each one leaves a row until the token would have expired.
        self.charge_call(&family.id, now)?;
        match worth {
            TokenStatus::Next => Ok(family),
            TokenStatus::Nothing => Err(Refusal::Unauthenticated.into()),
            TokenStatus::Stolen => {
                telemetry::event("refresh_reuse", json!({ "family": family.id }));
                self.end_family(&sql, &family, "reuse")?;
                let actor = family.principal.user.as_str();
                let entry = AuditEntry { actor, action: "refresh-reuse", target: &family.id, result: "ok" };
                self.audit(now, &entry, trace)?;
                self.deliver().await?;
                Err(Refusal::Unauthenticated.into())
            }
        }
    }

    /// Uses a token: stores its successor, begins a new session, and ends the earlier one.
    pub(super) async fn rotate(self: &Rc<Self>, call: RotateCall) -> Result<ValidSession, CallError> {
        let family = self.worthy(&call.token_hash, &Trace::default()).await?;
        // There is no `await` from here to the end of the step, so only one of several calls with the same token succeeds.
        let (now, mut sql) = (runtime::now_ms(), self.accounts()?);
        let RotateCall { token_hash, next_hash, session_hash, principal, card, csrf, user_agent } = call;
        let expires_at = now + self.config.limits.refresh_ttl_ms;
        let agent: String = user_agent.chars().take(200).collect();
        let next = Family { principal: principal.clone(), agent, used_at: now, expires_at, ..family.clone() };
        self.in_one_step(|| family::rotate(&mut sql, &token_hash, &next_hash, &next))?;
        let checked = self.create(CreateCall {
            trace: None,
            hash: session_hash,
            principal,
            card,
            csrf,
            user_agent,
            family: None,
            browser: None,
            library: None,
        })?;
        self.end_session_of(&family, REFRESHED)?;
        self.deliver().await?;
        Ok(checked)
    }

    /// Returns the browser of a valid token without using the token. A token that was used before returns nothing.
    pub(super) fn whose(&self, token_hash: &str) -> Result<Option<OwnBrowser>, CallError> {
        let found = family::look(&self.accounts()?, token_hash, runtime::now_ms())?;
        let good = found.filter(|(_, worth)| *worth == TokenStatus::Next);
        Ok(good.map(|(family, _)| OwnBrowser { user: family.principal.user, id: family.id }))
    }

    /// Forgets the browser of this token because another person signed in there. Idempotent.
    pub(super) async fn drop_shown(self: &Rc<Self>, token_hash: &str) -> Result<(), CallError> {
        let sql = self.accounts()?;
        if let Some((id, _)) = sql.token(token_hash)?
            && let Some(family) = sql.family(&id)?
        {
            self.drop_family(&sql, &family, REPLACED)?;
            self.deliver().await?;
        }
        Ok(())
    }

    /// Ends the session of a browser in which the same person has signed in again (`account.md` 6.4). Idempotent. The browser stays
    /// remembered, by a new token or its own ([`Self::go_on_in`]). Returns the session of another person, which continues.
    pub(super) async fn end_replaced(
        self: &Rc<Self>,
        call: &ReplacedCall,
    ) -> Result<Option<ReplacedSession>, CallError> {
        let sql = self.sql()?;
        let Some(stored) = self.by_hash(&sql, &call.hash)? else { return Ok(None) };
        if stored.principal.user != call.user {
            return Ok(Some(ReplacedSession { user: stored.principal.user, session: stored.principal.session }));
        }
        self.end(&sql, &stored, CloseCode::Unauthenticated.code(), REPLACED)?;
        self.deliver().await?;
        Ok(None)
    }

    /// Forgets the browser of this token. Idempotent.
    pub(super) async fn forget(self: &Rc<Self>, call: &RefreshTokenCall) -> Result<(), CallError> {
        let sql = self.accounts()?;
        if let Some((id, _)) = sql.token(&call.token_hash)?
            && let Some(family) = sql.family(&id)?
        {
            self.end_family(&sql, &family, "logout")?;
            self.deliver().await?;
        }
        Ok(())
    }

    /// Forgets the browser that a session belongs to. The caller ends the session itself.
    pub(super) fn forget_family_of(self: &Rc<Self>, session: &str, reason: &str) -> Result<(), Fault> {
        let sql = self.accounts()?;
        match sql.family_of(session)? {
            Some(family) => self.drop_family(&sql, &family, reason),
            None => Ok(()),
        }
    }

    /// Forgets the browser with this id if it belongs to this user, and ends its session. Returns `true` if it existed.
    pub(super) fn end_family_by_owner(self: &Rc<Self>, id: &str, user: &str, reason: &str) -> Result<bool, Fault> {
        let sql = self.accounts()?;
        let Some(family) = sql.family(id)?.filter(|family| family.principal.user.as_str() == user) else {
            return Ok(false);
        };
        self.end_family(&sql, &family, reason)?;
        Ok(true)
    }

    /// Returns a remembered browser without a living session, as the device list shows it.
    pub(super) fn sleeping_device(&self, id: &str, now: Millis) -> Result<Option<SessionRow>, Fault> {
        let Some(family) = self.accounts()?.family(id)?.filter(|family| family.expires_at > now) else {
            return Ok(None);
        };
        let session = self.sql()?.by_id(&family.principal.session)?;
        if session.is_some_and(|session| !session.life.is_over(now)) {
            return Ok(None);
        }
        let Family { id, agent: user_agent, created_at, used_at: last_seen_at, expires_at, .. } = family;
        Ok(Some(SessionRow { id, user_agent, created_at, last_seen_at, expires_at }))
    }

    /// Forgets browsers whose last token has expired.
    pub(super) fn end_families_due(self: &Rc<Self>, now: Millis) -> Result<(), Fault> {
        let sql = self.accounts()?;
        sql.families_due(now)?.iter().try_for_each(|family| self.drop_family(&sql, family, "expired"))
    }

    pub(super) fn end_family(self: &Rc<Self>, sql: &AccountsSql, family: &Family, reason: &str) -> Result<(), Fault> {
        self.drop_family(sql, family, reason)?;
        self.end_session_of(family, reason)
    }

    fn end_session_of(self: &Rc<Self>, family: &Family, reason: &str) -> Result<(), Fault> {
        let sql = self.sql()?;
        match sql.by_id(&family.principal.session)? {
            Some(stored) => self.end(&sql, &stored, CloseCode::Unauthenticated.code(), reason),
            None => Ok(()),
        }
    }

    /// Removes a family and its tokens. Notifies the person's object, whose device list has the family.
    fn drop_family(self: &Rc<Self>, sql: &AccountsSql, family: &Family, reason: &str) -> Result<(), Fault> {
        let now = runtime::now_ms();
        self.calls.borrow_mut().remove(&family.id);
        let change = SessionChange::Ended { code: CloseCode::Unauthenticated.code(), reason: reason.to_owned() };
        let log = format!("me:{}", family.principal.user);
        let sessions = self.sql()?;
        self.in_one_step(|| {
            sql.remove_family(&family.id)?;
            sessions.forget_calls(&family.id)?;
            self.add_end(&family.id, &log, &change, now)
        })
    }
}
