//! Events that are not what their names say. What fills in forms, and what tests pages, tells of keys and pointers by plain events; a string that
//! such an event does not have throws right through the program when it is read, which ends it.

use wasm_bindgen::prelude::*;
use web_sys::{AnimationEvent, Event, KeyboardEvent, PointerEvent};

/// Names of the events whose strings somebody reads.
const NAMES: [&str; 7] = ["keydown", "keyup", "pointerdown", "pointermove", "pointerover", "pointerup", "animationend"];

/// Lets none of them through, for the life of the page.
pub fn block() {
    let Some(window) = web_sys::window() else { return };
    for name in NAMES {
        let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            if !is_of_its_kind(name, &event) {
                event.stop_immediate_propagation();
            }
        });
        let callback = listener.into_js_value();
        // A window refuses no listener.
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
