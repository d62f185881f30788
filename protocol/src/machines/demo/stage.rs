//! Stage of a demo room: characters of a scene, their appearance, and the next steps. It decides about actions, and the room carries them
//! out.

use serde::{Deserialize, Serialize};

use super::Demo;
use crate::machines::scene::{self, Action, Cue, Run, Scene};
use crate::words::event::Millis;
use crate::words::limits::{DEMO_TYPING_EVERY_MS, DEMO_UNSEEN_MS};
use crate::words::personas::{self, Persona};
use crate::words::refusal::Refusal;
use crate::words::status::Status;
use crate::words::winks::{self, Wink};

/// Character whom a scene has brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptedPersona {
    pub persona: String,
    pub status: Status,
    /// Time until which the character has no network; 0: they have one.
    #[serde(default)]
    pub away_until: Millis,
    /// Time until which the character writes; 0: they do not.
    #[serde(default)]
    pub typing_until: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayingScene {
    pub scene: String,
    pub run: Run,
}

/// Action of the presenter on scenes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SceneAct {
    /// Plays this scene from its beginning, in place of the present one.
    Play(String),
    Pause,
    GoOn,
    /// Plays the next step and stands still.
    Step,
    /// Ends it; its characters stay.
    Stop,
    /// Lets it go at so many per cent of its speed.
    Speed(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CastAction {
    pub persona: &'static Persona,
    pub done: CastActionKind,
}

/// Kind of a [`CastAction`], with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CastActionKind {
    Comes,
    /// Appears with this status; `None`: invisible.
    Shows(Option<Status>),
    /// Types, or continues to.
    Types,
    /// Types no more.
    Rests,
    /// Sends a message with this id, in reply to another one.
    Says(String, String, Option<String>),
    /// Shakes the others' windows, as the event with this id.
    Nudges(String),
    /// Sends this wink, as the event with this id.
    Winks(String, &'static Wink),
    /// Reacts, as the event with this id, to another event.
    Reacts(String, String, String),
}

/// Returns the user id of a character of a scene.
pub fn scripted_id(persona: &str) -> String {
    format!("act_{}", persona.trim_start_matches("user_"))
}

/// The character with this user id, if scenes move them.
pub fn actor_of(user: &str) -> Option<&'static Persona> {
    personas::find(&format!("user_{}", user.strip_prefix("act_")?))
}

impl Demo {
    pub fn scripted(&self) -> &[ScriptedPersona] {
        &self.scripted
    }

    pub fn playing(&self) -> Option<(&PlayingScene, &'static Scene)> {
        let playing = self.playing.as_ref()?;
        Some((playing, scene::find(&playing.scene)?))
    }

    pub(super) fn plays(&self, persona: &str) -> bool {
        let in_cast = || self.playing().is_some_and(|(_, scene)| scene.cast.iter().any(|id| id == persona));
        self.scripted.iter().any(|one| one.persona == persona) || in_cast()
    }

    /// Carries out an action of the presenter on scenes. `run` is an id that no other run has.
    /// Errors: `NOT_FOUND`: no such scene. `PERSONA_TAKEN`: a visitor plays one of its characters. `CONFLICT`: no scene is played.
    /// `VALIDATION` on an invalid speed.
    pub fn direct(&mut self, act: &SceneAct, run: &str, now: Millis) -> Result<Vec<CastAction>, Refusal> {
        if let SceneAct::Play(id) = act {
            let scene = scene::find(id).ok_or(Refusal::NotFound)?;
            if scene.cast.iter().any(|persona| self.is_somebody(persona)) {
                return Err(Refusal::PersonaTaken);
            }
            let mut deeds = self.let_go(|persona| !scene.cast.iter().any(|id| id == persona));
            self.playing = Some(PlayingScene { scene: id.clone(), run: Run::begin(run, now) });
            deeds.extend(self.due(now));
            return Ok(deeds);
        }
        let playing = self.playing.as_mut().ok_or(Refusal::Conflict)?;
        match act {
            SceneAct::Pause => playing.run.pause(now),
            SceneAct::GoOn => playing.run.go_on(now),
            SceneAct::Speed(percent) => playing.run.set_speed(*percent, now)?,
            SceneAct::Step => {
                let scene = scene::find(&playing.scene).ok_or(Refusal::NotFound)?;
                let cue = playing.run.step(scene, now);
                return Ok(cue.into_iter().flat_map(|cue| self.deeds_of(&cue, now)).collect());
            }
            SceneAct::Stop => self.playing = None,
            SceneAct::Play(_) => {}
        }
        Ok(Vec::new())
    }

    /// Removes every character for whom `is_over` returns `true`.
    fn let_go(&mut self, is_over: impl Fn(&str) -> bool) -> Vec<CastAction> {
        let (over, stay) = std::mem::take(&mut self.scripted).into_iter().partition(|one| is_over(&one.persona));
        self.scripted = stay;
        let over: Vec<ScriptedPersona> = over;
        over.iter().filter_map(|one| deed(&one.persona, CastActionKind::Shows(None))).collect()
    }

    pub fn clear_stage(&mut self) -> Vec<CastAction> {
        self.playing = None;
        self.let_go(|_| true)
    }

    /// Pauses a scene that nobody was here to see for a while, until its presenter resumes it.
    pub fn rest(&mut self, now: Millis) {
        let is_unseen = self.people.iter().all(|lease| lease.seen_at + DEMO_UNSEEN_MS <= now);
        if let Some(playing) = self.playing.as_mut().filter(|_| is_unseen) {
            playing.run.pause(now);
        }
    }

    /// Returns what is to be done by now, in order.
    pub fn due(&mut self, now: Millis) -> Vec<CastAction> {
        let mut deeds = self.passing(now);
        let Some(playing) = self.playing.as_mut() else { return deeds };
        let Some(scene) = scene::find(&playing.scene) else {
            self.playing = None;
            return deeds;
        };
        let cues = playing.run.due(scene, now);
        for cue in &cues {
            deeds.extend(self.deeds_of(cue, now));
        }
        deeds
    }

    /// Returns the actions that end, or continue, earlier ones now.
    fn passing(&mut self, now: Millis) -> Vec<CastAction> {
        let mut deeds = Vec::new();
        for one in &mut self.scripted {
            if one.away_until > 0 && one.away_until <= now {
                one.away_until = 0;
                deeds.extend(deed(&one.persona, CastActionKind::Shows(Some(one.status))));
            }
            if one.typing_until > 0 {
                let is_over = one.typing_until <= now;
                one.typing_until = if is_over { 0 } else { one.typing_until };
                deeds.extend(deed(&one.persona, if is_over { CastActionKind::Rests } else { CastActionKind::Types }));
            }
        }
        deeds
    }

    fn deeds_of(&mut self, cue: &Cue<'_>, now: Millis) -> Vec<CastAction> {
        let said_about = || cue.about.clone();
        let known = self.scripted.iter_mut().find(|one| one.persona == cue.persona);
        let done = match (cue.action, known) {
            (Action::Join, Some(one)) => {
                one.away_until = 0;
                CastActionKind::Shows(Some(one.status))
            }
            (Action::Join, None) => {
                let status = Status::Online;
                let fresh = ScriptedPersona { persona: cue.persona.to_owned(), status, away_until: 0, typing_until: 0 };
                self.scripted.push(fresh);
                CastActionKind::Comes
            }
            (Action::Typing { for_ms }, Some(one)) => {
                one.typing_until = now + for_ms;
                CastActionKind::Types
            }
            (Action::Say { .. }, Some(one)) => {
                one.typing_until = 0;
                CastActionKind::Says(cue.id.clone(), cue.text.unwrap_or_default().to_owned(), said_about())
            }
            (Action::Nudge, Some(_)) => CastActionKind::Nudges(cue.id.clone()),
            (Action::Wink { id }, Some(_)) => {
                let Some(wink) = winks::find(id) else { return Vec::new() };
                CastActionKind::Winks(cue.id.clone(), wink)
            }
            (Action::Status(status), Some(one)) => {
                one.status = *status;
                CastActionKind::Shows((one.away_until == 0).then_some(*status))
            }
            (Action::React { reaction, .. }, Some(_)) => {
                let Some(about) = said_about() else { return Vec::new() };
                CastActionKind::Reacts(cue.id.clone(), about, reaction.clone())
            }
            (Action::DropNetwork { for_ms }, Some(one)) => {
                (one.away_until, one.typing_until) = (now + for_ms, 0);
                CastActionKind::Shows(None)
            }
            // They left the stage meanwhile: their part is not played.
            (_, None) => return Vec::new(),
        };
        deed(cue.persona, done).into_iter().collect()
    }

    /// Returns `true` if a character of a scene types.
    pub fn is_typing(&self) -> bool {
        self.scripted.iter().any(|one| one.typing_until > 0)
    }

    pub fn due_at(&self, now: Millis) -> Option<Millis> {
        let next = self.playing().and_then(|(playing, scene)| playing.run.due_at(scene));
        let backs = self.scripted.iter().filter(|one| one.away_until > 0).map(|one| one.away_until);
        let typing = self.scripted.iter().filter(|one| one.typing_until > 0);
        let typing = typing.map(|one| one.typing_until.min(now + DEMO_TYPING_EVERY_MS));
        next.into_iter().chain(backs).chain(typing).min()
    }
}

fn deed(persona: &str, done: CastActionKind) -> Option<CastAction> {
    personas::find(persona).map(|persona| CastAction { persona, done })
}
