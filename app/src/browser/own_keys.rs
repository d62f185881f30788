//! Keys that the person has changed (`crate::keys`). A listener gets each press first and replaces it by the press of the usual key. All
//! other listeners know the usual keys only.

use wasm_bindgen::JsCast;
use web_sys::{Event, EventTarget, KeyboardEvent, KeyboardEventInit};

use super::keys::is_composing;
use super::{anchor, device, dom};
use crate::keys::{KeyMeaning, KeyPress};

/// Selector of elements that receive the next key unchanged.
const LEARNS: &str = "[data-learns]";

/// Asks `meaning` about every key press, for the life of the page.
pub fn translate(meaning: impl Fn(KeyPress<'_>) -> KeyMeaning + 'static) {
    let Some(window) = device::window() else { return };
    // The replacement press reaches this listener too, while the listener still runs.
    device::capture(&window, "keydown", move |event: Event| {
        // Form fillers send key events without the name of a key.
        let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
        if !event.is_trusted() || is_composing(&event) || anchor::is_in(event.target(), LEARNS) {
            return;
        }
        let (key, code) = (event.key(), event.code());
        let is_done = match meaning(press(&event, &key, &code)) {
            KeyMeaning::Itself => return,
            KeyMeaning::Nothing => return event.stop_propagation(),
            KeyMeaning::Done => true,
            KeyMeaning::Like { usual, place } => press_instead(&event, usual, place),
        };
        if is_done {
            event.prevent_default();
            event.stop_propagation();
        }
    });
}

/// Returns the name of the key press of an event, if it has one.
pub fn name_of(event: &KeyboardEvent) -> Option<String> {
    press(event, &event.key(), &event.code()).name()
}

fn press<'a>(event: &KeyboardEvent, key: &'a str, code: &'a str) -> KeyPress<'a> {
    KeyPress {
        has_ctrl: event.ctrl_key(),
        has_alt: event.alt_key(),
        has_shift: event.shift_key(),
        has_meta: event.meta_key(),
        key,
        code,
    }
}

/// Dispatches the press of a usual key, at the same element or at `place`. Returns `true` if the press had an effect.
fn press_instead(event: &KeyboardEvent, usual: &str, place: Option<&str>) -> bool {
    let (held, key) = usual.rsplit_once('+').unwrap_or(("", usual));
    let is_letter = key.len() == 1;
    let is_small = is_letter && !held.contains("Shift");
    let init = KeyboardEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_ctrl_key(held.contains("Ctrl"));
    init.set_alt_key(held.contains("Alt"));
    init.set_shift_key(held.contains("Shift"));
    init.set_meta_key(held.contains("Meta"));
    init.set_key(&if is_small { key.to_ascii_lowercase() } else { key.to_owned() });
    init.set_code(&if is_letter { format!("Key{key}") } else { key.to_owned() });
    let Ok(usual) = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init) else { return false };
    let target = match place {
        Some(place) => dom::found(place).map(EventTarget::from),
        None => event.target(),
    };
    let is_done = target.is_some_and(|target| target.dispatch_event(&usual) == Ok(false));
    if let Some(place) = place.filter(|_| is_done) {
        dom::focus(place);
    }
    is_done
}
