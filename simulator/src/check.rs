//! Checks after the storm (`core.md` 11).

use std::collections::{BTreeMap, BTreeSet};

use protocol::client::{ConnectionState, Reaction, Row, RowState, ServerFrame, read_server_text};
use protocol::codec::json::Value;
use protocol::log::LogStore;
use protocol::machines::room::ChangeStore;
use protocol::wire::messenger::{EventView, event_json};
use protocol::words::event::{Event, Kind};
use protocol::words::limits::MESSAGE_TAKEN_BACK_MS;

use super::broken::Broken;
use super::world::World;

impl World {
    pub(super) fn check_end(&self) -> Result<(), Broken> {
        if self.is_gone() {
            return self.check_gone();
        }
        self.check_roles(None)?;
        self.check_log()?;
        self.check_owed()?;
        self.check_inbox()?;
        self.check_waiting()?;
        self.check_buried()?;
        self.check_replies()?;
        self.check_notified()?;
        self.check_receipts()?;
        self.check_library()?;
        self.check_privacy_received()?;
        self.check_left()?;
        let there: Vec<usize> = (0..self.devices.len()).filter(|at| !self.has_left(&self.devices[*at].user)).collect();
        for device in &there {
            self.check_connection(*device)?;
            self.check_view(*device)?;
            self.check_forgotten(*device)?;
        }
        let (sockets, ends) = (self.object.sockets.len(), there.len() + usize::from(self.library.is_some()));
        if sockets != ends {
            return Err(self.broken(format!("the object holds {sockets} sockets of {ends} clients")));
        }
        Ok(())
    }

    /// Checks that positions rise by one, that ids are unique, and that the store contains what was committed.
    fn check_log(&self) -> Result<(), Broken> {
        let mut ids = BTreeSet::new();
        for (at, event) in self.archive.iter().map(|stored| &stored.event).enumerate() {
            if event.seq != at as u64 + 1 {
                return Err(self.broken(format!("event {} stands at {}", event.seq, at + 1)));
            }
            if !ids.insert(&event.id) {
                return Err(self.broken(format!("{} is in the log twice", event.id)));
            }
        }
        let first = self.object.disk.rows.log.events().first().map_or(1, |event| event.seq);
        for (seq, event) in (first..).zip(self.object.disk.rows.log.events()) {
            let is_stored = event.seq == seq
                && self.archive.get(seq as usize - 1).is_some_and(|stored| stored.event.id == event.id);
            if !is_stored {
                return Err(self.broken(format!("event {seq} of the log is not what was committed")));
            }
        }
        if self.object.disk.head() != self.archive.len() as u64 {
            return Err(self.broken("the log lost its end"));
        }
        Ok(())
    }

    /// Checks that every message in its writer's outbox is stored once, in the order of writing.
    fn check_owed(&self) -> Result<(), Broken> {
        let places: BTreeMap<&str, u64> =
            self.archive.iter().map(|stored| (stored.event.id.as_str(), stored.event.seq)).collect();
        for (device, page) in self.devices.iter().enumerate().filter(|(_, page)| !self.has_left(&page.user)) {
            let mut last = 0;
            for id in &page.owed {
                match places.get(id.as_str()) {
                    None => return Err(self.broken(format!("{id} of device {device} is lost"))),
                    Some(_) if page.sent_again.contains(id) => {}
                    Some(seq) if *seq < last => {
                        return Err(self.broken(format!("{id} of device {device} was overtaken")));
                    }
                    Some(seq) => last = *seq,
                }
            }
        }
        Ok(())
    }

    fn check_inbox(&self) -> Result<(), Broken> {
        let is_received = |user: &str, seq: u64| self.object.inbox.get(user).is_some_and(|inbox| inbox.contains(&seq));
        match self.object.owed_inbox.iter().find(|(user, seq)| !is_received(user, *seq) && !self.has_left(user)) {
            Some((user, seq)) => Err(self.broken(format!("{user} did not receive event {seq}"))),
            None => Ok(()),
        }
    }

    /// Checks that no text of a message that was deleted for everybody is stored, neither the last nor an earlier one.
    fn check_buried(&self) -> Result<(), Broken> {
        for event in self.archive.iter().map(|stored| &stored.event).filter(|event| event.kind == Kind::Delete) {
            let Some(body) = Value::parse(&event.body) else { continue };
            let Some(message) = body.get("messageId").and_then(Value::as_str) else { continue };
            let Some(target) = self.archive.iter().map(|stored| &stored.event).find(|stored| stored.id == message)
            else {
                continue;
            };
            let read = |seq| self.object.disk.read(seq, seq, 1).ok().and_then(|mut found| found.pop());
            let changes = self.object.disk.changes_of(target.seq).unwrap_or_default();
            let left = read(target.seq).into_iter().chain(changes).find(|event| event.body.contains("\"content\""));
            if let Some(left) = left {
                return Err(self.broken(format!("{message} was deleted, and {left:?} is stored")));
            }
        }
        Ok(())
    }

    /// Returns `true` if the writer of a message took it back: a page has no row of it.
    fn is_taken_back(&self, message: &Event) -> bool {
        let is_its_deletion = |event: &&Event| {
            let is_of_writer = event.kind == Kind::Delete && event.actor == message.actor;
            is_of_writer && event.target().as_deref() == Some(message.id.as_str())
        };
        let deletion = self.archive.iter().map(|stored| &stored.event).find(is_its_deletion);
        deletion.is_some_and(|deletion| deletion.ts.saturating_sub(message.ts) <= MESSAGE_TAKEN_BACK_MS)
    }

    fn check_connection(&self, device: usize) -> Result<(), Broken> {
        let page = &self.devices[device];
        if page.client.connection() != ConnectionState::Live {
            return Err(self.broken(format!("device {device} is {:?}", page.client.connection())));
        }
        if let Some(entry) = page.storage.outbox.first() {
            return Err(self.broken(format!("device {device} still keeps {}", entry.id)));
        }
        if let Some(user) = page.view.typing.first() {
            return Err(self.broken(format!("device {device} shows {user} as typing for ever")));
        }
        // Sockets are ordered and events have no gap: a client requests events only if the server left one out.
        if page.asked_since {
            return Err(self.broken(format!("device {device} had to ask for events that it should have got")));
        }
        Ok(())
    }

    /// Returns `true` if a row shows the message after all of its changes.
    fn reads_as_stored(&self, seq: u64, row: &Row) -> bool {
        let stored = self.object.disk.read(seq, seq, 1).ok().and_then(|mut found| found.pop());
        let Some(event) = stored.filter(|event| event.body.starts_with('{')) else {
            // The event was trimmed while the page showed it.
            return self.is_stored(seq, row);
        };
        let text = event_json(self.object.id.as_str(), &event, EventView::Replay);
        let frames = read_server_text(&text);
        let [ServerFrame::Event(frame)] = &frames[..] else {
            return false;
        };
        let sorted = |reactions: &[Reaction]| {
            let mut all: Vec<(String, u32, Vec<String>)> = reactions
                .iter()
                .map(|known| {
                    let mut users = known.users.clone();
                    users.sort();
                    (known.reaction.clone(), known.count, users)
                })
                .collect();
            all.sort();
            all
        };
        let says_the_same = frame.kind.as_ref() == Some(&row.kind)
            && frame.is_deleted == row.is_deleted
            && frame.edited_at == row.edited_at
            && sorted(&frame.reactions) == sorted(&row.reactions);
        says_the_same && frame.id == row.id && frame.sender == row.sender && row.state == RowState::Sent
    }

    /// Checks that all devices have acknowledged their events and know their person's read position (`messenger.md` 8). An event that was
    /// trimmed before a device returned never reached it.
    fn check_receipts(&self) -> Result<(), Broken> {
        let oldest = self.object.disk.meta().ok().flatten().map_or(1, |meta| meta.oldest);
        for page in self.devices.iter().filter(|page| !self.has_left(&page.user)) {
            let hidden = self.object.disk.hidden(&page.user, 1, self.object.disk.head()).unwrap_or_default();
            // A new page of a long log loads only its end.
            let loaded_from = page.storage.cursor.as_ref().map_or(1, |cursor| cursor.oldest);
            let floor = self.floor(&page.user).max(loaded_from - 1);
            let is_theirs = |event: &Event| {
                let is_there = event.seq > floor && event.seq >= oldest;
                let is_seen = event.kind.is_message() && is_there && !hidden.contains(&event.seq);
                is_seen && !self.known_privacy.covers(&page.user, event) && event.actor.as_deref() != Some(&page.user)
            };
            let newest = self.archive.iter().rev().map(|stored| &stored.event).find(|event| is_theirs(event));
            let receipt = self.object.disk.receipt(&page.user).ok().flatten().unwrap_or_default();
            if let Some(event) = newest.filter(|event| event.seq > receipt.delivered) {
                let promise = format!("{} got {} and said {receipt:?}", page.user, event.seq);
                return Err(self.broken(promise));
            }
            if page.view.own_read != receipt.read {
                let promise =
                    format!("a device of {} has read to {}, and they to {receipt:?}", page.user, page.view.own_read);
                return Err(self.broken(promise));
            }
            if receipt.read > receipt.delivered
                || receipt.shown_read > receipt.read
                || receipt.shown_delivered > receipt.delivered
            {
                return Err(self.broken(format!("the receipt of {} says {receipt:?}", page.user)));
            }
        }
        Ok(())
    }

    /// Returns `true` if this position holds a message of a person whom `user` had blocked: a line without content may remain of it.
    pub(super) fn is_veiled(&self, seq: u64, user: &str) -> bool {
        let at = usize::try_from(seq).unwrap_or(usize::MAX).wrapping_sub(1);
        let stored = [&self.archive, &self.earlier_archive].into_iter().filter_map(|archive| archive.get(at));
        stored
            .map(|stored| &stored.event)
            .any(|event| event.kind.is_message() && self.known_privacy.covers(user, event))
    }

    /// Checks that a page shows the end of the log: every event once, in order, with its content, and nothing else.
    fn check_view(&self, device: usize) -> Result<(), Broken> {
        let page = &self.devices[device];
        if let Some(row) = page.view.unplaced().next() {
            return Err(self.broken(format!("device {device} still shows {} as {:?}", row.id, row.state)));
        }
        let Some(cursor) = &page.storage.cursor else {
            return Err(self.broken(format!("device {device} never loaded anything")));
        };
        let head = self.object.disk.head();
        if cursor.seq != head {
            return Err(self.broken(format!("device {device} knows of {} of {head} events", cursor.seq)));
        }
        let oldest = self.object.disk.meta().ok().flatten().map_or(1, |meta| meta.oldest);
        let hidden = self.object.disk.hidden(&page.user, 1, head).unwrap_or_default();
        let has_floor = !self.is_public_group && self.joined_at(&page.user) > 0;
        for seq in cursor.oldest..=head {
            let event = self.archive.get(seq as usize - 1).map(|stored| &stored.event);
            let is_message =
                event.is_some_and(|event| !event.kind.is_change() && !self.known_privacy.covers(&page.user, event));
            // A change by a blocked sender is hidden: the page shows the old text, and the new one after it loads the message again.
            let has_blocked = self.known_privacy.has_blocked(&page.user);
            // Of a trimmed message it is unknown whether it was written before the person joined.
            let is_lost_to_them = seq < oldest && has_floor;
            // Messages that the person deleted for themselves get no changes. Other devices learn that on the presence socket, which is not
            // simulated.
            let is_as_it_was = has_blocked || is_lost_to_them || hidden.contains(&seq);
            let reads =
                |row: &Row| if is_as_it_was { self.is_stored(seq, row) } else { self.reads_as_stored(seq, row) };
            match page.view.row_at(seq) {
                Some(row) if is_message && reads(row) => {}
                Some(row) if row.kind.is_blocked() && self.is_veiled(seq, &page.user) => {}
                // The store no longer knows from whom a trimmed message was hidden.
                None if !is_message || hidden.contains(&seq) || seq < oldest => {}
                None if event.is_some_and(|event| self.is_taken_back(event)) => {}
                row => {
                    let stored = self.object.disk.read(seq, seq, 1);
                    return Err(
                        self.broken(format!("device {device} shows {row:?} at {seq}, where {stored:?} is stored"))
                    );
                }
            }
        }
        if page.view.placed().any(|row| row.seq.is_none_or(|seq| seq < cursor.oldest || seq > head)) {
            return Err(self.broken(format!("device {device} shows rows that it does not know of")));
        }
        let first = self.object.disk.rows.log.events().iter().position(|event| event.body.starts_with('{'));
        let window = (head as usize).min(self.object.disk.rows.log.events().len() - first.unwrap_or(0)).min(100);
        let window = window.min((head - self.floor(&page.user)) as usize);
        if head + 1 - cursor.oldest < window.min(12) as u64 {
            return Err(self.broken(format!("device {device} shows less than a page")));
        }
        Ok(())
    }
}
