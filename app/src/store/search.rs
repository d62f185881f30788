//! Text and results of the search. `session` writes the results, and the search box writes the text.

use leptos::prelude::*;
use protocol::content::search::has_filter;

/// Found message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SearchHit {
    /// Room id.
    pub room: String,
    /// Its id.
    pub id: String,
    /// Its position in the log.
    pub seq: u64,
    /// Display name of the writer.
    pub name: String,
    /// Name of the conversation.
    pub room_name: String,
    /// Line of its text, in pieces; `true` for matching ones.
    pub line: Vec<(String, bool)>,
}

/// Progress of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchState {
    /// There is no search.
    #[default]
    Nothing,
    /// The request is pending.
    Asked,
    /// Results are shown, and there are more.
    More,
    /// All results are shown.
    Done,
    /// Search is off, because messages are stored sealed.
    Off,
}

/// State of the search, see the module's description.
#[derive(Clone, Copy)]
pub struct Search {
    /// Text in the search box.
    pub text: RwSignal<String>,
    /// Found messages, newest first.
    pub found: RwSignal<Vec<SearchHit>>,
    /// Progress of the search.
    pub stage: RwSignal<SearchState>,
    /// Number of searched conversations.
    pub rooms: RwSignal<u64>,
}

impl Search {
    /// Makes the empty state.
    pub fn new() -> Self {
        Self {
            text: RwSignal::new(String::new()),
            found: RwSignal::new(Vec::new()),
            stage: RwSignal::new(SearchState::Nothing),
            rooms: RwSignal::new(0),
        }
    }

    /// Returns `true` if the text has a filter. Filters concern messages only, so the list of people is hidden then. Reactive.
    pub fn has_filter(self) -> bool {
        self.text.with(|text| has_filter(text))
    }

    /// Sets a new text of the box, and clears the results of the earlier one.
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
