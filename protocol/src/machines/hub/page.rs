//! A page of a hub room's log, its cursor, and the list of people in the room.

use super::item::Item;
use crate::words::event::Millis;

/// A place in a room's log; without an epoch it means the current one (`core.md` 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubCursor {
    /// Epoch of the log, if the reader sends it.
    pub epoch: Option<u32>,
    /// The newest place that the reader has.
    pub seq: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubPage {
    /// Messages, ascending.
    pub items: Vec<Item>,
    pub head: u64,
    /// Place after which the next page begins.
    pub next: u64,
    /// `true` where there is more already.
    pub more: bool,
    pub epoch: u32,
    /// The reader's place was another log's: what it has is void.
    pub is_reset: bool,
    /// Oldest stored position, if the reader requested older ones.
    pub truncated_at: Option<u64>,
}

/// A principal in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceEntry {
    /// The principal; `None` for all anonymous ones together.
    pub id: Option<String>,
    pub sockets: usize,
    pub status: String,
    pub since: Millis,
}
