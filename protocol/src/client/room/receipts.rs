//! Receipts on this device: this person's, and those of the others (`messenger.md` 8).

use crate::client::effect::SavedCursor;
use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;
use crate::words::limits::{ACK_EVERY_MS, ANSWER_MS_MAX};

#[derive(Clone, Debug, Default)]
pub(super) struct ReceiptState {
    pub(super) others: SortedMap<String, PeerReceipt>,
    /// Head of the log at the welcome. Events up to it are older than the known membership.
    pub(super) joined_seq: u64,
    /// Shown state of own messages: delivered, read.
    pub(super) shown: (u64, u64),
    /// Own receipt that the server has stored …
    pub(super) known: (u64, u64),
    /// … and the one that was sent.
    pub(super) sent: (u64, u64),
    /// Newest message of another person, or the end of the saved rows.
    pub(super) newest: u64,
    /// Newest message that this person has seen here. It counts as read, even if the person leaves before it can be reported.
    pub(super) seen: u64,
    /// The one of these that was shown as read.
    pub(super) shown_seen: u64,
    pub(super) is_looked_at: bool,
    pub(super) sent_at: Option<Millis>,
}

/// Receipts of another person.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PeerReceipt {
    pub(super) delivered: u64,
    pub(super) read: u64,
    /// `true` if the person has left, so that the receipt does not count. It stays in case they come back.
    pub(super) is_gone: bool,
}

impl ReceiptState {
    pub(super) fn of_saved(saved: Option<&SavedCursor>) -> Self {
        Self { newest: saved.map_or(0, |saved| saved.seq), ..Self::default() }
    }

    /// Handles a message of another person at `seq`.
    pub(super) fn note(&mut self, seq: u64) {
        self.newest = self.newest.max(seq);
        self.look();
    }

    pub(super) fn look(&mut self) {
        if self.is_looked_at {
            self.seen = self.newest;
        }
    }

    /// Returns the receipt to report: its position, and `true` for read.
    pub(super) fn unsent(&self) -> Option<(u64, bool)> {
        let (delivered, read) = self.sent;
        if self.seen > read {
            Some((self.seen, true))
        } else if self.newest > delivered {
            Some((self.newest, false))
        } else {
            None
        }
    }

    /// Returns the time at which a receipt may be reported.
    pub(super) fn due_at(&self) -> Option<Millis> {
        match (self.unsent(), self.sent_at) {
            (Some(_), sent_at) => Some(sent_at.map_or(0, |at| at + ACK_EVERY_MS)),
            (None, Some(at)) if self.sent != self.known => Some(at + ANSWER_MS_MAX),
            (None, _) => None,
        }
    }

    /// Makes an unconfirmed receipt due again.
    pub(super) fn doubt(&mut self, now: Millis) {
        if self.sent != self.known && self.sent_at.is_some_and(|at| at + ANSWER_MS_MAX <= now) {
            self.sent = self.known;
        }
    }

    /// Returns the confirmed own receipt: delivered, read.
    pub(super) fn known(&self) -> (u64, u64) {
        self.known
    }

    pub(super) fn confirm(&mut self, delivered: u64, read: u64) {
        self.known = (self.known.0.max(delivered), self.known.1.max(read));
        self.sent = (self.sent.0.max(self.known.0), self.sent.1.max(self.known.1));
    }

    /// Removes all positions, because the log began anew.
    pub(super) fn forget(&mut self) {
        (self.newest, self.seen, self.shown_seen, self.shown) = (0, 0, 0, (0, 0));
        self.lost();
    }

    /// Resets the time of the last report, because the clock went back.
    pub(super) fn release(&mut self) {
        self.sent_at = None;
    }

    /// Marks unconfirmed receipts of a lost socket as not sent.
    pub(super) fn lost(&mut self) {
        (self.known, self.sent, self.sent_at) = ((0, 0), (0, 0), None);
    }
}
