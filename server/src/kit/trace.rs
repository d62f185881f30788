//! Origin of an act, for the audit log.

use serde::{Deserialize, Serialize};

/// Origin of an act. Empty for an act that no request asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Trace {
    /// The caller's network: IPv4 by /24, IPv6 by /48.
    pub address: String,
    pub request: String,
}
