//! Malformed events. Form fillers and test tools send plain events with the names of key and pointer events. Such an event lacks the
//! strings of its class, and reading one throws through the wasm code, which ends the program.

use wasm_bindgen::prelude::*;
use web_sys::{AnimationEvent, Event, KeyboardEvent, PointerEvent};

use super::device::window;

/// Names of the events whose strings are read.
const NAMES: [&str; 7] = ["keydown", "keyup", "pointerdown", "pointermove", "pointerover", "pointerup", "animationend"];

/// Stops such events before all listeners, for the life of the page.
pub fn block() {
    let Some(window) = window() else { return };
    for name in NAMES {
        let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            if !is_of_its_kind(name, &event) {
                event.stop_immediate_propagation();
            }
        });
        let callback = listener.into_js_value();
        // A window accepts every listener.
        let _ = window.add_event_listener_with_callback_and_bool(name, callback.unchecked_ref(), true);
    }
}

fn is_of_its_kind(name: &str, event: &Event) -> bool {
    match name {
        "keydown" | "keyup" => event.is_instance_of::<KeyboardEvent>(),
        "animationend" => event.is_instance_of::<AnimationEvent>(),
        _ => event.is_instance_of::<PointerEvent>(),
    }
}
