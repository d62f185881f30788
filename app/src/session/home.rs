//! Arrangement of an account, on all of its devices (`home.md`): changes here become words, and words of other devices are applied to the
//! stores of the page.
//!
//! All of this code is a deferred task (`deferred_tasks`).

use leptos::prelude::*;
use protocol::codec::json::{self, Read, Value};
use protocol::people::home::{HomeDevice, HomeEntry, HomeField, HomeGroup, HomePage, fields_json};
use protocol::words::principal::UserKind;

use super::deferred_tasks::DeferredTask;
use super::engine::State;
use super::home_event::{HomeEvent, HomeState};
use crate::appearance::{Motion, Theme};
use crate::browser::{CallError, clock};
use crate::store::home_fields::{self, Fields};
use crate::store::kept_messages::{self, KeptMessage};

const PATH: &str = "/api/me/home";
/// Name of the note with the words of this device.
pub(super) const NOTE: &str = "home";

impl State {
    /// Handles an event about what the account arranges.
    pub(super) fn dispatch_home_event(&mut self, event: HomeEvent) {
        if self.session.me.with_untracked(|me| me.kind == UserKind::User) {
            self.run_or_defer(DeferredTask::Home(event));
        }
    }

    pub(super) fn handle_home_event(&mut self, event: HomeEvent) {
        if self.is_over || self.is_elsewhere || self.home.is_applying {
            return;
        }
        match event {
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

    /// Loads the words that an earlier page knew. What differs from them was changed before this page listened.
    fn begin_home(&mut self) {
        if self.home.device.is_some() {
            return;
        }
        let stored = self.persistence.note(NOTE).and_then(|note| json::read::<HomeDevice>(&note));
        let device = stored.unwrap_or_else(|| HomeDevice::new(format!("{:016x}", clock::random_seed())));
        let is_moved = device.is_moved;
        self.home = HomeState { device: Some(device), compared: self.fields_here(), ..HomeState::default() };
        if is_moved {
            self.repair_home();
        }
    }

    /// Brings stores and words together. What is missing in the stores is applied again: a browser may have removed some of them. The
    /// appearance may be that of another person of this browser.
    fn repair_home(&mut self) {
        let here = self.fields_here();
        let Some(device) = &mut self.home.device else { return };
        let is_look = |name: &str| HomeField::parse(name).is_some_and(|field| field.group == HomeGroup::Look);
        let now = clock::server_now_ms();
        for (name, value) in here.iter().filter(|(name, _)| !is_look(name)) {
            if device.value(name) != Some(value) {
                device.say(name, value.clone(), now);
            }
        }
        let is_lost = |name: &str, value: &Value| *value != Value::Null && here.get(name) != Some(value);
        let lost = device.values().filter(|(name, value)| is_lost(name, value));
        let lost: Vec<(String, Value)> = lost.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        self.apply_home(lost);
        self.save_home();
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
        let path = format!("{PATH}?since={}", device.version());
        self.home.is_asking = true;
        self.ask_quietly("GET", path, None, Box::new(Self::home_looked_up));
    }

    fn home_looked_up(&mut self, answer: Result<Value, CallError>) {
        self.home.is_asking = false;
        // A failed look-up is repeated when the presence connection opens again.
        let Some(page) = answer.ok().and_then(|data| HomePage::read(&data)) else { return };
        let Some(device) = &mut self.home.device else { return };
        let is_done = !page.more;
        let news = device.receive(page);
        self.home.news.extend(news);
        if !is_done {
            return self.look_home_up();
        }
        self.move_home();
        let news = std::mem::take(&mut self.home.news);
        self.apply_home(news);
        self.save_home();
        self.go_on_at_home();
    }

    /// Says once what was arranged here before, as far as the account has no word about it.
    fn move_home(&mut self) {
        self.say_changes();
        let here = self.fields_here();
        let Some(device) = self.home.device.as_mut().filter(|device| !device.is_moved) else { return };
        let now = clock::server_now_ms();
        for (name, value) in here.iter() {
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
        let answered = move |state: &mut Self, answer| state.home_sent(&sent, answer);
        self.ask_quietly("PUT", PATH.to_owned(), Some(body), Box::new(answered));
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
            // The words are sent with the next change, or when the presence connection opens again.
            Err(_) => return,
        };
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
        for name in before.keys().filter(|name| !here.contains_key(name.as_str())) {
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
        let mut has_groups = false;
        for (name, value) in news {
            let counts = self.home.device.as_ref().is_some_and(|device| device.value(&name) == Some(&value));
            if let Some(field) = HomeField::parse(&name).filter(|_| counts) {
                has_groups |= matches!(field.group, HomeGroup::Group | HomeGroup::Member);
                self.apply_field(field, &value);
            }
        }
        if has_groups {
            self.apply_groups();
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
            // All groups are applied together.
            HomeGroup::Group | HomeGroup::Member => {}
            HomeGroup::Chat | HomeGroup::Mute => {
                let before = self.persistence.chat_preferences(field.id);
                self.set_chat_preferences(field.id, home_fields::with_chat(before, field.group, value));
            }
            HomeGroup::Kept => {
                let mut kept = self.kept();
                home_fields::apply_kept(&mut kept, field, value);
                self.persistence.save_note(kept_messages::NOTE, json::write(&kept));
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
            ("language", Some(word)) => self.set_language(word),
            ("text_percent", Some(word)) => {
                if let Ok(percent) = word.parse() {
                    self.set_text_percent(percent);
                }
            }
            _ => {}
        }
    }
}
