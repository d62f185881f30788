//! Effects of the composer's commands (`ux.md` 2.8). Each does what a button does, and says what became of it.

use protocol::content::room_commands;
use protocol::content::slash::{self, Command, Slash, now_playing};
use protocol::words::limits::{
    FONT_COLORS, GROUP_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX, PERSONAL_MESSAGE_BYTES_MAX, PERSONAL_MESSAGE_GRAPHEMES_MAX,
};
use protocol::words::principal::UserKind;
use protocol::words::status::Status;

use super::commands::form;
use super::editor::Editor;
use crate::browser::letters::{at_most, lower};
use crate::store::groups::is_group;
use crate::store::people::{LookupOutcome, PeopleSearch};
use crate::store::relations::PersonRef;
use crate::ui::prelude::*;

/// Outcome of a command. It is said until the text of the composer changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub words: String,
    /// Text of the composer.
    written: String,
}

/// Commands of one composer. Copied into every closure.
#[derive(Clone, Copy)]
pub struct CommandRunner {
    session: Session,
    i18n: Texts,
    editor: Editor,
    /// Outcome of the last command.
    pub said: RwSignal<Option<Outcome>>,
    /// Search for a person by the handle.
    search: PeopleSearch,
    /// Handle of that search.
    sought: StoredValue<String>,
    is_making: RwSignal<bool>,
}

impl CommandRunner {
    /// Makes the runner, which carries out the text of the editor whenever it is asked to.
    pub fn new(editor: Editor) -> Self {
        let (said, search) = (RwSignal::new(None::<Outcome>), PeopleSearch::default());
        let (sought, is_making) = (StoredValue::new(String::new()), RwSignal::new(false));
        let runner = Self { session: use_session(), i18n: use_i18n(), editor, said, search, sought, is_making };
        Effect::new(move |before: Option<u32>| {
            let asked = editor.commanded.get();
            if asked != before.unwrap_or_default() {
                untrack(|| runner.run());
            }
            asked
        });
        Effect::new(move |_| {
            let written = editor.written.get();
            if said.with_untracked(|said| said.as_ref().is_some_and(|outcome| outcome.written != written)) {
                said.set(None);
            }
        });
        Effect::new(move |_| {
            let answer = search.answer.get();
            untrack(|| runner.person_came(answer));
        });
        runner
    }

    fn run(self) {
        let (i18n, text) = (self.i18n, self.editor.written.get());
        // The text may have changed while the chunk was loaded. Then it was not meant by the Enter of that time.
        if text != self.editor.command.get_value() {
            return;
        }
        let of_bots = self.editor.conversation.commands.get();
        match room_commands::read(&text, &of_bots) {
            Slash::Say(content) => self.editor.submit(content),
            Slash::Roll(dice) => self.editor.submit(dice.rolled(clock::random_seed)),
            Slash::Nudge => self.nudge(),
            Slash::Status(status, words) => self.set_status(status, words),
            Slash::NowPlaying(title) => {
                let message = personal_message(&now_playing(title));
                self.session.run(move |state| state.set_personal_message(message));
                self.done(Command::NowPlaying);
            }
            Slash::Clear => {
                self.editor.conversation.hide_all(true, clock::day_of);
                self.finish(t_string!(i18n, writing.hidden).to_owned());
            }
            Slash::Invite(name) => self.invite(name),
            Slash::Color(word) => self.set_color(word),
            Slash::Unknown(word) => self.say(t_string!(i18n, writing.unknown, word = word)),
            Slash::Misused(command) => self.say(t_string!(i18n, writing.usage, form = form(i18n, command))),
            Slash::TooLong => self.say(t_string!(i18n, writing.too_long).to_owned()),
        }
    }

    /// Says an outcome. The text stays.
    fn say(self, words: String) {
        self.said.set(Some(Outcome { words, written: self.editor.written.get_untracked() }));
    }

    /// Empties the composer and says an outcome. A text that was begun meanwhile stays.
    fn finish(self, words: String) {
        if self.editor.written.with_untracked(|written| written.starts_with('/')) {
            self.editor.write(String::new());
        }
        self.say(words);
    }

    fn done(self, command: Command) {
        let command = format!("/{}", command.as_str());
        self.finish(t_string!(self.i18n, writing.done, command = command));
    }

    fn nudge(self) {
        let conversation = self.editor.conversation;
        match conversation.nudge_wait_s.get() {
            0 => {
                self.session.run_for(&conversation.room_id(), State::nudge);
                self.done(Command::Nudge);
            }
            seconds => self.say(t_string!(self.i18n, writing.nudge_wait, seconds = seconds)),
        }
    }

    fn set_status(self, status: Status, words: &str) {
        match words {
            "" => self.session.run(move |state| state.choose_status(status)),
            words => {
                let words = personal_message(words);
                self.session.run(move |state| state.set_status_saying(status, words, None));
            }
        }
        self.done(match status {
            Status::Busy => Command::Busy,
            Status::Away => Command::Away,
            Status::BeRightBack => Command::BackSoon,
            _ => Command::Back,
        });
    }

    /// Sets the colour of the font by its name in the language of the page, or in English.
    fn set_color(self, word: &str) {
        let (names, wanted) = (t_string!(self.i18n, font.colors), lower(word));
        let named = (0..FONT_COLORS).find(|number| lower(&nth(names, usize::from(*number))) == wanted);
        let Some(color) = named.or_else(|| slash::color(word)) else {
            return self.say(t_string!(self.i18n, writing.no_color, word = word, colors = names));
        };
        self.session.change_message_settings(|settings| settings.font = settings.font.colored(color));
        self.done(Command::Color);
    }

    // ---- Invitations

    fn invite(self, name: &str) {
        let conversation = self.editor.conversation;
        let takes_more = conversation.partner().is_some() || is_group(&conversation.room_id());
        let is_guest = self.session.me.with(|me| me.kind == UserKind::Guest);
        if !takes_more || is_guest || self.session.is_of_demo() {
            return self.say(t_string!(self.i18n, writing.no_invite).to_owned());
        }
        if let Some(handle) = name.strip_prefix('@') {
            if may_be_handle(handle) {
                self.sought.set_value(name.to_owned());
                let handle = handle.to_ascii_lowercase();
                return self.session.run(move |state| state.find_people(self.search, &handle, true));
            }
            return self.say(t_string!(self.i18n, writing.nobody, name = name));
        }
        let mut named = self.named(name);
        match (named.pop(), named.is_empty()) {
            (Some(person), true) => self.invite_person(person),
            (Some(_), false) => self.say(t_string!(self.i18n, inviting.several, name = name)),
            (None, _) => self.say(t_string!(self.i18n, inviting.not_in_list, name = name)),
        }
    }

    /// Returns the people with this name: those of the list, and the members of this group.
    fn named(self, name: &str) -> Vec<PersonRef> {
        let wanted = lower(name.trim());
        let is_named = |names: &[&str]| !wanted.is_empty() && names.iter().any(|name| lower(name) == wanted);
        let mut named: Vec<PersonRef> = self.session.roster.people.with(|all| {
            let people = all.iter().filter_map(|handle| {
                handle.person.with(|person| {
                    let is_it = !person.is_stranger && is_named(&[&person.display_name, &person.own_name]);
                    is_it.then(|| PersonRef { id: person.id.clone(), name: person.display_name.clone() })
                })
            });
            people.collect()
        });
        let room = self.editor.conversation.room_id();
        self.session.groups.shown.with(|shown| {
            let members = shown.iter().filter(|group| group.room == room).flat_map(|group| &group.people);
            for member in members.filter(|member| is_named(&[&member.name])) {
                if !named.iter().any(|person| person.id == member.id) {
                    named.push(PersonRef { id: member.id.clone(), name: member.name.clone() });
                }
            }
        });
        named
    }

    /// Handles the result of the search for a handle.
    fn person_came(self, answer: LookupOutcome) {
        let found = self.search.found.with(|found| found.first().cloned());
        match (answer, found) {
            (LookupOutcome::Found | LookupOutcome::Known | LookupOutcome::Asked, Some(person)) => {
                self.invite_person(person);
            }
            (LookupOutcome::Nobody | LookupOutcome::Oneself, _) => {
                self.say(t_string!(self.i18n, writing.nobody, name = self.sought.get_value()));
            }
            (LookupOutcome::Unreachable, _) => self.say(t_string!(self.i18n, refused.network).to_owned()),
            _ => {}
        }
    }

    /// Adds a person to the group. In a direct conversation, which stays one, the three begin a new group.
    fn invite_person(self, person: PersonRef) {
        let room = self.editor.conversation.room_id();
        match self.editor.conversation.partner() {
            None => {
                let people = [person.id.clone()];
                self.session.run_for(&room, move |state, room| state.add_members(room, &people));
            }
            Some(partner) if partner == person.id || self.is_making.get() => {
                return self.say(t_string!(self.i18n, writing.no_invite).to_owned());
            }
            Some(partner) => {
                let row = self.session.roster.person(&partner);
                let name = row.map(|row| row.with(|person| person.display_name.clone())).unwrap_or_default();
                let name = at_most(&format!("{name}, {}", person.name), GROUP_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX);
                let people = [partner, person.id.clone()];
                self.session.run(move |state| state.make_group(&name, false, &people, self.is_making, None));
            }
        }
        self.finish(t_string!(self.i18n, writing.invited, name = person.name));
    }
}

/// Returns `true` for the characters of a handle (`people.md` 4); the server knows its rules.
fn may_be_handle(handle: &str) -> bool {
    !handle.is_empty() && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn personal_message(words: &str) -> String {
    at_most(words, PERSONAL_MESSAGE_GRAPHEMES_MAX, PERSONAL_MESSAGE_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use protocol::codec::json::Value;

    use super::*;

    #[test]
    fn the_english_colours_are_those_of_the_font_menu() {
        let path = format!("{}/locales/en.json", env!("CARGO_MANIFEST_DIR"));
        let texts = Value::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let names = texts.get("font").unwrap().get("colors").unwrap().as_str().unwrap().to_owned();
        for number in 0..FONT_COLORS {
            assert_eq!(slash::color(&nth(&names, number.into())), Some(number));
        }
    }
}
