//! Report of an outbox that did not empty at the first attempt (`messagehub.md` 8). The directory stores its depth, so that the cron can wake
//! the object if its alarm is lost. Rooms of MessageHub report the depth with their other metrics (`hub::metrics`).

use std::cell::Cell;

use worker::Env;

use super::directory::{MetricsReport, ReportMetrics, shard_of};
use super::request::Request;
use crate::telemetry;

/// State of the last report by this instance: `true` if it reported a backlog.
#[derive(Default)]
pub struct BacklogReport(Cell<bool>);

impl BacklogReport {
    /// Reports the `depth` of the outbox if a backlog began or ended since the last report, and always if the cron `asks`, because the
    /// directory has listed the object.
    pub async fn send(&self, env: &Env, name: String, depth: u64, asks: bool) {
        if !self.must_report(depth, asks) {
            return;
        }
        let call = MetricsReport { name, gauges: vec![("cfm_outbox_depth".to_owned(), depth)], counters: Vec::new() };
        match ReportMetrics::ask(env, &shard_of(&call.name), &call).await {
            Ok(()) => self.0.set(depth > 0),
            Err(error) => telemetry::call_failed("count", &error),
        }
    }

    fn must_report(&self, depth: u64, asks: bool) -> bool {
        asks || self.0.get() != (depth > 0)
    }
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
