//! Open conversations, the one in view, and the creation of direct conversations.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::client::Input;
use protocol::words::ids::{RoomForm, RoomId, RoomRules, UserId};

use super::engine::State;
use super::local_persistence::SavedTabs;
use super::requests::EmptyObject;
use crate::browser::{CallError, device, fetch, timer};
use crate::store::conversation::{Conversation, ConversationKind};
use crate::store::roster::RosterPerson;

/// Pause before a room is requested again when the server is unreachable.
const MAKE_AGAIN_MS: u32 = 3_000;

struct DirectRoomRequest {
    user_id: String,
}

protocol::record!(DirectRoomRequest { user_id = "userId" });

impl State {
    /// Returns the other person of a direct room.
    pub(super) fn partner_of(&self, room: &str) -> Option<String> {
        let own = UserId::parse(&self.own_id).ok()?;
        let id = RoomId::parse(room, &RoomRules::default()).ok()?;
        match id.form() {
            RoomForm::Direct(..) => id.partner_of(&own).map(|partner| partner.as_str().to_owned()),
            RoomForm::Public | RoomForm::Group => None,
        }
    }

    /// Returns the room of the conversation with a person.
    pub(super) fn room_with(&self, user: &str) -> Option<String> {
        direct_room(&self.own_id, user)
    }

    /// Returns the name of a conversation: of the person, or of the room.
    pub(super) fn name_of_conversation(&self, room: &str) -> String {
        let roster = self.session.roster;
        if let Some(partner) = self.partner_of(room) {
            let row = roster.person(&partner);
            return row.map_or(partner, |row| row.with_untracked(|person| person.display_name.clone()));
        }
        if let Some(row) = roster.room(room) {
            return row.with_untracked(|room| room.name.clone());
        }
        let open = self.room(room).map(|open| untrack(|| open.conversation.name_without_list()));
        open.unwrap_or_else(|| room.to_owned())
    }

    /// Opens the conversations that were open, and those with unsent messages. The one in view before is brought into view where it stands
    /// beside the list: on a phone it would cover a list that is being read.
    pub(super) fn restore_rooms(&mut self) {
        self.open_saved_tabs();
        let may_show = !device::is_stacked() || self.session.is_of_demo();
        if let Some(current) = self.persistence.tabs().current.filter(|_| may_show) {
            self.session.comes_back.set_value(true);
            self.show(&current);
        }
    }

    /// Opens them behind the conversations that are open by now; the one in view stays.
    pub(super) fn restore_rooms_behind(&mut self) {
        self.open_saved_tabs();
        self.save_tabs();
    }

    fn open_saved_tabs(&mut self) {
        let tabs = self.persistence.tabs();
        let mut others = self.persistence.rooms_with_outbox();
        others.extend(self.persistence.rooms_unread());
        let rooms = tabs.rooms.iter().chain(others.iter().filter(|room| !tabs.rooms.contains(room)));
        for room in rooms.cloned().collect::<Vec<_>>() {
            self.open_tab(&room, true);
        }
        for room in self.persistence.rooms_with_draft() {
            self.mark_draft(&self.persistence.draft(&room));
        }
        self.restore_last_messages();
    }

    // ---- Intents

    /// Opens a conversation and brings it into view.
    pub(super) fn open_conversation(&mut self, room: &str) {
        self.open_tab(room, true);
        self.show(room);
    }

    /// Opens the conversation in the page's address once the list of the person's rooms contains it. The check is necessary: a stranger can
    /// send a link, and an open conversation shows the person as present.
    pub(super) fn open_linked(&mut self, room: &str) {
        self.linked = Some(room.to_owned());
        self.load_groups();
    }

    /// Opens the conversation with the person in the page's address once the list of contacts contains them. The check is necessary as for a
    /// room.
    pub(super) fn open_linked_person(&mut self, user: &str) {
        self.linked_person = Some(user.to_owned());
        self.load_contacts();
    }

    /// Opens the conversation with a person, and makes its room.
    pub(super) fn open_person(&mut self, user: &str) {
        let Some(room) = self.room_with(user) else { return };
        if self.room(&room).is_none() {
            self.open_tab(&room, false);
            self.make_room(&room);
        }
        self.show(&room);
    }

    /// Brings an open conversation into view.
    pub(super) fn show(&mut self, room: &str) {
        let is_current = self.is_current(room);
        let Some(open) = self.room_mut(room) else { return };
        // A conversation that is in view already keeps its scroll position.
        open.is_at_bottom |= !is_current;
        open.next_wink = open.next_wink.take().filter(|_| is_current);
        let conversation = open.conversation;
        self.dismiss_toasts_of(room, false);
        if !is_current {
            conversation.wink_playback.set(None);
            self.leave_current();
            self.may_be_read(room);
            self.session.current.set(Some(conversation));
        }
        self.mark_current_viewed();
        self.save_tabs();
    }

    /// Returns to the list.
    pub(super) fn show_list(&mut self) {
        self.leave_current();
        self.session.current.set(None);
        self.save_tabs();
    }

    /// Stops a jump and a search in the conversation in view: late history must not lead a person back who has moved on.
    fn leave_current(&self) {
        if let Some(conversation) = self.session.current.get_untracked() {
            conversation.close_search();
            conversation.stop_jumping();
        }
    }

    /// Shows a neighbour of the conversation in view, with wrap-around. An unread conversation may have no tab yet.
    pub(super) fn show_neighbour(&mut self, step: i32, only_unread: bool) {
        let open = self.session.open.get_untracked();
        let current = self.session.current.get_untracked();
        let at = open.iter().position(|one| Some(*one) == current).map_or(-1, |at| at as i32);
        let mut rooms: Vec<(String, bool)> =
            open.iter().map(|one| (one.room_id(), one.unread.get_untracked() > 0)).collect();
        if only_unread {
            for room in self.unread_rooms() {
                if rooms.iter().all(|(other, _)| *other != room) {
                    rooms.push((room, true));
                }
            }
        }
        let count = rooms.len() as i32;
        let order = (1..=count).map(|n| (at + n * step).rem_euclid(count.max(1)));
        let wanted = order.into_iter().find(|to| *to != at && (!only_unread || rooms[*to as usize].1));
        if let Some(to) = wanted {
            self.open_conversation(&rooms[to as usize].0.clone());
        }
    }

    /// Returns the rooms of the list with unread messages.
    pub(super) fn unread_rooms(&self) -> Vec<String> {
        let (people, rooms) = (self.session.roster.people.get_untracked(), self.session.roster.rooms.get_untracked());
        let waits = |person: &RosterPerson| (person.unread > 0).then(|| self.room_with(&person.id)).flatten();
        let people = people.iter().filter_map(|handle| handle.person.with_untracked(waits));
        let rooms = rooms
            .iter()
            .filter_map(|handle| handle.room.with_untracked(|room| (room.unread > 0).then(|| room.id.clone())));
        people.chain(rooms).collect()
    }

    /// Closes a conversation and shows its neighbour.
    pub(super) fn close_conversation(&mut self, room: &str) {
        let was_current = self.is_current(room);
        let open = self.session.open.get_untracked();
        let Some(at) = open.iter().position(|one| one.room.with_value(|id| id == room)) else { return };
        // An unread mark would return with the next page.
        self.may_be_read(room);
        self.end_room(room);
        let next = open.get(at + 1).or_else(|| at.checked_sub(1).and_then(|at| open.get(at))).copied();
        if was_current {
            if let Some(next) = &next {
                next.wink_playback.set(None);
                self.may_be_read(&next.room_id());
            }
            self.session.current.set(next);
        }
        self.session.open.update(|all| {
            all.remove(at);
        });
        self.mark_current_viewed();
        self.save_tabs();
    }

    // ---- Steps

    fn open_tab(&mut self, room: &str, is_there: bool) {
        if self.room(room).is_some() || !is_room(room) {
            return;
        }
        let partner = self.partner_of(room);
        if let Some(partner) = &partner {
            self.session.roster.welcome(partner);
        }
        let form = partner.map_or(ConversationKind::Room, |partner| ConversationKind::Direct { partner });
        self.next_tab_key += 1;
        let conversation = Conversation::new(self.next_tab_key, room.to_owned(), form);
        self.session.open.update(|all| all.push(conversation));
        self.begin_room(room, conversation, is_there);
    }

    /// Requests the room of a direct conversation, then connects to it. Messages can be written in the meantime.
    pub(super) fn make_room(&mut self, room: &str) {
        let partner = self.partner_of(room);
        let (Some(partner), Some(open)) = (partner, self.room_mut(room)) else { return };
        open.was_made = true;
        let (caller, csrf, room) = (self.caller.clone(), self.csrf.clone(), room.to_owned());
        spawn_local(async move {
            let answer: Result<EmptyObject, CallError> =
                fetch::post("/api/rooms/dm", &csrf, &DirectRoomRequest { user_id: partner }).await;
            caller.run(move |state| state.room_made(&room, answer.map(|_| ())));
        });
    }

    fn room_made(&mut self, room: &str, answer: Result<(), CallError>) {
        match answer {
            Ok(()) => self.room_input(room, Input::Open),
            Err(error) if error.code == "NETWORK" || error.retry_after_ms.is_some() => {
                let wait_ms = error.retry_after_ms.map_or(MAKE_AGAIN_MS, |ms| ms as u32);
                let (caller, room) = (self.caller.clone(), room.to_owned());
                spawn_local(async move {
                    timer::wait(wait_ms).await;
                    caller.run(move |state| state.make_room(&room));
                });
            }
            Err(error) if error.code == "UNAUTHENTICATED" => self.session_lost(),
            // The page stops, and drafts stay.
            Err(error) if error.code == fetch::SESSION_CHANGED => {}
            Err(error) => {
                self.show_refusal(&error.code, None);
                if self.persistence.unsent(room).is_empty() {
                    return self.close_conversation(room);
                }
                // Unsent messages stay in view, with their buttons.
                self.room_input(room, Input::NotMade { code: error.code });
                if let Some(open) = self.room_mut(room) {
                    open.was_made = false;
                }
            }
        }
    }

    fn save_tabs(&mut self) {
        let rooms = self.session.open.with_untracked(|open| open.iter().map(Conversation::room_id).collect());
        let current = self.session.current.get_untracked().map(|current| current.room_id());
        self.persistence.save_tabs(SavedTabs { rooms, current });
    }
}

/// Returns `true` if this is a room id in its canonical form (`messenger.md` 4). Addresses and stored data may contain any text, and ids
/// become parts of paths.
fn is_room(id: &str) -> bool {
    let any_public = RoomRules { open: true, ..RoomRules::default() };
    RoomId::parse(id, &any_public).is_ok_and(|room| room.as_str() == id)
}

/// Returns the room of the conversation between two people.
pub fn direct_room(one: &str, other: &str) -> Option<String> {
    let room = RoomId::direct(UserId::parse(one).ok()?, UserId::parse(other).ok()?).ok()?;
    Some(room.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::is_room;

    #[test]
    fn an_id_of_a_room_is_no_other_path_and_has_no_query() {
        for id in ["general", "dm_user_1____user_2", "grp_0123456789abc"] {
            assert!(is_room(id), "{id}");
        }
        for id in [
            "",
            "general?ticket=x",
            "a/../../blocks/user_9",
            "dm_user_1",
            "dm_user_2____user_1",
            "grp_x",
            "general#",
            "g%2F",
        ] {
            assert!(!is_room(id), "{id}");
        }
    }
}
