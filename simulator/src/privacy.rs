//! Blocks and Appear Offline, in the storm (`messenger.md` 4, `presence.md` 2, `messenger.md` 8).
//!
//! Texts of a blocked person never reach the blocker in any frame, whatever happens to them later. Receipts of a person who appears offline
//! reach no other person. The checks know nothing else of blocks and presence.

use protocol::client::{ServerFrame, read_server_text};
use protocol::codec::json::Value;
use protocol::people::contacts::Privacy;
use protocol::words::event::Event;
use protocol::words::ids::RoomForm;
use protocol::words::limits::ACK_EVERY_MS;
use protocol::words::principal::UserKind;

use super::broken::Broken;
use super::library;
use super::net::SocketId;
use super::player::PERSONA;
use super::users::{USERS, is_elsewhere};
use super::world::World;

impl World {
    /// Blocks or unblocks a person, or changes Appear Offline.
    pub(super) fn change_privacy(&mut self) -> Result<(), Broken> {
        self.end_turn()?;
        let is_direct = matches!(self.object.id.form(), RoomForm::Direct(..));
        let people = if is_direct { &USERS[..2] } else { &USERS[..] };
        let at = self.dice.up_to(people.len() as u64 - 1) as usize;
        let (user, other) =
            (people[at], people[(at + 1 + self.dice.up_to(people.len() as u64 - 2) as usize) % people.len()]);
        if self.has_left(user) {
            return Ok(());
        }
        if self.dice.chance(40) {
            return self.turn_card(user);
        }
        // The packet client sees a gap where packets leave an event out.
        if self.library.is_some() && user == library::USER {
            return Ok(());
        }
        let last = self.archive.last().map_or(0, |stored| stored.event.ts);
        let at = self.now.max(last) + 1;
        let fresh = || Privacy::of_kind(UserKind::Persona);
        let privacy = self.known_privacy.privacy.entry(user.to_owned()).or_insert_with(fresh);
        if !privacy.hides.block(other, at) {
            privacy.hides.unblock(other, at);
        }
        privacy.version += 1;
        self.counters.blocks += u64::from(is_direct);
        self.trace.say(self.now, || format!("{user} blocks or unblocks {other}"));
        self.learn_privacy()
    }

    fn turn_card(&mut self, user: &str) -> Result<(), Broken> {
        let now = self.now;
        if self.known_privacy.offline_since.remove(user).is_none() {
            self.known_privacy.offline_since.insert(user.to_owned(), now);
        }
        *self.known_privacy.card_versions.entry(user.to_owned()).or_insert(0) += 1;
        let card = self.known_privacy.card_of(user, is_elsewhere(user));
        self.trace.say(now, || format!("{user} is {:?}", card.status));
        self.step(false, |room, disk, now, out| room.set_card(disk, now, user, &card, out), None)?;
        Ok(())
    }

    /// Sends unknown settings to the room, however often it dies over it.
    fn learn_privacy(&mut self) -> Result<(), Broken> {
        self.learn(|_, _| true)
    }

    /// Sends the settings of a joining person to the room before the person is let in. In a direct conversation, the room also gets the
    /// settings of the other one, if it has none of them yet.
    pub(super) fn learn_for(&mut self, comer: &str) -> Result<(), Broken> {
        let is_direct = matches!(self.object.id.form(), RoomForm::Direct(..));
        self.learn(|world, user| user == comer || is_direct && world.committed_privacy.of(user).is_none())
    }

    fn learn(&mut self, is_asked: impl Fn(&Self, &str) -> bool) -> Result<(), Broken> {
        for (user, privacy) in self.known_privacy.privacy.clone() {
            if !is_asked(self, &user) || self.has_left(&user) {
                continue;
            }
            let is_known = |world: &Self| {
                let known = world.object.room.as_ref().and_then(|room| room.privacy_of(&user));
                known.is_some_and(|known| known.version >= privacy.version)
            };
            self.wake()?;
            while !is_known(self) {
                self.receive_privacy(&user, &privacy)?;
                self.wake()?;
            }
        }
        Ok(())
    }

    /// Records texts that must never be shown to a person: those of blocked senders at that time, and their later versions.
    pub(super) fn note_forbidden(&mut self, event: &Event) {
        let Some(body) = Value::parse(&event.body).filter(|_| self.known_privacy.is_on || self.player.is_some()) else {
            return;
        };
        let Some(content) = body.get("content") else {
            return;
        };
        let message = body.get("messageId").and_then(Value::as_str);
        let target =
            message.and_then(|id| self.archive.iter().map(|stored| &stored.event).find(|event| event.id == id));
        let is_closed =
            |user: &str, event| self.known_privacy.covers(user, event) || user == PERSONA && self.is_of_before(event);
        let is_not_for = |user: &&&str| is_closed(user, event) || target.is_some_and(|target| is_closed(user, target));
        let users: Vec<String> = USERS.iter().filter(is_not_for).map(|user| (*user).to_owned()).collect();
        for user in users {
            self.known_privacy.forbidden.entry(user).or_default().insert(format!("\"content\":{content}"));
        }
    }

    /// Forbids all present texts to the next player of the persona.
    pub(super) fn forbid_what_was(&mut self) {
        let forbidden = self.known_privacy.forbidden.entry(PERSONA.to_owned()).or_default();
        for body in self.archive.iter().filter_map(|stored| Value::parse(&stored.event.body)) {
            forbidden.extend(body.get("content").map(|content| format!("\"content\":{content}")));
        }
    }

    /// Checks that no forbidden text of its person reaches a device.
    pub(super) fn check_privacy(&self, device: usize, text: &str) -> Result<(), Broken> {
        let user = &self.devices[device].user;
        let forbidden = self.known_privacy.forbidden.get(user);
        match forbidden.into_iter().flatten().find(|said| text.contains(said.as_str())) {
            Some(said) => Err(self.broken(format!("device {device} of {user} gets {said}, which is not for them"))),
            None => Ok(()),
        }
    }

    /// Checks that no other person gets receipts of a person who appears offline. Receipts that were already waiting in their batch are
    /// sent as if the person had gone offline.
    pub(super) fn check_secrets(&self, sockets: &[SocketId], text: &str) -> Result<(), Broken> {
        self.check_divided(sockets, text)?;
        if self.known_privacy.offline_since.is_empty() || !text.contains("delivery_status") {
            return Ok(());
        }
        for frame in read_server_text(text) {
            let ServerFrame::Receipt { user, .. } = frame else { continue };
            let is_secret =
                self.known_privacy.offline_since.get(&user).is_some_and(|since| since + ACK_EVERY_MS < self.now);
            let is_other = |socket: &SocketId| {
                let device = self.devices.get(self.net.device_of(*socket));
                device.map_or(library::USER, |device| device.user.as_str()) != user
            };
            if is_secret && sockets.iter().any(is_other) {
                return Err(self.broken(format!("others receive receipts of {user}, who appears offline")));
            }
        }
        Ok(())
    }

    /// Checks that a blocked person gets no receipts of the other one, and that neither sees the other type (`messenger.md` 4).
    fn check_divided(&self, sockets: &[SocketId], text: &str) -> Result<(), Broken> {
        if self.known_privacy.privacy.is_empty() {
            return Ok(());
        }
        let blocks = |user: &str, other: &str| {
            self.known_privacy.privacy.get(user).is_some_and(|privacy| privacy.hides.blocks(other))
        };
        for frame in read_server_text(text) {
            let (user, is_typing) = match frame {
                ServerFrame::Typing { user, is_typing: true, .. } => (user, true),
                ServerFrame::Receipt { user, .. } => (user, false),
                _ => continue,
            };
            let viewers = sockets.iter().filter_map(|socket| self.devices.get(self.net.device_of(*socket)));
            let receives = |viewer: &str| blocks(&user, viewer) || is_typing && blocks(viewer, &user);
            if let Some(viewer) = viewers.map(|page| &page.user).find(|viewer| **viewer != user && receives(viewer)) {
                return Err(self.broken(format!("{viewer} receives a frame of {user} across a block: {text}")));
            }
        }
        Ok(())
    }
}
