//! Is this key press meant for us? An input method composes with Enter, and must never send by it (`ux.md` 1.3).

use leptos::ev::KeyboardEvent;

/// Key code that browsers report for every key an input method swallows.
const COMPOSING_KEY_CODE: u32 = 229;

/// An input method is composing: no key means what it says.
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == COMPOSING_KEY_CODE
}

/// Enter that sends: by itself, or with Ctrl or Cmd where the person wants it so, and not while composing.
pub fn is_send(event: &KeyboardEvent, needs_modifier: bool) -> bool {
    let has_modifier = event.ctrl_key() || event.meta_key();
    let is_plain = !event.shift_key() && !event.alt_key();
    event.key() == "Enter" && is_plain && has_modifier == needs_modifier && !is_composing(event)
}
