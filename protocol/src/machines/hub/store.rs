//! Storage interface of a hub room, and the storage that tests use. Rows only; every rule is in `log`.

use std::collections::BTreeMap;

use super::item::Item;
use crate::machines::webhook::{HookStoreOwner, MemoryHookStore};
use crate::words::event::Millis;
use crate::words::refusal::Fault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubMeta {
    /// Drawn when the log was created (`core.md` 1.3).
    pub epoch: u32,
    /// Newest `seq`.
    pub head: u64,
    /// Oldest stored `seq`; one above the head if nothing is stored.
    pub oldest: u64,
    /// Time of the newest message, or of the log's beginning.
    pub ts: Millis,
    /// Bytes of all bodies that were ever written.
    pub bytes_end: u64,
}

/// A message on its way into the log.
#[derive(Clone, Copy, Debug)]
pub struct NewMessage<'a> {
    pub item: &'a Item,
    pub payer: &'a str,
    /// See [`HubMeta::bytes_end`], with this message.
    pub bytes_end: u64,
    /// Its id is the writer's: remembered longer than the message.
    pub is_keyed: bool,
}

/// Message that an id stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    pub seq: u64,
    pub ts: Millis,
    /// Content of the message; its digest after trimming.
    pub content: StoredContent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredContent {
    Whole {
        is_text: bool,
        bytes: Vec<u8>,
    },
    /// It was trimmed; its [`crate::machines::hub::log::content_digest`] is left.
    Digest(Vec<u8>),
}

/// Charge of a message against the limits of its payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaCharge {
    pub ts: Millis,
    pub payer: String,
    pub bytes: u64,
}

/// Rows of one hub room. Those of its receivers are a store of their own.
pub trait HubStore: HookStoreOwner {
    /// The log's numbers; `None` when the room does not exist yet.
    fn meta(&self) -> Result<Option<HubMeta>, Fault>;
    fn create(&mut self, meta: &HubMeta) -> Result<(), Fault>;
    /// Returns the message that `actor` (empty for the anonymous) wrote under this id.
    fn find(&self, actor: &str, id: &str) -> Result<Option<StoredKey>, Fault>;
    /// Adds a message, whose `seq` is one above the newest. Returns `false` without a change if its writer has used the id before.
    fn insert(&mut self, message: NewMessage<'_>) -> Result<bool, Fault>;
    /// Returns stored messages `from ..= to`, ascending, at most `limit` and at most `bytes_max` of bodies, but always the first.
    fn read(&self, from: u64, to: u64, limit: u32, bytes_max: u64) -> Result<Vec<Item>, Fault>;
    /// Returns the first of the stored messages `from ..= to` from which on there are at most `bytes_max` of bodies; `to` if there is none.
    fn first_within(&self, from: u64, to: u64, bytes_max: u64) -> Result<u64, Fault>;
    /// Messages after `after`, ascending, as the limits see them.
    fn recent(&self, after: Millis) -> Result<Vec<QuotaCharge>, Fault>;
    /// Returns the newest stored message whose time is not after `ts`; below the oldest if there is none.
    fn seq_at(&self, ts: Millis) -> Result<u64, Fault>;
    /// Returns the newest stored message with a [`NewMessage::bytes_end`] up to this; below the oldest if there is none.
    fn seq_of_bytes(&self, bytes_end: u64) -> Result<u64, Fault>;
    /// Bytes of all bodies written up to the message before `seq`.
    fn bytes_before(&self, seq: u64) -> Result<u64, Fault>;
    /// Puts digests in the place of bodies; messages of [`NewMessage::is_keyed`] false go altogether. Readers begin at `oldest`.
    fn drop_bodies(&mut self, digests: &[(u64, Vec<u8>)], oldest: u64) -> Result<(), Fault>;
    /// Removes what is left of messages before `seq` that are not younger than `ts`, ids and all.
    fn drop_rows(&mut self, before_seq: u64, until: Millis) -> Result<(), Fault>;
    /// Returns the time of the message at this position. Its body is not read, because its key may be missing.
    fn time_of(&self, seq: u64) -> Result<Option<Millis>, Fault>;
    /// `seq` and time of the oldest row, with or without its body.
    fn oldest_row(&self) -> Result<Option<(u64, Millis)>, Fault>;
}

#[derive(Clone, Debug, Default)]
pub struct MemoryHubStore {
    meta: Option<HubMeta>,
    rows: BTreeMap<u64, MemoryRow>,
    /// Position of each id of a writer (empty for anonymous ones). The message may have been removed.
    places: BTreeMap<(String, String), u64>,
    receivers: MemoryHookStore,
}

#[derive(Clone, Debug)]
struct MemoryRow {
    item: Item,
    payer: String,
    bytes: u64,
    bytes_end: u64,
    is_keyed: bool,
    digest: Option<Vec<u8>>,
}

impl MemoryHubStore {
    fn stored_rows(&self) -> impl DoubleEndedIterator<Item = &MemoryRow> {
        let oldest = self.meta.as_ref().map_or(1, |meta| meta.oldest);
        self.rows.range(oldest..).map(|(_, row)| row)
    }

    fn newest_where(&self, is_meant: impl Fn(&MemoryRow) -> bool) -> u64 {
        let oldest = self.meta.as_ref().map_or(1, |meta| meta.oldest);
        self.stored_rows().rev().find(|row| is_meant(row)).map_or(oldest - 1, |row| row.item.seq)
    }
}

impl HubStore for MemoryHubStore {
    fn meta(&self) -> Result<Option<HubMeta>, Fault> {
        Ok(self.meta.clone())
    }

    fn create(&mut self, meta: &HubMeta) -> Result<(), Fault> {
        self.meta = Some(meta.clone());
        Ok(())
    }

    fn find(&self, actor: &str, id: &str) -> Result<Option<StoredKey>, Fault> {
        let place = self.places.get(&(actor.to_owned(), id.to_owned()));
        Ok(place.and_then(|seq| self.rows.get(seq)).map(|row| StoredKey {
            seq: row.item.seq,
            ts: row.item.ts,
            content: match &row.digest {
                Some(digest) => StoredContent::Digest(digest.clone()),
                None => {
                    StoredContent::Whole { is_text: row.item.body.is_text(), bytes: row.item.body.bytes().to_vec() }
                }
            },
        }))
    }

    fn insert(&mut self, message: NewMessage<'_>) -> Result<bool, Fault> {
        let NewMessage { item, payer, bytes_end, is_keyed } = message;
        if self.find(item.sender.as_deref().unwrap_or_default(), &item.id)?.is_some() {
            return Ok(false);
        }
        let meta = self.meta.as_mut().ok_or_else(|| Fault("insert into a room that does not exist".into()))?;
        if item.seq != meta.head + 1 {
            return Err(Fault(format!("message {} does not fit on head {}", item.seq, meta.head)));
        }
        (meta.head, meta.ts, meta.bytes_end) = (item.seq, item.ts, bytes_end);
        let bytes = item.body.bytes().len() as u64;
        let row = MemoryRow { item: item.clone(), payer: payer.to_owned(), bytes, bytes_end, is_keyed, digest: None };
        self.places.insert((item.sender.clone().unwrap_or_default(), item.id.clone()), item.seq);
        self.rows.insert(item.seq, row);
        Ok(true)
    }

    fn read(&self, from: u64, to: u64, limit: u32, bytes_max: u64) -> Result<Vec<Item>, Fault> {
        let oldest = self.meta.as_ref().map_or(1, |meta| meta.oldest);
        let rows = self.rows.range(from.max(oldest)..).map(|(_, row)| row).take_while(|row| row.item.seq <= to);
        let begin = self.bytes_before(from)?;
        let fits = |row: &&MemoryRow| row.item.seq == from || row.bytes_end <= begin.saturating_add(bytes_max);
        Ok(rows.take(limit as usize).take_while(fits).map(|row| row.item.clone()).collect())
    }

    fn first_within(&self, from: u64, to: u64, bytes_max: u64) -> Result<u64, Fault> {
        let Some(last) = self.rows.get(&to) else { return Ok(to) };
        let fits = |row: &&MemoryRow| {
            row.item.seq >= from && (row.bytes_end - row.bytes).saturating_add(bytes_max) >= last.bytes_end
        };
        Ok(self.stored_rows().find(fits).map_or(to, |row| row.item.seq.min(to)))
    }

    fn recent(&self, after: Millis) -> Result<Vec<QuotaCharge>, Fault> {
        let spent = |row: &MemoryRow| QuotaCharge { ts: row.item.ts, payer: row.payer.clone(), bytes: row.bytes };
        Ok(self.stored_rows().filter(|row| row.item.ts > after).map(spent).collect())
    }

    fn seq_at(&self, ts: Millis) -> Result<u64, Fault> {
        Ok(self.newest_where(|row| row.item.ts <= ts))
    }

    fn seq_of_bytes(&self, bytes_end: u64) -> Result<u64, Fault> {
        Ok(self.newest_where(|row| row.bytes_end <= bytes_end))
    }

    fn bytes_before(&self, seq: u64) -> Result<u64, Fault> {
        let end = self.meta.as_ref().map_or(0, |meta| meta.bytes_end);
        Ok(self.rows.get(&seq).map_or(end, |row| row.bytes_end - row.bytes))
    }

    fn drop_bodies(&mut self, digests: &[(u64, Vec<u8>)], oldest: u64) -> Result<(), Fault> {
        for (seq, digest) in digests {
            let is_stored = self.rows.get(seq).is_some_and(|row| row.is_keyed);
            match self.rows.get_mut(seq) {
                Some(row) if is_stored => row.digest = Some(digest.clone()),
                _ => drop(self.rows.remove(seq)),
            }
        }
        let meta = self.meta.as_mut().ok_or_else(|| Fault("trimming a room that does not exist".into()))?;
        meta.oldest = oldest;
        Ok(())
    }

    fn drop_rows(&mut self, before_seq: u64, until: Millis) -> Result<(), Fault> {
        self.rows.retain(|seq, row| *seq >= before_seq || row.item.ts > until);
        Ok(())
    }

    fn time_of(&self, seq: u64) -> Result<Option<Millis>, Fault> {
        Ok(self.rows.get(&seq).map(|row| row.item.ts))
    }

    fn oldest_row(&self) -> Result<Option<(u64, Millis)>, Fault> {
        Ok(self.rows.first_key_value().map(|(seq, row)| (*seq, row.item.ts)))
    }
}

impl HookStoreOwner for MemoryHubStore {
    type Hooks = MemoryHookStore;

    fn hook_store(&self) -> &MemoryHookStore {
        &self.receivers
    }

    fn hook_store_mut(&mut self) -> &mut MemoryHookStore {
        &mut self.receivers
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryHubStore;

    crate::hub_promises!(MemoryHubStore::default);
}
