//! State of the simulation, and its schedule. The other files handle the events.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use protocol::client::{Dice, Row, RowKind};
use protocol::machines::room::Role;
use protocol::words::event::{Event, Millis};

use super::broken::Broken;
use super::committed_privacy::CommittedPrivacy;
use super::counters::RunCounters;
use super::device::Device;
use super::known_privacy::KnownPrivacy;
use super::leaver::Leaver;
use super::library::Library;
use super::message_extras::ExtrasById;
use super::net::{End, Net, Packet, SocketId};
use super::object::Object;
use super::player::Player;

/// Start of the simulated time.
pub(super) const BEGIN: Millis = 1_700_000_000_000;
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ScheduledEvent {
    Packet { socket: SocketId, to: End },
    Turn,
    Timer,
    Alarm,
    Outbox,
    PrivacyChange { number: usize },
    Leave,
    Rejoin { device: usize },
    Wake { device: usize, arm: u64 },
    Rouse { device: usize },
    Network { device: usize },
    Act { device: usize },
    GiveUp { device: usize },
    Chaos,
    Library,
}

/// Committed event, for comparison with shown rows.
#[derive(Debug)]
pub(super) struct ArchivedEvent {
    pub event: Event,
    kind: RowKind,
    /// People who may read it, in a group.
    readers: Option<BTreeSet<String>>,
}

impl ArchivedEvent {
    pub fn new(event: Event, readers: Option<BTreeSet<String>>) -> Self {
        let kind = RowKind::of_body(event.kind, &event.body);
        Self { event, kind, readers }
    }

    /// Returns `true` if `user` was a member at the commit, or the room has no members.
    pub fn is_readable_by(&self, user: &str) -> bool {
        self.readers.as_ref().is_none_or(|readers| readers.contains(user))
    }

    /// Returns `true` if the row shows this event.
    fn is(&self, row: &Row) -> bool {
        let is_same_writer = self.event.actor.as_deref() == Some(row.sender.as_str());
        let is_changed = row.is_deleted || row.edited_at.is_some();
        is_same_writer && self.event.id == row.id && (is_changed || self.kind == row.kind)
    }
}

/// Prints events, on request.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) is_on: bool,
}

impl Trace {
    pub fn say(&self, now: Millis, line: impl FnOnce() -> String) {
        if self.is_on {
            println!("{:>9} {}", now - BEGIN, line());
        }
    }
}

/// Role of each person, by the log.
pub(super) type Roles = BTreeMap<String, Role>;

#[derive(Debug)]
pub(super) struct World {
    pub now: Millis,
    pub dice: Dice,
    pub net: Net,
    pub object: Object,
    pub devices: Vec<Device>,
    /// Client of the packet door, if the run has one.
    pub library: Option<Library>,
    pub known_privacy: KnownPrivacy,
    /// Privacy settings that the room knows.
    pub committed_privacy: CommittedPrivacy,
    /// Person whose account is being deleted, if the run has one.
    pub leaver: Option<Leaver>,
    /// Player of the persona, in rooms that are not public.
    pub player: Option<Player>,
    pub besides: ExtrasById,
    /// Roles in a group, as its log tells, or as they were given in one that everybody may read.
    pub roles: Roles,
    /// People whom a group that everybody may read has sent away.
    pub barred: BTreeSet<String>,
    /// The room is a group that everybody may read.
    pub is_public_group: bool,
    /// All events that were ever committed, by position; of this log and of lost ones.
    pub archive: Vec<ArchivedEvent>,
    pub earlier_archive: Vec<ArchivedEvent>,
    /// The turn answers a single input, so the people who are present after it were present during it.
    pub is_single_turn: bool,
    pub counters: RunCounters,
    pub trace: Trace,
    pub(super) heap: BinaryHeap<Reverse<(Millis, u64, ScheduledEvent)>>,
    pub(super) pushed: u64,
    pub(super) storm_until: Millis,
    pub(super) wipe_at: Option<Millis>,
    /// Time at which the group ends, if it does.
    pub(super) end_at: Option<Millis>,
}

impl World {
    pub fn is_stormy(&self) -> bool {
        self.now < self.storm_until
    }

    pub fn broken(&self, promise: impl Into<String>) -> Broken {
        Broken { at: self.now - BEGIN, promise: promise.into() }
    }

    pub fn after(&mut self, at: Millis, due: ScheduledEvent) {
        self.pushed += 1;
        self.heap.push(Reverse((at, self.pushed, due)));
    }

    pub fn send(&mut self, socket: SocketId, to: End, packet: Packet) {
        if let Some(at) = self.net.send(self.now, &mut self.dice, socket, to, packet) {
            self.after(at, ScheduledEvent::Packet { socket, to });
        }
    }

    pub fn cut(&mut self, socket: SocketId) {
        self.counters.cuts += 1;
        for (to, at) in self.net.cut(self.now, &mut self.dice, socket) {
            if let Some(at) = at {
                self.after(at, ScheduledEvent::Packet { socket, to });
            }
        }
    }

    /// Returns `true` if the row shows the present or a lost event at this position.
    pub fn is_stored(&self, seq: u64, row: &Row) -> bool {
        let at = usize::try_from(seq).unwrap_or(usize::MAX).wrapping_sub(1);
        [&self.archive, &self.earlier_archive].iter().filter_map(|archive| archive.get(at)).any(|stored| stored.is(row))
    }

    /// Returns `true` if this person may read the event at this position.
    pub fn is_readable(&self, seq: u64, user: &str) -> bool {
        let at = usize::try_from(seq).unwrap_or(usize::MAX).wrapping_sub(1);
        self.archive.get(at).is_none_or(|stored| stored.is_readable_by(user))
    }
}
