//! A sound of numbers: its voices, as nodes of the context. In the part `home`, whose APIs are called by their names (`named`): no page begins
//! with a sound.

use protocol::json::Value;
use wasm_bindgen::prelude::*;

use super::{Build, Studio};
use crate::browser::later::NotLoaded;
use crate::browser::named::{call, get, number as number_of, set};

/// Steps of the noise generator: the same noise on every machine.
const NOISE_SEED: u32 = 22_222;

// The cut is an import and an export by name, which the language counts as unsafe.
#[allow(unsafe_code)]
#[leptos::wasm_split::wasm_split(home, wasm_split_path = ::leptos::wasm_split, fallible)]
pub(super) fn build() -> Result<Build, NotLoaded> {
    Ok(Studio::build)
}

impl Studio {
    fn build(&mut self, sound: &Value, start_s: f64) -> Result<(), JsValue> {
        let out = self.node("createGain")?;
        set(&get(&out, "gain"), "value", &number(sound, "gain").into());
        connect(&out, &self.master)?;
        let mut voices = list(sound, "voices");
        voices.try_for_each(|voice| self.build_voice(voice, start_s + seconds(voice, "at"), &out))
    }

    fn node(&self, made_by: &str) -> Result<JsValue, JsValue> {
        call(&self.context, made_by, &[])
    }

    fn build_voice(&mut self, voice: &Value, start_s: f64, out: &JsValue) -> Result<(), JsValue> {
        let end_s = start_s + seconds(voice, "ms");
        let source =
            if kind(voice) == "noise" { self.noise_source(voice, start_s)? } else { self.tone(voice, start_s)? };
        let mut tail = source.clone();
        if let Some(filter) = part(voice, "filter") {
            tail = self.filtered(&tail, filter, start_s)?;
        }
        if let Some(am) = part(voice, "am") {
            tail = self.trembling(&tail, am, start_s, end_s)?;
        }
        let envelope = self.node("createGain")?;
        for (at, (ms, level)) in list(voice, "env").filter_map(point).enumerate() {
            let (level, when_s) = (level * number(voice, "gain"), start_s + ms / 1_000.0);
            at_time(&get(&envelope, "gain"), if at == 0 { SET } else { "linearRampToValueAtTime" }, level, when_s)?;
        }
        connect(&connect(&tail, &envelope)?, out)?;
        at_second(&source, "stop", end_s)
    }

    fn tone(&self, voice: &Value, start_s: f64) -> Result<JsValue, JsValue> {
        let tone = self.node("createOscillator")?;
        let shape = match kind(voice) {
            shape @ ("triangle" | "square" | "sawtooth") => shape,
            _ => "sine",
        };
        set(&tone, "type", &shape.into());
        let Some(f) = part(voice, "f") else { return Ok(tone) };
        let pitch = get(&tone, "frequency");
        draw(&pitch, f, start_s)?;
        if let Some(fm) = part(voice, "fm") {
            let end_s = start_s + seconds(voice, "ms");
            self.modulate(&pitch, first(f), fm, start_s, end_s)?;
        }
        at_second(&tone, "start", start_s)?;
        Ok(tone)
    }

    fn modulate(&self, pitch: &JsValue, hz: f64, fm: &Value, start_s: f64, end_s: f64) -> Result<(), JsValue> {
        let (modulator, depth) = (self.node("createOscillator")?, self.node("createGain")?);
        let (index, gain) = (number(fm, "index"), get(&depth, "gain"));
        at_time(&get(&modulator, "frequency"), SET, hz * number(fm, "ratio"), start_s)?;
        at_time(&gain, SET, hz * index, start_s)?;
        at_time(&gain, RAMP, hz * index * 0.01, start_s + seconds(fm, "decay"))?;
        connect(&modulator, &depth)?;
        connect(&depth, pitch)?;
        at_second(&modulator, "start", start_s)?;
        at_second(&modulator, "stop", end_s)
    }

    fn noise_source(&mut self, voice: &Value, start_s: f64) -> Result<JsValue, JsValue> {
        let source = self.node("createBufferSource")?;
        set(&source, "buffer", &self.noise()?);
        // Voices begin at different places of the one second there is, or they would sound alike.
        let from_s = (seconds(voice, "at") * 70.0).fract() / 10.0;
        call(&source, "start", &[start_s.into(), from_s.into()])?;
        Ok(source)
    }

    /// One second of white noise.
    fn noise(&mut self) -> Result<JsValue, JsValue> {
        if let Some(noise) = &self.noise {
            return Ok(noise.clone());
        }
        let rate = number_of(&self.context, "sampleRate");
        let noise = call(&self.context, "createBuffer", &[1.into(), rate.into(), rate.into()])?;
        let mut state = NOISE_SEED;
        let samples: Vec<f32> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
            state as f32 / 0x3fff_ffff as f32 - 1.0
        })
        .take(rate as usize)
        .collect();
        let samples = js_sys::Float32Array::from(samples.as_slice());
        call(&noise, "copyToChannel", &[samples.into(), 0.into()])?;
        self.noise = Some(noise.clone());
        Ok(noise)
    }

    fn filtered(&self, tail: &JsValue, filter: &Value, start_s: f64) -> Result<JsValue, JsValue> {
        let node = self.node("createBiquadFilter")?;
        let is_band = kind(filter) == "bandpass";
        set(&node, "type", &(if is_band { "bandpass" } else { "lowpass" }).into());
        set(&get(&node, "Q"), "value", &filter.get("q").and_then(Value::as_f64).unwrap_or(0.7).into());
        if let Some(f) = part(filter, "f") {
            draw(&get(&node, "frequency"), f, start_s)?;
        }
        connect(tail, &node)
    }

    fn trembling(&self, tail: &JsValue, am: &Value, start_s: f64, end_s: f64) -> Result<JsValue, JsValue> {
        let (tremolo, depth) = (self.node("createGain")?, self.node("createGain")?);
        let wave = self.node("createOscillator")?;
        let half = number(am, "depth") / 2.0;
        set(&get(&tremolo, "gain"), "value", &(1.0 - half).into());
        set(&get(&depth, "gain"), "value", &half.into());
        set(&get(&wave, "frequency"), "value", &number(am, "hz").into());
        connect(&wave, &depth)?;
        connect(&depth, &get(&tremolo, "gain"))?;
        at_second(&wave, "start", start_s)?;
        at_second(&wave, "stop", end_s)?;
        connect(tail, &tremolo)
    }
}

/// A parameter has a value from a time on.
const SET: &str = "setValueAtTime";
/// It reaches a value at a time, by the same part in the same time.
const RAMP: &str = "exponentialRampToValueAtTime";

fn at_time(param: &JsValue, how: &str, value: f64, when_s: f64) -> Result<(), JsValue> {
    call(param, how, &[value.into(), when_s.into()]).map(drop)
}

fn at_second(node: &JsValue, what: &str, when_s: f64) -> Result<(), JsValue> {
    call(node, what, &[when_s.into()]).map(drop)
}

/// What goes out of one goes into the other, which is given back.
fn connect(from: &JsValue, to: &JsValue) -> Result<JsValue, JsValue> {
    call(from, "connect", std::slice::from_ref(to))
}

// ---- the document: what is missing is nothing, or 0

fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

fn part<'a>(value: &'a Value, member: &str) -> Option<&'a Value> {
    value.get(member).filter(|part| **part != Value::Null)
}

fn kind(value: &Value) -> &str {
    value.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, member: &str) -> f64 {
    value.get(member).and_then(Value::as_f64).unwrap_or_default()
}

/// A time that is written in milliseconds.
fn seconds(value: &Value, member: &str) -> f64 {
    value.get(member).and_then(Value::as_f64).unwrap_or_default() / 1_000.0
}

/// A time in milliseconds, and what is reached then.
fn point(value: &Value) -> Option<(f64, f64)> {
    match value.as_array()?.as_slice() {
        [at, level] => Some((at.as_f64()?, level.as_f64()?)),
        _ => None,
    }
}

/// Where a curve begins.
fn first(curve: &Value) -> f64 {
    let points = curve.as_array().and_then(|points| points.iter().find_map(point));
    curve.as_f64().unwrap_or_else(|| points.map_or(0.0, |(_, value)| value))
}

/// A number, or points joined by exponential ramps.
fn draw(param: &JsValue, curve: &Value, start_s: f64) -> Result<(), JsValue> {
    if let Some(value) = curve.as_f64() {
        return at_time(param, SET, value, start_s);
    }
    let mut points = curve.as_array().into_iter().flatten().filter_map(point).enumerate();
    points.try_for_each(|(at, (ms, value))| {
        at_time(param, if at == 0 { SET } else { RAMP }, value, start_s + ms / 1_000.0)
    })
}
