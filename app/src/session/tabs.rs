//! Open conversations, the one in view, and the creation of direct conversations.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::client::Input;
use protocol::words::conversation_address::ConversationAddress;
use protocol::words::ids::{RoomForm, RoomId, RoomRules, UserId, is_room_id};
use protocol::words::principal::UserKind;

use super::Session;
use super::engine::State;
use super::local_persistence::SavedTabs;
use super::requests::EmptyObject;
use crate::browser::{CallError, device, dom, fetch, steps, timer};
use crate::store::conversation::{Conversation, ConversationKind};
use crate::store::home::NextFocus;
use crate::store::roster::Activity;
use crate::store::toasts::News;
use crate::store::toasts::{CANNOT_BEGIN, GUEST_CANNOT_BEGIN, Toast, ToastTarget};
use crate::view::events;

/// Attribute of the root that keeps the place of what opens with the page (`scripts::BOOTSTRAP`): until it is known, nobody is offered ways to
/// begin a conversation, which another one would take away.
pub const KEEPS_PLACE: &str = "data-opens";
/// Pause before a room is requested again when the server is unreachable.
const MAKE_AGAIN_MS: u32 = 3_000;

protocol::record! {
    struct DirectRoomRequest {
        user_id: String = "userId",
    }
}

impl Session {
    /// Copies the link to a conversation, or to the message at this position in it.
    pub fn copy_link(self, room: &str, seq: Option<u64>) {
        let path = ConversationAddress { room: room.to_owned(), seq, of: None }.path();
        let copied = move || self.run(|state| state.show_news(News::LinkCopied, None));
        events::here(|| dom::copy_and(&format!("{}{path}", device::origin()), copied));
    }
}

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
    pub fn name_of_conversation(&self, room: &str) -> String {
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

    /// Opens the conversations that were open, and those with unsent messages. The one that the page's address names is brought into view.
    /// Without an address it is the one in view before, where it stands beside the list: on a phone it would cover a list that is being read.
    pub(super) fn restore_rooms(&mut self) {
        self.open_saved_tabs();
        let may_show = !device::is_stacked() || self.session.is_of_demo();
        if let Some(address) = steps::address() {
            if self.room(&address.room).is_some() {
                self.session.next_focus.set_value(NextFocus::KeepsField);
            }
            self.open_linked(address);
            return steps::settle();
        }
        if let Some(current) = self.persistence.tabs().current.filter(|_| may_show) {
            self.session.next_focus.set_value(NextFocus::KeepsField);
            self.show(&current);
        }
        self.show_address();
    }

    /// Sets the address of the page to that of the conversation in view.
    fn show_address(&self) {
        let current = self.session.current.get_untracked();
        steps::show_place(current.map(|current| current.room_id()), false);
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

    // ---- Commands

    /// Opens a conversation and brings it into view.
    pub fn open_conversation(&mut self, room: &str) {
        self.open_tab(room, true);
        self.show(room);
    }

    /// Opens the conversation of an address: an open one at once, any other once the list of the person's rooms contains it. The check is
    /// necessary: a stranger can send a link, and an open conversation shows the person as present.
    pub fn open_linked(&mut self, address: ConversationAddress) {
        if self.room(&address.room).is_some() {
            return self.lead_to(&address);
        }
        self.linked = Some(address);
        self.load_groups();
    }

    /// Opens the conversation of an address, and scrolls to its message.
    pub(super) fn lead_to(&mut self, address: &ConversationAddress) {
        self.open_conversation(&address.room);
        if address.seq.is_some() {
            self.jump(&address.room, "", address.seq);
        }
    }

    /// Opens the conversation of the page's address if it `is_own`, or else one with a contact, for which the list of contacts is loaded.
    pub(super) fn decide_linked(&mut self, is_own: impl Fn(&str) -> bool) {
        let Some(address) = self.linked.take() else { return };
        if is_own(&address.room) {
            return self.lead_to(&address);
        }
        if self.partner_of(&address.room).is_none() {
            return self.refuse_linked();
        }
        self.linked_direct = Some(address);
        self.load_contacts();
    }

    /// Says that the address leads into no conversation of the person, in the same words whether or not there is one.
    pub(super) fn refuse_linked(&mut self) {
        self.show_refusal("NOT_FOUND", None);
        self.show_address();
    }

    /// Opens the conversation with a person, and makes its room.
    pub fn open_person(&mut self, user: &str) {
        let Some(room) = self.room_with(user) else { return };
        if self.room(&room).is_none() {
            let before = self.session.current.get_untracked().map(|current| current.room_id());
            self.open_tab(&room, false);
            if let Some(open) = self.room_mut(&room) {
                open.opened_from = before;
            }
            self.make_room(&room);
        }
        self.show(&room);
    }

    /// Brings an open conversation into view.
    pub fn show(&mut self, room: &str) {
        let is_current = self.is_current(room);
        // A person who has opened another conversation is not led away from it.
        for linked in [&mut self.linked, &mut self.linked_direct] {
            linked.take_if(|linked| linked.room != room);
        }
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
        self.save_tabs();
    }

    /// Returns to the list.
    pub fn show_list(&mut self) {
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
    pub fn show_neighbour(&mut self, step: i32, only_unread: bool) {
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
        let waits = |activity: RwSignal<Activity>| activity.with_untracked(|activity| activity.unread > 0);
        let people = people.iter().filter(|handle| waits(handle.activity));
        let people = people.filter_map(|handle| handle.person.with_untracked(|person| self.room_with(&person.id)));
        let rooms = rooms.iter().filter(|handle| waits(handle.activity));
        people.chain(rooms.map(|handle| handle.room.with_untracked(|room| room.id.clone()))).collect()
    }

    /// Closes a conversation and shows its neighbour, or the list where the two share one column. A conversation that is closed to the person
    /// is not shown by itself.
    pub fn close_conversation(&mut self, room: &str) {
        let was_current = self.is_current(room);
        let open = self.session.open.get_untracked();
        let Some(at) = open.iter().position(|one| one.room.with_value(|id| id == room)) else { return };
        // An unread mark would return with the next page.
        self.may_be_read(room);
        self.end_room(room);
        let neighbours = open[at + 1..].iter().chain(open[..at].iter().rev());
        let mut may_follow = neighbours.filter(|one| !device::is_stacked() && one.closed.get_untracked().is_none());
        let next = may_follow.next().copied();
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
        self.save_tabs();
    }

    // ---- Steps

    fn open_tab(&mut self, room: &str, is_there: bool) {
        if self.room(room).is_some() || !is_room_id(room) {
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
                self.say_refused_opening(room, &error.code);
                if self.persistence.unsent(room).is_empty() {
                    return self.leave_refused(room);
                }
                // Unsent messages stay in view, with their buttons.
                self.room_input(room, Input::NotMade { code: error.code });
                if let Some(open) = self.room_mut(room) {
                    open.was_made = false;
                }
            }
        }
    }

    /// Says that the person may not begin a conversation, with the name of the other person.
    fn say_refused_opening(&mut self, room: &str, code: &str) {
        let partner = self.partner_of(room).filter(|_| matches!(code, "FORBIDDEN" | "NOT_FOUND"));
        let Some(partner) = partner else { return self.show_refusal(code, None) };
        let is_guest = self.session.me.with_untracked(|me| me.kind == UserKind::Guest);
        let code = if is_guest && code == "FORBIDDEN" { GUEST_CANNOT_BEGIN } else { CANNOT_BEGIN };
        self.play_sound("error");
        let mut toast = Toast::of_code(code, None, ToastTarget::Nothing);
        (toast.name, toast.avatar_id) = (self.name_of_conversation(room), self.avatar_of(&partner));
        self.note(&toast, false, "");
        self.pop_up(toast);
    }

    /// Closes a conversation whose opening was refused, and shows what was in view before. The focus goes to the list: text for the person
    /// who cannot be written to must not go on in another conversation.
    fn leave_refused(&mut self, room: &str) {
        if self.is_current(room) {
            let before = self.room(room).and_then(|open| open.opened_from.clone());
            match before.filter(|before| self.room(before).is_some()) {
                Some(before) => {
                    self.session.next_focus.set_value(NextFocus::List);
                    self.show(&before);
                }
                None => self.show_list(),
            }
            let is_typing_elsewhere = dom::is_focus_in("input");
            dom::after_paint(move || {
                if !is_typing_elsewhere {
                    dom::focus_list();
                }
            });
        }
        self.close_conversation(room);
    }

    fn save_tabs(&mut self) {
        let rooms = self.session.open.with_untracked(|open| open.iter().map(Conversation::room_id).collect());
        let current = self.session.current.get_untracked().map(|current| current.room_id());
        self.persistence.save_tabs(SavedTabs { rooms, current });
    }
}

/// Returns the room of the conversation between two people.
pub fn direct_room(one: &str, other: &str) -> Option<String> {
    let room = RoomId::direct(UserId::parse(one).ok()?, UserId::parse(other).ok()?).ok()?;
    Some(room.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::engine::on_page;

    #[test]
    fn the_conversation_that_follows_a_closed_tab_is_one_that_takes_messages() {
        on_page(|state| {
            for room in ["music", "general", "grp_0123456789abc"] {
                state.open_conversation(room);
            }
            state.close_for_writing("grp_0123456789abc", 4403);
            state.open_conversation("general");
            state.close_conversation("general");
            assert!(state.is_current("music"));
            state.close_conversation("music");
            assert!(state.session.current.get_untracked().is_none());
        });
    }

    #[test]
    fn an_address_opens_a_conversation_of_the_person_and_no_other() {
        on_page(|state| {
            for (room, is_own) in [("general", true), ("grp_0123456789abc", false), ("dm_user_2____user_3", false)] {
                state.show_list();
                state.session.toasts.said.set(None);
                state.linked = ConversationAddress::parse(&format!("room={room}"));
                state.decide_linked(|listed| is_own && listed == room);
                let is_refused = state.session.toasts.said.get_untracked().is_some();
                assert_eq!((state.is_current(room), is_refused, &state.linked), (is_own, !is_own, &None), "{room}");
            }
        });
    }
}
