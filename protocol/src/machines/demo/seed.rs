//! Earlier messages of a demo room: those of the last thirty days ([`crate::machines::scene::history`]).

use super::stage::{CastAction, CastActionKind};
use crate::machines::scene::{LineContent, Seed, history};
use crate::words::event::Millis;
use crate::words::{personas, winks};

/// Something that a character did then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedLine {
    pub at: Millis,
    /// The character, and what they did.
    pub deed: CastAction,
}

/// Returns the lines from before `now`, in this language. Ids depend on the `run`.
pub fn seed_lines(language: &str, run: &str, now: Millis) -> Vec<SeedLine> {
    let Ok(history) = history(language) else { return Vec::new() };
    history.at(run, now).into_iter().filter_map(line).collect()
}

/// Returns the name of the room in this language.
pub fn room_name(language: &str) -> String {
    history(language).map(|history| history.name).unwrap_or_default()
}

fn line(seed: Seed<'_>) -> Option<SeedLine> {
    let Seed { at, id, persona, say } = seed;
    let done = match say {
        LineContent::Text { text, reply_to } => CastActionKind::Says(id, text, reply_to),
        LineContent::Nudge => CastActionKind::Nudges(id),
        LineContent::Wink { id: wink } => CastActionKind::Winks(id, winks::find(wink)?),
        LineContent::React { to, reaction } => CastActionKind::Reacts(id, to, reaction),
    };
    Some(SeedLine { at, deed: CastAction { persona: personas::find(persona)?, done } })
}
