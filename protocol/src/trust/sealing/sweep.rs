//! Sweep that brings an object's stored data under the key that seals now: from the first row of its first column to the last of its last,
//! a portion at a time, with its place written down in the step of the portion. Data that is written meanwhile is under that key already.

use super::keys::{ContentKeys, PLAIN};
use crate::words::event::Millis;
use crate::words::limits::SWEEP_LOOK_MS;

/// Progress of a sweep: one row of each object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Id of the key under which everything comes, or [`PLAIN`].
    pub key: String,
    /// Columns that are done.
    pub part: u64,
    /// The last row of the next column that is done; empty before the first.
    pub after: String,
    /// Rows that could not be opened. They stay as they are.
    pub left: u64,
    /// Ids of the keys that were there when it began.
    pub ring: String,
    /// Time at which it began.
    pub began_at: Millis,
}

/// Result of a portion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepPortion {
    /// The last row that was looked at; `None` where there was none left.
    pub after: Option<String>,
    /// Rows that could not be opened.
    pub left: u64,
}

impl Sweep {
    /// Returns the sweep as it goes on in an object that wakes with these keys. The row that is to be written is another than `stored` where
    /// something begins. Rows that were left are tried again with other keys, or when so much time has passed that a lost key may be back
    /// under its name: an object wakes often.
    pub fn woken(stored: Option<&Self>, keys: &ContentKeys, parts: u64, now: Millis) -> Self {
        let before = stored.cloned().unwrap_or(Self { key: PLAIN.to_owned(), part: parts, ..Self::default() });
        // Without keys nothing can be done, and nothing is forgotten.
        let Some(current) = keys.current().filter(|_| !keys.is_off()) else { return before };
        let ring = keys.ids();
        let may_open = before.ring != ring || now >= before.began_at.saturating_add(SWEEP_LOOK_MS);
        let begins = before.key != current || (before.is_done(parts) && before.left > 0 && may_open);
        if begins { Self { key: current.to_owned(), ring, began_at: now, ..Self::default() } } else { before }
    }

    /// Returns `true` when every row was looked at.
    pub fn is_done(&self, parts: u64) -> bool {
        self.part >= parts
    }

    /// Returns `true` when nothing here needs a key any more.
    pub fn is_plain(&self, parts: u64) -> bool {
        self.key == PLAIN && self.is_done(parts) && self.left == 0
    }

    /// Returns the progress after a portion.
    #[must_use]
    pub fn after(self, swept: SweepPortion) -> Self {
        let left = self.left + swept.left;
        match swept.after {
            Some(after) => Self { after, left, ..self },
            None => Self { part: self.part + 1, after: String::new(), left, ..self },
        }
    }
}
