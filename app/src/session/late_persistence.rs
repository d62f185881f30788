//! Stored data that is loaded after the page has started without it. Texts of this page are newer; those of an earlier page are added.
//!
//! `local_persistence` decides what is stored, and `tabs` which conversations are open.

use leptos::prelude::*;
use protocol::client::{Input, OutboxEntry};

use super::deferred_tasks::{DraftEvent, HomeEvent, HomeState};
use super::engine::State;
use super::local_persistence::LocalPersistence;
use crate::store::conversation::Conversation;
use crate::store::kept_messages;

impl State {
    /// Returns a stored note of this person on this device.
    pub fn stored_note(&self, name: &str) -> Option<String> {
        self.persistence.note(name)
    }

    /// Stores a note for the next page of this person on this device.
    pub fn save_note(&mut self, name: &str, text: String) {
        self.persistence.save_note(name, text);
        if name == kept_messages::NOTE {
            self.dispatch_home_event(HomeEvent::Changed);
        }
    }

    /// Stores data in `persistence` from now on, and takes its data over.
    pub(super) fn go_on_with(&mut self, persistence: LocalPersistence) {
        let open = self.room_ids();
        // Pending changes of open rooms are saved, although they are not due.
        open.iter().for_each(|room| self.save_room(room));
        let page = std::mem::replace(&mut self.persistence, persistence);
        let restored = self.persistence.take_over(&page);
        self.home = HomeState { found: std::mem::take(&mut self.home.found), ..HomeState::default() };
        if self.is_elsewhere {
            // The data is stored for this person, and the page has stopped.
            return;
        }
        self.dispatch_draft_event(DraftEvent::Restored(restored));
        self.dispatch_home_event(HomeEvent::Begin);
        open.iter().for_each(|room| self.go_on_in(room));
        self.restore_rooms_behind();
    }

    fn go_on_in(&mut self, room: &str) {
        let Some(open) = self.room(room) else { return };
        let (conversation, unread_until) = (open.conversation, open.unread_until);
        self.earlier_unsent(room, conversation);
        let here = conversation.draft.get_untracked();
        if here.is_empty() {
            self.restore_draft(room);
        } else {
            self.persistence.save_draft(&here);
            conversation.edits.set(self.persistence.edits(room));
        }
        conversation.preferences.set(self.persistence.chat_preferences(room));
        if conversation.known_name.with_untracked(String::is_empty) {
            conversation.known_name.set(self.persistence.name(room));
        }
        // The conversation was opened here, so its unread mark is newer.
        if self.persistence.unread_until(room) != unread_until {
            self.persistence.save_unread_until(room, unread_until);
        }
        self.page_changed(room);
    }

    /// Puts unsent messages of an earlier page before those of this one. A message in the log was sent, even if that page did not receive
    /// the acknowledgement.
    fn earlier_unsent(&mut self, room: &str, conversation: Conversation) {
        let is_sent = |entry: &OutboxEntry| {
            let handle = conversation.find(&entry.id);
            handle.is_some_and(|handle| handle.row.with_untracked(|row| row.seq.is_some()))
        };
        let (sent, unsent): (Vec<_>, Vec<_>) = self.persistence.unsent(room).into_iter().partition(is_sent);
        sent.iter().for_each(|entry| self.persistence.forget_entry(&entry.id));
        self.room_input(room, Input::Earlier(unsent));
    }
}
