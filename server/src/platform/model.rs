//! `AI`: the model that answers for a bot (`messenger.md` 7). It is the binding, or on a developer's machine a stand-in at `AI_URL`; without
//! either, bots use the lines of the script.

use js_sys::{Function, JSON, Promise, Reflect};
use protocol::machines::bots::ModelOutput;
use protocol::words::event::Millis;
use protocol::words::limits::{BOT_CALL_MS_MAX, BOT_OUTPUT_BYTES_MAX};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use super::has_binding;
use super::timeout::within;
use crate::config::Config;
use crate::runtime;

pub const BINDING: &str = "AI";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    Binding,
    /// A stand-in for them, on a person's machine.
    StandIn(String),
    /// Nobody thinks: lines are said.
    Script,
}

impl Engine {
    pub fn of(env: &Env) -> Self {
        match &Config::of(env).model.url {
            Some(url) => Self::StandIn(url.clone()),
            None if has_binding(env, BINDING) => Self::Binding,
            None => Self::Script,
        }
    }

    /// Asks the model. What takes too long, and what nothing can be made of, failed; the words say how, for a line.
    pub async fn ask(&self, env: &Env, request: &str) -> Result<ModelOutput, String> {
        let model = &Config::of(env).model.name;
        let answer = match self {
            Self::Binding => within(BOT_CALL_MS_MAX, run(env, model, request)).await.ok_or("no answer in time")?,
            Self::StandIn(url) => call(url, model, request, BOT_CALL_MS_MAX).await,
            Self::Script => return Ok(ModelOutput::default()),
        };
        ModelOutput::read(&answer?).ok_or_else(|| "an answer that cannot be used".to_owned())
    }
}

async fn run(env: &Env, model: &str, request: &str) -> Result<String, String> {
    let asked = async {
        let binding = Reflect::get(env, &BINDING.into())?;
        let run: Function = Reflect::get(&binding, &"run".into())?.dyn_into()?;
        let promise = run.call2(&binding, &model.into(), &JSON::parse(request)?)?;
        let answer = JsFuture::from(promise.dyn_into::<Promise>()?).await?;
        // Not everything has a form in JSON: of `undefined` there is none.
        JSON::stringify(&answer)?.as_string().ok_or_else(|| "NoAnswer".into())
    };
    asked.await.map_err(|error: JsValue| kind_of(&error))
}

/// Returns the sort of a failure. Its text may repeat what the model was given, which belongs into no line.
fn kind_of(error: &JsValue) -> String {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).or_else(|| error.as_string());
    let is_plain = |name: &String| name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    name.filter(is_plain).unwrap_or_else(|| "Error".to_owned())
}

async fn call(url: &str, model: &str, request: &str, timeout_ms: Millis) -> Result<String, String> {
    let headers = [("content-type", "application/json"), ("x-model", model)];
    let asked = runtime::fetch_outside(url, "POST", &headers, Some(request), timeout_ms, BOT_OUTPUT_BYTES_MAX);
    let answer = asked.await?;
    if answer.status == 200 { Ok(answer.text()) } else { Err(format!("status {}", answer.status)) }
}
