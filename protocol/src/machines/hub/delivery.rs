//! Receivers of a hub room's messages (`messagehub.md` 7): their registration, and the rules of [`crate::machines::webhook::Receivers`] over
//! the rows of the room.

use super::frames::HubStep;
use super::hook::Hook;
use super::outbound::HubOut;
use super::refusal::HubRefusal;
use super::state::Hub;
use super::store::HubStore;
use crate::machines::webhook::{AttemptOutcome, AttemptSettlement, DueAttempt, HookRow};
use crate::words::event::Millis;
use crate::words::limits::{HOOK_SECRET_OVERLAP_MS, HOOKS_MAX};
use crate::words::refusal::{Denied, Fault, Refusal};

impl Hub {
    /// The room's own receivers.
    pub fn hooks(&self) -> impl Iterator<Item = &HookRow> {
        self.receivers.own()
    }

    /// A receiver of any kind.
    pub fn hook(&self, id: &str) -> Option<&HookRow> {
        self.receivers.find(id)
    }

    /// Registers a receiver, or changes it. Returns `true` for a new one. The old secret is valid for one more day after a change.
    pub fn put_hook(
        &mut self,
        store: &mut impl HubStore,
        now: Millis,
        hook: &Hook,
    ) -> Result<Result<bool, HubRefusal>, Fault> {
        let known = self.hook(&hook.id).cloned();
        if known.as_ref().is_some_and(|known| known.is_fixed) {
            return Ok(Err(HubRefusal::Forbidden));
        }
        if known.is_none() && self.hooks().count() >= HOOKS_MAX {
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
        self.receivers.save(store, now, &row)?;
        Ok(Ok(known.is_none()))
    }

    /// Removes a receiver with all that waits for it; false when there was none.
    pub fn remove_hook(&mut self, store: &mut impl HubStore, id: &str) -> Result<bool, Fault> {
        self.receivers.remove(store, id)
    }

    /// A message waits for every receiver from now on, in the transaction that stores it.
    pub(super) fn fill_outbox<S: HubStore>(&mut self, step: &mut HubStep<'_, S>, seq: u64) -> Result<(), Fault> {
        let is_filled = self.receivers.fill(step.store, step.now, seq)?;
        step.out.outbox_filled |= is_filled;
        Ok(())
    }

    /// Returns the attempts to make now. Each is in progress from here on, until [`Hub::settle`] or the end of its lease.
    pub fn take_due(&mut self, store: &mut impl HubStore, now: Millis) -> Result<Vec<DueAttempt>, Fault> {
        self.receivers.take_due(store, now)
    }

    /// Returns when [`Hub::take_due`] or [`Hub::forget_dead`] has something to do: for the object's alarm.
    pub fn delivery_at(&self, store: &impl HubStore, now: Millis) -> Result<Option<Millis>, Fault> {
        self.receivers.delivery_at(store, now)
    }

    /// Returns `true` if the attempt is still the one that is waited for.
    pub fn awaits(&self, store: &impl HubStore, hook: &str, seq: u64, attempt: u32) -> Result<bool, Fault> {
        self.receivers.awaits(store, hook, seq, attempt)
    }

    /// Stores the result of an attempt. `random` is any number; `error` is a description for people.
    pub fn settle(
        &mut self,
        store: &mut impl HubStore,
        now: Millis,
        due: (&str, u64, u32),
        outcome: AttemptOutcome,
        error: &str,
        random: u64,
    ) -> Result<AttemptSettlement, Fault> {
        self.receivers.settle(store, now, due, outcome, error, random)
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
        if !is_stored || !self.receivers.revive(store, now, hook, seq)? {
            return Err(Refusal::NotFound.into());
        }
        out.outbox_filled = true;
        Ok(())
    }

    /// Removes expired dead letters. Returns `true` if there were some.
    pub fn forget_dead(&mut self, store: &mut impl HubStore, now: Millis) -> Result<bool, Fault> {
        self.receivers.forget_dead(store, now)
    }
}
