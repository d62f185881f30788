//! Settings of this device, each in one row: how messages are written and shown, and how the device sounds. Kept in the browser; the appearance
//! (`crate::appearance`) also in a cookie, so that the server's first byte is right already (`api::save_settings`). Written by `session` alone.

use leptos::prelude::*;
use protocol::client::Font;
use protocol::codec::json::{Read, Value, Write, member, push_member};
use protocol::words::language;

use crate::appearance::{Appearance, Motion, TEXT_PERCENT_DEFAULT, Theme};

/// Settings that are stored on this device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredSettings {
    /// The appearance.
    pub appearance: Appearance,
    /// No sounds.
    pub is_muted: bool,
    /// Sending has a sound, too.
    pub has_sent_sound: bool,
    /// Settings for writing and showing messages.
    pub message_settings: MessageSettings,
    /// Settings of the sounds.
    pub sound_settings: SoundSettings,
}

protocol::settings! {
    /// Settings for writing and showing messages on this device.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MessageSettings {
        /// Font of what is written from here on.
        font: Font as "font" = Font::default(),
        /// Other people's messages are shown in the own font.
        is_mine_for_all: bool as "isMineForAll" = false,
        /// Emoticons stay the keys that were typed.
        has_plain_keys: bool as "hasPlainKeys" = false,
        /// Messages stand in bubbles, or not; without a word the theme decides.
        has_bubbles: Option<bool> as "hasBubbles" = None,
        /// Enter is a new line; it sends with Ctrl or Cmd.
        has_plain_enter: bool as "hasPlainEnter" = false,
        /// Screen readers say who types.
        says_typing: bool as "saysTyping" = false,
        /// Seconds for which something pops up, unless they are the usual ones; 0 = until it is closed.
        stays_s: Option<u8> as "staysS" = None,
        /// A key alone that writes something does nothing else: a person who speaks to the device would start things by it (WCAG 2.1.4).
        has_no_single_keys: bool as "hasNoSingleKeys" = false,
        /// Pages behind links are not asked what they say of themselves, and what others sent of that is not shown.
        has_no_previews: bool as "hasNoPreviews" = false,
    }
}

protocol::settings! {
    /// Settings of the sounds on this device, while sounds are on at all.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SoundSettings {
        /// Volume, in percent.
        volume_percent: u8 as "volumePercent" = 100,
        /// Events of [`SOUND_EVENTS`] that are silent: one bit for each.
        silent: u8 as "silent" = 0,
        /// Favourites get through while the person is busy.
        lets_favourites: bool as "letsFavourites" = false,
        /// A message that comes in the conversation in view is heard as well.
        is_audible_in_view: bool as "isHeardInView" = false,
    }
}

/// Events with a sound that can be switched, by the beginnings of the sounds' names. That of sending is off unless it is wanted.
pub const SOUND_EVENTS: [&str; 6] = ["message-in", "contact-online", "nudge", "wink", "sign-in", "error"];
/// Number of them that can stand for a message of somebody: not the last, which says that something went wrong.
pub const SOUNDS_TO_CHOOSE: usize = SOUND_EVENTS.len() - 1;

impl SoundSettings {
    /// Returns `true` if the sound with this name is wanted; one that is in no list always is.
    pub fn plays(self, name: &str) -> bool {
        let event = SOUND_EVENTS.iter().position(|event| name.starts_with(event));
        event.is_none_or(|event| self.silent & (1 << event) == 0)
    }

    /// Returns the settings with the sound of an event on or off.
    pub fn with(self, event: usize, is_on: bool) -> Self {
        let bit = 1 << event;
        Self { silent: if is_on { self.silent & !bit } else { self.silent | bit }, ..self }
    }
}

/// The members of the appearance stand beside the others: the start script of the document reads them.
impl Read for StoredSettings {
    fn read(value: &Value) -> Option<Self> {
        let flag = |name| member(value, name).unwrap_or(false);
        Some(Self {
            appearance: Appearance::read(value)?,
            is_muted: flag("isMuted"),
            has_sent_sound: flag("hasSentSound"),
            message_settings: member(value, "script").unwrap_or_default(),
            sound_settings: member(value, "heard").unwrap_or_default(),
        })
    }
}

impl Write for StoredSettings {
    fn write(&self, out: &mut String) {
        self.appearance.write(out);
        out.pop();
        push_member(out, "isMuted", &self.is_muted);
        push_member(out, "hasSentSound", &self.has_sent_sound);
        push_member(out, "script", &self.message_settings);
        push_member(out, "heard", &self.sound_settings);
        out.push('}');
    }
}

/// The settings as signals.
#[derive(Clone, Copy)]
pub struct Settings {
    /// Theme.
    pub theme: RwSignal<Theme>,
    /// Motion that applies now (chosen, or the system's).
    pub motion: RwSignal<Motion>,
    /// Sounds are on.
    pub sounds: RwSignal<bool>,
    /// Sending has a sound, too.
    pub sent_sound: RwSignal<bool>,
    /// Sounds are on, but the browser waits for a gesture (the chip "Sound is waiting for a click").
    pub sounds_wait: RwSignal<bool>,
    /// Settings for writing and showing messages.
    pub message_settings: RwSignal<MessageSettings>,
    /// Settings of the sounds.
    pub sound_settings: RwSignal<SoundSettings>,
    /// Language tag.
    pub language: RwSignal<String>,
    /// Text size, in percent.
    pub text_percent: RwSignal<u16>,
}

impl Settings {
    /// Settings as the server rendered the page.
    pub fn new(appearance: &Appearance) -> Self {
        Self {
            theme: RwSignal::new(appearance.theme.unwrap_or_default()),
            motion: RwSignal::new(appearance.motion.unwrap_or_default()),
            sounds: RwSignal::new(true),
            sent_sound: RwSignal::new(false),
            sounds_wait: RwSignal::new(false),
            message_settings: RwSignal::new(MessageSettings::default()),
            sound_settings: RwSignal::new(SoundSettings::default()),
            language: RwSignal::new(appearance.language.clone().unwrap_or_else(|| language::FIRST.tag.to_owned())),
            text_percent: RwSignal::new(appearance.text_percent.unwrap_or(TEXT_PERCENT_DEFAULT)),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::codec::json;

    use super::*;

    #[test]
    fn each_event_has_a_sound_of_its_own_to_switch() {
        let sound_settings = SoundSettings::default().with(2, false).with(3, false);
        assert!(
            sound_settings.plays("message-in") && sound_settings.plays("error") && sound_settings.plays("message-sent")
        );
        assert!(!sound_settings.plays("nudge") && !sound_settings.plays("wink") && !sound_settings.plays("wink-robot"));
        assert_eq!(sound_settings.with(3, true), SoundSettings::default().with(2, false));
        assert!(!SoundSettings::default().with(5, false).plays("error"));
    }

    #[test]
    fn what_is_stored_reads_back_and_foreign_members_are_ignored() {
        let font = Font { color: Some(9), face: None, style: Some(Font::BOLD) };
        let message_settings = MessageSettings {
            font,
            is_mine_for_all: true,
            has_plain_keys: true,
            has_bubbles: Some(false),
            has_plain_enter: true,
            says_typing: true,
            stays_s: Some(15),
            has_no_single_keys: true,
            has_no_previews: true,
        };
        let appearance = Appearance { theme: Some(Theme::Glass), ..Appearance::default() };
        let sound_settings =
            SoundSettings { volume_percent: 40, silent: 5, lets_favourites: true, is_audible_in_view: true };
        let stored =
            StoredSettings { appearance, is_muted: true, has_sent_sound: true, message_settings, sound_settings };
        assert_eq!(json::read(&json::write(&stored)), Some(stored));
        assert_eq!(json::read("{\"other\":1,\"theme\":\"purple\"}"), Some(StoredSettings::default()));
    }
}
