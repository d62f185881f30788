//! A receiver of a log's messages, what waits for it, and what it did not take (`messagehub.md` 7): rows, which `receivers` moves.

use crate::words::event::Millis;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookRow {
    pub id: String,
    /// Address to which it leads: a URL, `mailto:` and an address, or `log:`.
    pub url: String,
    /// Secret that signs its calls, as text.
    pub secret: String,
    /// The secret before it, and until when it signs too.
    pub previous: Option<(String, Millis)>,
    /// It gets messages.
    pub is_active: bool,
    /// Messages must not overtake each other.
    pub is_ordered: bool,
    /// Messages in a row that it did not take.
    pub dead_in_a_row: u32,
    /// The deployment names it, and no row of the log.
    pub is_fixed: bool,
}

impl HookRow {
    /// Receiver that the deployment names.
    pub fn fixed(id: String, url: String, secret: String) -> Self {
        Self { id, url, secret, previous: None, is_active: true, is_ordered: true, dead_in_a_row: 0, is_fixed: true }
    }
}

/// A message that waits for a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub seq: u64,
    pub due_at: Millis,
    /// Attempts that were begun.
    pub attempts: u32,
    /// End of the lease of an attempt in progress: without a result until then it is lost.
    pub busy_until: Millis,
}

/// Dead letter: a message that a receiver did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub hook: String,
    pub seq: u64,
    /// Status of the last answer; 0 when there was none.
    pub status: u16,
    pub error: String,
    pub attempts: u32,
    pub died_at: Millis,
}
