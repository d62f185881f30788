//! Synthesized sounds: `/assets/sounds.json` through WebAudio, after the first gesture (`ux.md` 4.8).
//!
//! Until then, and while the stage of a demo mutes its devices, sounds are dropped, not queued. `session` decides whether a sound is
//! wanted. The synthesizer (`voices`) is loaded together with the numbers.

mod voices;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::task::spawn_local;
use protocol::codec::json::Value;
use wasm_bindgen::prelude::*;
use web_sys::{AudioBuffer, AudioContext, AudioContextState, GainNode};

use super::fetch;

/// Delay of the start, because a voice that starts at once would lose its attack.
const LEAD_S: f64 = 0.02;

/// Function that starts a sound at a time of the context, in seconds.
type Build = fn(&mut Studio, &Value, f64) -> Result<(), JsValue>;

struct Studio {
    context: AudioContext,
    /// Node through which all sound passes: the volume.
    master: GainNode,
    noise: Option<AudioBuffer>,
    /// Last sound that was wanted while the document loads, to play when it is there.
    first: Option<String>,
    /// Member `sounds` of the document, with the function that plays them.
    sounds: Option<(Rc<Value>, Build)>,
}

thread_local! {
    static VOLUME: Cell<f32> = const { Cell::new(1.0) };
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
    static STUDIO: RefCell<Option<Studio>> = const { RefCell::new(None) };
}

/// Returns `true` if sounds are audible now.
pub fn is_open() -> bool {
    let is_running = |it: &Studio| it.context.state() == AudioContextState::Running;
    !IS_QUIET.get() && STUDIO.with_borrow(|studio| studio.as_ref().is_some_and(is_running))
}

/// Mutes all sound from now on, or ends that; gestures do not change it.
pub fn set_quiet(is_quiet: bool) {
    IS_QUIET.set(is_quiet);
    STUDIO.with_borrow(|studio| match studio {
        Some(studio) if is_quiet => drop(studio.context.suspend()),
        _ => {}
    });
}

/// Returns `true` if all sound is muted, so that a gesture would not help.
pub fn is_quiet() -> bool {
    IS_QUIET.get()
}

pub fn set_volume(percent: u8) {
    let volume = f32::from(percent) / 100.0;
    VOLUME.set(volume);
    STUDIO.with_borrow(|studio| {
        if let Some(studio) = studio {
            studio.master.gain().set_value(volume);
        }
    });
}

/// Opens the sound. Call it in a gesture, which browsers require.
pub fn open() {
    if IS_QUIET.get() {
        return;
    }
    let is_new = STUDIO.with_borrow_mut(|studio| {
        if let Some(studio) = studio {
            // A suspended context resumes; a running one is unchanged.
            let _ = studio.context.resume();
            return false;
        }
        let Ok(context) = AudioContext::new() else { return false };
        let Ok(master) = context.create_gain() else { return false };
        if master.connect_with_audio_node(&context.destination()).is_err() {
            return false;
        }
        master.gain().set_value(VOLUME.get());
        *studio = Some(Studio { context, master, noise: None, first: None, sounds: None });
        true
    });
    if is_new {
        spawn_local(load());
    }
}

/// Opens the sound without a gesture, if the browser still counts the gesture that led to this page, and starts with a sound.
pub fn open_with(name: &str) {
    open();
    STUDIO.with_borrow_mut(|studio| {
        if let Some(studio) = studio {
            studio.first = Some(name.to_owned());
        }
    });
}

async fn load() {
    let Some(text) = fetch::file("/assets/sounds.json").await else { return };
    let Some(sounds) = Value::parse(&text).as_ref().and_then(|document| document.get("sounds")).cloned() else {
        return;
    };
    let Ok(build) = voices::build().await else { return };
    let first = STUDIO.with_borrow_mut(|studio| {
        let studio = studio.as_mut()?;
        studio.sounds = Some((Rc::new(sounds), build));
        studio.first.take()
    });
    if let Some(name) = first {
        play(&name, 0);
    }
}

/// Plays a sound of the document after `delay_ms`, or when the document is loaded. Until the sound is open, it plays nothing.
pub fn play(name: &str, delay_ms: u64) {
    if !is_open() {
        return;
    }
    STUDIO.with_borrow_mut(|studio| {
        let Some(studio) = studio else { return };
        let Some((sounds, build)) = studio.sounds.clone() else {
            studio.first = Some(name.to_owned());
            return;
        };
        let Some(sound) = sounds.get(name) else { return };
        let start_s = studio.context.current_time() + LEAD_S + delay_ms as f64 / 1_000.0;
        // A failed node leaves its voice out.
        let _ = build(studio, sound, start_s);
    });
}
