//! Scenes: what characters say and do by themselves while a presenter shows the product ([`docs/scenes.md`](../../docs/scenes.md)).
//!
//! A scene is a list of steps, each with its time. Its player gives the time in and gets [`Cue`]s out: the Worker into a room, a page
//! without network into a room of its own. The same scene with the same seed says the same words, and each cue has an id that is derived
//! from the run and its place, so that a player who died in between and plays it again writes nothing twice.
//!
//! | File | Part |
//! |---|---|
//! | `read` | a scene from its file, with everything that can be wrong in one |
//! | `play` | how far a run is: pause, step, speed, what is due and when |
//! | `catalogue` | the scenes that come with the product |
//! | `history` | what was said in a demo room before anybody came |

mod catalogue;
mod history;
#[cfg(test)]
mod history_tests;
mod play;
mod read;
#[cfg(test)]
mod tests;

pub use catalogue::{CATALOGUE, catalogue, find, scenes};
pub use history::{History, HistoryError, HistoryLine, LineContent, Seed, SeedContent, history, languages};
pub use play::{Cue, Run};
pub use read::SceneError;

use crate::words::event::Millis;
use crate::words::language;
use crate::words::status::Status;

/// Returns the language in which scenes are played to people who read this one: the same, or the first language of the product where no
/// scene is written in it.
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
    /// Decides which of several texts is said.
    pub seed: u64,
    /// Length at normal speed. After that the scene is over, or begins again.
    pub length_ms: Millis,
    /// `true` where the scene begins again until somebody ends it.
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
    /// Comes into the room.
    Join,
    /// Writes for so long, or until something is said.
    Typing {
        /// Time for which the character writes.
        for_ms: Millis,
    },
    /// Says one of these texts, as the seed decides.
    Say {
        /// At least one.
        texts: Vec<String>,
        /// Place in the list of the step that is answered, which says something.
        reply_to: Option<usize>,
    },
    /// Shakes the others' windows.
    Nudge,
    /// Sends a wink.
    Wink {
        /// Id in the catalogue of winks.
        id: &'static str,
    },
    /// Is seen in another status.
    Status(Status),
    /// Reacts to something that was said.
    React {
        /// A known name or one emoji.
        reaction: String,
        /// Place in the list of the step that said it.
        to: usize,
    },
    /// Loses the network.
    DropNetwork {
        /// Time without a network.
        for_ms: Millis,
    },
}
