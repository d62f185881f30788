//! What was said in a demo room before anybody came, as events: the talk of the last thirty days ([`crate::scene::history`]).

use crate::doors::messenger::json_text;
use crate::event::{Kind, Millis};
use crate::personas::{self, Persona};
use crate::scene::{Say, Seed, history};

/// One event of then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedLine {
    /// When.
    pub at: Millis,
    /// Id of the event.
    pub id: String,
    /// Whose.
    pub persona: &'static Persona,
    /// What.
    pub what: SeedWhat,
}

/// See [`SeedLine`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeedWhat {
    /// A message, a nudge or a wink with these members.
    Write(Kind, String),
    /// A reaction to the message with this id.
    React(String, String),
}

/// What was said before `now`, in this language. Ids are those of the `run`: another one has others.
pub fn seed_lines(language: &str, run: &str, now: Millis) -> Vec<SeedLine> {
    let Ok(history) = history(language) else { return Vec::new() };
    history.at(run, now).into_iter().filter_map(line).collect()
}

/// What the room is called in this language.
pub fn room_name(language: &str) -> String {
    history(language).map(|history| history.name).unwrap_or_default()
}

fn line(seed: Seed<'_>) -> Option<SeedLine> {
    let what = match seed.say {
        Say::Text { text, reply_to } => {
            let about = reply_to.map(|id| format!(",\"replyTo\":{}", json_text(&id))).unwrap_or_default();
            let text = json_text(text);
            SeedWhat::Write(Kind::Chat, format!("{{\"content\":{text}{about},\"client\":\"script\"}}"))
        }
        Say::Nudge => SeedWhat::Write(Kind::Nudge, "{}".to_owned()),
        Say::Wink { id } => SeedWhat::Write(Kind::Wink, format!("{{\"winkId\":{}}}", json_text(id))),
        Say::React { about, reaction } => SeedWhat::React(about, reaction.to_owned()),
    };
    Some(SeedLine { at: seed.at, id: seed.id, persona: personas::find(seed.persona)?, what })
}
