//! Progress of a run of a scene.

use serde::{Deserialize, Serialize};

use super::{Action, Scene};
use crate::words::event::Millis;
use crate::words::limits::{SCENE_LATE_MS_MAX, SCENE_SPEED_PERCENT_MAX, SCENE_SPEED_PERCENT_MIN};
use crate::words::named_id::named_id;
use crate::words::refusal::Refusal;

/// Our namespace of what scenes do.
const NAMESPACE: [u8; 16] =
    [0xc1, 0x47, 0x9b, 0x02, 0x6f, 0x3d, 0x4e, 0x88, 0xb5, 0x10, 0x93, 0x2a, 0xde, 0x74, 0x0c, 0x5f];

/// Run of a scene: plain data, which the player stores with the events.
///
/// A clock that stands still or goes back plays nothing twice and nothing too early.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Distinguishes this run from all others: ids of its cues are derived from it.
    id: String,
    /// Number of times the scene was over and began again.
    round: u64,
    /// Position of the next step in the list.
    next: usize,
    /// Progress of the scene at `since`, in its own time.
    scene_ms: Millis,
    /// Time since which it runs; `None` while it is paused.
    since: Option<Millis>,
    speed_percent: u64,
}

/// Something that is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue<'a> {
    /// The id of the event, if it becomes one. The same for every try.
    pub id: String,
    pub persona: &'a str,
    pub action: &'a Action,
    pub text: Option<&'a str>,
    /// The id of what is answered, or reacted to.
    pub about: Option<String>,
}

impl Run {
    /// Begins a run. `id` is one that no other run has.
    pub fn begin(id: &str, now: Millis) -> Self {
        Self { id: id.to_owned(), round: 0, next: 0, scene_ms: 0, since: Some(now), speed_percent: 100 }
    }

    /// Returns how far the scene is, in its own time.
    pub fn at_ms(&self, now: Millis) -> Millis {
        let passed = self.since.map_or(0, |since| now.saturating_sub(since));
        self.scene_ms.saturating_add(passed.saturating_mul(self.speed_percent) / 100)
    }

    pub fn is_paused(&self) -> bool {
        self.since.is_none()
    }

    pub fn speed_percent(&self) -> u64 {
        self.speed_percent
    }

    pub fn is_over(&self, scene: &Scene) -> bool {
        !scene.repeats && self.next >= scene.steps.len()
    }

    pub fn pause(&mut self, now: Millis) {
        self.scene_ms = self.at_ms(now);
        self.since = None;
    }

    pub fn go_on(&mut self, now: Millis) {
        self.scene_ms = self.at_ms(now);
        self.since = Some(now);
    }

    /// Lets its time go faster or slower from now on.
    /// Errors: `VALIDATION` on `speed` below half or above four times the normal speed.
    pub fn set_speed(&mut self, percent: u64, now: Millis) -> Result<(), Refusal> {
        if !(SCENE_SPEED_PERCENT_MIN..=SCENE_SPEED_PERCENT_MAX).contains(&percent) {
            let message = "A scene is played at 50 to 400 per cent of its speed.";
            return Err(Refusal::validation("speed", message));
        }
        self.scene_ms = self.at_ms(now);
        self.since = self.since.map(|_| now);
        self.speed_percent = percent;
        Ok(())
    }

    /// Plays the next step, whenever it would be due, and pauses.
    pub fn step<'a>(&mut self, scene: &'a Scene, now: Millis) -> Option<Cue<'a>> {
        self.pause(now);
        if self.next >= scene.steps.len() && scene.repeats {
            self.begin_again();
        }
        let at = scene.steps.get(self.next)?.at_ms;
        self.scene_ms = self.scene_ms.max(at);
        self.take(scene)
    }

    /// Returns the steps that are due, in order. A step whose time passed long ago, while nobody could play it, is played now, and the scene
    /// goes on from there. No step is skipped, and later steps keep their distances.
    pub fn due<'a>(&mut self, scene: &'a Scene, now: Millis) -> Vec<Cue<'a>> {
        if self.is_paused() || self.is_over(scene) {
            return Vec::new();
        }
        if let Some(next) = self.next_ms(scene)
            && self.at_ms(now) > next.saturating_add(SCENE_LATE_MS_MAX)
        {
            (self.scene_ms, self.since) = (next, Some(now));
        }
        let mut cues = Vec::new();
        loop {
            let at_ms = self.at_ms(now);
            if self.next >= scene.steps.len() {
                if !scene.repeats || at_ms < scene.length_ms {
                    break;
                }
                (self.scene_ms, self.since) = (at_ms - scene.length_ms, Some(now));
                self.begin_round();
            } else if scene.steps[self.next].at_ms > at_ms {
                break;
            } else {
                cues.extend(self.take(scene));
            }
        }
        cues
    }

    /// Returns the time at which something is due again, as long as nothing changes.
    pub fn due_at(&self, scene: &Scene) -> Option<Millis> {
        let since = self.since?;
        let left = self.next_ms(scene)?.saturating_sub(self.scene_ms);
        Some(since.saturating_add(left.saturating_mul(100).div_ceil(self.speed_percent)))
    }

    /// Returns the time of the next thing, in the scene's own time.
    fn next_ms(&self, scene: &Scene) -> Option<Millis> {
        match scene.steps.get(self.next) {
            Some(step) => Some(step.at_ms),
            None if scene.repeats => Some(scene.length_ms),
            None => None,
        }
    }

    fn begin_again(&mut self) {
        self.scene_ms = 0;
        self.begin_round();
    }

    fn begin_round(&mut self) {
        self.round += 1;
        self.next = 0;
    }

    fn take<'a>(&mut self, scene: &'a Scene) -> Option<Cue<'a>> {
        let (at, step) = (self.next, scene.steps.get(self.next)?);
        self.next += 1;
        let (text, about) = match &step.action {
            Action::Say { texts, reply_to } => {
                let chosen = chance(scene.seed, self.round, at) % texts.len().max(1) as u64;
                (texts.get(chosen as usize).map(String::as_str), *reply_to)
            }
            Action::React { to, .. } => (None, Some(*to)),
            _ => (None, None),
        };
        let about = about.map(|at| self.id_of(at));
        Some(Cue { id: self.id_of(at), persona: &step.persona, action: &step.action, text, about })
    }

    fn id_of(&self, at: usize) -> String {
        named_id(&NAMESPACE, &format!("{} {} {at}", self.id, self.round))
    }
}

/// Returns a pseudo-random number that depends on these three values alone.
fn chance(seed: u64, round: u64, at: usize) -> u64 {
    let digest = named_id(&NAMESPACE, &format!("{seed} {round} {at}"));
    u64::from_str_radix(&digest[..8], 16).unwrap_or_default()
}
