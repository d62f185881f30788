//! Request of a publisher, and its answer (`hopeflow.md` 5).

use serde::{Deserialize, Serialize};

use crate::words::event::Millis;

/// A call that waits for its answer; the shell's own number.
pub type CallKey = u64;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// Publisher: keys belong to it.
    pub publisher: String,
    /// Key of the write.
    pub key: Option<String>,
    /// Owner of the channel.
    pub user: String,
    /// Its `type`, trimmed.
    pub kind: String,
    /// JSON text.
    pub payload: Option<String>,
    /// Durable, for so long.
    pub ttl_ms: Option<Millis>,
}

impl Publish {
    /// Returns `true` when the publish changes what is stored.
    pub fn writes(&self) -> bool {
        self.key.is_some() || self.ttl_ms.is_some()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub envelope_id: String,
    /// Its place in the log, if it is durable.
    pub seq: Option<u64>,
    /// Sockets that matched when it was handed out.
    pub client_count: u64,
    /// JSON texts of the answers, in the order of arrival.
    pub results: Vec<String>,
}
