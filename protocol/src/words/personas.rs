//! Invented characters that anybody may play (`sign-in.md` 1), one row each, with what they say before somebody plays them.

use super::own_words::in_language;
use super::status::Status;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persona {
    pub id: &'static str,
    pub name: &'static str,
    /// Id of the portrait.
    pub avatar: &'static str,
    /// Personal message in English; `own_words` has it in all languages.
    pub message_en: &'static str,
    /// Status the character likes best: offered at sign-in.
    pub status: Status,
}

impl Persona {
    pub fn message(&self, language: &str) -> &'static str {
        in_language(self.message_en, language)
    }
}

const fn row(
    id: &'static str,
    name: &'static str,
    avatar: &'static str,
    message_en: &'static str,
    status: Status,
) -> Persona {
    Persona { id, name, avatar, message_en, status }
}

/// All characters, in the order people see them.
pub const PERSONAS: [Persona; 20] = [
    row("user_1", "Jonas", "av_01", "working on the demo", Status::Away),
    row("user_2", "Aylin", "av_02", "soup day, back at two", Status::OutToLunch),
    row("user_3", "Theo", "av_03", "Blue Hour – Low Tide", Status::Online),
    row("user_4", "Nora", "av_04", "deadline till five", Status::Busy),
    row("user_5", "Lea", "av_05", "ink on my sleeve again", Status::Online),
    row("user_6", "Samira", "av_06", "in the booth", Status::OnThePhone),
    row("user_7", "Mia", "av_07", "back on the train", Status::Online),
    row("user_8", "Walter", "av_08", "feeding the cat", Status::BeRightBack),
    row("user_9", "Kofi", "av_09", "two, three, four …", Status::Online),
    row("user_10", "Rosa", "av_10", "rye is out at six", Status::BeRightBack),
    row("user_11", "Dario", "av_11", "night shift, whisper please", Status::Away),
    row("user_12", "Emil", "av_12", "exam week, send snacks", Status::Busy),
    row("user_13", "Kenji", "av_13", "your move, no hurry", Status::Online),
    row("user_14", "Tess", "av_14", "match on Saturday, come and shout", Status::Online),
    row("user_15", "Runa", "av_15", "write, don’t ring", Status::Online),
    row("user_16", "Jas", "av_16", "cab closed till Ulm", Status::Busy),
    row("user_17", "Farah", "av_17", "that reminds me of Isfahan …", Status::Online),
    row("user_18", "Zuri", "av_18", "rings visible tonight", Status::Online),
    row("user_19", "Nico", "av_19", "landed it. nearly", Status::Away),
    row("user_20", "Sol", "av_20", "in the beans, shout", Status::OutToLunch),
];

/// Returns `true` when a user id is one of theirs. Told by its number alone: the page asks this, and has no use for the rest.
pub fn is_persona(id: &str) -> bool {
    let number = id.strip_prefix("user_").filter(|digits| !digits.starts_with(['0', '+']));
    number.and_then(|digits| digits.parse::<usize>().ok()).is_some_and(|number| number <= PERSONAS.len())
}

pub fn find(id: &str) -> Option<&'static Persona> {
    PERSONAS.iter().find(|persona| persona.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_tells_who_is_one_of_them() {
        assert!(PERSONAS.iter().all(|persona| is_persona(persona.id)));
        let numbers = (0..40).map(|number| format!("user_{number}"));
        let others = ["user_", "user_01", "user_+1", "user_1 ", "user_x", "u_1", "", "user_99999999999999999999"];
        for id in numbers.chain(others.map(str::to_owned)) {
            assert_eq!(is_persona(&id), find(&id).is_some(), "{id}");
        }
    }

    #[test]
    fn ids_and_portraits_count_the_rows_and_each_portrait_is_drawn() {
        for (persona, number) in PERSONAS.iter().zip(1..) {
            assert_eq!((persona.id, persona.avatar), (&*format!("user_{number}"), &*format!("av_{number:02}")));
        }
        let drawings = include_str!("../../../public/assets/portraits.svg").split("<view id=\"").skip(1);
        let drawn: Vec<&str> = drawings.filter_map(|view| view.split('"').next()).collect();
        let portraits: Vec<&str> = PERSONAS.iter().map(|persona| persona.avatar).chain(["av_guest"]).collect();
        assert_eq!(drawn, portraits);
    }

    #[test]
    fn the_writers_of_scenes_find_everybody_with_a_hint() {
        let text = include_str!("../../../docs/scenes.md");
        for Persona { id, name, .. } in &PERSONAS {
            assert!(text.contains(&format!("| `{id}` | {name} | the ")), "{id}");
        }
        assert_eq!(text.matches("| `user_").count(), PERSONAS.len());
    }

    #[test]
    fn the_specification_names_the_last_of_them() {
        let text = include_str!("../../../docs/spec/sign-in.md");
        let last = format!("`user_1` … `user_{}`", PERSONAS.len());
        assert!(text.contains(&last));
        assert_eq!(text.matches("`user_1` … ").count(), text.matches(&last).count());
    }
}
