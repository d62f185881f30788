//! Keys that work anywhere on the messenger page (`ux.md` 2.4). Each is also a visible button.

use leptos::ev;
use leptos::prelude::*;

use crate::browser::dom;
use crate::session::use_session;

/// Parts of the page that F6 goes through: the first element of each that can take the focus.
const REGIONS: [&str; 5] = [
    ".identity-name",
    ".list .cover[aria-current], .list .cover, .list .group",
    ".tab-name[aria-current]",
    ".log",
    ".editor",
];

/// A key of the composer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcut {
    /// Alt+Shift+N.
    Nudge,
    /// Alt+Shift+W.
    Winks,
    /// Alt+Shift+E.
    Emoticons,
}

/// Runs `action` for keys of the composer, as long as the calling component is there.
pub fn on_shortcut(action: impl Fn(Shortcut) + Copy + 'static) {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            if let Some(shortcut) = shortcut_of(&event) {
                event.prevent_default();
                action(shortcut);
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// Keys of the whole page: F6 for the next region, Alt with an arrow for the next conversation.
pub fn page_shortcuts() {
    let session = use_session();
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            let is_plain_alt = event.alt_key() && !event.ctrl_key() && !event.meta_key();
            match event.key().as_str() {
                "F6" => dom::cycle(&REGIONS, if event.shift_key() { -1 } else { 1 }),
                "ArrowUp" if is_plain_alt => session.show_neighbour(-1, event.shift_key()),
                "ArrowDown" if is_plain_alt => session.show_neighbour(1, event.shift_key()),
                _ => return,
            }
            event.prevent_default();
        });
        on_cleanup(move || listener.remove());
    });
}

/// On a Mac, Option types characters: Control takes its part there.
fn shortcut_of(event: &ev::KeyboardEvent) -> Option<Shortcut> {
    let has_modifier =
        if dom::is_mac() { event.ctrl_key() && !event.alt_key() } else { event.alt_key() && !event.ctrl_key() };
    if !has_modifier || !event.shift_key() || event.meta_key() {
        return None;
    }
    match event.code().as_str() {
        "KeyN" => Some(Shortcut::Nudge),
        "KeyW" => Some(Shortcut::Winks),
        "KeyE" => Some(Shortcut::Emoticons),
        _ => None,
    }
}
