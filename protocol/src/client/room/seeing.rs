//! Receipts (`messenger.md` 8): telling how far this person has come, and how far the others have.
//!
//! At most one `ack` leaves per room and second, and it says *read* only of what was really looked at.

use super::RoomClient;
use crate::client::effect::Show;
use crate::client::frames::EventFrame;
use crate::client::person::Person;
use crate::client::row::RowKind;
use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;
use crate::words::limits::{ACK_EVERY_MS, ANSWER_MS_MAX, RECEIPT_PEOPLE_MAX};

/// Places to which everybody has come, as far as they are told.
#[derive(Clone, Debug, Default)]
pub(super) struct Seeing {
    /// The others.
    others: SortedMap<String, Far>,
    /// Head of the log as of the welcome: the log up to here tells nothing newer of who is in the group.
    told_to: u64,
    /// Reach of own messages that is shown: delivered, read.
    shown: (u64, u64),
    /// Own receipt as the server knows it …
    known: (u64, u64),
    /// … and as it was told; the server says so when it has kept it.
    told: (u64, u64),
    /// Newest message of somebody else.
    newest: u64,
    /// The newest that was looked at: it was read, also by somebody who has gone on before that may be told.
    seen: u64,
    is_looked_at: bool,
    told_at: Option<Millis>,
}

/// Places to which one of the others has come.
#[derive(Clone, Copy, Debug, Default)]
struct Far {
    delivered: u64,
    read: u64,
    /// Nobody waits for them. What they have is kept for when they come back.
    is_gone: bool,
}

impl Seeing {
    /// A message of somebody else stands at `seq`.
    pub(super) fn note(&mut self, seq: u64) {
        self.newest = self.newest.max(seq);
        self.look();
    }

    fn look(&mut self) {
        if self.is_looked_at {
            self.seen = self.newest;
        }
    }

    /// Returns what there is to tell: the place, and `true` where it was read.
    fn untold(&self) -> Option<(u64, bool)> {
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
    fn doubt(&mut self, now: Millis) {
        if self.told != self.known && self.told_at.is_some_and(|at| at + ANSWER_MS_MAX <= now) {
            self.told = self.known;
        }
    }

    /// Returns the own receipt that the server has said on this connection: delivered, read.
    pub(super) fn known(&self) -> (u64, u64) {
        self.known
    }

    fn keep(&mut self, delivered: u64, read: u64) {
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

impl RoomClient {
    pub(super) fn look(&mut self, is_looked_at: bool) {
        self.seeing.is_looked_at = is_looked_at;
        self.seeing.look();
    }

    /// Takes over the places of everybody from the welcome, as of this head.
    pub(super) fn receipts_came(&mut self, receipts: Vec<(String, u64, u64)>, head: u64) {
        self.seeing.others.clear();
        self.seeing.told_to = head;
        for (user, delivered, read) in receipts {
            if user == self.own_user {
                self.own_receipt(delivered, read);
            } else {
                self.seeing.others.insert(user, Far { delivered, read, is_gone: false });
            }
        }
        self.show_reach();
    }

    /// Somebody has come further.
    pub(super) fn receipt(&mut self, user: String, seq: u64, is_read: bool) {
        if user == self.own_user {
            return self.own_receipt(seq, if is_read { seq } else { 0 });
        }
        let far = self.seeing.others.get_or_default(user);
        far.delivered = far.delivered.max(seq);
        if is_read {
            far.read = far.read.max(seq);
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

    /// Everybody who is here: in a public room those are its members.
    pub(super) fn here(&mut self, all: &[Person]) {
        if self.is_public() {
            self.seeing.others.values_mut().for_each(|far| far.is_gone = true);
            self.came_and_left(all, &[]);
        }
    }

    /// Waits for people who came to a public room, and no more for people who left it.
    pub(super) fn came_and_left(&mut self, joined: &[Person], left: &[String]) {
        if !self.is_public() {
            return;
        }
        left.iter().for_each(|user| self.part(user));
        joined.iter().for_each(|person| self.wait_for(&person.user, 0));
        self.show_reach();
    }

    /// A private group tells in its log who is in it, here or not. What was before somebody came is not theirs to get.
    pub(super) fn membership(&mut self, event: &EventFrame) {
        let Some(RowKind::System { code, user, .. }) = event.kind.as_ref().filter(|_| event.seq > self.seeing.told_to)
        else {
            return;
        };
        match code.as_str() {
            "member_added" => self.wait_for(user, event.seq - 1),
            "member_joined" => self.wait_for(&event.sender, event.seq - 1),
            "member_removed" => self.part(user),
            "member_left" => self.part(&event.sender),
            _ => return,
        }
        self.show_reach();
    }

    /// Waits no more for a person who is gone for good: they have no receipts.
    pub(super) fn wait_no_more_for(&mut self, user: &str) {
        self.part(user);
        self.show_reach();
    }

    fn wait_for(&mut self, user: &str, has: u64) {
        if user != self.own_user {
            let far = self.seeing.others.get_or_default(user.to_owned());
            *far = Far { delivered: far.delivered.max(has), read: far.read.max(has), is_gone: false };
        }
    }

    fn part(&mut self, user: &str) {
        if let Some(far) = self.seeing.others.get_mut(user) {
            far.is_gone = true;
        }
    }

    fn is_public(&self) -> bool {
        !["dm_", "grp_"].iter().any(|form| self.room.starts_with(form))
    }

    /// A message is delivered or read when it is so for all others; among many, when it is so for any.
    fn show_reach(&mut self) {
        let all = self.seeing.others.values().filter(|far| !far.is_gone);
        let (delivered, read) = (all.clone().map(|far| far.delivered), all.clone().map(|far| far.read));
        let (delivered, read) = if all.count() < RECEIPT_PEOPLE_MAX {
            (delivered.min(), read.min())
        } else {
            (delivered.max(), read.max())
        };
        let shown = self.seeing.shown;
        let reach = (delivered.unwrap_or(0).max(shown.0), read.unwrap_or(0).max(shown.1));
        if reach != shown {
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
