//! What a hub room counts (`messagehub.md` 9, `core.md` 1.7): in memory while things happen, in the room's tables when its alarm
//! rings, and with `dir` every few minutes. Nothing on a request's path waits for any of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use protocol::event::Millis;
use protocol::hub::{HubOut, HubTally};
use protocol::metrics::{COMMIT_SECONDS, FANOUT_SECONDS, Histogram};
use protocol::refusal::Fault;
use protocol::sorted::SortedMap;
use wasm_bindgen_futures::spawn_local;

use super::call;
use super::dir::{CountCall, shard_of};
use super::hub::{HubObject, Memory};
use super::hub_duties::AUDIT_MS;
use super::namespace::Namespace;
use super::runtime;
use crate::platform::analytics;
use crate::telemetry;

/// `dir` is told this often.
const REPORT_MS: Millis = 300_000;
/// How long writes take until they are safe is measured this often.
const MEASURE_MS: Millis = 1_000;
/// The door in data points and labels.
const DOOR: &str = "hub";

/// What was refused by a limit.
const RATE_LIMITED: &str = "cfm_rate_limited_total{rule=\"hub\"}";
/// What was not delivered, by reason.
const LAGGING: &str = "cfm_dropped_total{reason=\"lag\"}";
const TOO_LARGE: &str = "cfm_dropped_total{reason=\"too_large\"}";
const SEND_FAILED: &str = "cfm_dropped_total{reason=\"send_failed\"}";
const SLOW_STREAM: &str = "cfm_dropped_total{reason=\"slow_stream\"}";

/// See the module's description.
#[derive(Default)]
pub(super) struct Numbers {
    counted: RefCell<SortedMap<&'static str, u64>>,
    commits: RefCell<Histogram>,
    fanouts: RefCell<Histogram>,
    measured_at: Cell<Millis>,
    /// When `dir` was told in this life of the object, and of how many sockets.
    told_at: Cell<Millis>,
    told_sockets: Cell<Option<usize>>,
}

impl Numbers {
    /// Counts something.
    pub(super) fn count(&self, metric: &'static str, times: u64) {
        if times > 0 {
            *self.counted.borrow_mut().get_or_default(metric) += times;
        }
    }

    /// A committed turn was carried out.
    pub(super) fn count_turn(&self, tally: HubTally, send_failed: usize, slow_streams: usize) {
        let HubTally { rate_limited, replayed, lagging, too_large } = tally;
        let counts = [
            (RATE_LIMITED, rate_limited),
            ("cfm_replayed_total", replayed),
            (LAGGING, lagging),
            (TOO_LARGE, too_large),
            (SEND_FAILED, send_failed as u64),
            (SLOW_STREAM, slow_streams as u64),
        ];
        counts.into_iter().for_each(|(metric, times)| self.count(metric, times));
    }

    /// Messages reached everybody's sockets this long after the first of them had come.
    pub(super) fn fanned_out(&self, took_ms: Millis) {
        self.fanouts.borrow_mut().observe(took_ms);
    }

    fn take(&self) -> Vec<(String, u64)> {
        let counted = std::mem::take(&mut *self.counted.borrow_mut());
        let mut numbers: Vec<(String, u64)> =
            counted.into_iter().map(|(name, times)| (name.to_owned(), times)).collect();
        numbers.extend(self.commits.borrow_mut().take(COMMIT_SECONDS));
        numbers.extend(self.fanouts.borrow_mut().take(FANOUT_SECONDS));
        numbers
    }

    /// When [`report`] has something to tell of a room with so many sockets.
    pub(super) fn report_at(&self, now: Millis, sockets: usize, has_counts: bool) -> Option<Millis> {
        let is_known = self.told_sockets.get() == Some(sockets) && !has_counts && self.counted.borrow().is_empty();
        (!is_known).then(|| (self.told_at.get() + REPORT_MS).max(now + AUDIT_MS))
    }
}

/// Measures how long the writes of a turn that began at `began_at` take until they are safe, now and then: a measure for each
/// turn would cost more than it tells. The same measure is the data point of the turn's last message.
pub(super) fn measure(object: &Rc<HubObject>, began_at: Millis, out: &HubOut, recipients: usize) {
    let Some(last) = out.stored.last() else { return };
    if began_at < object.numbers.measured_at.get() + MEASURE_MS {
        return;
    }
    object.numbers.measured_at.set(began_at);
    let (object, sender, bytes) = (Rc::clone(object), last.sender.clone(), last.body.bytes().len());
    spawn_local(async move {
        runtime::until_safe(&object.state).await;
        let now = runtime::now_ms();
        let took_ms = now.saturating_sub(began_at);
        object.numbers.commits.borrow_mut().observe(took_ms);
        let doubles = [bytes as f64, took_ms as f64, recipients as f64];
        analytics::point(&object.env, now, sender.as_deref(), &["message_sent", DOOR, DOOR], &doubles);
    });
}

/// A socket came, or went after so long.
pub(super) fn socket_point(object: &HubObject, principal: Option<&str>, closed: Option<(u16, Millis)>) {
    let now = runtime::now_ms();
    match closed {
        None => analytics::point(&object.env, now, principal, &["socket_open", DOOR, ""], &[0.0]),
        Some((code, lifetime_ms)) => {
            let lifetime_s = (lifetime_ms / 1_000) as f64;
            analytics::point(&object.env, now, principal, &["socket_close", DOOR, &code.to_string()], &[lifetime_s]);
        }
    }
}

/// Keeps what was counted, and tells `dir` when it is time.
pub(super) async fn report(object: &Rc<HubObject>) -> Result<(), Fault> {
    let (now, numbers) = (runtime::now_ms(), object.numbers.take());
    incident_points(object, now, &numbers);
    let kept = object.turn(|_, step| Ok(step.store.add_counts(&numbers)?));
    kept.map_err(|denied| Fault(denied.to_string()))?;
    let is_time = now >= object.numbers.told_at.get() + REPORT_MS;
    if !is_time {
        return Ok(());
    }
    object.numbers.told_at.set(now);
    let (call, sockets) = object.look(|Memory { hub, store }| {
        let meta = hub.log().meta();
        let gauges = [
            ("cfm_messages_total{door=\"hub\"}", meta.head),
            ("cfm_bytes_total{door=\"hub\"}", meta.bytes_end),
            ("cfm_sockets{door=\"hub\"}", hub.count() as u64),
            ("cfm_outbox_depth", hub.outbox_count()),
            ("cfm_dead_letters", protocol::hub::HubStore::dead_state(store)?.1),
        ];
        let gauges = gauges.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let name = Namespace::Hub.object_name(hub.room());
        Ok((CountCall { name, gauges, counters: store.counts()? }, hub.count()))
    })?;
    match call::call::<_, ()>(&object.env, Namespace::Dir, &shard_of(&call.name), "count", &call).await {
        Ok(()) => {
            object.numbers.told_sockets.set(Some(sockets));
            if object.wake(None)? {
                let told = object.turn(|_, step| Ok(step.store.forget_counts()?));
                told.map_err(|denied| Fault(denied.to_string()))?;
            }
        }
        Err(error) => telemetry::call_failed("count", &error),
    }
    Ok(())
}

/// Data points of what went wrong since the last time, together.
fn incident_points(object: &HubObject, now: Millis, numbers: &[(String, u64)]) {
    for (metric, times) in numbers {
        let label = metric.split('"').nth(1).unwrap_or_default();
        let blobs = match metric.split('{').next() {
            Some("cfm_rate_limited_total") => ["rate_limited", label, DOOR],
            Some("cfm_dropped_total") => ["delivery_drop", DOOR, label],
            _ => continue,
        };
        analytics::point(&object.env, now, None, &blobs, &[*times as f64]);
    }
}
