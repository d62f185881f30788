//! Everything there is in the box, and when something happens next. What happens then is in the files beside this one.

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

/// When the simulated world begins.
pub(super) const BEGIN: Millis = 1_700_000_000_000;
/// Something that happens later.
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

/// An event that was committed, ready to be compared with what is shown.
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

    /// Returns `true` when `user` was there when it was committed, or nobody has to be.
    pub fn is_readable_by(&self, user: &str) -> bool {
        self.readers.as_ref().is_none_or(|readers| readers.contains(user))
    }

    /// Returns `true` when the row shows this event.
    fn is(&self, row: &Row) -> bool {
        let is_same_writer = self.event.actor.as_deref() == Some(row.sender.as_str());
        let is_changed = row.is_deleted || row.edited_at.is_some();
        is_same_writer && self.event.id == row.id && (is_changed || self.kind == row.kind)
    }
}

/// Prints what happens, when asked to.
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

/// Role of each person, as the log tells it.
pub(super) type Roles = BTreeMap<String, Role>;

/// Everything there is.
#[derive(Debug)]
pub(super) struct World {
    pub now: Millis,
    pub dice: Dice,
    pub net: Net,
    pub object: Object,
    pub devices: Vec<Device>,
    /// Somebody speaks packets here.
    pub library: Option<Library>,
    pub known_privacy: KnownPrivacy,
    /// Privacy settings that the room has committed.
    pub committed_privacy: CommittedPrivacy,
    /// Somebody goes for good.
    pub leaver: Option<Leaver>,
    /// Somebody plays a persona, in rooms that are not for everybody.
    pub player: Option<Player>,
    /// Extras that people sent beside the words of their messages.
    pub besides: ExtrasById,
    /// Roles in a group, as its log tells, or as they were given in one that everybody may read.
    pub roles: Roles,
    /// People whom a group that everybody may read has sent away.
    pub barred: BTreeSet<String>,
    /// The room is a group that everybody may read.
    pub is_public_group: bool,
    /// Every event that was ever committed, by place; of this log and of the one before it was made anew.
    pub archive: Vec<ArchivedEvent>,
    pub earlier_archive: Vec<ArchivedEvent>,
    /// The turn answers one thing only, so who is here after it was here in it.
    pub is_single_turn: bool,
    pub counters: RunCounters,
    pub trace: Trace,
    pub(super) heap: BinaryHeap<Reverse<(Millis, u64, ScheduledEvent)>>,
    pub(super) pushed: u64,
    pub(super) storm_until: Millis,
    pub(super) wipe_at: Option<Millis>,
    /// When the group ends, if it does.
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

    /// Returns `true` when this row is what the log has, or had, in this place.
    pub fn is_stored(&self, seq: u64, row: &Row) -> bool {
        let at = usize::try_from(seq).unwrap_or(usize::MAX).wrapping_sub(1);
        [&self.archive, &self.earlier_archive].iter().filter_map(|archive| archive.get(at)).any(|stored| stored.is(row))
    }

    /// Returns `true` when this person may read what was committed in this place.
    pub fn is_readable(&self, seq: u64, user: &str) -> bool {
        let at = usize::try_from(seq).unwrap_or(usize::MAX).wrapping_sub(1);
        self.archive.get(at).is_none_or(|stored| stored.is_readable_by(user))
    }
}
