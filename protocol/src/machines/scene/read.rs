//! A scene from its file.

use serde::Deserialize;
use thiserror::Error;

use super::history::UNWRITTEN;
use super::{Action, Scene, Step, languages};
use crate::content::emoji::is_reaction;
use crate::content::text::check_content;
use crate::words::event::Millis;
use crate::words::limits::{SCENE_BYTES_MAX, SCENE_MS_MAX, SCENE_STEPS_MAX, SCENE_TEXTS_MAX};
use crate::words::status::Status;
use crate::words::{personas, winks};

/// Mistake in a file that is no scene: where, and what is expected there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SceneError {
    /// Not JSON, or not of the shape of a scene.
    #[error("not a scene: {0}")]
    Form(String),
    /// Something is wrong with the scene as a whole.
    #[error("{0}")]
    Scene(&'static str),
    /// Something is wrong with this step, counted from 0.
    #[error("step {0}: {1}")]
    Step(usize, &'static str),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SceneForm {
    id: String,
    title: String,
    language: String,
    seed: u64,
    length_ms: Millis,
    #[serde(default)]
    repeats: bool,
    cast: Vec<String>,
    steps: Vec<StepForm>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StepForm {
    at: Millis,
    persona: String,
    action: String,
    name: Option<String>,
    text: Option<String>,
    any: Option<Vec<String>>,
    reply_to: Option<String>,
    for_ms: Option<Millis>,
    wink: Option<String>,
    status: Option<String>,
    reaction: Option<String>,
    to: Option<String>,
}

impl Scene {
    /// Parses a scene. Every valid scene can be played: its characters exist and are in the room when they act, its texts pass the checks
    /// for people's texts, and every reply is to an earlier message.
    /// Errors: The error names the mistake and the step.
    pub fn read(file: &str) -> Result<Self, SceneError> {
        if file.len() > SCENE_BYTES_MAX {
            return Err(SceneError::Scene("the file is too long"));
        }
        let form: SceneForm = serde_json::from_str(file).map_err(|error| SceneError::Form(error.to_string()))?;
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if form.id.is_empty() || form.id.len() > 64 || !form.id.bytes().all(is_plain) {
            return Err(SceneError::Scene("`id` has lower-case letters, digits and `-`"));
        }
        check_content(&form.title).map_err(|_| SceneError::Scene("`title` is empty or too long"))?;
        let language = languages().find(|language| *language == form.language);
        let language = language.ok_or(SceneError::Scene(UNWRITTEN))?;
        if form.length_ms == 0 || form.length_ms > SCENE_MS_MAX {
            return Err(SceneError::Scene("`lengthMs` is 0 or too long"));
        }
        if form.steps.is_empty() || form.steps.len() > SCENE_STEPS_MAX {
            return Err(SceneError::Scene("there are no steps, or too many"));
        }
        let is_known = |id: &String| personas::find(id).is_some();
        let is_twice = |(at, id): (usize, &String)| form.cast[..at].contains(id);
        if form.cast.is_empty() || !form.cast.iter().all(is_known) || form.cast.iter().enumerate().any(is_twice) {
            return Err(SceneError::Scene("`cast` names characters, each once"));
        }
        let steps = read_steps(&form)?;
        if !form.cast.iter().all(|id| steps.iter().any(|step| step.persona == *id)) {
            return Err(SceneError::Scene("somebody of `cast` does nothing"));
        }
        let SceneForm { id, title, seed, length_ms, repeats, cast, .. } = form;
        Ok(Self { id, title, language, seed, length_ms, repeats, cast, steps })
    }
}

fn read_steps(form: &SceneForm) -> Result<Vec<Step>, SceneError> {
    let mut steps: Vec<Step> = Vec::new();
    let mut names: Vec<(&str, usize)> = Vec::new();
    let mut here: Vec<&str> = Vec::new();
    for (at, step) in form.steps.iter().enumerate() {
        let wrong = |what| Err(SceneError::Step(at, what));
        if step.at >= form.length_ms || steps.last().is_some_and(|before| before.at_ms > step.at) {
            return wrong("`at` is before the step before, or not before the end");
        }
        if !form.cast.contains(&step.persona) {
            return wrong("`persona` is not in `cast`");
        }
        let is_here = here.contains(&step.persona.as_str());
        if (step.action == "join") == is_here {
            return wrong("who acts has joined before, and nobody joins twice");
        }
        let action = read_action(step, &names).map_err(|what| SceneError::Step(at, what))?;
        if let Action::Join = action {
            here.push(&step.persona);
        }
        if let Some(name) = &step.name {
            if !matches!(action, Action::Say { .. }) || names.iter().any(|(other, _)| other == name) {
                return wrong("`name` is of a step that says something, and of one only");
            }
            names.push((name, at));
        }
        steps.push(Step { at_ms: step.at, persona: step.persona.clone(), action });
    }
    Ok(steps)
}

fn read_action(step: &StepForm, names: &[(&str, usize)]) -> Result<Action, &'static str> {
    let said =
        |name: &Option<String>| names.iter().find(|(other, _)| Some(*other) == name.as_deref()).map(|(_, at)| *at);
    let for_ms = || step.for_ms.filter(|ms| (1..=SCENE_MS_MAX).contains(ms)).ok_or("`forMs` is missing, 0 or too long");
    let action = match step.action.as_str() {
        "join" => Action::Join,
        "typing" => Action::Typing { for_ms: for_ms()? },
        "say" => {
            let texts = step.text.iter().chain(step.any.iter().flatten()).cloned().collect::<Vec<_>>();
            if step.text.is_some() == step.any.is_some() || texts.is_empty() || texts.len() > SCENE_TEXTS_MAX {
                return Err("there is either `text` or `any`, with at least one text and not too many");
            }
            if texts.iter().any(|text| check_content(text).is_err()) {
                return Err("a text is empty, too long or cannot be stored");
            }
            let reply_to = said(&step.reply_to);
            if step.reply_to.is_some() && reply_to.is_none() {
                return Err("`replyTo` names nothing that was said before");
            }
            Action::Say { texts, reply_to }
        }
        "nudge" => Action::Nudge,
        "wink" => {
            let wink = step.wink.as_deref().and_then(winks::find).ok_or("`wink` is not in the catalogue")?;
            Action::Wink { id: wink.id }
        }
        "status" => {
            let is_known = |status: &Status| Some(status.as_str()) == step.status.as_deref();
            Action::Status(Status::ALL.into_iter().find(is_known).ok_or("`status` is none that people have")?)
        }
        "react" => {
            let reaction = step.reaction.clone().filter(|reaction| is_reaction(reaction));
            let reaction = reaction.ok_or("`reaction` is a known name or one emoji")?;
            Action::React { reaction, to: said(&step.to).ok_or("`to` names nothing that was said before")? }
        }
        "dropNetwork" => Action::DropNetwork { for_ms: for_ms()? },
        _ => return Err("`action` is none that characters have"),
    };
    let is = |actions: &[&str]| actions.contains(&step.action.as_str());
    let strangers = [
        (step.text.is_some() || step.any.is_some() || step.reply_to.is_some(), is(&["say"])),
        (step.for_ms.is_some(), is(&["typing", "dropNetwork"])),
        (step.wink.is_some(), is(&["wink"])),
        (step.status.is_some(), is(&["status"])),
        (step.reaction.is_some() || step.to.is_some(), is(&["react"])),
    ];
    if strangers.into_iter().any(|(is_there, belongs)| is_there && !belongs) {
        return Err("a member belongs to another action");
    }
    Ok(action)
}
