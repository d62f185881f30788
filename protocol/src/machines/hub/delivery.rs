//! Receivers of a hub room's messages (`messagehub.md` 7): their registration, and the rules of [`crate::machines::webhook::Receivers`] over
//! the rows of the room.

use super::frames::HubStep;
use super::outbound::HubOut;
use super::refusal::HubRefusal;
use super::state::Hub;
use super::store::HubStore;
use crate::machines::webhook::{HookRow, Secret};
use crate::words::event::Millis;
use crate::words::limits::{HOOK_SECRET_OVERLAP_MS, HOOKS_MAX};
use crate::words::refusal::{Denied, Fault, Refusal};

/// A registered receiver of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its id in its room.
    pub id: String,
    /// Address that it leads to.
    pub url: String,
    /// Secret that its calls are signed with.
    pub secret: Secret,
    /// `true` where it gets calls.
    pub is_active: bool,
    /// `true` where no message overtakes another.
    pub is_ordered: bool,
}

impl Hub {
    /// Registers a receiver, or changes it. Returns `true` for a new one. The old secret is valid for one more day after a change.
    pub fn put_hook(
        &mut self,
        store: &mut impl HubStore,
        now: Millis,
        hook: &Hook,
    ) -> Result<Result<bool, HubRefusal>, Fault> {
        let known = self.receivers.find(&hook.id).cloned();
        if known.as_ref().is_some_and(|known| known.is_fixed) {
            return Ok(Err(HubRefusal::Forbidden));
        }
        if known.is_none() && self.receivers.own().count() >= HOOKS_MAX {
            return Ok(Err(HubRefusal::TooMany));
        }
        let secret = hook.secret.text();
        let previous = known.as_ref().and_then(|known| {
            let is_changed = known.secret != secret;
            if is_changed { Some((known.secret.clone(), now + HOOK_SECRET_OVERLAP_MS)) } else { known.previous.clone() }
        });
        let row = HookRow {
            id: hook.id.clone(),
            url: hook.url.clone(),
            secret,
            previous,
            is_active: hook.is_active,
            is_ordered: hook.is_ordered,
            dead_in_a_row: 0,
            is_fixed: false,
        };
        self.receivers.save(store.hook_store_mut(), now, &row)?;
        Ok(Ok(known.is_none()))
    }

    /// A message waits for every receiver from now on, in the transaction that stores it.
    pub(super) fn fill_outbox<S: HubStore>(&mut self, step: &mut HubStep<'_, S>, seq: u64) -> Result<(), Fault> {
        let is_filled = self.receivers.fill(step.store.hook_store_mut(), step.now, seq)?;
        step.out.outbox_filled |= is_filled;
        Ok(())
    }

    /// Retries a dead letter from the first attempt on. The message must still be stored, and the receiver active.
    pub fn revive(
        &mut self,
        store: &mut impl HubStore,
        now: Millis,
        hook: &str,
        seq: u64,
        out: &mut HubOut,
    ) -> Result<(), Denied> {
        let is_stored = (self.log.meta().oldest..=self.log.meta().head).contains(&seq);
        if !is_stored || !self.receivers.revive(store.hook_store_mut(), now, hook, seq)? {
            return Err(Refusal::NotFound.into());
        }
        out.outbox_filled = true;
        Ok(())
    }
}
