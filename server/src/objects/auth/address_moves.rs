//! The part of the `auth` object that moves accounts to other addresses (`account.md` 6.2 and 6.3).
//!
//! A shard can be the new one, the old one, or both. The alarm completes moves whose old shard did not answer.

use std::rc::Rc;

use protocol::people::account::link::{LinkPurpose, unknown_token};
use protocol::people::session::shard_of_text;
use protocol::words::event::Millis;
use protocol::words::limits::MOVE_MERGES_MAX;
use protocol::words::refusal::{Fault, Refusal};
use worker::Env;

use super::address_move_tables::{BUSY_MS, Departure, OpenMove, change_data};
use super::caused_mail_tables::CausedMail;
use super::link_tables::StoredLink;
use super::object::AuthObject;
use super::session_ends::Ending;
use crate::calls::account::find_account;
use crate::calls::address::{
    AddressMove, EndLinks, EndLinksCall, LeaveAddress, LeaveAnswer, MoveReadCall, MovingAccount, OfferCall,
    ReadAccountForMove,
};
use crate::calls::passkey::PasskeysEnd;
use crate::kit::jobs::{Attempt, Job, Outcome};
use crate::kit::request::{Request, ask_shards};
use crate::kit::sql;
use crate::runtime;
use crate::runtime::call_error::CallError;

impl Job for OpenMove {
    const KIND: &'static str = "address_moves";
    const FIRST_MS: Millis = 2_000;
    type Context = Rc<AuthObject>;

    async fn run(&self, object: &Rc<AuthObject>, _: Attempt<'_>) -> Outcome {
        Outcome::of("address-leave", object.complete(self).await)
    }
}

impl AuthObject {
    /// Sends a link to a new address that an account's owner wants, and a notice to the current address. Links of earlier requests end, so
    /// an account has one such link, whatever other accounts request. An address that already has an account gets a notice instead of a
    /// link, and the caller does not learn that.
    pub(super) async fn offer_address(self: &Rc<Self>, call: &OfferCall) -> Result<(), CallError> {
        let purposes = vec![LinkPurpose::Change];
        let earlier = EndLinksCall { user: call.user.clone(), purposes, undo_since: None };
        end_links_everywhere(&self.env, &earlier).await?;
        Ok(self.commit(|| self.add_offer(call, runtime::now_ms()))?)
    }

    fn add_offer(&self, call: &OfferCall, now: Millis) -> Result<(), Fault> {
        let caused = self.caused_mails()?;
        self.add_mail(&call.wanted, None, now)?;
        if self.accounts()?.account(&call.email)?.is_some() {
            let is_sent = caused.take(&call.email, CausedMail::Taken, now)?;
            return if is_sent { self.add_mail(&call.taken, None, now) } else { Ok(()) };
        }
        if !caused.take(&call.email, CausedMail::Offer, now)? {
            return Ok(());
        }
        let link = StoredLink {
            purpose: LinkPurpose::Change,
            email: call.email.clone(),
            user: call.user.clone(),
            data: change_data(&call.old, &call.digest),
            expires_at: now + LinkPurpose::Change.life_ms(),
        };
        self.links()?.add(&call.hash, &link)?;
        self.add_mail(&call.offer, Some(link.expires_at), now)
    }

    /// Reads an account before a move. Refuses on `token` if it is not there.
    pub(super) fn read_for_move(&self, call: &MoveReadCall) -> Result<MovingAccount, CallError> {
        Ok(self.moves()?.moving(&call.email, &call.user)?.ok_or_else(unknown_token)?)
    }

    /// Stores an account at its new address, and removes it from the old one.
    pub(super) async fn enter_address(self: &Rc<Self>, call: &AddressMove) -> Result<(), CallError> {
        let ends = self.commit(|| self.take_in(call, runtime::now_ms()))?;
        if let Some(ends) = ends {
            self.try_session_ends(ends).await;
        }
        self.jobs.run_now::<OpenMove>(&sql::of(&self.state), self, &call.id).await?;
        self.arrange_alarm(&self.sql()?)?;
        if self.moves()?.moving(&call.new, &call.user)?.is_some() {
            return Ok(());
        }
        // The slower of two simultaneous moves was cancelled. An undo link can then be used again.
        let is_live = self.links()?.find(&call.id, runtime::now_ms())?.is_some();
        let refusal = if is_live { Refusal::Overloaded { retry_after_ms: BUSY_MS } } else { unknown_token() };
        Err(refusal.into())
    }

    /// Stores an account at its new address. Returns the key of the session ends that the move plans, if it ends earlier sessions.
    fn take_in(&self, call: &AddressMove, now: Millis) -> Result<Option<String>, CallError> {
        let (has_left, link_end) = self.moves()?.enter(call, now)?;
        // An undo link was made with its change, so its age gives the time of the change.
        let since = if call.is_undo() { link_end.saturating_sub(LinkPurpose::Undo.life_ms()) } else { 0 };
        let passkeys = Some(PasskeysEnd { since, keep: Vec::new() });
        // An undo has restored the earlier verification. A person who uses a link without a session may never have owned the account, so
        // everything ends.
        let proved_at = match call.is_undo() {
            true => self.accounts()?.account(&call.new)?.and_then(|account| account.verified_at).unwrap_or(0),
            false => 0,
        };
        let ending = Ending { keep: None, passkeys, made_since: Some(proved_at), reason: "remote" };
        let ends = call.ends_earlier().then(|| self.plan_session_ends(&call.user, &ending, now)).transpose()?;
        if has_left {
            self.tell_departure(call, now)?;
        }
        Ok(ends)
    }

    /// Removes an account from its old address. An undo first ends the links that the last owner may have, and follows an account that has
    /// moved on.
    async fn complete(self: &Rc<Self>, open: &OpenMove) -> Result<(), CallError> {
        let mut call = open.call.clone();
        if call.is_undo() {
            let purposes = vec![LinkPurpose::Reset, LinkPurpose::Verify, LinkPurpose::Change];
            let theirs = EndLinksCall { user: call.user.clone(), purposes, undo_since: Some(open.link_end) };
            end_links_everywhere(&self.env, &theirs).await?;
        }
        for _ in 0..MOVE_MERGES_MAX {
            match LeaveAddress::ask(&self.env, &shard_of_text(&call.old), &call).await? {
                LeaveAnswer::Left => {
                    self.moves()?.close(&call.id)?;
                    return Ok(());
                }
                LeaveAnswer::Gone => match self.follow(&call, open.link_end).await? {
                    Some(next) => call = next,
                    None => return Ok(()),
                },
                LeaveAnswer::Changed(kept) => {
                    let moves = self.moves()?;
                    if !self.commit(|| moves.merge(&mut call, kept))? {
                        return Ok(());
                    }
                }
            }
        }
        Err(CallError::Busy(Fault("an account changed while it left its address".into())))
    }

    /// Cancels a move that a later one has overtaken. An undo starts again with its old link, from the current address of the account.
    /// Returns `None` if the move is over.
    async fn follow(self: &Rc<Self>, call: &AddressMove, link_end: Millis) -> Result<Option<AddressMove>, CallError> {
        let moves = self.moves()?;
        if !self.commit(|| moves.give_up(call, Some(link_end)))? {
            return Ok(None);
        }
        let Some(old) = find_account(&self.env, &call.user).await?.email else {
            return Ok(None);
        };
        let question = MoveReadCall { email: old.clone(), user: call.user.clone() };
        let copied = ReadAccountForMove::ask(&self.env, &shard_of_text(&old), &question).await?;
        let next = AddressMove { old, copied, ..call.clone() };
        self.commit(|| self.take_in(&next, runtime::now_ms()))?;
        Ok(Some(next))
    }

    /// Removes an account from its old address, and writes the mail to that address.
    pub(super) fn leave_address(self: &Rc<Self>, call: &AddressMove) -> Result<LeaveAnswer, CallError> {
        let now = runtime::now_ms();
        self.commit(|| match self.moves()?.leave(call, now)? {
            Departure::Now => {
                self.tell_departure(call, now)?;
                Ok(LeaveAnswer::Left)
            }
            Departure::Before => Ok(LeaveAnswer::Left),
            Departure::Changed(kept) => Ok(LeaveAnswer::Changed(kept)),
            Departure::Gone => Ok(LeaveAnswer::Gone),
        })
    }

    /// Writes the audit row of a move, and the mail to the old address, in the transaction in which the account leaves.
    fn tell_departure(&self, call: &AddressMove, now: Millis) -> Result<(), Fault> {
        let action = if call.is_undo() { "email_undo" } else { "email_change" };
        self.note_account_act(now, action, &call.user, &call.trace)?;
        match &call.mail {
            // The undo link works for longer than a mail waits.
            Some(mail) => self.add_mail(mail, None, now),
            None => Ok(()),
        }
    }

    /// Ends those links of a person that are in this shard.
    pub(super) fn end_links(&self, call: &EndLinksCall) -> Result<(), CallError> {
        self.in_one_step(|| {
            let links = self.links()?;
            call.purposes.iter().try_for_each(|purpose| links.remove_of(&call.user, *purpose))?;
            match call.undo_since {
                Some(since) => Ok(self.moves()?.end_undo_links(&call.user, since)?),
                None => Ok(()),
            }
        })
    }
}

/// Ends links of a person in all shards.
pub(super) async fn end_links_everywhere(env: &Env, question: &EndLinksCall) -> Result<(), CallError> {
    ask_shards::<EndLinks>(env, question).await.into_iter().collect()
}
