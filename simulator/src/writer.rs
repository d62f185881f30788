//! The person at a device: writes, changes, types, reads, discards; and another tab that sends the same message again.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::client::{Input, OutboxEntry};
use protocol::content::kinds::EffectKind;
use protocol::words::event::Kind;
use protocol::words::ids::{RoomForm, uuid_v7};

use super::broken::Broken;
use super::device::Device;
use super::net::{End, Packet};
use super::search::WORDS;
use super::world::{ScheduledEvent, World};

impl World {
    /// Performs an action of the person at the device.
    pub(super) fn act(&mut self, device: usize) -> Result<(), Broken> {
        match self.dice.up_to(99) {
            0..=44 => self.write(device, Kind::Chat),
            45..=54 => self.change(device),
            55..=57 => {
                for _ in 0..12 {
                    self.write(device, Kind::Chat)?;
                }
                Ok(())
            }
            58..=62 => self.write(device, Kind::Nudge),
            63..=66 => self.write(device, Kind::Wink),
            67..=90 => {
                let is_typing = self.dice.chance(85);
                self.feed(device, Input::Typing(is_typing))
            }
            91..=93 => self.feed(device, Input::LoadOlder),
            94..=95 => {
                let is_looked_at = self.dice.chance(60);
                self.feed(device, Input::Looking(is_looked_at))
            }
            _ => self.discard(device),
        }
    }

    /// Changes a shown message, mostly an own one.
    fn change(&mut self, device: usize) -> Result<(), Broken> {
        let placed = self.devices[device].view.placed().filter(|row| !row.kind.is_blocked());
        let rows: Vec<(String, bool, bool)> =
            placed.map(|row| (row.id.clone(), row.is_own, row.edited_at.is_some())).collect();
        let newest = rows.len().saturating_sub(12);
        let Some((message, is_own, _)) = rows.get(newest + self.dice.up_to(11) as usize).cloned() else {
            return Ok(());
        };
        let id = self.new_id(device);
        let at = self.devices[device].local(self.now);
        self.counters.changes += 1;
        let entry = match self.dice.up_to(9) {
            0..=2 if is_own => {
                OutboxEntry::edit(&id, &message, &format!("edit {id} {}", word_of(self.counters.changes)), at)
            }
            3..=4 if is_own => {
                // Edited messages have more versions to delete, and older messages are stored elsewhere too.
                let edited = rows.iter().rev().find(|(_, is_own, is_edited)| *is_own && *is_edited);
                let own: Vec<&String> = rows.iter().filter(|(_, is_own, _)| *is_own).map(|(id, ..)| id).collect();
                let any = own.get(self.dice.up_to(own.len() as u64 - 1) as usize).copied().unwrap_or(&message);
                let taken_away = edited.filter(|_| self.dice.chance(60)).map_or(any, |(edited, ..)| edited);
                OutboxEntry::delete(&id, taken_away, true, at)
            }
            5 => OutboxEntry::delete(&id, &message, false, at),
            _ => {
                let reaction = ["like", "heart", "star"][self.dice.up_to(2) as usize];
                OutboxEntry::react(&id, &message, reaction, self.dice.chance(70), at)
            }
        };
        self.feed(device, Input::Post(entry))
    }

    fn new_id(&mut self, device: usize) -> String {
        let mut random = [0; 16];
        random[8..].copy_from_slice(&self.dice.throw().to_be_bytes());
        random[..8].copy_from_slice(&self.dice.throw().to_be_bytes());
        uuid_v7(self.devices[device].local(self.now), random)
    }

    fn write(&mut self, device: usize, kind: Kind) -> Result<(), Broken> {
        let at = self.devices[device].local(self.now);
        let id = self.new_id(device);
        let page = &mut self.devices[device];
        page.written += 1;
        self.counters.posted += 1;
        let entry = match kind.effect() {
            Some(EffectKind::Nudge) => OutboxEntry::nudge(&id, &page.user, at),
            Some(EffectKind::Wink) => OutboxEntry::wink(&id, "toast", &page.user, at),
            None => {
                let content = format!("{} from {device} {}", page.written, word_of(page.written));
                self.chat(device, &id, &content, at)
            }
        };
        let reloads = self.counters.reloads;
        self.feed(device, Input::Post(entry))?;
        let is_saved = self.devices[device].storage.outbox.iter().any(|saved| saved.id == id);
        if !is_saved && self.counters.reloads == reloads {
            return Err(self.broken(format!("device {device} does not keep {id}")));
        }
        Ok(())
    }

    /// Discards a message that is not sent yet; it may be in transit all the same.
    fn discard(&mut self, device: usize) -> Result<(), Broken> {
        let Some(id) = self.devices[device].storage.outbox.last().map(|entry| entry.id.clone()) else {
            return Ok(());
        };
        self.devices[device].owed.retain(|owed| *owed != id);
        self.feed(device, Input::Discard { id })
    }

    /// Returns `true` if this refusal may be right: in a direct conversation, a person who blocks the other (`messenger.md` 4) or is not
    /// permitted (3.3) cannot write.
    pub(super) fn is_forbidden(&self, device: usize, code: &str) -> bool {
        let is_direct = matches!(self.object.id.form(), RoomForm::Direct(..));
        let may_be_refused =
            self.known_privacy.has_settings || self.known_privacy.has_blocked(&self.devices[device].user);
        code == "FORBIDDEN" && is_direct && may_be_refused
    }

    /// Discards the messages that the person was not allowed to send.
    pub(super) fn give_up(&mut self, device: usize) -> Result<(), Broken> {
        if let Some(until) = self.devices[device].asleep_until {
            self.after(until + 1, ScheduledEvent::GiveUp { device });
            return Ok(());
        }
        let Device { storage, owed, .. } = &mut self.devices[device];
        let failed = storage.outbox.iter().filter(|entry| entry.failed.is_some());
        let failed: Vec<String> = failed.map(|entry| entry.id.clone()).collect();
        owed.retain(|owed| !failed.contains(owed));
        failed.into_iter().try_for_each(|id| self.feed(device, Input::Discard { id }))
    }

    /// Sends a message from another tab with the same outbox. A finally refused message waits for its person in every tab, as in
    /// `protocol::client::RoomClient`.
    pub(super) fn send_again(&mut self, device: usize) {
        let page = &self.devices[device];
        let Some(socket) = page.socket else {
            return;
        };
        let stored: BTreeSet<&String> = page.owed.iter().collect();
        let events = self.object.disk.rows.log.events().iter().rev();
        let own = events.filter(|event| stored.contains(&event.id) && event.body.starts_with('{')).take(5);
        let stored: Vec<OutboxEntry> = own
            .map(|event| OutboxEntry {
                id: event.id.clone(),
                kind: event.kind,
                body: event.body.clone(),
                name: String::new(),
                at: 0,
                failed: None,
            })
            .chain(page.storage.outbox.iter().find(|entry| entry.failed.is_none()).cloned())
            .collect();
        if !stored.is_empty() {
            let entry = &stored[self.dice.up_to(stored.len() as u64 - 1) as usize];
            let frame = entry.frame();
            self.trace.say(self.now, || format!("device {device} sends {} once more", entry.id));
            self.send(socket, End::Object, Packet::Text(Rc::from(frame)));
        }
    }
}

/// Returns the last word of a message.
fn word_of(number: u64) -> &'static str {
    WORDS[number as usize % WORDS.len()]
}
