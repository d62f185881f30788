//! Settings of this device: loaded, stored, and sent to the server as far as the first rendering depends on them.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use protocol::client::PresenceInput;
use protocol::codec::json;

use super::Session;
use super::deferred_tasks::HomeEvent;
use super::ending::HOME_PAGE;
use super::engine::State;
use crate::api::{self, CHOSEN_LANGUAGE, SaveProfile, SaveSettings};
use crate::appearance::{AS_SYSTEM, Appearance, Motion, TEXT_PERCENT_MAX, TEXT_PERCENT_MIN, Theme, is_language};
use crate::browser::{CallError, device, sound, storage};
use crate::store::settings::{MessageSettings, SoundSettings, StoredSettings};

/// Key in localStorage, which the bootstrap script of the shell reads as well.
pub const SETTINGS_KEY: &str = "cfm-settings";

/// Returns the members of the appearance that were chosen on this device; the others follow the system.
pub fn chosen_appearance() -> Appearance {
    stored().unwrap_or_default().appearance
}

fn stored() -> Option<StoredSettings> {
    storage::get(SETTINGS_KEY).and_then(|text| json::read(&text))
}

/// Form of the profile: the place of a refusal, and what follows the change.
type OpenForm = (RwSignal<Option<CallError>>, Box<dyn FnOnce()>);

impl Session {
    /// Follows the system's theme and motion while the page is open, except where the person has chosen. Call it once.
    pub fn follow_system(self) {
        device::on_preference(move || self.run(State::system_changed));
    }

    pub fn change_message_settings(self, change: impl FnOnce(&mut MessageSettings)) {
        let mut settings = self.settings.message_settings.get_untracked();
        change(&mut settings);
        self.run(move |state| state.set_message_settings(settings));
    }

    /// Returns the appearance of this device, for the server.
    pub fn appearance(self) -> Appearance {
        Appearance {
            theme: Some(self.settings.theme.get_untracked()),
            motion: Some(self.settings.motion.get_untracked()),
            language: Some(self.settings.language.get_untracked()),
            text_percent: Some(self.settings.text_percent.get_untracked()),
            status: None,
        }
    }

    /// Changes display name and picture; `None` keeps the value. `refused` gets a refusal of the name, and `then` follows the change, if the
    /// form is still there.
    pub fn set_profile(
        self,
        [display_name, avatar_id]: [Option<String>; 2],
        refused: RwSignal<Option<CallError>>,
        then: impl FnOnce() + 'static,
    ) {
        let form: OpenForm = (refused, Box::new(then));
        self.run(move |state| state.save_profile([display_name, None, avatar_id], Some(form)));
    }
}

impl State {
    /// Loads the settings that are stored on this device. It runs after hydration, because the server did not know them.
    pub(super) fn load_settings(&mut self) {
        self.stored_settings = stored().unwrap_or_default();
        let settings = self.session.settings;
        let Appearance { theme, motion, language, text_percent, .. } = self.stored_settings.appearance.clone();
        // A language that was chosen on the sign-in page is newer than the stored one.
        let query = device::query();
        let chosen = query.strip_prefix(CHOSEN_LANGUAGE).filter(|tag| is_language(tag) && device::path() == HOME_PAGE);
        let language = chosen.map(str::to_owned).or(language);
        // Without a choice, the page keeps what it shows already, by the cookie or the system (`shell`).
        let shown = device::root_attribute("data-theme").and_then(|word| Theme::parse(&word));
        if let Some(theme) = theme.or(shown) {
            settings.theme.set(theme);
        }
        let shown = device::root_attribute("data-motion").and_then(|word| Motion::parse(&word));
        settings.motion.set(motion.or(shown).unwrap_or_else(device::preferred_motion));
        if let Some(language) = language.filter(|language| is_language(language)) {
            settings.language.set(language);
        }
        if let Some(percent) = text_percent {
            settings.text_percent.set(percent.clamp(TEXT_PERCENT_MIN, TEXT_PERCENT_MAX));
        }
        settings.sounds.set(!self.stored_settings.is_muted);
        settings.sent_sound.set(self.stored_settings.has_sent_sound);
        settings.message_settings.set(self.stored_settings.message_settings);
        settings.sound_settings.set(self.stored_settings.sound_settings);
        sound::set_volume(self.stored_settings.sound_settings.volume_percent);
        self.show_appearance();
        if let Some(language) = chosen {
            device::forget_query();
            self.store_appearance(&|appearance| appearance.language = Some(language.to_owned()));
        }
    }

    /// Applies a changed preference of the system, except where the person has chosen.
    pub(super) fn system_changed(&mut self) {
        if self.stored_settings.appearance.theme.is_none() {
            self.session.settings.theme.set(device::preferred_theme());
        }
        if self.stored_settings.appearance.motion.is_none() {
            self.session.settings.motion.set(device::preferred_motion());
        }
        self.show_appearance();
    }

    pub fn set_theme(&mut self, theme: Theme) {
        self.session.settings.theme.set(theme);
        self.choose_appearance(&|appearance| appearance.theme = Some(theme));
    }

    pub fn set_motion(&mut self, motion: Motion) {
        self.session.settings.motion.set(motion);
        self.choose_appearance(&|appearance| appearance.motion = Some(motion));
    }

    /// Chooses a language, on this device. An unknown one changes nothing.
    pub fn set_language(&mut self, language: &str) {
        if is_language(language) {
            self.session.settings.language.set(language.to_owned());
            self.choose_appearance(&|appearance| appearance.language = Some(language.to_owned()));
        }
    }

    /// Chooses the text size, within its limits, on this device.
    pub fn set_text_percent(&mut self, percent: u16) {
        let percent = percent.clamp(TEXT_PERCENT_MIN, TEXT_PERCENT_MAX);
        self.session.settings.text_percent.set(percent);
        self.choose_appearance(&|appearance| appearance.text_percent = Some(percent));
    }

    pub fn set_sounds(&mut self, is_on: bool) {
        self.session.settings.sounds.set(is_on);
        self.session.settings.sounds_wait.set(false);
        self.change_settings(&|stored| stored.is_muted = !is_on);
    }

    pub fn set_sent_sound(&mut self, is_on: bool) {
        self.session.settings.sent_sound.set(is_on);
        self.change_settings(&|stored| stored.has_sent_sound = is_on);
    }

    fn set_message_settings(&mut self, message_settings: MessageSettings) {
        self.session.settings.message_settings.set(message_settings);
        self.change_settings(&|stored| stored.message_settings = message_settings);
    }

    pub fn set_sound_settings(&mut self, sound_settings: SoundSettings) {
        self.session.settings.sound_settings.set(sound_settings);
        self.change_settings(&|stored| stored.sound_settings = sound_settings);
        sound::set_volume(sound_settings.volume_percent);
    }

    /// Takes the choice of a theme back: the theme follows the system again.
    pub fn forget_theme(&mut self) {
        self.store_appearance(&|appearance| appearance.theme = None);
        self.forgotten("theme");
    }

    /// Takes the choice of a motion back: the motion follows the system again.
    pub fn forget_motion(&mut self) {
        self.store_appearance(&|appearance| appearance.motion = None);
        self.forgotten("motion");
    }

    fn forgotten(&mut self, name: &'static str) {
        self.system_changed();
        let word = |member: &str| if member == name { AS_SYSTEM.to_owned() } else { String::new() };
        self.save_settings(Appearance::MEMBERS.map(word));
        self.dispatch_home_event(HomeEvent::Changed);
    }

    /// Sends changes of the appearance in order. The server keeps blank members. If a request fails, the next page has the old appearance
    /// until the device's own settings are read.
    fn save_settings(&self, [theme, motion, language, percent, status]: [String; Appearance::WORDS]) {
        let of = self.own_id.clone();
        let call = move |csrf| api::save_settings(csrf, of, theme, motion, language, percent, status);
        self.ask_function(SaveSettings::PATH, call, |_, _| {});
    }

    fn choose_appearance(&mut self, change: &dyn Fn(&mut Appearance)) {
        self.store_appearance(change);
        self.show_appearance();
        self.save_appearance("");
        self.dispatch_home_event(HomeEvent::Changed);
    }

    /// Stores the settings for the first rendering in the cookie; without a status the last one stays.
    pub(super) fn save_appearance(&self, status: &'static str) {
        let [theme, motion, language, percent, _] = self.stored_settings.appearance.clone().into_words();
        self.save_settings([theme, motion, language, percent, status.to_owned()]);
    }

    fn store_appearance(&mut self, change: &dyn Fn(&mut Appearance)) {
        let user = self.own_id.clone();
        self.change_settings(&|stored| stored.choose(&user, change));
    }

    /// Changes a setting, here and as it is stored: another tab may have changed the others since this page loaded them.
    fn change_settings(&mut self, change: &dyn Fn(&mut StoredSettings)) {
        change(&mut self.stored_settings);
        let mut settings = stored().unwrap_or_else(|| self.stored_settings.clone());
        change(&mut settings);
        storage::put(SETTINGS_KEY, &json::write(&settings));
    }

    fn show_appearance(&self) {
        let settings = self.session.settings;
        device::set_root_attribute("data-theme", settings.theme.get_untracked().as_str());
        device::set_root_attribute("data-motion", settings.motion.get_untracked().as_str());
        device::set_root_attribute("lang", &settings.language.get_untracked());
        device::set_text_percent(settings.text_percent.get_untracked());
    }

    // ---- Profile

    pub fn set_personal_message(&mut self, text: String) {
        self.save_profile([None, Some(text), None], None);
    }

    /// Changes name, personal message and picture. They are shown at once; the server's version follows on the presence socket.
    pub(super) fn save_profile(&mut self, changes: [Option<String>; 3], form: Option<OpenForm>) {
        let is_message = changes[1].is_some();
        for (own, change) in self.profile.iter_mut().zip(&changes) {
            if let Some(change) = change {
                own.change(change.clone());
            }
        }
        self.show_profile();
        if is_message {
            self.presence_input(PresenceInput::MessageAsked);
        }
        let are_changed = changes.each_ref().map(Option::is_some);
        let of = self.own_id.clone();
        let [name, message, avatar_id] = changes;
        let call = move |csrf| api::save_profile(csrf, of, name, message, avatar_id);
        self.ask_function(SaveProfile::PATH, call, move |state, answer| {
            let is_taken = answer.is_ok();
            for (own, _) in state.profile.iter_mut().zip(are_changed).filter(|(_, is_changed)| *is_changed) {
                own.answered(is_taken);
            }
            state.show_profile();
            if is_message {
                state.presence_input(PresenceInput::MessageAnswered(is_taken));
            }
            if is_taken && are_changed[0] && state.session.is_account() {
                // The browser learns the name with it.
                state.load_account();
            }
            match (answer, form) {
                (Ok(_), Some((refused, then))) if refused.try_set(None).is_none() => then(),
                (Ok(_), _) => {}
                (Err(error), Some((refused, _))) => state.show_refusal_in(refused, "displayName", &error),
                (Err(error), None) => state.show_refusal(&error.code, error.retry_after_ms),
            }
        });
    }

    /// Applies name, personal message and picture that the server reports.
    pub(super) fn update_profile(&mut self, received: [String; 3]) {
        for (own, value) in self.profile.iter_mut().zip(received) {
            own.receive(value);
        }
        self.show_profile();
    }

    fn show_profile(&self) {
        let [name, message, avatar_id] = &self.profile;
        self.session.me.update(|me| {
            me.display_name.clone_from(name.shown());
            me.personal_message.clone_from(message.shown());
            me.avatar_id.clone_from(avatar_id.shown());
        });
    }
}
