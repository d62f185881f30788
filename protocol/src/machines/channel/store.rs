//! Storage that a channel needs, and the storage that tests use. Rows only; the rules are in `durable`.

use std::collections::{BTreeMap, BTreeSet};

use super::publish::Answer;
use crate::words::event::Millis;
use crate::words::refusal::Fault;

/// The numbers of a channel's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelMeta {
    /// Drawn when the log was created (`core.md` 1.3).
    pub epoch: u32,
    /// Newest `seq`.
    pub head: u64,
    /// Time of the newest envelope.
    pub ts: Millis,
}

/// Envelope as devices get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The server's id for it.
    pub id: String,
    /// Its `type`, trimmed.
    pub kind: String,
    /// Owner of the channel.
    pub user: String,
    pub ts: Millis,
    /// JSON text as it came; `None` when there was none.
    pub payload: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEnvelope {
    pub seq: u64,
    pub expires_at: Millis,
    pub envelope: Envelope,
}

impl StoredEnvelope {
    /// Returns the bytes that it counts for in the queue's size.
    pub fn bytes(&self) -> usize {
        let Envelope { id, kind, user, payload, .. } = &self.envelope;
        id.len() + kind.len() + user.len() + payload.as_ref().map_or(0, String::len)
    }
}

/// A publisher's key that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Digest of what was published with it.
    pub digest: [u8; 32],
    /// Answer to the publish; the results follow when the wait is over.
    pub answer: Answer,
    pub keep_until: Millis,
}

pub trait ChannelStore {
    /// The log's numbers; `None` when the log does not exist yet.
    fn meta(&self) -> Result<Option<ChannelMeta>, Fault>;
    /// Creates the log or moves its head.
    fn set_meta(&mut self, meta: &ChannelMeta) -> Result<(), Fault>;
    fn insert(&mut self, stored: &StoredEnvelope) -> Result<(), Fault>;
    /// Envelopes after `after`, ascending, at most `limit`.
    fn read(&self, after: u64, limit: u32) -> Result<Vec<StoredEnvelope>, Fault>;
    /// Returns the place of the envelope with this id.
    fn find(&self, id: &str) -> Result<Option<u64>, Fault>;
    /// Removes an envelope with its deliveries.
    fn remove(&mut self, seq: u64) -> Result<(), Fault>;
    /// Number of envelopes, and their bytes.
    fn size(&self) -> Result<(usize, usize), Fault>;
    /// Returns the places of expired envelopes.
    fn expired(&self, now: Millis) -> Result<Vec<u64>, Fault>;
    /// The earliest time at which an envelope or a key is worth nothing any more.
    fn next_end(&self) -> Result<Option<Millis>, Fault>;
    /// Row of a publisher's key, if the key was used.
    fn key(&self, publisher: &str, key: &str) -> Result<Option<KeyRow>, Fault>;
    fn set_key(&mut self, publisher: &str, key: &str, row: &KeyRow) -> Result<(), Fault>;
    fn forget_keys(&mut self, now: Millis) -> Result<(), Fault>;
    /// Number of keys that are remembered, and the bytes of the results that they stand for.
    fn keys_size(&self) -> Result<(usize, usize), Fault>;
    /// Forgets the so many keys that were remembered or changed longest ago.
    fn forget_oldest_keys(&mut self, count: usize) -> Result<(), Fault>;
    /// Used share of a publisher's rate, as text.
    fn used(&self, publisher: &str) -> Result<Option<String>, Fault>;
    /// Stores it, and removes the expired uses of others.
    fn set_used(&mut self, publisher: &str, used: &str, now: Millis, keep_until: Millis) -> Result<(), Fault>;
    fn device_seen(&mut self, device: &str, now: Millis) -> Result<(), Fault>;
    /// Removes devices that were not connected after `after`, and of the others all but the newest `max`, with their deliveries.
    fn forget_devices(&mut self, after: Millis, max: usize) -> Result<(), Fault>;
    /// Returns devices that were connected after `after`.
    fn devices(&self, after: Millis) -> Result<Vec<String>, Fault>;
    /// A device has an envelope.
    fn done(&mut self, seq: u64, device: &str) -> Result<(), Fault>;
    /// Returns the devices that have the envelope.
    fn done_by(&self, seq: u64) -> Result<Vec<String>, Fault>;
}

#[derive(Clone, Debug, Default)]
pub struct MemoryChannelStore {
    meta: Option<ChannelMeta>,
    envelopes: BTreeMap<u64, StoredEnvelope>,
    /// With the number of the write that made it.
    keys: BTreeMap<(String, String), (u64, KeyRow)>,
    used: BTreeMap<String, (String, Millis)>,
    /// The same.
    devices: BTreeMap<String, (u64, Millis)>,
    done: BTreeSet<(u64, String)>,
    writes: u64,
}

impl MemoryChannelStore {
    fn next_write(&mut self) -> u64 {
        self.writes += 1;
        self.writes
    }
}

impl ChannelStore for MemoryChannelStore {
    fn meta(&self) -> Result<Option<ChannelMeta>, Fault> {
        Ok(self.meta.clone())
    }

    fn set_meta(&mut self, meta: &ChannelMeta) -> Result<(), Fault> {
        self.meta = Some(meta.clone());
        Ok(())
    }

    fn insert(&mut self, stored: &StoredEnvelope) -> Result<(), Fault> {
        match self.envelopes.insert(stored.seq, stored.clone()) {
            None => Ok(()),
            Some(_) => Err(Fault(format!("envelope {} is there already", stored.seq))),
        }
    }

    fn read(&self, after: u64, limit: u32) -> Result<Vec<StoredEnvelope>, Fault> {
        Ok(self
            .envelopes
            .range(after.saturating_add(1)..)
            .take(limit as usize)
            .map(|(_, stored)| stored.clone())
            .collect())
    }

    fn find(&self, id: &str) -> Result<Option<u64>, Fault> {
        Ok(self.envelopes.values().find(|stored| stored.envelope.id == id).map(|stored| stored.seq))
    }

    fn remove(&mut self, seq: u64) -> Result<(), Fault> {
        self.envelopes.remove(&seq);
        self.done.retain(|(done, _)| *done != seq);
        Ok(())
    }

    fn size(&self) -> Result<(usize, usize), Fault> {
        Ok((self.envelopes.len(), self.envelopes.values().map(StoredEnvelope::bytes).sum()))
    }

    fn expired(&self, now: Millis) -> Result<Vec<u64>, Fault> {
        Ok(self.envelopes.values().filter(|stored| stored.expires_at <= now).map(|stored| stored.seq).collect())
    }

    fn next_end(&self) -> Result<Option<Millis>, Fault> {
        let envelopes = self.envelopes.values().map(|stored| stored.expires_at);
        Ok(envelopes.chain(self.keys.values().map(|(_, row)| row.keep_until)).min())
    }

    fn key(&self, publisher: &str, key: &str) -> Result<Option<KeyRow>, Fault> {
        Ok(self.keys.get(&(publisher.to_owned(), key.to_owned())).map(|(_, row)| row.clone()))
    }

    fn set_key(&mut self, publisher: &str, key: &str, row: &KeyRow) -> Result<(), Fault> {
        let written_at = self.next_write();
        self.keys.insert((publisher.to_owned(), key.to_owned()), (written_at, row.clone()));
        Ok(())
    }

    fn forget_keys(&mut self, now: Millis) -> Result<(), Fault> {
        self.keys.retain(|_, (_, row)| row.keep_until > now);
        Ok(())
    }

    fn keys_size(&self) -> Result<(usize, usize), Fault> {
        let bytes = self.keys.values().flat_map(|(_, row)| &row.answer.results).map(String::len).sum();
        Ok((self.keys.len(), bytes))
    }

    fn forget_oldest_keys(&mut self, count: usize) -> Result<(), Fault> {
        let written: BTreeSet<u64> = self.keys.values().map(|(written_at, _)| *written_at).collect();
        let gone: BTreeSet<u64> = written.into_iter().take(count).collect();
        self.keys.retain(|_, (written_at, _)| !gone.contains(written_at));
        Ok(())
    }

    fn used(&self, publisher: &str) -> Result<Option<String>, Fault> {
        Ok(self.used.get(publisher).map(|(used, _)| used.clone()))
    }

    fn set_used(&mut self, publisher: &str, used: &str, now: Millis, keep_until: Millis) -> Result<(), Fault> {
        self.used.retain(|_, (_, until)| *until > now);
        self.used.insert(publisher.to_owned(), (used.to_owned(), keep_until));
        Ok(())
    }

    fn device_seen(&mut self, device: &str, now: Millis) -> Result<(), Fault> {
        let written_at = self.next_write();
        self.devices.insert(device.to_owned(), (written_at, now));
        Ok(())
    }

    fn forget_devices(&mut self, after: Millis, max: usize) -> Result<(), Fault> {
        self.devices.retain(|_, (_, seen)| *seen > after);
        let written: BTreeSet<u64> = self.devices.values().map(|(written_at, _)| *written_at).collect();
        let kept: BTreeSet<u64> = written.into_iter().rev().take(max).collect();
        self.devices.retain(|_, (written_at, _)| kept.contains(written_at));
        self.done.retain(|(_, device)| self.devices.contains_key(device));
        Ok(())
    }

    fn devices(&self, after: Millis) -> Result<Vec<String>, Fault> {
        Ok(self.devices.iter().filter(|(_, (_, seen))| *seen > after).map(|(device, _)| device.clone()).collect())
    }

    fn done(&mut self, seq: u64, device: &str) -> Result<(), Fault> {
        self.done.insert((seq, device.to_owned()));
        Ok(())
    }

    fn done_by(&self, seq: u64) -> Result<Vec<String>, Fault> {
        Ok(self.done.iter().filter(|(done, _)| *done == seq).map(|(_, device)| device.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryChannelStore;

    crate::channel_promises!(MemoryChannelStore::default);
}
