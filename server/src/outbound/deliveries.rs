//! Deliveries of an object's messages to external servers (`messagehub.md` 7.2): when attempts begin, who makes them, and their results. The
//! outbox rows are written with the messages, so a crash can only cause a repetition.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use protocol::codec::json;
use protocol::machines::hub::{OutboundJob, OutboundJobKind};
use protocol::machines::webhook::{AttemptOutcome, AttemptSettlement, DueAttempt, HookDisposition, is_soon};
use protocol::words::event::Millis;
use protocol::words::limits::HOOK_SOON_ATTEMPTS_MAX;
use protocol::words::refusal::Fault;
use wasm_bindgen_futures::spawn_local;
use worker::Env;

use super::connectors;
use crate::calls::hub::{Attempt, AttemptResult};
use crate::config::Config;
use crate::kit::counters::{self, MetricsSource};
use crate::kit::hook_tables::free_outbox;
use crate::kit::sealed::Db;
use crate::kit::shell::Shell;
use crate::runtime::{self, Timer};
use crate::telemetry;

/// The queue that carries attempts and audit rows.
pub const QUEUE: &str = "OUTBOUND_QUEUE";
/// Interval of checks while deliveries are switched off.
pub const PAUSE_MS: Millis = 5_000;
/// Longest wait for which a timer in memory is used: an alarm may be late by about as much.
const TIMER_MS_MAX: Millis = 2_000;

pub trait Delivers: Shell + MetricsSource {
    fn deliveries(&self) -> &Deliveries;

    fn config(&self) -> &'static Config;

    /// Returns the name of the object's log, if the outbox has rows.
    fn waiting_log(self: &Rc<Self>) -> Result<Option<String>, Fault>;

    async fn is_switched_on(&self) -> bool;

    /// Returns the due attempts, and marks them as in progress.
    fn take_due(self: &Rc<Self>) -> Result<Vec<DueAttempt>, Fault>;

    /// Returns the time of the next delivery or expiry.
    fn delivery_at(&self) -> Result<Option<Millis>, Fault>;

    /// Returns the call of an attempt; `None` if it is no longer wanted.
    fn attempt_of(self: &Rc<Self>, hook: &str, seq: u64, attempt: u32) -> Result<Option<Attempt>, Fault>;

    /// Stores the result of an attempt. `random` is any number.
    fn store_end(
        self: &Rc<Self>,
        ended: &AttemptResult,
        outcome: AttemptOutcome,
        random: u64,
    ) -> Result<AttemptSettlement, Fault>;
}

/// Delivery state in the memory of an object.
pub struct Deliveries {
    timer: Timer,
    /// `true` while attempts are being started.
    is_at_work: Cell<bool>,
    /// `true` once the attempts of an earlier instance were freed.
    has_freed: Cell<bool>,
    /// Time until which deliveries are switched off.
    paused_until: Cell<Millis>,
}

impl Deliveries {
    pub fn of<T: Delivers>(object: &Weak<T>) -> Self {
        let timer = runtime::timer(object, work_on::<T>);
        Self { timer, is_at_work: Cell::new(false), has_freed: Cell::new(false), paused_until: Cell::new(0) }
    }

    /// Starts attempts once the current step has ended.
    pub fn begin(&self) {
        let now = runtime::now_ms();
        self.timer.arrange(now, now);
    }

    pub fn paused_until(&self) -> Millis {
        self.paused_until.get()
    }

    /// Frees the attempts that ended with an earlier instance of the object. Those of the queue's consumer continue, and so do those of this
    /// instance when its memory is rebuilt.
    pub fn free(&self, db: &Db, delivers_itself: bool) -> Result<(), Fault> {
        if !self.has_freed.get() {
            free_outbox(db, if delivers_itself { u32::MAX } else { HOOK_SOON_ATTEMPTS_MAX })?;
            self.has_freed.set(true);
        }
        Ok(())
    }
}

/// Returns `true` if objects make all attempts themselves, without the queue's consumer.
pub fn delivers_itself(env: &Env, config: &Config) -> bool {
    config.hub.delivers_itself || env.queue(QUEUE).is_err()
}

fn work_on<T: Delivers>(object: &Rc<T>) {
    let object = Rc::clone(object);
    spawn_local(async move { deliver(&object).await });
}

/// Starts every due attempt, or hands it to the queue. One run at a time.
pub async fn deliver<T: Delivers>(object: &Rc<T>) {
    if object.deliveries().is_at_work.replace(true) {
        return;
    }
    while let Ok(true) = deliver_some(object).await {}
    object.deliveries().is_at_work.set(false);
    arrange(&**object);
}

/// Sets timer and alarm for the next due delivery.
pub fn arrange<T: Delivers>(object: &T) {
    let Ok(Some(at)) = object.delivery_at() else { return };
    let (now, at) = (runtime::now_ms(), at.max(object.deliveries().paused_until()));
    if at <= now + TIMER_MS_MAX {
        object.deliveries().timer.arrange(now, at.max(now + 1));
    }
    object.base().ring_by(at.max(now));
}

async fn deliver_some<T: Delivers>(object: &Rc<T>) -> Result<bool, Fault> {
    let Some(log) = object.waiting_log()? else { return Ok(false) };
    if !object.is_switched_on().await {
        object.deliveries().paused_until.set(runtime::now_ms() + PAUSE_MS);
        return Ok(false);
    }
    let due = object.take_due()?;
    if due.is_empty() {
        return Ok(false);
    }
    // Attempts run independently, so a slow receiver does not delay others; each one checks for due work when it ends. Attempts in progress
    // are not due, so a receiver never gets more than its share.
    let makes_all = delivers_itself(object.metered().2, object.config());
    let (here, queued): (Vec<DueAttempt>, Vec<DueAttempt>) =
        due.into_iter().partition(|due| makes_all || is_soon(due.attempt));
    for due in here {
        let object = Rc::clone(object);
        spawn_local(async move { attempt_here(&object, &due).await });
    }
    for due in &queued {
        hand_over(object.metered().2, &log, due).await?;
    }
    Ok(true)
}

async fn attempt_here<T: Delivers>(object: &Rc<T>, due: &DueAttempt) {
    let attempt = match object.attempt_of(&due.hook.id, due.seq, due.attempt) {
        Ok(Some(attempt)) => attempt,
        Ok(None) => return,
        Err(fault) => return telemetry::fault("delivery", &fault),
    };
    let ended = connectors::attempt(object.metered().2, object.config(), &attempt).await;
    telemetry::logged("delivery", settle(object, &ended));
}

async fn hand_over(env: &Env, log: &str, due: &DueAttempt) -> Result<(), Fault> {
    let handed = OutboundJob {
        v: 1,
        log: log.to_owned(),
        what: OutboundJobKind::Hook,
        hook: Some(due.hook.id.clone()),
        seq: due.seq,
        attempt: due.attempt,
        rows: None,
    };
    // The attempt's lease expires and repeats it; the log line says why nothing is sent until then.
    send(env, &handed).await.inspect_err(|fault| telemetry::fault("delivery", fault))
}

pub async fn send(env: &Env, handed: &OutboundJob) -> Result<(), Fault> {
    let sent = async { env.queue(QUEUE)?.send(json::write(handed)).await };
    sent.await.map_err(|error: worker::Error| Fault(format!("queue: {error}")))
}

/// Stores the result of an attempt, and counts and logs it.
pub fn settle<T: Delivers>(object: &Rc<T>, ended: &AttemptResult) -> Result<(), Fault> {
    let random = u64::from_be_bytes(runtime::random_bytes());
    let AttemptSettlement { after, is_disabled } = object.store_end(ended, ended.outcome(), random)?;
    count_attempt(object, after);
    let fields = serde_json::json!({
        "hook": ended.hook, "seq": ended.seq, "attempt": ended.attempt, "status": ended.status,
        "after": format!("{after:?}"), "disabled": is_disabled,
    });
    telemetry::event("webhook", fields);
    arrange(&**object);
    Ok(())
}

/// Counts an attempt by its result; `None` for one that was no longer wanted. A dead letter is reported to the directory at once.
pub fn count_attempt<T: MetricsSource>(object: &Rc<T>, after: Option<HookDisposition>) {
    let metric = match after {
        Some(HookDisposition::Done) => "cfm_webhook_total{outcome=\"done\"}",
        Some(HookDisposition::Retry { .. } | HookDisposition::Postponed { .. }) => {
            "cfm_webhook_total{outcome=\"retry\"}"
        }
        Some(HookDisposition::Dead | HookDisposition::Gone) => "cfm_webhook_total{outcome=\"dead\"}",
        None => "cfm_webhook_total{outcome=\"late\"}",
    };
    object.metered().0.count(metric, 1);
    if matches!(after, Some(HookDisposition::Dead | HookDisposition::Gone)) {
        counters::report_gauges_soon(object);
    }
}
