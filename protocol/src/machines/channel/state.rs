//! State of a channel: its log's numbers, its sockets, and what is waited for. What it does is in `durable` and `machine`.

use std::collections::BTreeMap;

use super::client_frame::Frame;
use super::listener::Listener;
use super::publish::Publish;
use super::rates::{ChannelRules, Rates};
use super::store::{ChannelMeta, ChannelStore};
use super::waits::Waits;
use crate::words::refusal::Fault;
use crate::words::socket::ConnKey;

#[derive(Debug)]
pub struct Channel {
    pub(super) meta: ChannelMeta,
    pub(super) sockets: BTreeMap<ConnKey, Listener>,
    pub(super) waits: Waits,
    /// Keys of publishes that are waited for, by envelope.
    pub(super) open_keys: BTreeMap<String, Publish>,
    /// Completed envelopes that some socket still has to receive in its turn.
    pub(super) later: Vec<u64>,
    /// Upper bound of the number of stored keys and of the bytes of their results, once they were counted.
    pub(super) keys: Option<(usize, usize)>,
    pub(super) next_key: ConnKey,
    pub(super) rates: Rates,
}

impl Channel {
    /// Opens the channel's log, which begins with `fresh_epoch` if it does not exist yet. Nothing is written, so a call for an unknown
    /// person creates nothing.
    pub fn open(store: &impl ChannelStore, fresh_epoch: u32) -> Result<Self, Fault> {
        let fresh = ChannelMeta { epoch: fresh_epoch, ..ChannelMeta::default() };
        let meta = store.meta()?.unwrap_or(fresh);
        let (sockets, waits, open_keys, later, rates) = Default::default();
        Ok(Self { meta, sockets, waits, open_keys, later, keys: None, next_key: 1, rates })
    }

    /// The same channel with limits; without them it has none.
    pub fn with_rules(self, rules: ChannelRules) -> Self {
        Self { rates: Rates::new(rules), ..self }
    }

    /// Takes back a socket that outlived the object's sleep.
    pub fn restore(&mut self, listener: Listener) -> ConnKey {
        let conn = self.next_key;
        self.next_key += 1;
        self.sockets.insert(conn, listener);
        conn
    }

    /// Returns the state that is stored with a socket.
    pub fn listener(&self, conn: ConnKey) -> Option<&Listener> {
        self.sockets.get(&conn)
    }

    pub fn head(&self) -> u64 {
        self.meta.head
    }

    pub fn sockets(&self) -> usize {
        self.sockets.len()
    }

    /// Returns `true` while an answer of this socket is waited for: such frames are not counted by the limit (`hopeflow.md` 8).
    pub fn is_waiting_for(&self, conn: ConnKey, envelope_id: &str) -> bool {
        self.waits.is_pending(envelope_id, conn)
    }

    /// Returns `true` when a frame may change what is stored. Most channels store nothing, and every device answers every envelope.
    pub fn writes(&self, frame: &Frame) -> bool {
        let is_plain = matches!(frame, Frame::Ping | Frame::Unsubscribe { .. } | Frame::Ack { .. } | Frame::Ignored);
        !is_plain || self.keeps_anything()
    }

    /// Returns `true` when the end of a socket or of a wait may change what is stored: envelopes, or answers for a key.
    pub fn keeps_anything(&self) -> bool {
        self.meta.head > 0 || !self.open_keys.is_empty()
    }

    /// Returns `true` while some socket still has to receive stored envelopes.
    pub fn has_replays(&self) -> bool {
        self.sockets.values().any(|listener| listener.replay.is_some())
    }
}
