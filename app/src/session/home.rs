//! Arrangement of an account, on all of its devices (`home.md`): changes here become words, and words of other devices are applied to the
//! stores of the page.
//!
//! All of this code is a deferred task (`deferred_tasks`).

use leptos::prelude::*;
use protocol::codec::json::{self, Read, Value};
use protocol::people::home::{HomeDevice, HomeEntry, HomeField, HomeGroup, HomePage, fields_json};
use protocol::words::language;

use super::deferred_tasks::{DeferredTask, HomeEvent, HomeState};
use super::engine::State;
use crate::appearance::{Motion, Theme, text_percent_in};
use crate::browser::{CallError, clock};
use crate::store::home_fields::{self, Fields};
use crate::store::home_repair::{StoredFields, repair};
use crate::store::kept_messages::{self, KeptMessage};

const PATH: &str = "/api/me/home";
/// Pause before a failed call is made once more, unless the server names one.
const RETRY_MS: u64 = 30_000;
/// Name of the note with the words of this device.
pub(super) const NOTE: &str = "home";

impl State {
    pub(super) fn dispatch_home_event(&mut self, event: HomeEvent) {
        if self.session.is_account() {
            self.run_or_defer(DeferredTask::Home(event));
        }
    }

    pub(super) fn handle_home_event(&mut self, event: HomeEvent) {
        if self.is_over || self.is_elsewhere || self.home.is_applying {
            return;
        }
        match event {
            HomeEvent::Begin => self.begin_home(),
            HomeEvent::Load => {
                self.begin_home();
                self.look_home_up();
            }
            HomeEvent::Heard(version) => {
                self.home.heard = self.home.heard.max(version);
                self.go_on_at_home();
            }
            HomeEvent::Changed => {
                if self.say_changes() {
                    self.save_home();
                }
                self.go_on_at_home();
            }
        }
    }

    /// Loads the words that an earlier page knew, and compares the stores with them. It needs no network.
    fn begin_home(&mut self) {
        if self.home.device.is_some() {
            return;
        }
        let stored = self.persistence.note(NOTE).and_then(|note| json::read::<HomeDevice>(&note));
        let device = stored.unwrap_or_else(|| HomeDevice::new(format!("{:016x}", clock::random_seed())));
        let is_moved = device.is_moved;
        let HomeState { found, heard, .. } = std::mem::take(&mut self.home);
        let compared = self.fields_here();
        self.home = HomeState { device: Some(device), compared, found, heard, ..HomeState::default() };
        if is_moved {
            self.repair_home();
        }
    }

    /// Brings stores and words together.
    fn repair_home(&mut self) {
        let (mut found, mut arrangement) = (Fields::new(), self.home.found.clone());
        home_fields::name_groups(&mut arrangement);
        home_fields::add_arrangement(&mut found, &arrangement);
        home_fields::add_quick_texts(&mut found, &arrangement.quick_texts);
        let stored = StoredFields { found, here: self.fields_here(), has_own_look: self.has_own_look() };
        let now = clock::server_now_ms();
        let Some(device) = &mut self.home.device else { return };
        let repair = repair(device, &stored, now);
        for (name, value) in repair.said {
            device.say(&name, value, now);
        }
        self.apply_home(repair.applied);
        self.save_home();
    }

    /// Returns `true` if the appearance of this device is that of the person. It stays when they sign out, and another person finds it.
    fn has_own_look(&self) -> bool {
        self.stored_settings.owner == self.own_id
    }

    /// Sends words, or looks up what a frame has told of.
    fn go_on_at_home(&mut self) {
        let Some(device) = self.home.device.as_ref().filter(|device| device.is_moved) else { return };
        if device.has_pending() {
            self.send_home();
        } else if self.home.heard > device.version() {
            self.look_home_up();
        }
    }

    fn look_home_up(&mut self) {
        let Some(device) = self.home.device.as_ref().filter(|_| !self.home.is_asking) else { return };
        let since = self.home.pages.as_ref().map_or(device.version(), |pages| pages.version);
        let path = format!("{PATH}?since={since}");
        self.home.is_asking = true;
        // A frame from before may name a version that the server has lost.
        self.home.heard = 0;
        self.ask_quietly("GET", path, None, Self::home_looked_up);
    }

    fn home_looked_up(&mut self, answer: Result<Value, CallError>) {
        self.home.is_asking = false;
        let data = match answer {
            Ok(data) => data,
            Err(error) => {
                self.home.pages = None;
                return self.retry_home(&error);
            }
        };
        self.home.has_retried = false;
        let mut pages = self.home.pages.take().unwrap_or_default();
        let Some(HomePage { version, fields, more, .. }) = HomePage::read(&data) else { return };
        pages.version = version;
        pages.fields.extend(fields);
        if more {
            self.home.pages = Some(pages);
            return self.look_home_up();
        }
        let Some(device) = &mut self.home.device else { return };
        let news = device.receive(pages);
        self.move_home();
        self.apply_home(news);
        self.save_home();
        self.go_on_at_home();
    }

    /// Tries a failed call once more after a while. Later the next change, or the presence connection when it opens again, tries.
    fn retry_home(&mut self, error: &CallError) {
        if std::mem::replace(&mut self.home.has_retried, true) {
            return;
        }
        let caller = self.caller.clone();
        let again = move || caller.run(|state| state.handle_home_event(HomeEvent::Load));
        self.home.retry.set(error.retry_after_ms.unwrap_or(RETRY_MS), again);
    }

    /// Says once what was arranged here before, as far as the account has no word about it. An appearance that another person of this
    /// browser has chosen stays on the device.
    fn move_home(&mut self) {
        self.say_changes();
        let (here, has_own_look, kept) = (self.fields_here(), self.has_own_look(), self.kept());
        let Some(device) = self.home.device.as_mut().filter(|device| !device.is_moved) else { return };
        let now = clock::server_now_ms();
        // Kept messages have an order, which their words keep.
        for (at, one) in (now.saturating_sub(kept.len() as u64)..now).zip(&kept) {
            let name = home_fields::kept_name(one);
            if let Some(value) = here.get(name.as_str()).filter(|_| device.value(&name).is_none()) {
                device.say(&name, value.clone(), at);
            }
        }
        let is_look = |name: &str| HomeField::parse(name).is_some_and(|field| field.group == HomeGroup::Look);
        for (name, value) in here.iter().filter(|(name, _)| has_own_look || !is_look(name)) {
            if device.value(name).is_none() {
                device.say(name, value.clone(), now);
            }
        }
        device.is_moved = true;
    }

    fn send_home(&mut self) {
        let Some(device) = self.home.device.as_ref().filter(|_| !self.home.is_asking) else { return };
        let sent = device.to_send();
        let body = format!("{{\"fields\":{}}}", fields_json(&sent));
        self.home.is_asking = true;
        self.ask_quietly("PUT", PATH, Some(body), move |state, answer| state.home_sent(&sent, answer));
    }

    fn home_sent(&mut self, sent: &[HomeEntry], answer: Result<Value, CallError>) {
        self.home.is_asking = false;
        let Some(device) = &mut self.home.device else { return };
        let news = match answer {
            Ok(data) => HomePage::read(&data).map(|page| device.answered(sent, page)).unwrap_or_default(),
            Err(error) if matches!(error.code.as_str(), "VALIDATION" | "TOO_LARGE") => {
                device.refused(sent);
                Vec::new()
            }
            Err(error) => return self.retry_home(&error),
        };
        self.home.has_retried = false;
        self.apply_home(news);
        self.save_home();
        self.go_on_at_home();
    }

    fn save_home(&mut self) {
        if let Some(device) = &self.home.device {
            self.persistence.save_note(NOTE, json::write(device));
        }
    }

    // ---- Changes of this page

    /// Says what has changed here since the last comparison. Returns `true` if there was something.
    fn say_changes(&mut self) -> bool {
        let here = self.fields_here();
        let Some(device) = &mut self.home.device else { return false };
        let before = std::mem::replace(&mut self.home.compared, here);
        let (here, now) = (&self.home.compared, clock::server_now_ms());
        let mut has_changed = false;
        for (name, value) in here.iter().filter(|(name, value)| before.get(name.as_str()) != Some(*value)) {
            device.say(name, value.clone(), now);
            has_changed = true;
        }
        let is_removed =
            |name: &str, value: &Value| !here.contains_key(name) && !home_fields::is_ended_mute(name, value, now);
        for (name, _) in before.iter().filter(|(name, value)| is_removed(name, value)) {
            device.say(name, Value::Null, now);
            has_changed = true;
        }
        has_changed
    }

    /// Returns the fields of what this page has stored.
    fn fields_here(&self) -> Fields {
        let mut fields = Fields::new();
        let arrangement = self.session.arrangement;
        if arrangement.with_untracked(home_fields::has_unnamed_group) {
            arrangement.update(home_fields::name_groups);
        }
        arrangement.with_untracked(|arrangement| home_fields::add_arrangement(&mut fields, arrangement));
        for room in self.persistence.rooms_with_preferences() {
            home_fields::add_chat(&mut fields, &room, self.persistence.chat_preferences(&room));
        }
        home_fields::add_kept(&mut fields, &self.kept());
        arrangement.with_untracked(|arrangement| home_fields::add_quick_texts(&mut fields, &arrangement.quick_texts));
        home_fields::add_look(&mut fields, &self.stored_settings.appearance);
        fields
    }

    fn kept(&self) -> Vec<KeptMessage> {
        self.persistence.note(kept_messages::NOTE).and_then(|note| json::read(&note)).unwrap_or_default()
    }

    // ---- Words of other devices

    /// Applies values that count, unless the person has changed the same field in between.
    fn apply_home(&mut self, news: Vec<(String, Value)>) {
        self.say_changes();
        self.home.is_applying = true;
        let (mut has_groups, mut has_kept, mut has_quick_texts) = (false, false, false);
        for (name, value) in news {
            let counts = self.home.device.as_ref().is_some_and(|device| device.value(&name) == Some(&value));
            if let Some(field) = HomeField::parse(&name).filter(|_| counts) {
                has_groups |= matches!(field.group, HomeGroup::Group | HomeGroup::Member);
                has_kept |= field.group == HomeGroup::Kept;
                has_quick_texts |= field.group == HomeGroup::Quick;
                self.apply_field(field, &value);
            }
        }
        if has_groups {
            self.apply_groups();
        }
        if has_kept {
            self.apply_kept();
        }
        if has_quick_texts {
            self.apply_quick_texts();
        }
        self.home.is_applying = false;
        self.home.compared = self.fields_here();
    }

    fn apply_field(&mut self, field: HomeField<'_>, value: &Value) {
        match field.group {
            HomeGroup::Favourite | HomeGroup::Nickname => {
                let arrangement = self.session.arrangement;
                arrangement.update(|arrangement| home_fields::apply_person(arrangement, field, value));
                if field.group == HomeGroup::Favourite && *value != Value::Null {
                    self.session.roster.welcome(field.id);
                }
            }
            HomeGroup::List => {
                let arrangement = self.session.arrangement;
                arrangement.update(|arrangement| home_fields::apply_list(arrangement, field.id, value));
            }
            // All groups are applied together, and so are all kept messages and all quick texts.
            HomeGroup::Group | HomeGroup::Member | HomeGroup::Kept | HomeGroup::Quick => {}
            HomeGroup::Chat | HomeGroup::Mute => {
                let before = self.persistence.chat_preferences(field.id);
                let after = home_fields::with_chat(before, field.group, value).at(clock::server_now_ms());
                self.set_chat_preferences(field.id, after);
            }
            HomeGroup::Look => self.apply_look(field.id, value.as_str()),
        }
    }

    fn apply_groups(&mut self) {
        let Some(device) = &self.home.device else { return };
        let values: Vec<(&str, &Value)> = device.values().collect();
        let groups = home_fields::groups_in(values.iter().copied());
        let arrangement = self.session.arrangement;
        if arrangement.with_untracked(|arrangement| arrangement.groups != groups) {
            for user in groups.iter().flat_map(|group| &group.members) {
                self.session.roster.welcome(user);
            }
            arrangement.update(|arrangement| arrangement.groups = groups);
        }
    }

    /// Keeps the newest messages of all devices, and removes the others from all devices.
    fn apply_kept(&mut self) {
        let here = self.kept();
        let Some(device) = &mut self.home.device else { return };
        let (kept, removed) = home_fields::newest_kept(device.words(), &here);
        let now = clock::server_now_ms();
        for name in removed {
            device.say(&name, Value::Null, now);
        }
        self.persistence.save_note(kept_messages::NOTE, json::write(&kept));
    }

    fn apply_quick_texts(&mut self) {
        let Some(device) = &self.home.device else { return };
        let texts = home_fields::quick_texts_in(device.values());
        let arrangement = self.session.arrangement;
        if arrangement.with_untracked(|arrangement| arrangement.quick_texts != texts) {
            arrangement.update(|arrangement| arrangement.quick_texts = texts);
        }
    }

    /// Applies a part of the appearance. What this page does not know is ignored.
    fn apply_look(&mut self, name: &str, word: Option<&str>) {
        match (name, word) {
            ("theme", None) => self.forget_theme(),
            ("motion", None) => self.forget_motion(),
            ("theme", Some(word)) => {
                if let Some(theme) = Theme::parse(word) {
                    self.set_theme(theme);
                }
            }
            ("motion", Some(word)) => {
                if let Some(motion) = Motion::parse(word) {
                    self.set_motion(motion);
                }
            }
            ("language", Some(word)) if language::find(word).is_some() => self.set_language(word),
            ("text_percent", Some(word)) => {
                if let Some(percent) = text_percent_in(word) {
                    self.set_text_percent(percent);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::engine::on_page;
    use crate::store::arrangement::Arrangement;

    fn device(state: &State) -> &HomeDevice {
        state.home.device.as_ref().expect("it has begun")
    }

    #[test]
    fn the_appearance_of_another_person_does_not_move_up() {
        for (owner, moved) in [("user_2", None), ("", None), ("user_1", Some("dusk"))] {
            on_page(move |state| {
                state.stored_settings.appearance.theme = Some(Theme::Dusk);
                state.stored_settings.owner = owner.to_owned();
                state.begin_home();
                state.move_home();
                assert_eq!(device(state).value("look/theme").and_then(Value::as_str), moved, "{owner:?}");
            });
        }
    }

    #[test]
    fn a_look_that_no_page_has_is_not_applied() {
        on_page(|state| {
            let look = |state: &State| {
                let settings = state.session.settings;
                (settings.language.get_untracked(), settings.text_percent.get_untracked())
            };
            let before = look(state);
            for (name, word) in [("language", "xx"), ("language", ""), ("text_percent", "9000"), ("text_percent", "-1")]
            {
                state.apply_look(name, Some(word));
                assert_eq!(look(state), before, "{name} {word:?}");
            }
        });
    }

    #[test]
    fn what_is_removed_before_the_words_are_loaded_stays_removed() {
        on_page(|state| {
            let mut known = HomeDevice::new("a".repeat(16));
            known.is_moved = true;
            for user in ["u_bo", "u_al"] {
                known.say(&HomeGroup::Favourite.name(user), Value::Bool(true), 5);
            }
            state.persistence.save_note(NOTE, json::write(&known));
            state.home.found.favourites = vec!["u_bo".to_owned()];
            state.session.arrangement.set(Arrangement::default());
            state.begin_home();
            assert_eq!(device(state).value("favourite/u_bo"), Some(&Value::Null), "the person has removed it");
            assert_eq!(device(state).value("favourite/u_al"), Some(&Value::Bool(true)), "the store has lost it");
            let favourites = state.session.arrangement.with_untracked(|arrangement| arrangement.favourites.clone());
            assert_eq!(favourites, ["u_al"]);
        });
    }
}
