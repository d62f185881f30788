//! People to whom the account appears offline (`presence.md` 2.7).
//!
//! The list is loaded again after every change: answers to changes about two people may arrive in another order than they were carried out.

use leptos::prelude::*;
use protocol::codec::json::{Read, Value};

use super::engine::State;
use crate::store::relations::PersonRef;
use crate::store::toasts::News;

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
            self.query(PATH, PATH, |state, data| state.hidden_from_came(&data));
        }
    }

    /// Appears offline to a person, or shows them the status again. The person gets no notice.
    pub fn hide_from(&mut self, person: PersonRef, is_hidden: bool) {
        let method = if is_hidden { "PUT" } else { "DELETE" };
        let body = is_hidden.then(|| "{}".to_owned());
        let path = format!("{PATH}/{}", person.id);
        self.ask(method, path, body, move |state, _| {
            state.load_hidden_from();
            state.show_news(if is_hidden { News::HiddenFrom } else { News::ShownTo }, Some(&person));
        });
    }

    fn hidden_from_came(&mut self, data: &Value) {
        if let Some(HiddenFrom { users }) = HiddenFrom::read(data) {
            self.session.relations.hidden_from.set(users);
            self.session.relations.is_hiding_known.set(true);
        }
    }
}
