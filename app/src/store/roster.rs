//! People and rooms of the contact list, one signal per row. Written by `session` alone.

use leptos::prelude::*;
use protocol::words::event::Millis;
use protocol::words::principal::UserKind;
use protocol::words::status::{OFFLINE, Status};

use crate::boot::{BootPerson, BootRoom};
use crate::browser::letters::lower;
use crate::store::relations::PersonRef;

/// Somebody in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterPerson {
    /// User id.
    pub id: String,
    /// Name that is shown here: the person's nickname for them, or their display name.
    pub display_name: String,
    /// Their display name.
    pub own_name: String,
    /// Status that others see; `None` = offline.
    pub status: Option<Status>,
    /// Personal message; empty when there is none.
    pub personal_message: String,
    /// Picture.
    pub avatar_id: String,
    /// Time at which the status began.
    pub since: Millis,
    /// Messages that wait.
    pub unread: u32,
    /// The beginning of what is being written to this person; empty when nothing is (`Draft:` in the list).
    pub draft: String,
    /// `true` where they are known only as a member of a group: their status is asked for, the list does not show them.
    pub is_stranger: bool,
    /// Of a program that cannot answer now: [`SLEEPING`] or [`UNAVAILABLE`]; else empty.
    pub rest: &'static str,
}

/// A program that can answer, in the place of a status.
pub const BOT: &str = "bot";
/// One that has answered enough for today.
pub const SLEEPING: &str = "sleeping";
/// One that cannot be asked.
pub const UNAVAILABLE: &str = "unavailable";

/// Returns `true` if a user is a program of ours.
pub fn is_bot(user: &str) -> bool {
    user.starts_with("bot_")
}

impl RosterPerson {
    /// Returns the wire word of the status that others see of a person; for a program, the word that says if it can answer.
    pub fn word(&self) -> &'static str {
        match self.rest {
            "" if is_bot(&self.id) => BOT,
            "" => self.status.map_or(OFFLINE, Status::as_str),
            rest => rest,
        }
    }
}

/// A room in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterRoom {
    /// Room id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Messages that wait.
    pub unread: u32,
    /// People here, as far as known.
    pub here: Option<u32>,
    /// Members of a group beside the person, in short: as far as known.
    pub who: String,
    /// The beginning of what is being written there; empty when nothing is.
    pub draft: String,
}

impl RosterRoom {
    /// A room of which nothing else is known yet.
    pub fn new(id: String, name: String) -> Self {
        Self { id, name, unread: 0, here: None, who: String::new(), draft: String::new() }
    }
}

/// A person in the vector.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PersonHandle {
    /// For `<For key=…>`.
    pub key: u32,
    /// The person.
    pub person: RwSignal<RosterPerson>,
}

/// A room in the vector.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RoomHandle {
    /// For `<For key=…>`.
    pub key: u32,
    /// The room.
    pub room: RwSignal<RosterRoom>,
}

/// The contact list.
#[derive(Clone, Copy)]
pub struct Roster {
    /// Everybody, in the order they became known; without the person at this device.
    pub people: RwSignal<Vec<PersonHandle>>,
    /// Public rooms.
    pub rooms: RwSignal<Vec<RoomHandle>>,
    /// Names that the person gives to others (`arrangement::nicknames`).
    pub nicknames: RwSignal<Vec<PersonRef>>,
    /// `true` where nobody but programs was here when the page was made.
    pub begins_alone: bool,
}

/// Rows that the list shows for a search.
#[derive(Clone, PartialEq, Eq)]
pub struct VisibleRows {
    /// Rooms, in the order they became known.
    pub rooms: Vec<RoomHandle>,
    /// People who are not offline: by status, then by name.
    pub online: Vec<PersonHandle>,
    /// Everybody else, by name.
    pub offline: Vec<PersonHandle>,
    /// Programs, by name.
    pub bots: Vec<PersonHandle>,
}

impl Roster {
    /// The list as the server knew it.
    pub fn new(own_id: &str, people: &[BootPerson], rooms: &[BootRoom]) -> Self {
        let is_nobody = |person: &BootPerson| person.id == own_id || person.kind == UserKind::Bot;
        let begins_alone = people.iter().all(|person| is_nobody(person) || seen(&person.status).is_none());
        let people = people.iter().filter(|person| person.id != own_id).enumerate().map(|(key, person)| PersonHandle {
            key: key as u32,
            person: RwSignal::new(RosterPerson {
                id: person.id.clone(),
                display_name: person.display_name.clone(),
                own_name: person.display_name.clone(),
                status: seen(&person.status),
                personal_message: person.personal_message.clone(),
                avatar_id: person.avatar_id.clone(),
                since: person.since,
                unread: person.unread,
                draft: String::new(),
                is_stranger: false,
                rest: "",
            }),
        });
        let rooms = rooms.iter().enumerate().map(|(key, room)| RoomHandle {
            key: key as u32,
            room: RwSignal::new(RosterRoom {
                unread: room.unread,
                ..RosterRoom::new(room.id.clone(), room.name.clone())
            }),
        });
        Self {
            people: RwSignal::new(people.collect()),
            rooms: RwSignal::new(rooms.collect()),
            nicknames: RwSignal::new(Vec::new()),
            begins_alone,
        }
    }

    /// The row of a person.
    pub fn person(&self, id: &str) -> Option<RwSignal<RosterPerson>> {
        let is_it = |handle: &&PersonHandle| handle.person.with_untracked(|person| person.id == id);
        self.people.with(|all| all.iter().find(is_it).map(|handle| handle.person))
    }

    /// The row of a room.
    pub fn room(&self, id: &str) -> Option<RwSignal<RosterRoom>> {
        let is_it = |handle: &&RoomHandle| handle.room.with_untracked(|room| room.id == id);
        self.rooms.with(|all| all.iter().find(is_it).map(|handle| handle.room))
    }

    /// Adds somebody, or changes what is known of them. The unread count, the draft mark and a rest stay.
    pub fn put_person(&self, mut person: RosterPerson) {
        person.own_name.clone_from(&person.display_name);
        person.display_name = untrack(|| self.name_of(&person.id, &person.own_name));
        if let Some(row) = untrack(|| self.person(&person.id)) {
            let unread = row.with_untracked(|old| old.unread);
            let (draft, rest) = row.with_untracked(|old| (old.draft.clone(), old.rest));
            let person = RosterPerson { unread, draft, rest, ..person };
            if row.with_untracked(|old| *old != person) {
                row.set(person);
            }
            return;
        }
        let key = self.people.with_untracked(|all| all.iter().map(|handle| handle.key + 1).max().unwrap_or(0));
        self.people.update(|all| all.push(PersonHandle { key, person: RwSignal::new(person) }));
    }

    /// Returns the name that is shown here for somebody who calls themselves `name`. Reactive.
    pub fn name_of(&self, user: &str, name: &str) -> String {
        self.nicknames.with(|all| all.iter().find(|one| one.id == user).map_or(name, |one| &one.name).to_owned())
    }

    /// Takes over other nicknames.
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

    /// Puts somebody into the list, however they became known.
    pub fn welcome(&self, id: &str) {
        if let Some(row) = untrack(|| self.person(id)).filter(|row| row.with_untracked(|one| one.is_stranger)) {
            row.update(|one| one.is_stranger = false);
        }
    }

    /// Takes somebody out of the list.
    pub fn remove_person(&self, id: &str) {
        self.people.update(|all| all.retain(|handle| handle.person.with_untracked(|person| person.id != id)));
    }

    /// Adds a room, or renames it.
    pub fn put_room(&self, room: RosterRoom) {
        if let Some(row) = untrack(|| self.room(&room.id)) {
            return row.update(|old| old.name = room.name);
        }
        let key = self.rooms.with_untracked(|all| all.iter().map(|handle| handle.key + 1).max().unwrap_or(0));
        self.rooms.update(|all| all.push(RoomHandle { key, room: RwSignal::new(room) }));
    }

    /// Takes a room off the list.
    pub fn remove_room(&self, id: &str) {
        self.rooms.update(|all| all.retain(|handle| handle.room.with_untracked(|room| room.id != id)));
    }

    /// Returns the rows that the list shows for `search` (a part of a name or personal message, in any case). Reactive.
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
        VisibleRows { rooms, online: handles(online), offline: handles(offline), bots: handles(bots) }
    }

    /// Returns the number of all messages that wait (title, badge).
    pub fn unread_total(&self) -> u32 {
        self.people.with(|all| unread_of(all)) + self.rooms.with(|all| unread_in(all))
    }
}

/// Returns the number of messages that wait from these people. Reactive.
pub fn unread_of(people: &[PersonHandle]) -> u32 {
    people.iter().map(|handle| handle.person.with(|person| person.unread)).sum()
}

/// Returns the number of messages that wait in these rooms. Reactive.
pub fn unread_in(rooms: &[RoomHandle]) -> u32 {
    rooms.iter().map(|handle| handle.room.with(|room| room.unread)).sum()
}

/// Key that orders the list: the status, then the name.
type Key = (usize, String);

/// Inserts somebody at their place. There are some hundred people at most, and the library's sorting would be kilobytes.
fn put_in_order(list: &mut Vec<(Key, PersonHandle)>, key: Key, handle: PersonHandle) {
    let at = list.partition_point(|(other, _)| *other <= key);
    list.insert(at, (key, handle));
}

/// A status of the wire as others see it: `None` = offline (nobody is ever seen as appearing offline).
pub fn seen(wire: &str) -> Option<Status> {
    if wire == OFFLINE { None } else { Status::parse(wire) }
}
