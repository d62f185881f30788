//! Socket of a channel, as it is kept with it: what it listens for, where it stands, what it still has to get (`hopeflow.md` 3 and 6).

use serde::{Deserialize, Serialize};

use super::filter::Filters;
use crate::words::event::Millis;

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The log it means, if it says so.
    pub epoch: Option<u32>,
    /// The newest place it has.
    pub since: u64,
}

/// Kept envelopes that a socket still has to get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// It has everything up to here.
    pub after: u64,
    /// Head of the log when the replay began. Later envelopes came meanwhile, and were left to the socket's turn.
    pub head: u64,
    /// Heartbeats that are answered after it.
    pub pings: u32,
}

/// One socket, as it is kept with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Random id of the connection.
    pub id: String,
    /// Owner of the device; `None` for a connection from before this was kept.
    #[serde(default)]
    pub user: Option<String>,
    /// It speaks `hopeflow.v2` (`hopeflow.md` 6).
    pub is_v2: bool,
    /// Id of the device, if the device gives one.
    pub device: Option<String>,
    /// Where it stood when it connected; used by its first subscription.
    pub resume: Option<Resume>,
    /// Filters of the socket.
    pub filters: Filters,
    /// When it was let in.
    #[serde(default)]
    pub joined_at: Millis,
    /// Kept envelopes that it still has to get; until then it hears nothing else that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// Bytes of what is kept that it was sent since it last answered an envelope: nothing else shows that it reads.
    #[serde(default)]
    pub unanswered: usize,
}
