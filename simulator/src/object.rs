//! State of the object, awake or not: its storage, its memory, and the notifications to people outside. `server` runs its turns.

use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::log::Retention;
use protocol::machines::room::Room;
use protocol::words::event::Millis;
use protocol::words::ids::RoomId;
use protocol::words::socket::ConnKey;

use super::disk::{Disk, Mutant};
use super::net::SocketId;
use super::waiting::{SeenPlaces, WaitingEntries};

/// Moment of a turn at which the object dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    BeforeCommit,
    BeforeSend,
    AfterSend,
}

/// Arrival on a socket.
#[derive(Clone, Debug)]
pub(super) enum SocketArrival {
    Text(Rc<str>),
    Bytes(Rc<[u8]>),
    /// The socket is closed; `true` = without a close frame.
    Gone(bool),
}

/// Socket as the runtime keeps it while the object sleeps.
#[derive(Debug, Default)]
pub(super) struct Attached {
    pub attachment: String,
    pub last_frame_at: Option<Millis>,
}

/// Object, awake or not.
#[derive(Debug)]
pub(super) struct Object {
    pub id: RoomId,
    pub disk: Disk,
    pub room: Option<Room>,
    pub sockets: BTreeMap<SocketId, Attached>,
    pub(super) keys: BTreeMap<ConnKey, SocketId>,
    pub(super) arrivals: Vec<(SocketId, SocketArrival)>,
    pub(super) is_turn_due: bool,
    pub(super) timer: Option<Millis>,
    /// Alarm as memory knows it, and the alarm itself, which outlives the memory.
    pub(super) known_alarm: Option<Millis>,
    pub alarm: Option<Millis>,
    pub crash: Option<Crash>,
    pub retention: Option<Retention>,
    pub mutant: Mutant,
    pub epochs: u32,
    /// Events that absent people were notified of, and those that they must be notified of: user and `seq`.
    pub inbox: BTreeMap<String, Vec<u64>>,
    pub owed_inbox: Vec<(String, u64)>,
    /// Waiting entries, and those that must wait: they were written while the person was absent on all devices.
    pub waiting: WaitingEntries,
    pub owed_entries: Vec<(String, u64)>,
    pub seen: SeenPlaces,
    /// Time of the next look at the outbox.
    pub(super) outbox_at: Option<Millis>,
    /// Knowledge of people's objects: `true` if the person is in the group.
    pub notified: BTreeMap<String, bool>,
}

impl Object {
    pub fn new(id: RoomId, mutant: Mutant) -> Self {
        Self {
            id,
            disk: Disk::new(mutant),
            room: None,
            sockets: BTreeMap::new(),
            keys: BTreeMap::new(),
            arrivals: Vec::new(),
            is_turn_due: false,
            timer: None,
            known_alarm: None,
            alarm: None,
            crash: None,
            retention: None,
            mutant,
            epochs: 0,
            inbox: BTreeMap::new(),
            owed_inbox: Vec::new(),
            waiting: WaitingEntries::new(),
            owed_entries: Vec::new(),
            seen: SeenPlaces::default(),
            outbox_at: None,
            notified: BTreeMap::new(),
        }
    }

    pub(super) fn key_of(&self, socket: SocketId) -> Option<ConnKey> {
        self.keys.iter().find(|(_, known)| **known == socket).map(|(key, _)| *key)
    }

    /// Returns `true` if the platform would let the object sleep: nothing that only memory knows is pending.
    pub(super) fn may_sleep(&self) -> bool {
        self.arrivals.is_empty() && self.room.as_ref().is_some_and(|room| room.timer_at().is_none())
    }

    pub(super) fn forget_memory(&mut self) {
        self.room = None;
        self.keys.clear();
        self.timer = None;
        self.known_alarm = None;
    }
}
