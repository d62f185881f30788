//! What was searched for, and what was found. Written by `session`; the text by whoever types it.

use leptos::prelude::*;

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// Room id.
    pub room: String,
    /// Its id.
    pub id: String,
    /// Its place.
    pub seq: u64,
    /// Who wrote it.
    pub name: String,
    /// What the conversation is called.
    pub room_name: String,
    /// A line of it, in pieces; true where the words stand that were looked for.
    pub line: Vec<(String, bool)>,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was searched for.
    #[default]
    Nothing,
    /// An answer is on its way.
    Asked,
    /// Found, and there is more.
    More,
    /// That is all.
    Done,
    /// There is nothing to search in: messages are stored sealed.
    Off,
}

/// See the module's description.
#[derive(Clone, Copy)]
pub struct Search {
    /// What the box holds.
    pub text: RwSignal<String>,
    /// The room in which alone was looked for last: a text that begins with `in:` and its name means it (`session::search`).
    pub here: StoredValue<String>,
    /// Messages, newest first.
    pub found: RwSignal<Vec<Found>>,
    /// How far it has come.
    pub stage: RwSignal<Stage>,
    /// How many conversations were searched.
    pub rooms: RwSignal<u64>,
}

impl Search {
    /// Nothing was searched for.
    pub fn new() -> Self {
        Self {
            text: RwSignal::new(String::new()),
            here: StoredValue::new(String::new()),
            found: RwSignal::new(Vec::new()),
            stage: RwSignal::new(Stage::Nothing),
            rooms: RwSignal::new(0),
        }
    }

    /// What people are looked for by. Filters are about messages: with one, the list stays as it is. Reactive.
    pub fn people_text(self) -> String {
        self.text.with(|text| if text.contains(':') { String::new() } else { text.clone() })
    }

    /// The box holds something else: what was found for the earlier text goes.
    pub fn type_text(self, text: String) {
        self.text.set(text);
        if self.stage.get_untracked() != Stage::Nothing {
            self.found.set(Vec::new());
            self.stage.set(Stage::Nothing);
        }
    }
}

impl Default for Search {
    fn default() -> Self {
        Self::new()
    }
}
