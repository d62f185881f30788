//! A hub room over time: opening, restoring sockets after a sleep, closing expired ones, and trimming old messages.

use std::collections::{BTreeMap, VecDeque};

use super::connection::{HubConnection, HubWire};
use super::item::Item;
use super::log::HubLog;
use super::outbound::HubOut;
use super::rate_allowance::{Hint, HubRateAllowance};
use super::state::{Hub, HubLive, HubSettings};
use super::store::HubStore;
use crate::machines::room::next_sweep;
use crate::machines::webhook::{HookStore, Receivers};
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::limits::{HUB_ROOM_IDLE_MS, ROOM_SILENCE_MS_MAX};
use crate::words::rate::{Counter, Rule};
use crate::words::refusal::Fault;
use crate::words::socket::ConnKey;

impl Hub {
    /// Opens a room, whose log begins with `fresh_epoch` if it does not exist yet.
    pub fn open(
        room: String,
        settings: HubSettings,
        store: &mut impl HubStore,
        now: Millis,
        fresh_epoch: u32,
    ) -> Result<Self, Fault> {
        let log = HubLog::open(store, now, fresh_epoch)?;
        let flood_rule = settings.frame.flood();
        let (rule, retention) = (settings.limits.rule(&settings.rule), settings.limits.retention(&settings.retention));
        let receivers = Receivers::open(settings.fixed_hooks.clone(), store.hook_store_mut(), now)?;
        Ok(Self {
            room,
            settings,
            rule,
            retention,
            log,
            conns: BTreeMap::new(),
            behind: VecDeque::new(),
            wanting: VecDeque::new(),
            replays_archive: false,
            past_paid_at: 0,
            flood_rule,
            is_maintained: false,
            next_key: 1,
            rate_allowance: HubRateAllowance::default(),
            receivers,
        })
    }

    /// Returns what `payer` may still write; `None` without a limit.
    pub fn hint(&mut self, store: &impl HubStore, payer: &str, now: Millis) -> Result<Option<Hint>, Fault> {
        self.rate_allowance.hint(store, &self.rule, payer, now)
    }

    /// Takes back a connection that outlived the room's sleep.
    pub fn restore(&mut self, mut state: HubConnection) -> ConnKey {
        let conn = self.next_key;
        self.next_key += 1;
        if state.lagging && state.sent_to.is_none() {
            state.sent_to = state.cursor;
        }
        // An earlier version did not keep it: as if everything were read.
        state.read_bytes = state.read_bytes.or(Some(self.log.meta().bytes_end));
        if state.sent_to.is_some() {
            self.behind.push_back(conn);
        }
        let (own, stored_frame_at) = (state.own.clone(), state.last_frame_at);
        let bad_frames = Counter::restored(&Rule::bad_frames(), &state.bad_frames);
        let (frames, flood, shown) = Default::default();
        let (is_expelled, archived_bytes) = (false, 0);
        let live =
            HubLive { state, bad_frames, frames, flood, shown, stored_frame_at, is_expelled, own, archived_bytes };
        self.conns.insert(conn, live);
        conn
    }

    /// Returns when [`Hub::sweep`] is due: for the object's alarm.
    pub fn sweep_at(&self, now: Millis) -> Option<Millis> {
        let here = || self.conns.values().filter(|live| !live.is_expelled);
        let expiry = here().filter_map(|live| live.state.expires_at).min();
        let has_enveloped = here().any(|live| live.state.wire != HubWire::Raw);
        [expiry, has_enveloped.then(|| next_sweep(&self.room, now))].into_iter().flatten().min()
    }

    /// Closes sockets whose token has expired, and enveloped ones that were silent for too long; raw ones send no heartbeat. `heartbeat_at`
    /// returns the time of the runtime's last heartbeat.
    pub fn sweep(&mut self, now: Millis, heartbeat_at: impl Fn(ConnKey) -> Option<Millis>, out: &mut HubOut) {
        let end = |conn: ConnKey, state: &HubConnection| {
            if state.expires_at.is_some_and(|at| at <= now) {
                return Some((CloseCode::Unauthenticated.code(), "token expired"));
            }
            let alive_at = heartbeat_at(conn).unwrap_or(0).max(state.last_frame_at).max(state.joined_at);
            let is_silent = state.wire != HubWire::Raw && alive_at + ROOM_SILENCE_MS_MAX <= now;
            is_silent.then_some((CloseCode::Silent.code(), "heartbeat timeout"))
        };
        let ending = self.conns.iter().filter_map(|(conn, live)| Some((*conn, end(*conn, &live.state)?)));
        for (conn, (code, reason)) in ending.collect::<Vec<_>>() {
            self.expel(conn, code, reason, out);
        }
    }

    /// Returns a portion of the messages that may be removed now. Messages that wait for a receiver, or come after `audited`, stay.
    pub fn going(&self, store: &impl HubStore, now: Millis, audited: u64) -> Result<Vec<Item>, Fault> {
        let held = store.hook_store().outbox_oldest()?.unwrap_or(u64::MAX).min(audited + 1);
        self.log.going(store, now, &self.retention, Some(held))
    }

    /// Lets them go.
    pub fn trim(&mut self, store: &mut impl HubStore, now: Millis, going: &[Item]) -> Result<(), Fault> {
        self.log.trim(store, now, &self.retention, going)
    }

    /// Returns the time at which the room may be removed altogether: it has no sockets, receivers or messages.
    pub fn forgotten_at(&self) -> Option<Millis> {
        let meta = self.log.meta();
        let is_empty = self.conns.is_empty() && self.receivers.waiting() == 0 && meta.oldest > meta.head;
        let has_own_hooks = self.receivers.own().next().is_some();
        (is_empty && !has_own_hooks).then_some(meta.ts + HUB_ROOM_IDLE_MS)
    }
}
