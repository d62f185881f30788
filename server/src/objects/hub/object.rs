//! The object of a hub room, as all of its parts know it: fields, how its memory is built, and its alarm.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use protocol::codec::json;
use protocol::machines::hub::{Hub, HubConnection, HubSettings};
use protocol::machines::webhook::HookStoreOwner;
use protocol::trust::sealing::is_about_keys;
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use worker::{Env, WebSocket};

use super::archive::Archive;
use super::readers::Readers;
use super::tables::HubSql;
use super::traces::Traces;
use crate::config::Config;
use crate::kit::counters::Metrics;
use crate::kit::gathering::Gathered;
use crate::kit::sealed::Db;
use crate::kit::shell::Base;
use crate::kit::socket_events::CUT;
use crate::kit::{attachments, sql};
use crate::outbound::deliveries::{Deliveries, delivers_itself};
use crate::projection::audit_log;
use crate::runtime::{self, Timer};
use crate::telemetry;

/// Longest delay of what is written elsewhere.
pub(super) const AUDIT_MS: Millis = 5_000;

/// The object's memory: a cache of what is durable, and the turn that is running.
pub(super) struct HubObject {
    pub base: Base<HubMemory>,
    pub env: Env,
    pub config: &'static Config,
    /// The tables, for what sockets carry: attached while the memory is in use.
    pub db: RefCell<Option<Db>>,
    pub gathered: Gathered<HubArrival>,
    pub readers: Readers,
    /// Raw sockets get more of the past.
    pub portions: Timer,
    /// The deployment's switches are being asked for.
    pub is_asking: Cell<bool>,
    /// Heartbeats and ends of streams.
    pub stream_timer: Timer,
    pub deliveries: Deliveries,
    /// For want of a key the audit table cannot be told, or nothing can be let go of, before this time.
    pub keyless_until: Cell<Millis>,
    pub metrics: Metrics,
    pub traces: Traces,
    pub archive: Archive,
}

pub(super) struct HubMemory {
    pub hub: Hub,
    pub store: HubSql,
}

pub(super) enum HubArrival {
    Text(String),
    Bytes(Vec<u8>),
    Closed(u16),
}

impl HubObject {
    // ---- waking up

    /// Makes sure that the room's memory is there. `room` names it when the call brings the name. False when no room lives here.
    pub(super) fn wake(self: &Rc<Self>, room: Option<&str>) -> Result<bool, Fault> {
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
            retention: self.config.hub.retention,
            fixed_hooks: self.config.hub.hooks_of(&room),
            limits: store.limits()?,
        };
        let fresh_epoch = u32::from_be_bytes(runtime::random_bytes());
        let mut hub = Hub::open(room, settings, &mut store, runtime::now_ms(), fresh_epoch)?;
        self.take_back_sockets(&mut hub, &store.sql)?;
        self.deliveries.free(&store.sql, self.delivers_itself())?;
        let now = runtime::now_ms();
        if hub.receivers.waiting() > 0 {
            self.deliveries.begin();
        }
        if let Some(at) = hub.serve_at(now) {
            self.portions.arrange(now, at);
        }
        *self.base.memory.borrow_mut() = Some(HubMemory { hub, store });
        let sockets = self.base.state.get_websockets().len();
        self.metrics.wake(&self.base.state, "cfm_hibernation_wakes_total{object=\"hub\"}", sockets)?;
        self.arrange_duties()?;
        Ok(true)
    }

    /// Returns `true` if all attempts are made here, and none by a consumer of the queue.
    pub(super) fn delivers_itself(&self) -> bool {
        delivers_itself(&self.env, self.config)
    }

    /// Returns `true` if a room exists here, without making one.
    pub(super) fn exists(&self) -> Result<bool, Fault> {
        Ok(self.base.memory.borrow().is_some() || HubSql::room_in(&sql::of(&self.base.state))?.is_some())
    }

    /// Sockets outlive the object's sleep; each carries what the room has to know of it.
    fn take_back_sockets(&self, hub: &mut Hub, db: &Db) -> Result<(), Fault> {
        let sockets = self.base.state.get_websockets();
        attachments::forget_others(db, &sockets)?;
        self.base.sockets.clear();
        for socket in sockets {
            let text = match attachments::load(db, &socket) {
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
                        self.gathered.add(conn, HubArrival::Closed(CUT));
                    }
                }
                None => runtime::close_quietly(&socket, CloseCode::Policy.code(), "no session"),
            }
        }
        self.gathered.listen(&self.base.state);
        Ok(())
    }

    // ---- time

    /// Sets the alarm for the earliest of what has to be done by time.
    pub(super) fn arrange_duties(&self) -> Result<(), Fault> {
        let now = runtime::now_ms();
        let at = match self.base.memory.borrow().as_ref() {
            Some(HubMemory { hub, store }) => {
                // Trimming and audit rows may have to wait: their alarm comes a little later, not at once.
                let not_before = (now + AUDIT_MS).max(self.keyless_until.get());
                let trim_at = hub.log().trim_at(store, now, hub.retention())?.map(|at| at.max(not_before));
                let audit_at = (store.audited()? < hub.log().meta().head).then_some(not_before);
                let list_at = (!store.is_listed()?).then_some(now + AUDIT_MS);
                let delivery_at = hub
                    .receivers
                    .delivery_at(store.hook_store(), now)?
                    .map(|at| at.max(self.deliveries.paused_until()));
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
            // An overdue duty failed when it was due, so it is tried again a little later.
            self.arrange_alarm(if at > now { at } else { now + AUDIT_MS });
        }
        Ok(())
    }

    pub(super) fn arrange_alarm(&self, at: Millis) {
        self.base.ring_by(at);
    }

    // ---- the memory

    /// Returns `true` if something came in that is not answered yet.
    pub(super) fn has_arrivals(&self) -> bool {
        !self.gathered.is_empty()
    }

    /// Keeps with the socket what outlives the object's sleep.
    pub(super) fn attach(&self, socket: &WebSocket, connection: &HubConnection) {
        let Some(db) = self.db.borrow().clone() else { return };
        telemetry::logged("attachment", attachments::save(&db, socket, &connection.id, &json::write(connection)));
    }

    /// Reads the room without changing it.
    pub(super) fn with<T>(&self, read: impl FnOnce(&HubMemory) -> Result<T, Fault>) -> Result<T, Fault> {
        match self.base.memory.borrow().as_ref() {
            Some(memory) => read(memory),
            None => Err(Fault("no room lives here".into())),
        }
    }

    /// The room is gone: nothing is left of it, in memory either.
    pub(super) fn forget(&self) {
        *self.base.memory.borrow_mut() = None;
        self.base.alarm.clear();
    }
}
