//! Server in the page, for the demo without a network: calls of `fetch` and sockets reach a [`LocalServer`]. The messenger is the same to
//! the last byte, because only functions of the browser are replaced in this document.
//!
//! The data of the demo is isolated: the page writes no database, and its localStorage ends with the tab. This file also caches the files
//! that the demo needs without a network; the service worker serves them.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Array, Object, PropertyDescriptor, Reflect};
use leptos::task::spawn_local;
use protocol::codec::json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, CacheStorage, Event, Request, RequestCache, RequestCredentials, RequestInit, Response, Window};

use super::device::{capture, document, service_workers, stay_local, window};
use super::fetch_override::{self, SocketOverride, path_of, response};
use super::local_server::{LocalServer, LocalSocketEvent};
use super::timer::Timer;
use super::{SocketEvent, clock, storage};

/// Cache of the demo's files; `sw.js` searches all caches.
const CACHE: &str = "cfm-demo";
/// Prefixes of the paths that the local server answers. Other files come from the network or cache as usual.
const OWN: [&str; 2] = ["/api/", "/sf/"];

/// Handle of the local server of this page.
pub struct Local<S>(Rc<Inner<S>>);

impl<S> Clone for Local<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Inner<S> {
    server: RefCell<S>,
    /// Sockets of the page, by their numbers.
    sockets: RefCell<Vec<(u32, SocketOverride)>>,
    opened: RefCell<u32>,
    timer: RefCell<Timer>,
    is_delivering: RefCell<bool>,
    on_change: RefCell<Option<Box<dyn Fn()>>>,
}

impl<S: LocalServer> Local<S> {
    /// Replaces the network by a server, for the life of the page. `copied` names the keys of localStorage that the page starts with.
    pub fn install(server: S, copied: &[&str]) -> Self {
        stay_local();
        let local = Self(Rc::new(Inner {
            server: RefCell::new(server),
            sockets: RefCell::new(Vec::new()),
            opened: RefCell::new(0),
            timer: RefCell::new(Timer::default()),
            is_delivering: RefCell::new(false),
            on_change: RefCell::new(None),
        }));
        if let Some(window) = window() {
            isolate_storage(&window, copied);
            stay_online(&window);
        }
        local.replace_fetch();
        let opener = local.clone();
        fetch_override::for_sockets(move |path, _| opener.open(&path));
        local.settle();
        local
    }

    /// Runs `job` on the server and sends its events to the page.
    pub fn with(&self, job: impl FnOnce(&mut S, u64)) {
        job(&mut self.0.server.borrow_mut(), clock::now_ms());
        self.settle();
    }

    /// Calls `notify` after each step of the server's clock.
    pub fn on_change(&self, notify: impl Fn() + 'static) {
        *self.0.on_change.borrow_mut() = Some(Box::new(notify));
    }

    /// Sends the pending events to the sockets, after the running code, and sets the timer.
    fn settle(&self) {
        let weak = Rc::downgrade(&self.0);
        if !self.0.is_delivering.replace(true) {
            let weak = weak.clone();
            spawn_local(async move {
                if let Some(local) = of(&weak) {
                    local.0.is_delivering.replace(false);
                    local.deliver_events();
                }
            });
        }
        let mut timer = self.0.timer.borrow_mut();
        match self.0.server.borrow().wake_at() {
            Some(at) => timer.set(at.saturating_sub(clock::now_ms()), move || {
                if let Some(local) = of(&weak) {
                    local.with(|server, now| server.time(now));
                    if let Some(notify) = &*local.0.on_change.borrow() {
                        notify();
                    }
                }
            }),
            None => timer.clear(),
        }
    }

    fn deliver_events(&self) {
        let events = self.0.server.borrow_mut().take_events();
        for LocalSocketEvent { socket, event } in events {
            let place = self.0.sockets.borrow().iter().find(|(other, _)| *other == socket).map(|(_, it)| it.clone());
            // The page has closed the socket.
            let Some(place) = place else { continue };
            match event {
                SocketEvent::Opened => place.opened(),
                SocketEvent::Text(text) => place.deliver_message(&text.into()),
                SocketEvent::Closed { code, reason } => {
                    self.0.sockets.borrow_mut().retain(|(other, _)| *other != socket);
                    place.closed(code, &reason);
                }
            }
        }
    }

    fn replace_fetch(&self) {
        let local = self.clone();
        fetch_override::for_fetch(move |asked| {
            let local = local.clone();
            let is_own = OWN.iter().any(|own| asked.path.starts_with(own));
            is_own.then_some(async move { local.answer(&asked.request, &asked.path).await })
        });
    }

    async fn answer(&self, request: &Request, path: &str) -> Result<Response, JsValue> {
        let body = JsFuture::from(request.text()?).await?.as_string().unwrap_or_default();
        let answer = self.0.server.borrow_mut().call(clock::now_ms(), &request.method(), path, &body);
        self.settle();
        response(answer.status, &answer.body)
    }

    fn open(&self, path: &str) -> SocketOverride {
        let number = self.0.opened.replace_with(|count| *count + 1);
        let local = self.clone();
        let send = move |text: String| local.with(|server, now| server.receive(now, number, &text));
        let local = self.clone();
        let close = move |_| {
            local.0.sockets.borrow_mut().retain(|(other, _)| *other != number);
            local.with(|server, now| server.close(now, number));
        };
        let socket = SocketOverride::new(send, close);
        self.0.sockets.borrow_mut().push((number, socket.clone()));
        self.with(|server, now| server.open(now, number, path));
        socket
    }
}

fn of<S>(weak: &Weak<Inner<S>>) -> Option<Local<S>> {
    weak.upgrade().map(Local)
}

/// Isolates the page from the stored data of the real messenger. The page starts with the real appearance and stores nothing.
fn isolate_storage(window: &Window, copied: &[&str]) {
    let copied: Vec<_> = copied.iter().filter_map(|key| Some((*key, storage::get(key)?))).collect();
    let session = window.session_storage().ok().flatten();
    define(window, "localStorage", &session.into());
    define(window, "indexedDB", &JsValue::UNDEFINED);
    for (key, text) in copied {
        if storage::get(key).is_none() {
            storage::put(key, &text);
        }
    }
    let navigator = window.navigator();
    // The installed app's badge counts real messages only, and the demo shows no notifications of the system.
    define(&navigator, "setAppBadge", &JsValue::UNDEFINED);
    define(window, "Notification", &JsValue::UNDEFINED);
    // The page neither asks the service worker for releases nor reports its person.
    if let Some(workers) = service_workers() {
        define(&workers, "controller", &JsValue::NULL);
    }
}

/// Replaces a property of the browser that cannot be assigned.
fn define(of: &Object, name: &str, value: &JsValue) {
    let place = PropertyDescriptor::new_value(value);
    place.set_configurable(true);
    // A property that cannot be redefined stays.
    let _ = Reflect::define_property(of, &name.into(), &place);
}

/// Lends the browser's functions for normal forms to `protocol`, which compares texts with them. Call it before the server is made. Natively,
/// `protocol` has functions of its own.
pub fn lend_normal_forms() {
    #[cfg(target_family = "wasm")]
    protocol::content::normal::lend(|text, form| js_sys::JsString::from(text).normalize(form.name()).into());
}

/// Hides the events of the network from the page, which needs none.
fn stay_online(window: &Window) {
    for name in ["online", "offline"] {
        capture(window, name, |event: Event| event.stop_immediate_propagation());
    }
}

/// Caches the page at `path` with the files of the JSON list between `begin` and `end`, so that it opens without a network. Returns `true`
/// if the page is cached now, by this call or an earlier one.
pub async fn cache_page(path: &str, begin: &str, end: &str) -> bool {
    let Some(window) = window() else { return false };
    let fresh = fetch_page(&window, path, begin, end).await.is_ok();
    let is_cached = fresh || found(&window, path).await.is_ok_and(|found| !found.is_undefined());
    // Without a service worker, nothing serves the cached page.
    let ready = service_workers().and_then(|workers| workers.ready().ok());
    match ready {
        Some(ready) if is_cached => JsFuture::from(ready).await.is_ok(),
        _ => false,
    }
}

/// Sets the title of the page, for tab lists and screen readers.
pub fn name_page(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

async fn found(window: &Window, path: &str) -> Result<JsValue, JsValue> {
    JsFuture::from(caches(window)?.match_with_str(path)).await
}

/// Returns the caches of the browser, which insecure addresses do not have.
fn caches(window: &Window) -> Result<CacheStorage, JsValue> {
    let caches = window.caches()?;
    if caches.is_undefined() { Err(JsValue::UNDEFINED) } else { Ok(caches) }
}

async fn fetch_page(window: &Window, path: &str, begin: &str, end: &str) -> Result<(), JsValue> {
    // The request carries no credentials, so that the cache contains no data of a session.
    let init = RequestInit::new();
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    let request = Request::new_with_str_and_init(path, &init)?;
    let answer: Response = JsFuture::from(window.fetch_with_request(&request)).await?.dyn_into()?;
    if !answer.ok() {
        return Err(JsValue::UNDEFINED);
    }
    let html = JsFuture::from(answer.clone()?.text()?).await?.as_string().unwrap_or_default();
    let list = html.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).map(|(list, _)| list);
    let files = list.and_then(Value::parse).ok_or(JsValue::UNDEFINED)?;
    let files: Vec<&str> = files.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let cache: Cache = JsFuture::from(caches(window)?.open(CACHE)).await?.unchecked_into();
    let names: Array = files.iter().map(|file| JsValue::from_str(file)).collect();
    JsFuture::from(cache.add_all_with_str_sequence(&names)).await?;
    JsFuture::from(cache.put_with_str(path, &answer)).await?;
    // Files of an earlier release are removed.
    for request in Array::from(&JsFuture::from(cache.keys()).await?) {
        let request: Request = request.unchecked_into();
        let name = path_of(&request.url());
        if name != path && !files.contains(&name.as_str()) {
            JsFuture::from(cache.delete_with_request(&request)).await?;
        }
    }
    Ok(())
}
