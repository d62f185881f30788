//! Passkeys of the account (`sign-in.md` 7): what the browser makes is handed over, the list comes back.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::json::{Value, json_text, push_member};

use super::engine::State;
use crate::browser::{CallError, fetch, passkeys};
use crate::store::passkeys::{Doing, Passkey, Passkeys, Problem};
use crate::store::renewal::Renewal;

const PATH: &str = "/api/auth/passkey";

struct List {
    items: Vec<Passkey>,
}

protocol::record!(List { items = "items" });

/// Makes one with the browser and hands it over.
async fn made(csrf: &str, name: &str) -> Result<(), CallError> {
    let asked = fetch::call("POST", &format!("{PATH}/register/begin"), csrf, Some("{}".to_owned())).await?;
    let mut body = passkeys::make(&asked).await.ok_or_else(not_made)?;
    // One more member of the object.
    body.truncate(body.len().saturating_sub(1));
    push_member(&mut body, "name", &name.to_owned());
    body.push('}');
    fetch::call("POST", &format!("{PATH}/register/finish"), csrf, Some(body)).await.map(drop)
}

fn not_made() -> CallError {
    CallError { code: NOT_MADE.to_owned(), retry_after_ms: None }
}

/// Stands for what the browser did not do.
const NOT_MADE: &str = "NOT_MADE";

impl State {
    /// Asks for the list anew; it is shown when it is here.
    pub(super) fn load_passkeys(&mut self, place: Passkeys) {
        let caller = self.caller.clone();
        spawn_local(async move {
            let list = fetch::get::<List>(PATH).await;
            caller.run(move |state| match list {
                Ok(list) => drop(place.items.try_set(list.items)),
                Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
            });
        });
    }

    /// Makes a new one.
    pub(super) fn add_passkey(&mut self, place: Passkeys, name: String) {
        place.problem.set(None);
        let (csrf, caller) = (self.csrf.clone(), self.caller.clone());
        spawn_local(async move {
            let made = made(&csrf, &name).await;
            caller.run(move |state| state.passkeys_changed(place, made));
        });
    }

    /// Gives one a name, or takes it away.
    pub(super) fn change_passkey(&mut self, place: Passkeys, id: &str, name: Option<String>) {
        let (method, body) = match &name {
            Some(name) => ("PATCH", Some(format!("{{\"name\":{}}}", json_text(name)))),
            None => ("DELETE", None),
        };
        let changed = move |state: &mut Self, answer: Result<Value, CallError>| {
            state.passkeys_changed(place, answer.map(drop));
        };
        self.ask_quietly(method, format!("{PATH}/{id}"), body, Box::new(changed));
    }

    fn passkeys_changed(&mut self, place: Passkeys, result: Result<(), CallError>) {
        let told = |problem| {
            let _ = place.problem.try_set(Some(problem));
        };
        match result {
            Ok(()) => drop(place.doing.try_set(Doing::Nothing)),
            Err(error) => match error.code.as_str() {
                "REAUTH_REQUIRED" => return self.ask_person(Renewal::Stale),
                "CONFLICT" => told(Problem::Full),
                NOT_MADE => told(Problem::NotMade),
                // One that is gone meanwhile is shown by the list that comes.
                "NOT_FOUND" => drop(place.doing.try_set(Doing::Nothing)),
                code => self.show_refusal(code, error.retry_after_ms),
            },
        }
        self.load_passkeys(place);
    }
}
