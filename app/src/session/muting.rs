//! Mutes of conversations: on this device, and for web push, which stores a mute as a level (`push.md`). The server's state counts: a
//! choice that the server refuses is reverted.

use protocol::codec::json::Value;

use super::Session;
use super::engine::State;
use super::optimistic::OptimisticValue;
use crate::browser::CallError;
use crate::store::chat_preferences::ChatPreferences;

impl Session {
    /// Mutes a conversation, here and for web push. If the server refuses, `refused` gets the error.
    pub fn set_muted(self, room: &str, preferences: ChatPreferences, refused: impl FnOnce(CallError) + 'static) {
        let refused = move |state: &mut State, error| {
            state.play_sound("error");
            refused(error);
        };
        self.run_for(room, move |state, room| state.set_muted(room.to_owned(), preferences, refused));
    }

    /// Passes to `then` whether a conversation is muted.
    pub fn find_muted(self, room: &str, then: impl FnOnce(bool) + 'static) {
        self.run_for(room, |state, room| then(state.persistence.chat_preferences(room).is_muted));
    }
}

impl State {
    /// Mutes a conversation until further notice, or ends its mute. A toast shows a refusal.
    pub fn toggle_mute(&mut self, room: &str) {
        let now = self.persistence.chat_preferences(room);
        let changed = now.muted((!now.is_muted).then_some(0));
        self.set_muted(room.to_owned(), changed, |state, error| state.show_refused("PUT", &error));
    }

    fn set_muted(
        &mut self,
        room: String,
        preferences: ChatPreferences,
        refused: impl FnOnce(&mut Self, CallError) + 'static,
    ) {
        let before = self.persistence.chat_preferences(&room);
        self.mutes.get_or_insert_with(room.clone(), || OptimisticValue::new(before)).change(preferences);
        self.set_chat_preferences(&room, preferences);
        let target = room.clone();
        self.send_level(&target, preferences, move |state, answer| {
            let held = state.mute_answered(&room, answer.is_ok());
            let Err(error) = answer else { return };
            let now = state.persistence.chat_preferences(&room);
            // A newer choice of the person stays as it is.
            if let Some(held) = held.filter(|_| now.mutes_like(preferences)) {
                state.set_chat_preferences(&room, now.muted_like(held));
            }
            refused(state, error);
        });
    }

    /// Settles the earliest pending choice of a mute. Returns the mute that the server has, unless another choice is pending.
    fn mute_answered(&mut self, room: &str, is_taken: bool) -> Option<ChatPreferences> {
        let mute = self.mutes.get_mut(room)?;
        mute.answered(is_taken);
        if !mute.is_answered() {
            return None;
        }
        self.mutes.remove(room).map(|mute| *mute.shown())
    }

    /// Ends all mutes until the person is back.
    pub(super) fn came_back(&mut self) {
        for (room, preferences) in self.persistence.muted_until_back() {
            self.set_chat_preferences(&room, preferences.muted(None));
            self.send_or_defer(room);
        }
    }

    /// Sends the mutes that could not be sent before the presence connection opened.
    pub(super) fn send_pending_levels(&mut self) {
        for room in std::mem::take(&mut self.untold_levels) {
            self.send_or_defer(room);
        }
    }

    /// Sends the mute of a room. After a failure it is sent when the presence connection opens, with its value of that time. No error is
    /// shown, because the person did not act.
    fn send_or_defer(&mut self, room: String) {
        let preferences = self.persistence.chat_preferences(&room);
        let target = room.clone();
        self.send_level(&target, preferences, move |state, answer| {
            if answer.is_err() && !state.untold_levels.contains(&room) {
                state.untold_levels.push(room);
            }
        });
    }

    /// Sends the mutes of this device that web push does not know, because they were chosen while it could not be reached. Levels that it
    /// knows are newer. A refusal is not shown, because the person did not act.
    pub fn send_missing_levels(&self, known: &[String]) {
        let has_level = |room: &str| room.starts_with("dm_") || room.starts_with("grp_");
        for (room, preferences) in self.persistence.muted().filter(|(room, _)| has_level(room) && !known.contains(room))
        {
            self.send_level(&room, preferences, |_, _| {});
        }
    }

    fn send_level(
        &self,
        room: &str,
        preferences: ChatPreferences,
        answered: impl FnOnce(&mut Self, Result<Value, CallError>) + 'static,
    ) {
        self.ask_quietly("PUT", format!("/api/me/push/rooms/{room}"), Some(preferences.level_json()), answered);
    }
}
