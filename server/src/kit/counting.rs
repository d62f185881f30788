//! Numbers of a log, told to the shard of the directory that keeps its name.

use serde::{Deserialize, Serialize};

use super::request::requests;

requests! { Dir:
    /// Reports numbers of a log.
    ReportMetrics "count": CountCall => ();
}

/// Numbers of a log. Gauges replace what was known, counters are added to it.
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
