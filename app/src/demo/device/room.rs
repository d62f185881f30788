//! Demo room of this page: its state and the presenter's actions (`demo.md`). Members, scene and settings come over REST while the panel is
//! open; events of the log come as in any other room.

use std::collections::VecDeque;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::{Read, Value};
use protocol::words::event::Millis;

use crate::browser::ask::DemoSession;
use crate::browser::demo_credentials::DemoCredentials;
use crate::browser::{CallError, clock, device, fetch, timer};
use crate::i18n::{DemoTexts, t_string};
use crate::session::Session;

/// Pause between two requests for the state while the panel is visible.
const POLL_MS: u32 = 2_000;
/// After this time without events the page stops its requests, so that the room may hibernate …
const QUIET_MS: Millis = 10_000;
/// … for this time.
const LEFT_ALONE_MS: Millis = 30_000;

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct DemoMember {
        pub id: String = "id",
        pub display_name: String = "displayName",
        pub is_presenter: bool = "isPresenter" or false,
        pub is_scripted: bool = "isScripted" or false,
        pub is_here: bool = "isHere" or false,
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RunningScene {
        pub id: String = "id",
        pub at_ms: Millis = "atMs",
        pub length_ms: Millis = "lengthMs",
        pub speed_percent: u64 = "speedPercent",
        pub is_paused: bool = "isPaused" or false,
        pub is_over: bool = "isOver" or false,
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DemoRoomState {
        pub is_locked: bool = "isLocked",
        pub people: u64 = "people",
        pub cap: u64 = "cap",
        pub expires_at: Millis = "expiresAt",
        pub slow_ms: Millis = "slowMs",
        pub members: Vec<DemoMember> = "members",
        pub scene: Option<RunningScene> = "scene",
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Scene {
        pub id: String = "id",
        pub title: String = "title",
        pub language: String = "language" or String::new(),
        pub length_ms: Millis = "lengthMs" or 0,
        pub is_repeated: bool = "repeats" or false,
        pub cast: Vec<String> = "cast" or Vec::new(),
    }
}

/// The demo room of the page. Copy it into every closure.
#[derive(Clone, Copy)]
pub struct Demo {
    pub t: DemoTexts,
    pub joined: StoredValue<DemoSession>,
    credentials: StoredValue<DemoCredentials, LocalStorage>,
    /// Session of the messenger, once it has started.
    pub session: RwSignal<Option<Session>>,
    /// State of the room, once it has been loaded.
    pub state: RwSignal<Option<DemoRoomState>>,
    pub scenes: RwSignal<Vec<Scene>>,
    pub is_panel_open: RwSignal<bool>,
    /// Message that the panel shows.
    pub said: RwSignal<String>,
    /// Actions of the presenter without an answer yet, in order.
    acts: StoredValue<VecDeque<PresenterAction>>,
    /// Number of answered actions.
    acted: StoredValue<u32>,
}

/// Action of the presenter: a request below the room's address, and the message after its success.
#[derive(Clone, Debug)]
struct PresenterAction {
    method: &'static str,
    rest: &'static str,
    body: String,
    done: String,
}

impl Demo {
    pub fn new(t: DemoTexts, joined: &DemoSession, credentials: DemoCredentials) -> Self {
        Self {
            t,
            joined: StoredValue::new(joined.clone()),
            credentials: StoredValue::new_local(credentials),
            session: RwSignal::new(None),
            state: RwSignal::new(None),
            scenes: RwSignal::new(Vec::new()),
            is_panel_open: RwSignal::new(joined.is_presenter),
            said: RwSignal::new(String::new()),
            acts: StoredValue::new(VecDeque::new()),
            acted: StoredValue::new(0),
        }
    }

    /// Leaves the page, because the room has ended.
    pub fn leave(self) {
        self.credentials.with_value(|credentials| credentials.end(false));
    }

    pub fn ends_at(self) -> Millis {
        let known = self.state.with(|state| state.as_ref().map(|state| state.expires_at));
        known.unwrap_or_else(|| self.joined.with_value(|joined| joined.expires_at))
    }

    fn path(self, rest: &str) -> String {
        self.joined.with_value(|joined| format!("/demo/rooms/{}{rest}", joined.code))
    }

    /// Loads the state once, and then repeatedly while the panel is open and visible and the room is active.
    pub fn poll_state(self) {
        spawn_local(async move {
            let (mut is_first, mut last_observed, mut stirred_at, mut asked_at) = (true, None, 0, 0);
            loop {
                let Some(is_open) = self.is_panel_open.try_get_untracked() else { return };
                let (now, observed) = (clock::now_ms(), Some((is_open, self.observed())));
                if last_observed != observed {
                    (last_observed, stirred_at) = (observed, now);
                }
                let pause = if now < stirred_at + QUIET_MS || self.plays() { 0 } else { LEFT_ALONE_MS };
                if is_first || (is_open && device::is_visible() && now >= asked_at + pause) {
                    asked_at = now;
                    let acted = self.acted.try_get_value();
                    let answer = fetch::get::<Value>(&self.path("/state")).await;
                    if self.acted.try_get_value() != acted {
                        // An action was answered in between and is newer, so the state is asked for again soon.
                        asked_at = 0;
                    } else if let Ok(state) = answer {
                        is_first = false;
                        self.take(&state);
                    }
                }
                timer::wait(POLL_MS).await;
            }
        });
    }

    /// Returns the position in the log of the room, and the number of its participants.
    fn observed(self) -> Option<((u64, u64), usize)> {
        let session = self.session.try_get_untracked()??;
        let talk = session.current.try_get_untracked()??;
        Some((talk.reach.try_get_untracked()?, talk.people_here.try_get_untracked()?))
    }

    /// Returns `true` if a scene is running.
    fn plays(self) -> bool {
        let scene =
            self.state.try_with_untracked(|state| state.as_ref().and_then(|state| state.scene.clone())).flatten();
        scene.is_some_and(|scene| !scene.is_paused && !scene.is_over)
    }

    pub fn load_scenes(self) {
        spawn_local(async move {
            if let Ok(scenes) = fetch::get("/demo/scenes").await {
                let _ = self.scenes.try_set(scenes);
            }
        });
    }

    fn take(self, data: &Value) {
        let Some(state) = DemoRoomState::read(data) else { return };
        let is_new = self.state.try_with_untracked(|known| known.as_ref() != Some(&state)) == Some(true);
        if is_new {
            self.state.set(Some(state));
        }
    }

    /// Queues an action of the presenter behind earlier ones, and shows its result.
    pub fn act(self, method: &'static str, rest: &'static str, body: String, done: String) {
        self.said.set(String::new());
        let act = PresenterAction { method, rest, body, done };
        let waiting = self.acts.try_update_value(|acts| {
            acts.push_back(act);
            acts.len()
        });
        if waiting == Some(1) {
            spawn_local(self.act_in_turn());
        }
    }

    /// Requests may overtake each other on the network, so each action starts after the answer to the one before.
    async fn act_in_turn(self) {
        while let Some(PresenterAction { method, rest, body, done }) =
            self.acts.try_with_value(|acts| acts.front().cloned()).flatten()
        {
            let answer = fetch::call(method, &self.path(rest), "", Some(body)).await;
            let words = match answer {
                Ok(data) => {
                    self.take(&data);
                    done
                }
                Err(error) => self.refused(&error).to_owned(),
            };
            let _ = self.said.try_set(words);
            self.acts.try_update_value(VecDeque::pop_front);
            self.acted.try_update_value(|acted| *acted += 1);
        }
    }

    pub fn change(self, body: String) {
        self.act("PATCH", "", body, String::new());
    }

    /// Controls the scene; `body` has the members of the request.
    pub fn direct(self, body: String) {
        self.act("POST", "/scene", body, String::new());
    }

    pub fn reset(self) {
        let done = untrack(|| t_string!(self.t, demo.reset_done).to_owned());
        self.act("POST", "/reset", "{}".to_owned(), done);
    }

    fn refused(self, error: &CallError) -> &'static str {
        let t = self.t;
        untrack(|| match error.code.as_str() {
            "CONFLICT" => t_string!(t, demo.no_conflict),
            "PERSONA_TAKEN" => t_string!(t, demo.taken),
            "RATE_LIMITED" => t_string!(t, demo.too_fast),
            "NETWORK" => t_string!(t, demo.no_network),
            _ => t_string!(t, demo.failed),
        })
    }
}

#[cfg(test)]
mod tests {
    use protocol::codec::json;

    use super::*;

    #[test]
    fn what_the_contract_says_can_be_read() {
        let joined = r#"{"code":"ABC-234","roomId":"grp_a","sessionId":"s","expiresAt":5,"isPresenter":true,"user":{"id":"demo_a","displayName":
            "Presenter","avatarId":"av_guest","personalMessage":"","status":"online","kind":"guest"}}"#;
        assert!(json::read::<DemoSession>(joined).is_some_and(|joined| joined.is_presenter));
        let state = r#"{"code":"ABC-234","language":"en","name":"Demo","isLocked":false,"people":2,"cap":20,"expiresAt":9,"free":[],"roomId":"grp_a",
            "epoch":"e","slowMs":0,"members":[{"id":"act_1","displayName":"Jonas","avatarId":"av_01","isPresenter":false,"isScripted":true,
            "isHere":true}],"scene":null}"#;
        let state = json::read::<DemoRoomState>(state).unwrap();
        assert!(state.members[0].is_scripted && state.scene.is_none());
        let running = r#"{"id":"a","atMs":1,"lengthMs":2,"speedPercent":100,"isPaused":true,"isOver":false}"#;
        assert!(json::read::<RunningScene>(running).is_some_and(|running| running.is_paused));
        let all = r#"[{"id":"a","title":"A","language":"en","lengthMs":5,"repeats":true,"cast":["p1","p2"]}]"#;
        let all = json::read::<Vec<Scene>>(all).unwrap();
        assert_eq!(all.first().map(|scene| (scene.cast.len(), scene.is_repeated)), Some((2, true)));
    }
}
