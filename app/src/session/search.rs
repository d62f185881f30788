//! Search of messages (`messenger.md` 3): requests to the server, and the way to a result.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::Value;
use protocol::content::search::snippet;

use super::contacts::{items, text};
use super::engine::State;
use crate::browser::{fetch, letters};
use crate::store::relations::PersonRef;
use crate::store::search::{SearchHit, SearchState};

/// Error code of a deployment that stores messages sealed.
const SEARCH_OFF: &str = "SEARCH_OFF";
const SEARCH: &str = "/api/messages/search";
/// Number of messages of one page.
const PAGE: u32 = 20;

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
        let hex = |text: &str| -> String { text.trim().bytes().map(|byte| format!("%{byte:02X}")).collect() };
        // The name of a conversation may be a nickname, shared by others, or without words, so its room id is sent.
        let here = search.here.get_value();
        let named = format!("in:\"{}\" ", self.name_of_conversation(&here));
        let within = asked.strip_prefix(&named).filter(|_| !here.is_empty());
        let words = within.filter(|words| !words.trim().is_empty()).unwrap_or(&asked);
        let mut path = format!("{SEARCH}?limit={PAGE}&q={}", hex(&self.with_ids(words)));
        if within.is_some() {
            path.push_str("&roomId=");
            path.push_str(&hex(&here));
        }
        if let Some(after) = &after {
            path.push_str("&after=");
            path.push_str(&hex(after));
        }
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
        let found: Vec<SearchHit> = items(data).filter_map(|item| self.found_message(item)).collect();
        self.search_next = data.get("next").and_then(Value::as_str).map(str::to_owned);
        search.rooms.set(data.get("rooms").and_then(Value::as_u64).unwrap_or_default());
        search.found.update(|all| all.extend(found));
        search.stage.set(if self.search_next.is_some() { SearchState::More } else { SearchState::Done });
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
}
