//! People to whom the account appears offline (`presence.md` 2.7).
//!
//! The list is loaded again after every change: answers to changes about two people may arrive in another order than they were carried out.

use leptos::prelude::*;
use protocol::codec::json::{Read, Value};

use super::Session;
use super::engine::State;

const PATH: &str = "/api/me/hidden-from";

/// Answer of the server.
struct HiddenFrom {
    users: Vec<String>,
}

protocol::record!(HiddenFrom { users = "hiddenFrom" });

impl State {
    /// Loads the list of an account. Nobody else has one.
    pub(super) fn load_hidden_from(&mut self) {
        if self.session.is_account() {
            self.query(PATH, PATH.to_owned(), Box::new(|state, data| state.hidden_from_came(&data)));
        }
    }

    fn hide_from(&mut self, user: &str, is_hidden: bool) {
        let method = if is_hidden { "PUT" } else { "DELETE" };
        let body = is_hidden.then(|| "{}".to_owned());
        self.ask(method, format!("{PATH}/{user}"), body, Box::new(|state, _| state.load_hidden_from()));
    }

    fn hidden_from_came(&mut self, data: &Value) {
        if let Some(HiddenFrom { users }) = HiddenFrom::read(data) {
            self.session.relations.hidden_from.set(users);
            self.session.relations.is_hiding_known.set(true);
        }
    }
}

impl Session {
    /// Appears offline to a person, or shows them the status again. The person gets no notice.
    pub fn hide_from(self, user: &str, is_hidden: bool) {
        self.intend_for(user, move |state, user| state.hide_from(user, is_hidden));
    }
}
