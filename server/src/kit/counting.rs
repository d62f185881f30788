//! Metrics of a log, which the shard of the directory with its name receives.

use serde::{Deserialize, Serialize};

use super::request::requests;

requests! { Dir:
    /// Reports metrics of a log.
    ReportMetrics "count": CountCall => ();
}

/// Metrics of a log. Gauges replace what was known, counters are added to it.
#[derive(Debug, Serialize, Deserialize)]
pub struct CountCall {
    /// Name of the log.
    pub name: String,
    /// Values as they are now.
    pub gauges: Vec<(String, u64)>,
    /// Increments since the last call.
    pub counters: Vec<(String, u64)>,
}

/// The shard that keeps `name`.
pub fn shard_of(name: &str) -> String {
    protocol::people::session::hash_hex(name).chars().take(1).collect()
}
