//! Interface of a log to its storage, and the storage that tests and the simulator use.
//!
//! A store is synchronous: check and write happen in one step (`core.md` 1.4). It keeps rows; every rule is in `log`.

use std::collections::BTreeMap;

use crate::words::event::{Event, Kind, Millis};
use crate::words::refusal::Fault;

/// The numbers of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogMeta {
    /// Drawn when the log was created (`core.md` 1.3).
    pub epoch: u32,
    /// Newest `seq`.
    pub head: u64,
    /// Oldest kept `seq`.
    pub oldest: u64,
    /// Time of the newest event.
    pub ts: Millis,
}

/// Stored event of an id that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredId {
    pub seq: u64,
    pub ts: Millis,
    /// User id of the writer; `None` for the system.
    pub actor: Option<String>,
    pub kind: Kind,
    /// Body as it was written; after trimming its [`super::content_digest`], after a deletion the tombstone.
    pub body: String,
}

pub trait LogStore {
    /// The log's numbers; `None` when the log does not exist yet.
    fn meta(&self) -> Result<Option<LogMeta>, Fault>;
    fn create(&mut self, meta: &LogMeta) -> Result<(), Fault>;
    fn find(&self, id: &str) -> Result<Option<StoredId>, Fault>;
    /// Adds an event, whose `seq` is one above the newest; false, and nothing happens, when its id is there already.
    fn insert(&mut self, event: &Event) -> Result<bool, Fault>;
    /// Events `from ..= to` as they read now, ascending, at most `limit`, beginning with `from`.
    fn read(&self, from: u64, to: u64, limit: u32) -> Result<Vec<Event>, Fault>;
    /// Times of `actor`'s events of `kind` after `after`, ascending.
    fn times(&self, actor: &str, kind: Kind, after: Millis) -> Result<Vec<Millis>, Fault>;
    /// Newest `seq` whose time is not after `ts`; 0 when there is none.
    fn seq_at(&self, ts: Millis) -> Result<u64, Fault>;
    /// Newest event of `actor` that another session than `session` wrote; 0 when there is none.
    fn seq_of_earlier_session(&self, actor: &str, session: &str) -> Result<u64, Fault>;
}

/// Interface that trimming needs of a store beside [`LogStore`].
pub trait RetentionStore: LogStore {
    /// Place, kind and body of events `from ..= to` as their writers gave them, ascending, at most `limit`.
    fn originals(&self, from: u64, to: u64, limit: u32) -> Result<Vec<(u64, Kind, String)>, Fault>;
    /// Puts digests in the place of bodies, and lets readers begin at `oldest` from now on ([`LogMeta::oldest`]).
    fn drop_bodies(&mut self, digests: &[(u64, String)], oldest: u64) -> Result<(), Fault>;
    /// Removes rows before `seq` that are not younger than `ts`, ids and all.
    fn drop_rows(&mut self, before_seq: u64, until: Millis) -> Result<(), Fault>;
    /// Time of the event at this place: what it says is not looked at, as nobody may be able to read it.
    fn time_of(&self, seq: u64) -> Result<Option<Millis>, Fault>;
    /// `seq` and time of the oldest row, with or without its body.
    fn oldest_row(&self) -> Result<Option<(u64, Millis)>, Fault>;
}

/// A log in memory, with everything on the table.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    meta: Option<LogMeta>,
    /// Ascending and without gap.
    events: Vec<Event>,
    /// Place of each id.
    ids: BTreeMap<String, u64>,
}

impl MemoryStore {
    /// All rows, for checkers: the first ones may have lost their bodies.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Removes all rows. The epoch and the oldest place stay; the head is that of the newest row, so it is 0 as in tables.
    pub fn erase(&mut self) {
        self.events.clear();
        self.ids.clear();
        if let Some(meta) = &mut self.meta {
            (meta.head, meta.ts) = (0, 0);
        }
    }

    /// Begins a new log with this epoch. Its rows are gone already.
    pub fn begin_anew(&mut self, epoch: u32) {
        self.meta = Some(LogMeta { epoch, head: 0, oldest: 1, ts: 0 });
    }

    /// Goes back to `meta`, as a database does with a transaction that did not commit. Trimming cannot be taken back.
    pub fn roll_back(&mut self, meta: Option<LogMeta>) {
        let head = meta.as_ref().map_or(0, |meta| meta.head);
        let kept = self.events.partition_point(|event| event.seq <= head);
        for event in self.events.drain(kept..) {
            self.ids.remove(&event.id);
        }
        self.meta = meta;
    }

    /// Index of the first row at or above `seq`.
    fn index_of(&self, seq: u64) -> usize {
        self.events.partition_point(|event| event.seq < seq)
    }
}

impl LogStore for MemoryStore {
    fn meta(&self) -> Result<Option<LogMeta>, Fault> {
        Ok(self.meta.clone())
    }

    fn create(&mut self, meta: &LogMeta) -> Result<(), Fault> {
        self.meta = Some(meta.clone());
        Ok(())
    }

    fn find(&self, id: &str) -> Result<Option<StoredId>, Fault> {
        Ok(self.ids.get(id).and_then(|seq| self.events.get(self.index_of(*seq))).map(|event| StoredId {
            seq: event.seq,
            ts: event.ts,
            actor: event.actor.clone(),
            kind: event.kind,
            body: event.body.clone(),
        }))
    }

    fn insert(&mut self, event: &Event) -> Result<bool, Fault> {
        let meta = self.meta.as_mut().ok_or_else(|| Fault("insert into a log that does not exist".into()))?;
        if self.ids.contains_key(&event.id) {
            return Ok(false);
        }
        if event.seq != meta.head + 1 {
            return Err(Fault(format!("event {} does not fit on head {}", event.seq, meta.head)));
        }
        meta.head = event.seq;
        meta.ts = event.ts;
        self.ids.insert(event.id.clone(), event.seq);
        self.events.push(event.clone());
        Ok(true)
    }

    fn read(&self, from: u64, to: u64, limit: u32) -> Result<Vec<Event>, Fault> {
        let inside = self.events.iter().skip(self.index_of(from)).take_while(|event| event.seq <= to);
        Ok(inside.take(limit as usize).cloned().collect())
    }

    fn times(&self, actor: &str, kind: Kind, after: Millis) -> Result<Vec<Millis>, Fault> {
        let own = self.events.iter().filter(|event| event.actor.as_deref() == Some(actor) && event.kind == kind);
        Ok(own.map(|event| event.ts).filter(|ts| *ts > after).collect())
    }

    fn seq_at(&self, ts: Millis) -> Result<u64, Fault> {
        Ok(self.events.iter().rev().find(|event| event.ts <= ts).map_or(0, |event| event.seq))
    }

    fn seq_of_earlier_session(&self, actor: &str, session: &str) -> Result<u64, Fault> {
        let earlier = self.events.iter().rev().find(|event| {
            event.actor.as_deref() == Some(actor) && event.session.as_deref().is_some_and(|other| other != session)
        });
        Ok(earlier.map_or(0, |event| event.seq))
    }
}

impl RetentionStore for MemoryStore {
    fn originals(&self, from: u64, to: u64, limit: u32) -> Result<Vec<(u64, Kind, String)>, Fault> {
        Ok(self.read(from, to, limit)?.into_iter().map(|event| (event.seq, event.kind, event.body)).collect())
    }

    fn drop_bodies(&mut self, digests: &[(u64, String)], oldest: u64) -> Result<(), Fault> {
        for (seq, digest) in digests {
            let at = self.index_of(*seq);
            if let Some(event) = self.events.get_mut(at) {
                event.body.clone_from(digest);
            }
        }
        let meta = self.meta.as_mut().ok_or_else(|| Fault("trimming a log that does not exist".into()))?;
        meta.oldest = oldest;
        Ok(())
    }

    fn drop_rows(&mut self, before_seq: u64, until: Millis) -> Result<(), Fault> {
        let gone = self.events.partition_point(|event| event.seq < before_seq && event.ts <= until);
        for event in self.events.drain(..gone) {
            self.ids.remove(&event.id);
        }
        Ok(())
    }

    fn time_of(&self, seq: u64) -> Result<Option<Millis>, Fault> {
        Ok(self.events.get(self.index_of(seq)).filter(|event| event.seq == seq).map(|event| event.ts))
    }

    fn oldest_row(&self) -> Result<Option<(u64, Millis)>, Fault> {
        Ok(self.events.first().map(|event| (event.seq, event.ts)))
    }
}
