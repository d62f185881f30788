//! Receipts: the position of each person, and who receives it (`messenger.md` 8).
//!
//! Two numbers for each person that only grow. The sent numbers lag behind while a person appears offline, because they would reveal them.
//! There is at most one notification a second for each person; a new socket receives everything with `welcome`.

use std::collections::{BTreeMap, BTreeSet};

use super::notification::Notification;
use super::outbound::Outbound;
use super::privacy::Receipts;
use super::receipt::{Receipt, ReceiptReport, ReceiptTarget};
use super::receipt_schedule::PendingReceipt;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::people::contacts::Privacy;
use crate::words::event::Millis;
use crate::words::ids::{RoomForm, is_integration};
use crate::words::limits::{ACK_EVERY_MS, RECEIPT_EVENTS_MAX, RECEIPT_PEOPLE_MAX, SEQ_MAX, UNREAD_MAX};
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

impl Room {
    pub(super) fn seen_frame(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        conn: ConnKey,
        seen: &ReceiptReport,
    ) -> Result<(), Denied> {
        let Some(live) = self.conns.get(&conn) else {
            return Ok(());
        };
        let (principal, floor) = (live.state.principal.clone(), live.state.floor);
        let head_at_join = live.state.head_at_join;
        let is_hidden = !live.state.card.is_seen();
        let user = principal.user.as_str();
        // A bot of the group has no receipts (`integrations.md` 7.2).
        if is_integration(user) {
            return Ok(());
        }
        let seq = match &seen.to {
            ReceiptTarget::Seq(seq) => *seq,
            ReceiptTarget::Id(id) => step.store.find(id)?.ok_or(Refusal::NotFound)?.seq,
        };
        let seq = seq.min(self.log.head());
        let before = step.store.receipt(user)?.unwrap_or_default();
        let mut after = before;
        after.delivered = after.delivered.max(seq);
        // A person who enters a public room for the first time without looking has not missed the earlier messages.
        let begins_here = before == Receipt::default() && *self.id.form() == RoomForm::Public;
        if seen.is_read {
            after.read = after.read.max(seq);
        } else if begins_here {
            after.read = seq.min(head_at_join);
        }
        if seq <= floor {
            return Ok(());
        }
        if !is_hidden {
            (after.shown_delivered, after.shown_read) = (after.delivered, after.read);
        }
        if after == before {
            // The receipt is not new, but a client that repeats it may not know that it was stored.
            self.send_own_receipt(step.now, conn, &before, step.out);
            return Ok(());
        }
        step.store.save_receipt(user, &after)?;
        step.out.slide(&principal);
        if after.read > before.read {
            step.out.read_to.push((user.to_owned(), after.read));
        }
        let authors = self.authors_of(step.store, user, &before, &after)?;
        let has_grown = (after.shown_delivered > before.shown_delivered, after.shown_read > before.shown_read);
        let anew =
            if has_grown == (false, false) { BTreeSet::new() } else { self.thaw(step.store, user, !has_grown.0)? };
        let pending = self.receipt_schedule.next_of(user, before);
        pending.receipt = after;
        pending.anew.extend(anew);
        if let ReceiptTarget::Id(id) = &seen.to {
            pending.named = Some((seq, id.clone()));
        }
        pending.authors.extend(authors);
        self.send_due_receipts(step.now, step.out);
        Ok(())
    }

    /// Handles a message of `user`: people from whom the receipts are no longer withheld get them. For a person who appears offline, others
    /// receive only the message.
    pub(super) fn on_message_of(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Fault> {
        let hides_nothing = self.people.get(user).is_none_or(|known| known.frozen.is_empty());
        if hides_nothing || !self.is_seen(user) {
            return Ok(());
        }
        let anew = self.thaw(step.store, user, false)?;
        if !anew.is_empty() {
            let receipt = step.store.receipt(user)?.unwrap_or_default();
            self.receipt_schedule.next_of(user, receipt).anew.extend(anew);
            self.send_due_receipts(step.now, step.out);
        }
        Ok(())
    }

    /// Returns the read mark of `user`, and the positions of unread messages (`messenger.md` 8): messages of others after the one read
    /// cursor, from `floor` on, without those that they deleted for themselves, at most [`UNREAD_MAX`]. In a public room a person who never
    /// read there has no unread messages.
    pub fn unread(
        &self,
        store: &impl RoomStore,
        user: &str,
        privacy: Option<&Privacy>,
        floor: u64,
    ) -> Result<(u64, Vec<u64>), Fault> {
        let read = match (store.receipt(user)?, self.id.form()) {
            (Some(receipt), _) => receipt.read,
            (None, RoomForm::Public) => self.log.head(),
            (None, _) => 0,
        };
        let read = read.max(floor);
        let mut rows = store.unread(user, read, UNREAD_MAX)?;
        let hidden = store.hidden(user, read + 1, SEQ_MAX)?;
        rows.retain(|row| !hidden.contains(&row.seq));
        rows.retain(|row| privacy.is_none_or(|privacy| !privacy.hides.covers(&row.actor, row.ts)));
        Ok((read, rows.into_iter().map(|row| row.seq).collect()))
    }

    fn send_own_receipt(&self, now: Millis, conn: ConnKey, receipt: &Receipt, out: &mut Outbound) {
        let user = self.user_of(conn);
        for (is_read, seq) in [(false, receipt.delivered), (true, receipt.read)] {
            if seq > 0 {
                out.one(conn, Notification::Receipt { user: user.clone(), seq, message: None, is_read, now });
            }
        }
    }

    /// In a large room only authors of newly covered messages receive it (`messenger.md` 8): those of the newest [`RECEIPT_EVENTS_MAX`]
    /// events.
    fn authors_of(
        &self,
        store: &impl RoomStore,
        user: &str,
        before: &Receipt,
        after: &Receipt,
    ) -> Result<BTreeSet<String>, Fault> {
        let has_grown = (after.shown_delivered > before.shown_delivered, after.shown_read > before.shown_read);
        if has_grown == (false, false) || !self.is_of_many() {
            return Ok(BTreeSet::new());
        }
        let from = if has_grown.1 { before.shown_read } else { before.shown_delivered };
        let to = if has_grown.0 { after.shown_delivered } else { after.shown_read };
        let authors = store.authors(from.max(to.saturating_sub(RECEIPT_EVENTS_MAX)) + 1, to)?;
        Ok(authors.into_iter().filter(|author| author != user).collect())
    }

    /// Returns `true` if the room is too large to send each receipt to everybody.
    fn is_of_many(&self) -> bool {
        match (self.id.form(), self.group()) {
            (RoomForm::Direct(..), _) => false,
            (_, Some(group)) => group.people().count() > RECEIPT_PEOPLE_MAX,
            _ => self.has_more_people_than(RECEIPT_PEOPLE_MAX),
        }
    }

    pub(super) fn send_due_receipts(&mut self, now: Millis, out: &mut Outbound) {
        let is_due = |user: &&String| self.receipt_schedule.free_at(user) <= now;
        let due: Vec<String> = self.receipt_schedule.pending.keys().filter(is_due).cloned().collect();
        if due.is_empty() {
            return;
        }
        self.receipt_schedule.sent_at.retain(|_, at| *at + ACK_EVERY_MS > now);
        for user in due {
            if let Some(pending) = self.receipt_schedule.pending.remove(&user) {
                self.receipt_schedule.sent_at.insert(user.clone(), now);
                self.send_receipt(now, &user, &pending, out);
            }
        }
    }

    fn send_receipt(&self, now: Millis, user: &str, pending: &PendingReceipt, out: &mut Outbound) {
        let (before, after) = (&pending.before, &pending.receipt);
        let notification = |is_read: bool, seq: u64| {
            let message = pending.named.as_ref().filter(|(at, _)| *at == seq).map(|(_, id)| id.clone());
            Notification::Receipt { user: user.to_owned(), seq, message, is_read, now }
        };
        let is_of_many = self.is_of_many();
        let (mut own, mut readers, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let (mut readers_anew, mut others_anew) = (Vec::new(), Vec::new());
        for (conn, live) in self.conns.iter().filter(|(_, live)| !live.state.lagging) {
            let viewer = live.state.principal.user.as_str();
            if viewer == user {
                own.push(*conn);
            } else if !is_of_many || pending.authors.contains(viewer) {
                match (self.receipts_between(user, viewer), pending.anew.contains(viewer)) {
                    (Receipts::Read, false) => readers.push(*conn),
                    (Receipts::Read, true) => readers_anew.push(*conn),
                    (Receipts::Delivered, false) => others.push(*conn),
                    (Receipts::Delivered, true) => others_anew.push(*conn),
                    (Receipts::Nothing, _) => {}
                }
            }
        }
        // Read implies delivered: one frame covers both if they have the same position.
        let mut send = |conns: Vec<ConnKey>, delivered: u64, read: u64| {
            if delivered > read {
                out.only(conns.clone(), notification(false, delivered));
            }
            if read > 0 {
                out.only(conns, notification(true, read));
            }
        };
        send(own, after.delivered, after.read);
        // A repeated receipt would reveal that a person is here, or reads, who does not want that to be known.
        let grown = |before: u64, after: u64| if after > before { after } else { 0 };
        let delivered = grown(before.shown_delivered, after.shown_delivered);
        send(readers, delivered, grown(before.shown_read, after.shown_read));
        send(others, delivered, 0);
        send(readers_anew, after.shown_delivered, after.shown_read);
        send(others_anew, after.shown_delivered, 0);
    }

    /// Returns the receipts for `welcome`: positions of everybody, as far as `viewer` may know them.
    pub(super) fn receipts_for(&self, store: &impl RoomStore, viewer: &str) -> Result<Vec<(String, u64, u64)>, Fault> {
        let own = store.receipt(viewer)?.unwrap_or_default();
        let mut positions = vec![(viewer.to_owned(), own.delivered, own.read)];
        let others: Vec<(String, Receipt)> = match self.id.form() {
            RoomForm::Public if self.is_of_many() => Vec::new(),
            // Falling receipts would reveal a block by a person whom the room does not know.
            RoomForm::Group if self.is_visited_by(viewer) => Vec::new(),
            // People who are invisible to the viewer are left out.
            RoomForm::Public => {
                let here = self.here_for(viewer).into_iter().filter(|user| *user != viewer);
                here.map(|user| Ok((user.to_owned(), store.receipt(user)?.unwrap_or_default())))
                    .collect::<Result<_, Fault>>()?
            }
            _ => {
                let known: BTreeMap<String, Receipt> = store.receipts()?.into_iter().collect();
                let with_receipt = |user: String| {
                    let receipt = known.get(&user).copied().unwrap_or_default();
                    (user, receipt)
                };
                self.other_people(viewer).into_iter().map(with_receipt).collect()
            }
        };
        for (user, receipt) in others {
            // Messages from before a member joined are not delivered to them, so nobody waits for their receipts.
            let floor = self.group().and_then(|group| group.member(&user)).map_or(0, |member| member.floor);
            let (delivered, read) = self.shown_of(&user, &receipt, viewer);
            let (delivered, read) = (delivered.max(floor), read.max(floor));
            let read = if self.reading_is_shared(&user, viewer) { read } else { 0 };
            positions.push((user, delivered, read));
        }
        Ok(positions)
    }

    /// Returns the receipt of `user` for `viewer`. A blocked viewer, and one to whom `user` appears offline, still sees the one from when
    /// that began: receipts only grow, so a smaller one would reveal it (`messenger.md` 4, `presence.md` 2.7). A viewer who blocks `user`
    /// sees nothing.
    fn shown_of(&self, user: &str, receipt: &Receipt, viewer: &str) -> (u64, u64) {
        match self.frozen_for(user, viewer) {
            _ if self.blocks(viewer, user) => (0, 0),
            Some(frozen) => frozen,
            None if self.blocks(user, viewer) || self.appears_offline_to(user, viewer) => (0, 0),
            None => (receipt.shown_delivered, receipt.shown_read),
        }
    }
}
