//! Malformed events. Form fillers and test tools send plain events with the names of key and pointer events. Such an event lacks the
//! strings of its class, and reading one throws through the wasm code, which ends the program.

use wasm_bindgen::JsCast;
use web_sys::{AnimationEvent, Event, KeyboardEvent, PointerEvent};

use super::device;

/// Names of the events whose strings are read.
const NAMES: [&str; 7] = ["keydown", "keyup", "pointerdown", "pointermove", "pointerover", "pointerup", "animationend"];

/// Stops such events before all listeners, for the life of the page.
pub fn block() {
    let Some(window) = device::window() else { return };
    for name in NAMES {
        device::capture(&window, name, move |event: Event| {
            if !is_of_its_kind(name, &event) {
                event.stop_immediate_propagation();
            }
        });
    }
}

fn is_of_its_kind(name: &str, event: &Event) -> bool {
    match name {
        "keydown" | "keyup" => event.is_instance_of::<KeyboardEvent>(),
        "animationend" => event.is_instance_of::<AnimationEvent>(),
        _ => event.is_instance_of::<PointerEvent>(),
    }
}
