//! How people find each other (`docs/protocol/people.md`): by an exact name, and by a link.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::json::{Value, json_text};

use super::contacts::{items, named};
use super::engine::State;
use crate::browser::fetch;
use crate::store::people::{Answer, Handle};

const HANDLE: &str = "/api/me/handle";

/// A handle as the server has it: people type it as they please.
fn plain(handle: &str) -> String {
    handle.trim().trim_start_matches('@').to_ascii_lowercase()
}

impl State {
    /// Looks for whoever has exactly this handle.
    pub(super) fn find_handle(&mut self, handle: &str, answer: RwSignal<Answer>) {
        let handle: String = plain(handle).bytes().map(|byte| format!("%{byte:02X}")).collect();
        let (caller, csrf, own) = (self.caller.clone(), self.csrf.clone(), self.own_id.clone());
        spawn_local(async move {
            let found = fetch::call("GET", &format!("/api/users?handle={handle}"), &csrf, None).await;
            caller.run(move |state| match found {
                Ok(found) => {
                    let found: Vec<_> = items(&found).map(named).filter(|person| person.id != own).collect();
                    let _ = answer.try_set(if found.is_empty() { Answer::Nobody } else { Answer::Nothing });
                    state.session.relations.found.set(found);
                }
                Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
            });
        });
    }

    /// Asks for one's own handle, or with a `wish` for another one.
    pub(super) fn handle(&mut self, place: Handle, wish: Option<String>) {
        let body = wish.map(|wish| format!("{{\"handle\":{}}}", json_text(&plain(&wish))));
        let (caller, csrf) = (self.caller.clone(), self.csrf.clone());
        spawn_local(async move {
            let method = if body.is_some() { "PUT" } else { "GET" };
            let answer = fetch::call(method, HANDLE, &csrf, body).await;
            caller.run(move |state| match answer {
                Ok(known) => {
                    let own = known.get("handle").and_then(Value::as_str).unwrap_or_default();
                    let is_new = place.own.try_get_untracked().is_some_and(|before| before != own) && method == "PUT";
                    let _ = place.own.try_set(own.to_owned());
                    let _ = place.answer.try_set(if is_new { Answer::Done } else { Answer::Nothing });
                }
                Err(error) => {
                    let said = match error.code.as_str() {
                        "CONFLICT" => Answer::Taken,
                        "VALIDATION" => Answer::Form,
                        "RATE_LIMITED" => Answer::Later,
                        code => return state.show_refusal(code, error.retry_after_ms),
                    };
                    let _ = place.answer.try_set(said);
                }
            });
        });
    }

    /// Makes a link by which one person becomes a contact.
    pub(super) fn make_invite(&mut self, link: RwSignal<String>) {
        let made = move |_: &mut State, data: Value| {
            let url = data.get("url").and_then(Value::as_str).unwrap_or_default();
            let _ = link.try_set(url.to_owned());
        };
        self.ask("POST", "/api/me/invites".to_owned(), Some("{}".to_owned()), Box::new(made));
    }
}
