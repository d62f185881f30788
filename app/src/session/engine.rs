//! Runs the machines: sockets, timers, clicks and the device start jobs, one after the other. After each job the engine updates what
//! depends on the whole state: the one timer, the banner, the badge.
//!
//! This file decides when things happen; other files decide what they mean: rooms in `room`, presence in `presence`, reading in
//! `attention`, sounds and motion in `effects`, local persistence in `local_persistence`, the end in `ending`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::client::{ConnectionState, Drafts};
use protocol::codec::sorted::SortedMap;
use protocol::words::conversation_address::ConversationAddress;
use protocol::words::event::Millis;

use super::deferred_tasks::DeferredTasks;
use super::deferred_tasks::DraftEvent;
use super::deferred_tasks::{HomeEvent, HomeState};
use super::ending::SignOutState;
use super::limits::{EffectLimiter, Popups};
use super::local_persistence::LocalPersistence;
use super::open_room::OpenRoom;
use super::optimistic::OptimisticValue;
use super::presence_connection::PresenceConnection;
use super::renewal::RenewalState;
use super::requests::{PendingChange, QueryOrder};
use super::seconds::next_second;
use super::{KEEPS_PLACE, Me, Session};
use crate::browser::tabs::Channel;
use crate::browser::timer::Timer;
use crate::browser::{DeviceEvent, badge, clock, device, fetch, sound, tabs, translated};
use crate::store::chat_preferences::ChatPreferences;
use crate::store::connection::{Banner, BannerClock};
use crate::store::settings::StoredSettings;

/// Local time at which a day begins.
const MIDNIGHT: &str = "00:00";
/// Time after which a hidden page may have slept (`ux.md` 2.1).
const HIDDEN_MS_MAX: Millis = 30_000;
/// Longest wait for the cache before the page starts without it.
const CACHE_MS_MAX: u64 = 2_000;

type Job = Box<dyn FnOnce(&mut State)>;

/// Engine of one page. It is a handle: clone it into callbacks.
#[derive(Clone)]
pub(super) struct Engine(Rc<Inner>);

struct Inner {
    owner: Owner,
    jobs: RefCell<VecDeque<Job>>,
    state: RefCell<State>,
    is_stopped: Cell<bool>,
}

/// Weak handle of the engine for callbacks that may outlive it.
#[derive(Clone)]
pub(super) struct Caller(Weak<Inner>);

impl Caller {
    /// Runs `job` when the engine is free, and settles. It does nothing after the engine has stopped.
    pub(super) fn run(&self, job: impl FnOnce(&mut State) + 'static) {
        if let Some(inner) = self.0.upgrade() {
            Engine(inner).run(job);
        }
    }
}

/// State of the engine between two jobs. Its public methods are the commands of the views; each is in the file of its subject.
pub struct State {
    /// Stores, which only this engine writes.
    pub(super) session: Session,
    /// Handle for callbacks.
    pub(super) caller: Caller,
    /// User id of the person at this device.
    pub(super) own_id: String,
    /// The session's CSRF token.
    pub(super) csrf: String,
    /// Open conversations.
    pub(super) rooms: Vec<OpenRoom>,
    /// Presence connection.
    pub(super) presence: PresenceConnection,
    /// Local persistence.
    pub(super) persistence: LocalPersistence,
    /// Drafts, here and on other devices.
    pub(super) drafts: Drafts,
    /// Drafts of the other tabs of this browser.
    pub(super) draft_channel: Option<Channel>,
    /// Arrangement of the account on all of its devices.
    pub(super) home: HomeState,
    /// Tasks whose code comes with the chunk `home`.
    pub(super) deferred_tasks: DeferredTasks,
    /// Toasts with their times.
    pub(super) popups: Popups,
    /// Limiter of effects.
    pub(super) effect_limiter: EffectLimiter,
    /// Settings as they are stored on this device.
    pub(super) stored_settings: StoredSettings,
    /// Next key of a tab.
    pub(super) next_tab_key: u32,
    /// The session has ended, and the page is being left.
    pub(super) is_over: bool,
    /// State of the sign-out that the person wants.
    pub(super) signing_out: SignOutState,
    /// Another person is signed in in this browser: no request or message is sent, and stored data stays.
    pub(super) is_elsewhere: bool,
    /// Time at which the session ends, once it cannot be extended.
    pub(super) ends_at: Option<Millis>,
    /// State of the renewal of the session.
    pub(super) renewing: RenewalState,
    /// Order of look-ups.
    pub(super) questions: QueryOrder,
    /// Conversation in the page's address, until the list of the person's rooms is loaded.
    pub(super) linked: Option<ConversationAddress>,
    /// Conversation with a person in the page's address that is not in that list, until the contacts are loaded.
    pub(super) linked_direct: Option<ConversationAddress>,
    /// Group whose members are shown.
    pub(super) viewed_group: Option<String>,
    /// Number of rooms that the person is joining here.
    pub(super) joining: u32,
    /// Rooms with changes since their list was requested: their unread count, or `None` if the person has left.
    pub(super) unread_since: Vec<(String, Option<u32>)>,
    /// Rooms whose mute is sent to web push as soon as the presence connection is open.
    pub(super) untold_levels: Vec<String>,
    /// Rooms with a chosen mute that the server has not answered.
    pub(super) mutes: SortedMap<String, OptimisticValue<ChatPreferences>>,
    /// Name, personal message and picture of the person.
    pub(super) profile: [OptimisticValue<String>; 3],
    /// End of the last known mute by a moderator, by the server's clock.
    pub(super) muted_until: Option<Millis>,
    /// Time at which the last mute by a moderator was ended.
    pub(super) unmuted_at: Option<Millis>,
    /// Changes that the server has not answered yet.
    pub(super) changes: RefCell<Vec<PendingChange>>,
    early: Vec<Job>,
    is_ready: bool,
    banner: BannerClock,
    timer: Timer,
    hidden_since: Option<Millis>,
    shown_unread: Option<u32>,
    /// Something may open with the page, and its place is kept.
    keeps_place: bool,
}

impl Engine {
    /// Makes a stopped engine, whose signals belong to the current owner.
    pub(super) fn new(session: Session) -> Self {
        let own_id = session.me.with_untracked(|me| me.id.clone());
        let csrf = session.csrf.get_value();
        let Me { display_name, personal_message, avatar_id, muted_until, .. } = session.me.get_untracked();
        let profile = [display_name, personal_message, avatar_id].map(OptimisticValue::new);
        Self(Rc::new_cyclic(|inner| Inner {
            owner: Owner::current().unwrap_or_default(),
            jobs: RefCell::new(VecDeque::new()),
            is_stopped: Cell::new(false),
            state: RefCell::new(State {
                session,
                caller: Caller(inner.clone()),
                presence: PresenceConnection::new(&own_id, clock::random_seed()),
                own_id,
                csrf,
                rooms: Vec::new(),
                persistence: LocalPersistence::default(),
                drafts: Drafts::default(),
                draft_channel: None,
                home: HomeState::default(),
                deferred_tasks: DeferredTasks::default(),
                popups: Popups::default(),
                effect_limiter: EffectLimiter::default(),
                stored_settings: StoredSettings::default(),
                next_tab_key: 0,
                is_over: false,
                signing_out: SignOutState::default(),
                is_elsewhere: false,
                ends_at: None,
                renewing: RenewalState::default(),
                questions: QueryOrder::default(),
                linked: None,
                linked_direct: None,
                viewed_group: None,
                joining: 0,
                unread_since: Vec::new(),
                untold_levels: Vec::new(),
                mutes: SortedMap::default(),
                profile,
                muted_until,
                unmuted_at: None,
                changes: RefCell::default(),
                early: Vec::new(),
                is_ready: false,
                banner: BannerClock::default(),
                timer: Timer::default(),
                hidden_since: None,
                shown_unread: None,
                keeps_place: true,
            }),
        }))
    }

    /// Loads the cache, opens the sockets, and listens to the device.
    pub(super) fn start(&self) {
        let caller = Caller(Rc::downgrade(&self.0));
        translated::watch();
        let notify = caller.clone();
        device::watch(move |event| notify.run(move |state| state.device_event(event)));
        let notify = caller.clone();
        fetch::on_answer(move || notify.run(State::reached));
        let notify = caller.clone();
        let own_id = self.0.state.borrow().own_id.clone();
        fetch::speak_for(&own_id, move || notify.run(State::somebody_else));
        let notify = caller.clone();
        tabs::announce(&own_id, move |is_own| notify.run(move |state| state.another_page_began(is_own)));
        let notify = caller.clone();
        device::on_release(move || notify.run(|state| state.session.is_outdated.set(true)));
        let late = caller.clone();
        self.run(move |state| {
            state.session.is_live.set(true);
            state.load_settings();
            state.say_restored();
            state.timer.set(CACHE_MS_MAX, move || late.run(State::begin));
            let (own_id, csrf) = (state.own_id.clone(), state.csrf.clone());
            let kind = state.session.me.with_untracked(|me| me.kind);
            spawn_local(async move {
                let persistence = LocalPersistence::open(&own_id, kind, &csrf).await;
                caller.run(|state| state.persistence_came(persistence));
            });
        });
    }

    /// Stops for good, because the signals of the page are being disposed.
    pub(super) fn stop(&self) {
        self.0.is_stopped.set(true);
    }

    /// Runs `job` now, or after the running one.
    pub(super) fn run(&self, job: impl FnOnce(&mut State) + 'static) {
        if self.0.is_stopped.get() {
            return;
        }
        self.0.jobs.borrow_mut().push_back(Box::new(job));
        let Ok(mut state) = self.0.state.try_borrow_mut() else { return };
        // An effect or a handler may start a job; the signals that the job reads must not trigger that effect again.
        self.0.owner.with(|| {
            untrack(|| {
                while let Some(job) = self.next_job() {
                    job(&mut state);
                }
                state.settle();
            });
        });
    }

    /// Runs `job` as soon as the cache is loaded.
    pub(super) fn run_when_ready(&self, job: impl FnOnce(&mut State) + 'static) {
        self.run(move |state| {
            if state.is_ready {
                job(state);
            } else {
                state.early.push(Box::new(job));
            }
        });
    }

    fn next_job(&self) -> Option<Job> {
        self.0.jobs.borrow_mut().pop_front()
    }
}

impl State {
    /// Handles the loaded cache, or its absence.
    fn persistence_came(&mut self, persistence: LocalPersistence) {
        let is_late = self.is_ready;
        self.ready(persistence);
        if is_late && !self.is_over && !self.is_elsewhere {
            // Contacts and drafts of the server can be compared with the stored ones only now.
            self.catch_up();
        }
    }

    /// Starts the conversations with the cache, or adds its data to conversations that started without it.
    fn ready(&mut self, mut persistence: LocalPersistence) {
        if self.is_over {
            // After a sign-out no data stays.
            return persistence.wipe(|| {});
        }
        if self.is_ready {
            return self.go_on_with(persistence);
        }
        self.persistence = persistence;
        self.begin();
    }

    /// Starts the conversations with the stored data that is loaded.
    fn begin(&mut self) {
        if self.is_ready || self.is_over {
            return;
        }
        self.is_ready = true;
        self.greet();
        self.open_presence();
        self.restore_rooms();
        for job in std::mem::take(&mut self.early) {
            job(self);
        }
    }

    /// Loads what happened before the presence socket opened, which delivers only later events.
    pub(super) fn catch_up(&mut self) {
        self.load_relations();
        self.load_groups();
        self.dispatch_draft_event(DraftEvent::Load);
        self.dispatch_home_event(HomeEvent::Load);
    }

    fn device_event(&mut self, event: DeviceEvent) {
        match event {
            DeviceEvent::NetworkUp => self.network_changed(true),
            DeviceEvent::NetworkDown => self.network_changed(false),
            DeviceEvent::Slept => self.woke(),
            DeviceEvent::AttentionChanged => self.attention_changed(),
            DeviceEvent::PageHides => self.save_everything(),
            DeviceEvent::Gesture => {
                self.hurry();
                sound::open();
                self.session.settings.sounds_wait.set(false);
            }
        }
    }

    fn attention_changed(&mut self) {
        let now = clock::now_ms();
        if !device::is_visible() {
            self.hidden_since.get_or_insert(now);
            return self.save_everything();
        }
        // A timer that was due while the device slept fires late.
        clock::turn_day();
        let hidden_ms = self.hidden_since.take().map_or(0, |since| now.saturating_sub(since));
        if hidden_ms > HIDDEN_MS_MAX {
            self.woke();
        }
        self.hurry();
    }

    /// Returns the time of the next due work.
    fn wake_at(&self) -> Option<Millis> {
        let rooms = self.rooms.iter().filter_map(OpenRoom::wake_at);
        let others = [
            self.presence.wake_at(),
            self.banner.wake_at(clock::now_ms()),
            self.popups.wake_at(),
            self.drafts.due_at(),
        ];
        let ending = self.ends_at.and_then(|at| next_second(clock::now_ms(), at));
        rooms.chain(others.into_iter().flatten()).chain(ending).chain(clock::next_at(MIDNIGHT)).min()
    }

    /// Carries out all due work.
    fn time(&mut self) {
        let now = clock::now_ms();
        clock::turn_day();
        self.rooms_time(now);
        self.presence_time(now);
        if self.drafts.due_at().is_some_and(|at| at <= now) {
            self.dispatch_draft_event(DraftEvent::Due(now));
        }
        self.popups.time(now, &self.session.toasts);
        self.show_ending(now);
    }

    /// Updates banner, badge and timer after every job.
    fn settle(&mut self) {
        if self.is_over || !self.is_ready {
            return;
        }
        self.report_viewed_room();
        let now = clock::now_ms();
        self.banner.observe(now, self.is_connected());
        let banner = self.banner.banner(now);
        let banner = if device::has_network() { banner } else { banner.without_network() };
        self.banner.settle(now);
        if self.session.banner.get_untracked() != banner {
            if banner == Banner::Lost {
                self.session.new_since_lost.set(0);
            }
            self.session.banner.set(banner);
        }
        // An address waits for a list, which does not come without a connection.
        let is_awaited = (self.linked.is_some() || self.linked_direct.is_some()) && banner == Banner::Hidden;
        if self.keeps_place && !is_awaited {
            self.keeps_place = false;
            device::remove_root_attribute(KEEPS_PLACE);
        }
        let is_locked = self.session.home.is_locked.get_untracked();
        // The badge of the app is that of the person who is here.
        let unread = if is_locked || self.is_elsewhere { 0 } else { self.session.roster.unread_total() };
        if self.shown_unread.replace(unread) != Some(unread) {
            badge::show(unread);
        }
        match self.wake_at() {
            Some(at) => {
                let caller = self.caller.clone();
                self.timer.set(at.saturating_sub(now), move || caller.run(Self::time));
            }
            None => self.timer.clear(),
        }
    }

    /// Returns `true` if all necessary sockets are connected. A conversation that is just being opened has lost nothing.
    fn is_connected(&self) -> bool {
        let is_well = |connection| matches!(connection, ConnectionState::Live | ConnectionState::Ended(_));
        is_well(self.presence.connection())
            && self.rooms.iter().all(|room| clock::now_ms() < room.said_from || is_well(room.connection()))
    }
}

/// Runs a test with the engine of a page without a browser.
#[cfg(test)]
pub(super) fn on_page(test: impl FnOnce(&mut State) + 'static) {
    use protocol::words::principal::UserKind;
    use protocol::words::status::Status;

    use crate::appearance::Appearance;
    use crate::boot::{Boot, BootUser, PageLimits};

    let user = BootUser {
        id: "user_1".to_owned(),
        kind: UserKind::Persona,
        display_name: "Mia".to_owned(),
        avatar_id: String::new(),
        personal_message: String::new(),
        status: Status::Online,
        role: None,
        muted_until: None,
    };
    let boot = Boot {
        user: Some(user.clone()),
        csrf: String::new(),
        expires_at: 0,
        people: Vec::new(),
        rooms: Vec::new(),
        server_time: 0,
        env_dev: true,
        turnstile_site_key: None,
        is_alone: false,
        is_remembered: false,
        cookie_ms: 0,
        limits: PageLimits::default(),
        invite: String::new(),
        notification_choices: String::new(),
        restored_at: 0,
        appearance: Appearance::default(),
    };
    Owner::new().with(|| Engine::new(Session::provide(&boot, &user)).run(test));
}

#[cfg(test)]
mod tests {
    use protocol::client::{Input, OutboxEntry};
    use protocol::people::draft::Draft;

    use super::*;
    use crate::session::local_persistence::SavedTabs;
    use crate::store::conversation::{Conversation, Row, RowHandle};

    fn chat(id: &str) -> OutboxEntry {
        OutboxEntry::chat(id, "hi", None, "Mia", 0)
    }

    /// Returns the stored data of an earlier page.
    fn left() -> LocalPersistence {
        let mut persistence = LocalPersistence::default();
        persistence.save_entry("general", &chat("a"));
        persistence.save_entry("music", &chat("m"));
        for (room, content) in [("general", "there"), ("music", "half a thought")] {
            let (room, content) = (room.to_owned(), content.to_owned());
            persistence.save_draft(&Draft { room, content, reply_to: None, at: 5 });
        }
        persistence.save_unread_until("general", Some(3));
        let rooms = ["lounge", "general"].map(str::to_owned).to_vec();
        persistence.save_tabs(SavedTabs { rooms, current: Some("lounge".to_owned()) });
        persistence
    }

    /// Prepares a page that has started without its cache, and in which a text was written.
    fn without_cache(state: &mut State) {
        state.is_ready = true;
        state.open_conversation("general");
        state.room_input("general", Input::Post(chat("b")));
        state.edit_draft("general", "here".to_owned());
    }

    fn rows(state: &State, room: &str) -> Vec<String> {
        let conversation = state.room(room).expect("it is open").conversation;
        let id = |handle: &RowHandle| handle.row.with_untracked(|row| row.id.clone());
        conversation.rows.with_untracked(|rows| rows.iter().map(id).collect())
    }

    fn unsent(state: &State, room: &str) -> Vec<String> {
        state.persistence.unsent(room).into_iter().map(|entry| entry.id).collect()
    }

    /// Returns the draft of an open conversation, as shown and as stored.
    fn draft(state: &State, room: &str) -> [String; 2] {
        let conversation = state.room(room).expect("it is open").conversation;
        [conversation.draft.get_untracked(), state.persistence.draft(room)].map(|draft| draft.content)
    }

    #[test]
    fn a_page_that_began_without_its_cache_goes_on_with_it_when_it_comes() {
        on_page(|state| {
            without_cache(state);
            state.ready(left());
            assert_eq!(rows(state, "general"), ["a", "b"]);
            assert_eq!(unsent(state, "general"), ["a", "b"]);
            assert_eq!(rows(state, "music"), ["m"]);
            assert_eq!(draft(state, "general"), ["here", "here"]);
            assert_eq!(draft(state, "music"), ["half a thought", "half a thought"]);
            assert_eq!(state.persistence.unread_until("general"), None, "it was opened here");
            let rooms = ["general", "lounge", "music"].map(str::to_owned).to_vec();
            assert_eq!(
                state.persistence.tabs(),
                SavedTabs { rooms: rooms.clone(), current: Some("general".to_owned()) }
            );
            let open = state.session.open.get_untracked();
            assert_eq!(open.iter().map(Conversation::room_id).collect::<Vec<_>>(), rooms);
            assert!(state.is_current("general"), "what is in view stays in view");
        });
    }

    #[test]
    fn what_is_in_the_log_already_was_sent_by_the_earlier_page() {
        on_page(|state| {
            without_cache(state);
            let conversation = state.room("general").expect("it is open").conversation;
            let handle = conversation.find("b").expect("it was written");
            let sent = Row { id: "a".to_owned(), seq: Some(1), ..handle.row.get_untracked() };
            conversation.put(vec![sent], clock::day_of);
            state.ready(left());
            assert_eq!(rows(state, "general"), ["a", "b"]);
            assert_eq!(unsent(state, "general"), ["b"]);
            assert_eq!(conversation.last_seq(), Some(1), "its row stays as it is");
        });
    }

    #[test]
    fn the_stopped_page_of_somebody_who_is_gone_keeps_what_it_has_and_opens_nothing() {
        on_page(|state| {
            without_cache(state);
            state.is_elsewhere = true;
            state.ready(left());
            assert_eq!(rows(state, "general"), ["b"]);
            assert_eq!(unsent(state, "general"), ["a", "b"]);
            assert_eq!(state.rooms.len(), 1);
        });
    }
}
