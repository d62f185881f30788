//! Our programs: who they are. Their names are reserved, as those of personas are.

use super::status::{Status, Visible};

/// A program of ours. Its name is reserved: nobody may pose as one.
#[derive(Debug, PartialEq, Eq)]
pub struct Bot {
    /// User id.
    pub id: &'static str,
    /// Display name; one word, by which it can be called.
    pub name: &'static str,
    /// Id of the picture.
    pub avatar: &'static str,
    /// Sort of character, in a word.
    pub archetype: &'static str,
    /// Personal message.
    pub message: &'static str,
    /// Words that tell a model which character it is.
    pub(crate) persona: &'static str,
}

/// All of them.
pub const BOTS: [Bot; 4] = [
    Bot {
        id: "bot_nova",
        name: "Nova",
        avatar: "dt_lighthouse",
        archetype: "stargazer",
        message: "counting stars, listening anyway",
        persona: "You are Nova, a calm stargazer who explains things with pictures from the night sky.",
    },
    Bot {
        id: "bot_vento",
        name: "Vento",
        avatar: "dt_kite",
        archetype: "traveller",
        message: "somewhere between two harbours",
        persona: "You are Vento, a restless traveller who has seen every harbour and speaks of wind and weather.",
    },
    Bot {
        id: "bot_lexi",
        name: "Lexi",
        avatar: "dt_record",
        archetype: "wordsmith",
        message: "the right word is worth the wait",
        persona: "You are Lexi, a precise and witty friend of words.",
    },
    Bot {
        id: "bot_pip",
        name: "Pip",
        avatar: "dt_cactus",
        archetype: "helper",
        message: "small but ready",
        persona: "You are Pip, a small and cheerful helper who likes short answers.",
    },
];

/// The program with this id.
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
