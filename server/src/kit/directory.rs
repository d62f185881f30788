//! Directory shard of a name, and the metrics that a log reports to it.

use std::cell::Cell;

use protocol::words::refusal::Fault;
use serde::{Deserialize, Serialize};
use worker::{Env, State};

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

/// Report of an outbox that did not empty at the first attempt, and of jobs that wait (`messagehub.md` 8): `true` if the last one by this
/// instance told of such work. The directory stores the gauges, so that the cron can wake the object if its alarm is lost. Rooms of
/// MessageHub report the depth of their outbox with their other metrics (`hub::metrics`).
#[derive(Default)]
pub struct BacklogReport(Cell<bool>);

impl BacklogReport {
    /// Reports the `depth` of the outbox and the `ages` of jobs (`Jobs::ages`) if such work began or ended to wait since the last report, and
    /// always if the cron `asks`, because the directory has listed the object.
    pub async fn send(&self, env: &Env, name: String, depth: u64, ages: Vec<(String, u64)>, asks: bool) {
        let depth = ("cfm_outbox_depth".to_owned(), depth);
        self.send_gauges(env, name, ages.into_iter().chain([depth]).collect(), asks).await;
    }

    /// Reports the `ages` of jobs in the same way, for an object without an outbox.
    pub async fn send_ages(&self, state: &State, env: &Env, ages: Result<Vec<(String, u64)>, Fault>, asks: bool) {
        match (ages, state.id().name()) {
            (Ok(ages), Some(name)) => self.send_gauges(env, name, ages, asks).await,
            (Err(fault), _) => telemetry::fault("count", &fault),
            (Ok(_), None) => {}
        }
    }

    async fn send_gauges(&self, env: &Env, name: String, gauges: Vec<(String, u64)>, asks: bool) {
        let waits = gauges.iter().any(|(_, value)| *value > 0);
        if !self.must_report(waits, asks) {
            return;
        }
        match (MetricsReport { name, gauges, counters: Vec::new() }).send(env).await {
            Ok(()) => self.0.set(waits),
            Err(error) => telemetry::call_failed("count", &error),
        }
    }

    fn must_report(&self, waits: bool, asks: bool) -> bool {
        asks || self.0.get() != waits
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
        assert!(!backlog.must_report(false, false), "the outbox was empty and still is");
        assert!(backlog.must_report(true, false));
        backlog.0.set(true);
        assert!(!backlog.must_report(true, false), "the directory knows of the backlog");
        assert!(backlog.must_report(false, false));
    }

    #[test]
    fn a_cron_that_asks_always_gets_a_report() {
        let backlog = BacklogReport::default();
        for was_reported in [false, true] {
            backlog.0.set(was_reported);
            assert!(backlog.must_report(false, true) && backlog.must_report(true, true));
        }
    }
}
