//! Credentials of a demo session (`demo.md`). Every call carries them as `Authorization: Bearer`. Every socket carries a ticket that is
//! requested before the socket opens. No cookie is sent or stored. `fetch` and `WebSocket` are replaced for that (`fetch_override`).
//!
//! The messenger on this page never learns that the session has ended, because it would look for a way to sign in. The page is left at that
//! moment.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use leptos::task::spawn_local;
use protocol::codec::json::{self, Value};
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, MessageEvent, Request, RequestCredentials, RequestInit, Response, WebSocket};

use super::fetch_override::{self, FetchCall, SocketOverride, response};
use super::{ask, demo_link};

/// Paths that such a session may call. All others are refused here, as the server would refuse them.
const ROUTES: [&str; 7] =
    ["/api/auth/", "/api/config", "/api/rooms", "/api/messages", "/demo/", "/sf/boot", "/sf/save_profile"];
/// Prefixes of routes of the server; other paths are files.
const OWN: [&str; 3] = ["/api/", "/sf/", "/demo/"];
/// Server function that a demo session calls by a REST route instead.
const SIGN_OUT: &str = "/sf/sign_out";
const FORBIDDEN: &str = r#"{"data":null,"error":{"code":"FORBIDDEN"},"code":"FORBIDDEN"}"#;
/// Empty session: calls of this page need not name theirs.
const NOBODY: &str = "";
/// Type of the frame that ends the session.
const FAREWELL: &str = "signed_out";
/// Status and close codes for an ended session and an unreachable server.
const STATUS_UNAUTHENTICATED: u16 = 401;
const CODE_UNAUTHENTICATED: u16 = 4401;
const CODE_VANISHED: u16 = 1006;

/// Credentials of a demo session, as a handle.
#[derive(Clone)]
pub struct DemoCredentials(Rc<Inner>);

struct Inner {
    session: String,
    /// Leaves the page; `true` = the person wanted it.
    home: Box<dyn Fn(bool)>,
    is_over: Cell<bool>,
}

impl DemoCredentials {
    /// Uses the session for all calls of the page from now on. `home` leaves the page when the session ends.
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

    /// Leaves the page.
    pub fn end(&self, is_wanted: bool) {
        if !self.0.is_over.replace(true) {
            (self.0.home)(is_wanted);
        }
    }

    /// Sends a call to the server with the session. Once the session has ended, the future never completes.
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

    /// Makes a socket that requests its ticket and then connects.
    fn open(&self, path: String, class: &Function, arguments: &Array) -> SocketOverride {
        let real: Rc<RefCell<Option<WebSocket>>> = Rc::default();
        let is_closed = Rc::new(Cell::new(false));
        let sender = Rc::clone(&real);
        let send = move |text: String| {
            // A socket reports its closing late, so its state is checked.
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
                // The browser refuses this close code.
                let _ = code.map_or_else(|| real.close(), |code| real.close_with_code(code));
            }
        };
        let place = SocketOverride::new(send, close);
        let (credentials, shown, class, arguments) = (self.clone(), place.clone(), class.clone(), arguments.clone());
        spawn_local(async move {
            let ticket = ask::post("/api/auth/ws-ticket", NOBODY, "{}").await.ok();
            let ticket = ticket.and_then(|data| json::member::<String>(&data, "ticket"));
            // The page has closed the socket.
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
                // The socket never opened.
                None => shown.closed(CODE_VANISHED, ""),
            }
        });
        place
    }

    /// Forwards the events of the real socket to its replacement.
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

/// Makes the same request without cookies.
fn anonymous(asked: &FetchCall) -> Result<Request, JsValue> {
    let init = RequestInit::new();
    init.set_credentials(RequestCredentials::Omit);
    Request::new_with_request_and_init(&asked.request, &init)
}

/// Returns `true` if a message ends the session (`presence.md` 2).
fn is_farewell(message: &str) -> bool {
    let is_one = |frame: &Value| frame.get("type").and_then(Value::as_str) == Some(FAREWELL);
    message.contains(FAREWELL)
        && Value::parse(message)
            .is_some_and(|value| is_one(&value) || value.as_array().is_some_and(|frames| frames.iter().any(is_one)))
}
