//! The part of the `auth` object that replaces passwords (`account.md` 4 and 6.1). The Worker makes the hashes and has checked the passwords.

use std::rc::Rc;

use protocol::people::account::link::LinkPurpose;
use protocol::words::event::Millis;
use protocol::words::refusal::Refusal;

use super::object::AuthObject;
use crate::calls::account::{AccountRow, ChangePasswordCall, ResetCall};
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Reason of the sessions that a new password ends (`signed_out.reason`).
pub(super) const NEW_PASSWORD: &str = "password";

impl AuthObject {
    /// Uses a link for a new password, and ends all sessions and remembered browsers of the account.
    pub(super) async fn reset_password(self: &Rc<Self>, call: &ResetCall) -> Result<AccountRow, CallError> {
        let account = self.save_reset(call, runtime::now_ms())?;
        self.try_session_ends().await;
        Ok(account)
    }

    /// Stores all effects of a reset. There is no await between the check of the link and the rows, so it works once.
    fn save_reset(self: &Rc<Self>, call: &ResetCall, now: Millis) -> Result<AccountRow, CallError> {
        let (link, account) = self.link_of_account(&call.hash, LinkPurpose::Reset, now)?;
        let (sql, user) = (self.accounts()?, link.user.as_str());
        self.links()?.remove_of(user, LinkPurpose::Reset)?;
        sql.save_password(&link.email, &call.password)?;
        // Only the owner of the address can have the link.
        sql.verify(&link.email, now)?;
        sql.forget_failures(&link.email)?;
        self.plan_session_ends(user, None, NEW_PASSWORD, now)?;
        if let Some(mail) = &call.mail {
            self.add_mail(mail, now)?;
        }
        self.note_account_act(now, "password_reset", user, &call.trace)?;
        let verified_at = account.verified_at.or(Some(now));
        Ok(AccountRow { password: call.password.clone(), verified_at, ..account })
    }

    /// Replaces a password that its owner knows, and ends all sessions and remembered browsers but the one that asks.
    pub(super) async fn change_password(self: &Rc<Self>, call: &ChangePasswordCall) -> Result<(), CallError> {
        self.save_change(call, runtime::now_ms())?;
        self.try_session_ends().await;
        Ok(())
    }

    fn save_change(self: &Rc<Self>, call: &ChangePasswordCall, now: Millis) -> Result<(), CallError> {
        let (sql, user) = (self.accounts()?, call.user.as_str());
        // Between the proof and this call the account may have got another address.
        let is_theirs = |account: &AccountRow| account.user.as_str() == user;
        sql.account(&call.email)?.filter(is_theirs).ok_or(Refusal::Conflict)?;
        self.links()?.remove_of(user, LinkPurpose::Reset)?;
        sql.save_password(&call.email, &call.password)?;
        self.plan_session_ends(user, Some(&call.keep), NEW_PASSWORD, now)?;
        if let Some(mail) = &call.mail {
            self.add_mail(mail, now)?;
        }
        Ok(self.note_account_act(now, "password_change", user, &call.trace)?)
    }
}
