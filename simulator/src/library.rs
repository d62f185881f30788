//! A client of the packet door in the same room (`wasmchannel.md` 3): it keeps no cursor and gets no ack. What it says it says again
//! until it receives it; what one connection receives is a piece of the log, in its order and without a gap.

use protocol::words::event::Millis;

use super::net::SocketId;

/// Stands for it where devices are counted.
pub(super) const LIBRARY: usize = usize::MAX;
/// Owner of the client: somebody who has a page open as well.
pub(super) const USER: &str = "user_2";

/// State of the client.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) socket: Option<SocketId>,
    /// When anything came on it, a `pong` included: a socket may be dead without a word.
    pub(super) got_at: Millis,
    /// Message that was sent and not received yet: id and text.
    pub(super) unconfirmed: Option<(String, String)>,
    /// Everything it ever said …
    pub(super) said: Vec<String>,
    /// … of which this must be stored, in this order.
    pub owed: Vec<String>,
    /// Position of the newest message that this connection received.
    pub(super) received_to: Option<u64>,
    /// Its connection began with a log that is no more: what is still on its way says nothing about places in the new one.
    pub is_of_lost_log: bool,
    /// The message that was just taken away: an edit brings it again.
    pub(super) taken_away: Option<String>,
}

impl Library {
    /// Returns `true` when the client received everything that it sent.
    pub fn is_content(&self) -> bool {
        self.unconfirmed.is_none()
    }
}
