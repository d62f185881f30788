//! Filters of key presses: Enter that ends a composition of an input method must never send (`ux.md` 1.3).

use leptos::ev::KeyboardEvent;

/// Key code that browsers report for every key that an input method handles.
const COMPOSING_KEY_CODE: u32 = 229;

/// Returns `true` while an input method composes, so that keys have no meaning of their own.
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == COMPOSING_KEY_CODE
}

/// Returns `true` for an Enter that sends: alone, or with Ctrl or Cmd if the person wants it so, and never while composing.
pub fn is_send(event: &KeyboardEvent, needs_modifier: bool) -> bool {
    let has_modifier = event.ctrl_key() || event.meta_key();
    let is_plain = !event.shift_key() && !event.alt_key();
    event.key() == "Enter" && is_plain && has_modifier == needs_modifier && !is_composing(event)
}
