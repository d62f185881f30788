//! The object of a person, as all of its subjects use it: fields, memory, tables, steps, frames to devices, and the alarm.
//!
//! This file stands below the subjects and knows none of them. [`Subjects`] brings what it needs of them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use protocol::machines::presence::{Device, DeviceKey, Person, PresenceViews, Record};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::UserKind;
use protocol::words::rate::{Counter, Rule};
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::time::DAY_MS;
use protocol::words::{bot_cast, personas};
use serde::{Deserialize, Serialize};
use worker::Env;

use super::tables::PersonSql;
use crate::config::Config;
use crate::kit::alarm::ClockWatch;
use crate::kit::directory::BacklogReport;
use crate::kit::jobs::Jobs;
use crate::kit::namespace::Namespace;
use crate::kit::refusals::Refusals;
use crate::kit::sealed::Db;
use crate::kit::shell::{Base, in_one_step};
use crate::kit::sql;
use crate::kit::sql::has_tables;
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Timer};

/// The object's memory: a cache of what is in the tables and in the sockets' attachments.
pub struct PersonObject {
    pub base: Base<PersonMemory>,
    pub env: Env,
    pub config: &'static Config,
    pub subjects: Subjects,
    /// Collects changes of half a second before listeners are notified.
    pub notify_timer: Timer,
    /// Forgets the devices to which a send failed.
    pub parting: Timer,
    pub runs: Runs,
    pub backlog: BacklogReport,
    /// Counts of refusals by limits.
    pub refusals: Refusals,
    pub clock: ClockWatch,
    pub jobs: Rc<Jobs>,
}

/// Functions that the object needs of its subjects, which stand above it.
pub struct Subjects {
    /// Returns the earliest time at which work of the person is due.
    pub due_at: fn(&PersonObject) -> Result<Option<Millis>, Fault>,
    /// Returns that time for the data that outlives a forgotten person.
    pub rest_due_at: fn(&PersonObject) -> Result<Option<Millis>, Fault>,
}

/// Work that is under way. A sleep of the object forgets it.
#[derive(Default)]
pub struct Runs {
    /// Devices to which a send failed.
    pub failed_sends: RefCell<Vec<DeviceKey>>,
    /// Time of the last notification of listeners.
    pub notified_at: Cell<Millis>,
    pub is_notifying: Cell<bool>,
    /// Rooms whose number of unread messages may be lower than the one that devices know.
    pub recounts: RefCell<BTreeSet<String>>,
    pub is_recounting: Cell<bool>,
    /// One run that sends halves of contacts, or settings, is active.
    pub is_sending_halves: Cell<bool>,
    pub is_sending_privacy: Cell<bool>,
    /// An archive is being assembled, or the person is being deleted.
    pub is_exporting: Cell<bool>,
    pub is_leaving: Cell<bool>,
    /// The person is becoming an account, for this long at most.
    pub upgrading_until: Cell<Millis>,
    /// Ids of subscriptions to which a notification is being sent.
    pub is_pushing: RefCell<Vec<String>>,
    /// Time at which living sessions were last reported.
    pub reported_at: Cell<Millis>,
}

/// The person as the object has them in memory, with the tables.
pub struct PersonMemory {
    pub person: Person,
    pub sql: PersonSql,
    pub devices: BTreeMap<DeviceKey, ConnectedDevice>,
    pub next_key: DeviceKey,
    /// Changes of presence, from every source (`RATE_PRESENCE`).
    pub changes: Counter,
    /// Versions of drafts (`RATE_DRAFT`).
    pub drafts: Counter,
    /// Unknown ids that a device wanted to watch (`RATE_WATCH`).
    pub misses: Misses,
    /// Changes of the person's own emoticons, with the same rate as drafts.
    pub emoticons: Counter,
    /// Places that are reserved for sockets which rooms are accepting: the room, and the time of the reservation.
    pub reserved_places: Vec<(String, Millis)>,
    /// Time at which the rooms were last asked for the true number of sockets.
    pub doubted_at: Millis,
    pub stored: Option<Record>,
    pub jobs: Rc<Jobs>,
}

impl PersonMemory {
    /// Returns the number of sockets of the person, in rooms and of devices (`core.md` 5).
    pub fn socket_count(&self) -> Result<usize, Fault> {
        Ok(self.sql.socket_count()? + self.devices.len())
    }

    /// Returns the views of the person for each of the people who see them.
    pub fn views(&self) -> Result<PresenceViews, Fault> {
        let audiences = self.person.record().shown_to;
        let contacts = if audiences.prefer_contacts() { self.sql.contact_ids()? } else { Vec::new() };
        let views = self.person.looks(contacts.into_iter().collect(), self.sql.hidden_views()?);
        Ok(views.with_lifted(self.sql.lifted_views()?))
    }

    /// Returns the session that became the account, for an account that was a persona (see `Principal::player_session`).
    pub fn player_session(&self) -> Result<Option<String>, Fault> {
        let record = self.person.record();
        if record.kind != UserKind::User || !personas::is_persona(&record.user) {
            return Ok(None);
        }
        Ok(Some(self.sql.upgrade()?.map(|upgrade| upgrade.session).unwrap_or_default()))
    }

    /// Stores the record if it has changed. With another status, the views of blocks that have ended are removed: formerly blocked people
    /// see this change like everybody.
    pub fn store(&mut self) -> Result<(), Fault> {
        let record = self.person.record();
        if self.stored.as_ref() == Some(record) {
            return Ok(());
        }
        if self.stored.as_ref().is_some_and(|stored| stored.shown.status != record.shown.status) {
            self.sql.forget_lifted()?;
        }
        self.sql.save_record(record)?;
        self.stored = Some(record.clone());
        Ok(())
    }
}

/// Ids that were recently found to be unknown, and their number. Memory only.
#[derive(Debug, Default)]
pub struct Misses {
    pub counted: Counter,
    pub since: BTreeMap<String, Millis>,
    /// Number of ids that are being looked up.
    pub asked: usize,
}

/// One presence socket.
pub struct ConnectedDevice {
    pub attachment: SocketAttachment,
    pub frames: Counter,
    pub flood: Counter,
    pub bad_frames: Counter,
}

/// Attachment of a presence socket: the data that outlives the object's sleep.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SocketAttachment {
    /// Random id, sent in `welcome`; names the socket's wishes in the tables.
    pub id: String,
    /// Public id of its session.
    pub session: String,
    /// Turn batching was agreed on: frames may come as arrays.
    pub batch: bool,
    /// Id of the machine, if the device named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Time at which it connected.
    pub joined_at: Millis,
    /// The person is idle there.
    #[serde(default)]
    pub idle: bool,
    /// The page is hidden.
    #[serde(default)]
    pub hidden: bool,
    /// Time of the last frame, exact to `devices::LAST_FRAME_NOTE_MS`.
    #[serde(default)]
    pub heard_at: Millis,
    /// State of the counter of unusable frames within the last minute.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bad_frames: String,
}

impl ConnectedDevice {
    pub fn new(attachment: SocketAttachment) -> Self {
        let (frames, flood) = Default::default();
        let bad_frames = Counter::restored(&Rule::bad_frames(), &attachment.bad_frames);
        Self { attachment, frames, flood, bad_frames }
    }
}

/// Returns the record of a person who was never here. Personas and bots have the record of their cast; others have none.
fn never_here(user: &UserId) -> Option<Record> {
    if let Some(bot) = bot_cast::find(user.as_str()) {
        return Some(Record::new(bot.id, UserKind::Bot, bot.name, bot.avatar, bot.message));
    }
    let persona = personas::find(user.as_str())?;
    Some(Record::new(persona.id, UserKind::Persona, persona.name, persona.avatar, persona.message_en))
}

/// Returns the record of a person whose object is new.
pub fn record_of(user: &UserId, kind: UserKind, name: &str, avatar: &str) -> Record {
    never_here(user).unwrap_or_else(|| Record::new(user.as_str(), kind, name, avatar, ""))
}

impl PersonObject {
    // ---- waking up

    /// Loads the person into memory. `fresh` is the record for a person who is not known yet. Returns `false` if there is no such person.
    pub fn wake(&self, fresh: Option<Record>) -> Result<bool, Fault> {
        if self.base.memory.borrow().is_some() {
            return Ok(true);
        }
        // A call about an unknown person must not create tables.
        if fresh.is_none() && !has_tables(&sql::of(&self.base.state))? {
            return Ok(false);
        }
        let sql = self.tables()?;
        let stored = sql.record()?;
        let Some(record) = stored.clone().or(fresh) else {
            return Ok(false);
        };
        let now = runtime::now_ms();
        let mut devices = BTreeMap::new();
        let mut next_key = 1;
        let mut living = Vec::new();
        for socket in self.base.state.get_websockets().into_iter().filter(runtime::is_open) {
            let attachment = socket.deserialize_attachment::<String>().ok().flatten();
            let Some(attachment) = attachment.and_then(|text| serde_json::from_str::<SocketAttachment>(&text).ok())
            else {
                runtime::close_quietly(&socket, CloseCode::Policy.code(), "no session");
                continue;
            };
            let heard_at = runtime::last_heartbeat_at(&self.base.state, &socket)
                .unwrap_or(0)
                .max(attachment.joined_at)
                .max(attachment.heard_at);
            self.base.sockets.add(next_key, &socket);
            let (session, idle, hidden) = (attachment.session.clone(), attachment.idle, attachment.hidden);
            living.push((next_key, Device { session, alive_at: heard_at, idle, hidden }));
            devices.insert(next_key, ConnectedDevice::new(attachment));
            next_key += 1;
        }
        let connections: Vec<String> =
            devices.values().map(|device: &ConnectedDevice| device.attachment.id.clone()).collect();
        let has_lost_wishes = sql.retain_wishes_of(&connections)?;
        if has_lost_wishes || (devices.is_empty() && record.was_cut_off()) {
            // Sockets in rooms may have been lost together with devices. A room to which the person does not return must not tie the person
            // to others.
            sql.doubt_rooms()?;
        }
        let is_known = stored.is_some();
        let person = Person::restore(record, living, now);
        let memory = PersonMemory {
            person,
            sql,
            devices,
            next_key,
            changes: Counter::default(),
            drafts: Counter::default(),
            misses: Misses::default(),
            emoticons: Counter::default(),
            reserved_places: Vec::new(),
            doubted_at: 0,
            stored,
            jobs: Rc::clone(&self.jobs),
        };
        *self.base.memory.borrow_mut() = Some(memory);
        if is_known {
            // A grace period that began with this wake-up must not begin again with the next.
            self.store()?;
        }
        self.arrange_alarm()?;
        Ok(true)
    }

    /// Returns the person whose object this is.
    pub fn user(&self) -> Result<UserId, Fault> {
        let id = Namespace::Person.own_id(&self.base.state, || {
            let is_known = has_tables(&sql::of(&self.base.state))?;
            let record = if is_known { self.tables()?.record()? } else { None };
            Ok(record.map(|record| record.user))
        })?;
        UserId::parse(&id).map_err(|refusal| Fault(refusal.to_string()))
    }

    /// Works like [`Self::wake`], for calls about a person who may never have been here. Nothing is stored for an unknown person.
    pub fn wake_if_known(&self) -> Result<bool, Fault> {
        // Most calls find the person in memory. Only the others need the id, and the record of the cast.
        if self.base.memory.borrow().is_some() {
            return Ok(true);
        }
        self.wake(never_here(&self.user()?))
    }

    /// Works like [`Self::wake_if_known`], and refuses a person who is not known here.
    pub fn wake_known(&self) -> Result<(), CallError> {
        if self.wake_if_known()? { Ok(()) } else { Err(Refusal::NotFound.into()) }
    }

    /// Reads something of a person. The answer is the default for one who is not known here.
    pub fn read_known<T: Default>(
        &self,
        read: impl FnOnce(&mut PersonMemory) -> Result<T, Fault>,
    ) -> Result<T, CallError> {
        Ok(if self.wake_if_known()? { self.with(read)? } else { T::default() })
    }

    /// Runs `work` for a known person. Fails for a person who is not known here.
    pub fn of_known<T>(&self, work: impl FnOnce(&mut PersonMemory) -> Result<T, CallError>) -> Result<T, CallError> {
        self.wake_known()?;
        self.with(|memory| Ok(work(memory)))?
    }

    /// Runs `work` with the memory.
    pub fn with<T>(&self, work: impl FnOnce(&mut PersonMemory) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut memory = self.base.memory.borrow_mut();
        work(memory.as_mut().ok_or_else(|| Fault("no person is loaded".into()))?)
    }

    // ---- tables and steps

    /// Returns the tables, also where no person is known.
    pub fn tables(&self) -> Result<PersonSql, Fault> {
        PersonSql::open(&self.base.state, self.config)
    }

    /// Returns the database under them.
    pub fn db(&self) -> Result<Db, Fault> {
        Ok(self.tables()?.0)
    }

    /// Writes rows that belong together in one transaction.
    pub fn in_step<T>(&self, step: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        in_one_step(&self.base.state, step)
    }

    /// Runs `work` with the memory in one transaction. A refusal leaves no rows.
    pub fn step<T>(&self, work: impl FnOnce(&mut PersonMemory) -> Result<T, CallError>) -> Result<T, CallError> {
        in_one_step(&self.base.state, || self.with(|memory| Ok(work(memory)))?)
    }

    pub fn store(&self) -> Result<(), Fault> {
        self.with(PersonMemory::store)
    }

    // ---- devices

    /// Sends a frame to these devices. A socket to which the send fails is closed, and its device is forgotten once this turn is over
    /// (`core.md` 5).
    pub fn send_frame(&self, keys: &[DeviceKey], frame: &str) {
        let failed = self.base.sockets.send(keys, frame);
        if failed.is_empty() {
            return;
        }
        for key in &failed {
            self.close_device(*key, CloseCode::Broken.code(), "send failed");
        }
        self.runs.failed_sends.borrow_mut().extend(failed);
        let now = runtime::now_ms();
        self.parting.arrange(now, now);
    }

    /// Sends a frame to all devices.
    pub fn send_to_all(&self, frame: &str) -> Result<(), Fault> {
        let keys: Vec<DeviceKey> = self.with(|memory| Ok(memory.devices.keys().copied().collect()))?;
        if !keys.is_empty() {
            self.send_frame(&keys, frame);
        }
        Ok(())
    }

    /// Closes a socket. Its device is removed when the close event comes.
    pub fn close_device(&self, key: DeviceKey, code: u16, reason: &str) {
        if let Some(socket) = self.base.sockets.get(key) {
            runtime::close_quietly(&socket, code, reason);
        }
    }

    // ---- time

    /// Runs `work` unless it is running already. After a failure the alarm tries again.
    pub async fn run_alone(
        &self,
        is_running: &Cell<bool>,
        work: impl Future<Output = Result<(), Fault>>,
    ) -> Result<(), Fault> {
        if is_running.replace(true) {
            return Ok(());
        }
        let result = work.await;
        is_running.set(false);
        result?;
        self.arrange_alarm()
    }

    /// Returns the time for which entries of the inbox are stored.
    pub fn inbox_ms(&self) -> Millis {
        self.config.limits.inbox_days * DAY_MS
    }

    /// Sets the object's one alarm to the earliest time at which work is due.
    pub fn arrange_alarm(&self) -> Result<(), Fault> {
        if let Some(at) = (self.subjects.due_at)(self)? {
            self.base.ring_by(at);
        }
        Ok(())
    }

    /// Sets the alarm for the data that outlives a forgotten person.
    pub fn arrange_rest(&self) -> Result<(), Fault> {
        if let Some(at) = (self.subjects.rest_due_at)(self)? {
            self.base.ring_by(at);
        }
        Ok(())
    }
}
