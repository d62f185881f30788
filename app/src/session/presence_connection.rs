//! The presence connection: its machine and its socket. `presence` drives it.

use protocol::client::{ConnectionState, PresenceClient};
use protocol::codec::sorted::SortedMap;
use protocol::words::event::Millis;

use crate::browser::socket::Socket;

pub(super) struct PresenceConnection {
    pub(super) client: PresenceClient,
    pub(super) socket: Option<Socket>,
    /// Number of the socket, by which events of earlier sockets are ignored.
    pub(super) generation: u32,
    /// People whose presence the socket has reported. Their first report is not announced, because the list of the page may be some seconds
    /// old.
    pub(super) reported: SortedMap<String, ()>,
}

impl PresenceConnection {
    pub(super) fn new(own_id: &str, random_seed: u64) -> Self {
        let client = PresenceClient::new(own_id, random_seed);
        Self { client, socket: None, generation: 0, reported: SortedMap::default() }
    }

    pub(super) fn connection(&self) -> ConnectionState {
        self.client.connection()
    }

    /// Returns `true` if the socket has reported a person.
    pub(super) fn has_reported(&self, user: &str) -> bool {
        self.reported.contains_key(user)
    }

    pub(super) fn wake_at(&self) -> Option<Millis> {
        self.client.wake_at()
    }
}
