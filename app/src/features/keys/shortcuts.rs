//! Keys that work anywhere on the messenger page (`ux.md` 2.4). Each has a visible button or box as well.

use crate::prelude::*;

/// Regions that F6 cycles through: it focuses the first focusable element of each.
const REGIONS: [&str; 5] = [
    ".identity-name",
    ".list .cover[aria-current], .list .cover, .list .group",
    ".tab-name[aria-current]",
    ".log",
    ".editor",
];

/// Shortcut of the composer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcut {
    /// Alt+Shift+N.
    Nudge,
    /// Alt+Shift+W.
    Winks,
    /// Alt+Shift+E.
    Emoticons,
}

/// Runs `action` for shortcuts of the composer, until the calling component is disposed.
pub fn on_shortcut(action: impl Fn(Shortcut) + Copy + 'static) {
    on_key(move |event| shortcut_of(event).map(action).is_some());
}

/// Bar that searches within a conversation.
const FIND_BAR: &str = ".find-bar";

/// Runs `action` for Ctrl+F (on a Mac, Cmd+F), until the calling component is disposed. In the bar of that search, the key opens the
/// browser's own search of the page.
pub fn on_find(action: impl Fn() + Copy + 'static) {
    on_key(move |event| {
        let has_control = event.ctrl_key() != event.meta_key() && !event.alt_key() && !event.shift_key();
        let is_find = has_control && event.key().eq_ignore_ascii_case("f");
        let is_ours = is_find && !dom::is_focus_in(FIND_BAR) && !dom::is_dialog_open();
        if is_ours {
            action();
        }
        is_ours
    });
}

/// Messages without the focus.
const OTHER_MESSAGES: &str = ".log-list > :not(:focus-within)";

/// Handles the keys of the whole page: F6 for the next region, Alt with an arrow for the next conversation.
///
/// Tab stops at the log, where arrow keys reach the messages (`ux.md` 2.3), and at the focused message. Links and quotes of the other
/// messages are no Tab stops.
pub fn page_shortcuts(session: Session) {
    on_key(move |event| {
        let is_plain_alt = event.alt_key() && !event.ctrl_key() && !event.meta_key();
        let show_neighbour = |step| {
            let only_unread = event.shift_key();
            session.run(move |state| state.show_neighbour(step, only_unread));
        };
        match event.key().as_str() {
            "Tab" => {
                dom::pass_over(OTHER_MESSAGES);
                return false;
            }
            "F6" => dom::cycle(&REGIONS, if event.shift_key() { -1 } else { 1 }),
            "ArrowUp" if is_plain_alt => show_neighbour(-1),
            "ArrowDown" if is_plain_alt => show_neighbour(1),
            _ => return false,
        }
        true
    });
}

/// Runs `action` for Alt+Shift with a letter, until the calling component is disposed.
pub fn on_modified(code: &'static str, action: impl Fn() + Copy + 'static) {
    on_key(move |event| {
        let is_it = has_modifier(event) && event.code() == code;
        if is_it {
            action();
        }
        is_it
    });
}

/// Runs `action` for Ctrl+Shift+L, until the calling component is disposed.
pub fn on_lock(action: impl Fn() + Copy + 'static) {
    on_key(move |event| {
        let has_control = event.ctrl_key() && event.shift_key() && !event.alt_key() && !event.meta_key();
        let is_it = has_control && event.code() == "KeyL";
        if is_it {
            action();
        }
        is_it
    });
}

/// Calls `action` for keys, until the calling component is disposed. It returns `true` if it handled the key. A locked page has no keys.
fn on_key(action: impl Fn(&ev::KeyboardEvent) -> bool + Copy + 'static) {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            if !dom::is_there("html[data-locked]") && action(&event) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// Returns `true` for Alt and Shift. On a Mac, Option types characters, so Control replaces Alt.
fn has_modifier(event: &ev::KeyboardEvent) -> bool {
    let (one, other) =
        if dom::is_mac() { (event.ctrl_key(), event.alt_key()) } else { (event.alt_key(), event.ctrl_key()) };
    one && !other && event.shift_key() && !event.meta_key()
}

fn shortcut_of(event: &ev::KeyboardEvent) -> Option<Shortcut> {
    if !has_modifier(event) {
        return None;
    }
    match event.code().as_str() {
        "KeyN" => Some(Shortcut::Nudge),
        "KeyW" => Some(Shortcut::Winks),
        "KeyE" => Some(Shortcut::Emoticons),
        _ => None,
    }
}
