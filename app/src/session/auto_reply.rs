//! Automatic answers to direct messages while the person is away (`ux.md` 2.13). The open page sends them, as messages with a mark.

use leptos::prelude::*;
use protocol::client::Row;
use protocol::codec::json::{self, Value, json_text};
use protocol::content::slash::{automatic, automatic_content};
use protocol::words::event::Millis;
use protocol::words::status::Status;
use protocol::words::time::HOUR_MS;

use super::engine::State;
use crate::browser::{CallError, clock, storage, tabs};
use crate::store::auto_reply::{AnsweredPerson, answer_id, may_answer, note_answer};
use crate::store::roster::is_bot;

/// Path of messages over REST: the conversation need not be open.
const PATH: &str = "/api/messages";

/// Returns the key in localStorage of those who were answered.
pub(super) fn key_of(user: &str) -> String {
    format!("cfm-answered-{user}")
}

impl State {
    /// Answers a live message of another person, if the person is away and has a text for that.
    pub(super) fn answer_automatically(&self, room: &str, row: &Row) {
        let text = self.session.arrangement.with_untracked(|all| all.auto_reply.clone());
        if text.is_empty() || self.session.is_of_demo() || !self.is_gone() || !self.may_be_answered(room, row) {
            return;
        }
        let (caller, room, person) = (self.caller.clone(), room.to_owned(), row.sender.clone());
        // All tabs hear of the message, and one of them answers.
        tabs::first(&format!("auto-{}", row.id), move || {
            caller.run(move |state| state.send_automatic(&room, &person, &text));
        });
    }

    fn is_gone(&self) -> bool {
        let status = self.session.me.with_untracked(|me| me.status);
        match status {
            Status::Busy | Status::Away | Status::BeRightBack | Status::OnThePhone | Status::OutToLunch => true,
            Status::Online | Status::AppearOffline => false,
        }
    }

    /// Returns `true` for the text of a person in a direct conversation that is no automatic answer itself.
    fn may_be_answered(&self, room: &str, row: &Row) -> bool {
        let is_text = row.kind.chat().is_some_and(|chat| automatic(&chat.content).is_none());
        let is_of_person = !row.is_own && row.maker.is_none() && !is_bot(&row.sender);
        let is_partner = self.partner_of(room).is_some_and(|partner| partner == row.sender);
        is_text && is_of_person && is_partner && self.shows_status_to(&row.sender)
    }

    /// Returns `true` if a person may see the status. An answer to a person to whom the account appears offline would reveal that somebody is
    /// there, so there is none before the list of these people is known.
    fn shows_status_to(&self, user: &str) -> bool {
        let relations = self.session.relations;
        let is_known = !self.session.is_account() || relations.is_hiding_known.get_untracked();
        is_known && !untrack(|| relations.is_hidden_from(user))
    }

    fn send_automatic(&mut self, room: &str, person: &str, text: &str) {
        let now = clock::server_now_ms();
        let key = key_of(&self.own_id);
        let known = storage::get(&key).and_then(|stored| json::read::<Vec<AnsweredPerson>>(&stored));
        let mut answered = known.unwrap_or_default();
        if self.is_over || self.is_elsewhere || !may_answer(&answered, person, now) {
            return;
        }
        note_answer(&mut answered, person, now);
        storage::put(&key, &json::write(&answered));
        let id = answer_id(&self.own_id, person, hour_of(now));
        let content = json_text(&automatic_content(text));
        let body = format!("{{\"roomId\":{},\"id\":\"{id}\",\"content\":{content}}}", json_text(room));
        // A refusal is not shown: the person did nothing.
        let done = Box::new(|_: &mut Self, _: Result<Value, CallError>| ());
        self.ask_quietly("POST", PATH, Some(body), done);
    }
}

const fn hour_of(at: Millis) -> u64 {
    at / HOUR_MS
}
