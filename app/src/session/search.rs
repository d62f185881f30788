//! Search of messages (`messenger.md` 3), in all conversations or within one: requests to the server, and the way to a result.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::Value;
use protocol::content::search::snippet;

use super::contacts::{items, text};
use super::engine::State;
use crate::browser::{CallError, fetch, letters};
use crate::store::find::{FindCommand, FindStep, FoundMessage};
use crate::store::relations::PersonRef;
use crate::store::search::{SearchHit, SearchState};

/// Error code of a deployment that stores messages sealed.
const SEARCH_OFF: &str = "SEARCH_OFF";
const SEARCH: &str = "/api/messages/search";
/// Number of messages of one page: in the list, and within a conversation.
const PAGE: u32 = 20;
const PAGE_WITHIN: u32 = 50;
/// Name of the look-ups within a conversation, whose order is their own.
const WITHIN: &str = "search-within";

impl State {
    /// Loads the first page of results for the text of the box, or the next one.
    pub(super) fn search(&mut self, is_next: bool) {
        let search = self.session.search;
        let asked = search.text.get_untracked();
        if asked.trim().is_empty() || search.stage.get_untracked() == SearchState::Asked {
            return;
        }
        let after = self.search_next.take().filter(|_| is_next);
        if !is_next {
            search.found.set(Vec::new());
        }
        search.stage.set(SearchState::Asked);
        let number = self.questions.ask(SEARCH);
        let path = self.path_of(PAGE, &asked, None, after.as_deref());
        let (caller, csrf) = (self.caller.clone(), self.csrf.clone());
        spawn_local(async move {
            let answer = fetch::call("GET", &path, &csrf, None).await;
            caller.run(move |state| {
                // The text was changed or searched again in between.
                if !state.questions.is_last(SEARCH, number) || search.text.with_untracked(|text| *text != asked) {
                    return;
                }
                match answer {
                    Ok(data) => state.found(&data),
                    Err(error) if error.code == SEARCH_OFF => search.stage.set(SearchState::Off),
                    Err(error) => {
                        // The results so far stay, and the person can ask for the rest again.
                        search.stage.set(if after.is_some() { SearchState::More } else { SearchState::Nothing });
                        state.search_next = after;
                        state.show_refusal(&error.code, error.retry_after_ms);
                    }
                }
            });
        });
    }

    /// Returns the path of a page of results, in all conversations or in one room.
    fn path_of(&self, limit: u32, words: &str, room: Option<&str>, after: Option<&str>) -> String {
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
        let (mut all, asked) = (question.to_owned(), letters::lower(question).replace(['“', '”', '„'], "\""));
        let asked = format!(" {asked} ");
        for PersonRef { id, name } in self.session.roster.nicknames.get_untracked() {
            let name = letters::lower(&name);
            let bare = if name.contains(' ') { "" } else { &name };
            let means = |key: &str| {
                asked.contains(&format!(" {key}:\"{name}\" "))
                    || !bare.is_empty() && asked.contains(&format!(" {key}:{bare} "))
            };
            if means("from") || means("von") {
                all = format!("from:{id} {all}");
            }
            if let Some(room) = self.room_with(&id).filter(|_| means("in")) {
                all = format!("in:{room} {all}");
            }
        }
        all
    }

    fn found(&mut self, data: &Value) {
        let search = self.session.search;
        let (found, next) = self.page_of(data);
        self.search_next = next;
        search.rooms.set(data.get("rooms").and_then(Value::as_u64).unwrap_or_default());
        search.found.update(|all| all.extend(found));
        search.stage.set(if self.search_next.is_some() { SearchState::More } else { SearchState::Done });
    }

    /// Returns the messages of a page of results, and the cursor of the next page.
    fn page_of(&self, data: &Value) -> (Vec<SearchHit>, Option<String>) {
        let found = items(data).filter_map(|item| self.found_message(item)).collect();
        (found, data.get("next").and_then(Value::as_str).map(str::to_owned))
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
            name: self.session.roster.name_of(&text(item, "senderId"), &text(item, "displayName")),
            room_name: self.name_of_conversation(&room),
            line: snippet(&text(item, "content"), &spots?),
            room,
        })
    }

    /// Opens a found message.
    pub(super) fn open_found(&mut self, found: &SearchHit) {
        self.open_conversation(&found.room);
        self.jump(&found.room, &found.id, Some(found.seq));
    }

    // ---- Within a conversation

    /// Carries out a command of the bar of a conversation.
    pub(super) fn find_in(&mut self, room: &str, command: FindCommand) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        let step = conversation.search.try_update(|find| find.as_mut().map(|find| find.run(command)));
        self.take_step(room, step.flatten());
    }

    fn take_step(&mut self, room: &str, step: Option<FindStep>) {
        match step {
            Some(FindStep::Load) => self.load_page_within(room),
            Some(FindStep::Show(found)) => self.jump(room, &found.id, Some(found.seq)),
            Some(FindStep::Nothing) | None => {}
        }
    }

    fn load_page_within(&mut self, room: &str) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        let Some(find) = conversation.search.get_untracked() else { return };
        let number = self.questions.ask(WITHIN);
        let path = self.path_of(PAGE_WITHIN, &find.words, Some(room), find.next.as_deref());
        let room = room.to_owned();
        let answered = move |state: &mut Self, answer: Result<Value, CallError>| {
            if state.questions.is_last(WITHIN, number) {
                state.found_within(&room, &find.words, answer);
            }
        };
        self.ask_quietly("GET", path, None, Box::new(answered));
    }

    /// Handles the answer to a search within a conversation, unless the text was changed or the bar was closed in between.
    fn found_within(&mut self, room: &str, words: &str, answer: Result<Value, CallError>) {
        let Some(conversation) = self.room(room).map(|open| open.conversation) else { return };
        if !conversation.search.with_untracked(|find| find.as_ref().is_some_and(|find| find.awaits(words))) {
            return;
        }
        let page = answer.map(|data| self.page_of(&data));
        let error = page.as_ref().err().filter(|error| error.code != SEARCH_OFF).cloned();
        let step = conversation.search.try_update(|find| {
            let find = find.as_mut()?;
            match page {
                Ok((found, next)) => {
                    let hits = found.into_iter().map(|hit| FoundMessage { id: hit.id, seq: hit.seq });
                    return Some(find.take(hits.collect(), next));
                }
                Err(error) => find.refuse(error.code == SEARCH_OFF),
            }
            None
        });
        self.take_step(room, step.flatten());
        if let Some(error) = error {
            self.show_refusal(&error.code, error.retry_after_ms);
        }
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
            state.found_within(ROOM, "cak", answer(&[9]));
            assert_eq!((conversation.search.get_untracked(), jump(conversation)), (before, None));
            state.found_within(ROOM, "cake", answer(&[7, 3]));
            assert_eq!(jump(conversation).as_deref(), Some("m7"));
            state.find_in(ROOM, FindCommand::Older);
            assert_eq!(jump(conversation).as_deref(), Some("m3"));
            conversation.close_search();
            assert_eq!(jump(conversation), None, "a closed bar wants nothing any more");
            state.found_within(ROOM, "cake", answer(&[7]));
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
            let error = CallError { code: SEARCH_OFF.to_owned(), retry_after_ms: None };
            state.found_within(ROOM, "cake", Err(error));
            let stage = conversation.search.get_untracked().map(|find| find.stage);
            assert_eq!(stage, Some(SearchState::Off));
        });
    }

    #[test]
    fn a_path_names_the_room_and_the_cursor() {
        on_page(|state| {
            assert_eq!(state.path_of(20, " ab ", None, None), "/api/messages/search?limit=20&q=%61%62");
            let path = state.path_of(50, "a", Some("b"), Some("c"));
            assert_eq!(path, "/api/messages/search?limit=50&q=%61&roomId=%62&after=%63");
        });
    }
}
