//! Keys that work anywhere on the messenger page (`ux.md` 2.4). Each is also a visible button, or a box.

use leptos::ev;
use leptos::prelude::*;

use crate::browser::dom;
use crate::session::Session;

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
    on_key(move |event| shortcut_of(event).map(action).is_some());
}

/// The box that searches people and messages.
const SEARCH_BOX: &str = ".search > input";

/// Leads to the search box, which then holds `text`.
pub fn search_for(session: Session, text: String) {
    session.search.type_text(text);
    if !dom::focus(SEARCH_BOX) {
        // On a phone the box is on the other side.
        session.show_list();
        dom::after_paint(|| {
            dom::focus(SEARCH_BOX);
        });
    }
}

/// Runs `action` for Ctrl+F (on a Mac, Cmd+F), as long as the calling component is there. In the search box the key is the
/// browser's own again, which finds in what the page shows.
pub fn on_find(action: impl Fn() + Copy + 'static) {
    on_key(move |event| {
        let has_control = event.ctrl_key() != event.meta_key() && !event.alt_key() && !event.shift_key();
        let is_find = has_control && event.key().eq_ignore_ascii_case("f");
        let is_ours = is_find && !dom::is_focus_in(SEARCH_BOX) && !dom::is_dialog_open();
        if is_ours {
            action();
        }
        is_ours
    });
}

/// Messages that the focus is not in.
const OTHER_MESSAGES: &str = ".log-list > :not(:focus-within)";

/// Keys of the whole page: F6 for the next region, Alt with an arrow for the next conversation, Alt+Shift+F to search everywhere.
///
/// Tab stops at the log, where arrows lead to the messages (`ux.md` 2.3), and goes through the one that has the focus: what hundreds of
/// them link and quote are no stops on the way through the page.
pub fn page_shortcuts(session: Session) {
    on_key(move |event| {
        let is_plain_alt = event.alt_key() && !event.ctrl_key() && !event.meta_key();
        match event.key().as_str() {
            "Tab" => {
                dom::pass_over(OTHER_MESSAGES);
                return false;
            }
            "F6" => dom::cycle(&REGIONS, if event.shift_key() { -1 } else { 1 }),
            "ArrowUp" if is_plain_alt => session.show_neighbour(-1, event.shift_key()),
            "ArrowDown" if is_plain_alt => session.show_neighbour(1, event.shift_key()),
            _ if has_modifier(event) && event.code() == "KeyF" && !dom::is_dialog_open() => {
                search_for(session, String::new());
            }
            _ => return false,
        }
        true
    });
}

/// Runs `action` for Alt+Shift with a letter, as long as the calling component is there.
pub fn on_modified(code: &'static str, action: impl Fn() + Copy + 'static) {
    on_key(move |event| {
        let is_it = has_modifier(event) && event.code() == code;
        if is_it {
            action();
        }
        is_it
    });
}

/// Tells `action` of keys, as long as the calling component is there; true means that the key was ours.
fn on_key(action: impl Fn(&ev::KeyboardEvent) -> bool + Copy + 'static) {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            if action(&event) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// Alt and Shift. On a Mac, Option types characters: Control takes its part there.
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
