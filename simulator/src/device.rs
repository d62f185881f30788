//! A page that runs a client, and what it keeps that must survive a reload. What its client says is carried out in `effects`.

use std::collections::BTreeMap;

use protocol::client::{OutboxEntry, RoomClient, Row, SavedCursor};
use protocol::machines::room::Wire;
use protocol::words::event::Millis;

use super::net::SocketId;
use super::view::View;

/// State that survives a reload of the page.
#[derive(Debug, Default)]
pub(super) struct Storage {
    pub outbox: Vec<OutboxEntry>,
    pub cursor: Option<SavedCursor>,
    pub rows: BTreeMap<u64, Row>,
}

/// One person's page on one device.
#[derive(Debug)]
pub(super) struct Device {
    pub user: String,
    /// The name that the machine gives itself at the handshake (`messenger.md` 5.1): its newer socket takes the place of its older one.
    pub machine: Option<String>,
    pub wire: Wire,
    pub client: RoomClient,
    pub view: View,
    pub storage: Storage,
    pub socket: Option<SocketId>,
    /// The device's clock minus the true one.
    pub ahead_ms: i64,
    pub asleep_until: Option<Millis>,
    pub armed: Option<Millis>,
    pub arms: u64,
    /// Chats that were kept, in the order they were written: they must all be stored.
    pub owed: Vec<String>,
    /// When each person was last said to be typing.
    pub typing_received: BTreeMap<String, Millis>,
    /// Largest receipts that were received of each person, delivered and read.
    pub receipts_received: BTreeMap<(String, bool), u64>,
    pub asked_since: bool,
    pub written: u64,
}

impl Device {
    pub fn local(&self, now: Millis) -> Millis {
        now.saturating_add_signed(self.ahead_ms)
    }

    pub fn is_asleep(&self) -> bool {
        self.asleep_until.is_some()
    }
}
