//! The part of the `auth` object that stores accounts by e-mail address (`core.md` 1.1): hashes and failed attempts. The Worker creates and
//! compares hashes, never this object (`sign-in.md` 1).

use std::rc::Rc;

use protocol::words::event::Millis;
use protocol::words::limits::REBUILD_PAGE_ROWS;
use protocol::words::refusal::Refusal;
use serde_json::json;

use super::object::AuthObject;
use super::session_end_tables::ends_passkeys;
use crate::calls::account::{
    AccountRow, Attempt, AttemptCall, OpenedCall, RefusedCall, RegisterCall, SetImageCall, UnchangedCall,
};
use crate::calls::leaving::AccountSummary;
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::projection::audit_log::{self, AuditEntry};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// User id for an address without an account.
const NOBODY: &str = "";

impl AuthObject {
    pub(super) fn attempt(&self, call: &AttemptCall) -> Result<Attempt, CallError> {
        let attempted = self.accounts()?.attempt(call, &self.config.rules.login_fail, runtime::now_ms());
        attempted.inspect_err(|error| {
            if matches!(error, CallError::Refused(_)) {
                self.note_refused("login_fail");
            }
        })
    }

    /// Removes a counted attempt and the failures of its source. Stores a new hash if the compared one is still stored.
    pub(super) fn opened(self: &Rc<Self>, call: &OpenedCall) -> Result<(), CallError> {
        self.commit(|| {
            let sql = self.accounts()?;
            sql.note_opened(call)?;
            if let Some(password) = &call.password {
                sql.swap_password(&call.email, &call.compared, password)?;
            }
            Ok(())
        })
    }

    /// Returns `true` if the proof still opens the account.
    pub(super) fn is_unchanged(&self, call: &UnchangedCall) -> Result<bool, CallError> {
        let account = self.accounts()?.account(&call.email)?;
        Ok(account.is_some_and(|account| call.is_true_of(&account)))
    }

    /// Returns `true` if the address has an account in exactly this spelling, or is reserved for its former owner (`account.md` 6.2).
    pub(super) fn has_account(&self, email: &str) -> Result<bool, CallError> {
        Ok(self.moves()?.is_taken(email, NOBODY, runtime::now_ms())?)
    }

    /// Writes an audit row for a refused sign-in (`leaving.md` 4). The row names the account of the address, if there is one.
    pub(super) fn refused(&self, call: &RefusedCall) -> Result<(), CallError> {
        let account = match &call.email {
            Some(email) => self.accounts()?.account(email)?,
            None => None,
        };
        let target = account.as_ref().map_or(call.target.as_str(), |account| account.user.as_str());
        let action = if call.is_new { "register" } else { "login" };
        let entry = AuditEntry { actor: "", action, target, result: &call.result };
        Ok(self.audit(runtime::now_ms(), &entry, &call.trace)?)
    }

    /// Returns the user id of the owner of an address; empty if the address has no account.
    pub(super) fn owner_of(&self, email: &str) -> Result<String, CallError> {
        let account = self.accounts()?.account(email)?;
        Ok(account.map(|account| account.user.to_string()).unwrap_or_default())
    }

    /// Returns the account of `user`; the default if it is not here.
    pub(super) fn account_of(&self, user: &str) -> Result<AccountSummary, CallError> {
        let sql = self.accounts()?;
        let email = sql.email_of(user)?;
        let Some(email) = email else {
            return Ok(AccountSummary::default());
        };
        let Some(account) = sql.account(&email)? else {
            return Ok(AccountSummary::default());
        };
        let (recovery_codes, digest) = (self.recovery_codes_of(&email)?, Some(account.digest()));
        let AccountRow { name, image, created_at, verified_at, second_factor, .. } = account;
        let (has_second_factor, ends_passkeys) = (second_factor.is_some(), ends_passkeys(&sql.0, user)?);
        Ok(AccountSummary {
            email: Some(email),
            name,
            image,
            created_at,
            verified_at,
            recovery_codes,
            has_second_factor,
            digest,
            ends_passkeys,
        })
    }

    /// Stores the address of the picture of an account.
    pub(super) fn set_image(&self, call: &SetImageCall) -> Result<(), CallError> {
        let sql = self.accounts()?;
        // The account may have moved to another address since the caller read it.
        let is_theirs = |account: &AccountRow| account.user.as_str() == call.user;
        sql.account(&call.email)?.filter(is_theirs).ok_or(Refusal::Conflict)?;
        Ok(sql.save_image(&call.email, call.image.as_deref())?)
    }

    /// Returns accounts or rows of operation to rebuild a database.
    pub(super) fn read_backfill(&self, call: &BackfillCall) -> Result<BackfillPage, CallError> {
        let sql = self.accounts()?;
        if call.is_audit_log {
            return Ok(audit_log::read_backfill(&self.state, call)?);
        }
        let found = sql.accounts_after(call.after, REBUILD_PAGE_ROWS)?;
        Ok(BackfillPage {
            next: found.last().map_or(call.after, |(place, _)| *place),
            is_done: found.len() < REBUILD_PAGE_ROWS as usize,
            rows: found.iter().map(|(_, account)| serde_json::to_string(account)).collect::<Result<_, _>>()?,
            ..BackfillPage::default()
        })
    }

    /// Removes the account of `user` if it is here, and its links. Its address becomes free.
    pub(super) fn forget_account(self: &Rc<Self>, user: &str) -> Result<bool, CallError> {
        self.commit(|| {
            self.passkeys()?.forget(user)?;
            self.links()?.remove_all_of(user)?;
            self.moves()?.forget(user)?;
            let sql = self.accounts()?;
            if let Some(email) = sql.email_of(user)? {
                self.recovery_codes()?.remove_all(&email)?;
                self.mails()?.remove_to(&email)?;
                sql.remove_account(&email)?;
            }
            Ok(true)
        })
    }

    /// Checks and inserts without an `await` in between, so one of two sign-ups with the same address succeeds.
    pub(super) fn register(self: &Rc<Self>, call: &RegisterCall) -> Result<(), CallError> {
        self.commit(|| self.add_account(call, runtime::now_ms()))?;
        telemetry::event(if call.is_upgrade { "upgrade" } else { "register" }, json!({}));
        Ok(())
    }

    fn add_account(&self, call: &RegisterCall, now: Millis) -> Result<(), CallError> {
        let (sql, user) = (self.accounts()?, call.account.user.as_str());
        if self.moves()?.is_taken(&call.email, user, now)? {
            return Err(Refusal::EmailTaken.into());
        }
        sql.add_account(&call.email, &call.account)?;
        if let Some(link) = &call.link {
            self.add_first_link(link, &call.email, user, now)?;
        }
        let action = if call.is_upgrade { "upgrade" } else { "register" };
        let entry = AuditEntry { actor: user, action, target: user, result: "ok" };
        Ok(self.write_audit(now, &entry, &call.trace)?)
    }
}
