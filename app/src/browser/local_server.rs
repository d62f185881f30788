//! Interface of a server in the page.

use protocol::words::event::Millis;

use super::SocketEvent;

/// Server in the page, which [`local`](super::local) uses in the place of the network. It is pure: it takes the page's input with the time,
/// and its events are drained.
pub trait LocalServer: 'static {
    /// Answers a call. `address` is the path with its query.
    fn call(&mut self, now: Millis, method: &str, address: &str, body: &str) -> LocalResponse;

    /// Opens a socket of the page.
    fn open(&mut self, now: Millis, socket: u32, address: &str);

    /// Handles a message of a socket.
    fn receive(&mut self, now: Millis, socket: u32, text: &str);

    /// Closes a socket of the page.
    fn close(&mut self, now: Millis, socket: u32);

    /// Takes the events for the sockets of the page, in order, each once.
    fn take_events(&mut self) -> Vec<LocalSocketEvent>;

    /// Time at which [`LocalServer::time`] has work to do.
    fn wake_at(&self) -> Option<Millis>;

    /// Carries out all due work.
    fn time(&mut self, now: Millis);
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalSocketEvent {
    pub socket: u32,
    pub event: SocketEvent,
}

impl LocalSocketEvent {
    pub fn text(socket: u32, text: &str) -> Self {
        Self { socket, event: SocketEvent::Text(text.to_owned()) }
    }

    pub fn closed(socket: u32, code: u16, reason: &str) -> Self {
        Self { socket, event: SocketEvent::Closed { code, reason: reason.to_owned() } }
    }
}

/// Answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalResponse {
    pub status: u16,
    /// JSON text.
    pub body: String,
}
