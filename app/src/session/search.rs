//! Search of messages (`messenger.md` 3), in all conversations or within one: requests to the server, and the way to a result.

use leptos::prelude::*;
use protocol::codec::json::Value;
use protocol::content::search::{QueryFilter, filters_of, snippet};

use super::Session;
use super::contacts::{items, text};
use super::deferred_tasks::DeferredTask;
use super::engine::State;
use crate::browser::{CallError, letters};
use crate::store::find::{Find, FindCommand, FindStep};
use crate::store::relations::PersonRef;
use crate::store::search::{SearchHit, SearchState};

/// Error code of a deployment that stores messages sealed.
const SEARCH_OFF: &str = "SEARCH_OFF";
/// Error code of a text that cannot be searched for.
const UNCLEAR: &str = "VALIDATION";
const SEARCH: &str = "/api/messages/search";
/// Number of messages of one page: in the list, and within a conversation.
const PAGE: u32 = 20;
const PAGE_WITHIN: u32 = 50;
/// Name of the look-ups within a conversation, whose order is their own.
const WITHIN: &str = "search-within";

impl Session {
    /// Searches messages by the filters and the text of the search box.
    pub fn search(self) {
        self.search.begin();
        self.run(|state| state.find_messages(None, FindCommand::Search));
    }

    /// Removes a filter of the search box. Messages that were found with it are searched for again.
    pub fn remove_filter(self, at: usize) {
        let had_results = self.search.messages.with_untracked(Option::is_some);
        self.search.remove_filter(at);
        if had_results {
            self.search();
        }
    }
}

impl State {
    /// Carries out a command of the search within a room, or of the one in all conversations.
    pub(super) fn find(&mut self, room: Option<&str>, command: FindCommand) {
        let step = self.search_in(room).and_then(|search| search.try_update(|find| Some(find.as_mut()?.run(command))));
        self.take_step(room, step.flatten());
    }

    fn search_in(&self, room: Option<&str>) -> Option<RwSignal<Option<Find>>> {
        match room {
            Some(room) => self.room(room).map(|open| open.conversation.search),
            None => Some(self.session.search.messages),
        }
    }

    fn take_step(&mut self, room: Option<&str>, step: Option<FindStep>) {
        match (step, room) {
            (Some(FindStep::Load), _) => self.load_results(room),
            (Some(FindStep::Show(found)), Some(room)) => self.jump(room, &found.id, Some(found.seq)),
            _ => {}
        }
    }

    fn load_results(&mut self, room: Option<&str>) {
        let Some(find) = self.search_in(room).and_then(|search| search.get_untracked()) else { return };
        let name = if room.is_some() { WITHIN } else { SEARCH };
        let number = self.questions.ask(name);
        let path = self.path_of(&find.words, room, find.next.as_deref());
        let room = room.map(str::to_owned);
        self.ask_quietly("GET", path, None, move |state, answer| {
            if state.questions.is_last(name, number) {
                state.found(room.as_deref(), &find.words, answer);
            }
        });
    }

    /// Handles the answer to a search, unless its words were changed or its bar was closed in between.
    fn found(&mut self, room: Option<&str>, words: &str, answer: Result<Value, CallError>) {
        let Some(search) = self.search_in(room) else { return };
        if !search.with_untracked(|find| find.as_ref().is_some_and(|find| find.awaits(words))) {
            return;
        }
        let page = answer.map(|data| self.page_of(&data));
        let stands = page.as_ref().err().and_then(|error| match error.code.as_str() {
            SEARCH_OFF => Some(SearchState::Off),
            UNCLEAR => Some(SearchState::Refused),
            _ => None,
        });
        // The search shows a lasting state in its own place, so a toast reports only the other errors.
        let error = page.as_ref().err().filter(|_| stands.is_none()).cloned();
        let step = search.try_update(|find| {
            let find = find.as_mut()?;
            match page {
                Ok((found, next, rooms)) => {
                    find.rooms = rooms;
                    return Some(find.take(found, next));
                }
                Err(_) => find.refuse(stands),
            }
            None
        });
        self.take_step(room, step.flatten());
        if let Some(error) = error {
            self.show_refusal(&error.code, error.retry_after_ms);
        }
    }

    /// Returns the path of a page of results, in all conversations or in one room.
    fn path_of(&self, words: &str, room: Option<&str>, after: Option<&str>) -> String {
        let limit = if room.is_some() { PAGE_WITHIN } else { PAGE };
        let mut path = format!("{SEARCH}?limit={limit}&q={}", hex(&self.with_ids(words)));
        for (name, value) in [("roomId", room), ("after", after)] {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", hex(value)));
            }
        }
        path
    }

    /// Returns the query with the ids of people and conversations for each nickname in it, because the server knows no nicknames. The ids
    /// come first: at the end they would be words of a phrase that is still being typed.
    fn with_ids(&self, question: &str) -> String {
        let mut all = question.to_owned();
        let asked: Vec<QueryFilter> = filters_of(question);
        for PersonRef { id, name } in self.session.roster.nicknames.get_untracked() {
            let name = letters::lower(&name);
            let is_writer =
                |filter: &QueryFilter| matches!(filter, QueryFilter::From(who) if letters::lower(who) == name);
            let is_room =
                |filter: &QueryFilter| matches!(filter, QueryFilter::In(room) if letters::lower(room) == name);
            if asked.iter().any(is_writer) {
                all = format!("from:{id} {all}");
            }
            if let Some(room) = self.room_with(&id).filter(|_| asked.iter().any(is_room)) {
                all = format!("in:{room} {all}");
            }
        }
        all
    }

    /// Returns the messages of a page of results, the cursor of the next page, and the number of searched conversations.
    fn page_of(&self, data: &Value) -> (Vec<SearchHit>, Option<String>, u64) {
        let found = items(data).filter_map(|item| self.found_message(item)).collect();
        let rooms = data.get("rooms").and_then(Value::as_u64).unwrap_or_default();
        (found, data.get("next").and_then(Value::as_str).map(str::to_owned), rooms)
    }

    fn found_message(&self, item: &Value) -> Option<SearchHit> {
        let pair = |spot: &Value| {
            let spot = spot.as_array()?;
            Some((spot.first()?.as_u64()? as u32, spot.get(1)?.as_u64()? as u32))
        };
        let spots: Option<Vec<(u32, u32)>> = item.get("found")?.as_array()?.iter().map(pair).collect();
        let room = text(item, "roomId");
        Some(SearchHit {
            id: text(item, "id"),
            seq: item.get("seq")?.as_u64()?,
            at: item.get("timestamp").and_then(Value::as_u64).unwrap_or_default(),
            name: self.session.roster.name_of(&text(item, "senderId"), &text(item, "displayName")),
            room_name: self.name_of_conversation(&room),
            line: snippet(&text(item, "content"), &spots?),
            room,
        })
    }

    /// Carries out a command of the search for messages within a conversation, or in all of them.
    pub fn find_messages(&mut self, room: Option<String>, command: FindCommand) {
        self.run_or_defer(DeferredTask::Find(room, command));
    }

    pub fn open_found(&mut self, found: &SearchHit) {
        self.open_conversation(&found.room);
        self.jump(&found.room, &found.id, Some(found.seq));
    }
}

/// Returns the text with each byte as `%` and two digits, for a query.
fn hex(text: &str) -> String {
    text.trim().bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::engine::on_page;
    use crate::store::conversation::Conversation;

    const ROOM: &str = "general";

    /// Opens a conversation whose bar awaits the answer to a search for cake.
    fn searched(state: &mut State) -> Conversation {
        state.open_conversation(ROOM);
        let conversation = state.room(ROOM).expect("it is open").conversation;
        conversation.open_search();
        conversation.search.update(|find| {
            let find = find.as_mut().expect("the bar is open");
            find.type_text("cake".to_owned());
            assert_eq!(find.run(FindCommand::Search), FindStep::Load);
        });
        conversation
    }

    fn answer(seqs: &[u64]) -> Result<Value, CallError> {
        let item = |seq: &u64| {
            format!("{{\"id\":\"m{seq}\",\"seq\":{seq},\"roomId\":\"{ROOM}\",\"content\":\"cake\",\"found\":[[0,4]]}}")
        };
        let items: Vec<String> = seqs.iter().map(item).collect();
        let text = format!("{{\"items\":[{}],\"next\":null}}", items.join(","));
        Ok(Value::parse(&text).expect("it is JSON"))
    }

    fn jump(conversation: Conversation) -> Option<String> {
        conversation.jump_to.get_untracked()
    }

    #[test]
    fn the_newest_result_is_shown_and_a_late_answer_to_another_text_is_dropped() {
        on_page(|state| {
            let conversation = searched(state);
            let before = conversation.search.get_untracked();
            state.found(Some(ROOM), "cak", answer(&[9]));
            assert_eq!((conversation.search.get_untracked(), jump(conversation)), (before, None));
            state.found(Some(ROOM), "cake", answer(&[7, 3]));
            assert_eq!(jump(conversation).as_deref(), Some("m7"));
            state.find(Some(ROOM), FindCommand::Older);
            assert_eq!(jump(conversation).as_deref(), Some("m3"));
            conversation.close_search();
            assert_eq!(jump(conversation), None, "a closed bar wants nothing any more");
            state.found(Some(ROOM), "cake", answer(&[7]));
            assert_eq!((conversation.search.get_untracked(), jump(conversation)), (None, None));
        });
    }

    #[test]
    fn a_person_who_leaves_the_conversation_has_ended_the_search() {
        on_page(|state| {
            let conversation = searched(state);
            state.show_list();
            assert_eq!(conversation.search.get_untracked(), None);
        });
    }

    #[test]
    fn where_messages_are_sealed_the_bar_says_so() {
        on_page(|state| {
            let conversation = searched(state);
            let error = CallError::of(SEARCH_OFF);
            state.found(Some(ROOM), "cake", Err(error));
            let stage = conversation.search.get_untracked().map(|find| find.stage);
            assert_eq!(stage, Some(SearchState::Off));
        });
    }

    #[test]
    fn a_text_that_is_not_understood_is_said_in_its_place_and_is_no_toast() {
        on_page(|state| {
            let conversation = searched(state);
            let toasts = state.session.toasts.all.with_untracked(Vec::len);
            state.found(Some(ROOM), "cake", Err(CallError::of(UNCLEAR)));
            let stage = conversation.search.get_untracked().map(|find| find.stage);
            let after = state.session.toasts.all.with_untracked(Vec::len);
            assert_eq!((stage, after), (Some(SearchState::Refused), toasts));
        });
    }

    #[test]
    fn the_list_asks_for_its_filters_and_text_and_shows_nothing_by_itself() {
        on_page(|state| {
            let search = state.session.search;
            search.type_text("cake in:\"Jo\" x", false);
            search.type_text("cake has:link", false);
            search.begin();
            let words = "in:\"Jo\" has:\"link\" cake ";
            let find = search.messages.get_untracked().expect("it is begun");
            assert_eq!((find.words.as_str(), search.text.get_untracked().as_str()), (words, "cake "));
            search.messages.update(|find| {
                assert_eq!(find.as_mut().map(|find| find.run(FindCommand::Search)), Some(FindStep::Load));
            });
            state.found(None, words, answer(&[7, 3]));
            let found = search.messages.get_untracked().map(|find| (find.hits.len(), find.stage));
            assert_eq!((found, state.session.current.get_untracked().is_none()), (Some((2, SearchState::Done)), true));
            search.remove_filter(1);
            let filters = search.filters.get_untracked().len();
            assert_eq!((filters, untrack(|| search.stage())), (1, SearchState::Nothing));
        });
    }

    #[test]
    fn a_path_names_the_room_and_the_cursor() {
        on_page(|state| {
            assert_eq!(state.path_of(" ab ", None, None), "/api/messages/search?limit=20&q=%61%62");
            let path = state.path_of("a", Some("b"), Some("c"));
            assert_eq!(path, "/api/messages/search?limit=50&q=%61&roomId=%62&after=%63");
        });
    }
}
