//! Programs of a group (`integrations.md` 1 and 6): integrations and bots, each with its list, a new one with its secrets, and the end of one.
//! Also the permission to show the group in pages of other sites (`embed.md` 1.1).

use leptos::prelude::*;
use protocol::codec::json::{self, Read, Value, json_text};
use protocol::machines::room::Embedding;

use super::contacts::read_items;
use super::deferred_tasks::DeferredTask;
use super::engine::State;
use crate::browser::CallError;
use crate::store::embedding::EmbeddingProblem;
use crate::store::integrations::NewIntegration;
use crate::store::own_bots::{BotChange, BotProblem, BotWish, NewBot, OwnCommand};

fn hooks_path(room: &str) -> String {
    format!("/api/rooms/{room}/hooks")
}

fn bots_path(room: &str) -> String {
    format!("/api/rooms/{room}/bots")
}

fn embed_path(room: &str) -> String {
    format!("/api/rooms/{room}/embed")
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

    /// Makes a program, one after the other. `answered` gets no answer for a group whose dialog is closed: the secrets of one group are never
    /// shown in the dialog of another.
    fn make_program(
        &mut self,
        room: &str,
        path: String,
        body: String,
        is_making: RwSignal<bool>,
        answered: impl FnOnce(&mut Self, &str, Result<Value, CallError>) + 'static,
    ) {
        if is_making.get_untracked() {
            return;
        }
        is_making.set(true);
        let again = room.to_owned();
        self.ask_quietly("POST", path, Some(body), move |state, answer| {
            if state.shows_group(&again) {
                is_making.set(false);
                answered(state, &again, answer);
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

    pub fn load_integrations(&mut self, room: &str) {
        self.load_programs(room, hooks_path(room), self.session.groups.integrations.items);
    }

    pub fn make_integration(&mut self, room: &str, name: &str) {
        let place = self.session.groups.integrations;
        let body = format!("{{\"name\":{}}}", json_text(name));
        place.is_full.set(false);
        place.refused.set(None);
        self.make_program(room, hooks_path(room), body, place.is_making, move |state, room, answer| match answer {
            Ok(made) => {
                place.wish.set(String::new());
                place.is_copied.set(false);
                place.made.set(NewIntegration::read(&made));
                state.load_integrations(room);
            }
            // The field holds a name that is short enough, so there are too many.
            Err(error) if error.code == "VALIDATION" => place.is_full.set(true),
            Err(error) => state.show_refusal_in(place.refused, "name", &error),
        });
    }

    pub fn revoke_integration(&mut self, room: &str, id: String) {
        let place = self.session.groups.integrations;
        let again = room.to_owned();
        self.revoke_program(format!("{}/{id}", hooks_path(room)), move |state| {
            place.is_full.set(false);
            place.asked.update(|asked| drop(asked.take_if(|asked| *asked == id)));
            place.made.update(|made| drop(made.take_if(|made| made.id == id)));
            state.load_integrations(&again);
        });
    }

    pub fn load_own_bots(&mut self, room: &str) {
        self.load_programs(room, bots_path(room), self.session.groups.own_bots.items);
    }

    pub fn make_own_bot(&mut self, room: &str, wish: &BotWish) {
        let place = self.session.groups.own_bots;
        place.problems[0].set(None);
        let body = json::write(wish);
        self.make_program(room, bots_path(room), body, place.is_making, move |state, room, answer| match answer {
            Ok(made) => {
                place.clear_form();
                place.is_copied.set(false);
                place.made.set(NewBot::read(&made));
                state.load_own_bots(room);
            }
            Err(error) => state.own_bot_refused(place.problems[0], &error),
        });
    }

    /// Gives a bot other commands, and calls `then` once it has them.
    pub fn change_own_bot(&mut self, room: &str, id: &str, commands: Vec<OwnCommand>, then: Box<dyn FnOnce()>) {
        let problem = self.session.groups.own_bots.problems[1];
        problem.set(None);
        let again = room.to_owned();
        let body = json::write(&BotChange { commands });
        self.ask_quietly("PATCH", format!("{}/{id}", bots_path(room)), Some(body), move |state, answer| {
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

    pub fn revoke_own_bot(&mut self, room: &str, id: String) {
        let place = self.session.groups.own_bots;
        let again = room.to_owned();
        self.revoke_program(format!("{}/{id}", bots_path(room)), move |state| {
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

    /// Lets pages of other sites show a group, and calls `then` once that is so, if the dialog still shows the group.
    pub fn embed_group(&mut self, room: &str, embedding: &Embedding, then: Box<dyn FnOnce()>) {
        let again = room.to_owned();
        self.ask_quietly("PUT", embed_path(room), Some(json::write(embedding)), move |state, answer| match answer {
            Ok(set) => {
                state.embedding_changed(&again, Embedding::read(&set));
                if state.shows_group(&again) {
                    then();
                }
            }
            Err(error) => state.embedding_refused(&again, &error),
        });
    }

    /// Lets no other site show a group any more, and calls `then` once that is so, if the dialog still shows the group.
    pub fn end_embedding(&mut self, room: &str, then: Box<dyn FnOnce()>) {
        let again = room.to_owned();
        self.revoke_program(embed_path(room), move |state| {
            state.embedding_changed(&again, None);
            // The dialog of another group keeps its focus.
            if state.shows_group(&again) {
                then();
            }
        });
    }

    /// Shows the changed permission, unless the dialog is that of another group by now.
    fn embedding_changed(&mut self, room: &str, embedding: Option<Embedding>) {
        if self.shows_group(room) {
            self.session.groups.embedding.changed(embedding);
            // An earlier look-up of the group may still bring the permission as it was.
            self.run_or_defer(DeferredTask::Group(room.to_owned()));
        }
    }

    /// Handles the refusal of a permission. The section says that its origins were refused, all else is a toast.
    fn embedding_refused(&mut self, room: &str, error: &CallError) {
        match error.code.as_str() {
            "VALIDATION" if self.shows_group(room) => {
                self.session.groups.embedding.problem.set(Some(EmbeddingProblem::Refused));
            }
            code => self.show_refusal(code, error.retry_after_ms),
        }
    }
}
