//! The Durable Object of a person (`core.md` 1.5): a shell around `protocol::machines::presence::Person`.
//!
//! All presence sockets of the person's devices end here, and changes go from here to watchers and rooms. Calls to a person are in
//! `person::handlers`, sockets in `person::devices`, watching and notifying in `person::notifications`, sessions in `person::sessions`.

mod asking;
mod contact_tables;
mod contacts;
mod daily_quota;
mod devices;
mod drafts;
mod emoticons;
mod export;
mod export_files;
mod files;
mod group_calls;
mod groups;
mod handlers;
mod handles;
mod hidden_from;
mod home;
mod invites;
pub(super) mod leaving;
mod listing;
mod notifications;
mod privacy;
mod push_tables;
mod reports;
mod returns;
mod rooms;
mod sessions;
mod strangers;
mod tables;
mod unread;
mod upgrade;
mod web_push;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};

use protocol::machines::presence::{DeviceKey, Person, PresenceDelta, PresenceViews, Record, RestoredDevice};
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::limits::{OUTBOX_RETRY_MS_MAX, PUSH_TTL_S, PUSH_WITHHELD_MS};
use protocol::words::principal::UserKind;
use protocol::words::rate::{Counter, Rule};
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::time::DAY_MS;
use protocol::words::{bot_cast, personas};
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

use self::group_calls::GroupCall;
use self::strangers::Misses;
use self::tables::{Fact, PersonSql};
use crate::config::Config;
use crate::kit::alarm::{Alarm, ClockWatch, Retries};
use crate::kit::backlog::BacklogReport;
use crate::kit::jobs::{Jobs, Kind};
use crate::kit::namespace::Namespace;
use crate::kit::refusals::Refusals;
use crate::kit::socket_events::{CUT, PendingWork, SocketEvents, begin, bind_socket_events};
use crate::kit::sql;
use crate::kit::sql::has_tables;
use crate::projection::audit_log;
use crate::runtime::call_error::CallError;
use crate::runtime::{self, Sockets, Timer};
use crate::telemetry;

/// See the module's description.
#[durable_object(alarm)]
pub struct PresenceRoom(Rc<PersonObject>);

bind_socket_events!(PresenceRoom);

/// The object's memory: a cache of what is in the tables and in the sockets' attachments.
struct PersonObject {
    state: State,
    env: Env,
    config: &'static Config,
    memory: RefCell<Option<PersonMemory>>,
    sockets: Sockets,
    /// Collects changes of half a second before listeners are notified.
    notify_timer: Timer,
    /// Devices to which a send failed, and the timer that forgets them.
    failed_sends: RefCell<Vec<DeviceKey>>,
    parting: Timer,
    /// Time of the last notification of listeners.
    notified_at: Cell<Millis>,
    is_notifying: Cell<bool>,
    /// Rooms whose number of unread messages may be lower than the one that devices know.
    recounts: RefCell<BTreeSet<String>>,
    is_recounting: Cell<bool>,
    /// One run that sends halves of contacts, or settings, is active.
    is_sending_halves: Cell<bool>,
    is_sending_privacy: Cell<bool>,
    /// An archive is being assembled, or the person is being deleted.
    is_exporting: Cell<bool>,
    is_leaving: Cell<bool>,
    /// The person is becoming an account, for this long at most.
    upgrading_until: Cell<Millis>,
    /// Ids of subscriptions to which a notification is being sent.
    is_pushing: RefCell<Vec<String>>,
    /// Time at which living sessions were last reported.
    reported_at: Cell<Millis>,
    backlog: BacklogReport,
    /// Counts of refusals by limits.
    refusals: Refusals,
    alarm: Alarm,
    clock: ClockWatch,
    jobs: Rc<Jobs>,
}

struct PersonMemory {
    person: Person,
    sql: PersonSql,
    devices: BTreeMap<DeviceKey, ConnectedDevice>,
    next_key: DeviceKey,
    /// Changes of presence, from every source (`RATE_PRESENCE`).
    changes: Counter,
    /// Versions of drafts (`RATE_DRAFT`).
    drafts: Counter,
    /// Unknown ids that a device wanted to watch (`RATE_WATCH`).
    misses: Misses,
    /// Changes of the person's own emoticons, with the same rate as drafts.
    emoticons: Counter,
    /// Places that are reserved for sockets which rooms are accepting: the room, and the time of the reservation.
    reserved_places: Vec<(String, Millis)>,
    /// Time at which the rooms were last asked for the true number of sockets.
    doubted_at: Millis,
    stored: Option<Record>,
    jobs: Rc<Jobs>,
}

impl PersonMemory {
    /// Returns the number of sockets of the person, in rooms and of devices (`core.md` 5).
    fn socket_count(&self) -> Result<usize, Fault> {
        Ok(self.sql.socket_count()? + self.devices.len())
    }

    /// Returns the views of the person for each of the people who see them.
    fn views(&self) -> Result<PresenceViews, Fault> {
        let audiences = self.person.record().shown_to;
        let contacts = if audiences.prefer_contacts() { self.sql.contact_ids()? } else { Vec::new() };
        let views = self.person.looks(contacts.into_iter().collect(), self.sql.hidden_views()?);
        Ok(views.with_lifted(self.sql.lifted_views()?))
    }

    /// Stores the record if it has changed. With another status, the views of blocks that have ended are removed: formerly blocked people
    /// see this change like everybody.
    fn store(&mut self) -> Result<(), Fault> {
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

/// One presence socket.
struct ConnectedDevice {
    attachment: SocketAttachment,
    frames: Counter,
    flood: Counter,
    bad_frames: Counter,
}

/// Attachment of a presence socket: the data that outlives the object's sleep.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SocketAttachment {
    /// Random id, sent in `welcome`; names the socket's wishes in the tables.
    id: String,
    /// Public id of its session.
    session: String,
    /// Turn batching was agreed on: frames may come as arrays.
    batch: bool,
    /// Id of the machine, if the device named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// Time at which it connected.
    joined_at: Millis,
    /// The person is idle there.
    #[serde(default)]
    idle: bool,
    /// The page is hidden.
    #[serde(default)]
    hidden: bool,
    /// Time of the last frame, exact to `devices::LAST_FRAME_NOTE_MS`.
    #[serde(default)]
    heard_at: Millis,
    /// State of the counter of unusable frames within the last minute.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    bad_frames: String,
}

impl ConnectedDevice {
    fn new(attachment: SocketAttachment) -> Self {
        let (frames, flood) = Default::default();
        let bad_frames = Counter::restored(&Rule::bad_frames(), &attachment.bad_frames);
        Self { attachment, frames, flood, bad_frames }
    }
}

impl DurableObject for PresenceRoom {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let config = Config::of(&env);
        Self(Rc::new_cyclic(|object: &Weak<PersonObject>| {
            let notify_timer = notifications::timer(object);
            let parting = runtime::timer(object, devices::close_failed);
            let sockets = Sockets::default();
            PersonObject {
                state,
                env,
                config,
                memory: RefCell::default(),
                sockets,
                notify_timer,
                failed_sends: RefCell::default(),
                parting,
                notified_at: Cell::default(),
                is_notifying: Cell::default(),
                recounts: RefCell::default(),
                is_recounting: Cell::default(),
                is_sending_halves: Cell::default(),
                is_sending_privacy: Cell::default(),
                is_exporting: Cell::default(),
                is_leaving: Cell::default(),
                upgrading_until: Cell::default(),
                is_pushing: RefCell::default(),
                reported_at: Cell::default(),
                backlog: BacklogReport::default(),
                refusals: Refusals::default(),
                alarm: Alarm::default(),
                clock: ClockWatch::default(),
                jobs: Rc::new(Jobs::of(KINDS)),
            }
        }))
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        handlers::answer_request(&self.0, request).await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.0.ring().await;
        Response::ok("")
    }
}

impl SocketEvents for PresenceRoom {
    fn on_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Option<PendingWork> {
        let object = Rc::clone(&self.0);
        begin(async move { devices::received(&object, &socket, message).await })
    }

    fn on_close(&self, socket: &WebSocket, code: u16) {
        devices::close_socket(&self.0, socket, (code != CUT).then_some(code));
    }
}

/// Tables of work that the object tries until it is done. A push service may ask for any wait within the life of a notification.
const RETRIES: &[Retries] = &[
    Retries::of("listeners"),
    Retries { condition: contact_tables::IS_UNSENT, ..Retries::of("contacts") },
    Retries::of("privacy_rooms"),
    Retries { first_ms: PUSH_WITHHELD_MS, again_ms: Some(PUSH_TTL_S * 1_000), ..Retries::of("push_outbox") },
    Retries { first_ms: export::PACE_MS, condition: export::IS_RUNNING, ..Retries::of("exports") },
    Retries::of("leaving"),
];

/// Kinds of the object's jobs.
const KINDS: &[Kind] = &[Kind::of::<GroupCall>()];

/// Returns the record of a person who was never here. Personas and bots have the record of their cast; others have none.
fn never_here(user: &UserId) -> Option<Record> {
    if let Some(bot) = bot_cast::find(user.as_str()) {
        return Some(Record::new(bot.id, UserKind::Bot, bot.name, bot.avatar, bot.message));
    }
    let persona = personas::find(user.as_str())?;
    Some(Record::new(persona.id, UserKind::Persona, persona.name, persona.avatar, persona.message_en))
}

impl PersonObject {
    // ---- waking up

    /// Loads the person into memory. `fresh` is the record for a person who is not known yet. Returns `false` if there is no such person.
    fn wake(&self, fresh: Option<Record>) -> Result<bool, Fault> {
        if self.memory.borrow().is_some() {
            return Ok(true);
        }
        // A call about an unknown person must not create tables.
        if fresh.is_none() && !has_tables(&sql::of(&self.state))? {
            return Ok(false);
        }
        let sql = PersonSql::open(&self.state, self.config)?;
        let stored = sql.record()?;
        let Some(record) = stored.clone().or(fresh) else {
            return Ok(false);
        };
        let now = runtime::now_ms();
        let mut devices = BTreeMap::new();
        let mut next_key = 1;
        let mut living = Vec::new();
        for socket in self.state.get_websockets().into_iter().filter(runtime::is_open) {
            let attachment = socket.deserialize_attachment::<String>().ok().flatten();
            let Some(attachment) = attachment.and_then(|text| serde_json::from_str::<SocketAttachment>(&text).ok())
            else {
                runtime::close_quietly(&socket, CloseCode::Policy.code(), "no session");
                continue;
            };
            let heard_at = runtime::last_heartbeat_at(&self.state, &socket)
                .unwrap_or(0)
                .max(attachment.joined_at)
                .max(attachment.heard_at);
            self.sockets.add(next_key, &socket);
            let (session, idle, hidden) = (attachment.session.clone(), attachment.idle, attachment.hidden);
            living.push(RestoredDevice { key: next_key, session, alive_at: heard_at, idle, hidden });
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
        *self.memory.borrow_mut() = Some(memory);
        if is_known {
            // A grace period that began with this wake-up must not begin again with the next.
            self.store()?;
        }
        self.arrange_alarm()?;
        Ok(true)
    }

    /// Returns the person whose object this is.
    fn user(&self) -> Result<UserId, Fault> {
        let id = Namespace::Person.own_id(&self.state, || {
            let is_known = has_tables(&sql::of(&self.state))?;
            let record = if is_known { PersonSql::open(&self.state, self.config)?.record()? } else { None };
            Ok(record.map(|record| record.user))
        })?;
        UserId::parse(&id).map_err(|refusal| Fault(refusal.to_string()))
    }

    /// Works like [`Self::wake`], for calls about a person who may never have been here. Nothing is stored for an unknown person.
    fn wake_known(&self) -> Result<bool, Fault> {
        self.wake(never_here(&self.user()?))
    }

    /// Runs `work` for a known person. Fails for a person who is not known here.
    fn of_known<T>(&self, work: impl FnOnce(&mut PersonMemory) -> Result<T, CallError>) -> Result<T, CallError> {
        if !self.wake_known()? {
            return Err(Refusal::NotFound.into());
        }
        self.with(|memory| Ok(work(memory)))?
    }

    /// Runs `work` with the memory.
    fn with<T>(&self, work: impl FnOnce(&mut PersonMemory) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut memory = self.memory.borrow_mut();
        work(memory.as_mut().ok_or_else(|| Fault("no person is loaded".into()))?)
    }

    // ---- changes

    /// Stores the change of an operation, and starts the notification of everybody concerned.
    fn apply(self: &Rc<Self>, changed: PresenceDelta) -> Result<(), Fault> {
        self.store()?;
        if changed.shown {
            notifications::show_to_own_devices(self)?;
        }
        if changed.any() {
            notifications::notify_soon(self);
        }
        self.arrange_alarm()
    }

    fn store(&self) -> Result<(), Fault> {
        self.with(PersonMemory::store)
    }

    // ---- time

    /// Does the work of the alarm. The cron requests it, too, if work waits.
    async fn ring(self: &Rc<Self>) {
        self.alarm.clear();
        if let Err(fault) = self.woken_by_alarm().await {
            telemetry::fault("person_alarm", &fault);
            self.ring_by(runtime::now_ms() + OUTBOX_RETRY_MS_MAX);
        }
    }

    async fn woken_by_alarm(self: &Rc<Self>) -> Result<(), Fault> {
        let now = runtime::now_ms();
        if let Err(fault) = files::remove_due(self, now).await {
            telemetry::fault("files", &fault);
        }
        let is_known = self.wake(None)?;
        if let Err(fault) = audit_log::maintain(&self.env, &self.state).await {
            telemetry::fault("audit", &fault);
        }
        export::carry_on(self, now).await?;
        let db = self.memory.borrow().as_ref().map(|memory| memory.sql.0.clone());
        let db = db.map_or_else(|| PersonSql::open(&self.state, self.config).map(|tables| tables.0), Ok)?;
        db.sweep_some().await;
        if !is_known || leaving::carry_on(self, now).await? {
            return self.arrange_rest();
        }
        devices::give_up_silent(self, now)?;
        self.with(|memory| memory.sql.trim_inbox(now.saturating_sub(self.inbox_ms())))?;
        self.with(|memory| invites::forget_old(&memory.sql.0, now))?;
        self.with(|memory| drafts::forget_old(&memory.sql.0, now))?;
        if sessions::forget_guest_if_due(self, now).await? {
            // The person's messages stay, and so do the files in them.
            return self.arrange_rest();
        }
        listing::send_if_due(self, now).await?;
        notifications::notify_listeners(self).await?;
        contacts::deliver(self).await?;
        privacy::send_to_rooms(self).await?;
        group_calls::send_due(self).await?;
        handles::send_due(self, now, false).await?;
        // A notification that cannot be sent must not stop the other work.
        if let Err(fault) = web_push::send_due(self).await {
            telemetry::fault("push", &fault);
        }
        notifications::renew_watches(self, now).await?;
        sessions::report_living(self, now).await?;
        let (user, depth) =
            self.with(|memory| Ok((memory.person.record().user.clone(), memory.sql.count_backlog()?)))?;
        db.report_unreadable(&self.env, Namespace::Person.object_name(&user)).await?;
        self.backlog.send(&self.env, Namespace::Person.object_name(&user), depth, false).await;
        self.arrange_alarm()
    }

    /// Runs `work` unless it is running already. After a failure the alarm tries again.
    async fn run_alone(
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

    /// Sets the object's one alarm to the earliest time at which work is due.
    fn arrange_alarm(&self) -> Result<(), Fault> {
        let now = runtime::now_ms();
        // Work that is in progress must not make the alarm run again and again in the meantime.
        let soon = now + notifications::ALARM_AFTER_MS;
        let due = self.with(|memory| {
            let (version, card_version) = (memory.person.record().version, memory.person.record().card_version);
            self.clock.bring_forward(&memory.sql.0, RETRIES, now)?;
            let left_at = memory.sql.fact(Fact::LeftAt)?;
            let is_guest = memory.person.record().kind == UserKind::Guest;
            let listing = listing::due_at(memory, now)?;
            let not_before = listing.unwrap_or_default().max(soon);
            let life_ms = sessions::guest_life_ms(&memory.person.record().user);
            let forgotten_at = (is_guest && left_at > 0).then_some((left_at + life_ms).max(not_before));
            let notify_at = memory.sql.next_listener_send_at(version, card_version)?;
            let notify_at = notify_at.map(|due_at| due_at.max(soon));
            let social = memory.sql.next_social_send_at(memory.person.record().privacy)?;
            let social = social.into_iter().chain(self.jobs.due_at(&memory.sql.0)?).min();
            let social = social.map(|due_at| due_at.max(soon));
            let renewal = memory.sql.oldest_renewal()?.map(|at| (at + notifications::RENEW_MS).max(soon));
            let audit = audit_log::due_at(&self.env, &memory.sql.0, now)?;
            let files = files::due_at(&memory.sql.0)?.map(|at| at.max(soon));
            // Work that the cron is doing now stays due until it is done, so its time is postponed here.
            let not_beside = |is_under_way: bool| if is_under_way { soon } else { now };
            let export = export::due_at(&memory.sql.0)?.map(|at| at.max(not_beside(self.is_exporting.get())));
            let leaving = leaving::due_at(&memory.sql.0)?.map(|at| at.max(not_beside(self.is_leaving.get())));
            let handles = handles::due_at(&memory.sql.0, now)?;
            let invites = invites::due_at(&memory.sql.0)?;
            let drafts = drafts::due_at(&memory.sql.0)?;
            let push = push_tables::due_at(&memory.sql.0)?.map(|at| at.max(soon));
            let inbox = memory.sql.oldest_entry()?.map(|at| at + self.inbox_ms() + 1);
            let sealing = memory.sql.0.sweep_at(now);
            let own =
                [sealing, memory.person.wake_at(), forgotten_at, notify_at, social, renewal, listing, audit, files];
            let later = [export, leaving, handles, invites, drafts, push, inbox];
            let duties = own.into_iter().chain(later);
            Ok(duties.flatten().min().map(|at| at.max(now)))
        })?;
        if let Some(at) = due {
            self.ring_by(at);
        }
        Ok(())
    }

    /// Returns the time for which entries of the inbox are stored.
    fn inbox_ms(&self) -> Millis {
        self.config.limits.inbox_days * DAY_MS
    }

    /// Sets the alarm for the data that outlives a forgotten person.
    fn arrange_rest(&self) -> Result<(), Fault> {
        let sql = PersonSql::open(&self.state, self.config)?.0;
        self.clock.bring_forward(&sql, RETRIES, runtime::now_ms())?;
        let audit = audit_log::due_at(&self.env, &sql, runtime::now_ms())?;
        // The names of files outlive the person who uploaded them, and have to be sealed with a newer key like all other data.
        let sealing = if sql.has_words()? { sql.sweep_at(runtime::now_ms()) } else { None };
        let duties = [files::due_at(&sql)?, export::due_at(&sql)?, audit, sealing];
        if let Some(at) = duties.into_iter().flatten().min() {
            self.ring_by(at);
        }
        Ok(())
    }

    fn ring_by(&self, at: Millis) {
        self.alarm.ring_by(&self.state, at);
    }
}

#[cfg(test)]
mod inbox_tests;
#[cfg(test)]
mod migration_tests;
#[cfg(test)]
mod sealing_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod watching_tests;
