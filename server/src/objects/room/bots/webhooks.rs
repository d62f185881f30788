//! Calls to the webhooks of bots (`integrations.md` 7.4), and their dead letters. The outbox row is written with the message, so a crash can
//! only cause a repetition. The room makes every attempt itself, one at a time for each bot.

use std::rc::Rc;

use protocol::machines::room::{BotAttempt, Room};
use protocol::machines::webhook::{DeadLetter, DeadLetterStore, after_attempt};
use protocol::wire::integrations::delivery_json;
use protocol::words::event::Millis;
use protocol::words::refusal::{Denied, Fault};
use wasm_bindgen_futures::spawn_local;

use crate::calls::flags::{self, Flag};
use crate::calls::hub::{Attempt, AttemptResult};
use crate::kit::shell::broken;
use crate::objects::room::object::RoomObject;
use crate::objects::room::tables::RoomSql;
use crate::outbound::connectors;
use crate::outbound::dead_letters::{LeavesDeadLetters, found};
use crate::outbound::deliveries::{PAUSE_MS, count_attempt};
use crate::{runtime, telemetry};

/// Starts due calls in the background.
pub fn begin(object: &Rc<RoomObject>) {
    let object = Rc::clone(object);
    spawn_local(async move { deliver(&object).await });
}

/// Returns the time when an attempt is due, a lease ends, or a dead letter expires.
pub fn due_at(object: &RoomObject, room: &Room, store: &RoomSql) -> Result<Option<Millis>, Fault> {
    Ok(room.webhooks_at(store, runtime::now_ms())?.map(|at| at.max(object.runs.webhooks_paused_until.get())))
}

/// Starts every due attempt, without waiting for its end.
pub async fn deliver(object: &Rc<RoomObject>) {
    let Some(at) = waits_until(object) else { return };
    if at > runtime::now_ms() {
        return object.base.ring_by(at);
    }
    if !flags::are_on(&object.env, &[Flag::Webhooks]).await {
        let at = runtime::now_ms() + PAUSE_MS;
        object.runs.webhooks_paused_until.set(at);
        return object.base.ring_by(at);
    }
    if !matches!(object.wake(None), Ok(true)) {
        return;
    }
    let due = object.duty(|room, store, now, _| room.take_due_webhooks(store, now));
    for one in due.unwrap_or_default() {
        let object = Rc::clone(object);
        spawn_local(async move { attempt(&object, one).await });
    }
    if let Some(at) = waits_until(object) {
        object.base.ring_by(at.max(runtime::now_ms()));
    }
}

fn waits_until(object: &RoomObject) -> Option<Millis> {
    object.with(|room, store| Ok(due_at(object, room, store)?)).ok().flatten()
}

async fn attempt(object: &Rc<RoomObject>, one: BotAttempt) {
    let Ok(call) = object.with(|room, _| Ok(call(room.id().as_str(), &room.log().epoch(), &one))) else { return };
    let ended = connectors::attempt(&object.env, object.config, &call).await;
    telemetry::logged("bot_webhook", settle(object, &ended));
    begin(object);
}

fn call(room: &str, epoch: &str, one: &BotAttempt) -> Attempt {
    let BotAttempt { bot, webhook, maker, event, attempt } = one;
    Attempt {
        room: room.to_owned(),
        hook: bot.clone(),
        seq: event.seq,
        attempt: *attempt,
        url: webhook.url.clone(),
        secret: webhook.secret.clone(),
        previous: None,
        id: format!("{epoch}.{}.{bot}", event.seq),
        trace: None,
        body: delivery_json(room, epoch, event),
        payer: Some(maker.clone()),
    }
}

fn settle(object: &Rc<RoomObject>, ended: &AttemptResult) -> Result<(), Fault> {
    if !object.wake(None)? {
        return Ok(());
    }
    let after = after_attempt(ended.attempt, ended.outcome(), u64::from_be_bytes(runtime::random_bytes()));
    let which = (ended.hook.as_str(), ended.seq, ended.attempt);
    let answer = (ended.status.unwrap_or(0), ended.error.as_str());
    let settled = object.turn(|room, store, now, out| room.settle_webhook(store, now, which, after, answer, out));
    let is_awaited = settled.map_err(broken)?;
    count_attempt(object, is_awaited.then_some(after));
    let fields = serde_json::json!({
        "bot": ended.hook, "seq": ended.seq, "attempt": ended.attempt, "status": ended.status, "after": format!("{after:?}"),
    });
    telemetry::event("bot_webhook", fields);
    Ok(())
}

impl LeavesDeadLetters for RoomObject {
    fn wake_log(self: &Rc<Self>) -> Result<bool, Fault> {
        self.wake(None)
    }

    fn letters_after(&self, after: (&str, u64), limit: u32) -> Result<Vec<DeadLetter>, Fault> {
        self.with(|_, store| Ok(store.sql.dead_after(after, limit)?)).map_err(broken)
    }

    fn revive(self: &Rc<Self>, hook: &str, seq: u64) -> Result<(), Denied> {
        self.turn(|room, store, now, out| room.revive_webhook(store, now, (hook, seq), out))
    }

    fn bury(self: &Rc<Self>, hook: &str, seq: u64) -> Result<(), Denied> {
        self.turn(|_, store, _, _| found(store.sql.dead_remove(hook, seq)?))
    }
}
