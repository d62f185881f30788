//! Deliveries of a hub room's messages to other people's servers (`messagehub.md` 7): the parts of `outbound::deliveries` and
//! `outbound::dead_letters` that know hub rooms.

use std::rc::Rc;

use protocol::machines::hub::HubStore;
use protocol::machines::webhook::{
    AttemptOutcome, AttemptSettlement, DeadLetter, DeadLetterStore, DueAttempt, HookStoreOwner,
};
use protocol::wire::messagehub::{delivery_id, delivery_json};
use protocol::words::event::Millis;
use protocol::words::refusal::{Denied, Fault};

use super::object::{HubMemory, HubObject};
use crate::calls::flags;
use crate::calls::hub::{Attempt, AttemptResult};
use crate::config::Config;
use crate::kit::namespace::Namespace;
use crate::kit::shell::broken;
use crate::outbound::connectors;
use crate::outbound::dead_letters::{LeavesDeadLetters, found};
use crate::outbound::deliveries::{Deliveries, Delivers};
use crate::runtime;

impl Delivers for HubObject {
    fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    fn config(&self) -> &'static Config {
        self.config
    }

    fn waiting_log(self: &Rc<Self>) -> Result<Option<String>, Fault> {
        if !self.wake(None)? {
            return Ok(None);
        }
        self.with(|HubMemory { hub, .. }| {
            Ok((hub.receivers.waiting() > 0).then(|| Namespace::Hub.object_name(hub.room())))
        })
    }

    async fn is_switched_on(&self) -> bool {
        match self.with(|HubMemory { hub, .. }| Ok(hub.room().to_owned())) {
            Ok(room) => flags::is_on_in(&self.env, flags::Flag::Webhooks, &room).await,
            Err(_) => false,
        }
    }

    fn take_due(self: &Rc<Self>) -> Result<Vec<DueAttempt>, Fault> {
        self.turn(|hub, step| Ok(hub.receivers.take_due(step.store.hook_store_mut(), step.now)?)).map_err(broken)
    }

    fn delivery_at(&self) -> Result<Option<Millis>, Fault> {
        self.with(|HubMemory { hub, store }| hub.receivers.delivery_at(store.hook_store(), runtime::now_ms()))
    }

    fn attempt_of(self: &Rc<Self>, hook_id: &str, seq: u64, attempt: u32) -> Result<Option<Attempt>, Fault> {
        let now = runtime::now_ms();
        self.with(|HubMemory { hub, store }| {
            let hook = hub.receivers.find(hook_id).filter(|hook| hook.is_active);
            let item = store.read(seq, seq, 1, u64::MAX)?.pop();
            let (Some(hook), Some(item), true) =
                (hook, item, hub.receivers.awaits(store.hook_store(), hook_id, seq, attempt)?)
            else {
                return Ok(None);
            };
            let epoch = hub.log().meta().epoch;
            Ok(Some(Attempt {
                room: hub.room().to_owned(),
                hook: hook.id.clone(),
                seq,
                attempt,
                url: hook.url.clone(),
                secret: hook.secret.clone(),
                previous: hook.previous.as_ref().filter(|(_, until)| *until > now).map(|(secret, _)| secret.clone()),
                id: delivery_id(epoch, seq, &hook.id),
                trace: self.traces.of(seq),
                body: connectors::body_for(self.config, &hook.url, hub.room(), &item)
                    .unwrap_or_else(|| delivery_json(hub.room(), epoch, &item)),
                payer: None,
            }))
        })
    }

    fn store_end(
        self: &Rc<Self>,
        ended: &AttemptResult,
        outcome: AttemptOutcome,
        random: u64,
    ) -> Result<AttemptSettlement, Fault> {
        let settled = self.turn(|hub, step| {
            let due = (ended.hook.as_str(), ended.seq, ended.attempt);
            let settled =
                hub.receivers.settle(step.store.hook_store_mut(), step.now, due, outcome, &ended.error, random)?;
            if settled.is_disabled {
                step.store.note_disabled(step.now, &ended.hook)?;
            }
            Ok(settled)
        });
        let settled = settled.map_err(broken)?;
        if settled.is_disabled {
            self.arrange_duties()?;
        }
        Ok(settled)
    }
}

impl LeavesDeadLetters for HubObject {
    fn wake_log(self: &Rc<Self>) -> Result<bool, Fault> {
        self.wake(None)
    }

    fn letters_after(&self, after: (&str, u64), limit: u32) -> Result<Vec<DeadLetter>, Fault> {
        self.with(|HubMemory { store, .. }| store.hook_store().dead_after(after, limit))
    }

    fn revive(self: &Rc<Self>, hook: &str, seq: u64) -> Result<(), Denied> {
        self.turn(|hub, step| hub.revive(step.store, step.now, hook, seq, step.out))
    }

    fn bury(self: &Rc<Self>, hook: &str, seq: u64) -> Result<(), Denied> {
        self.turn(|_, step| found(step.store.hook_store_mut().dead_remove(hook, seq)?))
    }
}
