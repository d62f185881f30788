//! The part of the `auth` object for account recovery without mail (`account.md` 5): recovery codes, and links that an operator makes. The
//! Worker hashes codes and passwords.

use std::iter;
use std::rc::Rc;

use protocol::people::account::link::LinkPurpose;
use protocol::words::event::Millis;
use protocol::words::limits::OPERATOR_LINK_MS;
use protocol::words::refusal::{Fault, Refusal};

use super::account_tables::failures_key;
use super::link_tables::{OF_OPERATOR, StoredLink};
use super::object::AuthObject;
use super::passwords::NEW_PASSWORD;
use super::session_end_tables::will_end;
use super::session_ends::{ENDING_MS, Ending};
use crate::calls::account::AccountRow;
use crate::calls::passkey::PasskeysEnd;
use crate::calls::recovery::{OperatorLinkCall, RecoveryCodesCall, UseRecoveryCodeCall};
use crate::kit::sql;
use crate::projection::audit_log::AuditEntry;
use crate::runtime;
use crate::runtime::call_error::CallError;

impl AuthObject {
    pub(super) fn recovery_codes_of(&self, email: &str) -> Result<u32, Fault> {
        let codes = self.recovery_codes()?.all(email)?;
        Ok(u32::try_from(codes.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn replace_recovery_codes(self: &Rc<Self>, call: &RecoveryCodesCall) -> Result<(), CallError> {
        self.commit(|| self.save_recovery_codes(call, runtime::now_ms()))
    }

    fn save_recovery_codes(&self, call: &RecoveryCodesCall, now: Millis) -> Result<(), CallError> {
        self.accounts()?.proved_account(&call.email, &call.user, call.digest.as_deref())?;
        // An act may have ended the codes, but not yet this session.
        if let Some(session) = &call.session
            && will_end(&sql::of(&self.state), &call.user, session)?
        {
            return Err(Refusal::Overloaded { retry_after_ms: ENDING_MS }.into());
        }
        self.recovery_codes()?.replace(&call.email, &call.hashes)?;
        self.add_notice(call.mail.as_ref(), now)?;
        Ok(self.note_account_act(now, "recovery_codes", &call.user, &call.trace)?)
    }

    /// Uses a recovery code, and ends all sessions of the account before the caller begins a new one.
    pub(super) async fn use_recovery_code(
        self: &Rc<Self>,
        call: &UseRecoveryCodeCall,
    ) -> Result<AccountRow, CallError> {
        let (account, ends) = self.commit(|| self.open_by_code(call))?;
        if let Some(ends) = ends {
            self.try_session_ends(ends).await;
            self.end_change_links(account.user.as_str()).await;
        }
        Ok(account)
    }

    /// Compares a code, and uses it if there is a new password. Returns the account and the key of the planned ends. No `await` separates
    /// the code from the password, so a code that two callers use at once works once.
    fn open_by_code(&self, call: &UseRecoveryCodeCall) -> Result<(AccountRow, Option<String>), CallError> {
        let (now, accounts, codes) = (runtime::now_ms(), self.accounts()?, self.recovery_codes()?);
        let email = call.email.as_str();
        let account = accounts.account(email)?.ok_or(Refusal::BadCredentials)?;
        let mut is_right = false;
        for hash in iter::once(&call.code_hash).chain(&call.code_hash_before) {
            is_right |= if call.password.is_some() { codes.take(email, hash)? } else { codes.has(email, hash)? };
        }
        if !is_right {
            return Err(Refusal::BadCredentials.into());
        }
        let Some(password) = &call.password else {
            accounts.take_failure_back(call.attempt, &failures_key(email, true))?;
            return Ok((account, None));
        };
        accounts.use_factor(email, &account, call.factor.as_ref())?;
        accounts.forgive(call.attempt, &failures_key(email, true))?;
        accounts.save_password(email, password)?;
        let user = account.user.as_str();
        self.links()?.remove_of(user, LinkPurpose::Change)?;
        // The codes stay, because their owner has just used one. Passkeys, bots, addresses and invites may be an intruder's.
        let passkeys = Some(PasskeysEnd::by_choice(call.keep_passkeys.as_ref(), account.verified_at));
        let made_since = Some(account.verified_at.unwrap_or(0));
        let ending = Ending { keep: None, passkeys, made_since, reason: NEW_PASSWORD };
        let ends = self.plan_session_ends(user, &ending, now)?;
        self.note_account_act(now, "recover", user, &call.trace)?;
        self.add_notice(call.mail.as_ref(), now)?;
        Ok((AccountRow { password: password.clone(), ..account }, Some(ends)))
    }

    /// Adds an operator's link. The limit of live links does not apply: a stranger who requests many links must not keep the operator from
    /// helping.
    pub(super) fn add_operator_link(self: &Rc<Self>, call: &OperatorLinkCall) -> Result<(), CallError> {
        self.commit(|| self.store_operator_link(call, runtime::now_ms()))
    }

    fn store_operator_link(&self, call: &OperatorLinkCall, now: Millis) -> Result<(), CallError> {
        let account = self.accounts()?.account(&call.email)?.ok_or(Refusal::NotFound)?;
        let link = StoredLink {
            purpose: LinkPurpose::Reset,
            email: call.email.clone(),
            user: account.user.as_str().to_owned(),
            data: OF_OPERATOR.to_owned(),
            expires_at: now + OPERATOR_LINK_MS,
        };
        self.links()?.add(&call.hash, &link)?;
        let (actor, target) = (call.operator.as_str(), account.user.as_str());
        self.write_audit(now, &AuditEntry { actor, action: "recovery_link", target, result: "ok" }, &call.trace)?;
        self.add_notice(call.mail.as_ref(), now)?;
        Ok(())
    }
}
