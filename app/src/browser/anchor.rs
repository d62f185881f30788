//! Anchors of cards and menus: the row under the mouse, with the focus, or under a held finger, and the position of a card beside that row.
//! Some phones send no `contextmenu` event for a long press; this file sends one to a message and to a row without a card that are held.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, EventTarget, HtmlElement, KeyboardEvent, MouseEvent, MouseEventInit, PointerEvent};

use super::device::{self, document, window};
use super::dom;
use super::timer::Timer;

/// Row of a person.
const ROW: &str = ".row[data-user]";
/// Row of the list: of a person, a bot or a room.
const LISTED: &str = ".row[data-room]";
const MESSAGE: &str = ".msg";
/// Elements with a menu of their own.
const HELD: &str = ".row[data-room], .msg";
/// Time after which a resting finger counts as a long press.
const HOLD_MS: u64 = 500;
/// Distance that a resting finger may move.
const TREMBLE_PX: i32 = 10;
/// Pixels between a card and the edge of the view.
const EDGE_PX: f64 = 8.0;
/// A card overlaps the end of its row, so that the mouse reaches it without crossing another element.
const OVERLAP_PX: f64 = 14.0;

const LISTS: &str = "#contacts";
/// Keys that move the focus from row to row.
const WALKING_KEYS: [&str; 9] =
    ["Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"];
/// Time in which such a key has moved the focus.
const WALK_MS: f64 = 250.0;

thread_local! {
    static FOCUSED: RefCell<Option<HtmlElement>> = const { RefCell::new(None) };
    /// Time of the last key, if it is one that moves the focus.
    static WALKED_AT: Cell<Option<f64>> = const { Cell::new(None) };
}

/// Returns the person in whose row the target of an event is.
pub fn person_of(target: Option<EventTarget>) -> Option<String> {
    closest(target, ROW)?.get_attribute("data-user")
}

/// Returns `true` if the target of an event is inside an element that matches.
pub fn is_in(target: Option<EventTarget>, selector: &str) -> bool {
    closest(target, selector).is_some()
}

/// Notes the keys that move the focus, for [`walked_person`]. Call it once: it listens for the life of the page.
pub fn note_walks() {
    listen_first("keydown", |event: KeyboardEvent| {
        let key = event.key();
        // In the list, a letter moves to the next name.
        let is_letter = key.chars().count() == 1 && closest(event.target(), LISTS).is_some();
        let is_walk = is_letter || WALKING_KEYS.contains(&key.as_str());
        // With these keys held, an arrow is a step of the browser's history or a shortcut.
        let is_plain = !event.alt_key() && !event.ctrl_key() && !event.meta_key();
        WALKED_AT.set((is_walk && is_plain).then(|| event.time_stamp()));
    });
}

/// Returns the person in whose row the focus is, if a key has just moved it there. A focus that the page moves or gives back is none of
/// these, although browsers draw its ring after any key.
pub fn walked_person(event: &Event) -> Option<String> {
    let walked_at = WALKED_AT.get()?;
    if event.time_stamp() - walked_at > WALK_MS {
        return None;
    }
    person_with_focus()
}

/// Returns the person in whose row the focus is.
pub fn person_with_focus() -> Option<String> {
    person_of(document()?.active_element().map(Into::into))
}

pub fn remember_focus() {
    let active = document().and_then(|document| document.active_element());
    FOCUSED.set(active.and_then(|active| active.dyn_into().ok()));
}

pub fn restore_focus() {
    if let Some(element) = FOCUSED.take() {
        // An element that has left the page does not take the focus.
        let _ = element.focus();
    }
}

/// Places a card beside the row of a person. Of several rows, the one under the mouse or with the focus counts.
pub fn place(card: NodeRef<Div>, user: &str) {
    let Some(card) = card.get_untracked() else { return };
    let find = |state: &str| dom::found(&format!(".row[data-user=\"{user}\"]{state}"));
    let Some(row) = find(":hover").or_else(|| find(":focus-within")).or_else(|| find("")) else { return };
    let (row, own) = (row.get_bounding_client_rect(), card.get_bounding_client_rect());
    let view_px = window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or(0.0);
    let top_px = row.top().min(view_px - own.height() - EDGE_PX).max(EDGE_PX);
    dom::set_px(&card, "--card-x", row.right() - OVERLAP_PX);
    dom::set_px(&card, "--card-y", top_px);
}

/// Sets a length as a custom property of the root, for the style sheets.
pub fn set_root_px(name: &str, px: i32) {
    if let Some(root) = device::root() {
        dom::set_px(&root, name, f64::from(px));
    }
}

/// Captures the pointer for an element until the pointer is released.
pub fn hold_pointer(element: NodeRef<Div>, pointer: i32) {
    if let Some(element) = element.get_untracked() {
        // The browser refuses only if the pointer is gone.
        let _ = element.set_pointer_capture(pointer);
    }
}

/// Returns the left edge of the row of columns that contains an element.
pub fn left_px(element: NodeRef<Div>) -> i32 {
    let parent = element.get_untracked().and_then(|element| element.closest(".docked").ok().flatten());
    parent.map_or(0, |parent| parent.get_bounding_client_rect().left() as i32)
}

/// Returns the bottom edge of the conversation that contains an element.
pub fn bottom_px(element: NodeRef<Div>) -> i32 {
    let parent = element.get_untracked().and_then(|element| element.closest(".conv").ok().flatten());
    parent.map_or(0, |parent| parent.get_bounding_client_rect().bottom() as i32)
}

/// Reports whether the space between the top of the log and a message is large enough for the message's actions: once at the start, and
/// after each scroll.
pub fn watch_room(strip: NodeRef<Div>, notify: impl Fn(bool) + 'static) {
    let check_room = Rc::new(move || {
        let has_room = strip.try_get_untracked().flatten().and_then(|strip| {
            let top = |selector| Some(strip.closest(selector).ok()??.get_bounding_client_rect().top());
            Some(top(MESSAGE)? - top(".log")? >= strip.get_bounding_client_rect().height())
        });
        if let Some(has_room) = has_room {
            notify(has_room);
        }
    });
    let first = check_room.clone();
    Effect::new(move |_| strip.get().map(|_| first()));
    let Some(page) = document() else { return };
    let on_scroll = Closure::<dyn FnMut()>::new(move || check_room());
    // Scroll events do not bubble, so the listener captures them at the document.
    let _ = page.add_event_listener_with_callback_and_bool("scroll", on_scroll.as_ref().unchecked_ref(), true);
    let on_scroll = StoredValue::new_local(Some(on_scroll));
    on_cleanup(move || {
        if let (Some(document), Some(on_scroll)) = (document(), on_scroll.try_update_value(Option::take).flatten()) {
            let listener = on_scroll.as_ref().unchecked_ref();
            let _ = document.remove_event_listener_with_callback_and_bool("scroll", listener, true);
        }
    });
}

struct Touch {
    target: Option<EventTarget>,
    at: (i32, i32),
    timer: Timer,
}

/// Reports the person whose row a finger holds, and opens the menu of any other row or message. The tap that would follow is swallowed. Call
/// it once: it listens for the life of the page.
pub fn on_hold(notify: impl Fn(String) + 'static) {
    let touch = Rc::new(RefCell::new(None::<Touch>));
    let is_held = Rc::new(Cell::new(false));
    let notify: Rc<dyn Fn(String)> = Rc::new(notify);
    let (start, held, report) = (touch.clone(), is_held.clone(), notify.clone());
    listen_first("pointerdown", move |event: PointerEvent| {
        held.set(false);
        if event.pointer_type() != "touch" || !event.is_primary() {
            start.take();
            return;
        }
        let (target, at) = (event.target(), (event.client_x(), event.client_y()));
        let mut timer = Timer::default();
        let (held, report, touched) = (held.clone(), report.clone(), target.clone());
        timer.set(HOLD_MS, move || hold(touched, at, &held, &*report));
        start.replace(Some(Touch { target, at, timer }));
    });
    let moved = touch.clone();
    listen_first("pointermove", move |event: PointerEvent| {
        let is_away = moved.borrow().as_ref().is_some_and(|touch| {
            (event.client_x() - touch.at.0).abs() + (event.client_y() - touch.at.1).abs() > TREMBLE_PX
        });
        if is_away {
            moved.take();
        }
    });
    for name in ["pointerup", "pointercancel"] {
        let ended = touch.clone();
        listen_first(name, move |_: Event| drop(ended.take()));
    }
    // On devices where a resting finger opens the context menu, that event has the same result: the card of the person, or the menu.
    let (menu, held, report) = (touch, is_held.clone(), notify);
    listen_first("contextmenu", move |event: Event| {
        if !event.is_trusted() {
            return;
        }
        match menu.take() {
            // A message handles the event itself.
            Some(touch) if closest(touch.target.clone(), LISTED).is_none() => {}
            _ if held.get() => swallow(&event),
            Some(mut touch) => {
                touch.timer.clear();
                swallow(&event);
                hold(touch.target, touch.at, &held, &*report);
            }
            None => {}
        }
    });
    // The press that a browser makes of the tap would move the focus, and so close the card.
    let held = is_held.clone();
    listen_first("mousedown", move |event: Event| {
        if held.get() {
            swallow(&event);
        }
    });
    listen_first("click", move |event: Event| {
        if is_held.replace(false) {
            swallow(&event);
        }
    });
}

fn hold(target: Option<EventTarget>, at: (i32, i32), is_held: &Cell<bool>, notify: &dyn Fn(String)) {
    if let Some(user) = person_of(target.clone()) {
        is_held.set(true);
        return notify(user);
    }
    let Some(element) = closest(target, HELD) else { return };
    let init = MouseEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_client_x(at.0);
    init.set_client_y(at.1);
    if let Ok(event) = MouseEvent::new_with_mouse_event_init_dict("contextmenu", &init) {
        is_held.set(true);
        // Only the element handles this event.
        let _ = element.dispatch_event(&event);
    }
}

fn swallow(event: &Event) {
    event.prevent_default();
    event.stop_propagation();
}

/// Limits the field that matches `selector`. Surplus text is removed before any other listener sees the event.
pub fn hold_field(selector: &'static str, graphemes_max: usize, bytes_max: usize) {
    listen_first("input", move |event: Event| {
        if closest(event.target(), selector).is_some() {
            dom::held(&event, graphemes_max, bytes_max);
        }
    });
}

/// Listens to an event before every other listener, for the life of the page.
fn listen_first<E: FromWasmAbi + 'static>(name: &str, listener: impl Fn(E) + 'static) {
    if let Some(window) = window() {
        device::capture(&window, name, listener);
    }
}

fn closest(target: Option<EventTarget>, selector: &str) -> Option<Element> {
    target?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}
