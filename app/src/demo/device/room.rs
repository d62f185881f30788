//! The demo room of this page: what the page knows of it and what it asks of it (`demo.md`). Its members, the scene and what the presenter
//! decided come by REST, while somebody looks at them; what is said in it comes as in any other room.

use std::collections::VecDeque;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::{self, Read, Value};
use protocol::words::event::Millis;

use crate::boot::BootUser;
use crate::browser::demo_credentials::DemoCredentials;
use crate::browser::{CallError, clock, device, fetch, timer};
use crate::i18n::{DemoTexts, t_string};
use crate::session::Session;

/// Pause between two questions for the state while somebody looks at it.
const POLL_MS: u32 = 2_000;
/// After so much silence the room is left alone, so that it may fall asleep …
const QUIET_MS: Millis = 10_000;
/// … for so long.
const LEFT_ALONE_MS: Millis = 30_000;

/// Answer to somebody who came into the room.
#[derive(Clone, Debug)]
pub struct DemoSession {
    pub code: String,
    pub room_id: String,
    pub session_id: String,
    pub expires_at: Millis,
    pub user: BootUser,
    pub is_presenter: bool,
}

protocol::record!(DemoSession {
    code = "code",
    room_id = "roomId",
    session_id = "sessionId",
    expires_at = "expiresAt",
    user = "user",
    is_presenter = "isPresenter",
});

/// Somebody in the room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DemoMember {
    pub id: String,
    pub display_name: String,
    pub is_presenter: bool,
    pub is_scripted: bool,
    pub is_here: bool,
}

protocol::record!(DemoMember {
    id = "id",
    display_name = "displayName",
    is_presenter = "isPresenter" or false,
    is_scripted = "isScripted" or false,
    is_here = "isHere" or false,
});

/// A scene that is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningScene {
    pub id: String,
    pub at_ms: Millis,
    pub length_ms: Millis,
    pub speed_percent: u64,
    pub is_paused: bool,
    pub is_over: bool,
}

protocol::record!(RunningScene {
    id = "id",
    at_ms = "atMs",
    length_ms = "lengthMs",
    speed_percent = "speedPercent",
    is_paused = "isPaused" or false,
    is_over = "isOver" or false,
});

/// The room, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoRoomState {
    pub is_locked: bool,
    pub people: u64,
    pub cap: u64,
    pub expires_at: Millis,
    pub slow_ms: Millis,
    pub members: Vec<DemoMember>,
    pub scene: Option<RunningScene>,
}

protocol::record!(DemoRoomState {
    is_locked = "isLocked",
    people = "people",
    cap = "cap",
    expires_at = "expiresAt",
    slow_ms = "slowMs",
    members = "members",
    scene = "scene",
});

/// A scene that can be played.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scene {
    pub id: String,
    pub title: String,
    pub language: String,
    pub length_ms: Millis,
    pub is_repeated: bool,
    pub cast: usize,
}

/// The scenes of an answer.
fn scenes(data: &Value) -> Vec<Scene> {
    let one = |item: &Value| {
        Some(Scene {
            id: json::member(item, "id")?,
            title: json::member(item, "title")?,
            language: json::member(item, "language").unwrap_or_default(),
            length_ms: json::member(item, "lengthMs").unwrap_or_default(),
            is_repeated: matches!(item.get("repeats"), Some(Value::Bool(true))),
            cast: item.get("cast").and_then(Value::as_array).map_or(0, |cast| cast.len()),
        })
    };
    data.as_array().into_iter().flatten().filter_map(one).collect()
}

/// The page's one demo room. Copy it into every closure.
#[derive(Clone, Copy)]
pub struct Demo {
    pub t: DemoTexts,
    pub joined: StoredValue<DemoSession>,
    /// Its way to the server.
    credentials: StoredValue<DemoCredentials, LocalStorage>,
    /// The messenger's session, once it lives.
    pub session: RwSignal<Option<Session>>,
    /// The room, once it was asked for.
    pub state: RwSignal<Option<DemoRoomState>>,
    /// Scenes that can be played.
    pub scenes: RwSignal<Vec<Scene>>,
    /// The presenter's panel is open.
    pub is_panel_open: RwSignal<bool>,
    /// Message that the panel shows.
    pub said: RwSignal<String>,
    /// Presses of the presenter that have no answer yet, in their order.
    acts: StoredValue<VecDeque<PresenterAction>>,
    /// Number of those that were answered.
    acted: StoredValue<u32>,
}

/// One thing that the presenter wants: a call below the room's address, and what to say when it is done.
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

    /// The room is over for whoever is here.
    pub fn leave(self) {
        self.credentials.with_value(|credentials| credentials.end(false));
    }

    /// When all of it is gone.
    pub fn ends_at(self) -> Millis {
        let known = self.state.with(|state| state.as_ref().map(|state| state.expires_at));
        known.unwrap_or_else(|| self.joined.with_value(|joined| joined.expires_at))
    }

    fn path(self, rest: &str) -> String {
        self.joined.with_value(|joined| format!("/demo/rooms/{}{rest}", joined.code))
    }

    /// Asks for the state, once, and then again and again while the panel is open and in view and something happens.
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

    /// Returns how far the log of the room reaches here, and the number of its participants.
    fn observed(self) -> Option<((u64, u64), usize)> {
        let session = self.session.try_get_untracked()??;
        let talk = session.current.try_get_untracked()??;
        Some((talk.reach.try_get_untracked()?, talk.participants.try_with_untracked(Vec::len)?))
    }

    /// Returns `true` if a scene is going on.
    fn plays(self) -> bool {
        let scene =
            self.state.try_with_untracked(|state| state.as_ref().and_then(|state| state.scene.clone())).flatten();
        scene.is_some_and(|scene| !scene.is_paused && !scene.is_over)
    }

    /// Asks what can be played.
    pub fn load_scenes(self) {
        spawn_local(async move {
            if let Ok(data) = fetch::get::<Value>("/demo/scenes").await {
                let _ = self.scenes.try_set(scenes(&data));
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

    /// Does what the presenter wants, after all that was wanted before, and says what came of it.
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

    /// Two calls may overtake each other on their way: the next one begins when the one before is answered.
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

    /// Changes what the presenter decides.
    pub fn change(self, body: String) {
        self.act("PATCH", "", body, String::new());
    }

    /// Does something about the scene; `body` are the members of it.
    pub fn direct(self, body: String) {
        self.act("POST", "/scene", body, String::new());
    }

    /// Begins anew.
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
        let all =
            Value::parse(r#"[{"id":"a","title":"A","language":"en","lengthMs":5,"repeats":true,"cast":["p1","p2"]}]"#)
                .unwrap();
        assert_eq!(scenes(&all).first().map(|scene| (scene.cast, scene.is_repeated)), Some((2, true)));
    }
}
