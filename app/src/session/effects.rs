//! Effects: arriving nudges and winks, sounds, announcements. And the cases in which nothing is played: a busy person hears
//! nothing, a muted conversation is only counted, too many nudges are lines only, what does not play stands in the log all the same (`ux.md` 4.8).

use leptos::prelude::*;
use protocol::client::{Row, RowKind};
use protocol::content::mentions::mention;
use protocol::words::event::Millis;
use protocol::words::status::Status;
use protocol::words::winks;

use super::engine::State;
use crate::appearance::Motion;
use crate::browser::{WinkPlayback, clock, device, sound, storage, tabs};
use crate::store::roster::RosterPerson;
use crate::store::settings::SOUND_EVENTS;
use crate::store::toasts::{Toast, ToastKind, ToastTarget};

/// Pattern in which a phone hums with a nudge, in milliseconds.
const HUM_MS: [u32; 3] = [80, 40, 80];
/// Key in localStorage: the session whose beginning was heard.
const GREETED_KEY: &str = "cfm-greeted";

impl State {
    /// Plays a sound of this tab, if the person wants sounds and may be disturbed.
    pub(super) fn play_sound(&mut self, name: &str) {
        if !self.is_busy() && self.takes_sound(name) {
            sound::play(name, 0);
        }
    }

    /// Plays a sound for something that all tabs hear of, in one of them. `what` names it. Who is busy is asked before.
    /// `chosen` is the sound that the person wants instead (`ChatPreferences`).
    fn play_sound_once(&mut self, name: &str, chosen: u8, what: &str, delay_ms: Millis) {
        if !self.session.is_elsewhere() && self.takes_sound(name) {
            let chosen = usize::from(chosen).checked_sub(1).and_then(|at| SOUND_EVENTS.get(at));
            let name = chosen.map_or(name, |chosen| chosen).to_owned();
            tabs::first(what, move || sound::play(&name, delay_ms));
        }
    }

    fn takes_sound(&mut self, name: &str) -> bool {
        if !self.session.settings.sounds.get_untracked() || !self.stored_settings.sound_settings.plays(name) {
            return false;
        }
        if !sound::is_open() {
            self.session.settings.sounds_wait.set(!sound::is_quiet());
            return false;
        }
        self.effect_limiter.takes_sound(clock::now_ms(), name)
    }

    /// Greets a session that begins; a page that is loaded again, or in another tab, is no beginning.
    pub(super) fn greet(&self) {
        let is_new = storage::get(GREETED_KEY).as_deref() != Some(self.csrf.as_str());
        storage::put(GREETED_KEY, &self.csrf);
        let is_wanted =
            self.session.settings.sounds.get_untracked() && self.stored_settings.sound_settings.plays("sign-in");
        if is_new && is_wanted && !self.is_busy() {
            sound::open_with("sign-in");
        }
    }

    /// The person is not to be disturbed: by their status, or because it is late where they are.
    fn is_busy(&self) -> bool {
        matches!(self.session.me.with_untracked(|me| me.status), Status::Busy | Status::OnThePhone)
            || self.session.home.is_quiet.get_untracked()
    }

    /// The person is busy, and not to be disturbed by somebody: favourites may get through.
    fn is_busy_for(&self, user: &str) -> bool {
        let is_favourite = || {
            self.session.arrangement.with_untracked(|arrangement| arrangement.favourites.iter().any(|one| one == user))
        };
        self.is_busy() && !(self.stored_settings.sound_settings.lets_favourites && is_favourite())
    }

    /// A nudge came. Its line is in the log already, if that is on the page; where it is not there is nothing to shake, and it is heard
    /// and felt all the same.
    pub(super) fn play_nudge(&mut self, room: &str, id: &str, sender: &str, shakes: bool) {
        let now = clock::now_ms();
        let preferences = self.persistence.chat_preferences(room);
        if !shakes
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

    /// A wink came. Its card is in the log already, and is all there is when the wink cannot be seen now.
    pub(super) fn play_wink(&mut self, room: &str, row: &Row, start_at: Millis) {
        let is_in_view = self.is_current(room) && device::is_visible();
        let is_loud = row.is_own || !self.is_busy_for(&row.sender) && self.persistence.chat_preferences(room).winks();
        let is_wanted = self.session.settings.motion.get_untracked() != Motion::None && is_loud;
        let Some(open) = self.room_mut(room).filter(|_| is_in_view && is_wanted) else { return };
        if open.conversation.wink_playback.with_untracked(Option::is_none) {
            self.stage_wink(room, row, start_at);
        } else {
            // One waits for its turn; of several the latest.
            open.next_wink = Some(row.clone());
        }
    }

    /// Plays the wink of a row again, for this person only. It was asked for: it comes even where nothing plays by
    /// itself.
    pub(super) fn replay_wink(&mut self, room: &str, row_id: &str) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        if let Some(handle) = conversation.find(row_id) {
            conversation.wink_playback.set(None);
            self.stage_wink(room, &handle.row.get_untracked(), clock::now_ms());
        }
    }

    fn stage_wink(&mut self, room: &str, row: &Row, start_at: Millis) {
        let RowKind::Wink { wink_id } = &row.kind else { return };
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

    /// The nudge's animation has ended.
    pub(super) fn nudge_shown(&mut self, room: &str) {
        if let Some(open) = self.room(room) {
            open.conversation.is_nudged.set(false);
        }
    }

    /// The wink on stage has ended or was skipped.
    pub(super) fn wink_shown(&mut self, room: &str) {
        let Some(open) = self.room_mut(room) else { return };
        open.conversation.wink_playback.set(None);
        // The settings are checked again, because they may have changed while the wink waited.
        if let Some(row) = open.next_wink.take() {
            self.play_wink(room, &row, clock::now_ms());
        }
    }

    // ---- announcements

    /// Something came in a conversation, which may be under the reader's eyes.
    pub(super) fn announce(&mut self, room: &str, row: &Row, is_seen: bool) {
        let mut preferences = self.persistence.chat_preferences(room);
        preferences.is_muted &= !(preferences.lets_called && self.is_called(row));
        let name = self.session.roster.name_of(&row.sender, &row.sender_name);
        let kind = match &row.kind {
            kind @ RowKind::Chat { .. } => ToastKind::Message { content: kind.words() },
            RowKind::Nudge => ToastKind::Nudge,
            RowKind::Wink { wink_id } => ToastKind::Wink { wink_id: wink_id.clone() },
            RowKind::System { .. } => return,
        };
        let is_nudge = kind == ToastKind::Nudge;
        // A message in view has a sound if the person wants that; a wink has a sound of its own.
        let is_audible = !is_seen
            || self.stored_settings.sound_settings.is_audible_in_view && matches!(kind, ToastKind::Message { .. });
        let avatar_id = self.avatar_of(&row.sender);
        let toast = Toast { name, avatar_id, kind, target: ToastTarget::Room(room.to_owned()), is_leaving: false };
        let is_loud = !self.is_busy_for(&row.sender) && !preferences.is_muted;
        if !is_seen {
            self.note(&toast, is_loud);
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
        // The log announces messages of the conversation in view, except a nudge, which is announced at once.
        if !self.is_current(room) {
            if is_nudge {
                self.dismiss_toasts_of(room, true);
            }
            self.pop_up(toast);
        }
    }

    /// Somebody came online, or went. Who goes is only noted.
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
        self.note(&toast, is_loud);
        if is_loud {
            if preferences.sounds() {
                let what = format!("{}-{}", person.id, person.since);
                self.play_sound_once("contact-online", preferences.online_sound, &what, 0);
            }
            self.pop_up(toast);
        }
    }

    /// Returns `true` if a message calls the person by name.
    fn is_called(&self, row: &Row) -> bool {
        let names = [self.session.me.with_untracked(|me| me.display_name.clone())];
        matches!(&row.kind, RowKind::Chat { content, .. } if mention(content, &names).is_some())
    }

    fn avatar_of(&self, user: &str) -> String {
        let row = self.session.roster.person(user);
        row.map(|row| row.with_untracked(|person| person.avatar_id.clone())).unwrap_or_default()
    }
}
