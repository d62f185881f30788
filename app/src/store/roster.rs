//! People and rooms of the contact list, one signal per row. `session` writes them.

use leptos::prelude::*;
use protocol::client::{Row, RowKind};
use protocol::words::event::Millis;
use protocol::words::own_words::in_language;
use protocol::words::principal::UserKind;
use protocol::words::status::{OFFLINE, Status};

use super::settings::MessageSettings;
use super::shown_words::shown_words;
use crate::boot::{BootPerson, BootRoom};
use crate::browser::letters::lower;
use crate::store::groups::is_group;
use crate::store::relations::PersonRef;

/// Largest number of characters of a draft or a last message in the list.
pub const LINE_CHARS_MAX: usize = 80;

protocol::record! {
    /// Last message of a conversation, as its row in the list shows it.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct LastMessage {
        /// Time of the message; 0 while none is known.
        pub at: Millis = "at",
        pub is_own: bool = "isOwn",
        pub name: String = "name",
        /// Beginning of the text; empty for a nudge and a wink.
        pub words: String = "words",
        /// Id of the wink; otherwise empty.
        pub wink: String = "wink",
    }
}

impl LastMessage {
    /// Returns the part of a row of a log that the list shows; `None` for a row that is no message, or that was deleted.
    pub fn of(row: &Row, settings: MessageSettings) -> Option<Self> {
        if !row.kind.is_message() || row.is_deleted {
            return None;
        }
        let wink = if let RowKind::Wink(wink) = &row.kind { wink.wink_id.clone() } else { String::new() };
        let words = shown_words(&row.kind, settings).chars().take(LINE_CHARS_MAX).collect();
        Some(Self { at: row.at, is_own: row.is_own, name: row.sender_name.clone(), words, wink })
    }
}

/// Part of a row of the list that is about its conversation. It is a signal of its own, because it changes with every message, and a change
/// of a person or a room plans all of the list again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    pub unread: u32,
    /// Beginning of the draft; empty without one (`Draft:` in the list).
    pub draft: String,
    pub last: LastMessage,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RosterPerson {
    pub id: String,
    /// Shown name: the nickname, or the display name.
    pub display_name: String,
    pub own_name: String,
    /// Status that others see; `None` = offline.
    pub status: Option<Status>,
    /// Personal message; empty when there is none.
    pub personal_message: String,
    pub avatar_id: String,
    /// Start of the status.
    pub since: Millis,
    /// The person is known only as a member of a group: their presence is loaded, but the list does not show them.
    pub is_stranger: bool,
    /// State of a bot that cannot answer now: [`SLEEPING`] or [`UNAVAILABLE`]; otherwise empty.
    pub rest: &'static str,
    /// The person has an account, although the id is that of a guest (`account.md` 10).
    pub is_account: bool,
}

/// Word of a bot that can answer, in the place of a status.
pub const BOT: &str = "bot";
/// Word of a bot that has reached its daily limit.
pub const SLEEPING: &str = "sleeping";
/// Word of a bot that is unreachable.
pub const UNAVAILABLE: &str = "unavailable";

pub fn is_bot(user: &str) -> bool {
    user.starts_with("bot_")
}

impl RosterPerson {
    /// Returns the wire word of the visible status; for a bot, the word of its state.
    pub fn word(&self) -> &'static str {
        match self.rest {
            "" if is_bot(&self.id) => BOT,
            "" => self.status.map_or(OFFLINE, Status::as_str),
            rest => rest,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterRoom {
    pub id: String,
    pub name: String,
    /// Number of people in the room, as far as it is known.
    pub here: Option<u32>,
    /// Short list of the other members of a group, as far as they are known.
    pub who: String,
}

impl RosterRoom {
    /// Makes a room of which nothing else is known yet.
    pub fn new(id: String, name: String) -> Self {
        Self { id, name, here: None, who: String::new() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PersonHandle {
    /// For `<For key=…>`.
    pub key: u32,
    pub person: RwSignal<RosterPerson>,
    pub activity: RwSignal<Activity>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RoomHandle {
    /// For `<For key=…>`.
    pub key: u32,
    pub room: RwSignal<RosterRoom>,
    pub activity: RwSignal<Activity>,
}

impl PersonHandle {
    fn new(key: u32, person: RosterPerson, unread: u32) -> Self {
        Self { key, person: RwSignal::new(person), activity: RwSignal::new(Activity { unread, ..Activity::default() }) }
    }
}

impl RoomHandle {
    fn new(key: u32, room: RosterRoom, unread: u32) -> Self {
        Self { key, room: RwSignal::new(room), activity: RwSignal::new(Activity { unread, ..Activity::default() }) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ListMember {
    /// A person or a bot.
    Person(PersonHandle),
    Room(RoomHandle),
}

impl ListMember {
    /// Returns the shown name. Reactive.
    pub fn name(&self) -> String {
        match self {
            Self::Person(handle) => handle.person.with(|person| person.display_name.clone()),
            Self::Room(handle) => handle.room.with(|room| room.name.clone()),
        }
    }

    /// Returns the person, unless this is a room.
    pub fn person(&self) -> Option<RwSignal<RosterPerson>> {
        match self {
            Self::Person(handle) => Some(handle.person),
            Self::Room(_) => None,
        }
    }

    /// Returns what the row shows of the conversation.
    pub fn activity(&self) -> RwSignal<Activity> {
        match self {
            Self::Person(handle) => handle.activity,
            Self::Room(handle) => handle.activity,
        }
    }
}

/// Person, bot or room that a conversation is with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// It is a person or a bot.
    pub is_person: bool,
    pub id: String,
    pub name: String,
}

/// Contact list.
#[derive(Clone, Copy)]
pub struct Roster {
    /// All known people in order of discovery, without the person at this device.
    pub people: RwSignal<Vec<PersonHandle>>,
    pub rooms: RwSignal<Vec<RoomHandle>>,
    /// Nicknames that the person gives to others (`arrangement::nicknames`).
    pub nicknames: RwSignal<Vec<PersonRef>>,
    /// Language of the page, in which the rows have what the product itself has written.
    language: RwSignal<String>,
    /// Key of the next new row. None is used twice, so that a list never takes a new row for one that has gone.
    next_key: StoredValue<u32>,
}

/// Rows of the list for a search.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct VisibleRows {
    /// Rooms, in order of discovery.
    pub rooms: Vec<RoomHandle>,
    /// People who are not offline, by status, then by name.
    pub online: Vec<PersonHandle>,
    /// People who are offline, by name.
    pub offline: Vec<PersonHandle>,
    /// Bots, by name.
    pub bots: Vec<PersonHandle>,
    /// Characters of an account's list ([`super::characters`]), in the order of the people; empty while they are among these.
    pub characters: Vec<PersonHandle>,
}

impl Roster {
    /// Makes the list of the server's boot state, in the language of the page.
    pub fn new(own_id: &str, people: &[BootPerson], rooms: &[BootRoom], language: RwSignal<String>) -> Self {
        let listed = people.len().max(rooms.len()) as u32;
        let people = people.iter().filter(|person| person.id != own_id).enumerate().map(|(key, person)| {
            let listed = RosterPerson {
                id: person.id.clone(),
                display_name: person.display_name.clone(),
                own_name: person.display_name.clone(),
                status: seen(&person.status),
                personal_message: person.personal_message.clone(),
                avatar_id: person.avatar_id.clone(),
                since: person.since,
                is_account: person.kind == UserKind::User,
                ..RosterPerson::default()
            };
            PersonHandle::new(key as u32, listed, person.unread)
        });
        let rooms = rooms.iter().enumerate().map(|(key, room)| {
            RoomHandle::new(key as u32, RosterRoom::new(room.id.clone(), room.name.clone()), room.unread)
        });
        let roster = Self {
            people: RwSignal::new(people.collect()),
            rooms: RwSignal::new(rooms.collect()),
            nicknames: RwSignal::new(Vec::new()),
            language,
            next_key: StoredValue::new(listed),
        };
        roster.translate();
        roster
    }

    /// Puts the rows into the language of the page, once it has changed: names of public rooms, personal messages of personas and bots.
    pub fn translate(&self) {
        for PersonHandle { person, .. } in self.people.get_untracked() {
            let message = person.with_untracked(|person| self.message_of(&person.id, &person.personal_message));
            person.maybe_update(|person| set_if_new(&mut person.personal_message, message));
        }
        for RoomHandle { room, .. } in self.rooms.get_untracked() {
            let name = room.with_untracked(|room| self.name_of_room(&room.id, &room.name));
            room.maybe_update(|room| set_if_new(&mut room.name, name));
        }
    }

    /// Returns the personal message that the page shows of a user: one of a persona or bot, unless its player wrote it, is in its language.
    pub fn message_of(&self, user: &str, message: &str) -> String {
        self.translated(message, matches!(UserKind::of_id(user), UserKind::Persona | UserKind::Bot))
    }

    /// Returns the name that the page shows of a room: that of a public room is in its language.
    pub fn name_of_room(&self, room: &str, name: &str) -> String {
        self.translated(name, !is_group(room))
    }

    fn translated(&self, words: &str, are_own: bool) -> String {
        if are_own { self.language.with_untracked(|tag| in_language(words, tag).to_owned()) } else { words.to_owned() }
    }

    pub fn person(&self, id: &str) -> Option<RwSignal<RosterPerson>> {
        self.person_handle(id).map(|handle| handle.person)
    }

    fn person_handle(&self, id: &str) -> Option<PersonHandle> {
        let is_it = |handle: &&PersonHandle| handle.person.with_untracked(|person| person.id == id);
        self.people.with(|all| all.iter().find(is_it).copied())
    }

    /// Returns the row of a room, or else that of the person at the other end of a direct conversation.
    pub fn member(&self, room: &str, partner: Option<&str>) -> Option<ListMember> {
        let of_room = self.room_handle(room).map(ListMember::Room);
        of_room.or_else(|| self.person_handle(partner?).map(ListMember::Person))
    }

    /// Returns `true` if the person is known to have an account. Reactive.
    pub fn is_account(&self, id: &str) -> bool {
        self.person(id).is_some_and(|row| row.with(|person| person.is_account))
    }

    pub fn room(&self, id: &str) -> Option<RwSignal<RosterRoom>> {
        self.room_handle(id).map(|handle| handle.room)
    }

    fn room_handle(&self, id: &str) -> Option<RoomHandle> {
        let is_it = |handle: &&RoomHandle| handle.room.with_untracked(|room| room.id == id);
        self.rooms.with(|all| all.iter().find(is_it).copied())
    }

    /// Returns the id of the first bot that the page knows. Reactive.
    pub fn first_bot(&self) -> Option<String> {
        let people = self.people.get().into_iter();
        people.map(|handle| handle.person.with(|person| person.id.clone())).find(|id| is_bot(id))
    }

    /// Adds or updates a person. The state of a bot stays.
    pub fn put_person(&self, mut person: RosterPerson) {
        person.own_name.clone_from(&person.display_name);
        person.display_name = untrack(|| self.name_of(&person.id, &person.own_name));
        person.personal_message = self.message_of(&person.id, &person.personal_message);
        if let Some(row) = untrack(|| self.person(&person.id)) {
            let person = RosterPerson { rest: row.with_untracked(|old| old.rest), ..person };
            if row.with_untracked(|old| *old != person) {
                row.set(person);
            }
            return;
        }
        let key = self.new_key();
        self.people.update(|all| all.push(PersonHandle::new(key, person, 0)));
    }

    fn new_key(&self) -> u32 {
        let key = self.next_key.get_value();
        self.next_key.set_value(key + 1);
        key
    }

    /// Returns the shown name of a person whose display name is `name`. Reactive.
    pub fn name_of(&self, user: &str, name: &str) -> String {
        self.nicknames.with(|all| all.iter().find(|one| one.id == user).map_or(name, |one| &one.name).to_owned())
    }

    /// Applies changed nicknames.
    pub fn call(&self, nicknames: Vec<PersonRef>) {
        self.nicknames.set(nicknames);
        for handle in self.people.get_untracked() {
            let (name, old) = handle.person.with_untracked(|person| {
                (untrack(|| self.name_of(&person.id, &person.own_name)), person.display_name.clone())
            });
            if name != old {
                handle.person.update(|person| person.display_name = name);
            }
        }
    }

    /// Adds a known stranger to the list.
    pub fn welcome(&self, id: &str) {
        if let Some(row) = untrack(|| self.person(id)).filter(|row| row.with_untracked(|one| one.is_stranger)) {
            row.update(|one| one.is_stranger = false);
        }
    }

    pub fn remove_person(&self, id: &str) {
        self.people.update(|all| all.retain(|handle| handle.person.with_untracked(|person| person.id != id)));
    }

    /// Adds a room, or renames it.
    pub fn put_room(&self, mut room: RosterRoom) {
        room.name = self.name_of_room(&room.id, &room.name);
        if let Some(row) = untrack(|| self.room(&room.id)) {
            return row.update(|old| old.name = room.name);
        }
        let key = self.new_key();
        self.rooms.update(|all| all.push(RoomHandle::new(key, room, 0)));
    }

    pub fn remove_room(&self, id: &str) {
        self.rooms.update(|all| all.retain(|handle| handle.room.with_untracked(|room| room.id != id)));
    }

    /// Returns the rows of the list for `search` (a part of a name or personal message, in any case). Reactive.
    pub fn shown(&self, search: &str) -> VisibleRows {
        let search = lower(search.trim());
        let matches = |text: &str| search.is_empty() || lower(text).contains(&search);
        let rooms =
            self.rooms.get().into_iter().filter(|handle| handle.room.with(|room| matches(&room.name))).collect();
        let people = self.people.get().into_iter();
        let (mut online, mut offline, mut bots) = (Vec::new(), Vec::new(), Vec::new());
        for handle in people {
            handle.person.with(|person| {
                let words = [&person.display_name, &person.own_name, &person.personal_message];
                if person.is_stranger || !words.into_iter().any(|it| matches(it)) {
                    return;
                }
                let rank = Status::ALL.iter().position(|other| Some(*other) == person.status);
                let list = match rank {
                    _ if is_bot(&person.id) => &mut bots,
                    Some(_) => &mut online,
                    None => &mut offline,
                };
                put_in_order(list, (rank.unwrap_or_default(), lower(&person.display_name)), handle);
            });
        }
        let handles = |list: Vec<(Key, PersonHandle)>| list.into_iter().map(|(_, handle)| handle).collect();
        let (online, offline, bots) = (handles(online), handles(offline), handles(bots));
        VisibleRows { rooms, online, offline, bots, characters: Vec::new() }
    }

    /// Returns the total number of unread messages (title, badge).
    pub fn unread_total(&self) -> u32 {
        self.people.with(|all| unread_of(all)) + self.rooms.with(|all| unread_in(all))
    }
}

/// Sets a field of a listed row. Returns `true` if that changed it: whoever reads a row of the list plans all of the list again.
pub fn set_if_new<T: PartialEq>(field: &mut T, value: T) -> bool {
    let is_new = *field != value;
    *field = value;
    is_new
}

/// Returns the number of unread messages of these people. Reactive.
fn unread_of(people: &[PersonHandle]) -> u32 {
    people.iter().map(|handle| handle.activity.with(|activity| activity.unread)).sum()
}

/// Returns the number of unread messages of these rooms. Reactive.
fn unread_in(rooms: &[RoomHandle]) -> u32 {
    rooms.iter().map(|handle| handle.activity.with(|activity| activity.unread)).sum()
}

/// Sort key of the list: status, then name.
type Key = (usize, String);

/// Inserts a person in order. There are some hundred people at most, and the library's sort would add kilobytes.
fn put_in_order(list: &mut Vec<(Key, PersonHandle)>, key: Key, handle: PersonHandle) {
    let at = list.partition_point(|(other, _)| *other <= key);
    list.insert(at, (key, handle));
}

/// Parses a visible status of the wire: `None` = offline (Appear Offline is sent as offline).
pub fn seen(wire: &str) -> Option<Status> {
    if wire == OFFLINE { None } else { Status::parse(wire) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn words_of_the_product_follow_the_language_of_the_page_and_those_of_people_stay() {
        Owner::new().with(|| {
            let language = RwSignal::new("de".to_owned());
            let roster = Roster::new("u_me", &[], &[], language);
            for id in ["music", "grp_1"] {
                roster.put_room(RosterRoom::new(id.to_owned(), "Music".to_owned()));
            }
            let names =
                || ["music", "grp_1"].map(|id| roster.room(id).unwrap().with_untracked(|room| room.name.clone()));
            assert_eq!(names(), ["Musik", "Music"]);
            language.set("fr".to_owned());
            roster.translate();
            assert_eq!(names(), ["Musique", "Music"]);
            let said = ["user_6", "bot_nova", "u_1"].map(|user| roster.message_of(user, "in the booth"));
            assert_eq!(said, ["en cabine", "en cabine", "in the booth"]);
            assert_eq!(roster.message_of("user_6", "my own words"), "my own words");
        });
    }

    #[test]
    fn messages_and_drafts_plan_no_list_again_and_a_status_does() {
        thread_local!(static PLANNED: Cell<u32> = const { Cell::new(0) });
        Owner::new().with(|| {
            let roster = Roster::new("u_me", &[], &[], RwSignal::new("en".to_owned()));
            roster.put_person(RosterPerson { id: "u_1".to_owned(), ..RosterPerson::default() });
            roster.put_room(RosterRoom::new("general".to_owned(), "General".to_owned()));
            let plan = Memo::new(move |_| {
                PLANNED.set(PLANNED.get() + 1);
                roster.shown("")
            });
            let rows = || plan.with_untracked(|rows| (rows.rooms.len(), rows.online.len()));
            for (room, partner) in [("general", None), ("dm_1", Some("u_1"))] {
                for draft in ["half a thought", ""] {
                    let last = LastMessage { at: 1, words: draft.to_owned(), ..LastMessage::default() };
                    let activity = roster.member(room, partner).unwrap().activity();
                    activity.set(Activity { unread: 1, draft: draft.to_owned(), last });
                    assert_eq!(rows(), (1, 0));
                }
            }
            assert_eq!(PLANNED.get(), 1);
            roster.person("u_1").unwrap().update(|person| person.status = Some(Status::Online));
            assert_eq!((rows(), PLANNED.get()), ((1, 1), 2));
        });
    }
}
