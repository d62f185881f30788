//! Text and results of the search. Written by `session`; the text by the person who types it.

use leptos::prelude::*;

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SearchHit {
    /// Room id.
    pub room: String,
    /// Its id.
    pub id: String,
    /// Its place.
    pub seq: u64,
    /// Display name of the writer.
    pub name: String,
    /// Name of the conversation.
    pub room_name: String,
    /// A line of it, in pieces; true where the words stand that were looked for.
    pub line: Vec<(String, bool)>,
}

/// Progress of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchState {
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
    /// Text in the search box.
    pub text: RwSignal<String>,
    /// The room in which alone was looked for last: a text that begins with `in:` and its name means it (`session::search`).
    pub here: StoredValue<String>,
    /// Messages, newest first.
    pub found: RwSignal<Vec<SearchHit>>,
    /// Progress of the search.
    pub stage: RwSignal<SearchState>,
    /// Number of conversations that were searched.
    pub rooms: RwSignal<u64>,
}

impl Search {
    /// Nothing was searched for.
    pub fn new() -> Self {
        Self {
            text: RwSignal::new(String::new()),
            here: StoredValue::new(String::new()),
            found: RwSignal::new(Vec::new()),
            stage: RwSignal::new(SearchState::Nothing),
            rooms: RwSignal::new(0),
        }
    }

    /// Returns the text by which people are looked for. Filters are about messages: with one, the list stays as it is. Reactive.
    pub fn people_text(self) -> String {
        self.text.with(|text| if text.contains(':') { String::new() } else { text.clone() })
    }

    /// Takes over a new text of the box, and drops what was found for the earlier one.
    pub fn type_text(self, text: String) {
        self.text.set(text);
        if self.stage.get_untracked() != SearchState::Nothing {
            self.found.set(Vec::new());
            self.stage.set(SearchState::Nothing);
        }
    }
}

impl Default for Search {
    fn default() -> Self {
        Self::new()
    }
}
