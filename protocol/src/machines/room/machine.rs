//! A room over time: it is opened, takes back its sockets after a sleep, lets go of what is too old, and does what is due.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::connection::Connection;
use super::group::DIRECTORY;
use super::occupancy::Occupancy;
use super::outbound::Outbound;
use super::pin::PinStore;
use super::rate_allowance::{InMemoryLimiter, RateAllowance};
use super::receipt_schedule::ReceiptSchedule;
use super::reports::Reports;
use super::roster::Roster;
use super::slow::SlowMode;
use super::state::{Live, Room, RoomSettings, next_sweep, participant_of};
use super::step::Step;
use super::store::RoomStore;
use super::typists::Typing;
use crate::log::{Log, Retention, RetentionStore};
use crate::people::moderation::Standing;
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::ids::{RoomForm, RoomId, is_integration};
use crate::words::limits::ROOM_SILENCE_MS_MAX;
use crate::words::refusal::Fault;
use crate::words::socket::ConnKey;

/// Names of limits that may have to be written down.
const HISTORY: &str = "history";
const TYPING: &str = "typing";

impl Room {
    /// Opens the room's log, which begins with `fresh_epoch` if it does not exist yet.
    pub fn open(
        id: RoomId,
        settings: RoomSettings,
        store: &mut impl RoomStore,
        fresh_epoch: u32,
    ) -> Result<Self, Fault> {
        let is_new = *id.form() == RoomForm::Public && store.meta()?.is_none();
        let log = Log::open(store, fresh_epoch)?;
        let people = store.known()?.into_iter().collect();
        if is_new {
            store.notification_add(DIRECTORY, 1, 0)?;
        }
        let group = if *id.form() == RoomForm::Group { store.group()? } else { None };
        let own_bots = if group.is_some() { store.own_bots()? } else { Vec::new() };
        let pages_asked = InMemoryLimiter::restored(&settings.rules.history, HISTORY, store)?;
        let typing_relayed = InMemoryLimiter::restored(&settings.rules.typing, TYPING, store)?;
        let flood_rule = settings.rules.frame.flood();
        let pin = store.pin()?;
        // Nothing is held anywhere else.
        let held = if *id.form() == RoomForm::Public { store.held_keys()? } else { Vec::new() };
        Ok(Self {
            id,
            settings,
            flood_rule,
            is_maintained: false,
            moderation: Rc::new(Standing::default()),
            log,
            conns: BTreeMap::new(),
            next_key: 1,
            roster: Roster::default(),
            typing: Typing::default(),
            receipt_schedule: ReceiptSchedule::default(),
            rate_allowance: RateAllowance::default(),
            pages_asked,
            typing_relayed,
            shakes: BTreeMap::new(),
            people,
            bytes_written: 0,
            sweep_at: None,
            group,
            own_bots,
            absent: BTreeMap::new(),
            reports: Reports::default(),
            occupancy: Occupancy::default(),
            waiting_shown: None,
            held: held.into_iter().map(|held| (held.id.clone(), held)).collect(),
            has_held_files: false,
            displaced: Vec::new(),
            pin,
            slow: SlowMode::default(),
        })
    }

    /// Takes back a connection that outlived the room's sleep.
    pub fn restore(&mut self, state: Connection, now: Millis) -> ConnKey {
        let user = state.principal.user.as_str().to_owned();
        if state.typing_until > 0 {
            self.typing.restore(&user, &state.card.name, state.typing_until);
        }
        if !self.is_direct()
            && let Some(participant) = participant_of(&state)
        {
            self.roster.restore(participant);
        }
        if !state.shaken.is_empty() {
            let times = self.shakes.entry(user.clone()).or_default();
            times.extend(state.shaken.iter().filter(|time| !times.contains(time)).copied().collect::<Vec<_>>());
            times.make_contiguous().sort_unstable();
        }
        if !is_integration(&user) {
            self.reports.restore(&user, &state.principal.session, state.is_reported, now);
        }
        self.add(state, now)
    }

    // ---- time

    /// Lets go of events that are too old (`core.md` 2.3). True when there is more to do: ask again at once.
    pub fn trim(
        &mut self,
        store: &mut (impl RetentionStore + PinStore),
        now: Millis,
        retention: &Retention,
        out: &mut Outbound,
    ) -> Result<bool, Fault> {
        let is_unfinished = self.log.trim(store, now, retention)?;
        if self.pin.as_ref().is_some_and(|pin| pin.seq < self.log.oldest()) {
            self.take_pin_down(&mut Step { store, now, out }, "")?;
        }
        Ok(is_unfinished)
    }

    /// Returns when [`Room::trim`] is due: for the object's alarm.
    pub fn trim_at(&self, store: &impl RetentionStore, retention: &Retention) -> Result<Option<Millis>, Fault> {
        self.log.trim_at(store, retention)
    }

    /// Returns when [`Room::tick`] has something to do: short times, for a timer in memory.
    pub fn timer_at(&self) -> Option<Millis> {
        let portion_at = self.packets_behind().map(|_| 0);
        let limits = [self.pages_asked.due_at(), self.typing_relayed.due_at()];
        [self.typing.due_at(), self.roster.due_at(), self.absence_at(), self.receipt_schedule.due_at(), portion_at]
            .into_iter()
            .chain(limits)
            .flatten()
            .min()
    }

    /// Carries out what is due.
    pub fn tick(&mut self, store: &mut impl RoomStore, now: Millis, out: &mut Outbound) -> Result<(), Fault> {
        self.pages_asked.write_down(HISTORY, store, now)?;
        self.typing_relayed.write_down(TYPING, store, now)?;
        let step = &mut Step { store, now, out };
        self.report_absences(step)?;
        self.send_due_receipts(now, step.out);
        for (user, name) in self.typing.expire(now) {
            self.send_typing_end(user, name, None, step.out);
        }
        self.send_due_typing(now, step.out);
        self.notify_occupancy(now, step.out);
        self.replay_more(step)
    }

    /// Returns when [`Room::sweep`] is due: for the object's alarm.
    pub fn sweep_at(&self) -> Option<Millis> {
        self.sweep_at
    }

    /// Notes that the client of a socket sends no heartbeat: [`Room::sweep`] lets its silence pass, and sends to it instead.
    pub fn expect_no_heartbeat(&mut self, conn: ConnKey) {
        if let Some(live) = self.conns.get_mut(&conn) {
            live.state.has_no_heartbeat = true;
        }
    }

    /// Closes sockets that have been silent for too long. `heartbeat_at` returns the time of the runtime's last heartbeat. It may be called
    /// at any time: after a wake-up by the alarm the reason for the alarm is unknown.
    ///
    /// A client that sends no heartbeat gets the number of people again: a connection that broke unnoticed fails by it, and its place
    /// becomes free.
    pub fn sweep(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        heartbeat_at: impl Fn(ConnKey) -> Option<Millis>,
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        let is_silent = |conn: ConnKey, live: &Live| {
            let alive_at = heartbeat_at(conn).unwrap_or(0).max(live.state.heard_at).max(live.state.joined_at);
            !live.state.has_no_heartbeat && alive_at + ROOM_SILENCE_MS_MAX <= now
        };
        let silent: Vec<ConnKey> =
            self.conns.iter().filter(|(conn, live)| is_silent(**conn, live)).map(|(conn, _)| *conn).collect();
        for conn in silent {
            out.close(conn, CloseCode::Silent.code(), "heartbeat timeout");
            self.lose(store, now, conn, out)?;
        }
        let without_heartbeat = self.conns_where(|live| live.state.has_no_heartbeat && !live.is_expelled);
        self.send_online_count(&without_heartbeat, out);
        self.find_absent(now);
        self.report_absences(&mut Step { store, now, out })?;
        self.sweep_at = (!self.conns.is_empty() || self.shows_anybody()).then(|| next_sweep(self.id.as_str(), now));
        Ok(())
    }
}
