//! State of a room: its data and connections. Its operations are in the files beside this one, by subject.
//!
//! Every function of the machine is one synchronous step over the store. Output goes into the turn's
//! [`Outbound`](super::outbound::Outbound), and must not leave before the store has committed. After a
//! [`Fault`](crate::words::refusal::Fault) the owner has to drop this value, close the sockets with 1011, and start again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::connection::Connection;
use super::group::Group;
use super::held::HeldKey;
use super::notification::Participant;
use super::occupancy::Occupancy;
use super::outbound::Target;
use super::own_bot::OwnBot;
use super::pin::Pin;
use super::rate_allowance::{InMemoryLimiter, RateAllowance};
use super::receipt_schedule::ReceiptSchedule;
use super::reports::Reports;
use super::roster::Roster;
use super::slow::SlowMode;
use super::store::RoomStore;
use super::typists::Typing;
use crate::log::Log;
use crate::machines::presence::Card;
use crate::people::contacts::PrivacyRecord;
use crate::people::moderation::Standing;
use crate::words::event::Millis;
use crate::words::ids::{RoomForm, RoomId, is_scripted};
use crate::words::limits::{OperatorLimits, ROOM_SWEEP_MS, SEQ_MAX};
use crate::words::principal::UserKind;
use crate::words::rate::{Counter, Rule, Rules};
use crate::words::refusal::Fault;
use crate::words::socket::ConnKey;
use crate::words::spread::place_in;
use crate::words::status::OFFLINE;

#[derive(Clone, Debug)]
pub struct RoomSettings {
    pub rules: Rules,
    pub edit_window_ms: Millis,
    /// Time for which a message can be deleted for everybody.
    pub delete_window_ms: Millis,
    /// Accounts whose address is not proved may only read (`account.md` 3).
    pub requires_verified: bool,
    /// A session has a role of the deployment only if it began with two factors (`account.md` 12).
    pub requires_second_factor: bool,
}

impl Default for RoomSettings {
    fn default() -> Self {
        let OperatorLimits { edit_window_ms, delete_window_ms, .. } = OperatorLimits::DEFAULT;
        let rules = Rules::default();
        Self { rules, edit_window_ms, delete_window_ms, requires_verified: false, requires_second_factor: false }
    }
}

/// One connection, with its state in memory.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) state: Connection,
    pub(super) frames: Counter,
    pub(super) flood: Counter,
    pub(super) bad_frames: Counter,
    /// Its close was ordered; the event that it is closed has not come yet.
    pub(super) is_expelled: bool,
    /// Bytes written to the log when the client last reported its cursor.
    pub(super) bytes_at_cursor: u64,
}

#[derive(Debug)]
pub struct Room {
    pub(super) id: RoomId,
    pub(super) settings: RoomSettings,
    pub(super) flood_rule: Rule,
    /// Maintenance: nobody may write at the moment.
    pub(super) is_maintained: bool,
    /// Mutes, and rules of public rooms.
    pub(super) moderation: Rc<Standing>,
    pub(super) log: Log,
    pub(super) conns: BTreeMap<ConnKey, Live>,
    pub(super) next_key: ConnKey,
    pub(super) roster: Roster,
    pub(super) typing: Typing,
    pub(super) receipt_schedule: ReceiptSchedule,
    pub(super) rate_allowance: RateAllowance,
    pub(super) pages_asked: InMemoryLimiter,
    pub(super) typing_relayed: InMemoryLimiter,
    pub(super) shakes: BTreeMap<String, VecDeque<Millis>>,
    /// Records of people, present or not: their privacy settings and their part in a direct conversation; empty if nobody has any.
    pub(super) people: BTreeMap<String, PrivacyRecord>,
    pub(super) bytes_written: u64,
    pub(super) sweep_at: Option<Millis>,
    pub(super) group: Option<Group>,
    pub(super) own_bots: Vec<OwnBot>,
    /// Times since which people are absent whom a group's log shows as present.
    pub(super) absent: BTreeMap<String, Millis>,
    pub(super) reports: Reports,
    pub(super) occupancy: Occupancy,
    /// Messages that wait for a moderator, by their ids.
    pub(super) held: BTreeMap<String, HeldKey>,
    /// Files of held messages have changed in this turn, and their owners have to be notified.
    pub(super) has_held_files: bool,
    /// Held messages that gave their places to others in this turn: the user id of the writer, and the id.
    pub(super) displaced: Vec<(String, String)>,
    /// Number of held messages as people with a role know it; `None` where some of them may not know it.
    pub(super) waiting_shown: Option<usize>,
    pub(super) pin: Option<Pin>,
    pub(super) slow: SlowMode,
}

impl Room {
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    pub fn group(&self) -> Option<&Group> {
        self.group.as_ref()
    }

    /// Returns the position before which events were removed: trimmed, or all of them with their group.
    pub fn kept_from(&self) -> u64 {
        if self.is_erased() { SEQ_MAX } else { self.log.oldest() }
    }

    /// Returns `true` if this is a deleted group: its events are gone.
    pub(super) fn is_erased(&self) -> bool {
        self.group.as_ref().is_some_and(|group| group.record.is_deleted)
    }

    /// Loads the log again after its rows were removed: its positions begin anew.
    pub(super) fn reload_log(&mut self, store: &impl RoomStore) -> Result<(), Fault> {
        self.log = Log::load(store)?.ok_or_else(|| Fault("the emptied log does not exist".into()))?;
        Ok(())
    }

    pub fn sockets(&self) -> usize {
        self.conns.len()
    }

    /// Returns the state of the connection, to be stored with its socket.
    pub fn connection(&self, conn: ConnKey) -> Option<&Connection> {
        self.conns.get(&conn).map(|live| &live.state)
    }

    /// All sockets, as the end of a turn sees them.
    pub fn targets(&self) -> Vec<Target> {
        let target = |(conn, live): (&ConnKey, &Live)| Target {
            conn: *conn,
            wire: live.state.wire,
            is_live: !live.state.lagging,
        };
        self.conns.iter().map(target).collect()
    }

    /// Returns `true` if the person has a socket here that is not about to be closed.
    pub fn is_here(&self, user: &str) -> bool {
        self.conns.values().any(|live| live.state.principal.user.as_str() == user && !live.is_expelled)
    }

    /// Returns `true` if `user` has a socket here and does not appear offline. Blocks and settings do not count.
    pub(super) fn is_seen(&self, user: &str) -> bool {
        self.conns.values().any(|live| live.state.principal.user.as_str() == user && live.state.card.is_seen())
    }

    /// Returns `true` if more than `count` people are here, visible or not. It stops counting early in a large room.
    pub(super) fn has_more_people_than(&self, count: usize) -> bool {
        let mut users = BTreeSet::new();
        self.conns.values().any(|live| {
            users.insert(live.state.principal.user.as_str());
            users.len() > count
        })
    }

    pub(super) fn sockets_of(&self, user: &str) -> u32 {
        self.conns.values().filter(|live| live.state.principal.user.as_str() == user).count() as u32
    }

    pub fn card_of(&self, user: &str) -> Option<&Card> {
        let own = self.conns.values().filter(|live| live.state.principal.user.as_str() == user);
        own.map(|live| &live.state.card).max_by_key(|card| card.version)
    }

    /// Returns the other people of a direct room or group, present or not. Characters of a scene receive nothing.
    pub(super) fn other_people(&self, writer: &str) -> Vec<String> {
        let people: Vec<String> = match (self.id.form(), &self.group) {
            (RoomForm::Direct(a, b), _) => [a, b].into_iter().map(ToString::to_string).collect(),
            (RoomForm::Group, Some(group)) => group.people().map(|member| member.user.to_string()).collect(),
            _ => Vec::new(),
        };
        people.into_iter().filter(|user| user != writer && !is_scripted(user)).collect()
    }

    pub(super) fn is_direct(&self) -> bool {
        matches!(self.id.form(), RoomForm::Direct(..))
    }

    pub(super) fn conns_where(&self, is_meant: impl Fn(&Live) -> bool) -> Vec<ConnKey> {
        self.conns.iter().filter(|(_, live)| is_meant(live)).map(|(conn, _)| *conn).collect()
    }

    pub(super) fn conns_of(&self, user: &str) -> Vec<ConnKey> {
        self.conns_where(|live| live.state.principal.user.as_str() == user)
    }

    pub(super) fn user_of(&self, conn: ConnKey) -> String {
        self.conns.get(&conn).map(|live| live.state.principal.user.as_str().to_owned()).unwrap_or_default()
    }

    pub(super) fn add(&mut self, state: Connection, now: Millis) -> ConnKey {
        let conn = self.next_key;
        self.next_key += 1;
        let bad_frames = Counter::restored(&Rule::bad_frames(), &state.bad_frames);
        let live = Live {
            state,
            frames: Counter::default(),
            flood: Counter::default(),
            bad_frames,
            is_expelled: false,
            bytes_at_cursor: self.bytes_written,
        };
        self.conns.insert(conn, live);
        self.sweep_at.get_or_insert(next_sweep(self.id.as_str(), now));
        conn
    }

    pub(super) fn refresh_roster(&mut self, user: &str, now: Millis) {
        if self.is_direct() {
            return;
        }
        let own = self.conns.values().filter(|live| live.state.principal.user.as_str() == user);
        let newest = own.max_by_key(|live| live.state.card.version);
        let participant = newest.and_then(|live| participant_of(&live.state));
        self.roster.set(user, participant, now);
    }
}

/// The next time of a grid that only the room's id decides: a room that woke in between does not put its sweep off.
pub fn next_sweep(room: &str, now: Millis) -> Millis {
    let since_last = (now + ROOM_SWEEP_MS - place_in(ROOM_SWEEP_MS, room)) % ROOM_SWEEP_MS;
    now + ROOM_SWEEP_MS - since_last
}

pub(super) fn participant_of(state: &Connection) -> Option<Participant> {
    let status = state.card.status.seen();
    let is_seen = status != OFFLINE;
    is_seen.then(|| Participant {
        user: state.principal.user.as_str().to_owned(),
        name: state.card.name.clone(),
        avatar: state.card.avatar.clone(),
        status,
        is_guest: state.principal.kind == UserKind::Guest,
    })
}
