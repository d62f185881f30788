//! Envelopes that must not be lost, and keys that make a publish happen once (`hopeflow.md` 6, `core.md` 3).

use sha2::{Digest, Sha256};

use super::machine::{Channel, Effect, Publish};
use super::store::{ChannelMeta, ChannelStore, Envelope, KeyRow, StoredEnvelope};
use super::waits::Answer;
use crate::event::Millis;
use crate::limits::{
    CHANNEL_BYTES_MAX, CHANNEL_DEVICES_MAX, CHANNEL_ENVELOPES_MAX, CHANNEL_KEYS_BYTES_MAX,
    CHANNEL_KEYS_FORGOTTEN_SHARE, CHANNEL_KEYS_MAX, DEVICE_KNOWN_MS, PAGE_EVENTS_DEFAULT, PUBLISH_KEY_MS, SEQ_MAX,
};
use crate::refusal::{Denied, Fault, Refusal};

impl Channel {
    /// What was published with the same key before, or a refusal when that was something else. `None`: this is new.
    pub(super) fn repeated(
        &self,
        store: &impl ChannelStore,
        publish: &Publish,
        now: Millis,
    ) -> Result<Option<Answer>, Denied> {
        let Some(key) = &publish.key else {
            return Ok(None);
        };
        let row = store.key(&publish.publisher, key)?.filter(|row| row.keep_until > now);
        match row {
            None => Ok(None),
            Some(row) if row.digest == digest(publish) => Ok(Some(row.answer)),
            Some(_) => Err(Refusal::IdReused.into()),
        }
    }

    /// Stores a durable envelope and lets the oldest go when there are too many. Its place.
    pub(super) fn keep(
        &mut self,
        store: &mut impl ChannelStore,
        envelope: &Envelope,
        ttl_ms: Millis,
        effects: &mut Vec<Effect>,
    ) -> Result<u64, Fault> {
        let seq = self.meta.head + 1;
        if seq > SEQ_MAX {
            return Err(Fault("the log is full".into()));
        }
        let stored = StoredEnvelope { seq, expires_at: envelope.ts + ttl_ms, envelope: envelope.clone() };
        store.insert(&stored)?;
        self.meta = ChannelMeta { head: seq, ts: envelope.ts, ..self.meta.clone() };
        store.set_meta(&self.meta)?;
        let (mut count, mut bytes) = store.size()?;
        while count > CHANNEL_ENVELOPES_MAX || bytes > CHANNEL_BYTES_MAX {
            let Some(oldest) = store.read(0, 1)?.pop() else { break };
            store.remove(oldest.seq)?;
            count -= 1;
            bytes -= oldest.bytes();
            effects.push(Effect::Dropped { seq: oldest.seq, envelope_id: oldest.envelope.id });
        }
        Ok(seq)
    }

    /// Remembers what a key stands for, as long as the envelope lives and at least a day, unless too many come after it.
    pub(super) fn remember(
        &mut self,
        store: &mut impl ChannelStore,
        publish: &Publish,
        answer: &Answer,
        now: Millis,
    ) -> Result<(), Fault> {
        if let Some(key) = &publish.key {
            let keep_until = now + publish.ttl_ms.unwrap_or(0).max(PUBLISH_KEY_MS);
            let row = KeyRow { digest: digest(publish), answer: answer.clone(), keep_until };
            store.set_key(&publish.publisher, key, &row)?;
            self.forget_keys_beyond_limit(store, &row)?;
        }
        Ok(())
    }

    /// What is added is guessed, and a key that changes counts twice: only a sum beyond the limit is counted out.
    fn forget_keys_beyond_limit(&mut self, store: &mut impl ChannelStore, added: &KeyRow) -> Result<(), Fault> {
        let is_too_much = |(count, bytes): (usize, usize)| count > CHANNEL_KEYS_MAX || bytes > CHANNEL_KEYS_BYTES_MAX;
        let added = added.answer.results.iter().map(String::len).sum::<usize>();
        let mut size = match self.keys {
            Some((count, bytes)) => (count + 1, bytes + added),
            None => store.keys_size()?,
        };
        if is_too_much(size) {
            size = store.keys_size()?;
            while is_too_much(size) {
                // Never the newest: that one alone is within the limit.
                store.forget_oldest_keys((size.0 / CHANNEL_KEYS_FORGOTTEN_SHARE).max(1))?;
                size = store.keys_size()?;
            }
        }
        self.keys = Some(size);
        Ok(())
    }

    /// A device is here: it is waited for from now on, unless too many come after it.
    pub(super) fn saw(store: &mut impl ChannelStore, device: &str, now: Millis) -> Result<(), Fault> {
        store.device_seen(device, now)?;
        store.forget_devices(now.saturating_sub(DEVICE_KNOWN_MS), CHANNEL_DEVICES_MAX)
    }

    /// A device (or somebody who does not say which) has an envelope. It goes when every known device has it.
    pub(super) fn done(
        &self,
        store: &mut impl ChannelStore,
        envelope_id: &str,
        device: Option<&str>,
        now: Millis,
    ) -> Result<(), Fault> {
        // Most channels never held anything, and every answer of a device comes by here.
        if self.meta.head == 0 {
            return Ok(());
        }
        let Some(seq) = store.find(envelope_id)? else {
            return Ok(());
        };
        let Some(device) = device else {
            return store.remove(seq);
        };
        store.done(seq, device)?;
        let done_by = store.done_by(seq)?;
        let known = store.devices(now.saturating_sub(DEVICE_KNOWN_MS))?;
        if known.iter().all(|device| done_by.contains(device)) {
            return store.remove(seq);
        }
        // What a device has is only kept of those that are known: whoever answers is here.
        if known.iter().all(|known| known != device) {
            Self::saw(store, device, now)?;
        }
        Ok(())
    }

    /// Calls `each` with every stored envelope after `since` that is not over and that `device` does not have, in order.
    pub(super) fn replay(
        &self,
        store: &impl ChannelStore,
        since: u64,
        device: Option<&str>,
        now: Millis,
        mut each: impl FnMut(StoredEnvelope),
    ) -> Result<(), Fault> {
        // A place that this log never had is another log's: from the beginning (`core.md` 1.3).
        let mut after = if since > self.meta.head { 0 } else { since };
        loop {
            let page = store.read(after, PAGE_EVENTS_DEFAULT)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.seq;
            for stored in page.into_iter().filter(|stored| stored.expires_at > now) {
                let has_it = match device {
                    Some(device) => store.done_by(stored.seq)?.iter().any(|done| done == device),
                    None => false,
                };
                if !has_it {
                    each(stored);
                }
            }
        }
    }

    /// Lets go of envelopes and keys whose time is over. For the object's alarm.
    pub fn sweep(&mut self, store: &mut impl ChannelStore, now: Millis) -> Result<(), Fault> {
        for seq in store.expired(now)? {
            store.remove(seq)?;
        }
        self.keys = None;
        store.forget_keys(now)
    }

    /// When [`Channel::sweep`] has something to do.
    pub fn sweep_at(&self, store: &impl ChannelStore) -> Result<Option<Millis>, Fault> {
        store.next_end()
    }
}

/// What makes two publishes the same: everything that was asked for.
fn digest(publish: &Publish) -> [u8; 32] {
    let Publish { kind, payload, ttl_ms, .. } = publish;
    let mut hash = Sha256::new();
    hash.update((kind.len() as u64).to_le_bytes());
    hash.update(kind);
    hash.update([u8::from(payload.is_some())]);
    hash.update(ttl_ms.unwrap_or(0).to_le_bytes());
    hash.update(payload.as_deref().unwrap_or_default());
    hash.finalize().into()
}
