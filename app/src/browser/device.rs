//! The device around the page: attention, network and sleep, service worker, attributes of the root, and navigation.

use std::cell::Cell;

use js_sys::{Date, Function, Object, Promise, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, EventTarget, History, HtmlElement, MediaQueryList, MessageEvent, ServiceWorker, ServiceWorkerContainer,
    Window,
};

use super::DeviceEvent;
use crate::appearance::{Motion, Theme};

/// Interval of the tick. A clock that should tick this often …
const TICK_MS: i32 = 10_000;
/// … and was silent for this much longer belongs to a device that slept (`ux.md` 2.1).
const SLEPT_MS: u64 = 30_000;

/// Preference of a system for little motion.
const LITTLE_MOTION: &str = "reduced-motion: reduce";

/// Reports what happens around the page, for as long as the page lives.
pub fn watch(on_event: impl Fn(DeviceEvent) + Clone + 'static) {
    let (Some(window), Some(document)) = (window(), document()) else { return };
    let notify = on_event.clone();
    listen(&document, "visibilitychange", move || notify(DeviceEvent::AttentionChanged));
    for (name, event) in [
        ("online", DeviceEvent::NetworkUp),
        ("offline", DeviceEvent::NetworkDown),
        ("focus", DeviceEvent::AttentionChanged),
        ("blur", DeviceEvent::AttentionChanged),
        // Data that is saved when the page hides may be too late for the database, which closes with the page. `beforeunload` comes
        // earlier, as soon as the next page is requested.
        ("beforeunload", DeviceEvent::PageHides),
        ("pagehide", DeviceEvent::PageHides),
        // A page that returns from the back/forward cache was frozen: its sockets are dead.
        ("pageshow", DeviceEvent::AttentionChanged),
        ("pointerdown", DeviceEvent::Gesture),
        ("keydown", DeviceEvent::Gesture),
    ] {
        let notify = on_event.clone();
        listen(&window, name, move || notify(event));
    }
    watch_for_sleep(&window, on_event);
}

/// Timers stop while a device sleeps, so a very late tick shows that the device slept.
fn watch_for_sleep(window: &Window, on_event: impl Fn(DeviceEvent) + 'static) {
    let mut last = Date::now() as u64;
    let tick = Closure::<dyn FnMut()>::new(move || {
        let now = Date::now() as u64;
        if now.saturating_sub(last) > TICK_MS as u64 + SLEPT_MS {
            on_event(DeviceEvent::Slept);
        }
        last = now;
    });
    let callback = tick.as_ref().unchecked_ref();
    // Without the tick, `online` and `visibilitychange` still report.
    let _ = window.set_interval_with_callback_and_timeout_and_arguments_0(callback, TICK_MS);
    tick.forget();
}

/// Registers the service worker, which caches the files for a reload without network.
pub fn register_worker(path: &str) {
    if let Some(workers) = service_workers() {
        // If the registration fails, a reload needs a network.
        unheard(workers.register(path));
    }
}

/// Ignores a promise, so that the browser logs no unhandled rejection.
pub(super) fn unheard(promise: Promise) {
    spawn_local(async move { drop(JsFuture::from(promise).await) });
}

/// Returns the service workers of the browser. Insecure addresses and some private windows have none. In a sandboxed frame the browser
/// throws, and so would the binding.
pub(super) fn service_workers() -> Option<ServiceWorkerContainer> {
    let workers = Reflect::get(&window()?.navigator(), &"serviceWorker".into()).ok()?;
    workers.is_object().then(|| workers.unchecked_into())
}

/// Calls `notify` when the service worker has found another release: one whose files the head of this page does not name.
pub fn on_release(notify: impl Fn() + 'static) {
    let Some(workers) = service_workers() else { return };
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let head = document().and_then(|document| document.head()).map(|head| head.inner_html());
        if let (Some(files), Some(head)) = (event.data().as_string(), head)
            && !files.split(',').all(|file| head.contains(file))
        {
            notify();
        }
    });
    workers.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
}

/// Asks the service worker to look for a new release.
pub fn check_for_release() {
    if let Some(worker) = service_workers().and_then(|workers| workers.controller()) {
        post_to_worker(&worker, &JsValue::NULL);
    }
}

/// Sends a message to a service worker; `public/sw.js` defines the messages.
pub(super) fn post_to_worker(worker: &ServiceWorker, message: &JsValue) {
    // A worker that does not listen has been replaced by a newer one.
    let _ = worker.post_message(message);
}

pub fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

pub fn path() -> String {
    window().and_then(|window| window.location().pathname().ok()).unwrap_or_default()
}

/// Returns the query of the page's address, with its question mark.
pub fn query() -> String {
    window().and_then(|window| window.location().search().ok()).unwrap_or_default()
}

pub fn forget_query() {
    show_address(&path());
}

/// Sets the address of the page, to which a reload returns.
pub fn show_address(path: &str) {
    if let Some(history) = history() {
        // A browser that refuses keeps the present address.
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(path));
    }
}

/// Returns the number of the history's entry that the page is at (`steps`); `None` if the entry has none.
pub fn step() -> Option<usize> {
    history()?.state().ok()?.as_f64().map(|number| number as usize)
}

/// Gives the history's entry that the page is at a number, and another address if there is one.
pub fn number_step(number: usize, path: Option<&str>) {
    if let Some(history) = history() {
        // A browser that refuses keeps the entry as it is.
        let _ = history.replace_state_with_url(&JsValue::from_f64(number as f64), "", path);
    }
}

/// Adds an entry with this number, and with another address if there is one, to the history.
pub fn add_step(number: usize, path: Option<&str>) {
    if let Some(history) = history() {
        // Browsers refuse more than some hundred entries in half a minute; such a layer has no step.
        let _ = history.push_state_with_url(&JsValue::from_f64(number as f64), "", path);
    }
}

/// Leaves so many entries of the history.
pub fn go_back(steps: usize) {
    if let Some(history) = history() {
        let _ = history.go_with_delta(-(steps as i32));
    }
}

/// Calls `then` with the number of each entry to which the browser goes, for the life of the page.
pub fn on_step(then: impl Fn(Option<usize>) + 'static) {
    if let Some(window) = window() {
        listen(&window, "popstate", move || then(step()));
    }
}

fn history() -> Option<History> {
    window()?.history().ok()
}

/// Calls `notify` after each change of the page's size, for the life of the page.
pub fn on_resize(notify: impl Fn() + 'static) {
    if let Some(window) = window() {
        listen(&window, "resize", notify);
    }
}

/// Returns `true` while the page is stacked: list and conversation share one column. The question forces no layout.
pub fn is_stacked() -> bool {
    media(super::DOCKED).is_some_and(|media| !media.matches())
}

/// Presses the element that the address names: the app's shortcuts lead to elements whose ids begin with this prefix.
pub fn press_shortcut() {
    let hash = window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    let id = hash.strip_prefix('#').filter(|id| id.starts_with("do-"));
    let found = id.and_then(|id| document()?.get_element_by_id(id));
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}

#[wasm_bindgen]
extern "C" {
    /// Repeats the presses and keys from before hydration. The function is a script of the document (`shell.rs`).
    #[wasm_bindgen(js_name = awake)]
    pub fn catch_up();
}

/// Returns `true` if the page is in front and has the keyboard.
pub fn has_attention() -> bool {
    is_visible() && document().is_some_and(|document| document.has_focus().unwrap_or(false))
}

thread_local! {
    static IS_ON_STAGE: Cell<bool> = const { Cell::new(false) };
    static IS_LOCAL: Cell<bool> = const { Cell::new(false) };
}

/// Notes that the server is in the page (`local`). Nobody else reaches it, so nobody can be invited by a link.
pub fn stay_local() {
    IS_LOCAL.set(true);
}

/// Returns `true` if the server is in the page.
pub fn is_local() -> bool {
    IS_LOCAL.get()
}

/// Notes that the page is a device on the stage. Its audience reads both devices, of which at most one has the keyboard.
pub fn stand_on_stage() {
    IS_ON_STAGE.set(true);
}

/// Returns `true` if visible messages count as read.
pub fn is_reading() -> bool {
    has_attention() || IS_ON_STAGE.get() && is_visible()
}

pub fn is_visible() -> bool {
    document().is_some_and(|document| !document.hidden())
}

/// Returns the motion level that the system prefers; it counts while the person has not chosen.
pub fn preferred_motion() -> Motion {
    if is_preferred(LITTLE_MOTION) { Motion::Calm } else { Motion::Full }
}

/// Returns the theme that the system prefers, by the rule of the shell's bootstrap script; it counts while the person has not chosen.
pub fn preferred_theme() -> Theme {
    let asked = Theme::OF_SYSTEM.into_iter().find(|(preference, _)| is_preferred(preference));
    asked.map(|(_, theme)| theme).unwrap_or_default()
}

/// Calls `notify` whenever the system's preferred theme or motion changes.
pub fn on_preference(notify: impl Fn() + Clone + 'static) {
    let of_themes = Theme::OF_SYSTEM.into_iter().map(|(preference, _)| preference);
    for media in of_themes.chain([LITTLE_MOTION]).filter_map(preference) {
        listen(&media, "change", notify.clone());
    }
}

fn is_preferred(name: &str) -> bool {
    preference(name).is_some_and(|media| media.matches())
}

fn preference(name: &str) -> Option<MediaQueryList> {
    media(&format!("(prefers-{name})"))
}

/// Returns a query of the device and the page's size, which can be read and followed.
pub(super) fn media(query: &str) -> Option<MediaQueryList> {
    window()?.match_media(query).ok().flatten()
}

pub fn root_attribute(name: &str) -> Option<String> {
    root()?.get_attribute(name)
}

/// Sets an attribute of the document's root (`data-theme`, `data-motion`, `lang`).
pub fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = root() {
        // All names come from constants and are valid.
        let _ = root.set_attribute(name, value);
    }
}

pub fn remove_root_attribute(name: &str) {
    if let Some(root) = root() {
        // All names come from constants and are valid.
        let _ = root.remove_attribute(name);
    }
}

/// Sets the text size of the whole page, because all sizes are in `rem`.
pub fn set_text_percent(percent: u16) {
    if let Some(root) = root() {
        let _ = root.style().set_property("font-size", &format!("{percent}%"));
    }
}

/// Returns `false` if the browser knows that it has no network.
pub fn has_network() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Vibrates, if the browser and the device can.
pub fn vibrate(pattern_ms: &[u32]) {
    let Some(navigator) = window().map(|window| window.navigator()) else { return };
    let pattern: js_sys::Array = pattern_ms.iter().map(|ms| JsValue::from(*ms)).collect();
    if let Some(vibrate) = method(&navigator, "vibrate") {
        // A browser may refuse.
        let _ = vibrate.call1(&navigator, &pattern);
    }
}

/// Returns `true` if the browser offers addresses to other apps of the device.
pub fn can_share() -> bool {
    window().is_some_and(|window| method(&window.navigator(), "share").is_some())
}

/// Offers an address to other apps of the device.
pub fn share(url: &str) {
    let Some(navigator) = window().map(|window| window.navigator()) else { return };
    let shared = object(&[("url", url.into())]);
    let promise = method(&navigator, "share").and_then(|share| share.call1(&navigator, &shared).ok());
    // The person may choose no app.
    if let Some(promise) = promise {
        unheard(promise.unchecked_into());
    }
}

/// Returns a method that not every browser has. A call of a missing method would throw through the wasm code and end the program.
pub(super) fn method(object: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}

/// Navigates to another page of this site, without a way back.
pub fn go_to(path: &str) {
    if let Some(window) = window() {
        let _ = window.location().replace(path);
    }
}

/// Returns the window of the browser. The server and native tests have none, so that every function that begins with it does nothing there.
pub(super) fn window() -> Option<Window> {
    if cfg!(feature = "hydrate") { web_sys::window() } else { None }
}

pub(super) fn document() -> Option<Document> {
    window()?.document()
}

pub(super) fn root() -> Option<HtmlElement> {
    document()?.document_element()?.dyn_into().ok()
}

/// Calls `on_event` at each event, for the life of the page.
pub(super) fn listen(target: &EventTarget, name: &str, on_event: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(on_event).into_js_value();
    // A target of this document accepts every listener.
    let _ = target.add_event_listener_with_callback(name, callback.unchecked_ref());
}

/// Calls `on_event` at each event before the listeners of the page, for the life of the page. `E` is the class of the event. It is not
/// checked, because an event in a frame has the class of that frame.
pub(super) fn capture<E: FromWasmAbi + 'static>(target: &EventTarget, name: &str, on_event: impl Fn(E) + 'static) {
    let callback = Closure::<dyn Fn(E)>::new(on_event).into_js_value();
    // A frame of another origin refuses listeners.
    let _ = target.add_event_listener_with_callback_and_bool(name, callback.unchecked_ref(), true);
}

/// Makes an object of JavaScript.
pub(super) fn object(members: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in members {
        // An object that was just made takes any member.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// Returns the origin of the page: scheme, host and port.
pub fn origin() -> String {
    window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}
