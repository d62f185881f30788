//! Search of the list: the text of its box, the filters before the text, and the messages found. `session` writes the messages, and the
//! search box writes the rest.

use leptos::prelude::*;
use protocol::content::search::{QueryFilter, has_filter, take_filters};
use protocol::words::event::Millis;

use super::find::Find;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SearchHit {
    pub room: String,
    pub id: String,
    pub seq: u64,
    pub at: Millis,
    pub name: String,
    pub room_name: String,
    /// Line of its text, in pieces; `true` for matching ones.
    pub line: Vec<(String, bool)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchState {
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
    /// The text cannot be searched for.
    Refused,
}

#[derive(Clone, Copy, Default)]
pub struct Search {
    pub text: RwSignal<String>,
    /// Filters before the text, in the order in which they were typed.
    pub filters: RwSignal<Vec<QueryFilter>>,
    /// Search for messages; `None` until it is begun.
    pub messages: RwSignal<Option<Find>>,
}

impl Search {
    /// Returns `true` while the box has a text or a filter. Reactive.
    pub fn is_on(self) -> bool {
        self.text.with(|text| !text.is_empty()) || self.filters.with(|filters| !filters.is_empty())
    }

    /// Returns `true` if there is a filter, complete or not. Filters concern messages only, so the list of people is hidden then. Reactive.
    pub fn has_filter(self) -> bool {
        self.text.with(|text| has_filter(text)) || self.filters.with(|filters| !filters.is_empty())
    }

    /// Returns the progress of the search for messages. Reactive.
    pub fn stage(self) -> SearchState {
        self.messages.with(|find| find.as_ref().map_or(SearchState::Nothing, |find| find.stage))
    }

    /// Sets a new text of the box, and drops the messages that the earlier one found. Complete filters leave the text; the end of a text
    /// that `is_done` completes the last one.
    pub fn type_text(self, text: &str, is_done: bool) {
        let (filters, rest) = take_filters(text, is_done);
        if !filters.is_empty() {
            self.filters.update(|all| all.extend(filters));
        }
        self.text.set(rest);
        if self.messages.with_untracked(Option::is_some) {
            self.messages.set(None);
        }
    }

    /// Begins a search for messages with the filters and the text.
    pub fn begin(self) {
        self.type_text(&self.text.get_untracked(), true);
        let filters = self.filters.get_untracked();
        let mut words: String = filters.iter().map(|filter| format!("{filter} ")).collect();
        self.text.with_untracked(|text| words.push_str(text));
        self.messages.set(Some(Find { words, ..Find::default() }));
    }

    pub fn remove_filter(self, at: usize) {
        self.filters.update(|all| {
            if at < all.len() {
                all.remove(at);
            }
        });
        self.type_text(&self.text.get_untracked(), false);
    }

    pub fn clear(self) {
        self.filters.set(Vec::new());
        self.type_text("", false);
    }
}
