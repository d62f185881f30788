//! Life of the object: timers, alarms and the outbox; wakes, sleeps, deaths and the loss of its log.

use std::collections::{BTreeMap, BTreeSet};

use protocol::machines::room::{Connection, GroupStore, OutboxEntry, Room, RoomSettings, RoomStore};
use protocol::words::event::Millis;
use protocol::words::socket::ConnKey;

use super::broken::Broken;
use super::net::End;
use super::waiting::SeenPlaces;
use super::world::{ScheduledEvent, World};

impl World {
    // ---- Time

    /// Sets the timer in memory, the alarm, and the outbox's next try.
    pub(super) fn arrange(&mut self) {
        let Some(room) = self.object.room.as_ref() else {
            return;
        };
        let (timer, sweep) = (room.timer_at(), room.sweep_at());
        if timer.is_some() && timer != self.object.timer {
            self.object.timer = timer;
            self.after(timer.unwrap_or(0).max(self.now), ScheduledEvent::Timer);
        }
        if let Some(at) = sweep
            && self.object.known_alarm.is_none_or(|known| known > at)
        {
            self.object.known_alarm = Some(at);
            self.object.alarm = Some(at);
            self.after(at, ScheduledEvent::Alarm);
        }
        let has_notifications = self.object.disk.notifications().is_ok_and(|notifications| !notifications.is_empty());
        if has_notifications || self.object.disk.outbox().is_ok_and(|entries| !entries.is_empty()) {
            let at = self.now + 100 + self.dice.up_to(2_000);
            self.ring_outbox(at);
        }
    }

    /// Runs a timer in memory; a room that has slept in between does not know it.
    pub(super) fn timer(&mut self) -> Result<(), Broken> {
        if self.object.timer.is_none_or(|at| at > self.now) || self.object.room.is_none() {
            return Ok(());
        }
        self.object.timer = None;
        self.end_turn()?;
        self.step(false, |room, disk, now, out| Ok(room.tick(disk, now, out)?), None)?;
        Ok(())
    }

    pub(super) fn alarm(&mut self) -> Result<(), Broken> {
        if self.object.alarm.is_none_or(|at| at > self.now) {
            return Ok(());
        }
        self.object.alarm = None;
        self.object.known_alarm = None;
        self.end_turn()?;
        self.wake()?;
        let heartbeats: BTreeMap<ConnKey, Millis> = self
            .object
            .keys
            .iter()
            .filter_map(|(conn, socket)| Some((*conn, self.object.sockets.get(socket)?.last_frame_at?)))
            .collect();
        let before = self.people_here();
        let step = self.step(
            false,
            |room, disk, now, out| {
                room.sweep(disk, now, |conn| heartbeats.get(&conn).copied(), out)?;
                Ok(room.forget_strangers(disk, out)?)
            },
            None,
        )?;
        if step.is_some() {
            self.forget_strangers();
            self.note_lost(&before);
        }
        Ok(())
    }

    /// Schedules a look at the outbox: one alarm, however many entries wait.
    fn ring_outbox(&mut self, at: Millis) {
        if self.object.outbox_at.is_none_or(|known| known > at) {
            self.object.outbox_at = Some(at);
            self.after(at, ScheduledEvent::Outbox);
        }
    }

    pub(super) fn outbox_rings(&mut self) -> Result<(), Broken> {
        if self.object.outbox_at.is_none_or(|at| at > self.now) {
            return Ok(());
        }
        self.object.outbox_at = None;
        self.deliver_notifications()?;
        self.deliver_outbox()?;
        let messages = self.object.disk.outbox().unwrap_or_default().into_iter().map(|entry| entry.due_at);
        let notifications =
            self.object.disk.notifications().unwrap_or_default().into_iter().map(|notification| notification.due_at);
        if let Some(at) = messages.chain(notifications).min() {
            self.ring_outbox(at.max(self.now + 1));
        }
        Ok(())
    }

    /// Notifies absent people, or fails to.
    pub(super) fn deliver_outbox(&mut self) -> Result<(), Broken> {
        for entry in self.object.disk.outbox().unwrap_or_default() {
            if entry.due_at > self.now {
                continue;
            }
            let is_taken = !self.is_stormy() || self.dice.chance(60);
            let settled = if self.has_left(&entry.user) {
                // Late messages to a deleted person are dropped.
                self.object.disk.outbox_done(&entry, entry.to_seq)
            } else if is_taken {
                let positions = self.positions_of(&entry);
                if let Some(seq) = positions.iter().find(|seq| !self.is_readable(**seq, &entry.user)) {
                    return Err(self.broken(format!("{} received event {seq}, which is not theirs", entry.user)));
                }
                self.object.inbox.entry(entry.user.clone()).or_default().extend(positions);
                self.fill_inbox(&entry)?;
                self.object.disk.outbox_done(&entry, entry.to_seq)
            } else {
                // Every other call was received, and its answer was lost.
                if entry.to_seq % 2 == 0 {
                    self.fill_inbox(&entry)?;
                }
                let due_at = self.now + protocol::words::retry::retry_delay_ms(entry.tries);
                self.object.disk.outbox_retry(&entry.user, due_at)
            };
            settled.map_err(|fault| self.broken(fault.to_string()))?;
        }
        Ok(())
    }

    /// Returns the positions in an outbox row that the person gets.
    fn positions_of(&self, entry: &OutboxEntry) -> Vec<u64> {
        let events = self.archive.iter().map(|stored| &stored.event);
        let part = events.skip(entry.from_seq as usize - 1).take_while(|event| event.seq <= entry.to_seq);
        let Some(group) = self.stored_group() else {
            return part.map(|event| event.seq).collect();
        };
        part.filter(|event| group.brings_to(&entry.user, event)).map(|event| event.seq).collect()
    }

    pub(super) fn trim(&mut self) -> Result<(), Broken> {
        let Some(retention) = self.object.retention else {
            return Ok(());
        };
        self.end_turn()?;
        self.step(true, |room, disk, now, out| Ok(room.trim(disk, now, &retention, out)?), None)?;
        Ok(())
    }

    // ---- Waking, sleeping, dying

    pub(super) fn wake(&mut self) -> Result<(), Broken> {
        if self.object.room.is_some() {
            return Ok(());
        }
        let epoch = 0x1000_0000 + self.object.epochs;
        let opened = Room::open(self.object.id.clone(), RoomSettings::default(), &mut self.object.disk, epoch);
        let mut room = opened.map_err(|fault| self.broken(fault.to_string()))?;
        for (socket, attached) in &self.object.sockets {
            if let Ok(connection) = serde_json::from_str::<Connection>(&attached.attachment) {
                self.object.keys.insert(room.restore(connection, self.now), *socket);
            }
        }
        self.object.room = Some(room);
        self.arrange();
        Ok(())
    }

    pub(super) fn sleep_object(&mut self) {
        if self.object.may_sleep() {
            self.counters.sleeps += 1;
            self.trace.say(self.now, || "the object sleeps".to_owned());
            self.object.forget_memory();
        }
    }

    /// Kills the object: its memory is lost, and every socket is cut.
    pub(super) fn die(&mut self, when: &str) {
        self.counters.crashes += 1;
        self.trace.say(self.now, || format!("the object dies {when}"));
        self.object.forget_memory();
        self.object.arrivals.clear();
        for socket in std::mem::take(&mut self.object.sockets).into_keys() {
            self.cut(socket);
            self.net.shut(socket, End::Object);
        }
    }

    /// Loses the log, which starts again with another epoch.
    pub(super) fn wipe(&mut self) {
        self.counters.wipes += 1;
        self.die("and with it the log");
        self.object.disk.wipe();
        self.object.epochs += 1;
        self.object.owed_inbox.clear();
        self.object.owed_entries.clear();
        self.object.waiting.clear();
        self.object.seen = SeenPlaces::default();
        self.known_privacy.forget_texts();
        self.committed_privacy.forget();
        self.earlier_archive = std::mem::take(&mut self.archive);
        // The new log does not owe messages that the old log has acknowledged, or was about to.
        let stored: BTreeSet<&str> = self.earlier_archive.iter().map(|stored| stored.event.id.as_str()).collect();
        for device in &mut self.devices {
            device.receipts_received.clear();
            device.owed.retain(|id| !stored.contains(id.as_str()));
        }
        if let Some(library) = &mut self.library {
            library.owed.retain(|id| !stored.contains(id.as_str()));
            library.is_of_lost_log = true;
        }
    }
}
