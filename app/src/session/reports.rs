//! Reports of people to the operators (`people.md` 6).

use leptos::prelude::*;
use protocol::codec::json::json_text;
use protocol::people::report::Reason;

use super::Session;
use super::engine::State;
use crate::store::arrangement::ListDialog;
use crate::store::relations::PersonRef;
use crate::store::reports::{Outcome, ReportSubject};

const PATH: &str = "/api/me/reports";

impl Session {
    /// Opens the dialog that reports a person.
    pub fn report_person(self, person: PersonRef) {
        self.relations.asked.set(Some(person));
        self.list_dialog.set(ListDialog::Report(Outcome::Nothing));
    }
}

impl State {
    /// Reports a person, and then blocks the person if `blocks`. The result is set at `outcome`. Only one report is sent at a time, because
    /// each press would be another report.
    pub fn report(&mut self, about: &ReportSubject, reason: Reason, blocks: bool, outcome: RwSignal<Outcome>) {
        if outcome.try_get_untracked() == Some(Outcome::Sent) {
            return;
        }
        let _ = outcome.try_set(Outcome::Sent);
        let person = about.person.clone();
        let mut body = format!("{{\"userId\":{},\"reason\":\"{}\"", json_text(&person.id), reason.as_str());
        if let Some((room, message)) = &about.message {
            body += &format!(",\"roomId\":{},\"messageId\":{}", json_text(room), json_text(message));
        }
        body.push('}');
        self.ask_quietly("POST", PATH, Some(body), move |state, answer| {
            let came = match answer {
                Ok(_) => {
                    if blocks {
                        state.block(&person, true);
                    }
                    Outcome::Done
                }
                Err(error) if error.code == "UNAUTHENTICATED" => Outcome::Nothing,
                Err(error) => Outcome::of(&error),
            };
            let _ = outcome.try_set(came);
        });
    }
}
