//! Stored data comes after the page has begun without it: the page goes on with that data. Words of this page are the newer ones; those of
//! an earlier page come back beside them.
//!
//! Decides nothing about what is stored (`local_persistence`) and what is open (`tabs`).

use leptos::prelude::*;
use protocol::client::{Input, OutboxEntry};

use super::draft_event::DraftEvent;
use super::engine::State;
use super::local_persistence::LocalPersistence;
use crate::store::conversation::Conversation;

impl State {
    /// Stores data in `persistence` from now on, and takes up what it has.
    pub(super) fn go_on_with(&mut self, persistence: LocalPersistence) {
        let open: Vec<String> = self.rooms.iter().map(|open| open.id.clone()).collect();
        // Pending changes of open rooms are saved, although they are not due.
        open.iter().for_each(|room| self.save_room(room));
        let page = std::mem::replace(&mut self.persistence, persistence);
        let restored = self.persistence.take_over(&page);
        if self.is_elsewhere {
            // It is kept for this person; the page has stopped.
            return;
        }
        self.dispatch_draft_event(DraftEvent::Restored(restored));
        open.iter().for_each(|room| self.go_on_in(room));
        self.restore_rooms_behind();
    }

    fn go_on_in(&mut self, room: &str) {
        let Some(open) = self.room(room) else { return };
        let (conversation, unread_until) = (open.conversation, open.unread_until);
        self.earlier_unsent(room, conversation);
        let here = conversation.draft.get_untracked();
        if here.is_empty() {
            conversation.draft.set(self.persistence.draft(room));
        } else {
            self.persistence.save_draft(room, &here, 0);
        }
        conversation.preferences.set(self.persistence.chat_preferences(room));
        // It was opened here: what is unread in it was marked since.
        if self.persistence.unread_until(room) != unread_until {
            self.persistence.save_unread_until(room, unread_until);
        }
        self.page_changed(room);
    }

    /// Puts what an earlier page left unsent before what waits here. A message that stands in the log was sent, whether that page heard of it
    /// or not.
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
