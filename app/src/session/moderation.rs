//! Reports of people to the operators (`people.md` 6), and acts of moderators (`moderation.md` 2): the requests of their dialogs. Also the reason
//! why the server holds a message of the person back.

use leptos::prelude::*;
use protocol::client::Row;
use protocol::codec::json::{Read, Value, json_text};
use protocol::people::moderation::{ActKind, DeploymentRole};
use protocol::people::report::Reason;
use protocol::words::event::Millis;
use protocol::words::principal::UserKind;

use super::Session;
use super::contacts::{items, text};
use super::engine::State;
use super::open_room::OpenRoom;
use crate::browser::{CallError, clock};
use crate::store::arrangement::ListDialog;
use crate::store::moderation::{ActOutcome, HoldReason, ModerationSubject, Standing};
use crate::store::relations::PersonRef;
use crate::store::reports::{Outcome, ReportSubject};
use crate::store::toasts::{News, Toast, ToastTarget};

const REPORTS: &str = "/api/me/reports";
const ACTS: &str = "/api/moderation/acts";
const STATE: &str = "/api/moderation/state";
const MODERATORS: &str = "/api/moderation/moderators";
const OWN_ACTS: &str = "/api/me/moderation";
/// Time after the end of a mute in which a room may still refuse a message for it: twice the age of a copy (`moderation.md` 2.1).
const UNMUTED_MS: Millis = 10_000;

impl Session {
    /// Returns `true` if the person keeps order in public rooms.
    pub fn has_role(self) -> bool {
        self.me.with_untracked(|me| me.role.is_some())
    }

    /// Returns `true` if the page offers acts on a user (`ux.md` 2.14). Nobody acts on a bot.
    pub fn may_moderate(self, user: &str) -> bool {
        self.has_role() && UserKind::of_id(user) != UserKind::Bot
    }

    /// Returns `true` if the page offers an owner to make a user a moderator (`ux.md` 2.14). Only accounts have a role.
    pub fn may_make_moderator(self, user: &str) -> bool {
        let is_owner = self.me.with_untracked(|me| me.role == Some(DeploymentRole::Owner));
        let is_account = || UserKind::of_id(user) == UserKind::User || untrack(|| self.roster.is_account(user));
        is_owner && is_account()
    }

    /// Makes an account a moderator, or takes the role from it.
    pub fn make_moderator(self, person: PersonRef, is_moderator: bool) {
        let (method, path) = (if is_moderator { "PUT" } else { "DELETE" }, format!("{MODERATORS}/{}", person.id));
        self.run(move |state| {
            state.ask(method, path, None, move |state, _| {
                let news = if is_moderator { News::NowModerator } else { News::NoModerator };
                state.show_news(news, Some(&person));
                state.load_standing();
            });
        });
    }

    /// Opens the dialog about a person or a room.
    pub fn moderate(self, subject: ModerationSubject) {
        self.list_dialog.set(ListDialog::Moderate(subject));
    }

    /// Opens the dialog that reports a person.
    pub fn report_person(self, person: PersonRef) {
        self.relations.asked.set(Some(person));
        self.list_dialog.set(ListDialog::Report(Outcome::Nothing));
    }
}

impl State {
    /// Loads the mutes, bans and rules of rooms that stand. Without an answer the dialog offers less, and works.
    pub fn load_standing(&mut self) {
        self.query(STATE, STATE, |state, data| {
            if let Some(found) = Standing::read(&data) {
                state.session.standing.set(found);
            }
        });
    }

    /// Sends an act. The result is set at `outcome`, a refusal at `refused`. `person` is whom it concerns; `None` for a room.
    pub fn send_act(
        &mut self,
        (kind, person): (ActKind, Option<PersonRef>),
        body: String,
        outcome: RwSignal<ActOutcome>,
        refused: RwSignal<Option<CallError>>,
    ) {
        self.ask_quietly("POST", ACTS, Some(body), move |state, answer| {
            let came = match answer {
                Ok(_) => {
                    state.show_act_done(kind, person.as_ref());
                    state.load_standing();
                    ActOutcome::Done
                }
                Err(error) => {
                    // Other parts of the page say that the session has ended.
                    let _ = refused.try_set(Some(error).filter(|error| error.code != "UNAUTHENTICATED"));
                    ActOutcome::Nothing
                }
            };
            let _ = outcome.try_set(came);
        });
    }

    /// Shows a toast about a finished act. The toast names the person; an act on a room concerns no person.
    fn show_act_done(&mut self, kind: ActKind, person: Option<&PersonRef>) {
        match person {
            Some(person) => self.show_news(News::Acted(kind), Some(person)),
            None => self.pop_up(Toast::of_code("ACT_DONE", None, ToastTarget::Nothing)),
        }
    }

    /// Shows in a room why the server takes no message. Returns `true` if the refusal is such a reason.
    pub(super) fn hold(&mut self, room: &str, code: &str, retry_after_ms: Option<Millis>) -> bool {
        let now = clock::now_ms();
        let Some(reason) = HoldReason::of(code, retry_after_ms, now) else { return false };
        // The room may know a mute a moment longer than it lasts, and nothing would show its end.
        if reason.is_mute() && self.unmuted_at.is_some_and(|at| now < at + UNMUTED_MS) {
            return false;
        }
        // Moderators act on public rooms alone, but a busy server takes no message at all.
        let is_held = |open: &&mut OpenRoom| reason == HoldReason::Busy || open.conversation.is_public_room();
        let Some(open) = self.room_mut(room).filter(is_held) else { return false };
        if let HoldReason::Muted(until) = reason {
            // A mute stands in every public room.
            self.set_mute("mute", Some(clock::server_now_ms() + until.saturating_sub(now)));
        } else {
            open.hold(Some(reason));
        }
        true
    }

    /// Ends the reason once a row shows that it is over.
    pub(super) fn end_hold(&mut self, room: &str, row: &Row) {
        let Some(open) = self.room_mut(room) else { return };
        if open.conversation.hold.get_untracked().is_some_and(|reason| reason.ends_with(row)) {
            open.hold(None);
        }
    }

    /// Asks whether a known mute is still in force after a lost presence connection, with which the frame of its end may have been lost. For
    /// people who are not muted nothing is asked.
    pub(super) fn check_mute(&mut self) {
        if self.mute_end().is_some() {
            self.query(OWN_ACTS, OWN_ACTS, |state, data| state.own_acts_came(&data));
        }
    }

    /// Follows the newest act that began or ended a mute. Without one a known mute stays: it was given to an earlier player of a persona, who
    /// alone sees that act.
    fn own_acts_came(&mut self, data: &Value) {
        let is_of_mute = |item: &&Value| matches!(text(item, "kind").as_str(), "mute" | "unmute");
        let Some(act) = items(data).find(is_of_mute) else { return };
        let is_in_force = text(act, "kind") == "mute" && text(act, "objection") != "lifted";
        let until = act.get("until").and_then(Value::as_u64).filter(|_| is_in_force);
        self.set_mute(if is_in_force { "mute" } else { "unmute" }, until);
    }

    /// Returns the end of the mute that is in force, by the clock of this device.
    fn mute_end(&self) -> Option<Millis> {
        let now = clock::server_now_ms();
        self.muted_until.filter(|until| *until > now).map(|until| clock::now_ms() + (until - now))
    }

    /// Shows a known mute in a public room that is being opened.
    pub(super) fn hold_muted(&mut self, room: &str) {
        let Some(until) = self.mute_end() else { return };
        if let Some(open) = self.room_mut(room).filter(|open| open.conversation.is_public_room()) {
            open.hold(Some(HoldReason::Muted(until)));
        }
    }

    /// Handles the frame of an act: shows a mute in all open public rooms, or its end.
    pub(super) fn hold_everywhere(&mut self, kind: &str, until: Option<Millis>) {
        // An answer that was asked for before may be older than the frame.
        self.questions.changed(OWN_ACTS);
        self.set_mute(kind, until);
    }

    /// Stores a mute until then by the server's clock, or its end, and shows it in all open public rooms. Other acts change nothing.
    fn set_mute(&mut self, kind: &str, until: Option<Millis>) {
        match kind {
            "mute" => self.muted_until = until,
            "unmute" => (self.muted_until, self.unmuted_at) = (None, Some(clock::now_ms())),
            _ => {}
        }
        let until = until.map(|until| clock::now_ms() + until.saturating_sub(clock::server_now_ms()));
        for open in self.rooms.iter_mut().filter(|open| open.conversation.is_public_room()) {
            let now = open.conversation.hold.get_untracked();
            let next = HoldReason::after_act(now, kind, until);
            if next != now {
                open.hold(next);
            }
        }
    }

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
        self.ask_quietly("POST", REPORTS, Some(body), move |state, answer| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::engine::on_page;

    fn shown(state: &State) -> Option<HoldReason> {
        state.room("general").and_then(|open| open.conversation.hold.get_untracked())
    }

    #[test]
    fn a_reason_is_shown_until_it_ends() {
        on_page(|state| {
            state.open_conversation("general");
            assert!(state.hold("general", "ROOM_CLOSED", None));
            state.hold_everywhere("unmute", None);
            assert_eq!(shown(state), Some(HoldReason::Closed), "the room is still closed");
            state.hold_everywhere("mute", Some(5_000));
            state.rooms_time(4_999);
            assert_eq!(shown(state), Some(HoldReason::Muted(5_000)));
            state.rooms_time(5_000);
            assert_eq!(shown(state), None, "its time is over");
            assert!(!state.hold("general", "TOO_LARGE", None));
        });
    }

    #[test]
    fn a_refusal_that_is_late_begins_no_mute_that_was_ended() {
        on_page(|state| {
            state.open_conversation("general");
            assert!(state.hold("general", "MUTED", Some(600_000)));
            assert!(shown(state).is_some_and(HoldReason::is_mute));
            state.hold_everywhere("unmute", None);
            assert!(!state.hold("general", "MUTED", Some(599_000)));
            assert_eq!(shown(state), None);
            assert!(state.hold("general", "ROOM_CLOSED", None), "another reason is shown");
        });
    }

    #[test]
    fn a_known_mute_is_in_every_public_room_until_the_server_says_that_it_has_ended() {
        on_page(|state| {
            let held = |state: &State| {
                ["general", "music", "lounge"]
                    .map(|room| state.room(room).and_then(|open| open.conversation.hold.get_untracked()))
            };
            let muted = Some(HoldReason::Muted(600_000));
            // The page begins with a mute.
            state.muted_until = Some(600_000);
            state.open_conversation("general");
            let direct = state.room_with("u_ada").expect("two people have a room");
            state.open_conversation(&direct);
            let is_held = state.room(&direct).is_some_and(|open| open.conversation.hold.get_untracked().is_some());
            assert!(!is_held, "moderators do not act on direct conversations");
            let answer = |state: &mut State, items: &str| {
                state.own_acts_came(&Value::parse(&format!(r#"{{"items":[{items}]}}"#)).unwrap());
            };
            let (mute, removal) = (r#"{"kind":"mute","until":600000}"#, r#"{"kind":"remove"}"#);
            answer(state, &format!("{removal},{mute}"));
            state.open_conversation("music");
            assert_eq!(held(state), [muted, muted, None], "it is still in force");
            answer(state, removal);
            assert_eq!(held(state), [muted, muted, None], "the act is not shown to this player of a persona");
            answer(state, &format!(r#"{{"kind":"unmute"}},{mute}"#));
            assert_eq!((held(state), state.muted_until), ([None; 3], None));
            // A refusal in one room is one for all.
            state.unmuted_at = None;
            assert!(state.hold("music", "MUTED", Some(600_000)));
            state.open_conversation("lounge");
            assert_eq!(held(state), [muted; 3]);
            answer(state, r#"{"kind":"mute","until":600000,"objection":"lifted"}"#);
            assert_eq!(held(state), [None; 3]);
        });
    }
}
