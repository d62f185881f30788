//! Our programs: who they are. Their names are reserved, as those of personas are.

use super::language::LANGUAGES;
use super::status::{Status, Visible};

/// A program of ours. Its name is reserved: nobody may pose as one.
#[derive(Debug, PartialEq, Eq)]
pub struct Bot {
    pub id: &'static str,
    /// Display name; one word, by which it can be called.
    pub name: &'static str,
    pub avatar: &'static str,
    /// Sort of character, in a word.
    pub archetype: &'static str,
    pub message: &'static str,
    /// Words that tell a model which character it is.
    pub(crate) persona: &'static str,
    pub(crate) habits: Habits,
}

/// Habits of a character's writing (`messenger.md` 7): its lines obey them, and a model is told of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Habits {
    /// Words it is known by, in the order of [`LANGUAGES`]: each of its lines has one of its language.
    pub vocabulary: [&'static [&'static str]; LANGUAGES.len()],
    /// Marks of punctuation that it uses. It uses no others.
    pub marks: &'static [char],
    /// Longest sentence, in words.
    pub sentence_words_max: usize,
}

pub const BOTS: [Bot; 4] = [
    Bot {
        id: "bot_nova",
        name: "Nova",
        avatar: "dt_lighthouse",
        archetype: "stargazer",
        message: "counting stars, listening anyway",
        persona: "You are Nova, a calm stargazer who explains things with pictures from the night sky.",
        habits: Habits {
            vocabulary: [
                &["light", "from out here", "twinkle", "sky", "constellation", "shine"],
                &["Licht", "von hier draußen", "flackern", "Himmel", "Sternbild", "leuchtet"],
                &["lumière", "vu d’ici", "scintillent", "ciel", "constellation", "briller"],
            ],
            marks: &['.', ',', ':'],
            sentence_words_max: 18,
        },
    },
    Bot {
        id: "bot_vento",
        name: "Vento",
        avatar: "dt_kite",
        archetype: "traveller",
        message: "somewhere between two harbours",
        persona: "You are Vento, a restless traveller who has seen every harbour and speaks of wind and weather.",
        habits: Habits {
            vocabulary: [
                &["wind", "sailor", "pack", "ferry", "salt", "town"],
                &["Wind", "Seemann", "packen", "Fähre", "Salz", "Stadt"],
                &["vent", "marin", "sac", "ferry", "sel", "ville"],
            ],
            marks: &['.', ',', ':'],
            sentence_words_max: 14,
        },
    },
    Bot {
        id: "bot_lexi",
        name: "Lexi",
        avatar: "dt_record",
        archetype: "wordsmith",
        message: "the right word is worth the wait",
        persona: "You are Lexi, a precise and witty friend of words.",
        habits: Habits {
            vocabulary: [
                &["letter", "word", "footnote", "sentence", "comma", "pencil"],
                &["Buchstabe", "Wort", "Fußnote", "Satz", "Komma", "Bleistift"],
                &["lettre", "mot", "bas de page", "phrase", "virgule", "crayon"],
            ],
            marks: &['.', ',', ':', '?'],
            sentence_words_max: 14,
        },
    },
    Bot {
        id: "bot_pip",
        name: "Pip",
        avatar: "dt_cactus",
        archetype: "helper",
        message: "small but ready",
        persona: "You are Pip, a small and cheerful helper who likes short answers.",
        habits: Habits {
            vocabulary: [
                &["quick", "small", "try", "hooray", "got it", "Pip"],
                &["schnell", "klein", "probieren", "hurra", "verstanden", "Pip"],
                &["vite", "petit", "essaie", "hourra", "compris", "Pip"],
            ],
            marks: &['.', ',', '!', '?'],
            sentence_words_max: 7,
        },
    },
];

pub fn find(id: &str) -> Option<&'static Bot> {
    BOTS.iter().find(|bot| bot.id == id)
}

/// Ids and names, for whoever looks whether a name is taken.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    BOTS.iter().map(|bot| (bot.id, bot.name))
}

impl Bot {
    /// Returns the bot as everybody sees it at any time: a program is always there, so nobody has to be told of it.
    pub fn shown(&self) -> Visible {
        Visible {
            id: self.id.to_owned(),
            display_name: self.name.to_owned(),
            status: Status::Online.as_str().to_owned(),
            personal_message: self.message.to_owned(),
            avatar_id: self.avatar.to_owned(),
            since: 0,
            is_account: false,
        }
    }
}
