//! Packets that a client of the packet door sends and receives in the storm (`wasmchannel.md` 3), and the checks of them.

use std::rc::Rc;

use protocol::wire::wasmchannel::{Packet, PacketKind};
use protocol::words::event::Millis;
use protocol::words::ids::uuid_v7;
use protocol::words::limits::PACKET_BYTES_MAX;

use super::broken::Broken;
use super::library::{LIBRARY, Library};
use super::net::{End, Packet as Sent, SocketId};
use super::world::{ScheduledEvent, World};

/// Time without a packet after which the client gives a socket up.
const SILENCE_MS_MAX: Millis = 30_000;

impl World {
    /// Connects, sends a message, or repeats one without an echo.
    pub(super) fn library_acts(&mut self) -> Result<(), Broken> {
        let is_stormy = self.is_stormy();
        let wait_ms = if is_stormy { 300 + self.dice.up_to(3_000) } else { 2_000 + self.dice.up_to(10_000) };
        self.after(self.now + wait_ms, ScheduledEvent::Library);
        let now = self.now;
        let Some(library) = self.library.as_mut() else { return Ok(()) };
        if let Some(socket) = library.socket.filter(|_| library.got_at + SILENCE_MS_MAX < now) {
            library.socket = None;
            self.net.shut(socket, End::Device);
            self.send(socket, End::Object, Sent::Close { code: 1000, reason: String::new() });
            return Ok(());
        }
        let Some(socket) = library.socket else {
            let socket = self.net.open(LIBRARY);
            let known = std::mem::take(library);
            *library = Library {
                socket: Some(socket),
                got_at: now,
                received_to: None,
                is_of_lost_log: false,
                taken_away: None,
                ..known
            };
            self.send(socket, End::Object, Sent::Open { query: String::new() });
            return Ok(());
        };
        if is_stormy && library.unconfirmed.is_none() && self.dice.chance(70) {
            let id = uuid_v7(self.now, self.dice.throw().to_be_bytes().repeat(2).try_into().unwrap_or([7; 16]));
            library.unconfirmed = Some((id.clone(), format!("packet {}", library.said.len())));
            library.said.push(id.clone());
            library.owed.push(id);
            self.counters.packets += 1;
        }
        if let Some((id, text)) = library.unconfirmed.clone() {
            let packet = Packet { message_id: Some(id), ..Packet::new(PacketKind::Message, text) };
            self.send(socket, End::Object, Sent::Bytes(Rc::from(packet.encode())));
        }
        self.send(socket, End::Object, Sent::Text(Rc::from("ping")));
        if is_stormy && self.dice.chance(5) {
            self.cut(socket);
        }
        Ok(())
    }

    /// Handles a packet on its socket.
    pub(super) fn library_got(&mut self, socket: SocketId, sent: Sent) -> Result<(), Broken> {
        let Some(library) = self.library.as_mut().filter(|library| library.socket == Some(socket)) else {
            return Ok(());
        };
        library.got_at = self.now;
        let bytes = match sent {
            Sent::Bytes(bytes) => bytes,
            Sent::Close { .. } => {
                library.socket = None;
                return Ok(());
            }
            Sent::Open { .. } | Sent::Text(_) => return Ok(()),
        };
        match Packet::decode(&bytes, PACKET_BYTES_MAX) {
            Ok(Packet { kind: PacketKind::Delete, message_id, .. }) => {
                library.taken_away = message_id;
                Ok(())
            }
            Ok(Packet { kind: PacketKind::Message, message_id: Some(id), .. }) => {
                if library.taken_away.take().is_some_and(|edited| edited == id) {
                    return Ok(());
                }
                self.library_received(&id)
            }
            Ok(_) => Ok(()),
            Err(error) => Err(self.broken(format!("a packet cannot be read: {error}"))),
        }
    }

    /// Handles a received message, its own or another one.
    fn library_received(&mut self, id: &str) -> Result<(), Broken> {
        let place = |world: &Self| world.archive.iter().position(|stored| stored.event.id == id);
        let Some(at) = place(self) else {
            // A packet of a wiped log may still be in transit.
            let was_stored = self.earlier_archive.iter().any(|stored| stored.event.id == id);
            return if was_stored {
                Ok(())
            } else {
                Err(self.broken(format!("a packet says {id}, which is not stored")))
            };
        };
        let Some(library) = self.library.as_mut() else { return Ok(()) };
        library.unconfirmed.take_if(|(said, _)| said == id);
        if library.is_of_lost_log {
            return Ok(());
        }
        let before = library.received_to.map(|seq| seq as usize);
        if library.said.iter().any(|said| said == id) && before.is_none_or(|before| at < before) {
            // The message was repeated after it was stored, so its echo may be out of order.
            return Ok(());
        }
        library.received_to = Some(at as u64 + 1);
        match before {
            Some(before) if at < before => Err(self.broken(format!("packets say {id} twice, or too late"))),
            Some(before) if self.archive[before..at].iter().any(|stored| stored.event.kind.is_message()) => {
                Err(self.broken(format!("packets leave something out between {before} and {id}")))
            }
            _ => Ok(()),
        }
    }

    /// Checks that all its messages are stored, once and in order.
    pub(super) fn check_library(&self) -> Result<(), Broken> {
        let Some(library) = &self.library else { return Ok(()) };
        if !library.is_content() {
            return Err(self.broken(format!("the packet client never received {:?}", library.unconfirmed)));
        }
        let mut last = 0;
        for id in &library.owed {
            match self.archive.iter().position(|stored| stored.event.id == *id) {
                None => return Err(self.broken(format!("the packet {id} is lost"))),
                Some(at) if at < last => return Err(self.broken(format!("the packet {id} was overtaken"))),
                Some(at) => last = at,
            }
        }
        Ok(())
    }
}
