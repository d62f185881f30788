//! Settings of this device, each in one row: writing and display of messages, and sounds. The browser stores them. The appearance
//! (`crate::appearance`) is also in a cookie, so that the server's first rendering is right (`api::save_settings`). `session` writes them.

use leptos::prelude::*;
use protocol::client::Font;
use protocol::codec::json::{Read, Value, Write, member, push_member};
use protocol::words::language;

use crate::appearance::{Appearance, Motion, TEXT_PERCENT_DEFAULT, Theme};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredSettings {
    pub appearance: Appearance,
    /// User id of the person who has chosen all of the appearance; empty if several people have, or if it is not known.
    pub owner: String,
    /// Sounds are off.
    pub is_muted: bool,
    pub has_sent_sound: bool,
    pub message_settings: MessageSettings,
    pub sound_settings: SoundSettings,
}

protocol::settings! {
    /// Settings for writing and showing messages on this device.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MessageSettings {
        font: Font as "font" = Font::default(),
        /// Messages of other people are shown in the own font.
        is_mine_for_all: bool as "isMineForAll" = false,
        /// Emoticons are shown as the typed keys.
        has_plain_keys: bool as "hasPlainKeys" = false,
        /// Messages stand in bubbles or not; `None` = by the theme.
        has_bubbles: Option<bool> as "hasBubbles" = None,
        /// Enter makes a new line; Ctrl or Cmd with Enter sends.
        has_plain_enter: bool as "hasPlainEnter" = false,
        /// Screen readers announce typing.
        says_typing: bool as "saysTyping" = false,
        /// Seconds for which a toast stays, if not the default; 0 = until it is closed.
        stays_s: Option<u8> as "staysS" = None,
        /// Single-character keys are no shortcuts, because speech input would trigger them (WCAG 2.1.4).
        has_no_single_keys: bool as "hasNoSingleKeys" = false,
        /// Link previews are neither requested nor shown.
        has_no_previews: bool as "hasNoPreviews" = false,
        /// Marks around words (`*bold*`) are shown instead of their styles.
        has_plain_marks: bool as "hasPlainMarks" = false,
    }
}

protocol::settings! {
    /// Settings of the sounds on this device, while sounds are on.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SoundSettings {
        volume_percent: u8 as "volumePercent" = 100,
        /// Events of [`SOUND_EVENTS`] that are silent: one bit for each.
        silent: u8 as "silent" = 0,
        /// Events of favourites play sounds while the person is busy.
        lets_favourites: bool as "letsFavourites" = false,
        /// A message in the open conversation plays a sound as well.
        is_audible_in_view: bool as "isHeardInView" = false,
    }
}

/// Events whose sounds can be switched, by the prefixes of the sounds' names. The sound of sending has its own setting.
pub const SOUND_EVENTS: [&str; 6] = ["message-in", "contact-online", "nudge", "wink", "sign-in", "error"];
/// Number of events that can be chosen as the sound of a message: all but the last, which reports errors.
pub const SOUNDS_TO_CHOOSE: usize = SOUND_EVENTS.len() - 1;

impl SoundSettings {
    /// Returns `true` if the sound with this name is on; a sound without an event always is.
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

impl StoredSettings {
    /// Changes the appearance by a choice of `user`. What another person has chosen here stays, and is never taken for the user's.
    pub fn choose(&mut self, user: &str, change: &dyn Fn(&mut Appearance)) {
        if self.owner != user {
            self.owner = if self.appearance == Appearance::default() { user.to_owned() } else { String::new() };
        }
        change(&mut self.appearance);
    }
}

/// Members of the appearance stand beside the others, because the bootstrap script of the document reads them.
impl Read for StoredSettings {
    fn read(value: &Value) -> Option<Self> {
        let flag = |name| member(value, name).unwrap_or(false);
        Some(Self {
            appearance: Appearance::read(value)?,
            owner: member(value, "owner").unwrap_or_default(),
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
        push_member(out, "owner", &self.owner);
        push_member(out, "isMuted", &self.is_muted);
        push_member(out, "hasSentSound", &self.has_sent_sound);
        push_member(out, "script", &self.message_settings);
        push_member(out, "heard", &self.sound_settings);
        out.push('}');
    }
}

#[derive(Clone, Copy)]
pub struct Settings {
    pub theme: RwSignal<Theme>,
    /// Present motion, chosen or by the system.
    pub motion: RwSignal<Motion>,
    pub sounds: RwSignal<bool>,
    pub sent_sound: RwSignal<bool>,
    /// Sounds are on, but the browser waits for a gesture (the chip "Click anywhere to turn on sound").
    pub sounds_wait: RwSignal<bool>,
    pub message_settings: RwSignal<MessageSettings>,
    pub sound_settings: RwSignal<SoundSettings>,
    pub language: RwSignal<String>,
    pub text_percent: RwSignal<u16>,
}

impl Settings {
    /// Makes the settings of the server's rendering.
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
    fn an_appearance_has_an_owner_as_long_as_nobody_else_chooses() {
        let mut stored = StoredSettings::default();
        stored.choose("u_ann", &|appearance| appearance.theme = Some(Theme::Dusk));
        stored.choose("u_ann", &|appearance| appearance.text_percent = Some(120));
        assert_eq!(stored.owner, "u_ann");
        stored.choose("u_bob", &|appearance| appearance.theme = Some(Theme::Glass));
        assert_eq!((stored.owner.as_str(), stored.appearance.text_percent), ("", Some(120)));
        stored.choose("u_bob", &|appearance| appearance.text_percent = None);
        assert_eq!(stored.owner, "", "the rest may still be of another person");
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
            has_plain_marks: true,
        };
        let appearance = Appearance { theme: Some(Theme::Glass), ..Appearance::default() };
        let sound_settings =
            SoundSettings { volume_percent: 40, silent: 5, lets_favourites: true, is_audible_in_view: true };
        let stored = StoredSettings {
            appearance,
            owner: "u_ann".to_owned(),
            is_muted: true,
            has_sent_sound: true,
            message_settings,
            sound_settings,
        };
        assert_eq!(json::read(&json::write(&stored)), Some(stored));
        assert_eq!(json::read("{\"other\":1,\"theme\":\"purple\"}"), Some(StoredSettings::default()));
    }
}
