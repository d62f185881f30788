//! Schedule of receipts: the last notifications, and the next ones. A person's receipts are sent at most once a second (`messenger.md` 8).

use std::collections::{BTreeMap, BTreeSet};

use super::receipt::Receipt;
use crate::words::event::Millis;
use crate::words::limits::ACK_EVERY_MS;

/// Receipt of a person that waits to be sent.
#[derive(Clone, Debug)]
pub(super) struct PendingReceipt {
    /// Receipt at the last notification: only growth since then is sent to others.
    pub(super) before: Receipt,
    pub(super) receipt: Receipt,
    /// Authors whom it concerns in a large room.
    pub(super) authors: BTreeSet<String>,
    /// Position of a receipt that the client named by a message id.
    pub(super) named: Option<(u64, String)>,
    /// People who have seen no growth since the begin of a block.
    pub(super) anew: BTreeSet<String>,
}

/// Schedule of receipts: the time of each person's last notification, and the pending receipts.
#[derive(Clone, Debug, Default)]
pub struct ReceiptSchedule {
    pub(super) sent_at: BTreeMap<String, Millis>,
    pub(super) pending: BTreeMap<String, PendingReceipt>,
}

impl ReceiptSchedule {
    pub fn due_at(&self) -> Option<Millis> {
        self.pending.keys().map(|user| self.free_at(user)).min()
    }

    pub(super) fn free_at(&self, user: &str) -> Millis {
        self.sent_at.get(user).map_or(0, |at| at + ACK_EVERY_MS)
    }

    /// Returns the pending receipt of `user`, whose last sent receipt is `before`.
    pub(super) fn next_of(&mut self, user: &str, before: Receipt) -> &mut PendingReceipt {
        self.pending.entry(user.to_owned()).or_insert_with(|| PendingReceipt {
            before,
            receipt: before,
            authors: BTreeSet::new(),
            named: None,
            anew: BTreeSet::new(),
        })
    }
}
