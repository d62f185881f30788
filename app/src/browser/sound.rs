//! Sounds out of numbers: `/assets/sounds.json` through WebAudio, after the first gesture (`ux.md` 4.8).
//!
//! Until then sounds are dropped, not queued. Whether a sound is wanted is decided in `session`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gloo_net::http::Request;
use leptos::task::spawn_local;
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::{
    AudioBuffer, AudioContext, AudioContextState, AudioNode, AudioParam, AudioScheduledSourceNode, BiquadFilterType,
    OscillatorType,
};

/// A voice that starts at once would lose its attack.
const LEAD_S: f64 = 0.02;
/// Steps of the noise generator: the same noise on every machine.
const NOISE_SEED: u32 = 22_222;

#[derive(Deserialize)]
struct Document {
    sounds: HashMap<String, Rc<Sound>>,
}

#[derive(Deserialize)]
struct Sound {
    gain: f32,
    voices: Vec<Voice>,
}

#[derive(Deserialize)]
struct Voice {
    at: f64,
    ms: f64,
    #[serde(rename = "type")]
    kind: String,
    f: Option<Curve>,
    fm: Option<Fm>,
    am: Option<Am>,
    filter: Option<Filter>,
    env: Vec<(f64, f32)>,
    gain: f32,
}

/// A number, or points in milliseconds joined by exponential ramps.
#[derive(Deserialize)]
#[serde(untagged)]
enum Curve {
    Constant(f32),
    Points(Vec<(f64, f32)>),
}

#[derive(Deserialize)]
struct Fm {
    ratio: f32,
    index: f32,
    decay: f64,
}

#[derive(Deserialize)]
struct Am {
    hz: f32,
    depth: f32,
}

#[derive(Deserialize)]
struct Filter {
    #[serde(rename = "type")]
    kind: String,
    f: Curve,
    q: Option<f32>,
}

struct Studio {
    context: AudioContext,
    noise: Option<AudioBuffer>,
    /// Comes with the document.
    first: Option<&'static str>,
    sounds: HashMap<String, Rc<Sound>>,
}

thread_local! {
    static STUDIO: RefCell<Option<Studio>> = const { RefCell::new(None) };
}

/// Whether sounds come out now.
pub fn is_open() -> bool {
    STUDIO.with_borrow(|studio| studio.as_ref().is_some_and(|it| it.context.state() == AudioContextState::Running))
}

/// Call it in a gesture: browsers open the sound for nothing less.
pub fn open() {
    let is_new = STUDIO.with_borrow_mut(|studio| {
        if let Some(studio) = studio {
            // A context that sleeps wakes up; one that runs does not mind.
            let _ = studio.context.resume();
            return false;
        }
        let Ok(context) = AudioContext::new() else { return false };
        *studio = Some(Studio { context, noise: None, first: None, sounds: HashMap::new() });
        true
    });
    if is_new {
        spawn_local(load());
    }
}

/// Opens without a gesture, where the browser lets us because of the one that led here, and begins with a sound.
pub fn open_with(name: &'static str) {
    open();
    STUDIO.with_borrow_mut(|studio| {
        if let Some(studio) = studio {
            studio.first = Some(name);
        }
    });
}

async fn load() {
    let Ok(answer) = Request::get("/assets/sounds.json").send().await else { return };
    let Ok(document) = answer.json::<Document>().await else { return };
    let first = STUDIO.with_borrow_mut(|studio| {
        let studio = studio.as_mut()?;
        studio.sounds = document.sounds;
        studio.first.take()
    });
    if let Some(name) = first {
        play(name, 0);
    }
}

/// Plays a sound of the document after `delay_ms`. Silence while the sound is not open.
pub fn play(name: &str, delay_ms: u64) {
    if !is_open() {
        return;
    }
    STUDIO.with_borrow_mut(|studio| {
        let Some(studio) = studio else { return };
        let Some(sound) = studio.sounds.get(name).cloned() else { return };
        let start_s = studio.context.current_time() + LEAD_S + delay_ms as f64 / 1_000.0;
        // A node that cannot be made leaves its voice out.
        let _ = studio.build(&sound, start_s);
    });
}

impl Studio {
    fn build(&mut self, sound: &Sound, start_s: f64) -> Result<(), JsValue> {
        let out = self.context.create_gain()?;
        out.gain().set_value(sound.gain);
        out.connect_with_audio_node(&self.context.destination())?;
        sound.voices.iter().try_for_each(|voice| self.build_voice(voice, start_s + voice.at / 1_000.0, &out))
    }

    fn build_voice(&mut self, voice: &Voice, start_s: f64, out: &AudioNode) -> Result<(), JsValue> {
        let end_s = start_s + voice.ms / 1_000.0;
        let source =
            if voice.kind == "noise" { self.noise_source(voice, start_s)? } else { self.tone(voice, start_s)? };
        let mut tail: AudioNode = source.clone().into();
        if let Some(filter) = &voice.filter {
            tail = self.filtered(&tail, filter, start_s)?;
        }
        if let Some(am) = &voice.am {
            tail = self.trembling(&tail, am, start_s, end_s)?;
        }
        let envelope = self.context.create_gain()?;
        for (at, (ms, level)) in voice.env.iter().enumerate() {
            let (level, when_s) = (level * voice.gain, start_s + ms / 1_000.0);
            if at == 0 {
                envelope.gain().set_value_at_time(level, when_s)?;
            } else {
                envelope.gain().linear_ramp_to_value_at_time(level, when_s)?;
            }
        }
        tail.connect_with_audio_node(&envelope)?.connect_with_audio_node(out)?;
        source.stop_with_when(end_s)
    }

    fn tone(&self, voice: &Voice, start_s: f64) -> Result<AudioScheduledSourceNode, JsValue> {
        let tone = self.context.create_oscillator()?;
        tone.set_type(match voice.kind.as_str() {
            "triangle" => OscillatorType::Triangle,
            "square" => OscillatorType::Square,
            "sawtooth" => OscillatorType::Sawtooth,
            _ => OscillatorType::Sine,
        });
        let Some(f) = &voice.f else { return Ok(tone.into()) };
        draw(&tone.frequency(), f, start_s)?;
        if let Some(fm) = &voice.fm {
            self.modulate(&tone.frequency(), f.first(), fm, start_s, start_s + voice.ms / 1_000.0)?;
        }
        tone.start_with_when(start_s)?;
        Ok(tone.into())
    }

    fn modulate(&self, pitch: &AudioParam, hz: f32, fm: &Fm, start_s: f64, end_s: f64) -> Result<(), JsValue> {
        let (modulator, depth) = (self.context.create_oscillator()?, self.context.create_gain()?);
        modulator.frequency().set_value_at_time(hz * fm.ratio, start_s)?;
        depth.gain().set_value_at_time(hz * fm.index, start_s)?;
        depth.gain().exponential_ramp_to_value_at_time(hz * fm.index * 0.01, start_s + fm.decay / 1_000.0)?;
        modulator.connect_with_audio_node(&depth)?;
        depth.connect_with_audio_param(pitch)?;
        modulator.start_with_when(start_s)?;
        modulator.stop_with_when(end_s)
    }

    fn noise_source(&mut self, voice: &Voice, start_s: f64) -> Result<AudioScheduledSourceNode, JsValue> {
        let source = self.context.create_buffer_source()?;
        source.set_buffer(Some(&self.noise()?));
        // Voices begin at different places of the one second there is, or they would sound alike.
        source.start_with_when_and_grain_offset(start_s, (voice.at * 7.0 % 100.0) / 1_000.0)?;
        Ok(source.into())
    }

    /// One second of white noise.
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

    fn filtered(&self, tail: &AudioNode, filter: &Filter, start_s: f64) -> Result<AudioNode, JsValue> {
        let node = self.context.create_biquad_filter()?;
        let is_band = filter.kind == "bandpass";
        node.set_type(if is_band { BiquadFilterType::Bandpass } else { BiquadFilterType::Lowpass });
        node.q().set_value(filter.q.unwrap_or(0.7));
        draw(&node.frequency(), &filter.f, start_s)?;
        tail.connect_with_audio_node(&node)
    }

    fn trembling(&self, tail: &AudioNode, am: &Am, start_s: f64, end_s: f64) -> Result<AudioNode, JsValue> {
        let (tremolo, depth) = (self.context.create_gain()?, self.context.create_gain()?);
        let wave = self.context.create_oscillator()?;
        tremolo.gain().set_value(1.0 - am.depth / 2.0);
        depth.gain().set_value(am.depth / 2.0);
        wave.frequency().set_value(am.hz);
        wave.connect_with_audio_node(&depth)?;
        depth.connect_with_audio_param(&tremolo.gain())?;
        wave.start_with_when(start_s)?;
        wave.stop_with_when(end_s)?;
        tail.connect_with_audio_node(&tremolo)
    }
}

impl Curve {
    fn first(&self) -> f32 {
        match self {
            Self::Constant(value) => *value,
            Self::Points(points) => points.first().map_or(0.0, |(_, value)| *value),
        }
    }
}

fn draw(param: &AudioParam, curve: &Curve, start_s: f64) -> Result<(), JsValue> {
    match curve {
        Curve::Constant(value) => param.set_value_at_time(*value, start_s).map(|_| ()),
        Curve::Points(points) => points.iter().enumerate().try_for_each(|(at, (ms, value))| {
            let when_s = start_s + ms / 1_000.0;
            if at == 0 {
                param.set_value_at_time(*value, when_s).map(|_| ())
            } else {
                param.exponential_ramp_to_value_at_time(*value, when_s).map(|_| ())
            }
        }),
    }
}
