//! What must be true when the storm is over (`core.md` 11).

use std::collections::{BTreeMap, BTreeSet};

use super::Broken;
use super::world::World;
use crate::client::{ConnectionState, RowState};

impl World {
    pub(super) fn check_end(&self) -> Result<(), Broken> {
        self.check_log()?;
        self.check_owed()?;
        self.check_inbox()?;
        self.check_told()?;
        for device in 0..self.devices.len() {
            self.check_connection(device)?;
            self.check_view(device)?;
        }
        let sockets = self.object.sockets.len();
        if sockets != self.devices.len() {
            return Err(self.broken(format!("the object holds {sockets} sockets of {} devices", self.devices.len())));
        }
        Ok(())
    }

    /// Places rise by one, ids are there once, and what was committed is what is stored.
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
            let is_kept =
                event.seq == seq && self.archive.get(seq as usize - 1).is_some_and(|kept| kept.event.id == event.id);
            if !is_kept {
                return Err(self.broken(format!("event {seq} of the log is not what was committed")));
            }
        }
        if self.object.disk.head() != self.archive.len() as u64 {
            return Err(self.broken("the log lost its end"));
        }
        Ok(())
    }

    /// Every message that was kept by its writer is stored once, in the order of writing.
    fn check_owed(&self) -> Result<(), Broken> {
        let places: BTreeMap<&str, u64> =
            self.archive.iter().map(|stored| (stored.event.id.as_str(), stored.event.seq)).collect();
        for (device, page) in self.devices.iter().enumerate() {
            let mut last = 0;
            for id in &page.owed {
                match places.get(id.as_str()) {
                    None => return Err(self.broken(format!("{id} of device {device} is lost"))),
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
        let is_told = |user: &str, seq: u64| self.object.inbox.get(user).is_some_and(|told| told.contains(&seq));
        match self.object.owed_inbox.iter().find(|(user, seq)| !is_told(user, *seq)) {
            Some((user, seq)) => Err(self.broken(format!("{user} was not told of event {seq}"))),
            None => Ok(()),
        }
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
        // Sockets are ordered and events come without gap: only a server that leaves one out makes a client ask.
        if page.asked_since {
            return Err(self.broken(format!("device {device} had to ask for events that it should have got")));
        }
        Ok(())
    }

    /// What is shown is the end of the log: every event once, in order, with its content, and nothing else.
    fn check_view(&self, device: usize) -> Result<(), Broken> {
        let page = &self.devices[device];
        if let Some(row) = page.view.unplaced().next() {
            return Err(self.broken(format!("device {device} still shows {} as {:?}", row.id, row.state)));
        }
        let Some(cursor) = &page.storage.cursor else {
            return Err(self.broken(format!("device {device} never loaded anything")));
        };
        let mut next = cursor.oldest;
        for row in page.view.placed() {
            if row.seq != Some(next) || row.state != RowState::Sent || !self.is_stored(next, row) {
                return Err(self.broken(format!("device {device} shows {:?} where {next} belongs", row.seq)));
            }
            next += 1;
        }
        let head = self.object.disk.head();
        if next != head + 1 {
            return Err(self.broken(format!("device {device} shows events up to {} of {head}", next - 1)));
        }
        let first = self.object.disk.rows.log.events().iter().position(|event| event.body.starts_with('{'));
        let window = (head as usize).min(self.object.disk.rows.log.events().len() - first.unwrap_or(0)).min(100);
        let floor = self.stored_group().and_then(|group| group.member(&page.user).map(|member| member.floor));
        let window = window.min((head - floor.unwrap_or(0)) as usize);
        if page.view.placed().count() < window.min(12) {
            return Err(self.broken(format!("device {device} shows less than a page")));
        }
        Ok(())
    }
}
