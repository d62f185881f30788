//! The pinned message, from the conversation's machine. Its text is loaded if the page does not know it (`messenger.md` 3.4).

use leptos::prelude::*;
use protocol::client::{Input, PinnedRow};

use super::engine::State;

impl State {
    /// Shows the pinned message of a room.
    pub(super) fn show_pinned(&mut self, room: &str, pinned: Option<PinnedRow>) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        let is_unknown = pinned.as_ref().is_some_and(|it| it.row.is_none() && conversation.find(&it.message).is_none());
        conversation.pinned.set(pinned);
        if !is_unknown {
            return;
        }
        let again = room.to_owned();
        self.ask("GET", format!("/api/rooms/{room}"), None, move |state, data| {
            if let Some(pin) = data.get("pin") {
                state.room_input(&again, Input::Pinned(pin.to_string()));
            }
        });
    }
}
