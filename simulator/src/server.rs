//! Turns of the object over the real room machine: commits, and crashes between any two steps. `lifetime` has its life.
//!
//! The file does the same as the Worker's object, in the same order: run the turn, commit, send, store attachments, close, set timers.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::log::Cursor;
use protocol::machines::room::{Join, Outbound, Room, RoomStore, Wire};
use protocol::wire::messenger::{deliveries, receive};
use protocol::wire::wasmchannel::{apply_packet, incoming_packet, packets_of};
use protocol::words::event::{Event, Kind, Millis, TOMBSTONE};
use protocol::words::ids::{RoomForm, UserId};
use protocol::words::limits::ATTACHMENT_BYTES_MAX;
use protocol::words::refusal::Denied;
use protocol::words::socket::ConnKey;

use super::broken::Broken;
use super::disk::{Disk, Mutant};
use super::library;
use super::net::{End, Packet, SocketId};
use super::object::{Attached, Crash, Object, SocketArrival};
use super::users::is_elsewhere;
use super::world::{ArchivedEvent, ScheduledEvent, World};

impl World {
    /// Handles a packet to the object.
    pub(super) fn object_got(&mut self, socket: SocketId, packet: Packet) -> Result<(), Broken> {
        let arrival = match packet {
            Packet::Open { query } => return self.join(socket, &query),
            Packet::Text(text) if &*text == "ping" => {
                // The runtime answers by itself, and the object sleeps on.
                if let Some(attached) = self.object.sockets.get_mut(&socket) {
                    attached.last_frame_at = Some(self.now);
                    self.send(socket, End::Device, Packet::Text(Rc::from("pong")));
                }
                return Ok(());
            }
            Packet::Text(text) => SocketArrival::Text(text),
            Packet::Bytes(bytes) => SocketArrival::Bytes(bytes),
            Packet::Close { code, .. } => SocketArrival::Gone(code == 1006),
        };
        if self.object.sockets.contains_key(&socket) {
            self.object.arrivals.push((socket, arrival));
            if !std::mem::replace(&mut self.object.is_turn_due, true) {
                let at = self.now + self.dice.up_to(5);
                self.after(at, ScheduledEvent::Turn);
            }
        }
        Ok(())
    }

    fn join(&mut self, socket: SocketId, query: &str) -> Result<(), Broken> {
        self.end_turn()?;
        let device = self.net.device_of(socket);
        let (user, wire) = match self.devices.get(device) {
            Some(page) => (page.user.clone(), page.wire),
            None => (library::USER.to_owned(), Wire::Packets),
        };
        if self.has_left(&user) {
            self.send(socket, End::Device, Packet::Close { code: 4401, reason: "deleted".to_owned() });
            return Ok(());
        }
        self.learn_for(&user)?;
        let card = self.known_privacy.card_of(&user, is_elsewhere(&user));
        let (principal, cursor) = (self.principal(&user), cursor_in(query));
        let named = member_of(query, "device").map(str::to_owned);
        let machine = named.filter(|_| self.object.mutant != Mutant::ForgetDevices);
        let is_paged = member_of(query, "participants") == Some("page");
        let join = Join { id: format!("c{socket}"), principal, card, wire, device: machine, is_paged, cursor };
        self.object.sockets.insert(socket, Attached::default());
        self.send(socket, End::Device, Packet::Open { query: String::new() });
        let joined = self.step(
            false,
            |room, disk, now, out| {
                let conn = room.join(disk, now, join, out)?;
                Ok((conn, room.connection(conn).cloned()))
            },
            Some(socket),
        )?;
        if let Some(Err(refusal)) = joined {
            self.object.sockets.remove(&socket);
            let reason = format!("retry-after={}", refusal.retry_after_ms().unwrap_or(0) / 1_000);
            self.send(socket, End::Device, Packet::Close { code: refusal.close_code(), reason });
        }
        self.check_machines()
    }

    /// Checks that a named machine has one open socket (`core.md` 7).
    fn check_machines(&self) -> Result<(), Broken> {
        let is_closed = |socket: SocketId| {
            self.object
                .arrivals
                .iter()
                .any(|(gone, arrival)| *gone == socket && matches!(arrival, SocketArrival::Gone(_)))
        };
        let targets = self.object.room.as_ref().map(Room::targets).unwrap_or_default();
        let sockets = targets.iter().filter_map(|target| self.object.keys.get(&target.conn).copied());
        let mut seen = BTreeSet::new();
        for device in sockets.filter(|socket| !is_closed(*socket)).map(|socket| self.net.device_of(socket)) {
            let is_named = self.devices.get(device).is_some_and(|page| page.machine.is_some());
            if is_named && !seen.insert(device) {
                return Err(self.broken(format!("device {device} has two sockets")));
            }
        }
        Ok(())
    }

    /// Handles everything that arrived, in order.
    pub(super) fn end_turn(&mut self) -> Result<(), Broken> {
        self.object.is_turn_due = false;
        let arrivals = std::mem::take(&mut self.object.arrivals);
        if arrivals.is_empty() {
            return Ok(());
        }
        self.wake()?;
        let known = arrivals.iter().filter_map(|(socket, it)| Some((self.object.key_of(*socket)?, it.clone())));
        let known: Vec<(ConnKey, SocketArrival)> = known.collect();
        self.is_single_turn = arrivals.len() == 1;
        let are_cut = arrivals.iter().all(|(_, arrival)| matches!(arrival, SocketArrival::Gone(true)));
        let before = if are_cut { self.people_here() } else { BTreeSet::new() };
        let step = self.step(
            false,
            |room, disk, now, out| {
                for (conn, arrival) in &known {
                    match arrival {
                        SocketArrival::Text(text) => receive(room, disk, now, *conn, text, out)?,
                        SocketArrival::Bytes(bytes) => {
                            apply_packet(room, disk, now, *conn, incoming_packet(bytes, String::new), out)?
                        }
                        SocketArrival::Gone(true) => room.lose(disk, now, *conn, out)?,
                        SocketArrival::Gone(false) => room.leave(now, *conn, out),
                    }
                }
                Ok(())
            },
            None,
        )?;
        if step.is_some() {
            self.note_lost(&before);
            for (socket, _) in arrivals.iter().filter(|(_, arrival)| matches!(arrival, SocketArrival::Gone(_))) {
                self.forget_socket(*socket);
            }
        }
        Ok(())
    }

    /// Returns the people who have a socket here.
    pub(super) fn people_here(&self) -> BTreeSet<String> {
        let Some(room) = &self.object.room else { return BTreeSet::new() };
        let here = self.object.keys.keys().filter_map(|conn| room.connection(*conn));
        here.map(|connection| connection.principal.user.to_string()).collect()
    }

    /// Records lost people: those of `before` who are absent now vanished without a close. Messages that none of their devices received
    /// must be sent in another way.
    pub(super) fn note_lost(&mut self, before: &BTreeSet<String>) {
        let (here, readers) = (self.people_here(), self.readers());
        if matches!(self.object.id.form(), RoomForm::Public) {
            return;
        }
        let gone = before.difference(&here).filter(|user| readers.as_ref().is_none_or(|people| people.contains(*user)));
        let mut owed = Vec::new();
        for user in gone {
            let own = self.devices.iter().filter(|page| page.user == *user);
            let got =
                own.map(|page| page.client.seq().max(page.storage.cursor.as_ref().map_or(0, |cursor| cursor.seq)));
            // A reloaded page has lost its receipts, so the stored one counts. A person without a receipt has just joined.
            let receipt = protocol::machines::room::ChangeStore::receipt(&self.object.disk, user).ok().flatten();
            let Some(receipt) = receipt else { continue };
            let got = got.max().unwrap_or(0).max(self.floor(user)).max(receipt.delivered);
            let events = self.archive.iter().map(|stored| &stored.event).filter(|event| event.seq > got);
            let missed = events.filter(|event| event.kind.is_message() && event.actor.as_deref() != Some(user));
            owed.extend(missed.map(|event| (user.clone(), event.seq)));
        }
        let is_gone = |seq: u64| {
            let stored = protocol::log::LogStore::read(&self.object.disk, seq, seq, 1);
            stored.is_ok_and(|found| found.iter().all(|event| event.body == TOMBSTONE))
        };
        // A person is owed the readable messages since that person joined.
        owed.retain(|(user, seq)| self.is_readable(*seq, user) && *seq > self.joined_at(user) && !is_gone(*seq));
        self.object.owed_entries.extend(owed.iter().cloned());
        self.object.owed_inbox.extend(owed);
    }

    fn forget_socket(&mut self, socket: SocketId) {
        self.object.sockets.remove(&socket);
        self.object.keys.retain(|_, known| *known != socket);
    }

    /// Runs one synchronous step in one transaction, and carries out its output after the commit. `None`: the object died.
    pub(super) fn step<T>(
        &mut self,
        may_trim: bool,
        work: impl FnOnce(&mut Room, &mut Disk, Millis, &mut Outbound) -> Result<T, Denied>,
        joining: Option<SocketId>,
    ) -> Result<Option<Result<T, protocol::words::refusal::Refusal>>, Broken> {
        self.wake()?;
        let now = self.now;
        let crash = self.object.crash.take();
        let mut out = Outbound::default();
        let Object { room: Some(room), disk, .. } = &mut self.object else {
            return Err(self.broken("the object is not awake"));
        };
        disk.begin(may_trim);
        let done = match work(room, disk, now, &mut out) {
            Ok(value) => Ok(value),
            Err(Denied::Refused(refusal)) => Err(refusal),
            Err(Denied::Broken(fault)) => return Err(self.broken(format!("fault: {fault}"))),
        };
        room.end_turn(&mut out);
        if let (Some(socket), Ok(_)) = (joining, &done) {
            let newest = room.targets().iter().map(|target| target.conn).max();
            self.object.keys.extend(newest.map(|conn| (conn, socket)));
        }
        if self.object.mutant == Mutant::SendBeforeCommit {
            self.carry_out_turn(&out)?;
        }
        if crash == Some(Crash::BeforeCommit) {
            self.object.disk.roll_back();
            self.committed_privacy.roll_back();
            self.die("before the commit");
            return Ok(None);
        }
        self.object.disk.commit();
        self.committed_privacy.commit();
        self.committed()?;
        if crash == Some(Crash::BeforeSend) {
            self.die("between commit and send");
            return Ok(None);
        }
        if self.object.mutant != Mutant::SendBeforeCommit {
            self.carry_out_turn(&out)?;
        }
        if crash == Some(Crash::AfterSend) {
            self.die("after the send");
            return Ok(None);
        }
        self.arrange();
        Ok(Some(done))
    }

    /// Carries out the output of a turn: frames, attachments, closes.
    fn carry_out_turn(&mut self, out: &Outbound) -> Result<(), Broken> {
        let Some(room) = self.object.room.as_ref() else {
            return Ok(());
        };
        if self.object.disk.is_in_turn && self.object.mutant == Mutant::Faithful {
            return Err(self.broken("frames leave before the commit"));
        }
        let deliveries = deliveries(room.id().as_str(), out, &room.targets());
        if self.is_gone() && deliveries.iter().any(|delivery| !delivery.frames.is_empty()) {
            return Err(self.broken("something is said in a group that is gone"));
        }
        let packets = out.packet_deliveries(&room.targets(), |notification| packets_of(notification, self.now));
        let mut attachments = Vec::new();
        for (conn, socket) in &self.object.keys {
            let is_changed = out.changed.contains(conn)
                || self.object.sockets.get(socket).is_some_and(|attached| attached.attachment.is_empty());
            if is_changed && let Some(connection) = room.connection(*conn) {
                attachments.push((*socket, serde_json::to_string(connection).unwrap_or_default()));
            }
        }
        for (socket, attachment) in attachments {
            if attachment.len() > ATTACHMENT_BYTES_MAX {
                return Err(self.broken(format!("an attachment of {} bytes", attachment.len())));
            }
            if let Some(attached) = self.object.sockets.get_mut(&socket) {
                attached.attachment = attachment;
            }
        }
        for delivery in deliveries {
            let sockets: Vec<SocketId> =
                delivery.conns.iter().filter_map(|conn| self.object.keys.get(conn).copied()).collect();
            for frame in &delivery.frames {
                self.check_secrets(&sockets, frame)?;
                self.check_settings(&sockets, frame)?;
                self.check_silence(frame)?;
            }
            for conn in &delivery.conns {
                if let Some(socket) = self.object.keys.get(conn).copied() {
                    for frame in &delivery.frames {
                        self.send(socket, End::Device, Packet::Text(Rc::clone(frame)));
                    }
                }
            }
        }
        for delivery in packets {
            delivery.packets.iter().try_for_each(|packet| self.check_silent_packet(packet))?;
            for socket in
                delivery.conns.iter().filter_map(|conn| self.object.keys.get(conn).copied()).collect::<Vec<_>>()
            {
                for packet in &delivery.packets {
                    self.send(socket, End::Device, Packet::Bytes(Rc::clone(packet)));
                }
            }
        }
        for close in &out.closes {
            if let Some(socket) = self.object.keys.get(&close.conn).copied() {
                self.trace.say(self.now, || format!("the object closes {socket} with {}", close.code));
                self.counters.followed += u64::from(close.code == 4409);
                self.send(socket, End::Device, Packet::Close { code: close.code, reason: close.reason.clone() });
                self.net.shut(socket, End::Object);
                // The runtime reports every socket that it closed, whether or not the other end answers.
                self.object.arrivals.push((socket, SocketArrival::Gone(false)));
                self.after(self.now + 20, ScheduledEvent::Turn);
            }
        }
        Ok(())
    }

    /// Records what is stored now, which must stay.
    fn committed(&mut self) -> Result<(), Broken> {
        let events = self.object.disk.rows.log.events();
        let readers = self.only_readers();
        let known = self.archive.len() as u64;
        let fresh = events[events.partition_point(|event| event.seq <= known)..].to_vec();
        for event in fresh {
            self.check_welcome(&event)?;
            self.note_absent(&event);
            self.note_forbidden(&event);
            self.check_note(&event)?;
            self.note_role(&event);
            self.archive.push(ArchivedEvent::new(event, readers.clone()));
        }
        Ok(())
    }

    /// In a direct room or group, a person who is not present with every device must be notified in another way (`push.md` 1).
    fn note_absent(&mut self, event: &Event) {
        // Reactions and changes of presence notify no absent person.
        let reaches_inbox = event.kind.is_message() || matches!(event.kind, Kind::Edit | Kind::Delete);
        let Some(room) = self.object.room.as_ref().filter(|_| reaches_inbox) else {
            return;
        };
        let writer = event.actor.as_deref().unwrap_or_default();
        let partner = UserId::parse(writer).ok().and_then(|user| self.object.id.partner_of(&user).cloned());
        let members = room.group().into_iter().flat_map(|group| group.people()).map(|member| member.user.clone());
        let is_away = |user: &UserId| is_elsewhere(user.as_str()) || !room.is_here(user.as_str());
        for absent in members.chain(partner).filter(|user| user.as_str() != writer && is_away(user)) {
            // A person who left later in the same turn was still present when the message was written.
            let is_waiting = self.object.disk.outbox().is_ok_and(|entries| {
                entries.iter().any(|entry| entry.user == absent.as_str() && entry.to_seq >= event.seq)
            });
            if self.is_single_turn || is_waiting {
                self.object.owed_inbox.push((absent.to_string(), event.seq));
                if self.is_single_turn && !room.is_here(absent.as_str()) {
                    self.object.owed_entries.push((absent.to_string(), event.seq));
                }
            }
        }
    }
}

fn cursor_in(query: &str) -> Option<Cursor> {
    let seq = member_of(query, "since")?.parse().ok()?;
    Some(Cursor { seq, epoch: member_of(query, "epoch").map(str::to_owned) })
}

fn member_of<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
