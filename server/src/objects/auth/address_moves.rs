//! The part of the `auth` object that moves accounts to other addresses (`account.md` 6.2 and 6.3).
//!
//! A shard is the new one, the old one, or both. The alarm completes moves whose old shard did not answer.

use std::rc::Rc;

use protocol::people::account::link::{LIVE_LINKS_MAX, LinkPurpose, unknown_token};
use protocol::people::session::{SHARDS, hash_hex, shard_of};
use protocol::words::event::Millis;
use protocol::words::limits::MOVE_MERGES_MAX;
use protocol::words::refusal::Fault;
use protocol::words::retry::retry_delay_ms;
use worker::Env;

use super::address_move_tables::{Departure, OpenMove, change_data};
use super::link_tables::StoredLink;
use super::object::AuthObject;
use crate::calls::address::{
    AddressMove, EndLinks, EndLinksCall, LeaveAddress, LeaveAnswer, MoveReadCall, MovingAccount, OfferCall,
};
use crate::kit::call;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Time that the old shard may take before the alarm asks it again.
const DEPARTURE_MS: Millis = 2_000;

impl AuthObject {
    /// Sends a link to an address that the owner of an account wants. Links of earlier requests end. An address with an account is told so
    /// instead, and the caller does not learn it.
    pub(super) async fn offer_address(self: &Rc<Self>, call: &OfferCall) -> Result<(), CallError> {
        let purposes = vec![LinkPurpose::Change];
        let earlier = EndLinksCall { user: call.user.clone(), purposes, undo_since: None };
        end_links_everywhere(&self.env, &earlier).await?;
        let (now, links) = (runtime::now_ms(), self.links()?);
        if self.accounts()?.account(&call.email)?.is_some() {
            return Ok(self.add_mail(&call.taken, now)?);
        }
        if links.live(&call.email, LinkPurpose::Change, now)? >= LIVE_LINKS_MAX {
            return Ok(());
        }
        let link = StoredLink {
            purpose: LinkPurpose::Change,
            email: call.email.clone(),
            user: call.user.clone(),
            data: change_data(&call.old),
            expires_at: now + LinkPurpose::Change.life_ms(),
        };
        links.add(&call.hash, &link)?;
        self.add_mail(&call.offer, now)?;
        Ok(self.arrange_alarm(&self.sql()?)?)
    }

    /// Reads an account that is to move; refused on `token` if it is not there.
    pub(super) fn read_for_move(&self, call: &MoveReadCall) -> Result<MovingAccount, CallError> {
        Ok(self.moves()?.moving(&call.email, &call.user)?.ok_or_else(unknown_token)?)
    }

    /// Takes an account in at its new address, and has it leave the old one.
    pub(super) async fn enter_address(self: &Rc<Self>, call: &AddressMove) -> Result<(), CallError> {
        self.take_in(call)?;
        self.carry_out_moves(runtime::now_ms() + DEPARTURE_MS).await?;
        // The row of the ends is committed, and the alarm repeats what failed.
        if call.is_undo() {
            self.try_session_ends().await;
        }
        // Of two moves at once, the slower one was undone.
        self.moves()?.moving(&call.new, &call.user)?.ok_or_else(unknown_token)?;
        Ok(())
    }

    fn take_in(self: &Rc<Self>, call: &AddressMove) -> Result<(), CallError> {
        let (now, moves) = (runtime::now_ms(), self.moves()?);
        let mut result = Ok(false);
        let committed = runtime::in_transaction(&self.state, || {
            result = moves.enter(call, now);
            result.is_ok()
        });
        let has_left = result?;
        if !committed {
            return Err(Fault("the arrival of an account did not commit".into()).into());
        }
        if call.is_undo() {
            self.plan_session_ends(&call.user, None, "remote", now)?;
        }
        if has_left {
            self.tell_departure(call, now)?;
        }
        self.ring_by(now + DEPARTURE_MS);
        Ok(())
    }

    /// Completes moves that are due by `by`. The alarm repeats what failed.
    pub(super) async fn carry_out_moves(self: &Rc<Self>, by: Millis) -> Result<(), Fault> {
        let due = self.moves()?.due(by)?;
        let results = call::in_portions(due.iter().map(|open| self.complete(open))).await;
        for (open, result) in due.iter().zip(results) {
            if let Err(error) = result {
                telemetry::call_failed("address-leave", &error);
                self.moves()?.delay(&open.call.id, runtime::now_ms() + retry_delay_ms(open.tries))?;
            }
        }
        self.arrange_alarm(&self.sql()?)
    }

    /// Has an account leave its old address. A move that takes a change back first ends the links that its last owner may have.
    async fn complete(&self, open: &OpenMove) -> Result<(), CallError> {
        let mut call = open.call.clone();
        if call.is_undo() {
            let purposes = vec![LinkPurpose::Reset, LinkPurpose::Verify, LinkPurpose::Change];
            let theirs = EndLinksCall { user: call.user.clone(), purposes, undo_since: Some(open.link_end) };
            end_links_everywhere(&self.env, &theirs).await?;
        }
        let hash = hash_hex(&call.old);
        let shard = shard_of(&hash).unwrap_or_default();
        for _ in 0..MOVE_MERGES_MAX {
            match LeaveAddress::ask(&self.env, shard, &call).await? {
                LeaveAnswer::Left => return Ok(self.moves()?.close(&call.id)?),
                LeaveAnswer::Gone => return Ok(self.moves()?.give_up(&call)?),
                LeaveAnswer::Changed(kept) => self.moves()?.merge(&mut call, kept)?,
            }
        }
        Err(CallError::Busy(Fault("an account changed while it left its address".into())))
    }

    /// Removes an account from the address that it has left, with the mail to that address.
    pub(super) fn leave_address(self: &Rc<Self>, call: &AddressMove) -> Result<LeaveAnswer, CallError> {
        let (now, moves) = (runtime::now_ms(), self.moves()?);
        let mut result = Ok(Departure::Gone);
        let committed = runtime::in_transaction(&self.state, || {
            result = moves.leave(call, now);
            result.is_ok()
        });
        let departure = result?;
        if !committed {
            return Err(Fault("the departure of an account did not commit".into()).into());
        }
        Ok(match departure {
            Departure::Now => {
                self.tell_departure(call, now)?;
                LeaveAnswer::Left
            }
            Departure::Before => LeaveAnswer::Left,
            Departure::Changed(kept) => LeaveAnswer::Changed(kept),
            Departure::Gone => LeaveAnswer::Gone,
        })
    }

    /// Writes the audit row of a move, and the mail to the old address. Belongs in the step in which the account leaves.
    fn tell_departure(self: &Rc<Self>, call: &AddressMove, now: Millis) -> Result<(), Fault> {
        let action = if call.is_undo() { "email_undo" } else { "email_change" };
        self.note_account_act(now, action, &call.user, &call.trace)?;
        match &call.mail {
            Some(mail) => self.add_mail(mail, now),
            None => Ok(()),
        }
    }

    /// Ends links of a person, as far as they are here.
    pub(super) fn end_links(&self, call: &EndLinksCall) -> Result<(), CallError> {
        let links = self.links()?;
        call.purposes.iter().try_for_each(|purpose| links.remove_of(&call.user, *purpose))?;
        match call.undo_since {
            Some(since) => Ok(self.moves()?.end_undo_links(&call.user, since)?),
            None => Ok(()),
        }
    }
}

/// Ends links of a person, whatever addresses they were sent to.
async fn end_links_everywhere(env: &Env, question: &EndLinksCall) -> Result<(), CallError> {
    let ended = call::in_portions(SHARDS.iter().map(|shard| EndLinks::ask(env, shard, question))).await;
    ended.into_iter().collect()
}
