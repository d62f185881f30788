//! The device around the page: is it looked at, has it a network, did it sleep; title and badge; where the page goes
//! next.

use wasm_bindgen::prelude::*;
use web_sys::{Document, EventTarget, Window};

use super::{DeviceEvent, clock};
use crate::store::settings::Motion;

/// A clock that should tick this often …
const TICK_MS: i32 = 10_000;
/// … and was silent for this much longer belongs to a device that slept (`ux.md` 2.1).
const SLEPT_MS: u64 = 30_000;

/// Reports what happens around the page, for as long as the page lives.
pub fn watch(on_event: impl Fn(DeviceEvent) + Clone + 'static) {
    let (Some(window), Some(document)) = (window(), document()) else { return };
    for (name, event) in [("online", DeviceEvent::NetworkUp), ("offline", DeviceEvent::NetworkDown)] {
        let tell = on_event.clone();
        listen(&window, name, move || tell(event));
    }
    for name in ["focus", "blur"] {
        let tell = on_event.clone();
        listen(&window, name, move || tell(DeviceEvent::AttentionChanged));
    }
    let tell = on_event.clone();
    listen(&document, "visibilitychange", move || tell(DeviceEvent::AttentionChanged));
    let tell = on_event.clone();
    listen(&window, "pagehide", move || tell(DeviceEvent::PageHides));
    // A page that comes back from the back/forward cache was frozen: its sockets are dead.
    let tell = on_event.clone();
    listen(&window, "pageshow", move || tell(DeviceEvent::AttentionChanged));
    for name in ["pointerdown", "keydown"] {
        let tell = on_event.clone();
        listen(&window, name, move || tell(DeviceEvent::Gesture));
    }
    watch_for_sleep(&window, on_event);
}

/// Timers stand still while a device sleeps: a tick that comes much too late says that it did.
fn watch_for_sleep(window: &Window, on_event: impl Fn(DeviceEvent) + 'static) {
    let mut last = clock::now_ms();
    let tick = Closure::<dyn FnMut()>::new(move || {
        let now = clock::now_ms();
        if now.saturating_sub(last) > TICK_MS as u64 + SLEPT_MS {
            on_event(DeviceEvent::Slept);
        }
        last = now;
    });
    let callback = tick.as_ref().unchecked_ref();
    // Without the tick, `online` and `visibilitychange` still tell.
    let _ = window.set_interval_with_callback_and_timeout_and_arguments_0(callback, TICK_MS);
    tick.forget();
}

/// Lets the service worker keep what a reload without network needs.
pub fn register_worker(path: &str) {
    if let Some(window) = window() {
        // Not awaited: where it is refused, a reload needs a network.
        let _ = window.navigator().service_worker().register(path);
    }
}

/// The page is in front and has the keyboard: what is in view is being read.
pub fn has_attention() -> bool {
    is_visible() && document().is_some_and(|document| document.has_focus().unwrap_or(false))
}

/// The page can be seen.
pub fn is_visible() -> bool {
    document().is_some_and(|document| !document.hidden())
}

/// How much may move while the person has not chosen.
pub fn preferred_motion() -> Motion {
    let query = window().and_then(|window| window.match_media("(prefers-reduced-motion: reduce)").ok().flatten());
    if query.is_some_and(|query| query.matches()) { Motion::Calm } else { Motion::Full }
}

/// An attribute of the document's root.
pub fn root_attribute(name: &str) -> Option<String> {
    document()?.document_element()?.get_attribute(name)
}

/// Sets an attribute of the document's root (`data-theme`, `data-motion`, `lang`).
pub fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        // Only names of ours come here; all are valid.
        let _ = root.set_attribute(name, value);
    }
}

/// Sets the text size of the whole page; everything is sized in `rem`.
pub fn set_text_percent(percent: u16) {
    let root = document().and_then(|document| document.document_element());
    if let Some(root) = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = root.style().set_property("font-size", &format!("{percent}%"));
    }
}

/// A short hum, where the device can.
pub fn vibrate(pattern_ms: &[u32]) {
    let Some(window) = window() else { return };
    let pattern: js_sys::Array = pattern_ms.iter().map(|ms| JsValue::from(*ms)).collect();
    // Desktop browsers answer false; there is nothing to do about it.
    let _ = window.navigator().vibrate_with_pattern(&pattern);
}

/// Leaves for another page of ours, without a way back to this one.
pub fn go_to(path: &str) {
    if let Some(window) = window() {
        let _ = window.location().replace(path);
    }
}

pub(super) fn window() -> Option<Window> {
    web_sys::window()
}

pub(super) fn document() -> Option<Document> {
    window()?.document()
}

/// Calls `on_event` for the life of the page.
pub(super) fn listen(target: &EventTarget, name: &str, on_event: impl Fn() + 'static) {
    let callback = Closure::<dyn FnMut()>::new(on_event);
    if target.add_event_listener_with_callback(name, callback.as_ref().unchecked_ref()).is_ok() {
        callback.forget();
    }
}
