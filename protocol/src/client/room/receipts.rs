//! Receipts as a device knows them: how far this person has come, and how far the others have (`messenger.md` 8).

use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;
use crate::words::limits::{ACK_EVERY_MS, ANSWER_MS_MAX};

/// Places to which everybody has come, as far as they are told.
#[derive(Clone, Debug, Default)]
pub(super) struct ReceiptState {
    /// The others.
    pub(super) others: SortedMap<String, PeerReceipt>,
    /// Head of the log as of the welcome: the log up to here tells nothing newer of who is in the group.
    pub(super) told_to: u64,
    /// Reach of own messages that is shown: delivered, read.
    pub(super) shown: (u64, u64),
    /// Own receipt as the server knows it …
    pub(super) known: (u64, u64),
    /// … and as it was told; the server says so when it has kept it.
    pub(super) told: (u64, u64),
    /// Newest message of somebody else.
    pub(super) newest: u64,
    /// The newest that was looked at: it was read, also by somebody who has gone on before that may be told.
    pub(super) seen: u64,
    pub(super) is_looked_at: bool,
    pub(super) told_at: Option<Millis>,
}

/// Places to which one of the others has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PeerReceipt {
    pub(super) delivered: u64,
    pub(super) read: u64,
    /// Nobody waits for them. What they have is kept for when they come back.
    pub(super) is_gone: bool,
}

impl ReceiptState {
    /// A message of somebody else stands at `seq`.
    pub(super) fn note(&mut self, seq: u64) {
        self.newest = self.newest.max(seq);
        self.look();
    }

    pub(super) fn look(&mut self) {
        if self.is_looked_at {
            self.seen = self.newest;
        }
    }

    /// Returns what there is to tell: the place, and `true` where it was read.
    pub(super) fn untold(&self) -> Option<(u64, bool)> {
        let (delivered, read) = self.told;
        if self.seen > read {
            Some((self.seen, true))
        } else if self.newest > delivered {
            Some((self.newest, false))
        } else {
            None
        }
    }

    /// When something may be told.
    pub(super) fn due_at(&self) -> Option<Millis> {
        match (self.untold(), self.told_at) {
            (Some(_), told_at) => Some(told_at.map_or(0, |at| at + ACK_EVERY_MS)),
            (None, Some(at)) if self.told != self.known => Some(at + ANSWER_MS_MAX),
            (None, _) => None,
        }
    }

    /// Lets a receipt be told again that was told and never kept.
    pub(super) fn doubt(&mut self, now: Millis) {
        if self.told != self.known && self.told_at.is_some_and(|at| at + ANSWER_MS_MAX <= now) {
            self.told = self.known;
        }
    }

    /// Returns the own receipt that the server has said on this connection: delivered, read.
    pub(super) fn known(&self) -> (u64, u64) {
        self.known
    }

    pub(super) fn keep(&mut self, delivered: u64, read: u64) {
        self.known = (self.known.0.max(delivered), self.known.1.max(read));
        self.told = (self.told.0.max(self.known.0), self.told.1.max(self.known.1));
    }

    /// The log began anew: its places mean something else now.
    pub(super) fn forget(&mut self) {
        (self.newest, self.seen, self.shown) = (0, 0, (0, 0));
        self.lost();
    }

    /// The clock went back: the last time means nothing any more.
    pub(super) fn release(&mut self) {
        self.told_at = None;
    }

    /// Nothing that was sent on a lost socket counts as told before the server says so.
    pub(super) fn lost(&mut self) {
        (self.known, self.told, self.told_at) = ((0, 0), (0, 0), None);
    }
}
