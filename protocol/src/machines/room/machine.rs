//! The room machine itself: what it holds, who is connected, and the time. What it does is in the files beside this one.
//!
//! Every function is one synchronous step over the store. What it has to say goes into the turn's [`Outbound`] and must not
//! leave before the store has committed. A [`Fault`] means: forget this value, close the sockets with 1011, start again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::allowance::{Allowance, Passing};
use super::connection::{Connection, Wire};
use super::demo::Slow;
use super::group::{DIRECTORY, Group};
use super::notice::Participant;
use super::outbound::{Outbound, Target};
use super::packets::Company;
use super::pin::{Pin, PinStore};
use super::receipts::Tellings;
use super::reports::Reports;
use super::roster::Roster;
use super::store::RoomStore;
use super::typing::Typing;
use crate::log::{Cursor, Log, Retention, RetentionStore};
use crate::machines::presence::Card;
use crate::people::contacts::Known;
use crate::words::closing::CloseCode;
use crate::words::event::{Event, Kind, Millis};
use crate::words::ids::{RoomForm, RoomId};
use crate::words::limits::{OperatorLimits, ROOM_SILENCE_MS_MAX, ROOM_SWEEP_MS, SEQ_MAX};
use crate::words::principal::{Principal, UserKind};
use crate::words::rate::{Counter, Rule, Rules};
use crate::words::refusal::Fault;
use crate::words::socket::ConnKey;
use crate::words::status::OFFLINE;

/// Settings that an operator may change.
#[derive(Clone, Debug)]
pub struct RoomSettings {
    /// Rate limits.
    pub rules: Rules,
    /// Time for which a message can be edited.
    pub edit_window_ms: Millis,
    /// Time for which a message can be deleted for everybody.
    pub delete_window_ms: Millis,
}

impl Default for RoomSettings {
    fn default() -> Self {
        let OperatorLimits { edit_window_ms, delete_window_ms, .. } = OperatorLimits::DEFAULT;
        Self { rules: Rules::default(), edit_window_ms, delete_window_ms }
    }
}

/// Names of limits that may have to be written down.
const HISTORY: &str = "history";
const TYPING: &str = "typing";

/// Event that somebody wants to write, already checked for form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The writer's id for it.
    pub id: String,
    /// Kind of the event.
    pub kind: Kind,
    /// Its members as JSON object text.
    pub body: String,
}

/// Somebody who wants to join.
#[derive(Clone, Debug)]
pub struct Join {
    /// Random id for the connection.
    pub id: String,
    /// Principal of the joiner.
    pub principal: Principal,
    /// Card of the joiner.
    pub card: Card,
    /// Subprotocol.
    pub wire: Wire,
    /// Device of theirs, if the client says: of one device only the newest socket stays.
    pub device: Option<String>,
    /// Place where they stand, if they were here before.
    pub cursor: Option<Cursor>,
}

/// Result of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The event.
    pub event: Rc<Event>,
    /// It was there before.
    pub duplicate: bool,
}

/// One connection with what memory knows of it.
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

/// A room. See the module's description.
#[derive(Debug)]
pub struct Room {
    pub(super) id: RoomId,
    pub(super) settings: RoomSettings,
    pub(super) flood_rule: Rule,
    /// Nobody writes at the moment.
    pub(super) is_maintained: bool,
    pub(super) log: Log,
    pub(super) conns: BTreeMap<ConnKey, Live>,
    pub(super) next_key: ConnKey,
    pub(super) roster: Roster,
    pub(super) typing: Typing,
    pub(super) tellings: Tellings,
    pub(super) allowance: Allowance,
    /// Pages that people asked for.
    pub(super) pages_asked: Passing,
    /// Typing that was relayed.
    pub(super) typing_relayed: Passing,
    pub(super) shakes: BTreeMap<String, VecDeque<Millis>>,
    /// Records of people, here or not: their privacy settings and their part in a direct conversation; empty where nobody has any.
    pub(super) people: BTreeMap<String, Known>,
    pub(super) bytes_written: u64,
    pub(super) sweep_at: Option<Millis>,
    /// The group that this room is.
    pub(super) group: Option<Group>,
    /// Times since when people whom a group's log shows are not here.
    pub(super) absent: BTreeMap<String, Millis>,
    pub(super) reports: Reports,
    pub(super) company: Company,
    /// Pinned message.
    pub(super) pin: Option<Pin>,
    /// Slow mode of a demo room.
    pub(super) slow: Slow,
}

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
            store.news_add(DIRECTORY, 1, 0)?;
        }
        let group = if *id.form() == RoomForm::Group { store.group()? } else { None };
        let pages_asked = Passing::restored(&settings.rules.history, HISTORY, store)?;
        let typing_relayed = Passing::restored(&settings.rules.typing, TYPING, store)?;
        let flood_rule = settings.rules.frame.flood();
        let pin = store.pin()?;
        Ok(Self {
            id,
            settings,
            flood_rule,
            is_maintained: false,
            log,
            conns: BTreeMap::new(),
            next_key: 1,
            roster: Roster::default(),
            typing: Typing::default(),
            tellings: Tellings::default(),
            allowance: Allowance::default(),
            pages_asked,
            typing_relayed,
            shakes: BTreeMap::new(),
            people,
            bytes_written: 0,
            sweep_at: None,
            group,
            absent: BTreeMap::new(),
            reports: Reports::default(),
            company: Company::default(),
            pin,
            slow: Slow::default(),
        })
    }

    /// The room's id.
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    /// The room's log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Events before this place are gone for good: trimmed, or all of them with their group.
    pub fn kept_from(&self) -> u64 {
        let is_erased = self.group.as_ref().is_some_and(|group| group.record.is_deleted);
        if is_erased { SEQ_MAX } else { self.log.oldest() }
    }

    /// Returns the number of sockets here.
    pub fn sockets(&self) -> usize {
        self.conns.len()
    }

    /// Returns the state of the connection, to be kept with its socket.
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

    /// Returns `true` if somebody has a socket here that was not sent away.
    pub fn is_here(&self, user: &str) -> bool {
        self.conns.values().any(|live| live.state.principal.user.as_str() == user && !live.is_expelled)
    }

    /// Returns `true` if more than `count` people are here, whoever may know of them. In a crowd few of them are looked at.
    pub(super) fn has_more_people_than(&self, count: usize) -> bool {
        let mut users = BTreeSet::new();
        self.conns.values().any(|live| {
            users.insert(live.state.principal.user.as_str());
            users.len() > count
        })
    }

    /// Returns the people who are here, as `viewer` sees them.
    pub fn people_seen_by(&self, viewer: &str) -> Vec<Participant> {
        self.list_for(viewer).iter().map(|row| row.participant().clone()).collect()
    }

    /// Returns the card of `user`, if they are here.
    pub fn card_of(&self, user: &str) -> Option<&Card> {
        let own = self.conns.values().filter(|live| live.state.principal.user.as_str() == user);
        own.map(|live| &live.state.card).max_by_key(|card| card.version)
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
        self.reports.restore(&user, &state.principal.session, state.is_reported, now);
        self.add(state, now)
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

    pub(super) fn refresh_roster(&mut self, user: &str, now: Millis) {
        if self.is_direct() {
            return;
        }
        let own = self.conns.values().filter(|live| live.state.principal.user.as_str() == user);
        let newest = own.max_by_key(|live| live.state.card.version);
        let participant = newest.and_then(|live| participant_of(&live.state));
        self.roster.set(user, participant, now);
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
            self.take_pin_down(store, now, "", out)?;
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
        [self.typing.due_at(), self.roster.due_at(), self.absence_at(), self.tellings.due_at(), portion_at]
            .into_iter()
            .chain(limits)
            .flatten()
            .min()
    }

    /// Carries out what is due.
    pub fn tick(&mut self, store: &mut impl RoomStore, now: Millis, out: &mut Outbound) -> Result<(), Fault> {
        self.pages_asked.write_down(HISTORY, store, now)?;
        self.typing_relayed.write_down(TYPING, store, now)?;
        self.tell_absences(store, now, out)?;
        self.tell_receipts(now, out);
        for (user, name) in self.typing.expire(now) {
            self.tell_typing_ended(user, name, None, out);
        }
        self.tell_typing_owed(now, out);
        self.tell_company(now, out);
        self.replay_more(store, out)
    }

    /// Returns when [`Room::sweep`] is due: for the object's alarm.
    pub fn sweep_at(&self) -> Option<Millis> {
        self.sweep_at
    }

    /// Gives up sockets that have been silent for too long. `heard` tells when the runtime last heard a heartbeat. May be
    /// called at any time: the alarm that wakes a room finds nothing in its memory that says what it rang for.
    pub fn sweep(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        heard: impl Fn(ConnKey) -> Option<Millis>,
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        let is_silent = |conn: ConnKey, live: &Live| {
            let last_heard = heard(conn).unwrap_or(0).max(live.state.heard_at).max(live.state.joined_at);
            last_heard + ROOM_SILENCE_MS_MAX <= now
        };
        let silent: Vec<ConnKey> =
            self.conns.iter().filter(|(conn, live)| is_silent(**conn, live)).map(|(conn, _)| *conn).collect();
        for conn in silent {
            out.close(conn, CloseCode::Silent.code(), "heartbeat timeout");
            self.lose(store, now, conn, out)?;
        }
        self.find_absent(now);
        self.tell_absences(store, now, out)?;
        self.sweep_at = (!self.conns.is_empty() || self.shows_anybody()).then(|| next_sweep(self.id.as_str(), now));
        Ok(())
    }
}

/// The next time of a grid that only the room's id decides: a room that woke in between does not put its sweep off.
pub fn next_sweep(room: &str, now: Millis) -> Millis {
    let phase = room.bytes().fold(0, |sum: Millis, byte| (sum * 31 + Millis::from(byte)) % ROOM_SWEEP_MS);
    let since_last = (now + ROOM_SWEEP_MS - phase) % ROOM_SWEEP_MS;
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
