//! Directory shard of a name, and the metrics that a log reports to it.

use std::cell::Cell;

use serde::{Deserialize, Serialize};
use worker::Env;

use super::request::{Request, requests};
use crate::runtime::call_error::CallError;
use crate::telemetry;

requests! { Dir:
    ReportMetrics "count": MetricsReport => ();
}

/// Metrics of a log. A gauge replaces the known value, a counter is added to it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct MetricsReport {
    pub name: String,
    pub gauges: Vec<(String, u64)>,
    /// Increments since the last call.
    pub counters: Vec<(String, u64)>,
}

impl MetricsReport {
    pub async fn send(&self, env: &Env) -> Result<(), CallError> {
        ReportMetrics::ask(env, &shard_of(&self.name), self).await
    }
}

/// Report of an outbox that did not empty at the first attempt (`messagehub.md` 8): `true` if the last one by this instance told of a backlog.
/// The directory stores the depth, so that the cron can wake the object if its alarm is lost. Rooms of MessageHub report the depth with their
/// other metrics (`hub::metrics`).
#[derive(Default)]
pub struct BacklogReport(Cell<bool>);

impl BacklogReport {
    /// Reports the `depth` of the outbox if a backlog began or ended since the last report, and always if the cron `asks`, because the
    /// directory has listed the object.
    pub async fn send(&self, env: &Env, name: String, depth: u64, asks: bool) {
        if !self.must_report(depth, asks) {
            return;
        }
        let call =
            MetricsReport { name, gauges: vec![("cfm_outbox_depth".to_owned(), depth)], ..MetricsReport::default() };
        match call.send(env).await {
            Ok(()) => self.0.set(depth > 0),
            Err(error) => telemetry::call_failed("count", &error),
        }
    }

    fn must_report(&self, depth: u64, asks: bool) -> bool {
        asks || self.0.get() != (depth > 0)
    }
}

pub fn shard_of(name: &str) -> String {
    protocol::people::session::hash_hex(name).chars().take(1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_is_reported_once_and_so_is_its_end() {
        let backlog = BacklogReport::default();
        assert!(!backlog.must_report(0, false), "the outbox was empty and still is");
        assert!(backlog.must_report(1, false));
        backlog.0.set(true);
        assert!(!backlog.must_report(9, false), "the directory knows of the backlog");
        assert!(backlog.must_report(0, false));
    }

    #[test]
    fn a_cron_that_asks_always_gets_a_report() {
        let backlog = BacklogReport::default();
        for was_reported in [false, true] {
            backlog.0.set(was_reported);
            assert!(backlog.must_report(0, true) && backlog.must_report(3, true));
        }
    }
}
