//! The part of the `auth` object that stores links in mails and verifies addresses (`account.md` 2 and 3).
//!
//! The answer must not reveal if an address has an account, so it has to take the same time. For an address without an account the object
//! writes the same rows: a link without a user, and a mail to a reserved address that is dropped when it is due.

use std::rc::Rc;

use protocol::people::account::link::{LIVE_LINKS_MAX, LinkPurpose, unknown_token};
use protocol::people::account::second_factor::StoredFactor;
use protocol::people::session::hash_hex;
use protocol::words::event::Millis;
use protocol::words::limits::LINK_RESET_MS;
use protocol::words::refusal::{Fault, Refusal};

use super::caused_mail_tables::CausedMail;
use super::link_tables::{OF_OPERATOR, StoredLink};
use super::object::AuthObject;
use super::session_ends::Ending;
use crate::calls::account::{AccountRow, LinkUse, LinkView, NewLink, SendLinkCall};
use crate::calls::mail::Mail;
use crate::calls::passkey::PasskeysEnd;
use crate::kit::trace::Trace;
use crate::projection::audit_log::AuditEntry;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Recipient of mails that are never sent: no mail is sent below `.invalid` (`account.md` 1.2).
const NOBODY: &str = "nobody@nobody.invalid";
/// Digits of the hash that stands for an unknown address in audit rows.
const ADDRESS_DIGITS: usize = 16;

impl AuthObject {
    /// Stores a link and sends its mail, unless the limit of live links or of mails that strangers can cause is reached. The answer is the
    /// same.
    pub(super) fn send_link(self: &Rc<Self>, call: &SendLinkCall) -> Result<(), CallError> {
        self.commit(|| self.add_link(call, runtime::now_ms()))
    }

    fn add_link(&self, call: &SendLinkCall, now: Millis) -> Result<(), CallError> {
        let links = self.links()?;
        let Some(user) = self.receiver_of(call)? else {
            return Ok(());
        };
        let is_known = !user.is_empty();
        if call.purpose == LinkPurpose::Reset {
            // Strangers can request this mail, so the row has no actor, and an unknown address appears as a part of its hash.
            let target = if is_known { user.clone() } else { start_of_hash(&call.email) };
            let entry = AuditEntry { actor: "", action: "password_forgot", target: &target, result: "ok" };
            self.write_audit(now, &entry, &call.trace)?;
        }
        if links.live(&call.email, call.purpose, now)? >= LIVE_LINKS_MAX {
            return Ok(());
        }
        // Mails for addresses without an account count as well, because they cause the same work.
        let is_caused = call.purpose == LinkPurpose::Reset;
        if is_caused && !self.caused_mails()?.take(&call.email, CausedMail::Reset, now)? {
            return Ok(());
        }
        // A link without a user must not block the links of a later account of the address for long.
        let life_ms = if is_known { call.life_ms } else { call.life_ms.min(LINK_RESET_MS) };
        let (email, data, expires_at) = (call.email.clone(), call.data.clone(), now + life_ms);
        links.add(&call.hash, &StoredLink { purpose: call.purpose, email, user, data, expires_at })?;
        let to = if is_known { call.mail.to.clone() } else { NOBODY.to_owned() };
        Ok(self.add_mail(&Mail { to, ..call.mail.clone() }, Some(expires_at), now)?)
    }

    /// Returns the user id for a link, empty for an address without an account; `None` if no link is needed.
    fn receiver_of(&self, call: &SendLinkCall) -> Result<Option<String>, CallError> {
        let account = self.accounts()?.account(&call.email)?;
        match (&call.user, account) {
            (Some(user), Some(account)) if account.user.as_str() == user => {
                let is_needed = call.purpose != LinkPurpose::Verify || account.verified_at.is_none();
                Ok(is_needed.then(|| user.clone()))
            }
            (Some(_), _) => Err(Refusal::NotFound.into()),
            (None, account) => {
                // A verified address needs no link, and the answer must not reveal that it is verified.
                let receives =
                    |account: &AccountRow| call.purpose != LinkPurpose::Verify || account.verified_at.is_none();
                Ok(Some(account.filter(receives).map(|account| account.user.to_string()).unwrap_or_default()))
            }
        }
    }

    /// Stores the link of a new account with its mail, in the transaction that makes the account.
    pub(super) fn add_first_link(&self, new: &NewLink, email: &str, user: &str, now: Millis) -> Result<(), Fault> {
        let (email, user) = (email.to_owned(), user.to_owned());
        let (purpose, data, expires_at) = (LinkPurpose::Verify, String::new(), now + new.life_ms);
        self.links()?.add(&new.hash, &StoredLink { purpose, email, user, data, expires_at })?;
        self.add_mail(&new.mail, Some(expires_at), now)
    }

    /// Returns the purpose of a link without using it.
    pub(super) fn read_link(&self, hash: &str) -> Result<LinkView, CallError> {
        let now = runtime::now_ms();
        let link = self.links()?.find(hash, now)?.ok_or_else(unknown_token)?;
        // Links of the other kinds belong to an account that may be in another shard.
        let account = match link.purpose {
            LinkPurpose::Verify | LinkPurpose::Reset => Some(self.account_of_link(&link)?),
            LinkPurpose::Change | LinkPurpose::Undo => None,
        };
        let factor = account.as_ref().and_then(|account| self.factor_of_link(&link, account, now)).cloned();
        Ok(LinkView { second_factor: factor, ..view(link, account.as_ref()) })
    }

    /// Returns the second factor that a link to a new password requires (`account.md` 12). An operator's link requires none, because the
    /// operator has checked the person. A recent factor is not required either: an intruder may have made it.
    pub(super) fn factor_of_link<'a>(
        &self,
        link: &StoredLink,
        account: &'a AccountRow,
        now: Millis,
    ) -> Option<&'a StoredFactor> {
        let is_old = |factor: &&StoredFactor| now >= factor.made_at + self.config.limits.second_factor_new_ms;
        account.second_factor.as_ref().filter(|_| link.data != OF_OPERATOR).filter(is_old)
    }

    /// Uses a link that verifies the address of an account.
    pub(super) async fn use_verification(self: &Rc<Self>, call: &LinkUse) -> Result<LinkView, CallError> {
        let now = runtime::now_ms();
        let (view, ends) = self.commit(|| {
            let (link, account) = self.link_of_account(&call.hash, LinkPurpose::Verify, now)?;
            self.links()?.remove(&call.hash)?;
            self.accounts()?.verify(&link.email, now)?;
            self.note_account_act(now, "email_verify", &link.user, &call.trace)?;
            let ends = call.is_elsewhere.then(|| {
                // Another person may have made the account with an address that is not theirs.
                self.recovery_codes()?.remove_all(&link.email)?;
                self.accounts()?.save_second_factor(&link.email, None)?;
                let (passkeys, made_since) = (Some(PasskeysEnd::default()), Some(0));
                let ending = Ending { keep: None, passkeys, made_since, reason: "remote" };
                self.plan_session_ends(&link.user, &ending, now)
            });
            Ok::<_, CallError>((view(link, Some(&account)), ends.transpose()?))
        })?;
        if let Some(ends) = ends {
            self.try_session_ends(ends).await;
        }
        Ok(view)
    }

    /// Returns a live link of this kind with its account. The refusal is the same if either is missing.
    pub(super) fn link_of_account(
        &self,
        hash: &str,
        purpose: LinkPurpose,
        now: Millis,
    ) -> Result<(StoredLink, AccountRow), CallError> {
        let found = self.links()?.find(hash, now)?.filter(|link| link.purpose == purpose);
        let link = found.ok_or_else(unknown_token)?;
        let account = self.account_of_link(&link)?;
        Ok((link, account))
    }

    fn account_of_link(&self, link: &StoredLink) -> Result<AccountRow, CallError> {
        let account = self.accounts()?.account(&link.email)?;
        Ok(account.filter(|account| account.user.as_str() == link.user).ok_or_else(unknown_token)?)
    }

    /// Writes an audit row of an act by the account's owner, in the transaction of the act.
    pub(super) fn note_account_act(
        &self,
        now: Millis,
        action: &'static str,
        user: &str,
        trace: &Trace,
    ) -> Result<(), Fault> {
        self.write_audit(now, &AuditEntry { actor: user, action, target: user, result: "ok" }, trace)
    }
}

fn start_of_hash(email: &str) -> String {
    hash_hex(email).chars().take(ADDRESS_DIGITS).collect()
}

fn view(link: StoredLink, account: Option<&AccountRow>) -> LinkView {
    let name = account.map(|account| account.name.clone()).unwrap_or_default();
    let verified_at = account.and_then(|account| account.verified_at);
    let StoredLink { purpose, email, user, .. } = link;
    LinkView { purpose, email, user, name, verified_at, second_factor: None }
}
