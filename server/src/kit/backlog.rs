//! Report of an outbox that did not empty at the first try (`messagehub.md` 8): the object's shard of `dir` learns how much waits, so
//! that the cron wakes the object should its alarm be lost. Rooms of MessageHub report it with their other metrics (`hub::metrics`).

use std::cell::Cell;

use worker::Env;

use super::directory::{MetricsReport, ReportMetrics, shard_of};
use super::request::Request;
use crate::telemetry;

/// State of the last report in this life of the object: `true` where `dir` was told that a waits.
#[derive(Default)]
pub struct BacklogReport(Cell<bool>);

impl BacklogReport {
    /// Reports that `depth` were tried in vain and wait, where that is news; and in any case when the cron `asks`, to whom `dir` has
    /// said that a waits.
    pub async fn send(&self, env: &Env, name: String, depth: u64, asks: bool) {
        if !self.is_news(depth, asks) {
            return;
        }
        let call = MetricsReport { name, gauges: vec![("cfm_outbox_depth".to_owned(), depth)], counters: Vec::new() };
        match ReportMetrics::ask(env, &shard_of(&call.name), &call).await {
            Ok(()) => self.0.set(depth > 0),
            Err(error) => telemetry::call_failed("count", &error),
        }
    }

    fn is_news(&self, depth: u64, asks: bool) -> bool {
        asks || self.0.get() != (depth > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_news_once_and_so_is_its_end() {
        let stuck = BacklogReport::default();
        assert!(!stuck.is_news(0, false), "nothing waits, as ever");
        assert!(stuck.is_news(1, false));
        stuck.0.set(true);
        assert!(!stuck.is_news(9, false), "it is known that a waits");
        assert!(stuck.is_news(0, false));
    }

    #[test]
    fn whoever_asks_is_told_in_any_case() {
        let stuck = BacklogReport::default();
        for is_told in [false, true] {
            stuck.0.set(is_told);
            assert!(stuck.is_news(0, true) && stuck.is_news(3, true));
        }
    }
}
