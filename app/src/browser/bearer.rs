//! The way of a demo session (`docs/protocol/demo.md`): every call shows it as `Authorization: Bearer`, every socket by a ticket that is asked
//! for before it opens. No cookie is sent and none is kept.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_net::http::Method;
use leptos::task::spawn_local;
use protocol::json::{self, Value};

use super::socket::OwnSocket;
use super::way::{self, Answer, Answering, Call, Tell, Way, Wire};
use super::{SocketEvent, fetch};

const JSON: &str = "application/json";
/// What such a session may ask for; everything else is refused here, as the server would.
const ROUTES: [&str; 8] = [
    "/api/auth/me",
    "/api/config",
    "/api/rooms",
    "/api/messages",
    "/api/inbox",
    "/demo/",
    "/sf/boot",
    "/sf/save_profile",
];
/// A server function without a session of its own here: what it does is a route's.
const SIGN_OUT: &str = "/sf/sign_out";
const FORBIDDEN: &str = "{\"error\":{\"code\":\"FORBIDDEN\"},\"code\":\"FORBIDDEN\"}";
/// Close codes of a socket for which there was no ticket: the session is over, or nobody could be reached.
const CODE_UNAUTHENTICATED: u16 = 4401;
const CODE_VANISHED: u16 = 1006;

/// From now on the page goes with the session. Whoever is sent away from it comes to `home`, by the name of why.
pub fn take(session: String, home: impl Fn(bool) + 'static) {
    way::take(Rc::new(Bearer { session: Rc::from(session), home: Rc::new(home), is_left: Rc::default() }));
}

struct Bearer {
    session: Rc<str>,
    /// Goes where the page ends; true = the person wanted it.
    home: Rc<dyn Fn(bool)>,
    is_left: Rc<RefCell<bool>>,
}

impl Way for Bearer {
    fn ask(&self, call: Call) -> Answering {
        let session = Rc::clone(&self.session);
        let is_left = Rc::clone(&self.is_left);
        Box::pin(async move {
            if call.path == SIGN_OUT {
                *is_left.borrow_mut() = true;
                let (path, body) = ("/api/auth/logout".to_owned(), Some("{}".to_owned()));
                return fetch::as_bearer(&session, Call { method: Method::POST, path, kind: JSON, body }).await;
            }
            let is_own = call.path == "/api/me" || ROUTES.iter().any(|route| call.path.starts_with(route));
            if !is_own {
                return Some((false, FORBIDDEN.to_owned()));
            }
            fetch::as_bearer(&session, call).await
        })
    }

    fn open(&self, path_and_query: &str, tell: Tell) -> Box<dyn Wire> {
        let state = Rc::new(RefCell::new(State::Asking));
        let (place, session) = (Rc::downgrade(&state), Rc::clone(&self.session));
        let path = path_and_query.to_owned();
        spawn_local(async move {
            let ticket = ticket(&session).await;
            // Nobody wants it any more.
            let Some(place) = place.upgrade() else { return };
            if matches!(*place.borrow(), State::Closed) {
                return;
            }
            let opened = ticket.and_then(|ticket| {
                let sign = if path.contains('?') { '&' } else { '?' };
                let address = format!("{path}{sign}ticket={}", String::from(js_sys::encode_uri_component(&ticket)));
                OwnSocket::open(&address, Rc::clone(&tell)).ok_or(CODE_VANISHED)
            });
            match opened {
                Ok(socket) => *place.borrow_mut() = State::Open(socket),
                Err(code) => tell(SocketEvent::Closed { code, reason: String::new() }),
            }
        });
        Box::new(Ticketed(state))
    }

    fn leave(&self, _path: &str) {
        (self.home)(*self.is_left.borrow());
    }
}

/// Lets one socket in.
async fn ticket(session: &str) -> Result<String, u16> {
    let (path, body) = ("/api/auth/ws-ticket".to_owned(), Some("{}".to_owned()));
    let answer: Answer = fetch::as_bearer(session, Call { method: Method::POST, path, kind: JSON, body }).await;
    let (_, text) = answer.ok_or(CODE_VANISHED)?;
    let answer = Value::parse(&text).ok_or(CODE_VANISHED)?;
    match fetch::enveloped(&answer) {
        Ok(data) => json::member(&data, "ticket").ok_or(CODE_VANISHED),
        Err(error) if error.code == "UNAUTHENTICATED" => Err(CODE_UNAUTHENTICATED),
        Err(_) => Err(CODE_VANISHED),
    }
}

/// A socket that waits for its ticket, and then is one.
struct Ticketed(Rc<RefCell<State>>);

enum State {
    Asking,
    Open(OwnSocket),
    Closed,
}

impl Wire for Ticketed {
    fn send(&self, text: &str) {
        if let State::Open(socket) = &*self.0.borrow() {
            socket.send(text);
        }
    }

    fn close(self: Box<Self>, code: u16) {
        if let State::Open(socket) = self.0.replace(State::Closed) {
            socket.close(code);
        }
    }
}

/// What this tab keeps under `key`.
pub fn kept(key: &str) -> Option<String> {
    web_sys::window()?.session_storage().ok()??.get_item(key).ok()?
}

/// This tab keeps it no longer.
pub fn forget(key: &str) {
    if let Some(storage) = web_sys::window().and_then(|window| window.session_storage().ok()?) {
        let _ = storage.remove_item(key);
    }
}
