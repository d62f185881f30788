//! Shard of the directory that keeps a name, and the metrics that a log reports to the shard of its own name.

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
    /// Values as they are now.
    pub gauges: Vec<(String, u64)>,
    /// Increments since the last call.
    pub counters: Vec<(String, u64)>,
}

/// Returns the shard of the directory that keeps `name`.
pub fn shard_of(name: &str) -> String {
    protocol::people::session::hash_hex(name).chars().take(1).collect()
}
