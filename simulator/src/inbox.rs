//! Inboxes of absent people (`push.md` 1), as their own objects store them. Each message has an entry, which an edit changes and a deletion
//! removes, however often the notification arrives.
//!
//! People may also mark entries as seen without reading the conversation (`POST /api/inbox/ack`).
//!
//! The check after the storm: unread and unseen messages wait, also those that arrived late below the seen position, with their present
//! text. A seen message does not wait again, however late and often its notification arrives. The person's object is simulated here; the
//! suites test the real one.

use std::collections::BTreeSet;

use protocol::codec::json::Value;
use protocol::log::LogStore;
use protocol::machines::room::{ChangeStore, InboxUpdate, OutboxEntry, Room, RoomSettings};
use protocol::words::event::TOMBSTONE;

use super::broken::Broken;
use super::disk::Mutant;
use super::player::PERSONA;
use super::world::World;

/// More events than ever wait: an entry of the outbox is delivered whole.
const WHOLE: u32 = 100_000;

fn words_of(body: &str) -> String {
    let content = Value::parse(body).and_then(|body| body.get("content").map(ToString::to_string));
    content.unwrap_or_default()
}

impl World {
    /// Marks entries of a person as seen up to a position, sometimes beyond the last entry.
    pub(super) fn ack_inbox(&mut self) {
        let with_entries = self.object.waiting.iter().filter(|(_, entries)| !entries.is_empty());
        let users: Vec<String> = with_entries.map(|(user, _)| user.clone()).collect();
        let Some(user) = users.get(self.dice.up_to(users.len().max(1) as u64 - 1) as usize) else { return };
        let Some(entries) = self.object.waiting.get_mut(user) else { return };
        let places: Vec<u64> = entries.keys().copied().collect();
        let Some(newest) = places.last().copied() else { return };
        let asked = match places.get(self.dice.up_to(places.len() as u64 - 1) as usize) {
            Some(place) if self.dice.chance(60) => *place,
            _ => newest + self.dice.up_to(30),
        };
        self.trace.say(self.now, || format!("{user} has seen what waits up to {asked}"));
        self.counters.seen += 1;
        let seen: BTreeSet<u64> = places.into_iter().filter(|place| *place <= asked).collect();
        entries.retain(|place, _| !seen.contains(place));
        let stored = self.object.seen.stored.entry(user.clone()).or_default();
        match self.object.mutant {
            Mutant::SeeAhead => stored.extend(1..=asked),
            Mutant::SeeBelow => stored.extend(1..=asked.min(newest)),
            _ => stored.extend(&seen),
        }
        self.object.seen.meant.entry(user.clone()).or_default().extend(seen);
    }

    /// Delivers an entry of the outbox to a person's object.
    pub(super) fn fill_inbox(&mut self, entry: &OutboxEntry) -> Result<(), Broken> {
        let updates = self.updates_of(entry)?;
        let seen = self.object.seen.stored.get(&entry.user).filter(|_| self.object.mutant != Mutant::ForgetSeen);
        let seen = seen.cloned().unwrap_or_default();
        for InboxUpdate { event, target, message } in updates {
            // The person's object knows the blocks of the person, and leaves this entry out.
            if self.known_privacy.covers(&entry.user, &event) {
                continue;
            }
            let entries = self.object.waiting.entry(entry.user.clone()).or_default();
            let words = message.map(|message| words_of(&message.body));
            match (target, words) {
                (Some(place), None) => {
                    entries.remove(&place);
                }
                (Some(place), Some(words)) => {
                    if let Some(stored) = entries.get_mut(&place) {
                        *stored = words;
                    }
                }
                (None, Some(words)) if event.seq <= entry.stored_to && !seen.contains(&event.seq) => {
                    entries.entry(event.seq).or_insert(words);
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// Returns the room's update for an entry; a sleeping room is read without waking it.
    fn updates_of(&mut self, entry: &OutboxEntry) -> Result<Vec<InboxUpdate>, Broken> {
        let object = &mut self.object;
        let updates = match &object.room {
            Some(room) => room.updates(&object.disk, entry, WHOLE),
            None => Room::open(object.id.clone(), RoomSettings::default(), &mut object.disk, 0x1000_0000)
                .and_then(|room| room.updates(&object.disk, entry, WHOLE)),
        };
        updates.map(|(updates, _)| updates).map_err(|fault| self.broken(fault.to_string()))
    }

    /// Checks that unread and unseen messages wait with their present text, and seen ones do not. The entries of a persona end with each
    /// player.
    pub(super) fn check_waiting(&self) -> Result<(), Broken> {
        let disk = &self.object.disk;
        let oldest = disk.meta().ok().flatten().map_or(1, |meta| meta.oldest);
        let read_to = |user: &str| disk.receipt(user).ok().flatten().unwrap_or_default().read;
        let is_left_out = |user: &str, seq: u64| {
            let is_hidden = disk.hidden(user, seq, seq).is_ok_and(|hidden| !hidden.is_empty());
            let has_left = self.has_left(user) || self.is_of_leaver(seq);
            is_hidden || seq < oldest || seq <= read_to(user) || has_left || user == PERSONA && self.player.is_some()
        };
        let waits =
            |user: &str, seq: u64| self.object.waiting.get(user).is_some_and(|entries| entries.contains_key(&seq));
        let is_seen = |user: &str, seq: u64| self.object.seen.meant.get(user).is_some_and(|meant| meant.contains(&seq));
        for (user, entries) in &self.object.waiting {
            if let Some(seq) = entries.keys().find(|seq| is_seen(user, **seq)) {
                return Err(self.broken(format!("message {seq} waits for {user}, who has seen it")));
            }
        }
        let now_at = |seq: u64| disk.read(seq, seq, 1).ok().and_then(|mut found| found.pop());
        let entries = self.object.waiting.iter().flat_map(|(user, entries)| entries.iter().map(move |one| (user, one)));
        for (user, (seq, words)) in entries.filter(|(user, (seq, _))| !is_left_out(user, **seq)) {
            // A change by a blocked sender is hidden: the person sees the old text.
            let says_so = now_at(*seq).is_some_and(|event| event.body != TOMBSTONE && words_of(&event.body) == *words);
            if !says_so && !self.known_privacy.has_blocked(user) {
                return Err(
                    self.broken(format!("{words} waits for {user} at {seq}, where {:?} is stored", now_at(*seq)))
                );
            }
        }
        for (user, seq) in self.object.owed_entries.iter().filter(|(user, seq)| !is_left_out(user, *seq)) {
            let Some(event) = now_at(*seq).filter(|event| event.kind.is_message() && event.body != TOMBSTONE) else {
                continue;
            };
            if !waits(user, *seq) && !is_seen(user, *seq) && !self.known_privacy.covers(user, &event) {
                return Err(self.broken(format!("message {seq} does not wait for {user}")));
            }
        }
        Ok(())
    }
}
