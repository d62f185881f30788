//! Passkeys of the account (`sign-in.md` 7): the browser makes them, the server stores them and returns the list.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::{json_text, push_member, write};

use super::contacts::read_items;
use super::engine::State;
use crate::browser::{CallError, fetch, passkeys};
use crate::store::passkeys::{Passkey, PasskeyAction, Passkeys, Problem};
use crate::store::renewal::Renewal;

const PATH: &str = "/api/auth/passkey";

/// Makes a passkey by the browser, and sends it to the server.
async fn made(csrf: &str, name: &str) -> Result<(), CallError> {
    let asked = fetch::call("POST", &format!("{PATH}/register/begin"), csrf, Some("{}".to_owned())).await?;
    let mut body = passkeys::make(&asked).await.ok_or_else(not_made)?;
    // The object gets one more member.
    body.truncate(body.len().saturating_sub(1));
    push_member(&mut body, "name", &name.to_owned());
    body.push('}');
    fetch::call("POST", &format!("{PATH}/register/finish"), csrf, Some(body)).await.map(drop)
}

fn not_made() -> CallError {
    CallError::of(NOT_MADE)
}

/// Code of a passkey that the browser did not make.
const NOT_MADE: &str = "NOT_MADE";

impl State {
    /// Loads the list again, and shows it when it arrives. The browser then stops offering what is not on it.
    pub fn load_passkeys(&mut self, place: Passkeys) {
        self.query_again(PATH, PATH, move |state, list| match list {
            Ok(list) => {
                let items: Vec<Passkey> = read_items(&list);
                let ids: Vec<String> = items.iter().map(|passkey| passkey.id.clone()).collect();
                let members = format!("\"allAcceptedCredentialIds\":{}", write(&ids));
                passkeys::report("signalAllAcceptedCredentials", &state.own_id, &members);
                let _ = place.items.try_set(items);
            }
            Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
        });
    }

    /// Makes a passkey.
    pub fn add_passkey(&mut self, place: Passkeys, name: String) {
        place.problem.set(None);
        let (csrf, caller) = (self.csrf.clone(), self.caller.clone());
        spawn_local(async move {
            let made = made(&csrf, &name).await;
            caller.run(move |state| state.passkeys_changed(place, &PasskeyAction::Nothing, made));
        });
    }

    /// Renames a passkey, or removes it.
    pub fn change_passkey(&mut self, place: Passkeys, id: &str, name: Option<String>) {
        let (method, body, doing) = match &name {
            Some(name) => {
                let body = format!("{{\"name\":{}}}", json_text(name));
                ("PATCH", Some(body), PasskeyAction::Renaming(id.to_owned()))
            }
            None => ("DELETE", None, PasskeyAction::Removing(id.to_owned())),
        };
        self.ask_quietly(method, format!("{PATH}/{id}"), body, move |state, answer| {
            state.passkeys_changed(place, &doing, answer.map(drop));
        });
    }

    fn passkeys_changed(&mut self, place: Passkeys, doing: &PasskeyAction, result: Result<(), CallError>) {
        let fail = |problem| {
            let _ = place.problem.try_set(Some(problem));
        };
        match result {
            Ok(()) => place.end(doing),
            Err(error) => match error.code.as_str() {
                "REAUTH_REQUIRED" => return self.ask_person(Renewal::Stale),
                "CONFLICT" => fail(Problem::Full),
                NOT_MADE => fail(Problem::NotMade),
                // The next list shows that the passkey is gone.
                "NOT_FOUND" => place.end(doing),
                _ => self.show_refusal_in(place.refused, "name", &error),
            },
        }
        self.load_passkeys(place);
    }
}
