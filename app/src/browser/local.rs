//! A server of the page's own in the place of the network, for the demo without one: what the page asks of `fetch` and of sockets goes to a
//! [`World`]. The page itself is the same to the last byte: it is the browser's own functions that are replaced, in this one document.
//!
//! What the page keeps is kept apart: nothing in a database, and what would be in localStorage ends with the tab. What the demo needs to open
//! without network is kept here as well; the service worker shows it.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::Array;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::named::{Heard, call, define, get, made, object, promised, set};
use super::stand_in::{self, happen, path_of, response};
use super::timer::Timer;
use super::{SocketEvent, clock, storage};
use crate::offline::{Told, World};

/// Cache of what the demo needs; `sw.js` looks in all.
const CACHE: &str = "cfm-demo";
/// Paths of which the server in the page is asked; other files come as always.
const OWN: [&str; 2] = ["/api/", "/sf/"];
/// State of an open socket.
const OPEN: u32 = 1;

/// The server of this page. A handle.
#[derive(Clone)]
pub struct Local(Rc<Inner>);

struct Inner {
    world: RefCell<World>,
    /// Sockets of the page, by their numbers.
    sockets: RefCell<Vec<(u32, JsValue)>>,
    opened: RefCell<u32>,
    timer: RefCell<Timer>,
    is_telling: RefCell<bool>,
    on_change: RefCell<Option<Box<dyn Fn()>>>,
}

impl Local {
    /// Puts the world in the place of the network, for as long as the page lives. `kept` are keys of localStorage that the page begins with.
    pub fn install(world: World, kept: &[&str]) -> Self {
        let local = Self(Rc::new(Inner {
            world: RefCell::new(world),
            sockets: RefCell::new(Vec::new()),
            opened: RefCell::new(0),
            timer: RefCell::new(Timer::default()),
            is_telling: RefCell::new(false),
            on_change: RefCell::new(None),
        }));
        let window: JsValue = js_sys::global().into();
        keep_apart(&window, kept);
        stay_online(&window);
        local.replace_fetch();
        let opener = local.clone();
        stand_in::for_sockets(move |path, _| opener.open(&path));
        local.settle();
        local
    }

    /// Does something with the world, and tells the page what comes of it.
    pub fn with(&self, job: impl FnOnce(&mut World, u64)) {
        job(&mut self.0.world.borrow_mut(), clock::now_ms());
        self.settle();
    }

    /// Calls `tell` whenever time has passed in it.
    pub fn on_change(&self, tell: impl Fn() + 'static) {
        *self.0.on_change.borrow_mut() = Some(Box::new(tell));
    }

    /// Tells the sockets what there is to tell, after whatever runs now, and sets the timer.
    fn settle(&self) {
        let weak = Rc::downgrade(&self.0);
        if !self.0.is_telling.replace(true) {
            let weak = weak.clone();
            spawn_local(async move {
                if let Some(local) = of(&weak) {
                    local.0.is_telling.replace(false);
                    local.tell();
                }
            });
        }
        let mut timer = self.0.timer.borrow_mut();
        match self.0.world.borrow().wake_at() {
            Some(at) => timer.set(at.saturating_sub(clock::now_ms()), move || {
                if let Some(local) = of(&weak) {
                    local.with(|world, now| world.time(now));
                    if let Some(tell) = &*local.0.on_change.borrow() {
                        tell();
                    }
                }
            }),
            None => timer.clear(),
        }
    }

    fn tell(&self) {
        let told = self.0.world.borrow_mut().take_told();
        for Told { socket, event } in told {
            let place = self.0.sockets.borrow().iter().find(|(other, _)| *other == socket).map(|(_, it)| it.clone());
            // The page has closed it meanwhile.
            let Some(place) = place else { continue };
            match event {
                SocketEvent::Opened => {
                    set(&place, "readyState", &OPEN.into());
                    happen(&place, "onopen", &[]);
                }
                SocketEvent::Text(text) => happen(&place, "onmessage", &[("data", text.into())]),
                SocketEvent::Closed { code, reason } => {
                    self.0.sockets.borrow_mut().retain(|(other, _)| *other != socket);
                    set(&place, "readyState", &(OPEN + 2).into());
                    happen(&place, "onclose", &[("code", code.into()), ("reason", reason.into())]);
                }
            }
        }
    }

    fn replace_fetch(&self) {
        let local = self.clone();
        stand_in::for_fetch(move |asked| {
            let local = local.clone();
            let is_own = OWN.iter().any(|own| asked.path.starts_with(own));
            is_own.then_some(async move { local.answer(&asked.request, &asked.path).await })
        });
    }

    async fn answer(&self, request: &JsValue, path: &str) -> Result<JsValue, JsValue> {
        let method = get(request, "method").as_string().unwrap_or_default();
        let body = promised(call(request, "text", &[])?).await?.as_string().unwrap_or_default();
        let answer = self.0.world.borrow_mut().call(clock::now_ms(), &method, path, &body);
        self.settle();
        response(answer.status, &answer.body)
    }

    fn open(&self, path: &str) -> JsValue {
        let number = self.0.opened.replace_with(|count| *count + 1);
        let local = self.clone();
        let send: Heard = Closure::new(move |text: JsValue| {
            local.with(|world, now| world.hear(now, number, &text.as_string().unwrap_or_default()));
            JsValue::UNDEFINED
        });
        let local = self.clone();
        let close: Heard = Closure::new(move |_| {
            local.0.sockets.borrow_mut().retain(|(other, _)| *other != number);
            local.with(|world, now| world.close(now, number));
            JsValue::UNDEFINED
        });
        let functions = [("send", send.into_js_value()), ("close", close.into_js_value())];
        let socket = object(&functions);
        set(&socket, "readyState", &0.into());
        self.0.sockets.borrow_mut().push((number, socket.clone()));
        self.with(|world, now| world.open(now, number, path));
        socket
    }
}

fn of(weak: &Weak<Inner>) -> Option<Local> {
    weak.upgrade().map(Local)
}

/// What the real messenger keeps on this device is neither read nor written: the page begins with how it looks, and forgets the rest.
fn keep_apart(window: &JsValue, kept: &[&str]) {
    let kept: Vec<_> = kept.iter().filter_map(|key| Some((*key, storage::get(key)?))).collect();
    let session = get(window, "sessionStorage");
    define(window, "localStorage", &session);
    define(window, "indexedDB", &JsValue::UNDEFINED);
    for (key, text) in kept {
        if storage::get(key).is_none() {
            storage::put(key, &text);
        }
    }
    let navigator = get(window, "navigator");
    // The installed app's badge counts what is real, and nobody is told by the system of what is not.
    define(&navigator, "setAppBadge", &JsValue::UNDEFINED);
    define(window, "Notification", &JsValue::UNDEFINED);
    // The service worker is not asked for releases, nor told who is here.
    define(&get(&navigator, "serviceWorker"), "controller", &JsValue::NULL);
}

/// Texts of people are compared in normal forms, of which the browser has the tables. Before a world is made it has to lend them.
pub fn lend_normal_forms() {
    protocol::normal::lend(|text, form| {
        let normal = call(&text.into(), "normalize", &[form.name().into()]);
        normal.ok().and_then(|normal| normal.as_string()).unwrap_or_else(|| text.to_owned())
    });
}

/// A network that comes or goes is none of this page's.
fn stay_online(window: &JsValue) {
    let ignore: Heard = Closure::new(|event: JsValue| {
        let _ = call(&event, "stopImmediatePropagation", &[]);
        JsValue::UNDEFINED
    });
    for name in ["online", "offline"] {
        let _ = call(window, "addEventListener", &[name.into(), ignore.as_ref().clone()]);
    }
    ignore.forget();
}

/// Keeps the page at `path` and what it names between `begin` and `end`, a JSON list of paths, so that it opens without network. Whether it
/// is kept now, from this time or an earlier one.
pub async fn keep(path: &str, begin: &str, end: &str) -> bool {
    let fresh = kept_anew(path, begin, end).await.is_ok();
    let is_kept = fresh || found(path).await.is_ok_and(|found| !found.is_undefined());
    // Without a service worker nothing shows it.
    is_kept && promised(get(&get(&get(&js_sys::global(), "navigator"), "serviceWorker"), "ready")).await.is_ok()
}

/// What the page is called, for whoever has it among others or hears it.
pub fn name_page(title: &str) {
    set(&get(&js_sys::global(), "document"), "title", &title.into());
}

async fn found(path: &str) -> Result<JsValue, JsValue> {
    promised(call(&get(&js_sys::global(), "caches"), "match", &[path.into()])?).await
}

async fn kept_anew(path: &str, begin: &str, end: &str) -> Result<(), JsValue> {
    let global: JsValue = js_sys::global().into();
    // Without credentials, so that nothing of a session can be in it.
    let request =
        made("Request", &[path.into(), object(&[("credentials", "omit".into()), ("cache", "no-store".into())])])?;
    let answer = promised(call(&global, "fetch", &[request])?).await?;
    if get(&answer, "ok").as_bool() != Some(true) {
        return Err(JsValue::UNDEFINED);
    }
    let html = promised(call(&call(&answer, "clone", &[])?, "text", &[])?).await?.as_string().unwrap_or_default();
    let list = html.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).map(|(list, _)| list);
    let files = list.and_then(protocol::json::Value::parse).ok_or(JsValue::UNDEFINED)?;
    let files: Vec<&str> = files.as_array().into_iter().flatten().filter_map(protocol::json::Value::as_str).collect();
    let cache = promised(call(&get(&global, "caches"), "open", &[CACHE.into()])?).await?;
    let names: Array = files.iter().map(|file| JsValue::from_str(file)).collect();
    promised(call(&cache, "addAll", &[names.into()])?).await?;
    promised(call(&cache, "put", &[path.into(), answer])?).await?;
    // What an earlier release needed.
    for request in Array::from(&promised(call(&cache, "keys", &[])?).await?) {
        let name = path_of(&get(&request, "url").as_string().unwrap_or_default());
        if name != path && !files.contains(&name.as_str()) {
            promised(call(&cache, "delete", &[request])?).await?;
        }
    }
    Ok(())
}
