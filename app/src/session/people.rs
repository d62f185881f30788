//! Searches for people (`people.md` 4): by name, by an exact handle, and by a link. Also the local time of those who share it
//! (`settings.md` 2), and the person's own.

use leptos::prelude::*;
use protocol::codec::json::{Read, Value, json_text};
use protocol::people::contacts::Relation;

use super::Session;
use super::contacts::{items, person_ref, text};
use super::engine::State;
use crate::browser::{CallError, clock};
use crate::store::people::{Handle, Invite, Invites, Link, LookupOutcome, PeopleSearch};

const HANDLE: &str = "/api/me/handle";
const INVITES: &str = "/api/me/invites";
const CLOCK: &str = "/api/me/clock";
/// A shorter limit is not the rule of handles, but the limit of requests.
const LATER_MS_MIN: u64 = 60_000;

/// Returns the canonical form of a typed handle.
fn plain(handle: &str) -> String {
    handle.trim().trim_start_matches('@').to_ascii_lowercase()
}

impl Session {
    /// Passes the time zone of a person to `then`; empty if the person does not share it.
    pub fn ask_zone(self, user: &str, then: impl FnOnce(String) + 'static) {
        self.ask_clock(format!("/api/users/{user}/clock"), then);
    }

    /// Passes the shared time zone of this person to `then`.
    pub fn own_zone(self, then: impl FnOnce(String) + 'static) {
        self.ask_clock(CLOCK.to_owned(), then);
    }

    fn ask_clock(self, path: String, then: impl FnOnce(String) + 'static) {
        self.query(path, move |data| then(text(&data, "timeZone")));
    }

    /// Shares the time zone of this device, or stops that; `then` gets the zone that the server has stored.
    pub fn send_zone(self, is_shared: bool, then: impl FnOnce(String) + 'static) {
        let zone = if is_shared { clock::own_zone() } else { String::new() };
        let body = format!("{{\"timeZone\":{}}}", json_text(&zone));
        self.ask_for("PUT", CLOCK.to_owned(), Some(body), move |data| {
            let zone = text(&data, "timeZone");
            self.arrangement.update(|arrangement| arrangement.zone.clone_from(&zone));
            then(zone);
        });
    }

    /// Shares the new zone of a device that has moved.
    pub fn follow_zone(self) {
        let reported = self.arrangement.with_untracked(|arrangement| arrangement.zone.clone());
        if !reported.is_empty() && reported != clock::own_zone() {
            self.send_zone(true, |_| ());
        }
    }
}

impl State {
    /// Searches people by the beginning of their names, or a person by the exact handle.
    pub fn find_people(&mut self, place: PeopleSearch, written: &str, is_handle: bool) {
        // A look-up follows the search of names for the same text.
        let turn = if is_handle { place.turn.get_untracked() } else { place.begin() };
        place.answer.set(LookupOutcome::Nothing);
        let (member, written) = if is_handle { ("handle", plain(written)) } else { ("q", written.trim().to_owned()) };
        if written.is_empty() {
            return place.found.set(Vec::new());
        }
        let written: String = written.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.ask_quietly("GET", format!("/api/users?{member}={written}"), None, move |state, found| {
            if place.turn.try_get_untracked() == Some(turn) {
                state.people_came(place, is_handle, found);
            }
        });
    }

    fn people_came(&mut self, place: PeopleSearch, is_handle: bool, found: Result<Value, CallError>) {
        let mut found: Vec<_> = match found {
            Ok(found) => items(&found).map(person_ref).collect(),
            Err(error) => {
                return match error.code.as_str() {
                    "UNAUTHENTICATED" => {}
                    "NETWORK" => place.answer.set(LookupOutcome::Unreachable),
                    // The next letter searches names again.
                    _ if !is_handle => {}
                    code => self.show_refusal(code, error.retry_after_ms),
                };
            }
        };
        if is_handle {
            let relations = self.session.relations;
            place.answer.set(match found.first() {
                None => LookupOutcome::Nobody,
                Some(person) if person.id == self.own_id => LookupOutcome::Oneself,
                Some(person) => match untrack(|| relations.relation(&person.id)) {
                    Relation::Contact => LookupOutcome::Known,
                    Relation::Requested => LookupOutcome::Asked,
                    _ => LookupOutcome::Found,
                },
            });
        }
        found.retain(|person| person.id != self.own_id);
        // The names stay if nobody has the handle, and do not replace the person who has it.
        let is_kept = match is_handle {
            true => found.is_empty(),
            false => place.answer.get_untracked() == LookupOutcome::Found,
        };
        if !is_handle && found.is_empty() && place.answer.get_untracked() == LookupOutcome::Nothing {
            place.answer.set(LookupOutcome::NobodyNamed);
        }
        if !is_kept {
            place.found.set(found);
        }
        // A name is no handle, and the people of that name are the answer.
        if place.answer.get_untracked() == LookupOutcome::Nobody && !place.found.with_untracked(Vec::is_empty) {
            place.answer.set(LookupOutcome::Nothing);
        }
    }

    /// Loads the own handle. A newer value stays.
    pub fn load_handle(&mut self, place: Handle) {
        self.ask("GET", HANDLE, None, move |_, known| {
            if place.own.try_get_untracked() == Some(None) {
                place.own.set(Some(text(&known, "handle")));
            }
        });
    }

    /// Changes the own handle, or releases it without a `wish`.
    pub fn change_handle(&mut self, place: Handle, wish: Option<String>) {
        place.begin();
        let body = wish.as_ref().map(|wish| format!("{{\"handle\":{}}}", json_text(&plain(wish))));
        let method = if body.is_some() { "PUT" } else { "DELETE" };
        self.ask_quietly(method, HANDLE, body, move |state, answer| match answer {
            Ok(known) => handle_is(place, text(&known, "handle"), wish),
            Err(error) => {
                let is_later = error.retry_after_ms.is_some_and(|wait| wait > LATER_MS_MIN);
                match error.code.as_str() {
                    "CONFLICT" => drop(place.refused.try_set(Some(error))),
                    "RATE_LIMITED" if is_later => drop(place.refused.try_set(Some(error))),
                    _ => state.show_refusal_in(place.refused, "handle", &error),
                }
            }
        });
    }

    /// Loads the own invites: those of this group, or all.
    pub fn load_invites(&mut self, place: Invites, room: Option<String>) {
        // Another dialog may show the invites of another group.
        let thing = format!("{INVITES} {}", room.as_deref().unwrap_or_default());
        self.query(&thing, INVITES, move |_, data| {
            let is_here = |invite: &Invite| room.is_none() || invite.room == room;
            let _ = place.items.try_set(items(&data).filter_map(Invite::read).filter(is_here).collect());
        });
    }

    /// Makes an invite link, by which one person becomes a contact or a member. Guests may use one to a person, if `takes_guests`.
    pub fn make_invite(&mut self, place: Invites, room: Option<String>, takes_guests: bool) {
        if place.is_making.get_untracked() || place.link.with_untracked(Option::is_some) {
            return;
        }
        place.is_making.set(true);
        place.is_full.set(false);
        let body = match &room {
            Some(room) => format!("{{\"roomId\":{}}}", json_text(room)),
            None => format!("{{\"guests\":{takes_guests}}}"),
        };
        self.ask_quietly("POST", INVITES, Some(body), move |state, answer| {
            let _ = place.is_making.try_set(false);
            match answer {
                Ok(made) => {
                    let _ = place.link.try_set(Link::read(&made));
                    state.load_invites(place, room);
                }
                Err(error) if error.code == "VALIDATION" => drop(place.is_full.try_set(true)),
                Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
            }
        });
    }

    /// Withdraws an invite. The next list shows one that is gone already.
    pub fn end_invite(&mut self, place: Invites, room: Option<String>, invite: &Invite) {
        let (path, expires_at) = (format!("{INVITES}/{}", invite.id), invite.expires_at);
        self.ask_quietly("DELETE", path, None, move |state, answer| {
            if let Err(error) = answer
                && error.code != "NOT_FOUND"
            {
                return state.show_refusal(&error.code, error.retry_after_ms);
            }
            let is_shown = |link: &Option<Link>| link.as_ref().is_some_and(|link| link.expires_at == expires_at);
            if place.link.try_with_untracked(is_shown) == Some(true) {
                place.link.set(None);
            }
            let _ = place.is_full.try_set(false);
            state.load_invites(place, room);
        });
    }
}

/// Sets the handle. A text that was typed since stays.
fn handle_is(place: Handle, own: String, wish: Option<String>) {
    let Some(before) = place.own.try_get_untracked() else { return };
    let is_new = before.as_deref() != Some(own.as_str());
    let said = if wish.is_none() { LookupOutcome::GivenUp } else { LookupOutcome::Done };
    if wish.is_some() && place.wish.get_untracked() == wish {
        place.wish.set(None);
    }
    place.own.set(Some(own));
    place.answer.set(if is_new { said } else { LookupOutcome::Nothing });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::engine::on_page;

    #[test]
    fn a_name_that_is_no_handle_is_answered_by_its_people() {
        on_page(|state| {
            let people = || Value::parse(r#"{"items":[{"id":"user_9","displayName":"Kenji"}]}"#).unwrap();
            let nobody = || Value::parse(r#"{"items":[]}"#).unwrap();
            // The answers may come in any order.
            for answers in [[(false, people()), (true, nobody())], [(true, nobody()), (false, people())]] {
                let place = PeopleSearch::default();
                for (is_handle, answer) in answers {
                    state.people_came(place, is_handle, Ok(answer));
                }
                assert_eq!(place.answer.get_untracked(), LookupOutcome::Nothing);
                assert_eq!(place.found.with_untracked(Vec::len), 1);
            }
            let place = PeopleSearch::default();
            state.people_came(place, true, Ok(nobody()));
            assert_eq!(place.answer.get_untracked(), LookupOutcome::Nobody);
            // The look-up of a handle says more than the search of names, whichever is answered last.
            state.people_came(place, false, Ok(nobody()));
            assert_eq!(place.answer.get_untracked(), LookupOutcome::Nobody);
            let place = PeopleSearch::default();
            state.people_came(place, false, Ok(nobody()));
            assert_eq!(place.answer.get_untracked(), LookupOutcome::NobodyNamed);
            state.people_came(place, true, Ok(nobody()));
            assert_eq!(place.answer.get_untracked(), LookupOutcome::Nobody);
        });
    }
}
