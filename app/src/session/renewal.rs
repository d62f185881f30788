//! Renewal of the session without losing data (`sign-in.md` 2): open conversations stay on the page, unsent messages stay in the outbox,
//! and sockets reconnect with the new cookie.
//!
//! A remembered browser renews by itself; other people are asked to sign in again. Tabs take turns, because a refresh token is valid once.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::client::{Input, PresenceInput};
use protocol::codec::json::Value;
use protocol::words::event::Millis;
use protocol::words::principal::UserKind;

use super::Session;
use super::cached_boot;
use super::deferred_tasks::DeferredTask;
use super::ending::LOGOUT;
use super::engine::State;
use super::requests::EmptyObject;
use crate::browser::{CallError, clock, fetch, lock, people_check, timer};
use crate::store::renewal::{Renewal, SignInAgain};

const LOCK: &str = "cfm-session";
/// Reason of a session that a remembered browser replaced (`signed_out.reason`).
const REFRESHED: &str = "refreshed";
/// Reason of a session whose person has signed in again in the same browser (`account.md` 6.4).
const REPLACED: &str = "replaced";
/// Number of times that the server is asked for the session that took the place of this one …
const FOLLOW_TRIES: u32 = 6;
/// … and the pause between two questions.
const FOLLOW_AGAIN_MS: u32 = 500;
/// Reasons that the person did not choose: the same person may continue on this page.
const INVOLUNTARY: [&str; 3] = [REFRESHED, "expired", "reuse"];

/// State of a renewal between two jobs.
#[derive(Default)]
pub(super) struct RenewalState {
    /// A request for more time, or a sign-in, is pending.
    pub(super) is_running: bool,
    /// The person signs in again, rather than the page renewing by itself.
    pub(super) is_signing_in: bool,
    /// The session has ended: sockets wait for another one.
    pub(super) is_lost: bool,
    /// Time of the last request for more time.
    pub(super) asked_at: Millis,
    /// Latest end that the server has reported, by its clock.
    pub(super) expires_at: Millis,
}

protocol::record! {
    pub(super) struct SessionUser {
        pub id: String = "id",
        pub display_name: String = "displayName",
    }
}

protocol::record! {
    /// Session in the server's answer.
    pub(super) struct FreshSession {
        pub csrf_token: String = "csrfToken",
        /// Signed-in person; `None` if the server only extends the session.
        pub user: Option<SessionUser> = "user",
    }
}

protocol::record! {
    struct SignInRequest {
        user_id: Option<String> = "userId",
        email: Option<String> = "email",
        password: Option<String> = "password",
        code: Option<String> = "code",
        token: String = "token",
        remember: bool = "remember",
        takeover: bool = "takeover",
        status: String = "status",
    }
}

impl Session {
    /// Returns the token of the check in the open form, which says that a person acts.
    pub fn check_token(self) -> String {
        match self.sign_in_check.with_value(|check| check.site_key.is_some()) {
            true => people_check::answer(),
            false => "dev".to_owned(),
        }
    }
}

/// Requests more time, or the next session of a remembered browser. `csrf` may belong to an earlier session.
pub async fn ask(csrf: String) -> Result<(String, Option<String>), CallError> {
    let work = async move {
        let refreshed = fetch::post::<FreshSession>("/api/auth/refresh", &csrf, &EmptyObject {}).await;
        let fresh = match refreshed {
            // Another tab was faster: the cookie belongs to a newer session.
            Err(error) if error.code == "CSRF" => fetch::get::<FreshSession>("/api/auth/me").await,
            other => other,
        };
        fresh.map(|fresh| (fresh.csrf_token, fresh.user.map(|user| user.id)))
    };
    lock::alone(LOCK, work).await.unwrap_or_else(|| Err(CallError::network()))
}

impl State {
    /// Handles an extended session. The browser must extend its cookie as well, or the cookie expires.
    pub(super) fn session_slid(&mut self, expires_at: Millis) {
        // An end that cannot be extended is reported repeatedly, and does not revert an extension.
        if expires_at > self.renewing.expires_at {
            self.renewing.expires_at = expires_at;
            self.ends_at = None;
            if self.session.renewal.get_untracked() == Renewal::Ending {
                self.session.renewal.set(Renewal::Nothing);
            }
        }
        if clock::now_ms() >= self.renewing.asked_at + self.session.cookie_ms.get_value() / 4 {
            self.run_or_defer(DeferredTask::Renew);
        }
    }

    /// Handles a session that ends soon and cannot be extended.
    pub(super) fn session_ending(&mut self, expires_in_ms: Millis) {
        let is_new = self.ends_at.is_none();
        self.ends_at = Some(clock::now_ms() + expires_in_ms);
        if is_new {
            self.run_or_defer(DeferredTask::Renew);
        }
    }

    /// Handles the server's reason for the end of the session.
    pub(super) fn signed_out(&mut self, reason: &str) {
        match reason {
            reason if INVOLUNTARY.contains(&reason) => self.session_lost(),
            // A persona that signs in again here has ended its own session first, and the server ends that of an account.
            LOGOUT | REPLACED if self.renewing.is_signing_in => self.renewing.is_lost = true,
            REPLACED => self.run_or_defer(DeferredTask::Follow),
            _ => self.session_ended(reason),
        }
    }

    /// Handles a session that ended without the person's choice.
    pub(super) fn session_lost(&mut self) {
        if self.is_over || self.is_elsewhere || self.session.renewal.get_untracked() == Renewal::Ended {
            return;
        }
        self.renewing.is_lost = true;
        // A person who is signing out is not asked to sign in: the answer to the sign-out decides.
        if !self.is_signing_out() {
            self.run_or_defer(DeferredTask::Renew);
        }
    }

    pub(super) fn renew(&mut self) {
        if self.is_over || self.is_elsewhere || self.renewing.is_running {
            return;
        }
        self.renewing.is_running = true;
        self.renewing.asked_at = clock::now_ms();
        let (csrf, caller) = (self.csrf.clone(), self.caller.clone());
        spawn_local(async move {
            let answer = ask(csrf).await;
            caller.run(move |state| state.renewed(answer));
        });
    }

    /// Goes on in the session that took the place of this one, because the same person has signed in again in this browser. The cookie of
    /// that session may arrive after the report. Until then the server is only asked who is here: a refresh with the old cookies would make
    /// it take the new ones away.
    pub(super) fn follow(&mut self) {
        self.renewing.is_lost = true;
        if self.is_over || self.is_elsewhere || self.is_signing_out() || self.renewing.is_running {
            return;
        }
        self.renewing.is_running = true;
        self.renewing.asked_at = clock::now_ms();
        let caller = self.caller.clone();
        spawn_local(async move {
            let mut answer = fetch::who_is_here::<FreshSession>().await;
            for _ in 1..FOLLOW_TRIES {
                if answer.is_ok() {
                    break;
                }
                timer::wait(FOLLOW_AGAIN_MS).await;
                answer = fetch::who_is_here::<FreshSession>().await;
            }
            let answer = answer.map(|fresh| (fresh.csrf_token, fresh.user.map(|user| user.id)));
            caller.run(move |state| state.renewed(answer));
        });
    }

    fn renewed(&mut self, answer: Result<(String, Option<String>), CallError>) {
        self.renewing.is_running = false;
        match answer {
            Ok((csrf, user)) => self.go_on(csrf, user),
            Err(_) if self.is_signing_out() => self.renewing.asked_at = 0,
            Err(error) if self.renewing.is_lost || error.code == "UNAUTHENTICATED" => self.ask_person(Renewal::Ended),
            // The server is unreachable: nothing is lost yet, and the next report tries again.
            Err(_) => self.renewing.asked_at = 0,
        }
    }

    /// Continues in the session of this CSRF token.
    fn go_on(&mut self, csrf: String, user: Option<String>) {
        if self.is_elsewhere {
            return;
        }
        if user.is_some_and(|user| user != self.own_id) {
            return self.somebody_else();
        }
        let is_same = csrf == self.csrf && !self.renewing.is_lost;
        if is_same {
            if self.ends_at.is_some() {
                self.ask_person(Renewal::Ending);
            }
            return;
        }
        self.renewing.is_lost = false;
        self.renewing.expires_at = 0;
        self.ends_at = None;
        self.session.ending_in_s.set(None);
        self.session.renewal.set(Renewal::Nothing);
        self.session.csrf.set_value(csrf.clone());
        self.persistence.rebind(self.session.me.with_untracked(|me| me.kind), &csrf);
        cached_boot::go_on(&self.own_id, &csrf);
        self.csrf = csrf;
        self.notify_clients(Input::Close, PresenceInput::Close);
        self.notify_clients(Input::Open, PresenceInput::Open);
    }

    pub(super) fn ask_person(&mut self, what: Renewal) {
        if self.is_elsewhere {
            return;
        }
        self.session.renewal_error.set(None);
        self.session.renewal.set(what);
    }

    // ---- Actions of the person

    /// Dismisses the dialog; the session expires.
    pub fn renew_later(&mut self) {
        if self.session.renewal.get_untracked() != Renewal::Ended {
            self.session.renewal.set(Renewal::Nothing);
        }
    }

    /// Signs in from the open page, as the same person.
    pub fn sign_in_again(&mut self, form: SignInAgain) {
        if self.is_over || self.is_elsewhere || self.renewing.is_running {
            return;
        }
        self.renewing.is_running = true;
        self.renewing.is_signing_in = true;
        self.session.renewal_error.set(None);
        let (kind, status) = self.session.me.with_untracked(|me| (me.kind, me.status.as_str().to_owned()));
        let is_persona = kind == UserKind::Persona;
        let given = |text: String| Some(text).filter(|_| !is_persona);
        let again = SignInRequest {
            user_id: is_persona.then(|| self.own_id.clone()),
            email: given(form.email),
            password: given(form.password),
            code: given(form.code).filter(|code| !code.is_empty()),
            token: form.token,
            remember: form.remember,
            takeover: is_persona,
            status,
        };
        // A persona has one session: the ending one makes room for the next.
        let ends_first = is_persona && !self.renewing.is_lost;
        let (csrf, caller) = (self.csrf.clone(), self.caller.clone());
        spawn_local(async move {
            let work = async move {
                if ends_first {
                    // If this fails, the sign-in fails too and reports the reason.
                    let _ = fetch::post::<Value>("/api/auth/logout", &csrf, &EmptyObject {}).await;
                }
                fetch::post::<FreshSession>("/api/auth/login", "", &again).await
            };
            let answer = lock::alone(LOCK, work).await.unwrap_or_else(|| Err(CallError::network()));
            caller.run(move |state| state.signed_in_again(answer));
        });
    }

    fn signed_in_again(&mut self, answer: Result<FreshSession, CallError>) {
        self.renewing.is_running = false;
        self.renewing.is_signing_in = false;
        match answer {
            Ok(fresh) => {
                let user = fresh.user.map(|user| user.id);
                let is_own = user.as_ref() == Some(&self.own_id);
                self.go_on(fresh.csrf_token, user);
                if is_own {
                    self.session.unlock();
                }
            }
            Err(error) => {
                if self.renewing.is_lost {
                    self.session.renewal.set(Renewal::Ended);
                }
                self.session.renewal_error.set(Some(error));
                people_check::renew();
            }
        }
    }
}
