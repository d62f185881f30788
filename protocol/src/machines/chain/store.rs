//! The rows of a chain, and the storage that tests use.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::words::event::Millis;
use crate::words::limits::{CHAIN_EVENT_AROUND_BYTES, CHAIN_EVENT_BYTES_MAX};
use crate::words::refusal::Fault;

/// Event that a client proposes. Numbers are those of the wire: an invalid position is refused later, by its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainEvent {
    pub name: String,
    /// JSON text as it came; `None` if it was absent, which is not `null`.
    pub args: Option<String>,
    /// The number of this event.
    pub seq: i64,
    /// The number of the event before it.
    pub parent: i64,
    /// Client that made it.
    pub client: String,
    /// Window of that client.
    pub session: String,
}

/// An event with the time at which its batch was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub event: ChainEvent,
    pub created_at: Millis,
}

impl ChainEvent {
    /// Returns the bytes that it takes in a row.
    pub fn bytes(&self) -> usize {
        let Self { name, args, client, session, .. } = self;
        name.len() + args.as_ref().map_or(0, String::len) + client.len() + session.len()
    }

    /// Returns the bytes that it takes in a message, with the text around it there. Most of a small event is that text.
    pub fn wire_bytes(&self) -> usize {
        self.bytes() + CHAIN_EVENT_AROUND_BYTES
    }
}

/// Letters of the id of a log (`livestore-0.4.md` 5).
const BACKEND_ID_CHARS: usize = 21;

/// Returns the id of a log that begins with these random bytes.
pub fn backend_id_of(random: [u8; 16]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random).chars().take(BACKEND_ID_CHARS).collect()
}

/// Rows of one chain. Events are `1 ..= head` without gap.
pub trait ChainStore {
    /// Number of the newest event; 0 when there is none.
    fn head(&self) -> Result<u64, Fault>;
    /// When the newest event was accepted; 0 when there is none.
    fn head_at(&self) -> Result<Millis, Fault>;
    /// Events after `after`, ascending, at most `limit` of them and of `bytes_max` in a message, but at least one. No other row may be held
    /// in memory for it.
    fn read(&self, after: u64, limit: u32, bytes_max: usize) -> Result<Vec<StoredEvent>, Fault>;
    /// Bytes of an event that a row can hold.
    fn event_bytes_max(&self) -> usize {
        CHAIN_EVENT_BYTES_MAX
    }
    /// Adds events on top of the head; all or none.
    fn insert(&mut self, events: &[StoredEvent]) -> Result<(), Fault>;
    /// Id of the life of this log (`livestore-0.4.md` 5): random, made once, and changed by [`ChainStore::clear`] alone.
    fn backend_id(&self) -> String;
    /// Removes everything, clients' places too: the head is 0 again, and the log has another id.
    fn clear(&mut self) -> Result<(), Fault>;
    /// Returns the newest event that was sent to a client; `None` for an unknown client.
    fn sent(&self, client: &str) -> Result<Option<u64>, Fault>;
    fn set_sent(&mut self, client: &str, seq: u64, now: Millis) -> Result<(), Fault>;
}

#[derive(Clone, Debug, Default)]
pub struct MemoryChainStore(Vec<StoredEvent>, BTreeMap<String, u64>, u32);

impl ChainStore for MemoryChainStore {
    fn head(&self) -> Result<u64, Fault> {
        Ok(self.0.len() as u64)
    }

    fn head_at(&self) -> Result<Millis, Fault> {
        Ok(self.0.last().map_or(0, |stored| stored.created_at))
    }

    fn read(&self, after: u64, limit: u32, bytes_max: usize) -> Result<Vec<StoredEvent>, Fault> {
        let mut bytes = 0;
        let fits = |(at, stored): &(usize, &StoredEvent)| {
            bytes += stored.event.wire_bytes();
            *at == 0 || bytes <= bytes_max
        };
        let page = self.0.iter().skip(after as usize).take(limit as usize).enumerate();
        Ok(page.take_while(fits).map(|(_, stored)| stored.clone()).collect())
    }

    fn insert(&mut self, events: &[StoredEvent]) -> Result<(), Fault> {
        for stored in events {
            let head = self.0.len() as i64;
            if stored.event.seq != head + 1 || stored.event.parent != head {
                return Err(Fault(format!("event {} does not fit on head {head}", stored.event.seq)));
            }
            self.0.push(stored.clone());
        }
        Ok(())
    }

    fn backend_id(&self) -> String {
        format!("life-{}", self.2)
    }

    fn clear(&mut self) -> Result<(), Fault> {
        self.0.clear();
        self.1.clear();
        self.2 += 1;
        Ok(())
    }

    fn sent(&self, client: &str) -> Result<Option<u64>, Fault> {
        Ok(self.1.get(client).copied())
    }

    fn set_sent(&mut self, client: &str, seq: u64, _now: Millis) -> Result<(), Fault> {
        self.1.insert(client.to_owned(), seq);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryChainStore;

    crate::chain_promises!(MemoryChainStore::default);
}
