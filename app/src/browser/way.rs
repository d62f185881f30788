//! Another way to the server than the browser's own, for pages of the demo: one shows a credential itself, one has no server at all. It is
//! set once, before anything is asked for. Every other page pays for the question whether there is one.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use gloo_net::http::Method;

use super::SocketEvent;

/// Whether a call went well, and what was said; nothing where nobody could be reached.
pub type Answer = Option<(bool, String)>;

/// An answer on its way.
pub type Answering = Pin<Box<dyn Future<Output = Answer>>>;

/// Hears what a socket says.
pub type Tell = Rc<dyn Fn(SocketEvent)>;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// What its body is.
    pub kind: &'static str,
    /// Its body.
    pub body: Option<String>,
}

/// A way to the server, or to what stands in for one.
pub trait Way {
    /// Answers a call of a route.
    fn ask(&self, call: Call) -> Answering;

    /// Opens a socket. `tell` hears of it, until the wire is dropped, and never before this returns.
    fn open(&self, path_and_query: &str, tell: Tell) -> Box<dyn Wire>;

    /// The page is over: it would go to `path` now.
    fn leave(&self, path: &str);
}

/// An open (or opening) socket of another way. A dropped one is silent for ever.
pub trait Wire {
    /// Sends one text message, if it is open.
    fn send(&self, text: &str);

    /// Closes with `code`.
    fn close(self: Box<Self>, code: u16);
}

thread_local! {
    static WAY: RefCell<Option<Rc<dyn Way>>> = const { RefCell::new(None) };
}

/// From now on the page goes this way.
pub fn take(way: Rc<dyn Way>) {
    WAY.with(|place| *place.borrow_mut() = Some(way));
}

/// The other way, on a page that has one.
pub fn found() -> Option<Rc<dyn Way>> {
    WAY.with(|place| place.borrow().clone())
}

/// Whether the page has another way.
pub fn is_there() -> bool {
    found().is_some()
}
