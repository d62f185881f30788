//! The Durable Object of a MessageHub room: a shell around `protocol::machines::hub::Hub` (`messagehub.md`; `core.md` 1.4, 5, 5.1).
//!
//! Frames of one turn of the event loop are one transaction. Everything that matters is in SQLite and in the sockets'
//! attachments; this value can be dropped at any moment.

mod duties;
mod handlers;
mod metrics;
mod readers;
mod tables;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use protocol::codec::json;
use protocol::machines::hub::{Hub, HubConnection, HubFrame, HubOut, HubSettings, HubStep};
use protocol::trust::sealing::is_about_keys;
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::refusal::{Denied, Fault};
use protocol::words::socket::ConnKey;
use wasm_bindgen_futures::spawn_local;
use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

use self::metrics::{DOOR, Traces, count_closed, count_stored, count_turn};
use self::readers::Readers;
use self::tables::HubSql;
use crate::calls::flags;
use crate::config::Config;
use crate::kit::counters::Metrics;
use crate::kit::gathering::{Gathered, Gathering};
use crate::kit::sealed::Db;
use crate::kit::shell::{Base, Shell};
use crate::kit::socket_events::{CUT, PendingWork, SocketEvents, bind_socket_events};
use crate::kit::{attachments, sql};
use crate::projection::audit_log;
use crate::runtime::{self, Sockets, Timer, timer};
use crate::telemetry;

/// See the module's description.
#[durable_object(alarm)]
pub struct HubRoom(Rc<HubObject>);

bind_socket_events!(HubRoom);

/// The object's memory: a cache of what is durable, and the turn that is running.
struct HubObject {
    base: Base<Memory>,
    env: Env,
    config: &'static Config,
    /// The tables, for what sockets carry: attached while the memory is in use.
    db: RefCell<Option<Db>>,
    gathered: Gathered<Arrival>,
    readers: Readers,
    /// Raw sockets get more of the past.
    portions: Timer,
    /// The deployment's switches are being asked for.
    is_asking: Cell<bool>,
    /// Heartbeats and ends of streams.
    stream_timer: Timer,
    /// Timer of deliveries to other servers.
    delivery_timer: Timer,
    /// Duties that wait for somebody else are under way.
    is_at_work: Cell<bool>,
    /// Deliveries wait until then: an operator has switched them off.
    paused_until: Cell<Millis>,
    /// For want of a key the audit table cannot be told, or nothing can be let go of, before this time.
    keyless_until: Cell<Millis>,
    metrics: Metrics,
    traces: Traces,
}

struct Memory {
    hub: Hub,
    store: HubSql,
}

/// Arrival from a socket.
enum Arrival {
    Text(String),
    Bytes(Vec<u8>),
    /// It is closed, with this code.
    Gone(u16),
}

impl DurableObject for HubRoom {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<HubObject>| HubObject {
            base: Base::new(state),
            env,
            config,
            db: RefCell::default(),
            gathered: Gathered::of(object),
            readers: Readers::default(),
            portions: timer(object, HubObject::go_on),
            is_asking: Cell::new(false),
            stream_timer: timer(object, HubObject::stream_time),
            delivery_timer: timer(object, duties::work_on),
            is_at_work: Cell::new(false),
            paused_until: Cell::new(0),
            keyless_until: Cell::new(0),
            metrics: Metrics::of(DOOR, config),
            traces: Traces::default(),
        }))
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        handlers::answer_request(&self.0, request).await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.base.alarm.clear();
        duties::ring(&self.0).await;
        Response::ok("")
    }
}

impl SocketEvents for HubRoom {
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork> {
        self.0.arrived(
            &socket,
            match message {
                WebSocketIncomingMessage::String(text) => Arrival::Text(text),
                WebSocketIncomingMessage::Binary(bytes) => Arrival::Bytes(bytes),
            },
        );
        None
    }

    fn on_close(&self, socket: &WebSocket, code: u16) {
        self.0.arrived(socket, Arrival::Gone(code));
    }
}

impl HubObject {
    // ---- waking up

    /// Makes sure that the room's memory is there. `room` names it when the call brings the name. False when no room lives here.
    fn wake(self: &Rc<Self>, room: Option<&str>) -> Result<bool, Fault> {
        if self.base.memory.borrow().is_some() {
            return Ok(true);
        }
        let room = match room {
            Some(room) => room.to_owned(),
            None => match HubSql::room_in(&sql::of(&self.base.state))? {
                Some(room) => room,
                None => return Ok(false),
            },
        };
        let mut store = HubSql::open(&self.base.state, &self.config.content_keys, room.clone())?;
        *self.db.borrow_mut() = Some(store.sql.clone());
        let settings = HubSettings {
            rule: self.config.rules.hub.clone(),
            frame: self.config.rules.frame.clone(),
            status: self.config.rules.presence.clone(),
            kept: self.config.hub.kept,
            fixed_hooks: self.config.hub.hooks_of(&room),
        };
        let fresh_epoch = u32::from_be_bytes(runtime::random_bytes());
        let mut hub = Hub::open(room, settings, &mut store, runtime::now_ms(), fresh_epoch)?;
        self.take_back_sockets(&mut hub, &store.sql)?;
        if self.delivers_itself() {
            // Attempts of an earlier life ended with it.
            store.free_outbox()?;
        }
        let now = runtime::now_ms();
        if hub.outbox_count() > 0 {
            self.delivery_timer.arrange(now, now);
        }
        if let Some(at) = hub.serve_at(now) {
            self.portions.arrange(now, at);
        }
        *self.base.memory.borrow_mut() = Some(Memory { hub, store });
        let sockets = self.base.state.get_websockets().len();
        self.metrics.wake(&self.base.state, "cfm_hibernation_wakes_total{object=\"hub\"}", sockets)?;
        self.arrange_duties()?;
        Ok(true)
    }

    /// Returns `true` if attempts are made here, and not by a consumer of the queue.
    fn delivers_itself(&self) -> bool {
        self.config.hub.delivers_itself || self.env.queue(duties::QUEUE).is_err()
    }

    /// Returns `true` if a room exists here, without making one.
    fn exists(&self) -> Result<bool, Fault> {
        Ok(self.base.memory.borrow().is_some() || HubSql::room_in(&sql::of(&self.base.state))?.is_some())
    }

    /// Sockets outlive the object's sleep; each carries what the room has to know of it.
    fn take_back_sockets(&self, hub: &mut Hub, db: &Db) -> Result<(), Fault> {
        let sockets = self.base.state.get_websockets();
        attachments::forget_others(db, &sockets)?;
        self.base.sockets.clear();
        for socket in sockets {
            let text = match attachments::kept(db, &socket) {
                Err(fault) if is_about_keys(&fault) => {
                    runtime::close_quietly(&socket, CloseCode::Broken.code(), "storage failure");
                    continue;
                }
                text => text?,
            };
            match text.and_then(|text| json::read::<HubConnection>(&text)) {
                Some(connection) => {
                    let conn = hub.restore(connection);
                    self.base.sockets.add(conn, &socket);
                    if !runtime::is_open(&socket) {
                        self.gathered.add(conn, Arrival::Gone(CUT));
                    }
                }
                None => runtime::close_quietly(&socket, CloseCode::Policy.code(), "no session"),
            }
        }
        self.gathered.listen(&self.base.state);
        Ok(())
    }

    // ---- turns

    /// Notes what a socket brought; the turn ends when no further event is pending (`core.md` 5.1).
    fn arrived(self: &Rc<Self>, socket: &WebSocket, arrival: Arrival) {
        if let Err(fault) = self.wake(None) {
            return self.break_down(&fault);
        }
        let Some(conn) = Sockets::key(socket) else {
            return runtime::close_quietly(socket, CloseCode::Policy.code(), "no session");
        };
        self.note_arrival(conn, arrival, false);
    }

    /// Returns `true` if it is known whether anybody may write: frames come here without passing the door. Only the first answer is waited
    /// for; later, what is old counts until it is asked again.
    fn knows_switches(self: &Rc<Self>) -> bool {
        if flags::is_old() && !self.is_asking.replace(true) {
            let object = Rc::clone(self);
            spawn_local(async move {
                flags::refresh(&object.env).await;
                object.is_asking.set(false);
                object.end_turn();
            });
        }
        flags::known(flags::Flag::Maintenance).is_some()
    }

    /// Data points of sockets that went.
    fn note_gone(&self, gone: &[(ConnKey, u16)]) {
        let memory = self.base.memory.borrow();
        let Some(Memory { hub, .. }) = memory.as_ref() else { return };
        for (conn, code) in gone {
            if let Some(state) = hub.connection(*conn) {
                count_closed(&self.metrics, state, *code, hub.log().meta().head);
            }
        }
    }

    /// Runs `work` as one synchronous step after what arrived earlier: one transaction, and only after it what it has to say.
    fn turn<T>(
        self: &Rc<Self>,
        work: impl FnMut(&mut Hub, &mut HubStep<'_, HubSql>) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.end_turn();
        self.step(work)
    }

    fn step<T>(
        self: &Rc<Self>,
        mut work: impl FnMut(&mut Hub, &mut HubStep<'_, HubSql>) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.run_step(true, |Memory { hub, store }, now, out| {
            hub.set_maintained(flags::known(flags::Flag::Maintenance) == Some(true));
            work(hub, &mut HubStep { store, now, fresh_id: &runtime::new_uuid, out })
        })
    }

    // ---- time

    fn go_on(self: &Rc<Self>) {
        // A fault was logged where it was born.
        let _ = self.turn(|hub, step| Ok(hub.serve(step.store, step.now, step.out)?));
    }

    fn stream_time(self: &Rc<Self>) {
        let now = runtime::now_ms();
        if let Some(at) = self.readers.tick(now) {
            self.stream_timer.arrange(now, at);
        }
    }

    /// Somebody reads or waits.
    fn arrange_streams(&self) {
        let now = runtime::now_ms();
        if let Some(at) = self.readers.due_at(now) {
            self.stream_timer.arrange(now, at);
        }
    }

    /// Sets the alarm for the earliest of what has to be done by time.
    fn arrange_duties(&self) -> Result<(), Fault> {
        let now = runtime::now_ms();
        let at = match self.base.memory.borrow().as_ref() {
            Some(Memory { hub, store }) => {
                // What may not go yet is asked about again a little later, not at once.
                let not_before = (now + duties::AUDIT_MS).max(self.keyless_until.get());
                let trim_at = hub.log().trim_at(store, now, hub.kept())?.map(|at| at.max(not_before));
                let audit_at = (store.audited()? < hub.log().meta().head).then_some(not_before);
                let list_at = (!store.is_listed()?).then_some(now + duties::AUDIT_MS);
                let delivery_at = hub.delivery_at(store)?.map(|at| at.max(self.paused_until.get()));
                let report_at = self.metrics.report_at(now, hub.count());
                let entries_at = audit_log::due_at(&self.env, &sql::of(&self.base.state), now)?;
                let forgotten_at = hub.forgotten_at();
                let sealing_at = store.sql.sweep_at(now);
                let duties = [hub.sweep_at(now), delivery_at, trim_at, audit_at, list_at, report_at, entries_at];
                duties.into_iter().chain([forgotten_at, sealing_at]).flatten().min()
            }
            None => None,
        };
        if let Some(at) = at {
            // What is overdue could not be done when it was due: not at once again.
            self.arrange_alarm(if at > now { at } else { now + duties::AUDIT_MS });
        }
        Ok(())
    }

    fn arrange_alarm(&self, at: Millis) {
        self.base.ring_by(at);
    }

    /// Returns `true` if something came in that is not answered yet.
    fn has_arrivals(&self) -> bool {
        !self.gathered.is_empty()
    }

    /// Keeps with the socket what outlives the object's sleep.
    fn attach(&self, socket: &WebSocket, connection: &HubConnection) {
        let Some(db) = self.db.borrow().clone() else { return };
        if let Err(fault) = attachments::keep(&db, socket, &connection.id, &json::write(connection)) {
            telemetry::fault("attachment", &fault);
        }
    }

    /// Looks at the room without changing it.
    fn look<T>(&self, read: impl FnOnce(&Memory) -> Result<T, Fault>) -> Result<T, Fault> {
        match self.base.memory.borrow().as_ref() {
            Some(memory) => read(memory),
            None => Err(Fault("no room lives here".into())),
        }
    }

    /// The room is gone: nothing is left of it, in memory either.
    fn forget(&self) {
        *self.base.memory.borrow_mut() = None;
        self.base.alarm.clear();
    }
}

impl Shell for HubObject {
    type Memory = Memory;
    type Out = HubOut;
    const SUBJECT: &'static str = "hub";

    fn base(&self) -> &Base<Memory> {
        &self.base
    }

    fn end_step(memory: &mut Memory, out: &mut HubOut) {
        memory.hub.end_turn(out);
    }

    fn carry_out(self: &Rc<Self>, began_at: Millis, _is_stored: bool, out: HubOut) {
        let mut failed = Vec::new();
        let now = runtime::now_ms();
        let (sockets, serve_at) = {
            let memory = self.base.memory.borrow();
            let Some(Memory { hub, .. }) = memory.as_ref() else {
                return;
            };
            for delivery in out.deliveries(hub.targets()) {
                for frame in &delivery.frames {
                    failed.extend(match frame {
                        HubFrame::Text(text) => self.base.sockets.send(&delivery.conns, text),
                        HubFrame::Bytes(bytes) => self.base.sockets.send_bytes(&delivery.conns, bytes),
                    });
                }
            }
            for conn in &out.changed {
                if let (Some(connection), Some(socket)) = (hub.connection(*conn), self.base.sockets.get(*conn)) {
                    self.attach(&socket, connection);
                }
            }
            self.readers.publish(hub.log().meta().epoch, &out.stored);
            (hub.count(), hub.serve_at(now))
        };
        for close in &out.closes {
            if let Some(socket) = self.base.sockets.get(close.conn) {
                runtime::close_quietly(&socket, close.code, &close.reason);
            }
        }
        count_turn(&self.metrics, out.tally, failed.len());
        for conn in failed {
            if let Some(socket) = self.base.sockets.remove(conn) {
                runtime::close_quietly(&socket, CloseCode::Broken.code(), "send failed");
            }
            self.gathered.add(conn, Arrival::Gone(CloseCode::Broken.code()));
            self.gathered.listen(&self.base.state);
        }
        if let Some(at) = serve_at {
            self.portions.arrange(now, at);
        }
        if out.outbox_filled {
            self.delivery_timer.arrange(now, now);
        }
        let arrived_at = self.gathered.take_began_at().unwrap_or(began_at);
        self.traces.keep(&out);
        if !out.stored.is_empty() {
            self.metrics.fanned_out(now.saturating_sub(arrived_at));
            count_stored(self, began_at, &out, sockets);
            // Whoever rings looks at everything; the hot path does not.
            self.arrange_alarm(now + duties::AUDIT_MS);
        } else if let Some(at) = self.metrics.report_at(now, sockets) {
            self.arrange_alarm(at);
        }
    }

    fn undo(self: &Rc<Self>, fault: &Fault) {
        telemetry::fault(Self::SUBJECT, fault);
        self.start_again();
        // What is written down and waits does not wait for somebody to come.
        self.arrange_alarm(runtime::now_ms() + duties::AUDIT_MS);
    }

    fn drop_waiting(&self) {
        self.gathered.take();
        self.gathered.resume(None);
        self.readers.end_all();
    }
}

impl Gathering for HubObject {
    type Arrival = Arrival;

    fn gathered(&self) -> &Gathered<Arrival> {
        &self.gathered
    }

    /// Frames come here without passing the door: it has to be known whether anybody may write.
    fn may_answer(self: &Rc<Self>) -> bool {
        self.knows_switches()
    }

    fn answer(self: &Rc<Self>, arrivals: Vec<(ConnKey, Arrival)>) {
        let gone: Vec<(ConnKey, u16)> = arrivals
            .iter()
            .filter_map(|(conn, arrival)| match arrival {
                Arrival::Gone(code) => Some((*conn, *code)),
                _ => None,
            })
            .collect();
        self.note_gone(&gone);
        let speakers: Vec<ConnKey> = arrivals.iter().map(|(conn, _)| *conn).collect();
        let mut arrivals = arrivals.into_iter();
        let done = self.step(|hub, step| {
            for (conn, arrival) in arrivals.by_ref() {
                match arrival {
                    Arrival::Text(text) => hub.text(step, conn, &text)?,
                    Arrival::Bytes(bytes) => hub.binary(step, conn, bytes)?,
                    Arrival::Gone(_) => hub.leave(conn, step.out),
                }
            }
            Ok(())
        });
        if matches!(&done, Err(Denied::Broken(fault)) if is_about_keys(fault)) {
            self.send_away(speakers);
        }
        for (conn, _) in gone {
            if let Some(Err(fault)) =
                self.base.sockets.remove(conn).map(|socket| attachments::forget(&sql::of(&self.base.state), &socket))
            {
                telemetry::fault("hub_forget", &fault);
            }
        }
    }
}
