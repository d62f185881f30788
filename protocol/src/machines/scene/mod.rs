//! Scenes: scripted messages and actions of characters for a presentation of the product ([`docs/scenes.md`](../../docs/scenes.md)).
//!
//! A scene is a list of steps, each with its time. Its player gives the time in and gets [`Cue`]s out: the Worker into a room, a page
//! without network into a room of its own. The same scene with the same seed has the same texts. Each cue has an id that is derived from
//! the run and its position, so a player that stopped and plays it again writes nothing twice.
//!
//! | File | Part |
//! |---|---|
//! | `read` | parsing a scene from its file, with all errors |
//! | `play` | progress of a run: pause, step, speed, steps that are due |
//! | `catalogue` | the scenes that come with the product |
//! | `history` | earlier messages of a demo room |

mod catalogue;
mod history;
#[cfg(test)]
mod history_tests;
mod play;
mod read;
#[cfg(test)]
mod tests;

pub use catalogue::{CATALOGUE, catalogue, find, scenes};
pub use history::{History, HistoryError, HistoryLine, LineContent, Seed, history, languages};
pub use play::{Cue, Run};
pub use read::SceneError;

use crate::words::event::Millis;
use crate::words::language;
use crate::words::status::Status;

/// Returns the language of scenes for readers of this language: the same, or the first language of the product if no scene is written in it.
pub fn scene_language(tag: &str) -> &'static str {
    languages().find(|written| *written == tag).unwrap_or(language::FIRST.tag)
}

/// One scene, every part of which can be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Name in addresses: lower-case words with `-` in between.
    pub id: String,
    /// Title that presenters see.
    pub title: String,
    /// The language in which it is written, one of [`languages`].
    pub language: &'static str,
    /// Seed that selects among several texts.
    pub seed: u64,
    /// Length at normal speed. After that the scene is over, or begins again.
    pub length_ms: Millis,
    /// `true` if the scene repeats until it is stopped.
    pub repeats: bool,
    /// User ids of the characters, each of which does something.
    pub cast: Vec<String>,
    /// Steps in the order in which they happen.
    pub steps: Vec<Step>,
}

/// One thing that a character does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Time from the beginning of the scene on, at normal speed.
    pub at_ms: Millis,
    /// User id of the character.
    pub persona: String,
    /// The action.
    pub action: Action,
}

/// Action of a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Joins the room.
    Join,
    /// Types for this time, or until the next message.
    Typing {
        /// Time for which the character writes.
        for_ms: Millis,
    },
    /// Sends one of these texts, selected by the seed.
    Say {
        /// At least one.
        texts: Vec<String>,
        /// Position of the step with the message that this one replies to.
        reply_to: Option<usize>,
    },
    /// Shakes the others' windows.
    Nudge,
    /// Sends a wink.
    Wink {
        /// Id in the catalogue of winks.
        id: &'static str,
    },
    /// Changes the visible status.
    Status(Status),
    /// Reacts to an earlier message.
    React {
        /// A known name or one emoji.
        reaction: String,
        /// Position of the step with that message.
        to: usize,
    },
    /// Loses the network.
    DropNetwork {
        /// Time without a network.
        for_ms: Millis,
    },
}
