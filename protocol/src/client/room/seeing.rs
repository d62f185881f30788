//! Receipts (`messenger.md` 8): telling how far this person has come, and how far the others have.
//!
//! At most one `ack` leaves per room and second, and it says *read* only while the conversation is really looked at.

use super::RoomClient;
use crate::client::effect::Show;
use crate::event::Millis;
use crate::limits::{ACK_EVERY_MS, ANSWER_MS_MAX};
use crate::sorted::SortedMap;

/// How far everybody has come, as far as it is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Seeing {
    /// The others: delivered and read.
    others: SortedMap<String, (u64, u64)>,
    /// What is shown of them.
    shown: (u64, u64),
    /// What the server knows of us …
    known: (u64, u64),
    /// … and what it was told; it says so when it has kept it.
    told: (u64, u64),
    /// Newest message of somebody else.
    newest: u64,
    is_looked_at: bool,
    told_at: Option<Millis>,
}

impl Seeing {
    /// A message of somebody else stands at `seq`.
    pub(super) fn note(&mut self, seq: u64) {
        self.newest = self.newest.max(seq);
    }

    /// What there is to tell: the place, and whether it was read.
    fn untold(&self) -> Option<(u64, bool)> {
        let (delivered, read) = self.told;
        if self.is_looked_at && self.newest > read {
            Some((self.newest, true))
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

    /// What was told and never kept is told again.
    fn doubt(&mut self, now: Millis) {
        if self.told != self.known && self.told_at.is_some_and(|at| at + ANSWER_MS_MAX <= now) {
            self.told = self.known;
        }
    }

    /// What the server has said on this connection: delivered, read.
    pub(super) fn known(&self) -> (u64, u64) {
        self.known
    }

    fn keep(&mut self, delivered: u64, read: u64) {
        self.known = (self.known.0.max(delivered), self.known.1.max(read));
        self.told = (self.told.0.max(self.known.0), self.told.1.max(self.known.1));
    }

    /// The log began anew: its places mean something else now.
    pub(super) fn forget(&mut self) {
        (self.newest, self.shown) = (0, (0, 0));
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

impl RoomClient {
    pub(super) fn look(&mut self, is_looked_at: bool) {
        self.seeing.is_looked_at = is_looked_at;
    }

    /// What the welcome says of everybody.
    pub(super) fn receipts_came(&mut self, receipts: Vec<(String, u64, u64)>) {
        self.seeing.others.clear();
        for (user, delivered, read) in receipts {
            if user == self.own_user {
                self.own_receipt(delivered, read);
            } else {
                self.seeing.others.insert(user, (delivered, read));
            }
        }
        self.show_reach();
    }

    /// Somebody has come further.
    pub(super) fn receipt(&mut self, user: String, seq: u64, is_read: bool) {
        if user == self.own_user {
            return self.own_receipt(seq, if is_read { seq } else { 0 });
        }
        let (delivered, read) = self.seeing.others.get_or_default(user);
        *delivered = (*delivered).max(seq);
        if is_read {
            *read = (*read).max(seq);
        }
        self.show_reach();
    }

    /// The server keeps how far this person has come: told by this device, or by another.
    pub(super) fn own_receipt(&mut self, delivered: u64, read: u64) {
        let is_news = read > self.seeing.known.1;
        self.seeing.keep(delivered, read);
        if is_news {
            self.show(Show::OwnRead { seq: read });
        }
    }

    /// Who is not here any more is not waited for (public rooms).
    pub(super) fn left(&mut self, users: &[String]) {
        if self.room.starts_with("grp_") {
            return;
        }
        self.seeing.others.retain(|user, _| !users.contains(user));
        self.show_reach();
    }

    /// A message is delivered or read when it is so for all others.
    fn show_reach(&mut self) {
        let all = self.seeing.others.values();
        let delivered = all.clone().map(|(delivered, _)| *delivered).min().unwrap_or(0);
        let read = all.map(|(_, read)| *read).min().unwrap_or(0);
        let reach = (delivered.max(self.seeing.shown.0), read.max(self.seeing.shown.1));
        if reach != self.seeing.shown {
            self.seeing.shown = reach;
            self.show(Show::Reach { delivered: reach.0, read: reach.1 });
        }
    }

    /// Tells how far this person has come, when it is time.
    pub(super) fn tell_seen(&mut self, now: Millis) {
        if !self.link.is_live() || self.seeing.due_at().is_none_or(|at| at > now) {
            return;
        }
        self.seeing.doubt(now);
        let Some((seq, is_read)) = self.seeing.untold() else {
            return;
        };
        let (delivered, read) = self.seeing.told;
        self.seeing.told = (delivered.max(seq), if is_read { seq } else { read });
        self.seeing.told_at = Some(now);
        let status = if is_read { "read" } else { "delivered" };
        self.send(format!("{{\"type\":\"ack\",\"upToSeq\":{seq},\"status\":\"{status}\"}}"));
    }
}
