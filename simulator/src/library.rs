//! Client of the packet door in the same room (`wasmchannel.md` 3): it keeps no cursor and gets no ack. It repeats each message until it
//! receives the echo. The messages that one connection receives are a part of the log, in order and without a gap.

use protocol::words::event::Millis;

use super::net::SocketId;

/// Index of the client among the devices.
pub(super) const LIBRARY: usize = usize::MAX;
/// Owner of the client, who has a page open as well.
pub(super) const USER: &str = "user_2";

/// State of the client.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) socket: Option<SocketId>,
    /// Time of the last packet on the socket, including `pong`: a socket may be dead without a close.
    pub(super) got_at: Millis,
    /// Message without an echo yet: id and text.
    pub(super) unconfirmed: Option<(String, String)>,
    /// All messages that it has ever sent …
    pub(super) said: Vec<String>,
    /// … of which these must be stored, in this order.
    pub owed: Vec<String>,
    /// Position of the newest message on this connection.
    pub(super) received_to: Option<u64>,
    /// The connection began with a lost log: packets in transit say nothing about positions in the new one.
    pub is_of_lost_log: bool,
    /// Message that was just removed: an edit sends it again.
    pub(super) taken_away: Option<String>,
}

impl Library {
    /// Returns `true` if it has received the echo of all its messages.
    pub fn is_content(&self) -> bool {
        self.unconfirmed.is_none()
    }
}
