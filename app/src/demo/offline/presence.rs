//! The presence socket: the presence of all people, and the visitor's choices. The visitor is the same machine as on the server.

use protocol::machines::presence::{PresenceChange, PresenceDelta};
use protocol::machines::room::{ChangeStore, ClientFrame, Notification};
use protocol::wire::messenger::{frame_json, frames_in, full_sync_json, presence_welcome_json, update_json};
use protocol::words::event::Millis;
use protocol::words::limits::PRESENCE_FRAME_BYTES_MAX;
use protocol::words::refusal::Refusal;
use protocol::words::status::Visible;

use super::cast::{Actor, NEVER, SESSION};
use super::talk::Talk;
use super::world::OfflineWorld;
use crate::browser::local_server::LocalSocketEvent;

impl OfflineWorld {
    pub(super) fn open_presence(&mut self, now: Millis, socket: u32) {
        self.presence_sockets.push(socket);
        let changed = self.person.arrive(now, socket, SESSION);
        let welcome = presence_welcome_json(&socket.to_string(), now, self.person.record(), NEVER);
        let everybody: Vec<Visible> = self.cast.iter().map(Actor::visible).collect();
        self.socket_events.push(LocalSocketEvent::text(socket, &welcome));
        self.socket_events.push(LocalSocketEvent::text(socket, &full_sync_json(&everybody)));
        self.person_changed(now, changed);
    }

    pub(super) fn close_presence(&mut self, now: Millis, socket: u32) {
        self.presence_sockets.retain(|other| *other != socket);
        let changed = self.person.part(now, socket);
        self.person_changed(now, changed);
    }

    pub(super) fn receive_presence_frame(&mut self, now: Millis, socket: u32, text: &str) {
        self.person.mark_alive(now, socket);
        for frame in frames_in(text, true, PRESENCE_FRAME_BYTES_MAX).into_iter().flatten() {
            let answered = match frame {
                Ok(ClientFrame::Ping { t }) => {
                    self.say(socket, &Notification::Pong { t, now });
                    Ok(())
                }
                Ok(ClientFrame::Presence(change)) => self.choose(now, Some(socket), change),
                Ok(ClientFrame::Watch { user_ids }) => {
                    self.watch(socket, &user_ids);
                    Ok(())
                }
                Ok(_) => Err(Refusal::NotSupported),
                Err(bad) => Err(bad.refusal),
            };
            if let Err(refusal) = answered {
                self.say(socket, &Notification::Error { id: None, rid: None, refusal, fatal: false });
            }
        }
    }

    pub(super) fn choose(&mut self, now: Millis, socket: Option<u32>, change: PresenceChange) -> Result<(), Refusal> {
        let changed = match socket {
            Some(socket) => self.person.choose_on(now, socket, change)?,
            None => self.person.choose(now, change)?,
        };
        self.person_changed(now, changed);
        Ok(())
    }

    fn person_changed(&mut self, now: Millis, changed: PresenceDelta) {
        if changed.card {
            let (card, user) = (self.person.card(), self.visitor.as_str());
            for talk in &mut self.talks {
                // A conversation without the visitor is unchanged.
                let _ = talk
                    .step(&mut self.socket_events, now, |room, store, out| room.set_card(store, now, user, &card, out));
            }
        }
        if changed.shown {
            self.say_on_presence(&update_json(self.person.shown()));
        }
    }

    fn watch(&mut self, socket: u32, users: &[String]) {
        for user in users {
            let seen = match self.actor_of(user) {
                Some(actor) => self.cast[actor].visible(),
                None if *user == self.visitor.as_str() => self.person.shown().clone(),
                None => continue,
            };
            self.socket_events.push(LocalSocketEvent::text(socket, &update_json(&seen)));
        }
    }

    /// Sends the presence of a persona to the page.
    pub(super) fn send_presence_of(&mut self, actor: usize) {
        self.say_on_presence(&update_json(&self.cast[actor].visible()));
    }

    /// Returns the `seq` up to which the visitor has read.
    pub(super) fn read_to(&self, talk: &Talk) -> u64 {
        let receipt = talk.store.receipt(self.visitor.as_str()).unwrap_or_default();
        receipt.map_or(0, |receipt| receipt.read)
    }

    /// Sends a frame on all presence sockets of the page.
    pub(super) fn say_on_presence(&mut self, frame: &str) {
        self.socket_events.extend(self.presence_sockets.iter().map(|socket| LocalSocketEvent::text(*socket, frame)));
    }

    fn say(&mut self, socket: u32, notification: &Notification) {
        self.socket_events.push(LocalSocketEvent::text(socket, &frame_json("", notification)));
    }
}
