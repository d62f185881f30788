//! Report of an outbox that did not empty at the first try (`messagehub.md` 8): the object's shard of `dir` hears how much waits, so
//! that the cron wakes the object should its alarm be lost. Rooms of MessageHub say it with their other numbers (`hub::metrics`).

use std::cell::Cell;

use worker::Env;

use super::counting::{CountCall, ReportMetrics, shard_of};
use super::request::Request;
use crate::telemetry;

/// State of the last report in this life of the object: `true` where `dir` was told that something waits.
#[derive(Default)]
pub struct Stuck(Cell<bool>);

impl Stuck {
    /// Tells that `depth` were tried in vain and wait, where that is news; and in any case when the cron `asks`, to whom `dir` has
    /// said that something waits.
    pub async fn tell(&self, env: &Env, name: String, depth: u64, asks: bool) {
        let is_stuck = depth > 0;
        if !asks && is_stuck == self.0.get() {
            return;
        }
        let call = CountCall { name, gauges: vec![("cfm_outbox_depth".to_owned(), depth)], counters: Vec::new() };
        match ReportMetrics::ask(env, &shard_of(&call.name), &call).await {
            Ok(()) => self.0.set(is_stuck),
            Err(error) => telemetry::call_failed("count", &error),
        }
    }
}
