//! The part of the `auth` object with the ways back into an account that need no mail (`account.md` 5): recovery codes, and links that an
//! operator makes. The Worker hashes codes and passwords.

use std::rc::Rc;

use protocol::people::account::link::LinkPurpose;
use protocol::words::limits::OPERATOR_LINK_MS;
use protocol::words::refusal::{Fault, Refusal};

use super::link_tables::StoredLink;
use super::object::AuthObject;
use crate::calls::account::AccountRow;
use crate::calls::recovery::{OperatorLinkCall, RecoveryCodesCall, UseRecoveryCodeCall};
use crate::projection::audit_log::AuditEntry;
use crate::runtime;
use crate::runtime::call_error::CallError;

impl AuthObject {
    /// Returns the number of unused recovery codes of the account at `email`.
    pub(super) fn recovery_codes_of(&self, email: &str) -> Result<u32, Fault> {
        let codes = self.recovery_codes()?.all(email)?;
        Ok(u32::try_from(codes.len()).unwrap_or(u32::MAX))
    }

    /// Replaces the recovery codes of an account.
    pub(super) fn replace_recovery_codes(&self, call: &RecoveryCodesCall) -> Result<(), CallError> {
        let account = self.accounts()?.account(&call.email)?;
        account.filter(|account| account.user.as_str() == call.user).ok_or(Refusal::NotFound)?;
        self.recovery_codes()?.replace(&call.email, &call.hashes)?;
        Ok(self.note_account_act(runtime::now_ms(), "recovery_codes", &call.user, &call.trace)?)
    }

    /// Uses a recovery code, and ends all sessions of the account before the caller begins a new one.
    pub(super) async fn use_recovery_code(
        self: &Rc<Self>,
        call: &UseRecoveryCodeCall,
    ) -> Result<AccountRow, CallError> {
        let account = self.open_by_code(call)?;
        if call.password.is_some() {
            self.carry_out_session_ends().await?;
        }
        Ok(account)
    }

    /// Compares a code, and uses it up if there is a new password. There is no await between the code and the password, so a code that two
    /// people type at once opens the account once.
    fn open_by_code(self: &Rc<Self>, call: &UseRecoveryCodeCall) -> Result<AccountRow, CallError> {
        let (now, accounts, codes) = (runtime::now_ms(), self.accounts()?, self.recovery_codes()?);
        let (email, hash) = (call.email.as_str(), call.code_hash.as_str());
        let account = accounts.account(email)?.ok_or(Refusal::BadCredentials)?;
        let is_right = if call.password.is_some() { codes.take(email, hash)? } else { codes.has(email, hash)? };
        if !is_right {
            return Err(Refusal::BadCredentials.into());
        }
        accounts.take_failure_back(call.attempt, email)?;
        let Some(password) = &call.password else {
            return Ok(account);
        };
        accounts.save_password(email, password)?;
        let user = account.user.as_str();
        self.links()?.remove_of(user, LinkPurpose::Reset)?;
        self.plan_session_ends(user, None, "password", now)?;
        self.note_account_act(now, "recover", user, &call.trace)?;
        if let Some(mail) = &call.mail {
            self.add_mail(mail, now)?;
        }
        Ok(account)
    }

    /// Adds a link of an operator. The limit of live links does not count, because whoever asks for many links could keep the operator from
    /// helping.
    pub(super) fn add_operator_link(self: &Rc<Self>, call: &OperatorLinkCall) -> Result<(), CallError> {
        let now = runtime::now_ms();
        let account = self.accounts()?.account(&call.email)?.ok_or(Refusal::NotFound)?;
        let link = StoredLink {
            purpose: LinkPurpose::Reset,
            email: call.email.clone(),
            user: account.user.as_str().to_owned(),
            data: String::new(),
            expires_at: now + OPERATOR_LINK_MS,
        };
        self.links()?.add(&call.hash, &link)?;
        let (actor, target) = (call.operator.as_str(), account.user.as_str());
        self.audit(now, &AuditEntry { actor, action: "recovery_link", target, result: "ok" }, &call.trace)?;
        if let Some(mail) = &call.mail {
            self.add_mail(mail, now)?;
        }
        Ok(())
    }
}
