//! Session of the person: stores to read, intents to send. Data flows one way.
//!
//! Components call [`use_session`], read its stores and send intents. The engine handles them (machines, sockets, cache, sounds), and is
//! the only writer of the stores. The server has no engine.
//!
//! | File | Part |
//! |---|---|
//! | `engine` | jobs, the one timer, updates after each job |
//! | `room`, `presence` | the machines of a conversation and of presence, with their sockets |
//! | `tabs` | open conversations |
//! | `attention` | read positions and unread counts |
//! | `auto_reply` | automatic answers while the person is away |
//! | `open_room`, `presence_connection`, `renewal_state`, `sign_out_state`, `draft_event` | parts of the engine's state |
//! | `effects`, `toasts` | motion, sounds and toasts |
//! | `effect_limiter`, `popups`, `seconds` | limits and durations of effects |
//! | `local_persistence` | stored data of this device |
//! | `late_persistence` | stored data that is loaded after the start |
//! | `arrangement` | arrangement of the list |
//! | `list` | rows and folded sections of the list |
//! | `idle` | idle detection |
//! | `contacts` | contacts, requests, blocks, privacy settings |
//! | `hidden_from` | people to whom the account appears offline |
//! | `device_settings` | settings of this device, and the profile |
//! | `ending` | sign-out, revocation, the network |
//! | `renewal` | renewal of the session |
//! | `screen_lock` | lock of the page |
//! | `deferred_tasks` | tasks that a page does not need at its start |
//! | `writing` | drafts and half-written edits |
//! | `drafts` | drafts on all devices, and in all tabs |
//! | `home`, `home_event` | what an account arranges, on all of its devices |
//! | `devices` | other devices of the person |
//! | `account` | the account: its address, password, second factor and recovery codes |
//! | `passkeys` | passkeys of the account |
//! | `pins` | the pinned message |
//! | `people` | searches for people, handles, invite links |
//! | `reports` | reports of people to the operators |
//! | `moderation` | acts of moderators, and the reason why a message is held back |
//! | `leaving` | archive of the data, and deletion of the account |
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
mod devices;
mod draft_event;
mod drafts;
mod effect_limiter;
mod effects;
mod embedding;
mod ending;
mod engine;
mod groups;
mod hidden_from;
mod home;
mod home_event;
mod idle;
mod integrations;
mod late_persistence;
mod leaving;
mod list;
mod local_persistence;
mod local_time;
mod moderation;
mod muting;
mod open_room;
mod optimistic;
mod own_bots;
mod own_emoticons;
mod passkeys;
mod people;
mod pins;
mod popups;
mod presence;
mod presence_connection;
pub mod renewal;
mod renewal_state;
mod reports;
mod requests;
mod room;
mod screen_lock;
mod search;
mod seconds;
mod sign_out_state;
mod tabs;
mod toasts;
mod writing;

pub use arrangement::key_of as list_key;
pub use device_settings::{SETTINGS_KEY, chosen_appearance};
pub use ending::HOME_PAGE;
pub use local_persistence::{forget_last, place_key};
pub use tabs::{KEEPS_PLACE, direct_room};

use leptos::prelude::*;
use protocol::codec::json::{Value, json_text};
use protocol::machines::presence::PresenceChange;
use protocol::people::moderation::DeploymentRole;
use protocol::words::conversation_address::ConversationAddress;
use protocol::words::event::Millis;
use protocol::words::ids::is_demo;
use protocol::words::principal::UserKind;
use protocol::words::status::Status;

use crate::appearance::{Appearance, Motion, Theme};
use crate::boot::{Boot, BootUser, PageLimits};
use crate::browser::{CallError, clock, device, dom};
use crate::store::account::KnownAccount;
use crate::store::arrangement::{Arrangement, ListDialog};
use crate::store::chat_preferences::ChatPreferences;
use crate::store::connection::Banner;
use crate::store::conversation::{ComposerMode, Conversation};
use crate::store::devices::SignedInDevice;
use crate::store::find::FindCommand;
use crate::store::groups::{GroupDialog, Groups};
use crate::store::home::{Home, NextFocus};
use crate::store::kept_messages;
use crate::store::leaving::{Archive, DeletionForm};
use crate::store::moderation::Standing;
use crate::store::own_emoticons::OwnEmoticons;
use crate::store::passkeys::Passkeys;
use crate::store::people::{Handle, Invite, Invites, PeopleSearch};
use crate::store::relations::{PersonRef, Relations};
use crate::store::renewal::{Renewal, SignInAgain, SignInCheck};
use crate::store::roster::Roster;
use crate::store::search::{Search, SearchHit};
use crate::store::settings::{MessageSettings, Settings, SoundSettings};
use crate::store::toasts::{News, Toasts};
use crate::view::events;
use deferred_tasks::DeferredTask;
use engine::{Engine, State};
use home_event::HomeEvent;

/// The person at this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// User id.
    pub id: String,
    /// Account, persona or guest.
    pub kind: UserKind,
    /// Display name.
    pub display_name: String,
    /// Picture.
    pub avatar_id: String,
    /// Personal message; empty when there is none.
    pub personal_message: String,
    /// Status that the person has chosen.
    pub status: Status,
    /// Role of the account in this deployment; most people have none.
    pub role: Option<DeploymentRole>,
    /// End of the mute with which the page began, by the server's clock.
    pub muted_until: Option<Millis>,
}

impl Me {
    /// Returns `true` for an account: guests and personas have less, and may become one while the page is open (`account.md` 10).
    pub fn is_account(&self) -> bool {
        self.kind == UserKind::User
    }
}

impl From<&BootUser> for Me {
    fn from(user: &BootUser) -> Self {
        Self {
            id: user.id.clone(),
            kind: user.kind,
            display_name: user.display_name.clone(),
            avatar_id: user.avatar_id.clone(),
            personal_message: user.personal_message.clone(),
            status: user.status,
            role: user.role,
            muted_until: user.muted_until,
        }
    }
}

/// Stores and intents. Copy it into every closure.
#[derive(Clone, Copy)]
pub struct Session {
    /// The person at this device.
    pub me: RwSignal<Me>,
    /// The session's CSRF token, for plain forms (member `csrf`).
    pub csrf: StoredValue<String>,
    /// Contact list.
    pub roster: Roster,
    /// The person's arrangement of the list.
    pub arrangement: RwSignal<Arrangement>,
    /// Open dialog of the list.
    pub list_dialog: RwSignal<ListDialog>,
    /// Contacts, requests and blocks.
    pub relations: Relations,
    /// Open conversations, in the order of their tabs.
    pub open: RwSignal<Vec<Conversation>>,
    /// The open conversation.
    pub current: RwSignal<Option<Conversation>>,
    /// Place of the focus when the next conversation comes into view.
    pub next_focus: StoredValue<NextFocus>,
    /// Connection banner.
    pub banner: RwSignal<Banner>,
    /// Number of messages that arrived since the connection was lost.
    pub new_since_lost: RwSignal<usize>,
    /// Name of another person who is signed in in this browser now; empty while it is unknown.
    pub somebody_else: RwSignal<Option<String>>,
    /// The server has a newer release than this page.
    pub is_outdated: RwSignal<bool>,
    /// Settings of this device.
    pub settings: Settings,
    /// The person's own emoticons.
    pub emoticons: OwnEmoticons,
    /// Groups: invitations and dialogs.
    pub groups: Groups,
    /// Search and its results.
    pub search: Search,
    /// Toasts.
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
    /// Limits of the deployment.
    pub limits: PageLimits,
    /// The account of the person, once it was asked for.
    pub account: KnownAccount,
    /// Mutes, bans and rules of rooms that stand; loaded for people with a role.
    pub standing: RwSignal<Standing>,
    /// Devices of the person, once the list is loaded.
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
            me: RwSignal::new(Me::from(user)),
            csrf: StoredValue::new(boot.csrf.clone()),
            roster: Roster::new(&user.id, &boot.people, &boot.rooms, settings.language),
            arrangement: RwSignal::new(Arrangement::default()),
            list_dialog: RwSignal::new(ListDialog::Closed),
            relations: Relations { is_alone: RwSignal::new(boot.is_alone), ..Relations::new() },
            open: RwSignal::new(Vec::new()),
            current: RwSignal::new(None),
            next_focus: StoredValue::new(NextFocus::Editor),
            banner: RwSignal::new(Banner::Hidden),
            new_since_lost: RwSignal::new(0),
            is_outdated: RwSignal::new(false),
            settings,
            emoticons: OwnEmoticons::new(),
            groups: Groups::new(),
            search: Search::default(),
            toasts: Toasts::new(),
            home: Home {
                notification_choices: StoredValue::new(boot.notification_choices.clone()),
                restored_at: StoredValue::new(boot.restored_at),
                ..Home::new()
            },
            somebody_else: RwSignal::new(None),
            presence_openings: RwSignal::new(0),
            ending_in_s: RwSignal::new(None),
            renewal: RwSignal::new(Renewal::Nothing),
            renewal_error: RwSignal::new(None),
            sign_in_check: StoredValue::new(SignInCheck { site_key: boot.turnstile_site_key.clone() }),
            cookie_ms: StoredValue::new(boot.cookie_ms),
            limits: boot.limits,
            account: KnownAccount::new(),
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

    /// Runs `job` once the engine is ready for intents.
    fn intend(self, job: impl FnOnce(&mut State) + 'static) {
        events::here(move || {
            if let Some(engine) = self.engine.get_value() {
                engine.run_when_ready(job);
            }
        });
    }

    /// Runs `job` with the id of a room, a person or the like once the engine is ready for intents.
    fn intend_for(self, id: &str, job: impl FnOnce(&mut State, &str) + 'static) {
        let id = id.to_owned();
        self.intend(move |state| job(state, &id));
    }

    // ---- Conversations -------------------------------------------------------------------------------------------

    /// Opens a conversation by room id.
    pub fn open_conversation(self, room: &str) {
        self.intend_for(room, State::open_conversation);
    }
    /// Opens the conversation that an address names, if it is one of this person's own, and scrolls to its message.
    pub fn open_linked(self, address: ConversationAddress) {
        self.intend(move |state| state.open_linked(address));
    }
    /// Copies the link to a conversation, or to the message at this position in it.
    pub fn copy_link(self, room: &str, seq: Option<u64>) {
        let path = ConversationAddress { room: room.to_owned(), seq, of: None }.path();
        let copied = move || self.intend(|state| state.show_news(News::LinkCopied, None));
        events::here(|| dom::copy_and(&format!("{}{path}", device::origin()), copied));
    }
    /// Opens the conversation with a person, and makes its room if necessary.
    pub fn open_person(self, user: &str) {
        self.intend_for(user, State::open_person);
    }
    /// Shows an open conversation.
    pub fn show(self, room: &str) {
        self.intend_for(room, State::show);
    }
    /// Shows the next (`step` = 1) or previous (-1) open conversation; `only_unread` skips the read ones.
    pub fn show_neighbour(self, step: i32, only_unread: bool) {
        self.intend(move |state| state.show_neighbour(step, only_unread));
    }
    /// On a phone, returns to the list; the conversation stays open in the background.
    pub fn show_list(self) {
        self.intend(State::show_list);
    }
    /// Closes a conversation.
    pub fn close_conversation(self, room: &str) {
        self.intend_for(room, State::close_conversation);
    }
    /// Loads older rows, because the log was scrolled to its top.
    pub fn load_older(self, room: &str) {
        self.intend_for(room, State::load_older);
    }
    /// Loads more of the people in a room, because somebody looks at their list.
    pub fn load_people(self, room: &str) {
        self.intend_for(room, State::load_people);
    }
    /// Handles a report of `browser::scroll` that the bottom of the log became visible or hidden.
    pub fn bottom_in_view(self, room: &str, is_in_view: bool) {
        self.intend_for(room, move |state, room| state.bottom_in_view(room, is_in_view));
    }

    // ---- Writing -------------------------------------------------------------------------------------------------

    /// Sends a message. Blank text is ignored unless it has attachments: members of the frame, as JSON text.
    pub fn say(self, room: &str, content: String, attached: String) {
        self.intend_for(room, move |state, room| state.say(room, &content, &attached));
    }
    /// Turns the composer to an answer, to an edit, or back. Back from an edit discards it.
    pub fn turn_to(self, room: &str, writing: ComposerMode) {
        self.intend_for(room, move |state, room| state.turn_to(room, writing));
    }
    /// Handles a change of the composer's text: it stores the draft or the edit, and sends the typing indicator.
    pub fn edit_draft(self, room: &str, content: String) {
        self.intend_for(room, move |state, room| state.edit_draft(room, content));
    }
    /// Forwards a message to a person or room. Its conversation was opened before.
    pub fn forward(self, id: &str, is_person: bool, content: String) {
        let id = id.to_owned();
        self.intend(move |state| {
            let room = if is_person { state.room_with(&id) } else { Some(id) };
            if let Some(room) = room {
                state.forward(&room, &content);
            }
        });
    }
    /// Sends a nudge.
    pub fn nudge(self, room: &str) {
        self.intend_for(room, State::nudge);
    }
    /// Sends a wink of the catalogue.
    pub fn wink(self, room: &str, wink_id: &str) {
        let (room, wink_id) = (room.to_owned(), wink_id.to_owned());
        self.intend(move |state| state.wink(&room, &wink_id));
    }
    /// Adds or removes a reaction.
    pub fn react(self, room: &str, id: &str, reaction: &str, is_there: bool) {
        let (room, id, reaction) = (room.to_owned(), id.to_owned(), reaction.to_owned());
        self.intend(move |state| state.react(&room, &id, &reaction, is_there));
    }
    /// Deletes a message in a moment, for all or for this person.
    pub fn delete(self, room: &str, id: &str, for_all: bool) {
        let (room, id) = (room.to_owned(), id.to_owned());
        self.intend(move |state| state.delete(&room, &id, for_all));
    }
    /// Shows the message again whose deletion was not sent yet, and does not send it.
    pub fn undo_deletion(self, room: &str) {
        self.intend_for(room, State::undo_deletion);
    }
    /// Takes an own message back that was just sent.
    pub fn take_back(self, room: &str, id: &str) {
        let (room, id) = (room.to_owned(), id.to_owned());
        self.intend(move |state| state.take_back(&room, &id));
    }
    /// Searches messages by the filters and the text of the search box.
    pub fn search(self) {
        self.search.begin();
        self.find(None, FindCommand::Search);
    }
    /// Removes a filter of the search box. Messages that were found with it are searched for again.
    pub fn remove_filter(self, at: usize) {
        let had_results = self.search.messages.with_untracked(Option::is_some);
        self.search.remove_filter(at);
        if had_results {
            self.search();
        }
    }
    /// Carries out a command of the search for messages within a conversation, or in all of them.
    pub fn find(self, room: Option<String>, command: FindCommand) {
        self.intend(move |state| state.run_or_defer(DeferredTask::Find(room, command)));
    }
    /// Opens a found message.
    pub fn open_found(self, found: &SearchHit) {
        let found = found.clone();
        self.intend(move |state| state.open_found(&found));
    }
    /// Marks messages from this position on as unread, on this device, and shows the list.
    pub fn mark_unread(self, room: &str, seq: u64) {
        self.intend_for(room, move |state, room| state.mark_unread(room, seq));
    }
    /// Scrolls to a message. `seq` is its position if it is known; without it earlier pages are searched.
    pub fn jump(self, room: &str, id: &str, seq: Option<u64>) {
        let (room, id) = (room.to_owned(), id.to_owned());
        self.intend(move |state| state.jump(&room, &id, seq));
    }
    /// Sends a failed row again.
    pub fn retry(self, room: &str, id: &str) {
        let (room, id) = (room.to_owned(), id.to_owned());
        self.intend(move |state| state.retry(&room, &id));
    }
    /// Discards a failed row.
    pub fn discard(self, room: &str, id: &str) {
        let (room, id) = (room.to_owned(), id.to_owned());
        self.intend(move |state| state.discard(&room, &id));
    }

    // ---- Effects -------------------------------------------------------------------------------------------------

    /// Ends the nudge's animation.
    pub fn nudge_shown(self, room: &str) {
        self.intend_for(room, State::nudge_shown);
    }
    /// Plays the wink of a row again, for this person only.
    pub fn play_wink(self, room: &str, row_id: &str) {
        let (room, row_id) = (room.to_owned(), row_id.to_owned());
        self.intend(move |state| state.replay_wink(&room, &row_id));
    }
    /// Handles the end of the wink on stage.
    pub fn wink_shown(self, room: &str) {
        self.intend_for(room, State::wink_shown);
    }

    // ---- Presence ------------------------------------------------------------------------------------------------

    /// Sets the status, which the sign-in page of this device offers the next time.
    pub fn choose_status(self, status: Status) {
        self.intend(move |state| {
            state.set_presence(PresenceChange { status: Some(status), ..PresenceChange::default() });
            state.save_appearance(status.as_str());
        });
    }
    /// Sets the own status with a text that replaces the personal message while the status lasts. With an end, the status becomes online
    /// after it.
    pub fn set_status_saying(self, status: Status, words: String, until: Option<Millis>) {
        let (status, status_text) = (Some(status), Some(words));
        let change = PresenceChange { status, status_text, until, ..PresenceChange::default() };
        self.intend(move |state| state.set_presence(change));
    }
    /// Changes the own personal message.
    pub fn set_personal_message(self, text: String) {
        self.intend(move |state| state.save_profile([None, Some(text), None], None));
    }
    /// Signs out. A guest, whom nobody can sign in again, is asked first.
    pub fn sign_out(self) {
        match self.me.with_untracked(|me| me.kind == UserKind::Guest) && !self.is_of_demo() {
            true => self.list_dialog.set(ListDialog::GuestSignOut),
            false => self.sign_out_now(),
        }
    }
    /// Ends the session, then wipes the stored data. If the server does not confirm, the page stays and says so.
    pub fn sign_out_now(self) {
        self.intend(State::sign_out);
    }

    /// Signs in again from the open page, as the same person.
    pub fn sign_in_again(self, form: SignInAgain) {
        self.intend(move |state| state.sign_in_again(form));
    }
    /// Lets the session expire.
    pub fn renew_later(self) {
        self.intend(State::renew_later);
    }
    /// Loads the devices of the person.
    pub fn load_devices(self) {
        self.intend(State::load_devices);
    }
    /// Signs another device out.
    pub fn end_device(self, id: &str) {
        self.intend_for(id, State::end_device);
    }
    /// Signs all other devices out.
    pub fn end_other_devices(self) {
        self.intend(State::end_other_devices);
    }

    /// Loads the passkeys of the account.
    pub fn load_passkeys(self, place: Passkeys) {
        self.intend(move |state| state.load_passkeys(place));
    }
    /// Makes a passkey with this name.
    pub fn add_passkey(self, place: Passkeys, name: String) {
        self.intend(move |state| state.add_passkey(place, name));
    }
    /// Renames a passkey, or removes it.
    pub fn change_passkey(self, place: Passkeys, id: &str, name: Option<String>) {
        self.intend_for(id, move |state, id| state.change_passkey(place, id, name));
    }

    /// Loads the state of the newest archive.
    pub fn load_archive(self, place: RwSignal<Archive>) {
        self.intend(move |state| state.load_archive(place));
    }
    /// Requests an archive of the person's data.
    pub fn make_archive(self, place: RwSignal<Archive>) {
        self.intend(move |state| state.make_archive(place));
    }
    /// Deletes the account; `refused` gets a refusal.
    pub fn leave_for_good(self, form: DeletionForm, refused: RwSignal<Option<CallError>>) {
        refused.set(None);
        self.intend(move |state| state.leave_for_good(&form, refused));
    }

    // ---- Other people --------------------------------------------------------------------------------------------

    /// Opens the dialog for a new group.
    pub fn new_group(self) {
        self.new_group_with(None);
    }
    /// Opens the dialog for a new group with a preselected person.
    pub fn new_group_with(self, person: Option<PersonRef>) {
        self.groups.with.set(person);
        self.groups.dialog.set(GroupDialog::New);
    }
    /// Opens the dialog with public rooms.
    pub fn open_group_search(self) {
        self.groups.found.set(None);
        self.groups.dialog.set(GroupDialog::Find);
        self.find_rooms(String::new());
    }
    /// Searches public rooms by a part of their names.
    pub fn find_rooms(self, part: String) {
        self.intend(move |state| state.run_or_defer(DeferredTask::FindRooms(part)));
    }
    /// Joins a public room. `place` is true while the request is pending, and is disposed with the dialog.
    pub fn enter_public(self, room: &str, place: RwSignal<bool>) {
        self.intend_for(room, move |state, room| state.enter_public(room, place));
    }
    /// Accepts or declines an invitation.
    pub fn answer_invitation(self, room: &str, is_accepted: bool) {
        self.intend_for(room, move |state, room| state.answer_invitation(room, is_accepted));
    }
    /// Opens a dialog about a room.
    pub fn open_group_dialog(self, room: &str, dialog: GroupDialog) {
        self.load_group(room);
        self.groups.dialog.set(dialog);
    }
    /// Loads the members of a group; other rooms send their participants themselves.
    pub fn load_group(self, room: &str) {
        self.intend_for(room, State::view_group);
    }
    /// Adds people to a group.
    pub fn add_members(self, room: &str, users: Vec<String>) {
        let ids: Vec<String> = users.iter().map(|id| json_text(id)).collect();
        self.change_group("POST", room, "/members".to_owned(), Some(format!("{{\"userIds\":[{}]}}", ids.join(","))));
    }
    /// Removes a member.
    pub fn remove_member(self, room: &str, user: &str) {
        self.change_group("DELETE", room, format!("/members/{user}"), None);
    }
    /// Pins a message, or unpins it with `None`.
    pub fn pin(self, room: &str, message: Option<&str>) {
        let body = message.map(|message| format!("{{\"messageId\":{}}}", json_text(message)));
        self.change_group(if body.is_some() { "PUT" } else { "DELETE" }, room, "/pin".to_owned(), body);
    }
    /// Makes a member an admin, or an admin a member.
    pub fn set_role(self, room: &str, user: &str, role: &'static str) {
        self.change_group("PATCH", room, format!("/members/{user}"), Some(format!("{{\"role\":\"{role}\"}}")));
    }
    fn change_group(self, method: &'static str, room: &str, path: String, body: Option<String>) {
        self.intend_for(room, move |state, room| state.change_group(method, room, &path, body));
    }
    /// Leaves a group, or deletes it.
    pub fn part_with_group(self, room: &str, is_deleted: bool) {
        self.intend_for(room, move |state, room| state.part_with_group(room, is_deleted));
    }
    /// Opens the dialog that adds a contact, with or without a chosen person.
    pub fn add_contact(self, person: Option<PersonRef>) {
        self.relations.asked.set(person);
        self.relations.is_adding.set(true);
    }
    /// Opens the same dialog, with the focus on the element that matches.
    pub fn add_contact_at(self, focused: &'static str) {
        self.relations.adding_focus.set_value(focused);
        self.add_contact(None);
    }
    /// Accepts a request, or dismisses it without a notice.
    pub fn answer_contact(self, user: &str, is_accepted: bool) {
        self.intend_for(user, move |state, user| state.answer_contact(user, is_accepted));
    }
    /// Removes a contact, or withdraws the own request. A toast says `news`.
    pub fn remove_contact(self, person: PersonRef, news: Option<News>) {
        self.intend(move |state| state.remove_contact(&person, news));
    }
    /// Blocks or unblocks a person, who gets no notice.
    pub fn block(self, person: PersonRef, is_blocked: bool) {
        self.intend(move |state| state.block(&person, is_blocked));
    }
    /// Searches people by the beginning of their names, or a person by the exact handle.
    pub fn find_people(self, place: PeopleSearch, written: String, is_handle: bool) {
        self.intend(move |state| state.find_people(place, &written, is_handle));
    }
    /// Loads the own handle.
    pub fn load_handle(self, place: Handle) {
        self.intend(move |state| state.load_handle(place));
    }
    /// Changes the own handle, or releases it without a `wish`.
    pub fn change_handle(self, place: Handle, wish: Option<String>) {
        place.begin();
        self.intend(move |state| state.change_handle(place, wish));
    }
    /// Loads the own invites: those of this group, or all.
    pub fn load_invites(self, place: Invites, room: Option<String>) {
        self.intend(move |state| state.load_invites(place, room));
    }
    /// Makes an invite link, by which one person becomes a contact or a member.
    pub fn make_invite(self, place: Invites, room: Option<String>) {
        self.intend(move |state| state.make_invite(place, room));
    }
    /// Withdraws an invite.
    pub fn end_invite(self, place: Invites, room: Option<String>, invite: Invite) {
        self.intend(move |state| state.end_invite(place, room, &invite));
    }
    /// Loads the privacy settings.
    pub fn load_privacy_settings(self) {
        self.intend(State::load_privacy_settings);
    }
    /// Changes one member of the privacy settings; `value` is JSON text.
    pub fn change_privacy_settings(self, member: &'static str, value: String) {
        self.intend(move |state| state.change_privacy_settings(member, &value));
    }

    // ---- This device ---------------------------------------------------------------------------------------------

    /// Follows the system's theme and motion while the page is open, except where the person has chosen. Call it once.
    pub fn follow_system(self) {
        device::on_preference(move || self.intend(State::system_changed));
    }
    /// Chooses a theme.
    pub fn set_theme(self, theme: Theme) {
        self.intend(move |state| state.set_theme(theme));
    }
    /// Takes the choice of a theme back, so that the theme follows the system.
    pub fn forget_theme(self) {
        self.intend(State::forget_theme);
    }
    /// Takes the choice of a motion back, so that the motion follows the system.
    pub fn forget_motion(self) {
        self.intend(State::forget_motion);
    }
    /// Chooses the amount of motion.
    pub fn set_motion(self, motion: Motion) {
        self.intend(move |state| state.set_motion(motion));
    }
    /// Switches all sounds on or off.
    pub fn set_sounds(self, is_on: bool) {
        self.intend(move |state| state.set_sounds(is_on));
    }
    /// Switches the sound of sending on or off.
    pub fn set_sent_sound(self, is_on: bool) {
        self.intend(move |state| state.set_sent_sound(is_on));
    }
    /// Changes the settings for writing and showing messages.
    pub fn set_message_settings(self, message_settings: MessageSettings) {
        self.intend(move |state| state.set_message_settings(message_settings));
    }
    /// Changes the settings of the sounds.
    pub fn set_sound_settings(self, sound_settings: SoundSettings) {
        self.intend(move |state| state.set_sound_settings(sound_settings));
    }
    /// Changes the chat preferences of a conversation.
    pub fn set_chat_preferences(self, room: &str, preferences: ChatPreferences) {
        self.intend_for(room, move |state, room| state.set_chat_preferences(room, preferences));
    }
    /// Passes a stored note of this person on this device to `then`.
    pub fn find_note(self, name: &'static str, then: impl FnOnce(Option<String>) + 'static) {
        self.intend(move |state| then(state.persistence.note(name)));
    }
    /// Stores a note for the next page of this person on this device.
    pub fn save_note(self, name: &'static str, text: String) {
        self.intend(move |state| {
            state.persistence.save_note(name, text);
            if name == kept_messages::NOTE {
                state.dispatch_home_event(HomeEvent::Changed);
            }
        });
    }
    /// Passes the name of a conversation to `then`.
    pub fn find_name(self, room: &str, then: impl FnOnce(String) + 'static) {
        self.intend_for(room, move |state, room| then(state.name_of_conversation(room)));
    }
    /// Requests a path, and passes a successful answer to `then`.
    pub fn query(self, path: String, then: impl FnOnce(Value) + 'static) {
        self.ask_for("GET", path, None, then);
    }
    /// Sends a change of the person, and passes a successful answer to `then`.
    pub fn ask_for(self, method: &'static str, path: String, body: Option<String>, then: impl FnOnce(Value) + 'static) {
        self.intend(move |state| state.ask(method, path, body, Box::new(move |_, data| then(data))));
    }
    /// Sends a change of the person, and calls `then` in any case.
    pub fn ask_and(self, method: &'static str, path: String, body: Option<String>, then: impl FnOnce() + 'static) {
        self.intend(move |state| {
            let answered = move |state: &mut State, answer: Result<Value, CallError>| {
                if let Err(error) = answer {
                    state.show_refused(method, &error);
                }
                then();
            };
            state.ask_quietly(method, path, body, Box::new(answered));
        });
    }
    /// Chooses a language.
    pub fn set_language(self, language: &str) {
        self.intend_for(language, State::set_language);
    }
    /// Chooses a text size, in percent.
    pub fn set_text_percent(self, percent: u16) {
        self.intend(move |state| state.set_text_percent(percent));
    }
    /// Opens the conversation of a toast.
    pub fn open_toast(self, key: u32) {
        self.intend(move |state| state.open_toast(key));
    }
    /// Dismisses a toast.
    pub fn dismiss_toast(self, key: u32) {
        self.intend(move |state| state.popups.remove(&state.session.toasts, key));
    }
    /// Holds a toast while it is hovered or focused; its time continues afterwards.
    pub fn hold_toast(self, key: u32, is_held: bool) {
        self.intend(move |state| state.popups.hold(clock::now_ms(), key, is_held));
    }

    /// Returns the appearance of this device, for the server.
    pub fn appearance(self) -> Appearance {
        Appearance {
            theme: Some(self.settings.theme.get_untracked()),
            motion: Some(self.settings.motion.get_untracked()),
            language: Some(self.settings.language.get_untracked()),
            text_percent: Some(self.settings.text_percent.get_untracked()),
            status: None,
        }
    }
}
