//! Directory shard of a name, and the metrics that a log reports to it.

use serde::{Deserialize, Serialize};

use super::request::requests;

requests! { Dir:
    ReportMetrics "count": MetricsReport => ();
}

/// Metrics of a log. A gauge replaces the known value, a counter is added to it.
#[derive(Debug, Serialize, Deserialize)]
pub struct MetricsReport {
    pub name: String,
    /// Current values.
    pub gauges: Vec<(String, u64)>,
    /// Increments since the last call.
    pub counters: Vec<(String, u64)>,
}

pub fn shard_of(name: &str) -> String {
    protocol::people::session::hash_hex(name).chars().take(1).collect()
}
