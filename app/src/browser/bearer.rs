//! The way of a demo session (`docs/protocol/demo.md`) to the server: every call shows it as `Authorization: Bearer`, every socket by a ticket
//! that is asked for before it opens. No cookie is sent and none is kept. `fetch` and `WebSocket` are replaced for that (`stand_in`).
//!
//! The page above never learns that the session is over: it is led away at that moment, and would look for a way to sign in.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use leptos::task::spawn_local;
use protocol::json::{self, Value};
use wasm_bindgen::prelude::*;

use super::named::{Heard, call, get, made, object, promised, set, text};
pub use super::named::{forget, kept, origin};
use super::stand_in::{self, Asked, happen, response};
use super::{ask, demo_link};

/// What such a session may ask for; everything else is refused here, as the server would.
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
/// A server function without a session of its own here: what it does is a route's.
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

/// A demo session. A handle.
#[derive(Clone)]
pub struct Bearer(Rc<Inner>);

struct Inner {
    session: String,
    /// Where the page ends; true = the person wanted it.
    home: Box<dyn Fn(bool)>,
    is_over: Cell<bool>,
}

impl Bearer {
    /// From now on the page goes with the session. `home` leads away from it, when it is over.
    pub fn install(session: String, home: impl Fn(bool) + 'static) -> Self {
        // In a frame of the stage the line itself can be made worse: that comes first, so that our sockets are made of its.
        demo_link::install();
        let bearer = Self(Rc::new(Inner { session, home: Box::new(home), is_over: Cell::new(false) }));
        let asker = bearer.clone();
        stand_in::for_fetch(move |asked| {
            let bearer = asker.clone();
            let is_own = OWN.iter().any(|own| asked.path.starts_with(own));
            is_own.then_some(async move { bearer.answer(&asked).await })
        });
        let opener = bearer.clone();
        stand_in::for_sockets(move |path, (class, arguments)| opener.open(path, class, arguments));
        bearer
    }

    /// The page is over.
    pub fn end(&self, is_wanted: bool) {
        if !self.0.is_over.replace(true) {
            (self.0.home)(is_wanted);
        }
    }

    /// What the server says to the session. Nothing ever, once that is over.
    async fn answer(&self, asked: &Asked) -> Result<JsValue, JsValue> {
        let anonymous = || made("Request", &[asked.request.clone(), object(&[("credentials", "omit".into())])]);
        if self.0.is_over.get() {
            // What everybody may know of a room is asked for on the way out.
            let is_open = asked.path.starts_with("/demo/");
            return if is_open { promised(asked.pass(&anonymous()?)?).await } else { std::future::pending().await };
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
        let request = anonymous()?;
        let shown = format!("Bearer {}", self.0.session);
        call(&get(&request, "headers"), "set", &["Authorization".into(), shown.into()])?;
        let answer = promised(asked.pass(&request)?).await?;
        if get(&answer, "status").as_f64() == Some(f64::from(STATUS_UNAUTHENTICATED)) {
            self.end(false);
            return std::future::pending().await;
        }
        Ok(answer)
    }

    /// A socket that waits for its ticket, and then is one.
    fn open(&self, path: String, class: &Function, arguments: &Array) -> JsValue {
        let place = object(&[("readyState", 0.into())]);
        let real: Rc<RefCell<Option<JsValue>>> = Rc::default();
        let is_closed = Rc::new(Cell::new(false));
        let sender = Rc::clone(&real);
        let send: Heard = Closure::new(move |text| {
            // A socket that closes is known to be closed only a moment later.
            let real = sender
                .borrow()
                .clone()
                .filter(|real| get(real, "readyState").as_f64() == Some(f64::from(web_sys::WebSocket::OPEN)));
            real.and_then(|real| call(&real, "send", &[text]).ok()).unwrap_or_default()
        });
        let (closer, closed) = (Rc::clone(&real), Rc::clone(&is_closed));
        let close: Heard = Closure::new(move |code: JsValue| {
            closed.set(true);
            if let Some(real) = closer.borrow_mut().take() {
                ["onopen", "onmessage", "onclose"].into_iter().for_each(|handler| set(&real, handler, &JsValue::NULL));
                let code: &[JsValue] = if code.is_undefined() { &[] } else { &[code] };
                // A code that the browser does not take.
                let _ = call(&real, "close", code);
            }
            JsValue::UNDEFINED
        });
        set(&place, "send", &send.into_js_value());
        set(&place, "close", &close.into_js_value());
        let (bearer, shown, class, arguments) = (self.clone(), place.clone(), class.clone(), arguments.clone());
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
                    bearer.tell(&opened, &shown);
                    *real.borrow_mut() = Some(opened);
                }
                None => vanish(&shown),
            }
        });
        place
    }

    /// What the real socket says, its place says.
    fn tell(&self, real: &JsValue, place: &JsValue) {
        let shown = place.clone();
        let opened: Heard = Closure::new(move |_| {
            set(&shown, "readyState", &1.into());
            happen(&shown, "onopen", &[]);
            JsValue::UNDEFINED
        });
        let (bearer, shown) = (self.clone(), place.clone());
        let heard: Heard = Closure::new(move |event: JsValue| {
            if is_farewell(&text(&event, "data")) {
                bearer.end(false);
            } else {
                happen(&shown, "onmessage", &[("data", get(&event, "data"))]);
            }
            JsValue::UNDEFINED
        });
        let (bearer, shown) = (self.clone(), place.clone());
        let closed: Heard = Closure::new(move |event: JsValue| {
            set(&shown, "readyState", &3.into());
            if get(&event, "code").as_f64() == Some(f64::from(CODE_UNAUTHENTICATED)) {
                bearer.end(false);
            } else {
                happen(&shown, "onclose", &[("code", get(&event, "code")), ("reason", get(&event, "reason"))]);
            }
            JsValue::UNDEFINED
        });
        set(real, "onopen", &opened.into_js_value());
        set(real, "onmessage", &heard.into_js_value());
        set(real, "onclose", &closed.into_js_value());
    }
}

/// Whether a message says that the session is over (`messenger.md` 6).
fn is_farewell(message: &str) -> bool {
    let is_one = |frame: &Value| frame.get("type").and_then(Value::as_str) == Some(FAREWELL);
    message.contains(FAREWELL)
        && Value::parse(message)
            .is_some_and(|value| is_one(&value) || value.as_array().is_some_and(|frames| frames.iter().any(is_one)))
}

/// A socket that never opened.
fn vanish(place: &JsValue) {
    set(place, "readyState", &3.into());
    happen(place, "onclose", &[("code", CODE_VANISHED.into()), ("reason", "".into())]);
}
