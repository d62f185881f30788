//! The pinned message (`messenger.md` 3.4): one for each conversation, as its row stores it and as one person may see it.
//!
//! The row contains all data that visibility depends on, so the log is not read. `pinning` decides about visibility.

use crate::words::event::{Event, Millis};
use crate::words::refusal::Fault;

/// Pinned message, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub seq: u64,
    /// Its id.
    pub message: String,
    /// User id of the message's author.
    pub author: String,
    pub said_at: Millis,
    pub by: String,
    pub at: Millis,
}

/// Pinned message, as one person may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedMessage {
    pub by: String,
    pub at: Millis,
    pub message: Event,
}

pub trait PinStore {
    fn pin(&self) -> Result<Option<Pin>, Fault>;
    /// Keeps it; `None` when nothing is any more.
    fn save_pin(&mut self, pin: Option<&Pin>) -> Result<(), Fault>;
}
