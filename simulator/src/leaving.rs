//! Deletion of an account in the storm (`leaving.md` 2): its steps run in order, each again until it succeeds, whatever dies in between.
//!
//! If the messages are deleted too, none of their texts is stored, found, waiting or sent any more, neither first nor edited ones, and no
//! digest of one, also not of trimmed messages. Otherwise only the name is removed. In both cases no reaction, receipt, hidden message or
//! debt of the person remains, every position stays, and the room announces the deletion once. The checks take the texts from the committed
//! events, and compare the rows.

use std::collections::BTreeSet;

use protocol::client::Row;
use protocol::codec::json::{Value, json_text};
use protocol::log::{LogStore, RetentionStore, content_digest};
use protocol::machines::room::{
    ChangeStore, Erasure, ErasureProgress, GONE_CODE, GONE_NAME, GroupChange, Membership, PeopleStore, RoomStore,
    reactions_of,
};
use protocol::wire::wasmchannel::Packet;
use protocol::words::event::{Event, Kind, Millis};
use protocol::words::ids::RoomForm;
use protocol::words::limits::PACKET_BYTES_MAX;

use super::broken::Broken;
use super::disk::Mutant;
use super::leaver::{Leaver, Step};
use super::library;
use super::player::PERSONA;
use super::users::{USERS, user};
use super::world::{ScheduledEvent, World};

/// Names of stored limits.
const LIMITS: [&str; 2] = ["history", "typing"];

impl World {
    /// Schedules the deletion of a person. A persona cannot be deleted, and the person of the packet client stays here.
    pub(super) fn begin_leaving(&mut self, storm_ms: Millis) {
        let may_go = |user: &&str| {
            (*user != PERSONA || self.player.is_none()) && (*user != library::USER || self.library.is_none())
        };
        let people: Vec<&'static str> = self.people().iter().copied().filter(may_go).collect();
        let Some(user) = people.get(self.dice.up_to(people.len().max(1) as u64 - 1) as usize).copied() else { return };
        let keeps_words = self.dice.chance(30) && self.object.mutant != Mutant::KeepLooseEdits;
        let (contents, digests) = (BTreeSet::new(), BTreeSet::new());
        self.leaver = Some(Leaver { user, keeps_words, step: Step::Waits, contents, digests });
        let at = self.now + storm_ms / 3 + self.dice.up_to(storm_ms / 2);
        self.after(at, ScheduledEvent::Leave);
    }

    /// Returns `true` if the person is deleted or being deleted: all sessions have ended.
    pub(super) fn has_left(&self, user: &str) -> bool {
        self.leaver.as_ref().is_some_and(|leaver| leaver.user == user && leaver.step != Step::Waits)
    }

    /// Returns `true` while a deletion is running.
    pub(super) fn is_leaving(&self) -> bool {
        self.leaver.as_ref().is_some_and(|leaver| !matches!(leaver.step, Step::Waits | Step::Done))
    }

    /// Returns `true` if the room gets no settings of a person any more.
    pub(super) fn is_silent(&self, user: &str) -> bool {
        let is_past = |step: Step| matches!(step, Step::Words(..) | Step::Done);
        self.leaver.as_ref().is_some_and(|leaver| leaver.user == user && is_past(leaver.step))
    }

    /// Returns `true` if the deleted person wrote the event at this position.
    pub(super) fn is_of_leaver(&self, seq: u64) -> bool {
        let event = self.archive.get(seq as usize - 1).map(|stored| &stored.event);
        event.and_then(|event| event.actor.as_deref()).is_some_and(|actor| self.has_left(actor))
    }

    /// Runs the next step, if nothing fails.
    pub(super) fn leaving_goes_on(&mut self) -> Result<(), Broken> {
        let Some(Leaver { user, keeps_words, step, .. }) = self.leaver.clone() else { return Ok(()) };
        self.end_turn()?;
        let is_lost = self.is_stormy() && self.dice.chance(25);
        let next = match step {
            _ if is_lost => step,
            Step::Waits => Step::Sessions,
            Step::Sessions => self.sessions_end(user)?,
            Step::Part => self.part(user)?,
            Step::Words(after, was_here) => self.words_go(user, keeps_words, (after, was_here))?,
            Step::Done => return Ok(()),
        };
        let now = self.now;
        self.trace.say(now, || format!("{user} goes for good: {next:?}"));
        if let Some(leaver) = &mut self.leaver {
            leaver.step = next;
        }
        if next == Step::Done {
            self.counters.left += 1;
            self.note_words();
            return self.check_left();
        }
        let wait_ms = 20 + self.dice.up_to(1_500);
        self.after(now + wait_ms, ScheduledEvent::Leave);
        Ok(())
    }

    fn sessions_end(&mut self, user: &'static str) -> Result<Step, Broken> {
        let session = self.principal(user).session;
        let ended = self.step(
            false,
            |room, disk, now, out| Ok(room.end_session(disk, now, &session, 4401, "deleted", out)?),
            None,
        )?;
        Ok(if ended.is_some() { Step::Part } else { Step::Sessions })
    }

    fn part(&mut self, name: &'static str) -> Result<Step, Broken> {
        let is_in = |world: &Self| {
            world
                .stored_group()
                .is_some_and(|group| group.find(name).is_some_and(|member| member.standing != Membership::Barred))
        };
        if is_in(self) {
            self.change_group(name, &GroupChange::Remove { user: user(name) })?;
            if is_in(self) {
                return Ok(Step::Part);
            }
        }
        for other in USERS.into_iter().filter(|other| *other != name) {
            let Some(privacy) = self.known_privacy.privacy.get_mut(other) else { continue };
            if privacy.contacts.remove(name) {
                privacy.version += 1;
                self.send_privacy(other);
            }
        }
        Ok(Step::Words(0, false))
    }

    /// Deletes a portion of the messages, and with the last one their waiting entries.
    fn words_go(&mut self, name: &'static str, keeps_words: bool, from: (u64, bool)) -> Result<Step, Broken> {
        let who = user(name);
        let erasure = Erasure { after: from.0, was_here: from.1, keeps_words, visible_from: 0 };
        let done = self.step(true, |room, disk, now, out| room.forget_person(disk, now, &who, &erasure, out), None)?;
        let again = Step::Words(from.0, from.1);
        match done {
            // The object died, or its answer was lost.
            None => Ok(again),
            _ if self.is_stormy() && self.dice.chance(20) => Ok(again),
            Some(Err(refusal)) => Err(self.broken(format!("{name} cannot be forgotten: {}", refusal.code()))),
            Some(Ok(ErasureProgress { next: Some(after), was_here })) if self.object.mutant != Mutant::StopHalfway => {
                Ok(Step::Words(after, was_here))
            }
            Some(Ok(_)) => {
                self.deliver_outbox()?;
                self.object.waiting.remove(name);
                if self.object.mutant != Mutant::KeepInInboxes {
                    let places = self.places_of(name);
                    self.object.waiting.values_mut().for_each(|entries| entries.retain(|seq, _| !places.contains(seq)));
                }
                Ok(Step::Done)
            }
        }
    }

    fn places_of(&self, user: &str) -> BTreeSet<u64> {
        let own = self.archive.iter().map(|stored| &stored.event);
        own.filter(|event| event.actor.as_deref() == Some(user)).map(|event| event.seq).collect()
    }

    /// Records the texts that must be nowhere from now on.
    fn note_words(&mut self) {
        let Some(leaver) = self.leaver.as_mut().filter(|leaver| !leaver.keeps_words) else { return };
        let said = self.archive.iter().map(|stored| &stored.event);
        for event in said.filter(|event| event.actor.as_deref() == Some(leaver.user)) {
            if let Some(content) = event.content() {
                leaver.contents.insert(content);
                leaver.digests.insert(content_digest(event.kind, &event.body));
            }
        }
    }

    // ---- Checks

    /// Checks that a frame of the room contains no text of the deleted person.
    pub(super) fn check_silence(&self, text: &str) -> Result<(), Broken> {
        let said = self.leaver.iter().flat_map(|leaver| &leaver.contents);
        match said.map(|content| json_text(content)).find(|content| text.contains(content.as_str())) {
            Some(content) => Err(self.broken(format!("{content} of whoever is gone is said: {text}"))),
            None => Ok(()),
        }
    }

    /// Checks the same in packets.
    pub(super) fn check_silent_packet(&self, bytes: &[u8]) -> Result<(), Broken> {
        let Some(leaver) = self.leaver.as_ref().filter(|leaver| !leaver.contents.is_empty()) else { return Ok(()) };
        let Ok(packet) = Packet::decode(bytes, PACKET_BYTES_MAX) else { return Ok(()) };
        let text = String::from_utf8_lossy(&packet.payload);
        match leaver.contents.iter().find(|content| text.contains(content.as_str())) {
            Some(content) => Err(self.broken(format!("a packet says {content} of whoever is gone"))),
            None => Ok(()),
        }
    }

    /// Checks that a page that knows of the deletion has neither texts nor the name of the person, shown or stored.
    pub(super) fn check_forgotten(&self, device: usize) -> Result<(), Broken> {
        let Some(leaver) = self.leaver.as_ref().filter(|leaver| leaver.step == Step::Done) else { return Ok(()) };
        let page = &self.devices[device];
        let is_note = |event: &&Event| {
            event.actor.as_deref() == Some(leaver.user) && event.kind == Kind::System && event.body.contains(GONE_CODE)
        };
        let Some(note) = self.archive.iter().map(|stored| &stored.event).find(is_note) else { return Ok(()) };
        if page.storage.cursor.as_ref().is_none_or(|cursor| cursor.seq < note.seq) {
            return Ok(());
        }
        let says = |row: &&Row| {
            let first = row.first.as_ref().is_some_and(|first| leaver.contents.contains(first));
            let is_named = row.sender == leaver.user && row.seq.is_some() && row.sender_name != GONE_NAME;
            first || is_named || leaver.contents.contains(&row.kind.words())
        };
        match page.view.placed().chain(page.storage.rows.values()).find(says) {
            Some(row) => {
                Err(self.broken(format!("device {device} knows that {} is gone, and has {row:?}", leaver.user)))
            }
            None => Ok(()),
        }
    }

    /// Checks the remaining rows and inbox entries of the deleted person.
    pub(super) fn check_left(&self) -> Result<(), Broken> {
        let Some(leaver) = self.leaver.as_ref().filter(|leaver| leaver.step == Step::Done) else { return Ok(()) };
        if self.is_gone() {
            return Ok(());
        }
        let (rows, user) = (&self.object.disk.rows, leaver.user);
        let broken = |what: String| Err(self.broken(format!("{user} is gone, and {what} is stored")));
        let first = rows.log.events().first().map_or(1, |event| event.seq);
        let originals = rows.originals(first, u64::MAX, u32::MAX).unwrap_or_default();
        let events = rows.read(first, u64::MAX, u32::MAX).unwrap_or_default();
        let bodies = originals.iter().map(|(_, _, body)| body).chain(events.iter().map(|event| &event.body));
        for body in bodies {
            let content = Value::parse(body).and_then(|body| Some(body.get("content")?.as_str()?.to_owned()));
            if content.is_some_and(|content| leaver.contents.contains(&content)) || leaver.digests.contains(body) {
                return broken(body.clone());
            }
        }
        for event in &events {
            let is_theirs = event.actor.as_deref() == Some(user);
            if is_theirs && (event.name != GONE_NAME || event.session.is_some()) {
                return broken(format!("{event:?}"));
            }
            let reacted = rows.reactions(event.seq).unwrap_or_default();
            let shown = if event.kind.is_message() { reactions_of(&event.body) } else { String::new() };
            if reacted.iter().any(|reacted| reacted.user == user) || shown.contains(&json_text(user)) {
                return broken(format!("their reaction to {event:?}"));
            }
        }
        let said = self.places_of(user);
        let indexed = rows.changes.indexed(1, u64::MAX).map(|(seq, _)| seq).find(|seq| said.contains(seq));
        if let Some(seq) = indexed.filter(|_| !leaver.keeps_words) {
            return broken(format!("what finds {seq}"));
        }
        let hides = rows.hidden(user, 0, u64::MAX).is_ok_and(|hidden| !hidden.is_empty());
        let is_known = rows.known().is_ok_and(|known| known.iter().any(|(other, _)| other == user));
        let has_read = rows.receipt(user).is_ok_and(|receipt| receipt.is_some());
        let used = LIMITS.iter().flat_map(|name| rows.limits(name).unwrap_or_default());
        let has_used = used.into_iter().any(|(other, _)| other == user);
        if hides || is_known || has_read || has_used {
            return broken(format!("hidden: {hides}, privacy: {is_known}, receipt: {has_read}, limits: {has_used}"));
        }
        self.check_left_elsewhere(leaver)
    }

    /// Checks that no inbox contains a text of the person, and that the room announced the deletion once. A room of many without a row of
    /// the person does not know about the deletion.
    fn check_left_elsewhere(&self, leaver: &Leaver) -> Result<(), Broken> {
        let user = leaver.user;
        let waits =
            self.object.waiting.iter().flat_map(|(other, entries)| entries.iter().map(move |entries| (other, entries)));
        let is_word = |said: &str| leaver.contents.iter().any(|content| json_text(content) == *said);
        if let Some((other, (seq, said))) = waits.into_iter().find(|(_, (_, said))| is_word(said)) {
            return Err(self.broken(format!("{said} of {user}, who is gone, waits for {other} at {seq}")));
        }
        let is_theirs = |event: &&Event| event.actor.as_deref() == Some(user);
        let own: Vec<&Event> = self.archive.iter().map(|stored| &stored.event).filter(is_theirs).collect();
        let is_note = |event: &Event| event.kind == Kind::System && event.body.contains(GONE_CODE);
        let notes = own.iter().filter(|event| is_note(event)).count();
        let is_last = own.last().is_some_and(|last| is_note(last));
        let stored = self.object.disk.rows.log.events().first().map_or(u64::MAX, |event| event.seq);
        let is_known = matches!(self.object.id.form(), RoomForm::Direct(..)) && !own.is_empty();
        let is_known = is_known || own.last().is_some_and(|last| last.seq >= stored);
        if notes > 1 || notes > 0 && !is_last || notes == 0 && is_known {
            return Err(self.broken(format!("that {user} is gone is said {notes} times, last: {:?}", own.last())));
        }
        Ok(())
    }
}
