//! Integrations of a group (`integrations.md` 1 and 6): the list, a new one with its address, and the end of one.

use leptos::prelude::*;
use protocol::codec::json::{Read, json_text};

use super::contacts::read_items;
use super::engine::State;
use crate::store::integrations::NewIntegration;

/// Returns the path of the integrations of a group.
fn path_of(room: &str) -> String {
    format!("/api/rooms/{room}/hooks")
}

impl State {
    /// Forgets the integrations, the bots and their secrets that an earlier dialog showed, and what it left in the form for other sites.
    pub fn begin_integrations(&mut self) {
        self.session.groups.integrations.clear();
        self.session.groups.own_bots.clear();
        self.session.groups.embedding.clear();
    }

    /// Returns `true` while the dialog is that of this group.
    pub(super) fn shows_group(&self, room: &str) -> bool {
        self.session.groups.shown.with_untracked(|shown| shown.as_ref().is_some_and(|group| group.room == room))
    }

    /// Loads the programs of a kind, unless the dialog is that of another group by then.
    pub(super) fn load_programs<T: Read + Send + Sync + 'static>(
        &mut self,
        room: &str,
        path: String,
        items: RwSignal<Vec<T>>,
    ) {
        let asked = room.to_owned();
        self.query(&path.clone(), path, move |state, list| {
            if state.shows_group(&asked) {
                items.set(read_items(&list));
            }
        });
    }

    /// Revokes a program. `ended` forgets what the page shows of it.
    pub(super) fn revoke_program(&mut self, path: String, ended: impl FnOnce(&mut Self) + 'static) {
        self.ask_quietly("DELETE", path, None, move |state, answer| match answer {
            // One that somebody else has revoked is gone with the next list.
            Err(error) if error.code != "NOT_FOUND" => state.show_refusal(&error.code, error.retry_after_ms),
            _ => ended(state),
        });
    }

    /// Loads the integrations of a group.
    pub fn load_integrations(&mut self, room: &str) {
        self.load_programs(room, path_of(room), self.session.groups.integrations.items);
    }

    /// Makes an integration with this name.
    pub fn make_integration(&mut self, room: &str, name: &str) {
        let place = self.session.groups.integrations;
        if place.is_making.get_untracked() {
            return;
        }
        place.is_making.set(true);
        place.is_full.set(false);
        place.refused.set(None);
        let body = format!("{{\"name\":{}}}", json_text(name));
        let again = room.to_owned();
        self.ask_quietly("POST", path_of(room), Some(body), move |state, answer| {
            // The address of one group is never shown in the dialog of another.
            if !state.shows_group(&again) {
                return;
            }
            place.is_making.set(false);
            match answer {
                Ok(made) => {
                    place.wish.set(String::new());
                    place.is_copied.set(false);
                    place.made.set(NewIntegration::read(&made));
                    state.load_integrations(&again);
                }
                // The field holds a name that is short enough, so there are too many.
                Err(error) if error.code == "VALIDATION" => place.is_full.set(true),
                Err(error) => state.show_refusal_in(place.refused, "name", &error),
            }
        });
    }

    /// Revokes an integration.
    pub fn revoke_integration(&mut self, room: &str, id: String) {
        let place = self.session.groups.integrations;
        let again = room.to_owned();
        self.revoke_program(format!("{}/{id}", path_of(room)), move |state| {
            place.is_full.set(false);
            place.asked.update(|asked| drop(asked.take_if(|asked| *asked == id)));
            place.made.update(|made| drop(made.take_if(|made| made.id == id)));
            state.load_integrations(&again);
        });
    }
}
