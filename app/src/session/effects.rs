//! Effects: arriving nudges and winks, sounds, announcements. Some cases play nothing: the person is busy, the conversation is muted, or
//! there are too many nudges. The row is in the log in any case (`ux.md` 4.8).

use leptos::prelude::*;
use protocol::client::{Maker, Row, RowKind, WinkContent};
use protocol::content::mentions::mentions;
use protocol::words::event::Millis;
use protocol::words::status::Status;
use protocol::words::winks;

use super::engine::State;
use crate::appearance::Motion;
use crate::browser::{WinkPlayback, clock, device, lock, sound, storage};
use crate::store::relations::PersonRef;
use crate::store::roster::RosterPerson;
use crate::store::settings::SOUND_EVENTS;
use crate::store::shown_words::shown_words;
use crate::store::toasts::{Toast, ToastKind, ToastTarget};

/// Vibration of a nudge, in milliseconds.
const HUM_MS: [u32; 3] = [80, 40, 80];
/// Key in localStorage: the session whose greeting was played.
const GREETED_KEY: &str = "cfm-greeted";

impl State {
    /// Plays a sound of this tab, if the person wants sounds and is not busy.
    pub(super) fn play_sound(&mut self, name: &str) {
        if !self.is_busy() && self.takes_sound(name) {
            sound::play(name, 0);
        }
    }

    /// Plays a sound for an event of all tabs, in one of them. `what` names the event. The caller checks first whether the person is busy.
    /// `chosen` is the person's own choice of a sound (`ChatPreferences`).
    fn play_sound_once(&mut self, name: &str, chosen: u8, what: &str, delay_ms: Millis) {
        if !self.session.is_elsewhere() && self.takes_sound(name) {
            let chosen = usize::from(chosen).checked_sub(1).and_then(|at| SOUND_EVENTS.get(at));
            let name = chosen.map_or(name, |chosen| chosen).to_owned();
            lock::first(what, move || sound::play(&name, delay_ms));
        }
    }

    fn takes_sound(&mut self, name: &str) -> bool {
        let is_off = !self.session.settings.sounds.get_untracked() || self.session.home.is_locked.get_untracked();
        if is_off || !self.stored_settings.sound_settings.plays(name) {
            return false;
        }
        if !sound::is_open() {
            self.session.settings.sounds_wait.set(!sound::is_quiet());
            return false;
        }
        self.effect_limiter.takes_sound(clock::now_ms(), name)
    }

    /// Plays the greeting of a new session, but not for a reload or another tab.
    pub(super) fn greet(&self) {
        let is_new = storage::get(GREETED_KEY).as_deref() != Some(self.csrf.as_str());
        storage::put(GREETED_KEY, &self.csrf);
        let is_wanted =
            self.session.settings.sounds.get_untracked() && self.stored_settings.sound_settings.plays("sign-in");
        if is_new && is_wanted && !self.is_busy() {
            sound::open_with("sign-in");
        }
    }

    /// Returns `true` if the person is busy, by their status or by quiet hours.
    fn is_busy(&self) -> bool {
        matches!(self.session.me.with_untracked(|me| me.status), Status::Busy | Status::OnThePhone)
            || self.session.home.is_quiet.get_untracked()
    }

    /// Returns `true` if the person is busy for this sender: favourites may get through.
    pub(super) fn is_busy_for(&self, user: &str) -> bool {
        let is_favourite = || {
            self.session.arrangement.with_untracked(|arrangement| arrangement.favourites.iter().any(|one| one == user))
        };
        self.is_busy() && !(self.stored_settings.sound_settings.lets_favourites && is_favourite())
    }

    /// Plays a nudge. Its row is in the log already, if the conversation is open. Without an open conversation nothing shakes, but sound
    /// and vibration play.
    pub(super) fn play_nudge(&mut self, room: &str, id: &str, sender: &str, shakes: bool) {
        let now = clock::now_ms();
        let preferences = self.persistence.chat_preferences(room);
        if !shakes
            || self.session.home.is_locked.get_untracked()
            || !preferences.shakes()
            || self.is_busy_for(sender)
            || !self.effect_limiter.takes_shake(now, room, sender)
        {
            return;
        }
        if preferences.sounds() {
            self.play_sound_once("nudge", 0, id, 0);
        }
        let motion = self.session.settings.motion.get_untracked();
        if motion == Motion::None {
            return;
        }
        if motion == Motion::Full {
            device::vibrate(&HUM_MS);
        }
        if let Some(open) = self.room(room) {
            open.conversation.is_nudged.set(true);
        }
    }

    /// Plays a wink. Its card is in the log already, and is the only effect if the wink cannot play now.
    pub(super) fn play_wink(&mut self, room: &str, row: &Row, start_at: Millis) {
        let is_in_view = self.is_current(room) && device::is_visible();
        let is_loud = row.is_own || !self.is_busy_for(&row.sender) && self.persistence.chat_preferences(room).winks();
        let is_wanted = self.session.settings.motion.get_untracked() != Motion::None && is_loud;
        let Some(open) = self.room_mut(room).filter(|_| is_in_view && is_wanted) else { return };
        if open.conversation.wink_playback.with_untracked(Option::is_none) {
            self.stage_wink(room, row, start_at);
        } else {
            // One wink waits for its turn: the latest.
            open.next_wink = Some(row.clone());
        }
    }

    /// Plays the wink of a row again, for this person only, even with motion off, because the person asked for it.
    pub fn replay_wink(&mut self, room: &str, row_id: &str) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        if let Some(handle) = conversation.find(row_id) {
            conversation.wink_playback.set(None);
            self.stage_wink(room, &handle.row.get_untracked(), clock::now_ms());
        }
    }

    fn stage_wink(&mut self, room: &str, row: &Row, start_at: Millis) {
        let RowKind::Wink(WinkContent { wink_id }) = &row.kind else { return };
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        let Some(wink) = winks::find(wink_id) else { return };
        let own_name = self.session.me.with_untracked(|me| me.display_name.clone());
        let recipient_name = if row.is_own { self.name_of_conversation(room) } else { own_name };
        conversation.wink_playback.set(Some(WinkPlayback {
            row_id: row.id.clone(),
            wink_id: wink_id.clone(),
            sender_name: row.sender_name.clone(),
            recipient_name,
            start_at,
        }));
        if !self.persistence.chat_preferences(room).sounds() || self.is_busy_for(&row.sender) {
            return;
        }
        if self.session.settings.motion.get_untracked() != Motion::Full {
            return self.play_sound_once("wink", 0, &row.id, 0);
        }
        let delay_ms = (start_at + wink.cue_ms).saturating_sub(clock::now_ms());
        self.play_sound_once(&format!("wink-{wink_id}"), 0, &row.id, delay_ms);
    }

    /// Ends the nudge's animation.
    pub fn nudge_shown(&mut self, room: &str) {
        if let Some(open) = self.room(room) {
            open.conversation.is_nudged.set(false);
        }
    }

    /// Handles the end of the wink on stage.
    pub fn wink_shown(&mut self, room: &str) {
        let Some(open) = self.room_mut(room) else { return };
        open.conversation.wink_playback.set(None);
        // The settings are checked again, because they may have changed while the wink waited.
        if let Some(row) = open.next_wink.take() {
            self.play_wink(room, &row, clock::now_ms());
        }
    }

    // ---- Announcements

    /// Announces a row of a conversation; `is_seen` means that it is visible now.
    pub(super) fn announce(&mut self, room: &str, row: &Row, is_seen: bool) {
        self.answer_automatically(room, row);
        let mut preferences = self.persistence.chat_preferences(room);
        preferences.is_muted &= !(preferences.lets_called && self.is_called(row));
        let kind = match &row.kind {
            kind if !kind.is_message() => return,
            RowKind::Nudge => ToastKind::Nudge,
            RowKind::Wink(wink) => ToastKind::Wink { wink_id: wink.wink_id.clone() },
            kind => ToastKind::Message { content: shown_words(kind, self.stored_settings.message_settings) },
        };
        let is_nudge = kind == ToastKind::Nudge;
        // A visible message has a sound only if the person wants that; a wink has its own sound.
        let is_audible = !is_seen
            || self.stored_settings.sound_settings.is_audible_in_view && matches!(kind, ToastKind::Message { .. });
        let sender = PersonRef { id: row.sender.clone(), name: row.sender_name.clone() };
        let toast = self.toast_about(Some(&sender), kind, ToastTarget::Room(room.to_owned()));
        let is_loud = !self.is_busy_for(&row.sender) && !preferences.is_muted;
        if !is_seen {
            self.note(&toast, is_loud, &row.id);
        }
        if is_nudge && self.is_current(room) {
            self.say_aloud(&toast);
        }
        if !is_loud {
            return;
        }
        // A nudge that shakes has its own sound.
        if !is_nudge && is_audible && preferences.sounds() {
            self.play_sound_once("message-in", preferences.message_sound, &row.id, 0);
        }
        // The log announces messages of the open conversation, except a nudge, which is announced at once.
        if !self.is_current(room) {
            if is_nudge {
                self.dismiss_toasts_of(room, true);
            }
            self.pop_up(toast);
        }
    }

    /// Announces a person who came online. A person who went offline is only recorded.
    pub(super) fn announce_person(&mut self, person: &RosterPerson) {
        let has_come = person.status.is_some();
        let toast = Toast {
            name: self.session.roster.name_of(&person.id, &person.display_name),
            avatar_id: person.avatar_id.clone(),
            kind: if has_come { ToastKind::Online } else { ToastKind::Offline },
            target: ToastTarget::Person(person.id.clone()),
            is_leaving: false,
        };
        let preferences =
            self.room_with(&person.id).map(|room| self.persistence.chat_preferences(&room)).unwrap_or_default();
        let is_loud = has_come && !preferences.is_muted && !self.is_busy_for(&person.id);
        self.note(&toast, is_loud, "");
        if is_loud {
            if preferences.sounds() {
                let what = format!("{}-{}", person.id, person.since);
                self.play_sound_once("contact-online", preferences.online_sound, &what, 0);
            }
            self.pop_up(toast);
        }
    }

    /// Returns `true` if a message mentions the person. A program outside mentions nobody (`integrations.md` 4).
    fn is_called(&self, row: &Row) -> bool {
        if row.maker == Some(Maker::Integration) {
            return false;
        }
        let names = [self.session.me.with_untracked(|me| me.display_name.clone())];
        row.kind.chat().is_some_and(|chat| mentions(&chat.content, &chat.emoticons, &names))
    }

    pub(super) fn avatar_of(&self, user: &str) -> String {
        let row = self.session.roster.person(user);
        row.map(|row| row.with_untracked(|person| person.avatar_id.clone())).unwrap_or_default()
    }
}
