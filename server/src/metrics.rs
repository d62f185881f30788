//! `GET /metrics` (`messagehub.md` 9): what the logs have told `dir`, added up, in the text form of Prometheus. No name of a room
//! is ever in it.

use protocol::sorted::SortedMap;

use futures_util::future::join_all;
use worker::Env;

use crate::objects::call;
use crate::objects::namespace::Namespace;
use crate::telemetry;

/// Shards of `dir`.
const SHARDS: &str = "0123456789abcdef";
/// Metric, kind, what it says. Sums of logs are kept under the name with its labels.
const METRICS: &[(&str, &str, &str)] = &[
    ("cfm_messages_total", "counter", "Messages that were stored."),
    ("cfm_bytes_total", "counter", "Bytes of their bodies."),
    ("cfm_sockets", "gauge", "Open sockets."),
    ("cfm_rate_limited_total", "counter", "What was refused by a limit."),
    ("cfm_replayed_total", "counter", "Writes that were known already."),
    ("cfm_webhook_total", "counter", "Attempts by what followed."),
    ("cfm_outbox_depth", "gauge", "Messages that wait for receivers."),
    ("cfm_dead_letters", "gauge", "Messages that receivers did not take."),
    ("cfm_wakes_total", "counter", "How often an object woke."),
];

/// The text.
pub async fn text(env: &Env) -> String {
    let shards: Vec<String> = SHARDS.chars().map(String::from).collect();
    let asked =
        shards.iter().map(|shard| call::call::<_, Vec<(String, u64)>>(env, Namespace::Dir, shard, "counts", &()));
    let mut sums: SortedMap<String, u64> = SortedMap::new();
    for counts in join_all(asked).await {
        match counts {
            Ok(counts) => counts.into_iter().for_each(|(metric, value)| *sums.get_or_default(metric) += value),
            Err(error) => telemetry::call_failed("counts", &error),
        }
    }
    let mut out = String::new();
    for (name, kind, help) in METRICS {
        out.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        let own = sums.iter().filter(|(metric, _)| metric.split('{').next() == Some(*name));
        for (metric, value) in own {
            out.push_str(&format!("{metric} {value}\n"));
        }
    }
    out
}
