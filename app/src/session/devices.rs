//! The list of devices, and signing one out from here (`sign-in.md` 2).

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::json::Value;

use super::engine::State;
use crate::browser::fetch;
use crate::store::devices::Device;

const PATH: &str = "/api/me/sessions";

struct Devices {
    items: Vec<Device>,
}

protocol::record!(Devices { items = "items" });

impl State {
    /// Asks for the list anew; it is shown when it is here.
    pub(super) fn load_devices(&mut self) {
        let caller = self.caller.clone();
        spawn_local(async move {
            let list = fetch::get::<Devices>(PATH).await;
            caller.run(move |state| match list {
                Ok(list) => state.session.devices.set(list.items),
                Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
            });
        });
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
