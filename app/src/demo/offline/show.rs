//! The running scene: its choice, its progress, and its controls.

use protocol::machines::scene::{Action, Run, Scene, catalogue};
use protocol::words::event::Millis;
use protocol::words::limits::{SCENE_SPEED_PERCENT_MAX, SCENE_SPEED_PERCENT_MIN};

/// Speeds that can be chosen, in percent.
pub const SPEEDS: [u64; 4] = [SCENE_SPEED_PERCENT_MIN, 100, 200, SCENE_SPEED_PERCENT_MAX];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShowState {
    /// Index of the scene in [`crate::demo::offline::OfflineWorld::titles`].
    pub scene: usize,
    pub is_paused: bool,
    /// The scene has no more acts.
    pub is_over: bool,
    /// Percentage of the normal speed.
    pub speed_percent: u64,
}

/// Act of a persona that is due now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DueAct {
    pub(super) id: String,
    pub(super) persona: String,
    pub(super) action: Action,
    pub(super) text: Option<String>,
    pub(super) about: Option<String>,
}

/// Course of the scene, see the module's description.
pub(super) struct Show {
    pub(super) scenes: Vec<Scene>,
    at: usize,
    run: Run,
    runs: u32,
}

impl Show {
    /// Starts the first scene of a language. `None` if the language has none.
    pub(super) fn begin(language: &str, now: Millis) -> Option<Self> {
        let mut scenes = catalogue().unwrap_or_default();
        scenes.retain(|scene| scene.language == language);
        (!scenes.is_empty()).then(|| Self { scenes, at: 0, run: Run::begin("offline 0", now), runs: 0 })
    }

    pub(super) fn scene(&self) -> &Scene {
        &self.scenes[self.at]
    }

    /// Starts a scene by its index, at the present speed.
    pub(super) fn play(&mut self, at: usize, now: Millis) {
        self.at = at.min(self.scenes.len() - 1);
        self.runs += 1;
        let speed = self.run.speed_percent();
        // Each run has new ids for its messages.
        self.run = Run::begin(&format!("offline {}", self.runs), now);
        let _ = self.run.set_speed(speed, now);
    }

    pub(super) fn restart(&mut self, now: Millis) {
        self.play(self.at, now);
    }

    /// Pauses or resumes the scene; an ended scene starts again.
    pub(super) fn pause_or_go_on(&mut self, now: Millis) -> bool {
        if self.run.is_over(self.scene()) {
            return true;
        }
        if self.run.is_paused() {
            self.run.go_on(now)
        } else {
            self.run.pause(now)
        }
        false
    }

    pub(super) fn set_speed(&mut self, percent: u64, now: Millis) {
        // The bar offers allowed speeds only. Another one changes nothing.
        let _ = self.run.set_speed(percent, now);
    }

    pub(super) fn step(&mut self, now: Millis) -> Option<DueAct> {
        let scene = &self.scenes[self.at];
        self.run.step(scene, now).map(done)
    }

    pub(super) fn due(&mut self, now: Millis) -> Vec<DueAct> {
        let scene = &self.scenes[self.at];
        self.run.due(scene, now).into_iter().map(done).collect()
    }

    pub(super) fn due_at(&self) -> Option<Millis> {
        self.run.due_at(self.scene())
    }

    /// Scales a time of the scene to the speed at which it is played.
    pub(super) fn lasting(&self, ms: Millis) -> Millis {
        ms * 100 / self.run.speed_percent().max(1)
    }

    pub(super) fn shown(&self) -> ShowState {
        ShowState {
            scene: self.at,
            is_paused: self.run.is_paused(),
            is_over: self.run.is_over(self.scene()),
            speed_percent: self.run.speed_percent(),
        }
    }
}

fn done(cue: protocol::machines::scene::Cue<'_>) -> DueAct {
    DueAct {
        id: cue.id,
        persona: cue.persona.to_owned(),
        action: cue.action.clone(),
        text: cue.text.map(str::to_owned),
        about: cue.about,
    }
}
