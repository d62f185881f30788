//! Privacy settings and contacts, in the storm (`settings.md` 1, `messenger.md` 5.4 and 8).
//!
//! A person's own object knows a change at once. The room gets it some time later, twice, out of order, or only at the next try, and may
//! die over it. The settings that the room received last count: from then on, no typing indicator, receipt, nudge or wink violates them,
//! and a writer in a direct conversation is permitted or was answered. The checks use only those updates and the log.

use std::collections::BTreeSet;

use protocol::client::{EventFrame, RowKind, ServerFrame, read_server_text};
use protocol::machines::room::Room;
use protocol::people::contacts::{Audience, Privacy, SettingsChange, Writers};
use protocol::words::event::{Event, Kind};
use protocol::words::ids::{RoomForm, UserId};
use protocol::words::principal::UserKind;

use super::broken::Broken;
use super::disk::Mutant;
use super::library;
use super::net::SocketId;
use super::users::USERS;
use super::world::{ScheduledEvent, World};

impl World {
    /// Gives everybody settings; some people are contacts.
    pub(super) fn begin_settings(&mut self) {
        for user in self.people() {
            let privacy = Privacy { version: 1, ..Privacy::of_kind(UserKind::Persona) };
            self.known_privacy.privacy.insert((*user).to_owned(), privacy);
        }
        for _ in 0..6 {
            let (user, other) = self.two_people();
            if self.dice.chance(40) {
                self.toggle_contact(user, other);
            } else {
                self.change_settings(user);
            }
        }
    }

    pub(super) fn people(&self) -> &'static [&'static str] {
        if matches!(self.object.id.form(), RoomForm::Direct(..)) { &USERS[..2] } else { &USERS }
    }

    fn two_people(&mut self) -> (&'static str, &'static str) {
        let people = self.people();
        let at = self.dice.up_to(people.len() as u64 - 1) as usize;
        let other = (at + 1 + self.dice.up_to(people.len() as u64 - 2) as usize) % people.len();
        (people[at], people[other])
    }

    fn change_settings(&mut self, user: &str) {
        let audience = [Audience::Contacts, Audience::Everyone, Audience::Nobody][self.dice.up_to(2) as usize];
        let is_on = self.dice.chance(50);
        let mut change = SettingsChange::default();
        match self.dice.up_to(6) {
            0 => change.receipts = Some(is_on),
            1 => change.typing = Some(is_on),
            2 => change.nudges = Some(audience),
            3 => change.winks = Some(audience),
            // A packet client gets no final refusal: it would repeat its message for ever.
            _ if self.library.is_some() => {}
            _ => change.who_can_write = Writers::parse(audience.as_str()),
        }
        let Some(privacy) = self.known_privacy.privacy.get_mut(user) else { return };
        privacy.settings = privacy.settings.with(&change);
        privacy.version += 1;
    }

    /// Makes two people contacts, or ends that.
    fn toggle_contact(&mut self, user: &str, other: &str) {
        for (user, other) in [(user, other), (other, user)] {
            let Some(privacy) = self.known_privacy.privacy.get_mut(user) else { continue };
            if !privacy.contacts.remove(other) {
                privacy.contacts.insert(other.to_owned());
            }
            privacy.version += 1;
        }
    }

    /// Changes a permit of a person, or its audience.
    pub(super) fn stir_settings(&mut self) {
        let (user, other) = self.two_people();
        self.counters.settings += 1;
        if self.dice.chance(35) {
            self.trace.say(self.now, || format!("{user} and {other} become contacts, or are none any more"));
            self.toggle_contact(user, other);
            self.send_privacy(other);
        } else {
            self.change_settings(user);
            let settings = self.known_privacy.privacy.get(user).map(|privacy| privacy.settings);
            self.trace.say(self.now, || format!("{user} takes {settings:?}"));
        }
        self.send_privacy(user);
    }

    /// Sends the present settings of a person to the room: they arrive some time later, and sometimes twice.
    pub(super) fn send_privacy(&mut self, user: &str) {
        let Some(at) = USERS.iter().position(|known| *known == user) else { return };
        let Some(privacy) = self.known_privacy.privacy.get(user).cloned() else { return };
        for _ in 0..if self.dice.chance(25) { 2 } else { 1 } {
            let wait_ms = 20 + if self.dice.chance(40) { self.dice.up_to(6_000) } else { self.dice.up_to(150) };
            let number = self.committed_privacy.under_way.len();
            self.committed_privacy.under_way.push((at, privacy.clone()));
            self.after(self.now + wait_ms, ScheduledEvent::PrivacyChange { number });
        }
    }

    /// Delivers settings to the room, or loses them: then the settings of that later time are sent again.
    pub(super) fn privacy_arrives(&mut self, number: usize) -> Result<(), Broken> {
        let Some((at, privacy)) = self.committed_privacy.under_way.get(number).cloned() else { return Ok(()) };
        let user = USERS[at];
        if self.is_gone() || self.is_silent(user) {
            return Ok(());
        }
        self.end_turn()?;
        let is_lost = self.is_stormy() && self.dice.chance(20);
        if is_lost || !self.receive_privacy(user, &privacy)? {
            self.send_privacy(user);
        }
        Ok(())
    }

    /// Applies settings in the room. Returns `false` if the object died before they were stored.
    pub(super) fn receive_privacy(&mut self, user: &str, privacy: &Privacy) -> Result<bool, Broken> {
        let mut received = privacy.clone();
        if self.object.mutant == Mutant::AcceptOldPrivacy {
            let known = self.object.room.as_ref().and_then(|room| room.privacy_of(user));
            received.version = received.version.max(known.map_or(0, |known| known.version + 1));
        }
        self.committed_privacy.begin(user, privacy);
        self.step(false, |room, disk, now, out| Ok(room.set_privacy(disk, now, user, received, out)?), None)?;
        Ok(self.committed_privacy.of(user).is_some_and(|known| known.version >= privacy.version))
    }

    /// Forgets settings of absent people, because a public room has only those of present ones.
    pub(super) fn forget_strangers(&mut self) {
        let Some(room) = self.object.room.as_ref().filter(|room| matches!(room.id().form(), RoomForm::Public)) else {
            return;
        };
        let here: BTreeSet<&str> = USERS.into_iter().filter(|user| Room::is_here(room, user)).collect();
        self.committed_privacy.forget_all_but(|user| here.contains(user));
    }

    // ---- Checks

    /// Returns the other one of a direct conversation, unless deleted: the room forgets the permits of a deleted person.
    fn partner_of(&self, user: &str) -> Option<String> {
        let user = UserId::parse(user).ok()?;
        self.object.id.partner_of(&user).map(ToString::to_string).filter(|partner| !self.has_left(partner))
    }

    /// Checks that the writer of this event was permitted in a direct conversation, by the settings that the room knew.
    pub(super) fn check_welcome(&mut self, event: &Event) -> Result<(), Broken> {
        let Some(writer) = event.actor.clone().filter(|_| event.kind != Kind::System) else { return Ok(()) };
        let Some(partner) = self.partner_of(&writer) else { return Ok(()) };
        // The writer may always delete an own message, because a deletion has no content.
        if event.kind == Kind::Delete {
            return Ok(());
        }
        if !self.committed_privacy.may_write(&writer, &partner) {
            return Err(self.broken(format!("{writer} writes to {partner}, who does not take it: {event:?}")));
        }
        if event.kind.is_message() {
            self.committed_privacy.turned.insert(writer);
        }
        Ok(())
    }

    /// Checks that no frame of the room violates the settings that it knows.
    pub(super) fn check_settings(&self, sockets: &[SocketId], text: &str) -> Result<(), Broken> {
        if !self.known_privacy.has_settings {
            return Ok(());
        }
        let user_of = |socket: &SocketId| {
            let page = self.devices.get(self.net.device_of(*socket));
            page.map_or(library::USER, |page| page.user.as_str())
        };
        for frame in read_server_text(text) {
            for viewer in sockets.iter().map(user_of) {
                if let Some(promise) = self.against(viewer, &frame) {
                    return Err(self.broken(format!("{viewer} {promise}: {text}")));
                }
            }
            if let ServerFrame::Error { code, id: Some(id), .. } = &frame {
                sockets.iter().try_for_each(|socket| self.check_refused(*socket, code, id))?;
            }
        }
        Ok(())
    }

    /// Returns the violation of the settings in a frame to `viewer`; `None` if there is none.
    fn against(&self, viewer: &str, frame: &ServerFrame) -> Option<&'static str> {
        let committed = &self.committed_privacy;
        let reads = |user: &str| {
            let is_public = matches!(self.object.id.form(), RoomForm::Public);
            !is_public && committed.settings_of(user).receipts && committed.settings_of(viewer).receipts
        };
        match frame {
            ServerFrame::Typing { user, is_typing: true, .. } if user != viewer => {
                // The viewer's own setting does not matter.
                (!committed.settings_of(user).typing).then_some("sees somebody typing")
            }
            ServerFrame::Receipt { user, is_read: true, .. } if user != viewer => {
                (!reads(user)).then_some("receives how far somebody has read")
            }
            ServerFrame::Welcome { receipts, .. } => {
                let secret = receipts.iter().any(|(user, _, read)| user != viewer && *read > 0 && !reads(user));
                secret.then_some("is welcomed with how far somebody has read")
            }
            ServerFrame::Event(EventFrame { sender, kind, is_replay, shakes, .. }) if sender != viewer => match kind {
                Some(RowKind::Nudge) if *shakes && !committed.takes(|settings| settings.nudges, viewer, sender) => {
                    Some("is shaken")
                }
                Some(RowKind::Wink { .. })
                    if *is_replay == committed.takes(|settings| settings.winks, viewer, sender) =>
                {
                    Some("is played a wink that they do not take, or is not played one that they take")
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Checks that no permitted person was refused.
    fn check_refused(&self, socket: SocketId, code: &str, id: &str) -> Result<(), Broken> {
        let Some(page) = self.devices.get(self.net.device_of(socket)).filter(|_| code == "FORBIDDEN") else {
            return Ok(());
        };
        let is_message = page.storage.outbox.iter().any(|entry| entry.id == id && entry.kind.is_message());
        match self.partner_of(&page.user).filter(|_| is_message) {
            Some(partner) if self.committed_privacy.could_write(&page.user, &partner) => {
                Err(self.broken(format!("{} may not write to {partner}, who takes it", page.user)))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the room knows all settings in the end.
    pub(super) fn check_privacy_received(&self) -> Result<(), Broken> {
        let is_public = matches!(self.object.id.form(), RoomForm::Public);
        let settings = self.known_privacy.privacy.iter().filter(|(user, _)| !is_public && !self.has_left(user));
        let outdated = settings.filter(|(user, privacy)| {
            let known = self.committed_privacy.of(user);
            self.known_privacy.has_settings && known.is_some_and(|known| known.version < privacy.version)
        });
        match outdated.map(|(user, _)| user).next() {
            Some(user) => Err(self.broken(format!("the room never received the settings of {user}"))),
            None => Ok(()),
        }
    }
}
