//! For how long conversations are muted: here, and for web push, which knows it as a level (`push.md`). What is shown is
//! what the server knows: a choice that it did not take is taken back.

use protocol::codec::json::Value;

use super::Session;
use super::engine::State;
use super::optimistic::OptimisticValue;
use crate::browser::CallError;
use crate::store::chat_preferences::ChatPreferences;

impl Session {
    /// For how long a conversation is muted, here and for web push. Where the server does not take it, `refused` is told why, and how the
    /// conversation is after all.
    pub fn set_muted(
        self,
        room: &str,
        preferences: ChatPreferences,
        refused: impl FnOnce(CallError, ChatPreferences) + 'static,
    ) {
        let room = room.to_owned();
        self.intend(move |state| state.set_muted(room, preferences, refused));
    }
    /// Tells web push of what is muted here and has no level in any of the rooms that are `known`.
    pub fn send_missing_levels(self, known: Vec<String>) {
        self.intend(move |state| state.send_missing_levels(&known));
    }
}

impl State {
    fn set_muted(
        &mut self,
        room: String,
        preferences: ChatPreferences,
        refused: impl FnOnce(CallError, ChatPreferences) + 'static,
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
            state.play_sound("error");
            refused(error, state.persistence.chat_preferences(&room));
        });
    }

    /// The earliest choice of a mute that waits for an answer has it. Returns the mute that the server has, unless another choice waits.
    fn mute_answered(&mut self, room: &str, is_taken: bool) -> Option<ChatPreferences> {
        let mute = self.mutes.get_mut(room)?;
        mute.answered(is_taken);
        if !mute.is_answered() {
            return None;
        }
        self.mutes.remove(room).map(|mute| *mute.shown())
    }

    /// The person is back: what was muted until then is heard again.
    pub(super) fn came_back(&mut self) {
        for (room, preferences) in self.persistence.muted_until_back() {
            self.set_chat_preferences(&room, preferences.muted(None));
            self.send_or_defer(room);
        }
    }

    /// The presence connection is open: tells what could not be told while it was not.
    pub(super) fn send_pending_levels(&mut self) {
        for room in std::mem::take(&mut self.untold_levels) {
            self.send_or_defer(room);
        }
    }

    /// Nobody chose anything just now: where it cannot be told, it is told when the presence connection opens, as it is then.
    fn send_or_defer(&mut self, room: String) {
        let preferences = self.persistence.chat_preferences(&room);
        let target = room.clone();
        self.send_level(&target, preferences, move |state, answer| {
            if answer.is_err() && !state.untold_levels.contains(&room) {
                state.untold_levels.push(room);
            }
        });
    }

    /// Tells of what is muted here, and of which web push does not know: it was muted where nobody was told. Levels that it knows were
    /// chosen later, or elsewhere. Nobody did anything just now: that one is refused is not shown.
    fn send_missing_levels(&self, known: &[String]) {
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
        self.ask_quietly(
            "PUT",
            format!("/api/me/push/rooms/{room}"),
            Some(preferences.level_json()),
            Box::new(answered),
        );
    }
}
