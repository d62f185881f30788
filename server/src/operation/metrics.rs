//! Numbers of the deployment (`messagehub.md` 9): what the logs have told `dir`, added up, the queue of reports, and the ledger of the
//! model. No name of a room is ever in them.

use std::collections::BTreeMap;

use futures_util::future::join3;
use protocol::operation::metrics::{NEURONS_TODAY, REPORTS_OLDEST_SECONDS, REPORTS_OPEN, join};
use protocol::words::limits::ADMIN_ROOMS_MAX;
use worker::Env;

use super::alarms::read_ledger;
use crate::calls::directory::{ListDeadLogs, ReadMetrics};
use crate::calls::operator::OBJECT;
use crate::calls::reports::{CountReports, ReportCounts};
use crate::kit::body::Empty;
use crate::kit::request::{Request, ask_shards};
use crate::{runtime, telemetry};

/// All of them.
pub async fn sums(env: &Env) -> BTreeMap<String, u64> {
    let counts = CountReports::ask(env, OBJECT, &Empty);
    let ((mut sums, _), counts, ledger) = join3(sums_of_all(env), counts, read_ledger(env)).await;
    match counts {
        Ok(counts) => sums.extend(of_reports(counts)),
        Err(error) => telemetry::call_failed("counts", &error),
    }
    match ledger {
        // A day on which no answer named its neurons has no number of them.
        Ok(ledger) => sums.extend(ledger.neurons_milli.map(|milli| (NEURONS_TODAY.to_owned(), (milli + 500) / 1_000))),
        Err(fault) => telemetry::fault("metrics", &fault),
    }
    sums
}

/// Returns the numbers of open reports (`moderation.md` 7.4).
fn of_reports(counts: ReportCounts) -> [(String, u64); 2] {
    let age_ms = counts.oldest_at.map_or(0, |at| runtime::now_ms().saturating_sub(at));
    [(REPORTS_OPEN.to_owned(), counts.open), (REPORTS_OLDEST_SECONDS.to_owned(), age_ms / 1_000)]
}

/// All that the logs have told, and whether every shard was heard.
pub async fn sums_of_all(env: &Env) -> (BTreeMap<String, u64>, bool) {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    let mut is_whole = true;
    for counts in ask_shards::<ReadMetrics>(env, &()).await {
        match counts {
            Ok(counts) => counts.into_iter().for_each(|(metric, value)| join(&mut sums, metric, value)),
            Err(error) => {
                is_whole = false;
                telemetry::call_failed("counts", &error);
            }
        }
    }
    (sums, is_whole)
}

/// Returns the logs with most dead letters, as far as their last reports say, and the number of each.
pub async fn dead_logs(env: &Env) -> Vec<(String, u64)> {
    let shards = ask_shards::<ListDeadLogs>(env, &()).await;
    let mut logs: Vec<(String, u64)> = shards.into_iter().flatten().flatten().collect();
    logs.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    logs.truncate(ADMIN_ROOMS_MAX as usize);
    logs
}
