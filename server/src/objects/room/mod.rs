//! The Durable Object of a room: a shell around `protocol::machines::room::Room` (`core.md` 1.4, 5, 5.1).
//!
//! Frames that arrive in one turn of the event loop are answered together: one transaction, then one frame per socket.
//! Everything that matters is in SQLite and in the sockets' attachments; this value can be dropped at any moment.

mod backfill;
mod bot_webhooks;
mod bots;
mod change_tables;
mod changes;
mod demo;
mod embedding;
mod export;
mod file_tables;
mod files;
mod forgetting;
mod group_tables;
mod groups;
mod handlers;
mod held;
mod history;
mod integrations;
pub(super) mod metrics;
mod notifications;
mod outbox;
mod own_bots;
mod people;
mod pins;
mod privacy;
mod projection;
mod reported;
mod schema;
mod search;
mod search_tables;
mod tables;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};

use protocol::log::Retention;
use protocol::machines::room::{Connection, Outbound, Room, RoomAuditEntry, RoomSettings, Wire};
use protocol::trust::sealing::is_about_keys;
use protocol::wire::messenger::{self, IncomingFrames};
use protocol::wire::wasmchannel::{self, IncomingPacket};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::ids::RoomId;
use protocol::words::limits::{OUTBOX_RETRY_MS, REPORTS_AT_ONCE, ROOM_SWEEP_MS, SWEEP_LOOK_MS};
use protocol::words::refusal::{Denied, Fault};
use protocol::words::socket::ConnKey;
use wasm_bindgen_futures::spawn_local;
use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

use self::bot_webhooks::BotWebhooks;
use self::metrics::count_turn;
use self::tables::RoomSql;
use crate::calls::{InboxReader, flags, moderation};
use crate::config::Config;
use crate::kit::alarm::ClockWatch;
use crate::kit::backlog::BacklogReport;
use crate::kit::counters::{self, MESSENGER, Metrics};
use crate::kit::gathering::{Gathered, Gathering};
use crate::kit::jobs::Jobs;
use crate::kit::namespace::Namespace;
use crate::kit::shell::{Base, Shell};
use crate::kit::socket_events::{CUT, PendingWork, SocketEvents, bind_socket_events};
use crate::kit::sql;
use crate::kit::trace::Trace;
use crate::outbound::mail;
use crate::projection::audit_log;
use crate::runtime::{self, Sockets, Timer, timer};
use crate::telemetry;

/// See the module's description.
#[durable_object(alarm)]
pub struct ChatRoom(Rc<RoomObject>);

bind_socket_events!(ChatRoom);

/// The object's memory: a cache of durable state, and the turn that is running.
struct RoomObject {
    base: Base<RoomMemory>,
    env: Env,
    config: Config,
    gathered: Gathered<RoomArrival>,
    /// Sockets that the running turn closed, and their codes.
    closed: RefCell<Vec<(ConnKey, u16)>>,
    tick: Timer,
    /// Head of the log after the last turn.
    head_seen: Cell<u64>,
    /// Time at which each session was last reported as active.
    slid_at: RefCell<BTreeMap<String, Millis>>,
    /// Later uses of personas' sessions that were not reported yet.
    used_at: RefCell<BTreeMap<String, Millis>>,
    /// Timer that reports them.
    uses: Timer,
    /// Sessions that have just ended, and the time at which the room was notified.
    ended: RefCell<BTreeMap<String, Millis>>,
    /// Ids of the answers of bots that are being worked on.
    answering: RefCell<BTreeSet<String>>,
    /// A delivery of the outbox is active.
    is_delivering: Cell<bool>,
    /// For each person, the reader for whom unread messages were last counted. The person's object says when it has changed.
    readers: RefCell<BTreeMap<String, InboxReader>>,
    /// Timer that reports to people's objects that they are here.
    reports: Timer,
    reports_under_way: Cell<u32>,
    /// Trace of the request that the running turn carries out.
    trace: RefCell<Trace>,
    metrics: Metrics,
    backlog: BacklogReport,
    /// Timer for the next part of a scene.
    scenes: Timer,
    /// State of the room when this object woke.
    wake_state: Cell<WakeState>,
    /// Time before which events cannot be sent to the database or trimmed, because a key is missing.
    keyless_until: Cell<Millis>,
    clock: ClockWatch,
    jobs: Rc<Jobs>,
    /// Calls to webhooks of bots.
    webhooks: BotWebhooks,
    /// A question about what stands is under way, for which arrivals wait.
    is_asking_moderation: Cell<bool>,
}

/// State of a room when its object woke, and the number of steps since.
#[derive(Clone, Copy, Debug, Default)]
struct WakeState {
    /// Number of sockets.
    pub sockets: usize,
    /// Head of the log.
    pub head: u64,
    /// Number of committed steps since then.
    pub turns: u64,
}

struct RoomMemory {
    room: Room,
    store: RoomSql,
}

/// Event of a socket.
enum RoomArrival {
    Frames(IncomingFrames),
    Packet(IncomingPacket),
    /// Text on a socket for packets, or binary data on one for JSON.
    Foreign,
    /// The socket is closed, with this code.
    Closed(u16),
}

impl RoomArrival {
    fn read(wire: Wire, message: WebSocketIncomingMessage) -> Self {
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

impl DurableObject for ChatRoom {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let config = Config::read(&env);
        Self(Rc::new_cyclic(|object: &Weak<RoomObject>| RoomObject {
            base: Base::new(state),
            env,
            metrics: Metrics::of(MESSENGER, &config),
            config,
            gathered: Gathered::of(object),
            closed: RefCell::default(),
            tick: timer(object, RoomObject::time_passed),
            head_seen: Cell::new(0),
            slid_at: RefCell::default(),
            used_at: RefCell::default(),
            uses: timer(object, people::report_uses),
            ended: RefCell::default(),
            answering: RefCell::default(),
            is_delivering: Cell::new(false),
            readers: RefCell::default(),
            reports: timer(object, people::report_people),
            reports_under_way: Cell::new(0),
            trace: RefCell::default(),
            backlog: BacklogReport::default(),
            scenes: timer(object, demo::play),
            wake_state: Cell::default(),
            keyless_until: Cell::new(0),
            clock: ClockWatch::default(),
            jobs: Rc::new(Jobs::of(outbox::KINDS)),
            webhooks: BotWebhooks::default(),
            is_asking_moderation: Cell::new(false),
        }))
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        handlers::answer_request(&self.0, request).await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.ring(false).await;
        Response::ok("")
    }
}

impl SocketEvents for ChatRoom {
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork> {
        self.0.arrived(&socket, |wire| RoomArrival::read(wire, message));
        None
    }

    fn on_close(&self, socket: &WebSocket, code: u16) {
        self.0.arrived(socket, |_| RoomArrival::Closed(code));
    }
}

impl RoomObject {
    // ---- waking up

    /// Loads the room into memory. `room` names it if the call contains the name; after a wake-up by a socket or an alarm the tables have
    /// it. Returns `false` if no room lives here.
    fn wake(&self, room: Option<&RoomId>) -> Result<bool, Fault> {
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
        let config = Config::of(&self.env);
        let mut store = RoomSql::open(&self.base.state, config, id.as_str().to_owned(), Rc::clone(&self.jobs))?;
        let settings = RoomSettings {
            rules: self.config.rules.clone(),
            edit_window_ms: self.config.limits.edit_window_ms,
            delete_window_ms: self.config.limits.delete_window_ms,
            requires_verified: mail::requires_proof(&self.env, &self.config),
            requires_second_factor: self.config.requires_second_factor,
        };
        let fresh_epoch = u32::from_be_bytes(runtime::random_bytes());
        let mut room = Room::open(id, settings, &mut store, fresh_epoch)?;
        demo::wake(&mut room, &mut store)?;
        self.webhooks.free(&room, &mut store)?;
        self.wake_state.set(WakeState {
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
        self.arrange_duties()?;
        Ok(true)
    }

    /// Returns `true` if the room is in memory.
    fn is_awake(&self) -> bool {
        self.base.memory.borrow().is_some()
    }

    /// Removes everything: from now on no room lives here.
    async fn forget_everything(&self) -> Result<(), Fault> {
        *self.base.memory.borrow_mut() = None;
        self.base.alarm.clear();
        let deleted = self.base.state.storage().delete_all().await;
        deleted.map_err(|error| Fault(error.to_string()))
    }

    /// Returns `true` if a log exists here, without creating one.
    fn exists(&self) -> Result<bool, Fault> {
        Ok(self.base.memory.borrow().is_some() || RoomSql::room_in(&sql::of(&self.base.state))?.is_some())
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
    fn arrived(self: &Rc<Self>, socket: &WebSocket, read: impl FnOnce(Wire) -> RoomArrival) {
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
    fn turn<T>(
        self: &Rc<Self>,
        work: impl FnMut(&mut Room, &mut RoomSql, Millis, &mut Outbound) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.end_turn();
        self.step(work)
    }

    /// Runs a step that sends nothing. Events that arrived in the meantime are handled at the end of their own turn.
    fn duty<T>(
        self: &Rc<Self>,
        work: impl FnMut(&mut Room, &mut RoomSql, Millis, &mut Outbound) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        let began_at = self.gathered.take_began_at();
        let result = self.step(work);
        if result.is_ok() {
            self.gathered.resume(began_at);
        }
        result
    }

    fn step<T>(
        self: &Rc<Self>,
        work: impl FnMut(&mut Room, &mut RoomSql, Millis, &mut Outbound) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.step_as(true, work)
    }

    fn step_as<T>(
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
                self.write_down(room, store, now, out, &trace)?;
            }
            result
        })
    }

    /// Returns `true` if arrivals can be answered by what stands (`moderation.md` 2.1). A public room waits for a copy that is not too old;
    /// after a failed question it goes on with the last one.
    fn knows_moderation(self: &Rc<Self>) -> bool {
        let is_moderated = self.with(|room, _| Ok(room.is_moderated())).unwrap_or_default();
        if !is_moderated || !moderation::is_old() {
            return true;
        }
        if !self.is_asking_moderation.replace(true) {
            let object = Rc::clone(self);
            spawn_local(async move {
                moderation::refresh(&object.env).await;
                object.is_asking_moderation.set(false);
                object.end_turn();
            });
        }
        false
    }

    /// Stores the notifications and audit rows of a turn in its transaction (`core.md` 1.7), so that they are sent even if this object stops
    /// before.
    fn write_down(
        &self,
        room: &Room,
        store: &RoomSql,
        now: Millis,
        out: &Outbound,
        trace: &Trace,
    ) -> Result<(), Fault> {
        for (user, seq) in &out.read_to {
            if changes::needs_notification(room, store, user)? {
                store.clear_later(user, *seq, now + OUTBOX_RETRY_MS, 0)?;
            }
        }
        for (user, message) in &out.hidden_for {
            if store.was_sent(user)? {
                store.add_hiding(user, message, now)?;
            }
        }
        bots::owe(store, now, out)?;
        for RoomAuditEntry { actor, what, target } in &out.acts {
            audit_log::write(
                &store.sql,
                now,
                &audit_log::AuditEntry { actor, action: what, target, result: "ok" },
                trace,
            )?;
        }
        Ok(())
    }

    /// Sets the alarm for the report of metrics.
    fn arrange_report(&self) {
        let sockets = self.base.memory.borrow().as_ref().map(|RoomMemory { room, .. }| room.sockets());
        if let Some(at) = sockets.and_then(|sockets| self.metrics.report_at(runtime::now_ms(), sockets)) {
            self.arrange_alarm(at);
        }
    }

    /// Returns `true` if the log has events that it did not have at the last call.
    fn has_grown(&self) -> bool {
        let head = self.base.memory.borrow().as_ref().map_or(0, |RoomMemory { room, .. }| room.log().head());
        self.head_seen.replace(head) != head
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

    fn save_attachment(&self, room: &Room, conn: ConnKey) {
        if let (Some(connection), Some(socket)) = (room.connection(conn), self.base.sockets.get(conn)) {
            attach(&socket, connection);
        }
    }

    /// Begins the work that a turn has written down. The alarm begins anew if this object stops now.
    fn begin_deliveries(self: &Rc<Self>, now: Millis, out: &Outbound) {
        if out.dead_letters_gone {
            counters::report_gauges_soon(self);
        }
        held::tell_displaced(self, &out.displaced);
        if out.called.is_empty() && !out.outbox_filled && !out.webhooks_filled {
            return;
        }
        self.arrange_alarm(now + OUTBOX_RETRY_MS);
        if !out.called.is_empty() {
            bots::attend(self);
        }
        if out.outbox_filled {
            let object = Rc::clone(self);
            spawn_local(async move { outbox::deliver(&object).await });
        }
        if out.webhooks_filled {
            bot_webhooks::begin(self);
        }
    }

    // ---- time

    /// Does the work of the alarm. The cron requests the same with `asks` if work waits, because an alarm that failed too often does not
    /// come again.
    async fn ring(self: &Rc<Self>, asks: bool) {
        self.base.alarm.clear();
        self.woken_by_alarm();
        bots::attend(self);
        demo::ring(self).await;
        if matches!(self.exists(), Ok(false)) {
            // The day of this demo room is over: there are no notifications and no tables.
            return;
        }
        outbox::deliver_due(self).await;
        bot_webhooks::deliver(self).await;
        search::index_next(self).await;
        self.seal_some().await;
        self.trim();
        projection::deliver(self).await;
        let results = [audit_log::maintain(&self.env, &self.base.state).await, counters::report(self.as_ref()).await];
        for fault in results.into_iter().filter_map(Result::err) {
            telemetry::fault("room_duty", &fault);
        }
        if let Err(fault) = self.arrange_duties() {
            self.break_down(&fault);
        }
        outbox::report_backlog(self, asks).await;
    }

    /// Seals some of the stored rows with the newest key (`sealed`).
    async fn seal_some(&self) {
        let known =
            |memory: &RoomMemory| (memory.store.sql.clone(), Namespace::Room.object_name(memory.room.id().as_str()));
        let known = self.base.memory.borrow().as_ref().map(known);
        if let Some((db, name)) = known {
            db.sweep_some().await;
            db.report_unreadable(&self.env, name).await.unwrap_or_else(|fault| telemetry::fault("room_duty", &fault));
        }
    }

    fn time_passed(self: &Rc<Self>) {
        let _ = self.turn(|room, store, now, out| Ok(room.tick(store, now, out)?));
    }

    fn woken_by_alarm(self: &Rc<Self>) {
        match self.wake(None) {
            Ok(false) => return,
            Ok(true) => {}
            Err(fault) => return self.break_down(&fault),
        }
        let has_expired = self.turn(|room, store, now, out| {
            let heartbeat_of = |conn| {
                self.base.sockets.get(conn).and_then(|socket| runtime::last_heartbeat_at(&self.base.state, &socket))
            };
            room.sweep(store, now, heartbeat_of, out)?;
            room.forget_old_held(store, now)?;
            room.forget_strangers(store, out)?;
            Ok(room.forget_dead_letters(store, now)?)
        });
        if matches!(has_expired, Ok(true)) {
            counters::report_gauges_soon(self);
        }
    }

    /// Trims events that are too old, one portion in each turn. Most alarms find none, and need no turn for that.
    fn trim(self: &Rc<Self>) {
        let (now, retention) = (runtime::now_ms(), Retention::of_days(self.config.limits.retention_days));
        let is_due = self.with(|room, store| Ok(room.trim_at(store, &retention)?.is_some_and(|at| at <= now)));
        if now < self.keyless_until.get() || !is_due.unwrap_or(false) {
            return;
        }
        loop {
            match self.turn(|room, store, now, out| Ok(room.trim(store, now, &retention, out)?)) {
                Ok(true) => {}
                Err(Denied::Broken(fault)) if is_about_keys(&fault) => return self.wait_for_keys(),
                Ok(false) | Err(_) => return,
            }
        }
    }

    /// Postpones the work that needs a row without a key until the key may be back: the same row would fail at once.
    fn wait_for_keys(&self) {
        let at = runtime::now_ms() + SWEEP_LOOK_MS;
        self.keyless_until.set(at);
        self.arrange_alarm(at);
    }

    /// Sets the alarm for stored work: the outbox, the index, the database and retention. After a sleep the object does not know an earlier
    /// alarm, so every caller takes all reasons into account.
    fn arrange_duties(&self) -> Result<(), Fault> {
        let duties = match self.base.memory.borrow().as_ref() {
            Some(RoomMemory { room, store }) => {
                self.clock.bring_forward(&store.sql, outbox::RETRIES, runtime::now_ms())?;
                let delivery_at = outbox::due_at(store)?;
                let not_before = |at: Millis| at.max(self.keyless_until.get());
                let projection_at = projection::due_at(room, store, runtime::now_ms())?.map(not_before);
                let audit_at = audit_log::due_at(&self.env, &store.sql, runtime::now_ms())?;
                let trim_at =
                    room.trim_at(store, &Retention::of_days(self.config.limits.retention_days))?.map(not_before);
                let report_at = self.metrics.report_at(runtime::now_ms(), room.sockets());
                let bots_at = bots::due_at(store, &self.answering.borrow(), runtime::now_ms())?;
                let sealing_at = store.sql.sweep_at(runtime::now_ms());
                let demo_at = demo::due_at(store, runtime::now_ms())?;
                let webhooks_at = bot_webhooks::due_at(self, room, store)?;
                let due = [
                    delivery_at,
                    projection_at,
                    audit_at,
                    trim_at,
                    report_at,
                    sealing_at,
                    bots_at,
                    demo_at,
                    webhooks_at,
                ];
                due.into_iter().flatten().min()
            }
            None => return Ok(()),
        };
        if let Some(at) = duties {
            self.arrange_alarm(at.max(runtime::now_ms()));
        }
        Ok(())
    }

    fn arrange_timers(&self) {
        let now = runtime::now_ms();
        let (timer_at, alarm_at) = match self.base.memory.borrow().as_ref() {
            Some(RoomMemory { room, .. }) => {
                (room.timer_at(), [room.sweep_at(), room.held_due_at()].into_iter().flatten().min())
            }
            None => (None, None),
        };
        if let Some(at) = timer_at {
            self.tick.arrange(now, at);
        }
        if let Some(at) = alarm_at {
            self.arrange_alarm(at);
        }
        self.arrange_reports();
    }

    /// Sets the timer for the next report to a person's object, unless the most simultaneous reports are on their way.
    fn arrange_reports(&self) {
        let due_at = self.base.memory.borrow().as_ref().and_then(|RoomMemory { room, .. }| room.report_at());
        if let Some(at) = due_at.filter(|_| self.reports_under_way.get() < REPORTS_AT_ONCE) {
            self.reports.arrange(runtime::now_ms(), at);
        }
    }

    /// Sets the object's one alarm for `at` at the latest.
    fn arrange_alarm(&self, at: Millis) {
        self.base.ring_by(at);
    }

    /// Changes state in memory only. Returns `None` if no room is here.
    fn change<T>(&self, work: impl FnOnce(&mut Room, &mut RoomSql) -> T) -> Option<T> {
        self.base.memory.borrow_mut().as_mut().map(|RoomMemory { room, store }| work(room, store))
    }

    /// Reads the room without changing it.
    fn with<T>(&self, read: impl FnOnce(&Room, &RoomSql) -> Result<T, Denied>) -> Result<T, Denied> {
        match self.base.memory.borrow().as_ref() {
            Some(RoomMemory { room, store }) => read(room, store),
            None => Err(Denied::Broken(Fault("no room is loaded".into()))),
        }
    }

    /// Changes rows that belong to no turn of the room (the outbox), in a transaction of their own.
    fn settle(&self, write: impl FnOnce(&mut RoomSql) -> Result<(), Fault>) -> Result<(), Fault> {
        match self.base.memory.borrow_mut().as_mut() {
            Some(RoomMemory { store, .. }) => write(store),
            None => Ok(()),
        }
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
        let wake_state = self.wake_state.get();
        self.wake_state.set(WakeState { turns: wake_state.turns + u64::from(is_stored), ..wake_state });
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
                self.save_attachment(room, *conn);
            }
            failed
        };
        for close in &out.closes {
            if let Some(socket) = self.base.sockets.get(close.conn) {
                runtime::close_quietly(&socket, close.code, &close.reason);
            }
        }
        count_turn(self, now, &out, failed.len(), &self.closed.take());
        self.drop_failed(failed);
        people::report(self, now, &out);
        self.arrange_timers();
        let arrived_at = self.gathered.take_began_at().unwrap_or(now);
        if self.has_grown() || !out.acts.is_empty() {
            self.metrics.fanned_out(runtime::now_ms().saturating_sub(arrived_at));
            projection::arrange(self, now);
        } else {
            self.arrange_report();
        }
        self.begin_deliveries(now, &out);
    }

    fn undo(self: &Rc<Self>, fault: &Fault) {
        telemetry::fault(Self::SUBJECT, fault);
        self.start_again();
        // Stored work does not wait until somebody opens a socket.
        self.arrange_alarm(runtime::now_ms() + ROOM_SWEEP_MS);
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

    fn may_answer(self: &Rc<Self>) -> bool {
        self.knows_moderation()
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
                    RoomArrival::Frames(frames) => messenger::obey(room, store, now, conn, frames, out)?,
                    RoomArrival::Packet(packet) => wasmchannel::obey(room, store, now, conn, packet, out)?,
                    RoomArrival::Foreign => room.expel(now, conn, CloseCode::WrongType.code(), "wrong data type", out),
                    RoomArrival::Closed(code) if code == CUT || code == CloseCode::Broken.code() => {
                        room.lose(store, now, conn, out)?
                    }
                    RoomArrival::Closed(_) => room.leave(now, conn, out),
                }
            }
            Ok(())
        };
        self.closed.replace(closed.clone());
        let done = self.step_as(!all_pass, work);
        self.closed.take();
        if matches!(&done, Err(Denied::Broken(fault)) if is_about_keys(fault)) {
            self.send_away(speakers);
        }
        for (conn, _) in closed {
            self.base.sockets.remove(conn);
        }
    }
}

/// Stores the state that outlives the object's sleep in the socket's attachment.
fn attach(socket: &WebSocket, connection: &Connection) {
    let text = serde_json::to_string(connection).map_err(worker::Error::from);
    if let Err(error) = text.and_then(|text| socket.serialize_attachment(text)) {
        telemetry::fault("attachment", &Fault(error.to_string()));
    }
}

#[cfg(test)]
mod machine_tests;
#[cfg(test)]
mod migration_tests;
#[cfg(test)]
mod sealing_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twins_tests;
