//! Envelopes that must not be lost, and keys that make a publish happen once (`hopeflow.md` 6, `core.md` 3).

use sha2::{Digest, Sha256};

use super::effect::Effect;
use super::publish::{Answer, Publish};
use super::state::Channel;
use super::store::{ChannelMeta, ChannelStore, Envelope, KeyRow, StoredEnvelope};
use crate::words::event::Millis;
use crate::words::limits::{
    CHANNEL_BYTES_MAX, CHANNEL_DEVICES_MAX, CHANNEL_ENVELOPES_MAX, CHANNEL_KEYS_BYTES_MAX,
    CHANNEL_KEYS_FORGOTTEN_SHARE, CHANNEL_KEYS_MAX, DEVICE_KNOWN_MS, PUBLISH_KEY_MS, SEQ_MAX,
};
use crate::words::refusal::{Denied, Fault, Refusal};

impl Channel {
    /// Returns the answer to an earlier publish with the same key, or a refusal when that was something else. `None`: this is new.
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
    pub(super) fn store_envelope(
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

    /// Forgets the oldest keys beyond the limit. The estimated size counts a changed key twice, so the store counts only when it is too large.
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
                // Never the newest key: alone it is within the limit.
                store.forget_oldest_keys((size.0 / CHANNEL_KEYS_FORGOTTEN_SHARE).max(1))?;
                size = store.keys_size()?;
            }
        }
        self.keys = Some(size);
        Ok(())
    }

    /// Notes a device, for which publishers wait from now on, unless too many others follow.
    pub(super) fn saw(store: &mut impl ChannelStore, device: &str, now: Millis) -> Result<(), Fault> {
        store.device_seen(device, now)?;
        store.forget_devices(now.saturating_sub(DEVICE_KNOWN_MS), CHANNEL_DEVICES_MAX)
    }

    /// Notes that a device (or a socket without a device id) has an envelope. The envelope is removed once every known device has it.
    /// Returns `false` if none with that id is stored.
    pub(super) fn done(
        &mut self,
        store: &mut impl ChannelStore,
        envelope_id: &str,
        device: Option<&str>,
        now: Millis,
    ) -> Result<bool, Fault> {
        // Most channels have never stored an envelope, and every answer of a device comes here.
        if self.meta.head == 0 {
            return Ok(false);
        }
        let Some(seq) = store.find(envelope_id)? else {
            return Ok(false);
        };
        let Some(device) = device else {
            return self.let_go(store, seq).map(|()| true);
        };
        store.done(seq, device)?;
        let done_by = store.done_by(seq)?;
        let known = store.devices(now.saturating_sub(DEVICE_KNOWN_MS))?;
        if known.iter().all(|device| done_by.contains(device)) {
            return self.let_go(store, seq).map(|()| true);
        }
        // Deliveries are only stored for known devices.
        if known.iter().all(|known| known != device) {
            Self::saw(store, device, now)?;
        }
        Ok(true)
    }

    /// Removes a completed envelope, or marks it for removal after the turn of a socket that still needs it.
    fn let_go(&mut self, store: &mut impl ChannelStore, seq: u64) -> Result<(), Fault> {
        if !self.is_left_to_somebody(seq) {
            return store.remove(seq);
        }
        self.later.push(seq);
        Ok(())
    }

    fn is_left_to_somebody(&self, seq: u64) -> bool {
        let mut replays = self.sockets.values().filter_map(|listener| listener.replay.as_ref());
        replays.any(|replay| replay.after < seq && replay.head < seq)
    }

    pub(super) fn let_go_later(&mut self, store: &mut impl ChannelStore) -> Result<(), Fault> {
        std::mem::take(&mut self.later).into_iter().try_for_each(|seq| self.let_go(store, seq))
    }

    /// A step was undone in the store alone: what is known of it is what stands there.
    pub fn undone(&mut self, store: &impl ChannelStore) -> Result<(), Fault> {
        let fresh = ChannelMeta { epoch: self.meta.epoch, ..ChannelMeta::default() };
        (self.meta, self.keys) = (store.meta()?.unwrap_or(fresh), None);
        Ok(())
    }

    /// Removes expired envelopes and keys. For the object's alarm.
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

/// Returns the digest of everything that was asked for: publishes of one digest are the same.
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
