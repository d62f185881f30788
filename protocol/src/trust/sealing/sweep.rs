//! Sweep that seals an object's stored data with the current key, from the first row of its first column to the last row of its last one.
//! Each step processes one batch and stores its position. Data that is written in the meantime already has that key.

use super::keys::{ContentKeys, PLAIN};
use crate::words::event::Millis;
use crate::words::limits::SWEEP_LOOK_MS;

/// Progress of a sweep: one row of each object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Id of the key that seals everything, or [`PLAIN`].
    pub key: String,
    /// Number of columns that are done.
    pub part: u64,
    /// Last row of the next column that is done; empty before the first.
    pub after: String,
    /// Number of unreadable rows, which stay as they are.
    pub left: u64,
    /// Ids of the keys in the ring when it began.
    pub ring: String,
    pub began_at: Millis,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepPortion {
    /// Last row of the batch; `None` if no row was left.
    pub after: Option<String>,
    /// Number of unreadable rows.
    pub left: u64,
}

impl Sweep {
    /// Returns the sweep of an object that wakes with these keys. It differs from `stored` if a new sweep begins. Unreadable rows are tried
    /// again with other keys, or after a time in which a lost key may have returned, but not at every wake-up.
    pub fn woken(stored: Option<&Self>, keys: &ContentKeys, parts: u64, now: Millis) -> Self {
        let before = stored.cloned().unwrap_or(Self { key: PLAIN.to_owned(), part: parts, ..Self::default() });
        // Without keys nothing can be swept, so the stored progress stays.
        let Some(current) = keys.current().filter(|_| !keys.is_off()) else { return before };
        let ring = keys.ids();
        let may_open = before.ring != ring || now >= before.began_at.saturating_add(SWEEP_LOOK_MS);
        let begins = before.key != current || (before.is_done(parts) && before.left > 0 && may_open);
        if begins { Self { key: current.to_owned(), ring, began_at: now, ..Self::default() } } else { before }
    }

    /// Returns `true` if every row is done.
    pub fn is_done(&self, parts: u64) -> bool {
        self.part >= parts
    }

    /// Returns `true` if no row needs a key.
    pub fn is_plain(&self, parts: u64) -> bool {
        self.key == PLAIN && self.is_done(parts) && self.left == 0
    }

    /// Returns the progress after a batch.
    #[must_use]
    pub fn after(self, swept: SweepPortion) -> Self {
        let left = self.left + swept.left;
        match swept.after {
            Some(after) => Self { after, left, ..self },
            None => Self { part: self.part + 1, after: String::new(), left, ..self },
        }
    }
}
