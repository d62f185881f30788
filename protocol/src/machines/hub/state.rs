//! State of a hub room: its data, connections and removals. Its operations are in the files beside this one.

use std::collections::{BTreeMap, VecDeque};

use super::connection::{HubConnection, HubWire};
use super::log::{HubLog, HubRetention};
use super::outbound::HubOut;
use super::own_limits::HubLimits;
use super::page::PresenceEntry;
use super::rate_allowance::HubRateAllowance;
use super::words::{HubNotification, Movement};
use crate::machines::webhook::{HookRow, Receivers};
use crate::words::event::Millis;
use crate::words::limits::LOG_SOCKETS_MAX;
use crate::words::rate::{Counter, Rule};
use crate::words::refusal::Refusal;
use crate::words::socket::ConnKey;
use crate::words::status::OFFLINE;

#[derive(Clone, Debug, Default)]
pub struct HubSettings {
    /// Messages per (writer, room).
    pub rule: Rule,
    /// Frames of a socket that are no messages.
    pub frame: Rule,
    /// Status changes of a socket.
    pub status: Rule,
    pub retention: HubRetention,
    /// Receivers of the deployment's configuration, beside those of the room.
    pub fixed_hooks: Vec<HookRow>,
    /// Limits that this room has for itself.
    pub limits: HubLimits,
}

/// One connection, with its state in memory.
#[derive(Debug)]
pub(super) struct HubLive {
    pub(super) state: HubConnection,
    /// Frames that could not be used.
    pub(super) bad_frames: Counter,
    /// Counters of frames that are no messages: valid ones …
    pub(super) frames: Counter,
    /// … and all of them.
    pub(super) flood: Counter,
    /// Changes of how it shows.
    pub(super) shown: Counter,
    /// [`HubConnection::last_frame_at`] as the attachment has it.
    pub(super) stored_frame_at: Millis,
    /// The socket is about to be closed; its close event has not arrived yet.
    pub(super) is_expelled: bool,
    /// Messages that the socket wrote itself while it is behind, all of them: see [`HubConnection::own`].
    pub(super) own: Vec<u64>,
    /// Bytes of the archive that it was sent since it last reported its place.
    pub(super) archived_bytes: u64,
}

#[derive(Debug)]
pub struct Hub {
    pub(super) room: String,
    pub(super) settings: HubSettings,
    /// Rule for messages in this room: its own, or that of the deployment.
    pub(super) rule: Rule,
    /// Retention limits in this room, likewise.
    pub(super) retention: HubRetention,
    pub(super) log: HubLog,
    pub(super) conns: BTreeMap<ConnKey, HubLive>,
    /// Connections with a [`HubConnection::sent_to`] that may receive more; the one that has waited longest is first.
    pub(super) behind: VecDeque<ConnKey>,
    /// Connections that wait for messages of the archive; the one that has waited longest is first.
    pub(super) wanting: VecDeque<ConnKey>,
    /// Missed messages come from the archive too.
    pub(super) replays_archive: bool,
    /// Time when what they were sent has been paid for, at [`crate::words::limits::HUB_PAST_BYTES_PER_S`].
    pub(super) past_paid_at: Millis,
    pub(super) flood_rule: Rule,
    /// Maintenance: nobody may write (`messagehub.md` 8).
    pub(super) is_maintained: bool,
    pub(super) next_key: ConnKey,
    pub(super) rate_allowance: HubRateAllowance,
    pub receivers: Receivers,
}

impl Hub {
    pub fn room(&self) -> &str {
        &self.room
    }

    pub fn log(&self) -> &HubLog {
        &self.log
    }

    pub fn retention(&self) -> &HubRetention {
        &self.retention
    }

    pub fn limits(&self) -> &HubLimits {
        &self.settings.limits
    }

    /// Changes the limits that the room has for itself. What was written before counts in them too.
    pub fn set_limits(&mut self, limits: HubLimits) {
        self.settings.limits = limits;
        self.rule = limits.rule(&self.settings.rule);
        self.retention = limits.retention(&self.settings.retention);
        // The counters are those of another rule: they are read from the log again.
        self.rate_allowance = HubRateAllowance::default();
    }

    /// Returns the state of the connection, to be stored with its socket.
    pub fn connection(&self, conn: ConnKey) -> Option<&HubConnection> {
        self.conns.get(&conn).map(|live| &live.state)
    }

    /// All sockets with their wire, and whether they are live.
    pub fn targets(&self) -> impl Iterator<Item = (ConnKey, HubWire, bool)> + '_ {
        self.conns.iter().map(|(conn, live)| {
            let is_live = !live.state.lagging && live.state.sent_to.is_none() && !live.is_expelled;
            (*conn, live.state.wire, is_live)
        })
    }

    /// Open sockets.
    pub fn count(&self) -> usize {
        self.conns.values().filter(|live| !live.is_expelled).count()
    }

    /// Checks that one more socket fits (`core.md` 5).
    pub fn has_place(&self) -> Result<(), Refusal> {
        self.has_place_beside(0)
    }

    /// Checks that one more reader fits, besides this number of streams.
    pub fn has_place_beside(&self, streams: usize) -> Result<(), Refusal> {
        if self.conns.len() + streams < LOG_SOCKETS_MAX { Ok(()) } else { Err(Refusal::TooManySockets) }
    }

    /// Returns the people who are here. All anonymous ones are one entry.
    pub fn presence(&self) -> Vec<PresenceEntry> {
        let mut entries: BTreeMap<Option<&str>, PresenceEntry> = BTreeMap::new();
        for HubLive { state, is_expelled, .. } in self.conns.values() {
            if *is_expelled {
                continue;
            }
            let entry = entries.entry(state.principal.as_deref()).or_insert_with(|| PresenceEntry {
                id: state.principal.clone(),
                sockets: 0,
                status: OFFLINE.to_owned(),
                since: state.joined_at,
            });
            entry.sockets += 1;
            entry.since = entry.since.min(state.joined_at);
            // Of several sockets the newest visible one counts.
            if state.status.seen() != OFFLINE {
                entry.status = state.status.seen().to_owned();
            }
        }
        entries.into_values().collect()
    }

    /// Switches maintenance on or off: while it is on, the deployment takes no writes.
    pub fn set_maintained(&mut self, is_maintained: bool) {
        self.is_maintained = is_maintained;
    }

    /// Handles a socket that has closed, on either side.
    pub fn leave(&mut self, conn: ConnKey, out: &mut HubOut) {
        let Some(live) = self.conns.remove(&conn) else {
            return;
        };
        if !live.is_expelled {
            self.notify_left(conn, &live.state, out);
        }
    }

    /// Closes a socket. It leaves the room at once; its close event arrives later.
    pub(super) fn expel(&mut self, conn: ConnKey, code: u16, reason: &str, out: &mut HubOut) {
        let Some(live) = self.conns.get_mut(&conn).filter(|live| !live.is_expelled) else {
            return;
        };
        live.is_expelled = true;
        let state = live.state.clone();
        out.close(conn, code, reason);
        self.notify_left(conn, &state, out);
    }

    fn notify_left(&self, conn: ConnKey, state: &HubConnection, out: &mut HubOut) {
        let (connection, principal) = (state.id.clone(), state.principal.clone());
        out.others(
            conn,
            HubNotification::Moved { movement: Movement::Leave, connection, principal, count: self.count() },
        );
    }
}
