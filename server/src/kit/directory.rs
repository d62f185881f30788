//! Directory shard of a name, and the metrics that a log reports to it.

use serde::{Deserialize, Serialize};

use super::request::requests;

requests! { Dir:
    /// Reports metrics of a log.
    ReportMetrics "count": MetricsReport => ();
}

/// Metrics of a log. A gauge replaces the known value, a counter is added to it.
#[derive(Debug, Serialize, Deserialize)]
pub struct MetricsReport {
    /// Name of the log.
    pub name: String,
    /// Current values.
    pub gauges: Vec<(String, u64)>,
    /// Increments since the last call.
    pub counters: Vec<(String, u64)>,
}

/// Returns the directory shard of `name`.
pub fn shard_of(name: &str) -> String {
    protocol::people::session::hash_hex(name).chars().take(1).collect()
}
