//! Search for messages, in all conversations or within one (`ux.md` 2.1): its words, the messages found, and within a conversation the one
//! that is shown.
//!
//! Pure. `session::search` asks the server and jumps to the messages. `features::search` shows the search in all conversations, and
//! `features::messages::find_bar` the one within a conversation.

use super::search::{SearchHit, SearchState};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindCommand {
    /// Searches for the text, unless that was done.
    Search,
    /// Shows the next older message.
    Older,
    /// Shows the next newer message.
    Newer,
    /// Loads the next page.
    More,
}

/// Next step of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindStep {
    Nothing,
    /// A page is to be loaded: the first one, or the one behind [`Find::next`].
    Load,
    /// The message is to be shown.
    Show(SearchHit),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Find {
    /// Words and filters.
    pub words: String,
    /// Messages found so far, newest first.
    pub hits: Vec<SearchHit>,
    /// Index of the shown message among them.
    pub at: usize,
    pub stage: SearchState,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// Number of searched conversations.
    pub rooms: u64,
}

impl Find {
    /// Sets the text of the field, and drops the results of the earlier one.
    pub fn type_text(&mut self, words: String) {
        *self = Self { words, ..Self::default() };
    }

    /// Carries out a command. The first one searches for the words. After the oldest message comes the newest one, and the other way round,
    /// once all pages are loaded.
    pub fn run(&mut self, command: FindCommand) -> FindStep {
        let last = self.hits.len().saturating_sub(1);
        match (command, self.stage) {
            (_, SearchState::Nothing) if self.words.trim().is_empty() => FindStep::Nothing,
            (_, SearchState::Nothing) => self.load(),
            (FindCommand::Older, _) if self.at < last => self.show(self.at + 1),
            (FindCommand::Older | FindCommand::More, SearchState::More) => self.load(),
            (FindCommand::Older, SearchState::Done) => self.show(0),
            (FindCommand::Newer, _) if self.at > 0 => self.show(self.at - 1),
            (FindCommand::Newer, SearchState::Done) => self.show(last),
            _ => FindStep::Nothing,
        }
    }

    /// Returns `true` if the answer to a request for these words is awaited.
    pub fn awaits(&self, words: &str) -> bool {
        self.stage == SearchState::Asked && self.words == words
    }

    /// Takes a page of messages and the cursor of the next one. The first new message is shown, unless the person has gone back to newer
    /// ones meanwhile.
    pub fn take(&mut self, hits: Vec<SearchHit>, next: Option<String>) -> FindStep {
        let known = self.hits.len();
        self.hits.extend(hits);
        self.stage = if next.is_some() { SearchState::More } else { SearchState::Done };
        self.next = next;
        if self.at + 1 < known {
            FindStep::Nothing
        } else if known < self.hits.len() {
            self.show(known)
        } else {
            // A page may be empty although more messages follow.
            self.run(FindCommand::Older)
        }
    }

    /// Ends a request that was refused. Another command asks again, unless the refusal `stands`: the search is off, or the text cannot be
    /// searched for.
    pub fn refuse(&mut self, stands: Option<SearchState>) {
        self.stage = match stands {
            Some(stage) => stage,
            None if self.next.is_some() => SearchState::More,
            None => SearchState::Nothing,
        };
    }

    /// Returns the number of the shown message in the order of the log: the oldest one that is known is the first.
    pub fn number(&self) -> usize {
        self.hits.len().saturating_sub(self.at)
    }

    /// Returns the id of the shown message.
    pub fn here(&self) -> Option<String> {
        self.hits.get(self.at).map(|hit| hit.id.clone())
    }

    /// Returns the mark of a message in the log: `here` for the shown one, a mark without a word for the others that were found.
    pub fn mark(&self, id: &str) -> Option<&'static str> {
        let at = self.hits.iter().position(|hit| hit.id == id)?;
        Some(if at == self.at { "here" } else { "" })
    }

    fn load(&mut self) -> FindStep {
        self.stage = SearchState::Asked;
        FindStep::Load
    }

    fn show(&mut self, at: usize) -> FindStep {
        let Some(hit) = self.hits.get(at) else { return FindStep::Nothing };
        self.at = at;
        FindStep::Show(hit.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(seq: u64) -> SearchHit {
        SearchHit { id: format!("m{seq}"), seq, ..SearchHit::default() }
    }

    fn hits(seqs: &[u64]) -> Vec<SearchHit> {
        seqs.iter().copied().map(hit).collect()
    }

    fn shows(seq: u64) -> FindStep {
        FindStep::Show(hit(seq))
    }

    /// Returns a search that has asked for its first page.
    fn asked() -> Find {
        let mut find = Find::default();
        find.type_text("cake".to_owned());
        assert_eq!(find.run(FindCommand::Search), FindStep::Load);
        find
    }

    #[test]
    fn a_text_is_searched_for_once_and_an_empty_one_never() {
        let mut find = Find::default();
        find.type_text(" ".to_owned());
        assert_eq!(find.run(FindCommand::Older), FindStep::Nothing);
        find.type_text("cake".to_owned());
        assert_eq!(find.run(FindCommand::Older), FindStep::Load, "Enter searches at once");
        assert_eq!(find.run(FindCommand::Search), FindStep::Nothing, "it is asked for");
        assert_eq!(find.take(hits(&[9]), None), shows(9));
        assert_eq!(find.run(FindCommand::Search), FindStep::Nothing, "it was found");
        find.type_text("cakes".to_owned());
        assert_eq!((find.hits.len(), find.run(FindCommand::Search)), (0, FindStep::Load));
    }

    #[test]
    fn steps_go_round_once_all_pages_are_loaded() {
        let mut find = asked();
        assert_eq!(find.take(hits(&[9, 7, 4]), None), shows(9));
        let steps =
            [FindCommand::Older, FindCommand::Older, FindCommand::Older, FindCommand::Newer, FindCommand::Newer];
        assert_eq!(steps.map(|step| find.run(step)), [7, 4, 9, 4, 7].map(shows));
        assert_eq!(find.number(), 2, "of 4, 7 and 9");
        assert_eq!(["m9", "m7", "m1"].map(|id| find.mark(id)), [Some(""), Some("here"), None]);
        let mut one = asked();
        one.take(hits(&[9]), None);
        assert_eq!([FindCommand::Older, FindCommand::Newer].map(|step| one.run(step)), [9, 9].map(shows));
        let mut none = asked();
        assert_eq!(none.take(Vec::new(), None), FindStep::Nothing);
        assert_eq!(
            [FindCommand::Older, FindCommand::Newer].map(|step| none.run(step)),
            [(); 2].map(|()| FindStep::Nothing)
        );
    }

    #[test]
    fn a_step_past_the_end_loads_the_next_page() {
        let mut find = asked();
        assert_eq!(find.take(hits(&[9, 7]), Some("a".to_owned())), shows(9));
        assert_eq!(find.run(FindCommand::Newer), FindStep::Nothing, "the oldest one is not known yet");
        assert_eq!(find.run(FindCommand::Older), shows(7));
        assert_eq!(find.run(FindCommand::Older), FindStep::Load);
        assert_eq!(find.run(FindCommand::Older), FindStep::Nothing, "it is asked for");
        assert_eq!(find.take(Vec::new(), Some("b".to_owned())), FindStep::Load, "a page without a message");
        assert_eq!(find.take(hits(&[5]), Some("c".to_owned())), shows(5));
        assert_eq!(find.run(FindCommand::Older), FindStep::Load);
        assert_eq!(find.run(FindCommand::Newer), shows(7));
        assert_eq!(find.take(hits(&[2]), Some("d".to_owned())), FindStep::Nothing, "the person has gone back");
        assert_eq!([FindCommand::Older, FindCommand::Older].map(|step| find.run(step)), [5, 2].map(shows));
        find.run(FindCommand::Older);
        assert_eq!(find.take(Vec::new(), None), shows(9), "nothing is older than the last one");
    }

    #[test]
    fn a_list_of_results_grows_by_pages() {
        let mut find = asked();
        find.take(hits(&[9, 7]), Some("a".to_owned()));
        assert_eq!(find.run(FindCommand::More), FindStep::Load);
        assert_eq!(find.run(FindCommand::More), FindStep::Nothing, "it is asked for");
        find.take(hits(&[5]), None);
        assert_eq!((find.hits.len(), find.run(FindCommand::More)), (3, FindStep::Nothing));
    }

    #[test]
    fn a_late_answer_to_another_text_is_not_awaited() {
        let mut find = asked();
        assert!(find.awaits("cake") && !find.awaits("cak"));
        find.type_text("cakes".to_owned());
        assert!(!find.awaits("cake") && !find.awaits("cakes"), "it is not asked for yet");
        find.run(FindCommand::Search);
        assert!(find.awaits("cakes") && !find.awaits("cake"));
    }

    #[test]
    fn a_refused_search_can_be_asked_for_again() {
        let mut find = asked();
        find.refuse(None);
        assert_eq!(find.run(FindCommand::Older), FindStep::Load);
        find.take(hits(&[9]), Some("a".to_owned()));
        find.run(FindCommand::Older);
        find.refuse(None);
        assert_eq!((find.hits.len(), find.run(FindCommand::Older)), (1, FindStep::Load));
        find.refuse(Some(SearchState::Off));
        assert_eq!((find.stage, find.run(FindCommand::Search)), (SearchState::Off, FindStep::Nothing));
        find.type_text("has:picture".to_owned());
        find.run(FindCommand::Search);
        find.refuse(Some(SearchState::Refused));
        assert_eq!(find.run(FindCommand::Older), FindStep::Nothing, "the same text is refused again");
        find.type_text("has:link".to_owned());
        assert_eq!(find.run(FindCommand::Search), FindStep::Load);
    }
}
