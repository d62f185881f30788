//! Where the page is pointed at: the person of a row, under a resting mouse, with the focus, or held with a finger; and the
//! place of a card beside that row. Phones of one kind have no menu of the other mouse button: there a message that is held
//! gets the event of that button from here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{
    AddEventListenerOptions, Element, Event, EventTarget, HtmlElement, MouseEvent, MouseEventInit, PointerEvent,
};

use super::device::document;
use super::dom::held;
use super::timer::Timer;

/// A row with somebody.
const ROW: &str = ".row[data-user]";
/// A message of a log.
const MESSAGE: &str = ".msg";
/// A finger that rests this long holds.
const HOLD_MS: u64 = 500;
/// A finger may tremble.
const TREMBLE_PX: i32 = 10;
/// Pixels between a card and the edge of the view.
const EDGE_PX: f64 = 8.0;
/// A card lies over the end of its row a little: the mouse gets there without crossing anything else.
const OVERLAP_PX: f64 = 14.0;

thread_local! {
    static FOCUSED: RefCell<Option<HtmlElement>> = const { RefCell::new(None) };
}

/// The person in whose row the target of an event is.
pub fn person_of(target: Option<EventTarget>) -> Option<String> {
    closest(target, ROW)?.get_attribute("data-user")
}

/// Returns `true` if the target of an event is inside an element that matches.
pub fn is_in(target: Option<EventTarget>, selector: &str) -> bool {
    closest(target, selector).is_some()
}

/// The person in whose row the focus is, if it came there by keys.
pub fn focused_person() -> Option<String> {
    document()?.active_element()?.matches(":focus-visible").ok().filter(|is_seen| *is_seen)?;
    person_with_focus()
}

/// The person in whose row the focus is.
pub fn person_with_focus() -> Option<String> {
    person_of(document()?.active_element().map(Into::into))
}

/// Remembers what has the focus.
pub fn remember_focus() {
    let active = document().and_then(|document| document.active_element());
    FOCUSED.set(active.and_then(|active| active.dyn_into().ok()));
}

/// Gives the focus back to what had it.
pub fn restore_focus() {
    if let Some(element) = FOCUSED.take() {
        // An element that has left the page does not take the focus.
        let _ = element.focus();
    }
}

/// Places a card beside the row of somebody: the one under the mouse, or with the focus, should there be several.
pub fn place(card: NodeRef<Div>, user: &str) {
    let Some(card) = card.get_untracked() else { return };
    let find = |state: &str| {
        let selector = format!(".row[data-user=\"{user}\"]{state}");
        document()?.query_selector(&selector).ok().flatten()
    };
    let Some(row) = find(":hover").or_else(|| find(":focus-within")).or_else(|| find("")) else { return };
    let (row, own) = (row.get_bounding_client_rect(), card.get_bounding_client_rect());
    let view_px = web_sys::window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or(0.0);
    let top_px = row.top().min(view_px - own.height() - EDGE_PX).max(EDGE_PX);
    for (name, value_px) in [("--card-x", row.right() - OVERLAP_PX), ("--card-y", top_px)] {
        // Both are lengths.
        let _ = HtmlElement::style(&card).set_property(name, &format!("{value_px}px"));
    }
}

/// Sets a length that the style sheets read.
pub fn set_root_px(name: &str, px: i32) {
    let root = document().and_then(|document| document.document_element()?.dyn_into::<HtmlElement>().ok());
    if let Some(root) = root {
        // A length is a value of any custom property.
        let _ = root.style().set_property(name, &format!("{px}px"));
    }
}

/// The pointer belongs to an element until it is let go, wherever it is.
pub fn hold_pointer(element: NodeRef<Div>, pointer: i32) {
    if let Some(element) = element.get_untracked() {
        // Refused only when the pointer has gone meanwhile.
        let _ = element.set_pointer_capture(pointer);
    }
}

/// Where the parts of the page that stand beside each other begin, of which an element is in one.
pub fn left_px(element: NodeRef<Div>) -> i32 {
    let parent = element.get_untracked().and_then(|element| element.closest(".docked").ok().flatten());
    parent.map_or(0, |parent| parent.get_bounding_client_rect().left() as i32)
}

/// Where the conversation that an element is in ends.
pub fn bottom_px(element: NodeRef<Div>) -> i32 {
    let parent = element.get_untracked().and_then(|element| element.closest(".conv").ok().flatten());
    parent.map_or(0, |parent| parent.get_bounding_client_rect().bottom() as i32)
}

/// Tells whether there is room between the top of the log and a message for what can be done to it: when it is there, and whenever
/// something is scrolled.
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
    let on_scroll = Closure::<dyn FnMut()>::new(move || check_room());
    // Scrolling is told to the element alone: it is heard on its way down.
    if let Some(document) = document() {
        let _ = document.add_event_listener_with_callback_and_bool("scroll", on_scroll.as_ref().unchecked_ref(), true);
    }
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

/// Tells whose row a finger holds. The tap that would follow is swallowed. Call it once: it listens for the life of the page.
pub fn on_hold(notify: impl Fn(String) + 'static) {
    let touch = Rc::new(RefCell::new(None::<Touch>));
    let is_held = Rc::new(Cell::new(false));
    let notify: Rc<dyn Fn(String)> = Rc::new(notify);
    let (start, held, report) = (touch.clone(), is_held.clone(), notify.clone());
    listen_first("pointerdown", move |event: Event| {
        let event: PointerEvent = event.unchecked_into();
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
    listen_first("pointermove", move |event: Event| {
        let event: PointerEvent = event.unchecked_into();
        let is_away = moved.borrow().as_ref().is_some_and(|touch| {
            (event.client_x() - touch.at.0).abs() + (event.client_y() - touch.at.1).abs() > TREMBLE_PX
        });
        if is_away {
            moved.take();
        }
    });
    for name in ["pointerup", "pointercancel"] {
        let ended = touch.clone();
        listen_first(name, move |_| drop(ended.take()));
    }
    // Where a finger that rests brings the menu of the other button, it comes to the same: a card of people.
    let (menu, held, report) = (touch, is_held.clone(), notify);
    listen_first("contextmenu", move |event: Event| {
        if !event.is_trusted() {
            return;
        }
        let Some(mut touch) = menu.take() else {
            if held.get() {
                swallow(&event);
            }
            return;
        };
        touch.timer.clear();
        if closest(touch.target.clone(), ROW).is_some() {
            swallow(&event);
            hold(touch.target, touch.at, &held, &*report);
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
    let Some(message) = closest(target, MESSAGE) else { return };
    let init = MouseEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_client_x(at.0);
    init.set_client_y(at.1);
    if let Ok(event) = MouseEvent::new_with_mouse_event_init_dict("contextmenu", &init) {
        is_held.set(true);
        // Nobody has an answer to it but the message.
        let _ = message.dispatch_event(&event);
    }
}

fn swallow(event: &Event) {
    event.prevent_default();
    event.stop_propagation();
}

/// From now on the field that matches takes no more than that: what is more goes out again before anything else hears of it.
pub fn hold_field(selector: &'static str, graphemes_max: usize, bytes_max: usize) {
    listen_first("input", move |event| {
        if closest(event.target(), selector).is_some() {
            held(&event, graphemes_max, bytes_max);
        }
    });
}

/// Hears of an event before everything else, for the life of the page.
fn listen_first(name: &str, listener: impl FnMut(Event) + 'static) {
    let Some(window) = web_sys::window() else { return };
    let callback = Closure::<dyn FnMut(Event)>::new(listener);
    let options = AddEventListenerOptions::new();
    options.set_capture(true);
    let callback_ref = callback.as_ref().unchecked_ref();
    if window.add_event_listener_with_callback_and_add_event_listener_options(name, callback_ref, &options).is_ok() {
        callback.forget();
    }
}

fn closest(target: Option<EventTarget>, selector: &str) -> Option<Element> {
    target?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}
