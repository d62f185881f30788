//! Socket of a channel, as it is stored with it: filters, position, and pending envelopes (`hopeflow.md` 3 and 6).

use serde::{Deserialize, Serialize};

use super::filter::Filters;
use crate::words::event::Millis;

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Epoch of the log, if the client sends it.
    pub epoch: Option<u32>,
    /// The newest place it has.
    pub since: u64,
}

/// Stored envelopes that a socket still has to receive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Position up to which it has received everything.
    pub after: u64,
    /// Head of the log at the begin of the replay. Envelopes that came later follow in the socket's turn.
    pub head: u64,
    /// Heartbeats that are answered after it.
    pub pings: u32,
}

/// Socket as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    pub id: String,
    /// Owner of the device; `None` for a connection from before this was stored.
    pub user: Option<String>,
    /// It speaks `hopeflow.v2` (`hopeflow.md` 6).
    pub is_v2: bool,
    pub device: Option<String>,
    /// Where it stood when it connected; used by its first subscription.
    pub resume: Option<Resume>,
    pub filters: Filters,
    #[serde(default)]
    pub joined_at: Millis,
    /// Stored envelopes that it still has to receive; until then it receives no newer stored ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// Number of bytes of stored envelopes that it was sent since its last answer: only an answer shows that it reads.
    #[serde(default)]
    pub unanswered: usize,
}
