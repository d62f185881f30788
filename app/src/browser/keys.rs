//! Is this key press meant for us? An input method composes with Enter, and must never send by it (`ux.md` 1.3).

use leptos::ev::KeyboardEvent;

/// Key code that browsers report for every key an input method swallows.
const COMPOSING_KEY_CODE: u32 = 229;

/// An input method is composing: no key means what it says.
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == COMPOSING_KEY_CODE
}

/// Enter that sends: not with Shift, Ctrl, Alt or Meta, and not while composing.
pub fn is_send(event: &KeyboardEvent) -> bool {
    let has_modifier = event.shift_key() || event.ctrl_key() || event.alt_key() || event.meta_key();
    event.key() == "Enter" && !has_modifier && !is_composing(event)
}
