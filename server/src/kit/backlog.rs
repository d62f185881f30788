//! Report of an outbox that did not empty at the first try (`messagehub.md` 8): the object's shard of `dir` learns how much waits, so
//! that the cron wakes the object should its alarm be lost. Rooms of MessageHub report it with their other metrics (`hub::metrics`).

use std::cell::Cell;

use worker::Env;

use super::counting::{CountCall, ReportMetrics, shard_of};
use super::request::Request;
use crate::telemetry;

/// State of the last report in this life of the object: `true` where `dir` was told of a backlog.
#[derive(Default)]
pub struct BacklogReport(Cell<bool>);

impl BacklogReport {
    /// Reports that `depth` entries were tried in vain and wait. Without a change nothing is reported, unless the cron `asks`, which
    /// learned of the backlog from `dir`.
    pub async fn send(&self, env: &Env, name: String, depth: u64, asks: bool) {
        let has_backlog = depth > 0;
        if !asks && has_backlog == self.0.get() {
            return;
        }
        let call = CountCall { name, gauges: vec![("cfm_outbox_depth".to_owned(), depth)], counters: Vec::new() };
        match ReportMetrics::ask(env, &shard_of(&call.name), &call).await {
            Ok(()) => self.0.set(has_backlog),
            Err(error) => telemetry::call_failed("count", &error),
        }
    }
}
