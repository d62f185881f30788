//! Envelopes that must not be lost, and keys that make a publish happen once (`hopeflow.md` 6, `core.md` 3).

use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::machine::{Channel, Effect, Notice, Publish};
use super::members::Members;
use super::store::{ChannelMeta, ChannelStore, Envelope, KeyRow, StoredEnvelope};
use super::waits::Answer;
use crate::trust::sealing::is_about_keys;
use crate::words::event::Millis;
use crate::words::limits::{
    CHANNEL_BYTES_MAX, CHANNEL_DEVICES_MAX, CHANNEL_ENVELOPES_MAX, CHANNEL_KEYS_BYTES_MAX,
    CHANNEL_KEYS_FORGOTTEN_SHARE, CHANNEL_KEYS_MAX, CHANNEL_TURN_BYTES_MAX, DEVICE_KNOWN_MS, PUBLISH_KEY_MS, SEQ_MAX,
};
use crate::words::refusal::{Denied, Fault, Refusal};

/// Envelopes that are read at once: each may be as large as a publish.
const REPLAY_PAGE: u32 = 4;
/// Approximate bytes that a frame adds to its envelope.
const FRAME_BYTES: usize = 200;

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

    /// A device (or somebody who does not say which) has an envelope. It goes when every known device has it. False when none is kept
    /// by that name.
    pub(super) fn done(
        &mut self,
        store: &mut impl ChannelStore,
        envelope_id: &str,
        device: Option<&str>,
        now: Millis,
    ) -> Result<bool, Fault> {
        // Most channels never held anything, and every answer of a device comes by here.
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
        // What a device has is only kept of those that are known: whoever answers is here.
        if known.iter().all(|known| known != device) {
            Self::saw(store, device, now)?;
        }
        Ok(true)
    }

    /// Removes an envelope that is done, unless it was left to the turn of somebody who does not have it yet: then after that.
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

    /// Returns `true` while some socket still has to get kept envelopes.
    pub fn has_replays(&self) -> bool {
        self.sockets.values().any(|listener| listener.replay.is_some())
    }

    /// Sends a turn's worth of what is kept, in order, to those who asked for it and do not have it: that memory is bounded, and
    /// everybody else has their turn.
    pub fn serve(
        &mut self,
        store: &mut impl ChannelStore,
        now: Millis,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let (mut left, mut keyless) = (CHANNEL_TURN_BYTES_MAX, Vec::new());
        for (conn, listener) in self.sockets.iter_mut().filter(|(_, listener)| listener.replay.is_some()) {
            let Some(replay) = listener.replay.as_mut().filter(|_| left > 0) else { break };
            let mut tell = |notice| effects.push(Effect::Send { conns: vec![*conn], notice });
            let mut is_over = false;
            while left > 0 && !is_over {
                let page = match store.read(replay.after, REPLAY_PAGE) {
                    Err(fault) if is_about_keys(&fault) => {
                        keyless.push(*conn);
                        break;
                    }
                    page => page?,
                };
                is_over = page.is_empty();
                for stored in page {
                    if left == 0 {
                        break;
                    }
                    replay.after = stored.seq;
                    // What is only read takes its time too.
                    let bytes = stored.bytes() + FRAME_BYTES;
                    left = left.saturating_sub(bytes);
                    let Envelope { kind, payload, .. } = &stored.envelope;
                    let looks = listener.filters.looks_at_payload(kind);
                    let members = Members::of(payload.as_deref().filter(|_| looks));
                    let is_replay = stored.seq <= replay.head;
                    // Who was counted when it was published gets it, however short it lives.
                    let is_wanted = (stored.expires_at > now || !is_replay) && listener.filters.matches(kind, &members);
                    let has_it = match listener.device.as_ref().filter(|_| is_wanted) {
                        Some(device) => store.done_by(stored.seq)?.contains(device),
                        None => !is_wanted,
                    };
                    if !has_it {
                        let seq = Some(stored.seq);
                        listener.unanswered += bytes;
                        tell(Notice::Envelope { envelope: Rc::new(stored.envelope), seq, is_replay });
                    }
                }
            }
            if is_over {
                (0..replay.pings).for_each(|_| tell(Notice::Pong));
                listener.replay = None;
            }
            effects.push(Effect::Save(*conn));
        }
        // Nobody can tell them what is kept: they come again, and nobody else waits for that.
        for conn in keyless {
            self.expel(store, now, conn, Refusal::Misconfigured, effects)?;
        }
        self.let_go_later(store)
    }

    /// A step was undone in the store alone: what is known of it is what stands there.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn undone(&mut self, store: &impl ChannelStore) -> Result<(), Fault> {
        let fresh = ChannelMeta { epoch: self.meta.epoch, ..ChannelMeta::default() };
        (self.meta, self.keys) = (store.meta()?.unwrap_or(fresh), None);
        Ok(())
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
