//! A log as its owner holds it, and appending to it (`core.md` 1.4 from step 3 on, 3).

use super::digest::{content_digest, said};
use super::store::{LogMeta, LogStore, StoredId};
use crate::words::event::{Draft, Event, Millis, TOMBSTONE};
use crate::words::limits::SEQ_MAX;
use crate::words::refusal::{Denied, Fault, Refusal};

/// A log as its owner holds it: the numbers that change with every append. Everything else stays in the store.
#[derive(Clone, Debug)]
pub struct Log {
    pub(super) meta: LogMeta,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    New(Event),
    /// It was an event before: the first answer again (`core.md` 3).
    Duplicate {
        /// Place of the first one.
        seq: u64,
        /// Time of the first one.
        ts: Millis,
    },
}

impl Log {
    /// Opens the log in `store`; a log that does not exist yet begins with `fresh_epoch`.
    pub fn open(store: &mut impl LogStore, fresh_epoch: u32) -> Result<Self, Fault> {
        if let Some(log) = Self::load(store)? {
            return Ok(log);
        }
        let meta = LogMeta { epoch: fresh_epoch, head: 0, oldest: 1, ts: 0 };
        store.create(&meta)?;
        Ok(Self { meta })
    }

    /// Opens the log if it exists.
    pub fn load(store: &impl LogStore) -> Result<Option<Self>, Fault> {
        Ok(store.meta()?.map(|meta| Self { meta }))
    }

    /// Newest `seq`; 0 when nothing was written.
    pub fn head(&self) -> u64 {
        self.meta.head
    }

    /// Oldest kept `seq`; one above the head when nothing is kept.
    pub fn oldest(&self) -> u64 {
        self.meta.oldest
    }

    /// Time of the newest event; 0 without any.
    pub fn newest_at(&self) -> Millis {
        self.meta.ts
    }

    /// The epoch as 8 hex digits (`core.md` 1.3).
    pub fn epoch(&self) -> String {
        format!("{:08x}", self.meta.epoch)
    }

    /// Appends `draft`, or answers what it became before.
    ///
    /// `allow` says whether something new may be written; it must not count it yet, because a known id costs nothing and gets its
    /// first answer whatever `allow` says. Nearly all ids are new, so the store is not asked for them beforehand.
    /// Errors: `ID_TAKEN` (somebody else's event), `ID_REUSED` (own event, other content), what `allow` says, or a fault,
    /// after which the owner must forget this value and read the log again.
    pub fn append(
        &mut self,
        store: &mut impl LogStore,
        now: Millis,
        draft: Draft,
        allow: impl FnOnce(&dyn LogStore) -> Result<(), Denied>,
    ) -> Result<Appended, Denied> {
        let seq = self.meta.head + 1;
        let allowed = allow(store).and_then(|()| if seq > SEQ_MAX { Err(Refusal::Internal.into()) } else { Ok(()) });
        let event = draft.at(seq, now.max(self.meta.ts));
        if allowed.is_ok() && store.insert(&event)? {
            self.meta.head = seq;
            self.meta.ts = event.ts;
            return Ok(Appended::New(event));
        }
        match store.find(&event.id)? {
            Some(first) => first.answer(&event).map_err(Denied::from),
            None => Err(allowed.err().unwrap_or_else(|| Fault(format!("event {} was not stored", event.id)).into())),
        }
    }
}

impl StoredId {
    /// Returns the answer to a later event with this id (`core.md` 3).
    fn answer(&self, draft: &Event) -> Result<Appended, Refusal> {
        if self.actor != draft.actor {
            return Err(Refusal::IdTaken);
        }
        // A message that was deleted for everybody must not be compared: a digest would still tell of its content.
        let is_gone = self.body == TOMBSTONE;
        let words = said(&draft.body);
        // Digests of before told by which door it came.
        let digests = || [&words[..], &draft.body[..]].map(|body| content_digest(draft.kind, body));
        let says_the_same = is_gone || said(&self.body) == words || digests().contains(&self.body);
        if self.kind != draft.kind || !says_the_same {
            return Err(Refusal::IdReused);
        }
        Ok(Appended::Duplicate { seq: self.seq, ts: self.ts })
    }
}
