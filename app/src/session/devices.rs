//! The list of devices, and signing one out from here (`sign-in.md` 2).

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::Value;

use super::contacts::read_items;
use super::engine::State;
use crate::browser::{CallError, fetch};

const PATH: &str = "/api/me/sessions";

impl State {
    /// Asks for the list anew; it is shown when it is here.
    pub(super) fn load_devices(&mut self) {
        let came = |state: &mut Self, list: Result<Value, CallError>| match list {
            Ok(list) => state.session.devices.set(read_items(&list)),
            Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
        };
        self.query_again(PATH, PATH.to_owned(), Box::new(came));
    }

    /// Signs another device out.
    pub(super) fn end_device(&mut self, id: &str) {
        let (path, csrf, caller) = (format!("{PATH}/{id}"), self.csrf.clone(), self.caller.clone());
        spawn_local(async move {
            let ended = fetch::delete::<Value>(&path, &csrf).await;
            caller.run(move |state| {
                // One that is gone by itself meanwhile is what was wanted.
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
