//! Credentials of a demo session (`demo.md`): every call carries them as `Authorization: Bearer`, every socket as a ticket
//! that is asked for before it opens. No cookie is sent and none is kept. `fetch` and `WebSocket` are replaced for that (`fetch_override`).
//!
//! The page above never learns that the session is over: it is led away at that moment, and would look for a way to sign in.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use leptos::task::spawn_local;
use protocol::codec::json::{self, Value};
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, MessageEvent, Request, RequestCredentials, RequestInit, Response, Storage, WebSocket};

use super::device::window;
use super::fetch_override::{self, FetchCall, SocketOverride, response};
use super::{ask, demo_link};

/// Paths that such a session may ask for; everything else is refused here, as the server would.
const ROUTES: [&str; 8] = [
    "/api/auth/",
    "/api/config",
    "/api/rooms",
    "/api/messages",
    "/api/inbox",
    "/demo/",
    "/sf/boot",
    "/sf/save_profile",
];
/// Paths that are the server's and no files.
const OWN: [&str; 3] = ["/api/", "/sf/", "/demo/"];
/// Server function without a session of its own here: what it does is a route's.
const SIGN_OUT: &str = "/sf/sign_out";
const FORBIDDEN: &str = r#"{"data":null,"error":{"code":"FORBIDDEN"},"code":"FORBIDDEN"}"#;
/// Calls of this page need not name their session.
const NOBODY: &str = "";
/// Type of the frame that says that the session is over.
const FAREWELL: &str = "signed_out";
/// Status and close codes: the session is over; nobody could be reached.
const STATUS_UNAUTHENTICATED: u16 = 401;
const CODE_UNAUTHENTICATED: u16 = 4401;
const CODE_VANISHED: u16 = 1006;

/// Credentials of a demo session. A handle.
#[derive(Clone)]
pub struct DemoCredentials(Rc<Inner>);

struct Inner {
    session: String,
    /// Way out of the page; true = the person wanted it.
    home: Box<dyn Fn(bool)>,
    is_over: Cell<bool>,
}

impl DemoCredentials {
    /// Lets the page go with the session from now on. `home` leads away from it, when it is over.
    pub fn install(session: String, home: impl Fn(bool) + 'static) -> Self {
        // In a frame of the stage the connection can be impaired. The impairment comes first, so that our sockets are made of its sockets.
        demo_link::install();
        let credentials = Self(Rc::new(Inner { session, home: Box::new(home), is_over: Cell::new(false) }));
        let asker = credentials.clone();
        fetch_override::for_fetch(move |asked| {
            let credentials = asker.clone();
            let is_own = OWN.iter().any(|own| asked.path.starts_with(own));
            is_own.then_some(async move { credentials.answer(&asked).await })
        });
        let opener = credentials.clone();
        fetch_override::for_sockets(move |path, (class, arguments)| opener.open(path, class, arguments));
        credentials
    }

    /// Ends the page.
    pub fn end(&self, is_wanted: bool) {
        if !self.0.is_over.replace(true) {
            (self.0.home)(is_wanted);
        }
    }

    /// Asks the server for the session. Nothing comes ever, once that is over.
    async fn answer(&self, asked: &FetchCall) -> Result<Response, JsValue> {
        if self.0.is_over.get() {
            // After its end, the page still asks for the public state of the room.
            let is_open = asked.path.starts_with("/demo/");
            return if is_open { asked.pass(&anonymous(asked)?).await } else { std::future::pending().await };
        }
        if asked.path.starts_with(SIGN_OUT) {
            let _ = ask::post("/api/auth/logout", NOBODY, "{}").await;
            self.end(true);
            return std::future::pending().await;
        }
        let is_own = asked.path == "/api/me" || ROUTES.iter().any(|route| asked.path.starts_with(route));
        if !is_own {
            return response(403, FORBIDDEN);
        }
        let request = anonymous(asked)?;
        request.headers().set("Authorization", &format!("Bearer {}", self.0.session))?;
        let answer = asked.pass(&request).await?;
        if answer.status() == STATUS_UNAUTHENTICATED {
            self.end(false);
            return std::future::pending().await;
        }
        Ok(answer)
    }

    /// Makes a socket that waits for its ticket, and then is one.
    fn open(&self, path: String, class: &Function, arguments: &Array) -> SocketOverride {
        let real: Rc<RefCell<Option<WebSocket>>> = Rc::default();
        let is_closed = Rc::new(Cell::new(false));
        let sender = Rc::clone(&real);
        let send = move |text: String| {
            // A socket that closes is known to be closed only a moment later.
            let real = sender.borrow().clone().filter(|real| real.ready_state() == WebSocket::OPEN);
            if let Some(real) = real {
                let _ = real.send_with_str(&text);
            }
        };
        let (closer, closed) = (Rc::clone(&real), Rc::clone(&is_closed));
        let close = move |code: Option<u16>| {
            closed.set(true);
            if let Some(real) = closer.borrow_mut().take() {
                real.set_onopen(None);
                real.set_onmessage(None);
                real.set_onclose(None);
                // A code that the browser does not take.
                let _ = code.map_or_else(|| real.close(), |code| real.close_with_code(code));
            }
        };
        let place = SocketOverride::new(send, close);
        let (credentials, shown, class, arguments) = (self.clone(), place.clone(), class.clone(), arguments.clone());
        spawn_local(async move {
            let ticket = ask::post("/api/auth/ws-ticket", NOBODY, "{}").await.ok();
            let ticket = ticket.and_then(|data| json::member::<String>(&data, "ticket"));
            // Nobody wants it any more.
            if is_closed.get() {
                return;
            }
            let opened = ticket.and_then(|ticket| {
                let sign = if path.contains('?') { '&' } else { '?' };
                let address = format!("{path}{sign}ticket={}", String::from(js_sys::encode_uri_component(&ticket)));
                arguments.set(0, address.into());
                Reflect::construct(&class, &arguments).ok()
            });
            match opened {
                Some(opened) => {
                    let opened = opened.unchecked_into();
                    credentials.relay(&opened, &shown);
                    *real.borrow_mut() = Some(opened);
                }
                // It never opened.
                None => shown.closed(CODE_VANISHED, ""),
            }
        });
        place
    }

    /// Lets the place of a socket say what the real one says.
    fn relay(&self, real: &WebSocket, place: &SocketOverride) {
        let shown = place.clone();
        let opened = Closure::<dyn Fn()>::new(move || shown.opened());
        let (credentials, shown) = (self.clone(), place.clone());
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            if data.as_string().is_some_and(|text| is_farewell(&text)) {
                credentials.end(false);
            } else {
                shown.deliver_message(&data);
            }
        });
        let (credentials, shown) = (self.clone(), place.clone());
        let closed = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| {
            if event.code() == CODE_UNAUTHENTICATED {
                credentials.end(false);
            } else {
                shown.closed(event.code(), &event.reason());
            }
        });
        real.set_onopen(Some(opened.into_js_value().unchecked_ref()));
        real.set_onmessage(Some(listener.into_js_value().unchecked_ref()));
        real.set_onclose(Some(closed.into_js_value().unchecked_ref()));
    }
}

/// Makes the same request without a cookie.
fn anonymous(asked: &FetchCall) -> Result<Request, JsValue> {
    let init = RequestInit::new();
    init.set_credentials(RequestCredentials::Omit);
    Request::new_with_request_and_init(&asked.request, &init)
}

/// Says whether a message says that the session is over (`presence.md` 2).
fn is_farewell(message: &str) -> bool {
    let is_one = |frame: &Value| frame.get("type").and_then(Value::as_str) == Some(FAREWELL);
    message.contains(FAREWELL)
        && Value::parse(message)
            .is_some_and(|value| is_one(&value) || value.as_array().is_some_and(|frames| frames.iter().any(is_one)))
}

/// Returns the text that this tab has stored under `key`.
pub fn tab_item(key: &str) -> Option<String> {
    of_tab()?.get_item(key).ok()?
}

/// Stores a text for this tab. Without room for it, it is not stored.
pub(super) fn set_tab_item(key: &str, text: &str) {
    if let Some(storage) = of_tab() {
        let _ = storage.set_item(key, text);
    }
}

/// Removes the text that this tab has stored under `key`.
pub fn remove_tab_item(key: &str) {
    if let Some(storage) = of_tab() {
        let _ = storage.remove_item(key);
    }
}

fn of_tab() -> Option<Storage> {
    window()?.session_storage().ok()?
}
