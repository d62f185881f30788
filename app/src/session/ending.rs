//! Ends of connections and sessions: refused rooms, sign-out, revocation. Stored data is wiped before the page is left. A sign-out leaves
//! the page only after the server has confirmed it; otherwise the page stays and says so. `renewal` handles ends that the person did not
//! want.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use protocol::client::{ConnectionState, Input, PresenceInput};
use protocol::words::conversation_address::ConversationAddress;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;

use super::Session;
use super::arrangement::key_of;
use super::auto_reply;
use super::cached_boot;
use super::deferred_tasks::DraftEvent;
use super::engine::State;
use super::open_room::OpenRoom;
use super::renewal::FreshSession;
use super::screen_lock;
use super::seconds::seconds_left;
use crate::api::{self, ApiError, SignOut};
use crate::browser::{CallError, badge, clock, device, dom, fetch, notify, push, steps, storage, timer};
use crate::store::arrangement::ListDialog;
use crate::store::conversation::OlderRows;
use crate::store::groups::is_group;
use crate::store::renewal::Renewal;
use protocol::words::principal::UserKind;

const SIGN_IN_PAGE: &str = "/sign-in";
pub const HOME_PAGE: &str = "/app";
/// Close code: the session is missing, expired or revoked (`core.md` 7).
const CODE_UNAUTHENTICATED: u16 = 4401;
/// Close code: the handshake was refused by policy, for example because the session belongs to another person.
const CODE_POLICY: u16 = 1008;
/// Close code: the room was deleted, or never made.
const CODE_NO_ROOM: u16 = 4404;
/// Close code: this side closed the socket.
const CODE_DONE: u16 = 1000;

/// Reason of a session whose person has signed out in this browser (`signed_out.reason`).
pub(super) const LOGOUT: &str = "logout";
/// Reason of a session whose account is deleted.
const DELETED: &str = "deleted";

/// Reason of a session that a ban has ended.
const BANNED: &str = "banned";

/// Code of a sign-out that the server has not confirmed.
const NOT_SIGNED_OUT: &str = "NOT_SIGNED_OUT";

/// Pause before the next request for the signed-in person.
const ASK_AGAIN_MS: u32 = 2_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SignOutState {
    #[default]
    Not,
    /// The request is pending.
    Asked,
    /// The request is pending, and the server has already reported the end of the session on a socket.
    EndReceived,
}

/// Ends the browser's session. Another tab may have started it for the same person: then its CSRF token is loaded first.
async fn end_session(csrf: String, own_id: String) -> Result<(), ApiError> {
    let ended = api::sign_out(csrf, own_id.clone()).await;
    if !ended.as_ref().is_err_and(|error| error.code == "CSRF") {
        return ended;
    }
    match fetch::get::<FreshSession>("/api/auth/me").await {
        Ok(fresh) => api::sign_out(fresh.csrf_token, own_id).await,
        Err(_) => ended,
    }
}

/// Returns the path of the sign-in page that says until when a sign-in takes the deletion back.
pub(super) fn deleted_path(deletes_at: Millis) -> String {
    format!("{SIGN_IN_PAGE}?deleted={deletes_at}")
}

impl Session {
    /// Signs out. A guest, whom nobody can sign in again, is asked first.
    pub fn sign_out(self) {
        match self.me.with_untracked(|me| me.kind == UserKind::Guest) && !self.is_of_demo() {
            true => self.list_dialog.set(ListDialog::GuestSignOut),
            false => self.run(State::sign_out),
        }
    }
}

impl State {
    /// Handles a presence socket that will not reconnect.
    pub(super) fn connection_ended(&mut self, code: u16) {
        match code {
            CODE_UNAUTHENTICATED => self.session_lost(),
            CODE_DONE => {}
            _ => self.check_session(|_| {}),
        }
    }

    /// Handles a room's socket that will not reconnect.
    pub(super) fn room_ended(&mut self, room: &str, code: u16) {
        match code {
            CODE_UNAUTHENTICATED => self.session_lost(),
            CODE_DONE => {}
            CODE_NO_ROOM if self.partner_of(room).is_some() && self.room(room).is_some_and(|open| !open.was_made) => {
                self.make_room(room);
            }
            CODE_POLICY => {
                let room = room.to_owned();
                // The session is checked first: a draft in a page of another person stays where it is.
                self.check_session(move |state| state.shut_out(&room, code));
            }
            _ => {
                self.shut_out(room, code);
                self.check_session(|_| {});
            }
        }
    }

    fn shut_out(&mut self, room: &str, code: u16) {
        self.close_for_writing(room, code);
        if is_group(room) {
            // The person may be a member again by now, so the groups are loaded.
            self.load_groups();
        }
    }

    /// Closes a room for writing. Nothing is loaded from it any more.
    pub(super) fn close_for_writing(&mut self, room: &str, code: u16) {
        if let Some(conversation) = self.room(room).map(|open| open.conversation) {
            conversation.closed.set(Some(code));
            if conversation.older.get_untracked() == OlderRows::Loading {
                conversation.older.set(OlderRows::More);
            }
        }
        if code == CODE_NO_ROOM && self.partner_of(room).is_some() {
            self.room_input(room, Input::NotMade { code: "NOT_FOUND".to_owned() });
        }
    }

    /// Checks after an unexpected end that the session exists and belongs to this person; then `go_on` runs.
    fn check_session(&mut self, go_on: impl FnOnce(&mut Self) + 'static) {
        let caller = self.caller.clone();
        spawn_local(async move {
            match fetch::get::<FreshSession>("/api/auth/me").await {
                Err(error) if error.code == "UNAUTHENTICATED" => caller.run(Self::session_lost),
                // The listener for this answer stops the page (`somebody_else`).
                Err(error) if error.code == fetch::SESSION_CHANGED => {}
                _ => caller.run(go_on),
            }
        });
    }

    /// Ends the page of a session that was ended on purpose, here or elsewhere: it wipes the data and leaves.
    pub(super) fn session_ended(&mut self, reason: &str) {
        if self.is_signing_out() {
            // The answer to the sign-out is on its way, and clears the cookies.
            self.signing_out = SignOutState::EndReceived;
            return;
        }
        forget_list(&self.own_id);
        let path = self.sign_in_path(reason, steps::address());
        self.leave(move || device::go_to(&path));
    }

    /// Returns the path of the sign-in page after an end of the session. An account that was signed out elsewhere is led back from there to the
    /// address of this page (`sign-in.md` 3). A guest does not come back, and the next person with a persona is another one.
    fn sign_in_path(&self, reason: &str, address: Option<ConversationAddress>) -> String {
        if reason == DELETED {
            // Only an account has time to come back.
            let undo_ms = if self.session.is_account() { self.session.limits.account_undo_ms } else { 0 };
            return deleted_path(clock::server_now_ms() + undo_ms);
        }
        let comes_back = self.session.is_account() && reason != LOGOUT;
        let of = UserId::parse(&self.own_id).ok().filter(|_| comes_back);
        let back = of.zip(address).map(|(of, address)| ConversationAddress { of: Some(of), ..address });
        let query = back.map(|address| format!("&{}", address.query())).unwrap_or_default();
        let code = if reason == BANNED { "SESSION_BANNED" } else { "UNAUTHENTICATED" };
        format!("{SIGN_IN_PAGE}?error={code}{query}")
    }

    /// Handles the start of another page in this browser. Its message may be old, so the server is asked for the signed-in person until it
    /// answers.
    pub(super) fn another_page_began(&mut self, is_own: bool) {
        if is_own && !self.is_elsewhere {
            return;
        }
        let (caller, own_id) = (self.caller.clone(), self.own_id.clone());
        spawn_local(async move {
            loop {
                match fetch::who_is_here::<FreshSession>().await.map(|session| session.user) {
                    // The bar also changes when this person has come back.
                    Ok(Some(user)) if user.id != own_id || is_own => return caller.run(Self::somebody_else),
                    Ok(Some(_)) => return,
                    Err(error) if error.code == "UNAUTHENTICATED" => return,
                    Ok(None) | Err(_) => timer::wait(ASK_AGAIN_MS).await,
                }
            }
        });
    }

    /// Stops the page, because another person is signed in in this browser, and says so. Nothing is sent in the other person's name. Unsent
    /// messages and drafts stay stored for this person (`sign-in.md` 8).
    pub(super) fn somebody_else(&mut self) {
        if self.is_over {
            return;
        }
        if !self.is_elsewhere {
            self.is_elsewhere = true;
            fetch::stop();
            // Dialogs would cover the bar that says so.
            dom::close_dialogs();
            self.save_everything();
            self.notify_clients(Input::Close, PresenceInput::Close);
            self.session.renewal.set(Renewal::Nothing);
            self.session.somebody_else.set(Some(String::new()));
        }
        let session = self.session;
        spawn_local(async move {
            let here = fetch::who_is_here::<FreshSession>().await;
            let name = here.ok().and_then(|session| session.user).map(|user| user.display_name);
            session.somebody_else.try_set(Some(name.unwrap_or_default()));
        });
    }

    /// Signs out: the server ends the session, then the stored data is wiped (`sign-in.md` 2.1).
    pub fn sign_out(&mut self) {
        if self.is_elsewhere {
            // The request would sign the other person out.
            return device::go_to(HOME_PAGE);
        }
        if self.is_over || self.is_signing_out() {
            return;
        }
        if self.session.is_of_demo() {
            return self.leave_demo();
        }
        // Drafts continue on other devices.
        self.dispatch_draft_event(DraftEvent::Leave);
        self.signing_out = SignOutState::Asked;
        let own_id = self.own_id.clone();
        let call = move |csrf| end_session(csrf, own_id);
        self.ask_function(SignOut::PATH, call, |state, answer| state.sign_out_answered(answer.err()));
    }

    /// Returns `true` while the answer to a sign-out is pending; it decides the state of the session.
    pub(super) fn is_signing_out(&self) -> bool {
        self.signing_out != SignOutState::Not
    }

    /// Leaves once the session has ended. The page must not hide that the session still exists.
    fn sign_out_answered(&mut self, failure: Option<CallError>) {
        let before = std::mem::take(&mut self.signing_out);
        match failure.map(|error| error.code).as_deref() {
            None | Some("UNAUTHENTICATED") => self.leave_for_sign_in(),
            // The listener for this answer stops the page (`somebody_else`).
            Some(fetch::SESSION_CHANGED) => {}
            Some(_) if before == SignOutState::EndReceived => self.session_ended(LOGOUT),
            Some(_) => self.stay(),
        }
    }

    /// Reports that the server has not confirmed a sign-out. The page continues.
    fn stay(&mut self) {
        self.show_refusal(NOT_SIGNED_OUT, None);
        if self.renewing.is_lost {
            // The handling of the lost session was deferred until now.
            self.session_lost();
        }
        if self.session.renewal.get_untracked() != Renewal::Nothing {
            // The dialog lies in front of everything else.
            self.session.renewal_error.set(Some(CallError::of(NOT_SIGNED_OUT)));
        }
    }

    /// Leaves a demo. Its session exists in this tab only, which deletes it: without an answer the session expires unused.
    fn leave_demo(&mut self) {
        let (csrf, own_id) = (self.csrf.clone(), self.own_id.clone());
        self.leave(move || {
            spawn_local(async move {
                let _ = api::sign_out(csrf, own_id).await;
                device::go_to(SIGN_IN_PAGE);
            });
        });
    }

    /// Wipes the stored data and goes to the sign-in page, after the session has ended.
    pub(super) fn leave_for_sign_in(&mut self) {
        self.leave(|| device::go_to(SIGN_IN_PAGE));
    }

    pub(super) fn leave(&mut self, then: impl FnOnce() + 'static) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        dom::forget_rescued();
        // The boot state of a demo session is never stored: the stored one would belong to a signed-in person.
        if !self.session.is_of_demo() {
            cached_boot::forget_of(&self.own_id);
            storage::remove(screen_lock::KEY);
            spawn_local(push::say_here("", ""));
            notify::close_where(|_| true);
            badge::show(0);
        }
        if !self.session.is_account() {
            // The next person with this persona is another one. An account finds its list again on this device.
            forget_list(&self.own_id);
        }
        self.notify_clients(Input::Close, PresenceInput::Close);
        self.rooms.clear();
        self.persistence.wipe(then);
    }

    /// Counts down the last minute of a session.
    pub(super) fn show_ending(&mut self, now: Millis) {
        let left_s = self.ends_at.map(|at| seconds_left(now, at));
        if self.session.ending_in_s.get_untracked() != left_s {
            self.session.ending_in_s.set(left_s);
        }
    }

    // ---- Network

    /// Handles the device's report about the network.
    pub(super) fn network_changed(&mut self, is_up: bool) {
        if is_up {
            self.notify_clients(Input::NetworkUp, PresenceInput::NetworkUp);
        } else {
            self.notify_clients(Input::NetworkDown, PresenceInput::NetworkDown);
        }
    }

    /// Handles an answer of the server: there is a network, whatever the device reports.
    pub(super) fn reached(&mut self) {
        if self.is_offline() {
            self.notify_clients(Input::Reached, PresenceInput::Reached);
        }
    }

    /// Reconnects at once, because the person is active and a network may be there.
    pub(super) fn hurry(&mut self) {
        if self.is_offline() {
            self.notify_clients(Input::Hurry, PresenceInput::Hurry);
        }
    }

    fn is_offline(&self) -> bool {
        let rooms = self.rooms.iter().map(OpenRoom::connection);
        rooms.chain([self.presence.connection()]).any(|connection| connection == ConnectionState::Offline)
    }

    /// Reconnects after the device slept, or may have slept, because sockets may be dead.
    pub(super) fn woke(&mut self) {
        self.notify_clients(Input::Woke, PresenceInput::Woke);
    }

    pub(super) fn room_ids(&self) -> Vec<String> {
        self.rooms.iter().map(|open| open.id.clone()).collect()
    }

    /// Passes an input to the machines of all rooms, and one to that of presence.
    pub(super) fn notify_clients(&mut self, room_input: Input, presence_input: PresenceInput) {
        for room in self.room_ids() {
            self.room_input(&room, room_input.clone());
        }
        self.presence_input(presence_input);
    }

    /// Stores all pending changes, because the page may never run again.
    pub(super) fn save_everything(&mut self) {
        if self.is_over {
            return;
        }
        for room in self.room_ids() {
            self.finish_deletion(&room);
            self.save_room(&room);
        }
        self.dispatch_draft_event(DraftEvent::Leave);
    }
}

/// Removes what a person arranged in their list from this device: names, nicknames and people, and what was answered.
pub(super) fn forget_list(person: &str) {
    storage::remove(&key_of(person));
    storage::remove(&auto_reply::key_of(person));
}

#[cfg(test)]
mod tests {
    use protocol::people::draft::Draft;
    use protocol::words::principal::UserKind;

    use super::*;
    use crate::session::engine::on_page;
    use crate::store::toasts::ToastKind;

    /// Returns the kind of the newest toast.
    fn shown(state: &State) -> Option<ToastKind> {
        let newest = state.session.toasts.all.get_untracked().last().copied();
        newest.map(|handle| handle.toast.with_untracked(|toast| toast.kind.clone()))
    }

    fn refuse_sign_out(state: &mut State, code: &str) {
        state.signing_out = SignOutState::Asked;
        state.sign_out_answered(Some(CallError::of(code)));
    }

    #[test]
    fn a_sign_out_that_the_server_does_not_confirm_is_said_and_nothing_goes() {
        for code in ["NETWORK", "OVERLOADED", "INTERNAL", "CSRF"] {
            on_page(move |state| {
                let content = "half a thought".to_owned();
                state.persistence.save_draft(&Draft { room: "general".to_owned(), content, reply_to: None, at: 5 });
                refuse_sign_out(state, code);
                let not_signed_out = ToastKind::Refused { code: NOT_SIGNED_OUT.to_owned(), retry_after_s: None };
                assert_eq!(shown(state), Some(not_signed_out), "{code}");
                assert_eq!(state.persistence.draft("general").content, "half a thought", "{code}");
                assert!(!state.is_over && !state.is_signing_out(), "{code}: it can be tried again");
            });
        }
    }

    #[test]
    fn a_question_in_front_says_it_as_well() {
        on_page(|state| {
            state.session.renewal.set(Renewal::Ending);
            refuse_sign_out(state, "NETWORK");
            assert_eq!(state.session.renewal_error.get_untracked(), Some(CallError::of(NOT_SIGNED_OUT)));
            assert!(!state.is_over);
        });
    }

    #[test]
    fn that_somebody_else_is_signed_in_is_said_elsewhere() {
        on_page(|state| {
            refuse_sign_out(state, fetch::SESSION_CHANGED);
            assert_eq!(shown(state), None);
            assert!(!state.is_over);
        });
    }

    #[test]
    fn a_page_stays_when_its_person_signs_in_again_in_the_same_browser() {
        on_page(|state| {
            state.signed_out("replaced");
            state.connection_ended(CODE_UNAUTHENTICATED);
            assert!(!state.is_over);
        });
    }

    #[test]
    fn an_account_that_was_signed_out_elsewhere_is_led_back_to_its_address_and_nobody_else_is() {
        on_page(|state| {
            let path = |state: &State, reason: &str| {
                state.sign_in_path(reason, ConversationAddress::parse("room=general&m=7"))
            };
            let plain = "/sign-in?error=UNAUTHENTICATED";
            assert_eq!(path(state, "remote"), plain, "the next person with a persona is another one");
            assert_eq!(path(state, BANNED), "/sign-in?error=SESSION_BANNED");
            state.session.me.update(|me| me.kind = UserKind::User);
            assert_eq!(path(state, "remote"), format!("{plain}&room=general&m=7&of=user_1"));
            assert_eq!(state.sign_in_path("remote", None), plain);
            assert_eq!(path(state, LOGOUT), plain);
            let undo_ms = state.session.limits.account_undo_ms;
            assert_eq!(path(state, DELETED), format!("/sign-in?deleted={undo_ms}"), "the server's clock stands at 0");
        });
    }

    #[test]
    fn an_end_that_is_told_before_the_answer_waits_for_it_and_asks_nothing() {
        on_page(|state| {
            state.signing_out = SignOutState::Asked;
            state.signed_out("logout");
            state.connection_ended(CODE_UNAUTHENTICATED);
            assert_eq!(state.signing_out, SignOutState::EndReceived);
            assert_eq!(state.session.renewal.get_untracked(), Renewal::Nothing);
            assert!(!state.is_over);
        });
    }
}
