//! Session of the person: stores to read, commands to run. Data flows one way.
//!
//! Components call [`use_session`], read its stores and run commands: public methods of [`State`], each in the file of its subject
//! ([`Session::run`]). The engine runs them one after the other (machines, sockets, cache, sounds), and is the only writer of the stores.
//! The server has no engine.
//!
//! | File | Part |
//! |---|---|
//! | `engine` | jobs, the one timer, updates after each job |
//! | `room`, `presence` | the machines of a conversation and of presence, with their sockets |
//! | `tabs` | open conversations |
//! | `attention` | read positions and unread counts |
//! | `auto_reply` | automatic answers while the person is away |
//! | `open_room`, `presence_connection` | parts of the engine's state |
//! | `effects`, `toasts` | motion, sounds and toasts |
//! | `limits`, `seconds` | limits and durations of effects |
//! | `local_persistence` | stored data of this device |
//! | `late_persistence` | stored data that is loaded after the start |
//! | `arrangement` | arrangement of the list |
//! | `list` | rows and folded sections of the list |
//! | `idle` | idle detection |
//! | `contacts` | contacts, requests, blocks, people to whom the account appears offline, privacy settings |
//! | `device_settings` | settings of this device, and the profile |
//! | `ending` | sign-out, revocation, the network |
//! | `renewal` | renewal of the session |
//! | `screen_lock` | lock of the page |
//! | `deferred_tasks` | tasks that a page does not need at its start |
//! | `writing` | drafts and half-written edits |
//! | `drafts` | drafts on all devices, and in all tabs |
//! | `home` | what an account arranges, on all of its devices |
//! | `account` | the account: its address, password, second factor, devices and passkeys, the archive of its data, its deletion |
//! | `groups`, `programs` | groups, their pinned messages, and their programs |
//! | `people` | searches for people, handles, invite links, local times |
//! | `moderation` | reports, acts of moderators, and the reason why a message is held back |
//! | `optimistic` | chosen values that the server has not answered |

mod account;
mod arrangement;
mod attention;
mod auto_reply;
mod bots;
pub mod cached_boot;
mod contacts;
mod deferred_tasks;
mod device_settings;
mod drafts;
mod effects;
mod ending;
mod engine;
mod groups;
mod home;
mod idle;
mod late_persistence;
mod limits;
mod list;
mod local_persistence;
mod moderation;
mod muting;
mod open_room;
mod optimistic;
mod own_emoticons;
mod people;
mod presence;
mod presence_connection;
mod programs;
pub mod renewal;
mod requests;
mod room;
mod screen_lock;
mod search;
mod seconds;
mod tabs;
mod toasts;
mod writing;

pub use crate::boot::BootUser as Me;
pub use arrangement::key_of as list_key;
pub use device_settings::{SETTINGS_KEY, chosen_appearance};
pub use ending::HOME_PAGE;
pub use engine::State;
pub use local_persistence::{forget_last, place_key};
pub use tabs::{KEEPS_PLACE, direct_room};

use leptos::prelude::*;
use protocol::words::event::Millis;
use protocol::words::ids::is_demo;

use crate::boot::{Boot, BootUser, PageLimits};
use crate::browser::CallError;
use crate::store::account::KnownAccount;
use crate::store::arrangement::{Arrangement, ListDialog};
use crate::store::connection::Banner;
use crate::store::conversation::Conversation;
use crate::store::devices::SignedInDevice;
use crate::store::groups::Groups;
use crate::store::home::{Home, NextFocus};
use crate::store::moderation::Standing;
use crate::store::own_emoticons::OwnEmoticons;
use crate::store::relations::Relations;
use crate::store::renewal::{Renewal, SignInCheck};
use crate::store::roster::Roster;
use crate::store::search::Search;
use crate::store::settings::Settings;
use crate::store::toasts::Toasts;
use crate::view::events;
use engine::Engine;

/// Stores and commands. Copy it into every closure.
#[derive(Clone, Copy)]
pub struct Session {
    /// The person at this device.
    pub me: RwSignal<Me>,
    /// The session's CSRF token, for plain forms (member `csrf`).
    pub csrf: StoredValue<String>,
    pub roster: Roster,
    pub arrangement: RwSignal<Arrangement>,
    pub list_dialog: RwSignal<ListDialog>,
    /// Contacts, requests and blocks.
    pub relations: Relations,
    /// Open conversations, in the order of their tabs.
    pub open: RwSignal<Vec<Conversation>>,
    pub current: RwSignal<Option<Conversation>>,
    /// Place of the focus when the next conversation comes into view.
    pub next_focus: StoredValue<NextFocus>,
    pub banner: RwSignal<Banner>,
    /// Number of messages that arrived since the connection was lost.
    pub new_since_lost: RwSignal<usize>,
    /// Name of another person who is signed in in this browser now; empty while it is unknown.
    pub somebody_else: RwSignal<Option<String>>,
    /// The server has a newer release than this page.
    pub is_outdated: RwSignal<bool>,
    pub settings: Settings,
    pub emoticons: OwnEmoticons,
    /// Groups: invitations and dialogs.
    pub groups: Groups,
    pub search: Search,
    pub toasts: Toasts,
    /// Panels that open beside the list.
    pub home: Home,
    /// Number of the last opened presence socket, 0 before the first. It is set before the socket's first frame.
    pub presence_openings: RwSignal<u32>,
    /// Whole seconds until the session ends, once it cannot be extended.
    pub ending_in_s: RwSignal<Option<u32>>,
    /// Dialog about a session that ends.
    pub renewal: RwSignal<Renewal>,
    /// Last refused sign-in of the dialog.
    pub renewal_error: RwSignal<Option<CallError>>,
    /// Configuration that a sign-in from the open page needs.
    pub sign_in_check: StoredValue<SignInCheck>,
    /// Time for which the browser keeps the session's cookie.
    pub cookie_ms: StoredValue<Millis>,
    pub limits: PageLimits,
    pub account: KnownAccount,
    /// Mutes, bans and rules of rooms that stand; loaded for people with a role.
    pub standing: RwSignal<Standing>,
    pub devices: RwSignal<Vec<SignedInDevice>>,
    /// The browser runs the page; `false` on the server and until hydration is done. Local times wait for it.
    pub is_live: RwSignal<bool>,
    engine: StoredValue<Option<Engine>, LocalStorage>,
}

/// Returns the session of the page. It panics outside of the messenger page, which is a programming error.
pub fn use_session() -> Session {
    expect_context::<Session>()
}

impl Session {
    /// Provides the session of `user` as context, from the server's boot state. It is idle before [`Session::start`].
    pub fn provide(boot: &Boot, user: &BootUser) -> Self {
        let settings = Settings::new(&boot.appearance);
        let session = Self {
            me: RwSignal::new(user.clone()),
            csrf: StoredValue::new(boot.csrf.clone()),
            roster: Roster::new(&user.id, &boot.people, &boot.rooms, settings.language),
            arrangement: RwSignal::new(Arrangement::default()),
            list_dialog: RwSignal::new(ListDialog::Closed),
            relations: Relations { is_alone: RwSignal::new(boot.is_alone), ..Relations::default() },
            open: RwSignal::new(Vec::new()),
            current: RwSignal::new(None),
            next_focus: StoredValue::new(NextFocus::Editor),
            banner: RwSignal::new(Banner::Hidden),
            new_since_lost: RwSignal::new(0),
            is_outdated: RwSignal::new(false),
            settings,
            emoticons: OwnEmoticons::default(),
            groups: Groups::default(),
            search: Search::default(),
            toasts: Toasts::default(),
            home: Home {
                notification_choices: StoredValue::new(boot.notification_choices.clone()),
                restored_at: StoredValue::new(boot.restored_at),
                ..Home::default()
            },
            somebody_else: RwSignal::new(None),
            presence_openings: RwSignal::new(0),
            ending_in_s: RwSignal::new(None),
            renewal: RwSignal::new(Renewal::Nothing),
            renewal_error: RwSignal::new(None),
            sign_in_check: StoredValue::new(SignInCheck { site_key: boot.turnstile_site_key.clone() }),
            cookie_ms: StoredValue::new(boot.cookie_ms),
            limits: boot.limits,
            account: KnownAccount::default(),
            standing: RwSignal::new(Standing::default()),
            devices: RwSignal::new(Vec::new()),
            is_live: RwSignal::new(false),
            engine: StoredValue::new_local(None),
        };
        on_cleanup(move || {
            events::here(|| {
                session.engine.try_with_value(|engine| engine.iter().for_each(Engine::stop));
            });
        });
        provide_context(session);
        session
    }

    /// Starts the session: loads the cache, opens sockets. Call it once, in an effect (effects run in the browser only).
    pub fn start(self) {
        let engine = Engine::new(self);
        self.engine.set_value(Some(engine.clone()));
        engine.start();
    }

    /// Returns `true` if this is a page of the demo, which has a single room: no files, no direct conversations, no account settings.
    /// Actions that the server would refuse are not offered.
    pub fn is_of_demo(self) -> bool {
        self.me.with_untracked(|me| is_demo(&me.id))
    }

    /// Runs a command of the page's views, once the engine is ready: `session.run(State::show_list)`. Commands are the public methods of
    /// [`State`]. The server runs and compiles none.
    pub fn run(self, command: impl FnOnce(&mut State) + 'static) {
        events::here(move || {
            if let Some(engine) = self.engine.get_value() {
                engine.run_when_ready(command);
            }
        });
    }

    /// Runs a command about a room, a person or the like with this id: `session.run_for(&room, State::nudge)`.
    pub fn run_for(self, id: &str, command: impl FnOnce(&mut State, &str) + 'static) {
        let id = id.to_owned();
        self.run(move |state| command(state, &id));
    }
}
