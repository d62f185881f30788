//! Permission to show a group in pages of other sites (`embed.md` 1.1): its change and its end. It is loaded with the group.

use leptos::prelude::*;
use protocol::codec::json::{self, Read};
use protocol::machines::room::Embedding;

use super::deferred_tasks::DeferredTask;
use super::engine::State;
use crate::browser::CallError;
use crate::store::embedding::EmbeddingProblem;

/// Returns the path of the permission of a group.
fn path_of(room: &str) -> String {
    format!("/api/rooms/{room}/embed")
}

impl State {
    /// Lets pages of other sites show a group, and calls `then` once that is so, if the dialog still shows the group.
    pub fn embed_group(&mut self, room: &str, embedding: &Embedding, then: Box<dyn FnOnce()>) {
        let again = room.to_owned();
        self.ask_quietly("PUT", path_of(room), Some(json::write(embedding)), move |state, answer| match answer {
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
        self.revoke_program(path_of(room), move |state| {
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
