//! Automatic answers to direct messages while the person is away (`ux.md` 2.13): who has got one, and their ids. The open page sends them, as
//! messages with a mark.

use leptos::prelude::*;
use protocol::client::Row;
use protocol::codec::json::{self, Value, json_text};
use protocol::content::slash::{automatic, automatic_content};
use protocol::words::event::Millis;
use protocol::words::status::Status;
use protocol::words::time::HOUR_MS;

use super::engine::State;
use crate::browser::{CallError, clock, lock, storage};
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
        lock::first(&format!("auto-{}", row.id), move || {
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

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AnsweredPerson {
        pub id: String = "id",
        pub at: Millis = "at",
    }
}

/// Returns `true` if the person has got no answer in the last hour.
pub fn may_answer(answered: &[AnsweredPerson], person: &str, now: Millis) -> bool {
    answered.iter().all(|one| one.id != person || now >= one.at + HOUR_MS)
}

/// Records an answer, and forgets those that are older than an hour.
pub fn note_answer(answered: &mut Vec<AnsweredPerson>, person: &str, now: Millis) {
    answered.retain(|one| one.id != person && now < one.at + HOUR_MS);
    answered.push(AnsweredPerson { id: person.to_owned(), at: now });
}

/// Returns the id of the answer to a person in an hour: the devices of a person make the same one, and the room stores it once.
pub fn answer_id(own: &str, person: &str, hour: u64) -> String {
    let of = |salt: &str| digest(&format!("{salt} {own} {person} {hour}"));
    let (high, low) = (of("high"), of("low"));
    // A UUID of version 8, whose other bits are free.
    let (version, variant) = (0x8000 | (high & 0xfff), 0x8000 | ((low >> 48) & 0x3fff));
    let (first, second, last) = (high >> 32, (high >> 16) & 0xffff, low & 0xffff_ffff_ffff);
    format!("{first:08x}-{second:04x}-{version:04x}-{variant:04x}-{last:012x}")
}

/// Returns a number that differs for different texts (FNV-1a, which every release computes in the same way).
fn digest(text: &str) -> u64 {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_gets_one_answer_an_hour() {
        let mut answered = Vec::new();
        assert!(may_answer(&answered, "u_ann", 5));
        note_answer(&mut answered, "u_ann", 5);
        assert!(!may_answer(&answered, "u_ann", 4 + HOUR_MS) && may_answer(&answered, "u_bo", 6));
        assert!(may_answer(&answered, "u_ann", 5 + HOUR_MS));
        note_answer(&mut answered, "u_bo", 5 + HOUR_MS);
        assert_eq!(answered, [AnsweredPerson { id: "u_bo".to_owned(), at: 5 + HOUR_MS }]);
    }

    #[test]
    fn the_id_has_the_form_of_a_uuid_and_is_the_same_within_an_hour() {
        let id = answer_id("u_ann", "u_bo", 7);
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert!(id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()));
        assert_eq!(id.as_bytes()[14], b'8');
        assert_eq!(answer_id("u_ann", "u_bo", 7), id);
        for other in [answer_id("u_ann", "u_bo", 8), answer_id("u_bo", "u_ann", 7), answer_id("u_ann", "u_cy", 7)] {
            assert_ne!(other, id);
        }
    }
}
