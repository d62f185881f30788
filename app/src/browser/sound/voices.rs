//! Synthesis of a sound: its voices as nodes of the context. It is in the chunk `home`, because no page starts with a sound.

use protocol::codec::json::Value;
use wasm_bindgen::prelude::*;
use web_sys::{
    AudioBuffer, AudioNode, AudioParam, AudioScheduledSourceNode, BiquadFilterType, GainNode, OscillatorType,
};

use super::{Build, Studio};
use crate::view::lazy::LoadError;

/// Seed of the noise generator: the noise is the same on every machine.
const NOISE_SEED: u32 = 22_222;

// `wasm_split` makes an import and an export by name, which Rust counts as unsafe.
#[allow(unsafe_code)]
#[leptos::wasm_split::wasm_split(home, wasm_split_path = ::leptos::wasm_split, fallible)]
pub(super) fn build() -> Result<Build, LoadError> {
    Ok(Studio::build)
}

impl Studio {
    fn build(&mut self, sound: &Value, start_s: f64) -> Result<(), JsValue> {
        let out = self.context.create_gain()?;
        out.gain().set_value(number(sound, "gain") as f32);
        out.connect_with_audio_node(&self.master)?;
        let mut voices = list(sound, "voices");
        voices.try_for_each(|voice| self.build_voice(voice, start_s + seconds(voice, "at"), &out))
    }

    fn build_voice(&mut self, voice: &Value, start_s: f64, out: &GainNode) -> Result<(), JsValue> {
        let end_s = start_s + seconds(voice, "ms");
        let source =
            if kind(voice) == "noise" { self.noise_source(voice, start_s)? } else { self.tone(voice, start_s)? };
        let mut tail = AudioNode::from(source.clone());
        if let Some(filter) = part(voice, "filter") {
            tail = self.filtered(&tail, filter, start_s)?;
        }
        if let Some(am) = part(voice, "am") {
            tail = self.trembling(&tail, am, start_s, end_s)?;
        }
        let envelope = self.context.create_gain()?;
        let gain = envelope.gain();
        for (at, (ms, level)) in list(voice, "env").filter_map(point).enumerate() {
            let (level, when_s) = ((level * number(voice, "gain")) as f32, start_s + ms / 1_000.0);
            match at {
                0 => gain.set_value_at_time(level, when_s)?,
                _ => gain.linear_ramp_to_value_at_time(level, when_s)?,
            };
        }
        tail.connect_with_audio_node(&envelope)?.connect_with_audio_node(out)?;
        source.stop_with_when(end_s)
    }

    fn tone(&self, voice: &Value, start_s: f64) -> Result<AudioScheduledSourceNode, JsValue> {
        let tone = self.context.create_oscillator()?;
        tone.set_type(match kind(voice) {
            "triangle" => OscillatorType::Triangle,
            "square" => OscillatorType::Square,
            "sawtooth" => OscillatorType::Sawtooth,
            _ => OscillatorType::Sine,
        });
        let Some(f) = part(voice, "f") else { return Ok(tone.into()) };
        let pitch = tone.frequency();
        draw(&pitch, f, start_s)?;
        if let Some(fm) = part(voice, "fm") {
            let end_s = start_s + seconds(voice, "ms");
            self.modulate(&pitch, first(f), fm, start_s, end_s)?;
        }
        tone.start_with_when(start_s)?;
        Ok(tone.into())
    }

    fn modulate(&self, pitch: &AudioParam, hz: f64, fm: &Value, start_s: f64, end_s: f64) -> Result<(), JsValue> {
        let (modulator, depth) = (self.context.create_oscillator()?, self.context.create_gain()?);
        let (index, gain) = (number(fm, "index"), depth.gain());
        modulator.frequency().set_value_at_time((hz * number(fm, "ratio")) as f32, start_s)?;
        gain.set_value_at_time((hz * index) as f32, start_s)?;
        gain.exponential_ramp_to_value_at_time((hz * index * 0.01) as f32, start_s + seconds(fm, "decay"))?;
        modulator.connect_with_audio_node(&depth)?;
        depth.connect_with_audio_param(pitch)?;
        modulator.start_with_when(start_s)?;
        modulator.stop_with_when(end_s)
    }

    fn noise_source(&mut self, voice: &Value, start_s: f64) -> Result<AudioScheduledSourceNode, JsValue> {
        let source = self.context.create_buffer_source()?;
        source.set_buffer(Some(&self.noise()?));
        // The voices start at different places of the one second of noise, or they would sound alike.
        let from_s = (seconds(voice, "at") * 70.0).fract() / 10.0;
        source.start_with_when_and_grain_offset(start_s, from_s)?;
        Ok(source.into())
    }

    /// Returns one second of white noise.
    fn noise(&mut self) -> Result<AudioBuffer, JsValue> {
        if let Some(noise) = &self.noise {
            return Ok(noise.clone());
        }
        let rate = self.context.sample_rate();
        let noise = self.context.create_buffer(1, rate as u32, rate)?;
        let mut state = NOISE_SEED;
        let samples: Vec<f32> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
            state as f32 / 0x3fff_ffff as f32 - 1.0
        })
        .take(rate as usize)
        .collect();
        noise.copy_to_channel(&samples, 0)?;
        self.noise = Some(noise.clone());
        Ok(noise)
    }

    fn filtered(&self, tail: &AudioNode, filter: &Value, start_s: f64) -> Result<AudioNode, JsValue> {
        let node = self.context.create_biquad_filter()?;
        let is_band = kind(filter) == "bandpass";
        node.set_type(if is_band { BiquadFilterType::Bandpass } else { BiquadFilterType::Lowpass });
        node.q().set_value(filter.get("q").and_then(Value::as_f64).unwrap_or(0.7) as f32);
        if let Some(f) = part(filter, "f") {
            draw(&node.frequency(), f, start_s)?;
        }
        tail.connect_with_audio_node(&node)
    }

    fn trembling(&self, tail: &AudioNode, am: &Value, start_s: f64, end_s: f64) -> Result<AudioNode, JsValue> {
        let (tremolo, depth) = (self.context.create_gain()?, self.context.create_gain()?);
        let wave = self.context.create_oscillator()?;
        let half = number(am, "depth") / 2.0;
        tremolo.gain().set_value((1.0 - half) as f32);
        depth.gain().set_value(half as f32);
        wave.frequency().set_value(number(am, "hz") as f32);
        wave.connect_with_audio_node(&depth)?;
        depth.connect_with_audio_param(&tremolo.gain())?;
        wave.start_with_when(start_s)?;
        wave.stop_with_when(end_s)?;
        tail.connect_with_audio_node(&tremolo)
    }
}

// ---- Members of the document; a missing one is empty or 0

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

/// Reads a time in milliseconds as seconds.
fn seconds(value: &Value, member: &str) -> f64 {
    value.get(member).and_then(Value::as_f64).unwrap_or_default() / 1_000.0
}

/// Reads a point of a curve: its time in milliseconds, and its value.
fn point(value: &Value) -> Option<(f64, f64)> {
    match value.as_array()?.as_slice() {
        [at, level] => Some((at.as_f64()?, level.as_f64()?)),
        _ => None,
    }
}

fn first(curve: &Value) -> f64 {
    let points = curve.as_array().and_then(|points| points.iter().find_map(point));
    curve.as_f64().unwrap_or_else(|| points.map_or(0.0, |(_, value)| value))
}

/// Sets a parameter to a number, or to a curve of points with exponential ramps.
fn draw(param: &AudioParam, curve: &Value, start_s: f64) -> Result<(), JsValue> {
    if let Some(value) = curve.as_f64() {
        return param.set_value_at_time(value as f32, start_s).map(drop);
    }
    let mut points = curve.as_array().into_iter().flatten().filter_map(point).enumerate();
    points.try_for_each(|(at, (ms, value))| {
        let (value, when_s) = (value as f32, start_s + ms / 1_000.0);
        let drawn = match at {
            0 => param.set_value_at_time(value, when_s),
            _ => param.exponential_ramp_to_value_at_time(value, when_s),
        };
        drawn.map(drop)
    })
}
