//! The object of a room, as all of its subjects use it: fields, memory, steps, sockets, and the alarm.
//!
//! This file stands below the subjects and knows none of them. [`Subjects`] brings what it needs of them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use protocol::machines::room::{Connection, Outbound, Room, RoomSettings, Wire};
use protocol::trust::sealing::is_about_keys;
use protocol::wire::messenger::{self, IncomingFrames};
use protocol::wire::wasmchannel::{self, IncomingPacket};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::ids::{RoomForm, RoomId};
use protocol::words::limits::{REPORTS_AT_ONCE, ROOM_SWEEP_MS, SWEEP_LOOK_MS};
use protocol::words::principal::Principal;
use protocol::words::refusal::{Denied, Fault, Refusal};
use protocol::words::socket::ConnKey;
use wasm_bindgen_futures::spawn_local;
use worker::{Env, WebSocket, WebSocketIncomingMessage};

use super::tables::RoomSql;
use crate::calls::{InboxReader, flags, moderation};
use crate::config::Config;
use crate::kit::alarm::ClockWatch;
use crate::kit::counters::Metrics;
use crate::kit::directory::BacklogReport;
use crate::kit::gathering::{Gathered, Gathering};
use crate::kit::jobs::Jobs;
use crate::kit::namespace::Namespace;
use crate::kit::shell::{Base, Shell};
use crate::kit::socket_events::CUT;
use crate::kit::sql;
use crate::kit::trace::Trace;
use crate::outbound::mail;
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Sockets, Timer};
use crate::telemetry;

/// The object's memory: a cache of durable state, and the turn that is running.
pub struct RoomObject {
    pub base: Base<RoomMemory>,
    pub env: Env,
    pub config: &'static Config,
    pub subjects: Subjects,
    pub gathered: Gathered<RoomArrival>,
    /// Timer for the short times of the machine.
    pub tick: Timer,
    /// Timer that reports later uses of personas' sessions.
    pub uses: Timer,
    /// Timer that reports to people's objects that they are here.
    pub reports: Timer,
    /// Timer for the next part of a scene.
    pub scenes: Timer,
    pub runs: Runs,
    /// Trace of the request that the running turn carries out.
    pub trace: RefCell<Trace>,
    pub metrics: Metrics,
    pub backlog: BacklogReport,
    pub clock: ClockWatch,
    pub jobs: Rc<Jobs>,
}

/// Functions that the object needs of its subjects, which stand above it.
pub struct Subjects {
    /// Restores what the room is beyond its log.
    pub wake: fn(&mut Room, &mut RoomSql) -> Result<(), Fault>,
    /// Writes the work that follows from a step, in its transaction.
    pub write_down: fn(&Room, &RoomSql, Millis, &Outbound, &Trace) -> Result<(), Fault>,
    /// Begins that work after the commit. The number is that of failed sends.
    pub follow: fn(&Rc<RoomObject>, Millis, &Outbound, usize),
    /// Returns the earliest time at which stored work is due.
    pub due_at: fn(&RoomObject) -> Result<Option<Millis>, Fault>,
}

/// Work that is under way. A sleep of the object forgets it.
#[derive(Default)]
pub struct Runs {
    /// Sockets that the running turn closed, and their codes.
    pub closed: RefCell<Vec<(ConnKey, u16)>>,
    /// Head of the log after the last turn.
    pub head_seen: Cell<u64>,
    /// Time at which each session was last reported as active.
    pub slid_at: RefCell<BTreeMap<String, Millis>>,
    /// Later uses of personas' sessions that were not reported yet.
    pub used_at: RefCell<BTreeMap<String, Millis>>,
    /// Sessions that have just ended, and the time at which the room was notified.
    pub ended: RefCell<BTreeMap<String, Millis>>,
    /// Ids of the answers of bots that are being worked on.
    pub answering: RefCell<BTreeSet<String>>,
    /// A delivery of the outbox is active.
    pub is_delivering: Cell<bool>,
    /// Time until which the alarm leaves the outbox alone after a fault.
    pub outbox_paused_until: Cell<Millis>,
    /// For each person, the reader for whom unread messages were last counted. The person's object says when it has changed.
    pub readers: RefCell<BTreeMap<String, InboxReader>>,
    pub reports_under_way: Cell<u32>,
    /// State of the room when this object woke.
    pub wake_state: Cell<WakeState>,
    /// Time before which events cannot be sent to the database or trimmed, because a key is missing.
    pub keyless_until: Cell<Millis>,
    /// Time until which calls to webhooks of bots are switched off.
    pub webhooks_paused_until: Cell<Millis>,
    /// `true` once the calls of an earlier instance were freed. Those of this instance continue when its memory is rebuilt.
    pub has_freed_webhooks: Cell<bool>,
    /// A question about the state of moderation is under way, for which arrivals wait.
    pub is_asking_moderation: Cell<bool>,
}

/// State of a room when its object woke, and the number of steps since.
#[derive(Clone, Copy, Debug, Default)]
pub struct WakeState {
    /// Number of sockets.
    pub sockets: usize,
    /// Head of the log.
    pub head: u64,
    /// Number of committed steps since then.
    pub turns: u64,
}

/// The machine and its store.
pub struct RoomMemory {
    pub room: Room,
    pub store: RoomSql,
}

/// Event of a socket.
pub enum RoomArrival {
    Frames(IncomingFrames),
    Packet(IncomingPacket),
    /// Text on a socket for packets, or binary data on one for JSON.
    Foreign,
    /// The socket is closed, with this code.
    Closed(u16),
}

impl RoomArrival {
    pub fn read(wire: Wire, message: WebSocketIncomingMessage) -> Self {
        match (wire, message) {
            (Wire::Packets, WebSocketIncomingMessage::Binary(bytes)) => {
                Self::Packet(wasmchannel::incoming_packet(&bytes, runtime::new_uuid))
            }
            (Wire::Single | Wire::Batch | Wire::Columns, WebSocketIncomingMessage::String(text)) => {
                Self::Frames(messenger::incoming_frames(wire, &text))
            }
            _ => Self::Foreign,
        }
    }

    /// Returns `true` if the event neither writes to the store nor reads from it.
    fn is_passing(&self) -> bool {
        match self {
            Self::Frames(frames) => frames.is_passing(),
            Self::Packet(packet) => packet.is_passing(),
            Self::Foreign | Self::Closed(_) => false,
        }
    }
}

impl RoomObject {
    // ---- waking up

    /// Loads the room into memory. `room` names it if the call contains the name; after a wake-up by a socket or an alarm the tables have
    /// it. Returns `false` if no room lives here.
    pub fn wake(&self, room: Option<&RoomId>) -> Result<bool, Fault> {
        if self.base.memory.borrow().is_some() {
            return Ok(true);
        }
        let id = match room {
            Some(id) => id.clone(),
            None => {
                let Some(text) = RoomSql::room_in(&sql::of(&self.base.state))? else {
                    return Ok(false);
                };
                RoomId::parse(&text, &self.config.rooms)
                    .map_err(|_| Fault("the stored id of the room is invalid".into()))?
            }
        };
        let (room, jobs) = (id.as_str().to_owned(), Rc::clone(&self.jobs));
        let mut store = RoomSql::open(&self.base.state, self.config, room, jobs)?;
        let settings = RoomSettings {
            rules: self.config.rules.clone(),
            edit_window_ms: self.config.limits.edit_window_ms,
            delete_window_ms: self.config.limits.delete_window_ms,
            requires_verified: mail::requires_proof(&self.env, self.config),
            requires_second_factor: self.config.requires_second_factor,
        };
        let fresh_epoch = u32::from_be_bytes(runtime::random_bytes());
        let mut room = Room::open(id, settings, &mut store, fresh_epoch)?;
        (self.subjects.wake)(&mut room, &mut store)?;
        if !self.runs.has_freed_webhooks.get() {
            room.free_webhooks(&mut store)?;
            self.runs.has_freed_webhooks.set(true);
        }
        self.runs.wake_state.set(WakeState {
            sockets: self.base.state.get_websockets().len(),
            head: room.log().head(),
            turns: 0,
        });
        let mut memory = RoomMemory { room, store };
        self.base.sockets.clear();
        self.take_back_sockets(&mut memory.room);
        *self.base.memory.borrow_mut() = Some(memory);
        let sockets = self.base.state.get_websockets().len();
        self.metrics.wake(&self.base.state, "cfm_hibernation_wakes_total{object=\"room\"}", sockets)?;
        self.arrange_timers();
        self.arrange_alarm()?;
        Ok(true)
    }

    /// Removes everything: from now on no room lives here.
    pub async fn forget_everything(&self) -> Result<(), Fault> {
        *self.base.memory.borrow_mut() = None;
        self.base.alarm.clear();
        let deleted = self.base.state.storage().delete_all().await;
        deleted.map_err(|error| Fault(error.to_string()))
    }

    /// Returns `true` if a log exists here, without creating one.
    pub fn exists(&self) -> Result<bool, Fault> {
        Ok(self.base.memory.borrow().is_some() || RoomSql::room_in(&sql::of(&self.base.state))?.is_some())
    }

    /// Loads the room with this id, for a call, which does not create a group (`messenger.md` 4).
    pub fn wake_known(&self, id: &RoomId) -> Result<(), CallError> {
        if *id.form() == RoomForm::Group && !self.exists()? {
            return Err(Refusal::NotFound.into());
        }
        self.wake(Some(id))?;
        Ok(())
    }

    /// Works like [`Self::wake_known`], by the room's own id. Returns the id.
    pub fn wake_by_id(&self) -> Result<RoomId, CallError> {
        let id = self.id()?;
        self.wake_known(&id)?;
        Ok(id)
    }

    /// Loads a room that exists, and returns its id. A call does not create it.
    pub fn wake_existing(&self) -> Result<Option<RoomId>, CallError> {
        let id = self.id()?;
        if !self.exists()? {
            return Ok(None);
        }
        self.wake(Some(&id))?;
        Ok(Some(id))
    }

    /// Returns the id of the room whose object this is.
    pub fn id(&self) -> Result<RoomId, CallError> {
        let stored = || RoomSql::room_in(&sql::of(&self.base.state));
        Ok(RoomId::parse(&Namespace::Room.own_id(&self.base.state, stored)?, &self.config.rooms)?)
    }

    /// Returns the id of the room, if the room may let `who` in.
    pub fn id_for(&self, who: &Principal) -> Result<RoomId, CallError> {
        let id = self.id()?;
        id.admits(who)?;
        Ok(id)
    }

    /// Returns `true` if there is nothing to read, because a direct conversation has not begun. A read does not create it. Nobody learns
    /// that somebody was refused there, or opened it.
    pub fn is_unmade(&self, who: &Principal) -> Result<bool, CallError> {
        if !matches!(self.id_for(who)?.form(), RoomForm::Direct(..)) {
            return Ok(false);
        }
        Ok(self.wake_existing()?.is_none() || !self.with(|room, _| Ok(room.has_begun()))?)
    }

    /// Restores the sockets after the object's sleep. The attachment of each has the state that the room needs.
    fn take_back_sockets(&self, room: &mut Room) {
        let now = runtime::now_ms();
        for socket in self.base.state.get_websockets() {
            let attachment = socket.deserialize_attachment::<String>().ok().flatten();
            let connection = attachment.and_then(|text| serde_json::from_str::<Connection>(&text).ok());
            match connection {
                Some(connection) => {
                    let conn = room.restore(connection, now);
                    self.base.sockets.add(conn, &socket);
                    if !runtime::is_open(&socket) {
                        // Others know of this connection, so it leaves like any other.
                        self.gathered.add(conn, RoomArrival::Closed(CUT));
                    }
                }
                None => runtime::close_quietly(&socket, CloseCode::Policy.code(), "no session"),
            }
        }
        self.gathered.listen(&self.base.state);
    }

    // ---- turns

    /// Adds an event of a socket. The turn ends when no further event is pending (`core.md` 5.1).
    pub fn arrived(self: &Rc<Self>, socket: &WebSocket, read: impl FnOnce(Wire) -> RoomArrival) {
        if let Err(fault) = self.wake(None) {
            return self.break_down(&fault);
        }
        let Some(conn) = Sockets::key(socket) else {
            return runtime::close_quietly(socket, CloseCode::Policy.code(), "no session");
        };
        let known = self.with(|room, _| Ok((room.connection(conn).map(|connection| connection.wire), room.sockets())));
        let (wire, sockets) = known.unwrap_or_default();
        let arrival = read(wire.unwrap_or_default());
        let is_passing = arrival.is_passing();
        self.gathered.set_recipients(sockets);
        self.note_arrival(conn, arrival, is_passing);
    }

    /// Runs `work` as one synchronous step: one transaction, and only after it the output.
    ///
    /// Earlier events are handled first. A refusal leaves no trace; a fault resets the object's memory.
    pub fn turn<T>(
        self: &Rc<Self>,
        work: impl FnMut(&mut Room, &mut RoomSql, Millis, &mut Outbound) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.end_turn();
        self.step(true, work)
    }

    /// Runs a step that sends nothing. Events that arrived in the meantime are handled at the end of their own turn.
    pub fn duty<T>(
        self: &Rc<Self>,
        work: impl FnMut(&mut Room, &mut RoomSql, Millis, &mut Outbound) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        let began_at = self.gathered.take_began_at();
        let result = self.step(true, work);
        if result.is_ok() {
            self.gathered.resume(began_at);
        }
        result
    }

    fn step<T>(
        self: &Rc<Self>,
        is_stored: bool,
        mut work: impl FnMut(&mut Room, &mut RoomSql, Millis, &mut Outbound) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.run_step(is_stored, |RoomMemory { room, store }, now, out| {
            // Nobody waits for this answer: until it is there, the last known one counts.
            room.set_maintained(flags::is_maintained_now(&self.env));
            if room.is_moderated() {
                room.set_moderation(moderation::known_now(&self.env));
            }
            let result = work(room, store, now, out);
            let trace = self.trace.take();
            if result.is_ok() {
                (self.subjects.write_down)(room, store, now, out, &trace)?;
            }
            result
        })
    }

    /// Brings the copy of the state of moderation up to date before a person writes in a public room. A failure leaves the last copy.
    pub async fn refresh_moderation(&self, id: &RoomId) {
        if matches!(id.form(), RoomForm::Public) {
            moderation::refresh(&self.env).await;
        }
    }

    /// Sets the alarm for the report of metrics.
    pub fn arrange_report(&self) {
        let sockets = self.base.memory.borrow().as_ref().map(|RoomMemory { room, .. }| room.sockets());
        if let Some(at) = sockets.and_then(|sockets| self.metrics.report_at(runtime::now_ms(), sockets)) {
            self.base.ring_by(at);
        }
    }

    /// Closes sockets to which a send failed. The others do not notice it (`core.md` 5).
    fn drop_failed(self: &Rc<Self>, failed: Vec<ConnKey>) {
        if failed.is_empty() {
            return;
        }
        for conn in failed {
            if let Some(socket) = self.base.sockets.remove(conn) {
                runtime::close_quietly(&socket, CloseCode::Broken.code(), "send failed");
            }
            self.gathered.add(conn, RoomArrival::Closed(CloseCode::Broken.code()));
        }
        self.gathered.listen(&self.base.state);
    }

    /// Does what is due in the machine when its timer rings.
    pub fn time_passed(self: &Rc<Self>) {
        let _ = self.turn(|room, store, now, out| Ok(room.tick(store, now, out)?));
    }

    /// Postpones the work that needs a row without a key until the key may be back: the same row would fail at once.
    pub fn wait_for_keys(&self) {
        let at = runtime::now_ms() + SWEEP_LOOK_MS;
        self.runs.keyless_until.set(at);
        self.base.ring_by(at);
    }

    /// Sets the object's one alarm to the earliest time at which stored work is due. After a sleep the object does not know an earlier alarm.
    pub fn arrange_alarm(&self) -> Result<(), Fault> {
        if let Some(at) = (self.subjects.due_at)(self)? {
            self.base.ring_by(at);
        }
        Ok(())
    }

    pub fn arrange_timers(&self) {
        if let Some(RoomMemory { room, .. }) = self.base.memory.borrow().as_ref() {
            if let Some(at) = room.timer_at() {
                self.tick.arrange(runtime::now_ms(), at);
            }
            if let Some(at) = room.sweep_at().into_iter().chain(room.held_due_at()).min() {
                self.base.ring_by(at);
            }
        }
        self.arrange_reports();
    }

    /// Sets the timer for the next report to a person's object, unless the most simultaneous reports are on their way.
    pub fn arrange_reports(&self) {
        let due_at = self.base.memory.borrow().as_ref().and_then(|RoomMemory { room, .. }| room.report_at());
        if let Some(at) = due_at.filter(|_| self.runs.reports_under_way.get() < REPORTS_AT_ONCE) {
            self.reports.arrange(runtime::now_ms(), at);
        }
    }

    /// Changes state in memory only. Returns `None` if no room is here.
    pub fn change<T>(&self, work: impl FnOnce(&mut Room, &mut RoomSql) -> T) -> Option<T> {
        self.base.memory.borrow_mut().as_mut().map(|RoomMemory { room, store }| work(room, store))
    }

    /// Reads the room without changing it.
    pub fn with<T>(&self, read: impl FnOnce(&Room, &RoomSql) -> Result<T, Denied>) -> Result<T, Denied> {
        match self.base.memory.borrow().as_ref() {
            Some(RoomMemory { room, store }) => read(room, store),
            None => Err(Denied::Broken(Fault("no room is loaded".into()))),
        }
    }

    /// Changes rows that belong to no turn of the room (the outbox), in a transaction of their own.
    pub fn settle(&self, write: impl FnOnce(&mut RoomSql) -> Result<(), Fault>) -> Result<(), Fault> {
        self.base.memory.borrow_mut().as_mut().map_or(Ok(()), |memory| write(&mut memory.store))
    }
}

impl Shell for RoomObject {
    type Memory = RoomMemory;
    type Out = Outbound;
    const SUBJECT: &'static str = "room";

    fn base(&self) -> &Base<RoomMemory> {
        &self.base
    }

    fn end_step(memory: &mut RoomMemory, out: &mut Outbound) {
        memory.room.end_turn(out);
    }

    fn carry_out(self: &Rc<Self>, now: Millis, is_stored: bool, out: Outbound) {
        let wake_state = self.runs.wake_state.get();
        self.runs.wake_state.set(WakeState { turns: wake_state.turns + u64::from(is_stored), ..wake_state });
        let failed = {
            let memory = self.base.memory.borrow();
            let Some(RoomMemory { room, .. }) = memory.as_ref() else {
                return;
            };
            let mut failed = Vec::new();
            if !out.is_silent() {
                let targets = room.targets();
                for delivery in messenger::deliveries(room.id().as_str(), &out, &targets) {
                    for frame in &delivery.frames {
                        failed.extend(self.base.sockets.send(&delivery.conns, frame));
                    }
                }
                for delivery in
                    out.packet_deliveries(&targets, |notification| wasmchannel::packets_of(notification, now))
                {
                    for packet in &delivery.packets {
                        failed.extend(self.base.sockets.send_bytes(&delivery.conns, packet));
                    }
                }
            }
            for conn in &out.changed {
                if let (Some(connection), Some(socket)) = (room.connection(*conn), self.base.sockets.get(*conn)) {
                    attach(&socket, connection);
                }
            }
            failed
        };
        for close in &out.closes {
            if let Some(socket) = self.base.sockets.get(close.conn) {
                runtime::close_quietly(&socket, close.code, &close.reason);
            }
        }
        let send_failed = failed.len();
        self.drop_failed(failed);
        (self.subjects.follow)(self, now, &out, send_failed);
    }

    fn undo(self: &Rc<Self>, fault: &Fault) {
        telemetry::fault(Self::SUBJECT, fault);
        self.start_again();
        // Stored work does not wait until somebody opens a socket.
        self.base.ring_by(runtime::now_ms() + ROOM_SWEEP_MS);
    }

    fn drop_waiting(&self) {
        self.gathered.take();
        self.gathered.resume(None);
    }
}

impl Gathering for RoomObject {
    type Arrival = RoomArrival;

    fn gathered(&self) -> &Gathered<RoomArrival> {
        &self.gathered
    }

    /// Returns `true` if the copy of the state of moderation permits an answer (`moderation.md` 2.1). A public room waits for a copy that is
    /// not too old; after a failed question it goes on with the last one.
    fn may_answer(self: &Rc<Self>) -> bool {
        let is_moderated = self.with(|room, _| Ok(room.is_moderated())).unwrap_or_default();
        if !is_moderated || !moderation::is_old() {
            return true;
        }
        if !self.runs.is_asking_moderation.replace(true) {
            let object = Rc::clone(self);
            spawn_local(async move {
                moderation::refresh(&object.env).await;
                object.runs.is_asking_moderation.set(false);
                object.end_turn();
            });
        }
        false
    }

    fn answer(self: &Rc<Self>, mut arrivals: Vec<(ConnKey, RoomArrival)>) {
        let code_of = |(conn, arrival): &(ConnKey, RoomArrival)| match arrival {
            RoomArrival::Closed(code) => Some((*conn, *code)),
            _ => None,
        };
        let closed: Vec<(ConnKey, u16)> = arrivals.iter().filter_map(code_of).collect();
        let speakers: Vec<ConnKey> = arrivals.iter().map(|(conn, _)| *conn).collect();
        let all_pass = arrivals.iter().all(|(_, arrival)| arrival.is_passing());
        let work = |room: &mut Room, store: &mut RoomSql, now: Millis, out: &mut Outbound| {
            for (conn, arrival) in arrivals.drain(..) {
                match arrival {
                    RoomArrival::Frames(frames) => messenger::apply_frames(room, store, now, conn, frames, out)?,
                    RoomArrival::Packet(packet) => wasmchannel::apply_packet(room, store, now, conn, packet, out)?,
                    RoomArrival::Foreign => room.expel(now, conn, CloseCode::WrongType.code(), "wrong data type", out),
                    RoomArrival::Closed(code) if code == CUT || code == CloseCode::Broken.code() => {
                        room.lose(store, now, conn, out)?
                    }
                    RoomArrival::Closed(_) => room.leave(now, conn, out),
                }
            }
            Ok(())
        };
        self.runs.closed.replace(closed.clone());
        let done = self.step(!all_pass, work);
        self.runs.closed.take();
        if matches!(&done, Err(Denied::Broken(fault)) if is_about_keys(fault)) {
            self.send_away(speakers);
        }
        for (conn, _) in closed {
            self.base.sockets.remove(conn);
        }
    }
}

/// Stores the state that outlives the object's sleep in the socket's attachment.
pub fn attach(socket: &WebSocket, connection: &Connection) {
    let text = serde_json::to_string(connection).map_err(worker::Error::from);
    if let Err(error) = text.and_then(|text| socket.serialize_attachment(text)) {
        telemetry::fault("attachment", &Fault(error.to_string()));
    }
}
