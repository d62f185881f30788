//! Runs the client of a page: carries out its effects, checks its rows, and reloads it at bad moments.

use std::rc::Rc;

use protocol::client::{
    ConnectionState, Effect, Input, OutboxEntry, RoomClient, Row, RowState, Saved, SavedCursor, ServerFrame, Show,
    read_server_text,
};
use protocol::codec::json;
use protocol::words::event::Kind;
use protocol::words::limits::TYPING_CLIENT_MS;

use super::broken::Broken;
use super::device::{Device, Storage};
use super::disk::Mutant;
use super::net::{End, Packet, SocketId};
use super::view::View;
use super::world::{ScheduledEvent, World};

impl World {
    /// Passes an input to a device's client, and carries out its effects. In a storm the page may be reloaded in between.
    pub(super) fn feed(&mut self, device: usize, input: Input) -> Result<(), Broken> {
        let now = self.now;
        let page = &mut self.devices[device];
        self.trace.say(now, || format!("device {device} is told {}", brief(&input)));
        let effects = page.client.handle(page.local(now), input);
        let reload_after = if self.is_stormy() && self.dice.up_to(399) == 0 {
            Some(self.dice.up_to(effects.len() as u64) as usize)
        } else {
            None
        };
        for (at, effect) in effects.into_iter().enumerate() {
            if reload_after == Some(at) {
                return self.reload(device);
            }
            self.carry_out(device, effect)?;
        }
        self.check_typing(device)?;
        self.arm(device);
        Ok(())
    }

    fn carry_out(&mut self, device: usize, effect: Effect) -> Result<(), Broken> {
        let now = self.now;
        match effect {
            Effect::Connect { url_query } => {
                if let Some(socket) = self.devices[device].socket.take() {
                    self.net.shut(socket, End::Device);
                }
                let socket = self.net.open(device);
                self.devices[device].socket = Some(socket);
                if self.is_stormy() && self.dice.chance(8) {
                    self.send(socket, End::Device, Packet::Close { code: 1006, reason: String::new() });
                } else {
                    let named = self.devices[device].machine.as_ref().map(|machine| format!("device={machine}"));
                    let query: Vec<String> = [url_query].into_iter().chain(named).collect();
                    self.send(socket, End::Object, Packet::Open { query: query.join("&") });
                }
            }
            Effect::Send(text) => {
                self.devices[device].asked_since |= text.contains("\"since\":");
                if let Some(socket) = self.devices[device].socket {
                    self.send(socket, End::Object, Packet::Text(Rc::from(text)));
                }
            }
            Effect::Disconnect { code } => {
                if let Some(socket) = self.devices[device].socket.take() {
                    self.net.shut(socket, End::Device);
                    self.send(socket, End::Object, Packet::Close { code, reason: String::new() });
                }
            }
            Effect::Save(entry) => self.save(device, entry),
            Effect::Forget { id } => self.devices[device].storage.outbox.retain(|entry| entry.id != id),
            Effect::SaveCursor(cursor) => self.save_cursor(device, cursor),
            Effect::Show(show) => {
                self.trace.say(now, || format!("device {device} shows {show:?}"));
                self.show(device, *show)?;
            }
        }
        Ok(())
    }

    fn save(&mut self, device: usize, entry: OutboxEntry) {
        let page = &mut self.devices[device];
        match page.storage.outbox.iter_mut().find(|saved| saved.id == entry.id) {
            Some(saved) => *saved = entry,
            None => {
                // A change may be too late for its message; then it is given up.
                if entry.is_resendable() && entry.kind.is_message() && !page.owed.contains(&entry.id) {
                    page.owed.push(entry.id.clone());
                }
                page.storage.outbox.push(entry);
            }
        }
    }

    /// Stores the cursor together with its rows.
    fn save_cursor(&mut self, device: usize, cursor: SavedCursor) {
        let Device { view, storage, .. } = &mut self.devices[device];
        let goes_on = storage.cursor.as_ref().is_some_and(|saved| {
            saved.epoch == cursor.epoch && saved.oldest == cursor.oldest && saved.seq <= cursor.seq
        });
        let from = match &storage.cursor {
            Some(saved) if goes_on => saved.seq + 1,
            _ => {
                storage.rows.clear();
                cursor.oldest
            }
        };
        let fresh = (from..=cursor.seq).filter_map(|seq| view.row_at(seq).map(|row| (seq, row.clone())));
        storage.rows.extend(fresh);
        storage.cursor = Some(cursor);
    }

    fn show(&mut self, device: usize, show: Show) -> Result<(), Broken> {
        match show {
            Show::Row(row) => self.show_row(device, row)?,
            Show::Older { rows, .. } => {
                for row in rows {
                    self.show_row(device, row)?;
                }
            }
            Show::State { state: RowState::Failed { code }, .. } if self.is_forbidden(device, &code) => {
                self.after(self.now + 200, ScheduledEvent::GiveUp { device });
            }
            // A room that has refused the person takes nothing that waits: they send it again when they are back (`rejoin`).
            Show::State { state: RowState::Failed { .. }, .. } if self.is_shut_out(device) => {}
            Show::State { id, state } => {
                let promise = format!("device {device} was told {state:?} for {id}");
                return Err(self.broken(promise));
            }
            Show::Connection(ConnectionState::Ended(4403 | 4404)) => {
                let at = self.now + 300;
                self.after(at, ScheduledEvent::Rejoin { device });
            }
            Show::Connection(ConnectionState::Live) if self.is_failed(device) => {
                self.after(self.now + 50, ScheduledEvent::Rejoin { device });
            }
            // The device's own late handshake replaced its socket. The page knows that there is no other machine, so it reconnects.
            Show::Connection(ConnectionState::Ended(4409)) if self.devices[device].machine.is_some() => {
                let at = self.now + 300;
                self.after(at, ScheduledEvent::Rejoin { device });
            }
            Show::Gone { id } => self.remove_row(device, &id),
            Show::Changed(changed) if self.devices[device].view.is_taken_back(&changed) => {
                self.remove_row(device, &changed.message);
            }
            Show::Changed(changed) => {
                let page = &mut self.devices[device];
                if let Some(row) = page.view.change(&changed)
                    && let Some(saved) = row.seq.and_then(|seq| page.storage.rows.get_mut(&seq))
                {
                    saved.clone_from(row);
                }
            }
            Show::Departed(departed) => {
                let is_cached = self.object.mutant == Mutant::KeepCached;
                let page = &mut self.devices[device];
                page.view.part_with(&departed);
                for row in page.storage.rows.values_mut().filter(|_| !is_cached) {
                    row.part_with(&departed);
                }
            }
            Show::Reset => self.devices[device].view.reset(),
            Show::OwnRead { seq } => self.devices[device].view.own_read = seq,
            Show::Typing { user, is_typing: true, .. } => {
                self.devices[device].view.typing.insert(user);
            }
            Show::Typing { user, .. } => {
                self.devices[device].view.typing.remove(&user);
            }
            Show::Refused { what, code, .. } => {
                self.counters.refusals += 1;
                let is_too_late = what.is_none_or(Kind::is_change)
                    && matches!(code.as_str(), "CONFLICT" | "NOT_FOUND" | "VALIDATION" | "EDIT_WINDOW" | "FORBIDDEN");
                if code != "RATE_LIMITED" && !is_too_late && !self.is_forbidden(device, &code) {
                    return Err(self.broken(format!("device {device}: {what:?} was refused with {code}")));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Removes a row that is shown and stored.
    fn remove_row(&mut self, device: usize, id: &str) {
        let page = &mut self.devices[device];
        page.view.remove(id);
        page.storage.rows.retain(|_, row| row.id != *id);
    }

    /// Checks that a row that is shown as sent is stored at this moment, at its position and with its content.
    fn show_row(&mut self, device: usize, row: Row) -> Result<(), Broken> {
        if matches!(&row.state, RowState::Failed { code } if self.is_forbidden(device, code)) {
            self.after(self.now + 200, ScheduledEvent::GiveUp { device });
        }
        match row.seq {
            Some(seq) if row.kind.is_blocked() && self.is_veiled(seq, &self.devices[device].user) => {}
            Some(seq) if !self.is_stored(seq, &row) => {
                return Err(self.broken(format!("device {device} shows {} at {seq}, which is not stored", row.id)));
            }
            Some(seq) if !self.is_for(seq, &self.devices[device].user) => {
                return Err(self.broken(format!("device {device} shows event {seq}, which was not for its person")));
            }
            None if row.state == RowState::Sent => {
                return Err(self.broken(format!("device {device} shows {} as sent without a place", row.id)));
            }
            _ => {}
        }
        self.check_beside(device, &row)?;
        self.devices[device].view.put(row).map_err(|promise| self.broken(format!("device {device}: {promise}")))
    }

    /// Checks that no person is shown as typing for too long after the last typing frame.
    fn check_typing(&mut self, device: usize) -> Result<(), Broken> {
        let Device { view, typing_received, .. } = &self.devices[device];
        let is_stale = |user: &&String| {
            typing_received.get(*user).is_none_or(|received| received + TYPING_CLIENT_MS + 50 < self.now)
        };
        match view.typing.iter().find(is_stale) {
            Some(user) => Err(self.broken(format!("device {device} still shows {user} as typing"))),
            None => Ok(()),
        }
    }

    /// Sets the device's one timer. It is a duration, as on real devices, so that a jump of the clock does not move it.
    fn arm(&mut self, device: usize) {
        let page = &mut self.devices[device];
        let local = page.local(self.now);
        let due = page.client.wake_at().map(|at| self.now + at.saturating_sub(local));
        if due != page.armed {
            page.armed = due;
            page.arms += 1;
            let arm = page.arms;
            if let Some(at) = due {
                self.after(at, ScheduledEvent::Wake { device, arm });
            }
        }
    }

    pub(super) fn arrived(&mut self, socket: SocketId, packet: Packet) -> Result<(), Broken> {
        let device = self.net.device_of(socket);
        if self.devices[device].socket != Some(socket) {
            return Ok(());
        }
        match packet {
            Packet::Open { .. } => self.feed(device, Input::SocketOpened),
            Packet::Close { code, reason } => {
                self.devices[device].socket = None;
                self.feed(device, Input::SocketClosed { code, reason })
            }
            Packet::Bytes(_) => Err(self.broken(format!("device {device} got a packet"))),
            Packet::Text(text) => {
                self.check_privacy(device, &text)?;
                self.counters.acks += text.matches("\"type\":\"ack\"").count() as u64;
                if text.contains("\"isTyping\":true") {
                    self.receive_typing(device, &text);
                }
                if text.contains("delivery_status") {
                    self.receive_receipts(device, &text)?;
                }
                self.feed(device, Input::Text(text.to_string()))
            }
        }
    }

    /// Checks that receipts only grow, whatever their order and number (`messenger.md` 8).
    fn receive_receipts(&mut self, device: usize, text: &str) -> Result<(), Broken> {
        for frame in read_server_text(text) {
            if let ServerFrame::Receipt { user, seq, is_read } = frame {
                let received = self.devices[device].receipts_received.entry((user.clone(), is_read)).or_insert(0);
                let was = std::mem::replace(received, seq);
                // A frame of a wiped log may still be in transit.
                if seq < was && self.counters.wipes == 0 {
                    return Err(
                        self.broken(format!("device {device} receives that {user} went back from {was} to {seq}"))
                    );
                }
            }
        }
        Ok(())
    }

    fn receive_typing(&mut self, device: usize, text: &str) {
        for frame in read_server_text(text) {
            if let ServerFrame::Typing { user, is_typing: true, .. } = frame {
                self.devices[device].typing_received.insert(user, self.now);
            }
        }
    }

    /// Reloads the page, with or without its stored rows.
    pub(super) fn reload(&mut self, device: usize) -> Result<(), Broken> {
        self.counters.reloads += 1;
        self.check_saved(device)?;
        self.check_forgotten(device)?;
        let with_rows = self.dice.chance(60);
        let seed = self.dice.throw();
        let room = self.object.id.as_str().to_owned();
        let page = &mut self.devices[device];
        let socket = page.socket.take();
        let cursor = page.storage.cursor.clone().filter(|_| with_rows);
        page.view = View::of(page.storage.rows.values().filter(|_| with_rows).cloned());
        if !with_rows {
            page.storage.cursor = None;
            page.storage.rows.clear();
        }
        let saved = Saved { cursor, outbox: page.storage.outbox.clone() };
        page.client = RoomClient::new(&room, &page.user, saved, seed);
        page.typing_received.clear();
        self.trace.say(self.now, || format!("device {device} is reloaded, cached rows: {with_rows}"));
        if let Some(socket) = socket {
            self.net.shut(socket, End::Device);
            self.send(socket, End::Object, Packet::Close { code: 1001, reason: String::new() });
        }
        self.feed(device, Input::Open)
    }

    /// Checks that all stored data of a page can be parsed without a change.
    fn check_saved(&self, device: usize) -> Result<(), Broken> {
        let Storage { outbox, cursor, rows } = &self.devices[device].storage;
        let is_same = rows.values().all(|row| json::read(&json::write(row)).as_ref() == Some(row))
            && outbox.iter().all(|entry| json::read(&json::write(entry)).as_ref() == Some(entry))
            && cursor.iter().all(|cursor| json::read(&json::write(cursor)).as_ref() == Some(cursor));
        if is_same { Ok(()) } else { Err(self.broken(format!("device {device} reads something else than it saved"))) }
    }
}

fn brief(input: &Input) -> String {
    let text = format!("{input:?}");
    text.chars().take(400).collect()
}
