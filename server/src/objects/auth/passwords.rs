//! The part of the `auth` object that replaces passwords (`account.md` 4 and 6.1). The Worker makes the hashes and has checked the passwords.
//!
//! A new password also ends links that move the account to another address. They may be in any shard; a link in a shard that does not answer
//! is still bound to the old password. Links to a new password end only when one of them is used. Otherwise an intruder who knows the
//! password or a code could change it repeatedly, and so end each link before the owner uses it.

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
    /// Uses a link to a new password. Ends all sessions and remembered browsers of the account, and everything that an intruder may have
    /// made.
    pub(super) async fn reset_password(self: &Rc<Self>, call: &ResetCall) -> Result<AccountRow, CallError> {
        let (account, ends) = self.commit(|| self.save_reset(call, runtime::now_ms()))?;
        self.try_session_ends(ends).await;
        self.end_change_links(account.user.as_str()).await;
        Ok(account)
    }

    /// Stores all effects of a reset. Returns the account and the key of the planned ends. No `await` separates the check of the link from
    /// the rows, so the link works once.
    fn save_reset(&self, call: &ResetCall, now: Millis) -> Result<(AccountRow, String), CallError> {
        let (link, account) = self.link_of_account(&call.hash, LinkPurpose::Reset, now)?;
        let (sql, user) = (self.accounts()?, link.user.as_str());
        if self.factor_of_link(&link, &account, now).is_some() {
            sql.use_factor(&link.email, &account, call.factor.as_ref())?;
        } else if account.second_factor.is_some() {
            sql.save_second_factor(&link.email, None)?;
            self.note_account_act(now, "second_factor_end", user, &call.trace)?;
        }
        // Only the owner of the address can have the link, unless an operator made it.
        let is_proof = link.data != OF_OPERATOR;
        if is_proof {
            sql.verify(&link.email, now)?;
        }
        self.links()?.remove_of(user, LinkPurpose::Reset)?;
        self.links()?.remove_of(user, LinkPurpose::Change)?;
        sql.save_password(&link.email, &call.password)?;
        sql.forget_failures(&link.email)?;
        // An intruder may have copied the codes, and made passkeys, bots, addresses and invites.
        self.recovery_codes()?.remove_all(&link.email)?;
        let passkeys = Some(PasskeysEnd::by_choice(call.keep_passkeys.as_ref(), account.verified_at));
        let made_since = Some(account.verified_at.unwrap_or(0));
        let ending = Ending { keep: None, passkeys, made_since, reason: NEW_PASSWORD };
        let ends = self.plan_session_ends(user, &ending, now)?;
        self.add_notice(call.mail.as_ref(), now)?;
        self.note_account_act(now, "password_reset", user, &call.trace)?;
        let verified_at = if is_proof { Some(now) } else { account.verified_at };
        Ok((AccountRow { password: call.password.clone(), verified_at, ..account }, ends))
    }

    /// Replaces a password at the owner's request, and ends all other sessions and remembered browsers.
    pub(super) async fn change_password(self: &Rc<Self>, call: &ChangePasswordCall) -> Result<(), CallError> {
        let ends = self.commit(|| self.save_change(call, runtime::now_ms()))?;
        self.try_session_ends(ends).await;
        self.end_change_links(&call.user).await;
        Ok(())
    }

    /// Stores all effects of a change. Returns the key of the planned ends.
    fn save_change(&self, call: &ChangePasswordCall, now: Millis) -> Result<String, CallError> {
        let (sql, user) = (self.accounts()?, call.user.as_str());
        // The account may have moved to another address since the proof.
        let is_theirs = |account: &AccountRow| account.user.as_str() == user;
        sql.account(&call.email)?.filter(is_theirs).ok_or(Refusal::Conflict)?;
        // The password may have changed as well: of two callers who know the old one, the first one succeeds.
        if !sql.swap_password(&call.email, &call.compared, &call.password)? {
            return Err(Refusal::BadCredentials.into());
        }
        self.links()?.remove_of(user, LinkPurpose::Change)?;
        // An intruder who knew the old password may have made codes.
        self.recovery_codes()?.remove_all(&call.email)?;
        let passkeys = call.keep_passkeys.as_ref().map(|keep| PasskeysEnd::by_choice(Some(keep), None));
        let ending = Ending { keep: Some(&call.keep), passkeys, made_since: None, reason: NEW_PASSWORD };
        let ends = self.plan_session_ends(user, &ending, now)?;
        self.add_notice(call.mail.as_ref(), now)?;
        self.note_account_act(now, "password_change", user, &call.trace)?;
        Ok(ends)
    }

    /// Ends the links that would move the account, in all shards. The password is already changed, so a failure is only logged.
    pub(super) async fn end_change_links(&self, user: &str) {
        let question = EndLinksCall { user: user.to_owned(), purposes: vec![LinkPurpose::Change], undo_since: None };
        telemetry::logged("links-end", end_links_everywhere(&self.env, &question).await);
    }
}
