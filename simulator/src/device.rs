//! A page that runs a client, and its storage, which survives a reload. `effects` carries out the client's effects.

use std::collections::{BTreeMap, BTreeSet};

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

/// Page of one person on one device.
#[derive(Debug)]
pub(super) struct Device {
    pub user: String,
    /// Name of the machine at the handshake (`messenger.md` 5.1): its newer socket replaces its older one.
    pub machine: Option<String>,
    pub wire: Wire,
    pub client: RoomClient,
    pub view: View,
    pub storage: Storage,
    pub socket: Option<SocketId>,
    /// Difference between the device's clock and the true one.
    pub ahead_ms: i64,
    pub asleep_until: Option<Millis>,
    pub armed: Option<Millis>,
    pub arms: u64,
    /// Chat messages in the outbox, in order of writing: all of them must be stored.
    pub owed: Vec<String>,
    /// Those of them that a room did not take at first. Later ones may have been written before the person sent these again.
    pub sent_again: BTreeSet<String>,
    /// Time of the last typing frame of each person.
    pub typing_received: BTreeMap<String, Millis>,
    /// Largest delivered and read positions of each person.
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
