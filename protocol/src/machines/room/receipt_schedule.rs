//! Times at which receipts were told, and what is to be told next: of one person once a second at most (`messenger.md` 8).

use std::collections::{BTreeMap, BTreeSet};

use super::receipt::Receipt;
use crate::words::event::Millis;
use crate::words::limits::ACK_EVERY_MS;

/// Receipt of a person that waits until it may be told.
#[derive(Clone, Debug)]
pub(super) struct PendingReceipt {
    /// Receipt of the last telling: only what has grown since is told to others.
    pub(super) before: Receipt,
    pub(super) receipt: Receipt,
    /// Authors whom it concerns in a room with many people.
    pub(super) authors: BTreeSet<String>,
    /// A place that was told by the id of its message.
    pub(super) named: Option<(u64, String)>,
    /// People from whom a block kept all that has grown since it began.
    pub(super) anew: BTreeSet<String>,
}

/// Schedule of receipts: times when each person was last told of, and receipts that are told next.
#[derive(Clone, Debug, Default)]
pub struct ReceiptSchedule {
    pub(super) told_at: BTreeMap<String, Millis>,
    pub(super) untold: BTreeMap<String, PendingReceipt>,
}

impl ReceiptSchedule {
    /// Returns when the next telling is due.
    pub fn due_at(&self) -> Option<Millis> {
        self.untold.keys().map(|user| self.free_at(user)).min()
    }

    pub(super) fn free_at(&self, user: &str) -> Millis {
        self.told_at.get(user).map_or(0, |at| at + ACK_EVERY_MS)
    }

    /// Returns the next telling of `user`, of whom others know that they came as far as `before`.
    pub(super) fn next_of(&mut self, user: &str, before: Receipt) -> &mut PendingReceipt {
        self.untold.entry(user.to_owned()).or_insert_with(|| PendingReceipt {
            before,
            receipt: before,
            authors: BTreeSet::new(),
            named: None,
            anew: BTreeSet::new(),
        })
    }
}
