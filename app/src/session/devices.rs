//! List of devices, and remote sign-out (`sign-in.md` 2).

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::Value;

use super::contacts::read_items;
use super::engine::State;
use crate::browser::fetch;

const PATH: &str = "/api/me/sessions";

impl State {
    /// Loads the list again, and shows it when it arrives.
    pub fn load_devices(&mut self) {
        self.query_again(PATH, PATH, |state, list| match list {
            Ok(list) => state.session.devices.set(read_items(&list)),
            Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
        });
    }

    /// Signs all other devices out (`account.md` 6.4).
    pub fn end_other_devices(&mut self) {
        self.ask_quietly("DELETE", format!("{PATH}?others=1"), None, |state, answer| {
            if let Err(error) = answer {
                state.show_refused("DELETE", &error);
            }
            state.load_devices();
        });
    }

    /// Signs another device out.
    pub fn end_device(&mut self, id: &str) {
        let (path, csrf, caller) = (format!("{PATH}/{id}"), self.csrf.clone(), self.caller.clone());
        spawn_local(async move {
            let ended = fetch::delete::<Value>(&path, &csrf).await;
            caller.run(move |state| {
                // A device that is gone already counts as signed out.
                if let Err(error) = ended.map(|_| ())
                    && error.code != "NOT_FOUND"
                {
                    state.show_refusal(&error.code, error.retry_after_ms);
                }
                state.load_devices();
            });
        });
    }
}
