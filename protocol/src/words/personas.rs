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

/// All characters, in the order people see them.
pub const PERSONAS: [Persona; 20] = [
    Persona { id: "user_1", name: "Jonas", avatar: "av_01", message_en: "working on the demo", status: Status::Away },
    Persona {
        id: "user_2",
        name: "Aylin",
        avatar: "av_02",
        message_en: "soup day, back at two",
        status: Status::OutToLunch,
    },
    Persona {
        id: "user_3", name: "Theo", avatar: "av_03", message_en: "Blue Hour – Low Tide", status: Status::Online
    },
    Persona { id: "user_4", name: "Nora", avatar: "av_04", message_en: "deadline till five", status: Status::Busy },
    Persona {
        id: "user_5",
        name: "Lea",
        avatar: "av_05",
        message_en: "ink on my sleeve again",
        status: Status::Online,
    },
    Persona { id: "user_6", name: "Samira", avatar: "av_06", message_en: "in the booth", status: Status::OnThePhone },
    Persona { id: "user_7", name: "Mia", avatar: "av_07", message_en: "back on the train", status: Status::Online },
    Persona {
        id: "user_8",
        name: "Walter",
        avatar: "av_08",
        message_en: "feeding the cat",
        status: Status::BeRightBack,
    },
    Persona { id: "user_9", name: "Kofi", avatar: "av_09", message_en: "two, three, four …", status: Status::Online },
    Persona {
        id: "user_10",
        name: "Rosa",
        avatar: "av_10",
        message_en: "rye is out at six",
        status: Status::BeRightBack,
    },
    Persona {
        id: "user_11",
        name: "Dario",
        avatar: "av_11",
        message_en: "night shift, whisper please",
        status: Status::Away,
    },
    Persona {
        id: "user_12",
        name: "Emil",
        avatar: "av_12",
        message_en: "exam week, send snacks",
        status: Status::Busy,
    },
    Persona {
        id: "user_13",
        name: "Kenji",
        avatar: "av_13",
        message_en: "your move, no hurry",
        status: Status::Online,
    },
    Persona {
        id: "user_14",
        name: "Tess",
        avatar: "av_14",
        message_en: "match on Saturday, come and shout",
        status: Status::Online,
    },
    Persona { id: "user_15", name: "Runa", avatar: "av_15", message_en: "write, don’t ring", status: Status::Online },
    Persona { id: "user_16", name: "Jas", avatar: "av_16", message_en: "cab closed till Ulm", status: Status::Busy },
    Persona {
        id: "user_17",
        name: "Farah",
        avatar: "av_17",
        message_en: "that reminds me of Isfahan …",
        status: Status::Online,
    },
    Persona {
        id: "user_18",
        name: "Zuri",
        avatar: "av_18",
        message_en: "rings visible tonight",
        status: Status::Online,
    },
    Persona { id: "user_19", name: "Nico", avatar: "av_19", message_en: "landed it. nearly", status: Status::Away },
    Persona {
        id: "user_20",
        name: "Sol",
        avatar: "av_20",
        message_en: "in the beans, shout",
        status: Status::OutToLunch,
    },
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
