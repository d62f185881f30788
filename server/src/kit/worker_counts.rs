//! Counters of the Worker itself, which has neither tables nor an alarm (`messagehub.md` 9). An isolate counts in memory. It reports with the
//! first event, and then with the first one after a few seconds. Counts that the directory did not accept are reported again; those after the
//! last report are lost with the isolate.

use std::cell::RefCell;
use std::collections::BTreeMap;

use protocol::words::event::Millis;
use protocol::words::limits::NUMBERS_GATHER_MS;
use protocol::words::time::remaining_ms;
use worker::Env;

use super::directory::MetricsReport;
use crate::{runtime, telemetry};

/// Name of all isolates in the directory, which does not distinguish them.
const NAME: &str = "worker";

struct WorkerCounts {
    counted: BTreeMap<&'static str, u64>,
    reported_at: Millis,
}

thread_local! {
    static COUNTS: RefCell<WorkerCounts> = const { RefCell::new(WorkerCounts::new()) };
}

impl WorkerCounts {
    const fn new() -> Self {
        Self { counted: BTreeMap::new(), reported_at: 0 }
    }

    /// Counts an event. Returns the counts to report now, if any.
    fn count(&mut self, metric: &'static str, now: Millis) -> Option<BTreeMap<&'static str, u64>> {
        self.add(metric, 1);
        if remaining_ms(self.reported_at + NUMBERS_GATHER_MS, now, NUMBERS_GATHER_MS) > 0 {
            return None;
        }
        self.reported_at = now;
        Some(std::mem::take(&mut self.counted))
    }

    fn add(&mut self, metric: &'static str, times: u64) {
        *self.counted.entry(metric).or_default() += times;
    }

    /// Restores counts that the directory did not accept.
    fn take_back(&mut self, counted: BTreeMap<&'static str, u64>) {
        counted.into_iter().for_each(|(metric, times)| self.add(metric, times));
    }
}

/// Counts an event. A flood causes one report every few seconds, for which one caller waits.
pub async fn count(env: &Env, metric: &'static str) {
    let Some(counted) = COUNTS.with_borrow_mut(|counts| counts.count(metric, runtime::now_ms())) else { return };
    let counters = counted.iter().map(|(metric, times)| ((*metric).to_owned(), *times)).collect();
    let report = MetricsReport { name: NAME.to_owned(), counters, ..MetricsReport::default() };
    if let Err(error) = report.send(env).await {
        COUNTS.with_borrow_mut(|counts| counts.take_back(counted));
        telemetry::call_failed("count", &error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_report_every_few_seconds_and_none_of_it_is_counted_twice() {
        let (mut counts, now) = (WorkerCounts::new(), 1_795_000_000_000);
        let one = |metric: &'static str, times| Some(BTreeMap::from([(metric, times)]));
        assert_eq!(counts.count("a", now), one("a", 1), "the first is told at once");
        for later in 0..NUMBERS_GATHER_MS {
            assert_eq!(counts.count("a", now + later), None);
        }
        assert_eq!(counts.count("a", now + NUMBERS_GATHER_MS), one("a", NUMBERS_GATHER_MS + 1));
        assert_eq!(counts.count("b", now + 2 * NUMBERS_GATHER_MS), one("b", 1));
    }

    #[test]
    fn a_report_that_was_not_accepted_is_part_of_the_next_one() {
        let (mut counts, now) = (WorkerCounts::new(), 1_795_000_000_000);
        let lost = counts.count("a", now).unwrap();
        assert_eq!(counts.count("a", now + 1), None);
        counts.take_back(lost);
        let next = counts.count("b", now + NUMBERS_GATHER_MS);
        assert_eq!(next, Some(BTreeMap::from([("a", 2), ("b", 1)])));
    }
}
