//! Webhooks of a store (`livestore.md` 14.3): every push waits for the receivers that the deployment names, from the transaction that stores
//! it. Rows refer to events of the log. `outbound::deliveries` makes the calls.

use std::rc::Rc;

use protocol::machines::chain::ChainStore;
use protocol::machines::webhook::{
    AttemptOutcome, AttemptSettlement, DeadLetter, DeadLetterStore, DueAttempt, HookStoreOwner, Receivers,
};
use protocol::wire::livestore::{push_delivery_id, push_json};
use protocol::words::event::Millis;
use protocol::words::refusal::{Denied, Fault, Refusal};

use super::tables::StoreSql;
use super::{StoreMemory, StoreObject};
use crate::calls::flags;
use crate::calls::hub::{Attempt, AttemptResult, HubCall};
use crate::config::Config;
use crate::kit::body::Empty;
use crate::kit::counters;
use crate::kit::namespace::Namespace;
use crate::kit::shell::broken;
use crate::outbound::dead_letters::{LeavesDeadLetters, found};
use crate::outbound::deliveries::{self, Deliveries, Delivers};
use crate::runtime;
use crate::runtime::call_error::CallError;

impl StoreMemory {
    /// The log had `before` events when the step began: a push that was stored since waits for its receivers. Returns `true` if there are some.
    pub(super) fn note_pushed(&mut self, before: u64, now: Millis) -> Result<bool, Fault> {
        let Self { store, receivers, .. } = self;
        let head = store.head()?;
        if head < before {
            // The log was emptied, and what waited with it.
            receivers.recount(store.hook_store())?;
        }
        if head <= before || !receivers.fill(store.hook_store_mut(), now, head)? {
            return Ok(false);
        }
        store.add_push(before, head)?;
        Ok(true)
    }

    /// Returns `true` if there are receivers, or rows of former ones.
    fn has_receivers(&self) -> Result<bool, Fault> {
        Ok(!self.receivers.is_idle() || self.store.hook_store().dead_state()?.1 > 0)
    }

    /// Returns the gauges of the receivers; none where there was never a receiver.
    pub(super) fn gauges_of_receivers(&self) -> Result<Vec<(&'static str, u64)>, Fault> {
        // A store that has receivers keeps its id.
        if self.store.id()?.is_none() {
            return Ok(Vec::new());
        }
        let dead = self.store.hook_store().dead_state()?.1;
        Ok(vec![("cfm_outbox_depth", self.receivers.waiting()), ("cfm_dead_letters", dead)])
    }
}

impl StoreObject {
    /// Returns the receivers of the store with this id. Only a store that has some keeps its id: an object that wakes by itself does not know
    /// its own.
    pub(super) fn receivers_of(&self, store: &mut StoreSql, store_id: Option<&str>) -> Result<Receivers, Fault> {
        let fixed = store_id.map(|id| self.config.livestore.hooks_of(id)).unwrap_or_default();
        if let Some(id) = store_id.filter(|_| !fixed.is_empty()) {
            store.keep_id(id)?;
        }
        Receivers::open(fixed, store.hook_store_mut(), runtime::now_ms())
    }

    pub(super) fn learn_id(&self, store_id: &str) -> Result<(), Fault> {
        let mut memory = self.base.memory.borrow_mut();
        let Some(memory) = memory.as_mut().filter(|memory| memory.store_id.is_none()) else { return Ok(()) };
        memory.receivers = self.receivers_of(&mut memory.store, Some(store_id))?;
        memory.store_id = Some(store_id.to_owned());
        Ok(())
    }

    /// Forgets what is over, and begins what is due: a duty of the alarm.
    pub(super) async fn tend_receivers(self: &Rc<Self>) -> Result<(), Fault> {
        let has_receivers = self.base.memory.borrow().as_ref().map_or(Ok(false), StoreMemory::has_receivers)?;
        if !has_receivers {
            return Ok(());
        }
        let forgotten = self.step(|memory, now, _| {
            let StoreMemory { receivers, store, .. } = memory;
            let has_expired = receivers.forget_dead(store.hook_store_mut(), now)?;
            store.forget_pushes()?;
            Ok(has_expired)
        });
        if forgotten.map_err(broken)? {
            // Nothing else happened that would bring a report.
            counters::report_gauges(&**self).await;
        }
        deliveries::deliver(self).await;
        // A run that was under way has not set the next alarm yet, and would set none if the process ended now.
        deliveries::arrange(&**self);
        Ok(())
    }
}

impl Delivers for StoreObject {
    fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    fn config(&self) -> &'static Config {
        self.config
    }

    fn waiting_log(self: &Rc<Self>) -> Result<Option<String>, Fault> {
        self.wake()?;
        let memory = self.base.memory.borrow();
        let waiting = memory.as_ref().filter(|memory| memory.receivers.waiting() > 0);
        Ok(waiting.and_then(|memory| Some(Namespace::Store.object_name(memory.store_id.as_deref()?))))
    }

    async fn is_switched_on(&self) -> bool {
        flags::are_on(&self.env, &[flags::Flag::Webhooks]).await
    }

    fn take_due(self: &Rc<Self>) -> Result<Vec<DueAttempt>, Fault> {
        let taken = self.step(|memory, now, _| {
            let StoreMemory { receivers, store, .. } = memory;
            receivers.take_due(store.hook_store_mut(), now)
        });
        taken.map_err(broken)
    }

    fn delivery_at(&self) -> Result<Option<Millis>, Fault> {
        let memory = self.base.memory.borrow();
        memory
            .as_ref()
            .map_or(Ok(None), |memory| memory.receivers.delivery_at(memory.store.hook_store(), runtime::now_ms()))
    }

    fn attempt_of(self: &Rc<Self>, hook_id: &str, seq: u64, attempt: u32) -> Result<Option<Attempt>, Fault> {
        self.wake()?;
        let memory = self.base.memory.borrow();
        let Some(StoreMemory { receivers, store, store_id: Some(store_id), .. }) = memory.as_ref() else {
            return Ok(None);
        };
        let hook = receivers.find(hook_id).filter(|hook| hook.is_active);
        let is_awaited = receivers.awaits(store.hook_store(), hook_id, seq, attempt)?;
        let (Some(hook), Some(after), true) = (hook, store.push_before(seq)?, is_awaited) else { return Ok(None) };
        let count = u32::try_from(seq.saturating_sub(after)).unwrap_or(u32::MAX);
        let events = store.read(after, count, usize::MAX)?;
        let backend_id = store.backend_id();
        Ok(Some(Attempt {
            room: store_id.clone(),
            hook: hook.id.clone(),
            seq,
            attempt,
            url: hook.url.clone(),
            secret: hook.secret.clone(),
            previous: None,
            id: push_delivery_id(&backend_id, seq, &hook.id),
            trace: None,
            body: push_json(store_id, &backend_id, &events),
            payer: None,
        }))
    }

    fn store_end(
        self: &Rc<Self>,
        ended: &AttemptResult,
        outcome: AttemptOutcome,
        random: u64,
    ) -> Result<AttemptSettlement, Fault> {
        self.wake()?;
        let settled = self.step(|memory, now, _| {
            let StoreMemory { receivers, store, .. } = memory;
            let due = (ended.hook.as_str(), ended.seq, ended.attempt);
            receivers.settle(store.hook_store_mut(), now, due, outcome, &ended.error, random)
        });
        settled.map_err(broken)
    }
}

impl LeavesDeadLetters for StoreObject {
    fn wake_log(self: &Rc<Self>) -> Result<bool, Fault> {
        self.wake()?;
        Ok(true)
    }

    fn letters_after(&self, after: (&str, u64), limit: u32) -> Result<Vec<DeadLetter>, Fault> {
        let memory = self.base.memory.borrow();
        memory.as_ref().map_or_else(|| Ok(Vec::new()), |memory| memory.store.hook_store().dead_after(after, limit))
    }

    fn revive(self: &Rc<Self>, hook: &str, seq: u64) -> Result<(), Denied> {
        let is_revived = self.step(|memory, now, _| {
            let StoreMemory { receivers, store, .. } = memory;
            Ok(store.push_before(seq)?.is_some() && receivers.revive(store.hook_store_mut(), now, hook, seq)?)
        })?;
        deliveries::arrange(&**self);
        found(is_revived)
    }

    fn bury(self: &Rc<Self>, hook: &str, seq: u64) -> Result<(), Denied> {
        found(self.step(|memory, _, _| memory.store.hook_store_mut().dead_remove(hook, seq))?)
    }
}

// ---- attempts that the queue's consumer makes

pub(super) fn find_attempt(object: &Rc<StoreObject>, call: &HubCall) -> Result<Option<Attempt>, CallError> {
    let hook = call.hook.as_deref().ok_or(Refusal::NotFound)?;
    Ok(object.attempt_of(hook, call.seq.unwrap_or(0), call.attempt.unwrap_or(0))?)
}

pub(super) fn note_end(object: &Rc<StoreObject>, ended: &AttemptResult) -> Result<Empty, CallError> {
    deliveries::settle(object, ended)?;
    Ok(Empty)
}
