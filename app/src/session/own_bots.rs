//! Bots of a group (`integrations.md` 6): the list, a new one with its secrets, its commands, and the end of one.

use leptos::prelude::*;
use protocol::codec::json::{self, Read};

use super::engine::State;
use crate::browser::CallError;
use crate::store::own_bots::{BotChange, BotProblem, BotWish, NewBot, OwnCommand};

/// Returns the path of the bots of a group.
fn path_of(room: &str) -> String {
    format!("/api/rooms/{room}/bots")
}

impl State {
    /// Loads the bots of a group.
    pub fn load_own_bots(&mut self, room: &str) {
        self.load_programs(room, path_of(room), self.session.groups.own_bots.items);
    }

    /// Makes a bot.
    pub fn make_own_bot(&mut self, room: &str, wish: &BotWish) {
        let place = self.session.groups.own_bots;
        if place.is_making.get_untracked() {
            return;
        }
        place.is_making.set(true);
        place.problems[0].set(None);
        let again = room.to_owned();
        self.ask_quietly("POST", path_of(room), Some(json::write(wish)), move |state, answer| {
            // The secrets of one group are never shown in the dialog of another.
            if !state.shows_group(&again) {
                return;
            }
            place.is_making.set(false);
            match answer {
                Ok(made) => {
                    place.clear_form();
                    place.is_copied.set(false);
                    place.made.set(NewBot::read(&made));
                    state.load_own_bots(&again);
                }
                Err(error) => state.own_bot_refused(place.problems[0], &error),
            }
        });
    }

    /// Gives a bot other commands, and calls `then` once it has them.
    pub fn change_own_bot(&mut self, room: &str, id: &str, commands: Vec<OwnCommand>, then: Box<dyn FnOnce()>) {
        let problem = self.session.groups.own_bots.problems[1];
        problem.set(None);
        let again = room.to_owned();
        let body = json::write(&BotChange { commands });
        self.ask_quietly("PATCH", format!("{}/{id}", path_of(room)), Some(body), move |state, answer| {
            if !state.shows_group(&again) {
                return;
            }
            match answer {
                Ok(_) => then(),
                Err(error) => state.own_bot_refused(problem, &error),
            }
            state.load_own_bots(&again);
        });
    }

    /// Revokes a bot.
    pub fn revoke_own_bot(&mut self, room: &str, id: String) {
        let place = self.session.groups.own_bots;
        let again = room.to_owned();
        self.revoke_program(format!("{}/{id}", path_of(room)), move |state| {
            place.problems[0].set(None);
            place.step.update(|step| drop(step.take_if(|(of, _)| *of == id)));
            place.made.update(|made| drop(made.take_if(|made| made.bot.id == id)));
            state.load_own_bots(&again);
        });
    }

    /// Handles the refusal of a new or changed bot. The form shows what is about something that was typed, all else is a toast.
    fn own_bot_refused(&mut self, place: RwSignal<Option<BotProblem>>, error: &CallError) {
        let problem = match error.field.as_deref() {
            _ if error.code != "VALIDATION" => return self.show_refusal(&error.code, error.retry_after_ms),
            Some("commands") => BotProblem::Commands,
            Some("webhook") => BotProblem::Address,
            _ => BotProblem::Full,
        };
        place.set(Some(problem));
    }
}
