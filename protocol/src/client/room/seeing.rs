//! Receipts (`messenger.md` 8): reports of this person's position, and the positions of others.
//!
//! At most one `ack` is sent per room and second. It says *read* only for messages that the person has seen.

use super::copy::Join;
use super::receipts::PeerReceipt;
use super::state::RoomClient;
use crate::client::effect::Show;
use crate::client::frames::EventFrame;
use crate::client::person::Person;
use crate::content::kinds::{RowKind, SystemContent};
use crate::words::event::Millis;
use crate::words::limits::RECEIPT_PEOPLE_MAX;

impl RoomClient {
    pub(super) fn look(&mut self, is_looked_at: bool) {
        self.seeing.is_looked_at = is_looked_at;
        self.seeing.look();
        if is_looked_at {
            // The owner may have marked messages as unread since they were seen.
            self.seeing.shown_seen = 0;
        }
    }

    /// Shows how far this person has read here, after the rows up to there.
    pub(super) fn show_seen(&mut self) {
        let seen = self.seeing.seen;
        if seen > self.seeing.shown_seen && self.join == Join::Done {
            self.seeing.shown_seen = seen;
            let seq = seen.max(self.seeing.known().1);
            self.show(Show::OwnRead { seq });
        }
    }

    /// Stores the receipts of the welcome, as of this head.
    pub(super) fn receipts_came(&mut self, receipts: Vec<(String, u64, u64)>, head: u64) {
        self.seeing.others.clear();
        self.seeing.joined_seq = head;
        for (user, delivered, read) in receipts {
            if user == self.own_user {
                self.own_receipt(delivered, read);
            } else {
                self.seeing.others.insert(user, PeerReceipt { delivered, read, is_gone: false });
            }
        }
        self.show_reach();
    }

    /// Stores a newer receipt of another person.
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

    /// Stores this person's receipt from the server, which any of their devices may have reported.
    pub(super) fn own_receipt(&mut self, delivered: u64, read: u64) {
        let is_new = read > self.seeing.known.1;
        self.seeing.confirm(delivered, read);
        if is_new {
            self.show(Show::OwnRead { seq: read });
        }
    }

    /// Stores the people in a public room, which are its members.
    pub(super) fn here(&mut self, all: &[Person]) {
        if self.is_public() {
            self.seeing.others.values_mut().for_each(|far| far.is_gone = true);
            self.came_and_left(all, &[]);
        }
    }

    /// Adds people who came to a public room to those whose receipts count, and removes people who left it.
    pub(super) fn came_and_left(&mut self, joined: &[Person], left: &[String]) {
        if !self.is_public() {
            return;
        }
        left.iter().for_each(|user| self.part(user));
        joined.iter().for_each(|person| self.wait_for(&person.user, 0));
        self.show_reach();
    }

    /// Follows the membership of a private group in its log. Members do not need messages from before they joined.
    pub(super) fn membership(&mut self, event: &EventFrame) {
        let Some(RowKind::System(SystemContent { code, user, .. })) =
            event.kind.as_ref().filter(|_| event.seq > self.seeing.joined_seq)
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

    /// Removes a deleted person, whose receipts do not count any more.
    pub(super) fn wait_no_more_for(&mut self, user: &str) {
        self.part(user);
        self.show_reach();
    }

    fn wait_for(&mut self, user: &str, has: u64) {
        if user != self.own_user {
            let far = self.seeing.others.get_or_default(user.to_owned());
            *far = PeerReceipt { delivered: far.delivered.max(has), read: far.read.max(has), is_gone: false };
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

    /// Shows a message as delivered or read if it is so for all others; in a large group, if it is so for one of them.
    fn show_reach(&mut self) {
        let has_many = self.is_public() && self.people.is_of_many();
        if self.is_public() && self.people.is_partial() && !has_many {
            // One of few people is still unknown, and so is the position of all.
            return;
        }
        let all = self.seeing.others.values().filter(|far| !far.is_gone);
        let (delivered, read) = (all.clone().map(|far| far.delivered), all.clone().map(|far| far.read));
        let (delivered, read) = if all.count() >= RECEIPT_PEOPLE_MAX || has_many {
            (delivered.max(), read.max())
        } else {
            (delivered.min(), read.min())
        };
        let shown = self.seeing.shown;
        let reach = (delivered.unwrap_or(0).max(shown.0), read.unwrap_or(0).max(shown.1));
        if reach != shown {
            self.seeing.shown = reach;
            self.show(Show::Reach { delivered: reach.0, read: reach.1 });
        }
    }

    /// Reports this person's position if that is due.
    pub(super) fn send_seen(&mut self, now: Millis) {
        if !self.link.is_live() || self.seeing.due_at().is_none_or(|at| at > now) {
            return;
        }
        self.seeing.doubt(now);
        let Some((seq, is_read)) = self.seeing.unsent() else {
            return;
        };
        let (delivered, read) = self.seeing.sent;
        self.seeing.sent = (delivered.max(seq), if is_read { seq } else { read });
        self.seeing.sent_at = Some(now);
        let status = if is_read { "read" } else { "delivered" };
        self.send(format!("{{\"type\":\"ack\",\"upToSeq\":{seq},\"status\":\"{status}\"}}"));
    }
}
