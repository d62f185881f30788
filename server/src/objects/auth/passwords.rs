//! The part of the `auth` object that replaces passwords (`account.md` 4 and 6.1). The Worker makes the hashes and has checked the passwords.
//!
//! Links that move the account to another address end with the password. They may be in any shard: where one does not answer, its link
//! counts for the old password alone. Links to a new password end only when one of them is used. Otherwise an intruder
//! who knows the password or a code could change it again and again, and end each link before the owner uses it.

use std::rc::Rc;

use protocol::people::account::link::LinkPurpose;
use protocol::words::event::Millis;
use protocol::words::refusal::Refusal;

use super::address_moves::end_links_everywhere;
use super::link_tables::OF_OPERATOR;
use super::object::AuthObject;
use super::session_ends::Ending;
use crate::calls::account::{AccountRow, ChangePasswordCall, ResetCall};
use crate::calls::address::EndLinksCall;
use crate::calls::passkey::PasskeysEnd;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Reason of the sessions that a new password ends (`signed_out.reason`).
pub(super) const NEW_PASSWORD: &str = "password";

impl AuthObject {
    /// Uses a link for a new password, and ends all sessions and remembered browsers of the account, and what others may have made.
    pub(super) async fn reset_password(self: &Rc<Self>, call: &ResetCall) -> Result<AccountRow, CallError> {
        let (account, ends) = self.commit(|| self.save_reset(call, runtime::now_ms()))?;
        self.try_session_ends(ends).await;
        self.end_change_links(account.user.as_str()).await;
        Ok(account)
    }

    /// Stores all effects of a reset: the account as it is now, and the number of the planned ends. There is no await between the check
    /// of the link and the rows, so it works once.
    fn save_reset(&self, call: &ResetCall, now: Millis) -> Result<(AccountRow, String), CallError> {
        let (link, account) = self.link_of_account(&call.hash, LinkPurpose::Reset, now)?;
        let (sql, user) = (self.accounts()?, link.user.as_str());
        if self.factor_of_link(&link, &account, now).is_some() {
            sql.use_factor(&link.email, &account, call.factor.as_ref())?;
        } else if account.second_factor.is_some() {
            sql.save_second_factor(&link.email, None)?;
            self.note_account_act(now, "second_factor_end", user, &call.trace)?;
        }
        // Only the owner of the address can have the link, unless an operator has made it.
        let is_proof = link.data != OF_OPERATOR;
        if is_proof {
            sql.verify(&link.email, now)?;
        }
        self.links()?.remove_of(user, LinkPurpose::Reset)?;
        self.links()?.remove_of(user, LinkPurpose::Change)?;
        sql.save_password(&link.email, &call.password)?;
        sql.forget_failures(&link.email)?;
        // Whoever had the account may have written the codes down, and made passkeys, bots, addresses and invites.
        self.recovery_codes()?.remove_all(&link.email)?;
        let passkeys = Some(PasskeysEnd::by_choice(call.keep_passkeys.as_ref(), account.verified_at));
        let made_since = Some(account.verified_at.unwrap_or(0));
        let ending = Ending { keep: None, passkeys, made_since, reason: NEW_PASSWORD };
        let ends = self.plan_session_ends(user, &ending, now)?;
        if let Some(mail) = &call.mail {
            self.add_mail(mail, None, now)?;
        }
        self.note_account_act(now, "password_reset", user, &call.trace)?;
        let verified_at = if is_proof { Some(now) } else { account.verified_at };
        Ok((AccountRow { password: call.password.clone(), verified_at, ..account }, ends))
    }

    /// Replaces a password that its owner knows, and ends all sessions and remembered browsers but the one that asks.
    pub(super) async fn change_password(self: &Rc<Self>, call: &ChangePasswordCall) -> Result<(), CallError> {
        let ends = self.commit(|| self.save_change(call, runtime::now_ms()))?;
        self.try_session_ends(ends).await;
        self.end_change_links(&call.user).await;
        Ok(())
    }

    /// Stores all effects of a change, and returns the number of the planned ends.
    fn save_change(&self, call: &ChangePasswordCall, now: Millis) -> Result<String, CallError> {
        let (sql, user) = (self.accounts()?, call.user.as_str());
        // Between the proof and this call the account may have got another address.
        let is_theirs = |account: &AccountRow| account.user.as_str() == user;
        sql.account(&call.email)?.filter(is_theirs).ok_or(Refusal::Conflict)?;
        // Or another password: of two people who know the old one, the first one wins.
        if !sql.swap_password(&call.email, &call.compared, &call.password)? {
            return Err(Refusal::BadCredentials.into());
        }
        self.links()?.remove_of(user, LinkPurpose::Change)?;
        // Whoever knew the old password may have made codes.
        self.recovery_codes()?.remove_all(&call.email)?;
        let passkeys = call.keep_passkeys.as_ref().map(|keep| PasskeysEnd::by_choice(Some(keep), None));
        let ending = Ending { keep: Some(&call.keep), passkeys, made_since: None, reason: NEW_PASSWORD };
        let ends = self.plan_session_ends(user, &ending, now)?;
        if let Some(mail) = &call.mail {
            self.add_mail(mail, None, now)?;
        }
        self.note_account_act(now, "password_change", user, &call.trace)?;
        Ok(ends)
    }

    /// Ends the links that would move the account to another address, in all shards. The act has succeeded: a failure is logged.
    pub(super) async fn end_change_links(&self, user: &str) {
        let question = EndLinksCall { user: user.to_owned(), purposes: vec![LinkPurpose::Change], undo_since: None };
        if let Err(error) = end_links_everywhere(&self.env, &question).await {
            telemetry::call_failed("links-end", &error);
        }
    }
}
