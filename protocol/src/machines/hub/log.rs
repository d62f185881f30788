//! The log of a hub room: append, pages, trimming (`core.md` 1.4, 2.2, 2.3, 3; `messagehub.md` 4, 10).

use sha2::{Digest, Sha256};

use super::item::{Body, Item};
use super::page::{HubCursor, HubPage};
use super::store::{HubMeta, HubStore, NewMessage, StoredContent, StoredKey};
use crate::words::event::Millis;
use crate::words::limits::{
    HUB_EVENTS_MAX, HUB_LOG_BYTES_MAX, HUB_TRIM_EVENTS_MAX, OperatorLimits, PAGE_BODY_BYTES_MAX, PAGE_EVENTS_MAX,
    RETENTION_IDS_MS, SEQ_MAX,
};
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::time::DAY_MS;

/// Message to be written, already checked for form and size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubWrite {
    /// The writer's id for it; nothing is taken for a duplicate without one.
    pub id: Option<String>,
    pub content_type: String,
    pub body: Body,
}

/// Id, place and time of a message that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubPosted {
    /// The writer's id, or the server's.
    pub id: String,
    pub seq: u64,
    pub ts: Millis,
    /// `true` where it was stored before.
    pub duplicate: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubRetention {
    /// Older ones may go.
    pub keep_ms: Millis,
    /// The newest so many stay at most.
    pub events_max: u64,
    /// All bodies together stay within this.
    pub bytes_max: u64,
}

impl Default for HubRetention {
    fn default() -> Self {
        Self::of_days(OperatorLimits::DEFAULT.hub_retention_days)
    }
}

impl HubRetention {
    /// The rule with another number of days (`HUB_RETENTION_DAYS`).
    pub fn of_days(days: u64) -> Self {
        let keep_ms = days.saturating_mul(DAY_MS);
        Self { keep_ms, events_max: HUB_EVENTS_MAX, bytes_max: HUB_LOG_BYTES_MAX }
    }
}

/// A message before its place is known.
#[derive(Clone, Debug)]
pub(super) struct HubDraft {
    /// The writer's id for it, or a fresh one.
    pub id: String,
    /// It is the writer's.
    pub is_keyed: bool,
    pub sender: Option<String>,
    pub payer: String,
    pub content_type: String,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub(super) enum HubAppended {
    New(Item),
    /// It is there already: the first answer again.
    Duplicate {
        seq: u64,
        ts: Millis,
    },
}

#[derive(Clone, Debug)]
pub struct HubLog {
    pub(super) meta: HubMeta,
}

impl HubLog {
    /// Opens the log in `store`; a log that does not exist yet begins with `fresh_epoch`.
    pub fn open(store: &mut impl HubStore, now: Millis, fresh_epoch: u32) -> Result<Self, Fault> {
        if let Some(meta) = store.meta()? {
            return Ok(Self { meta });
        }
        let meta = HubMeta { epoch: fresh_epoch, head: 0, oldest: 1, ts: now, bytes_end: 0 };
        store.create(&meta)?;
        Ok(Self { meta })
    }

    pub fn meta(&self) -> &HubMeta {
        &self.meta
    }

    /// Appends a message, or returns the one with this id. `allow` decides if a new one may be written, and must not count it yet: a known
    /// id costs nothing.
    pub(super) fn append(
        &mut self,
        store: &mut impl HubStore,
        now: Millis,
        draft: HubDraft,
        allow: Result<(), Refusal>,
    ) -> Result<HubAppended, Denied> {
        let HubDraft { id, is_keyed, sender, payer, content_type, body } = draft;
        let seq = self.meta.head + 1;
        let allow = if seq > SEQ_MAX { Err(Refusal::Internal) } else { allow };
        let item = Item { seq, id, ts: now.max(self.meta.ts), sender, content_type, body };
        let bytes_end = self.meta.bytes_end + item.body.bytes().len() as u64;
        if allow.is_ok() && store.insert(NewMessage { item: &item, payer: &payer, bytes_end, is_keyed })? {
            self.meta = HubMeta { head: seq, ts: item.ts, bytes_end, ..self.meta.clone() };
            return Ok(HubAppended::New(item));
        }
        match store.find(item.sender.as_deref().unwrap_or_default(), &item.id)? {
            Some(first) => Ok(answer(&first, &item.body)?),
            None => Err(allow.err().map_or_else(|| Fault("a message was not stored".into()).into(), Denied::from)),
        }
    }

    /// Returns `true` if a reader at `cursor` can go on; otherwise it must load again (`core.md` 1.3).
    pub fn accepts(&self, cursor: HubCursor) -> bool {
        cursor.seq <= self.meta.head && cursor.epoch.is_none_or(|epoch| epoch == self.meta.epoch)
    }

    /// Reads one page: after a cursor, or the newest. A reader whose position is invalid gets the oldest page.
    pub fn page(&self, store: &impl HubStore, after: Option<HubCursor>, limit: u32) -> Result<HubPage, Fault> {
        let limit = limit.clamp(1, PAGE_EVENTS_MAX);
        let HubMeta { epoch, head, oldest, .. } = self.meta;
        let page = |items: Vec<Item>, next, is_reset, truncated_at| HubPage {
            items,
            head,
            next,
            more: next < head,
            epoch,
            is_reset,
            truncated_at,
        };
        let Some(cursor) = after else {
            let from = oldest.max((head + 1).saturating_sub(u64::from(limit)));
            if from > head {
                return Ok(page(Vec::new(), head, false, None));
            }
            let from = store.first_within(from, head, PAGE_BODY_BYTES_MAX as u64)?;
            return Ok(page(store.read(from, head, limit, u64::MAX)?, head, false, None));
        };
        let is_reset = !self.accepts(cursor);
        let since = if is_reset { 0 } else { cursor.seq };
        let truncated_at = (since + 1 < oldest).then_some(oldest);
        let from = (since + 1).max(oldest);
        let items = if from > head { Vec::new() } else { store.read(from, head, limit, PAGE_BODY_BYTES_MAX as u64)? };
        let next = items.last().map_or(from - 1, |item| item.seq);
        Ok(page(items, next, is_reset, truncated_at))
    }

    /// Returns the position of the oldest message that has to stay; `held` is one that a receiver still needs.
    fn kept_from(
        &self,
        store: &impl HubStore,
        now: Millis,
        retention: &HubRetention,
        held: Option<u64>,
    ) -> Result<u64, Fault> {
        let HubMeta { head, oldest, bytes_end, .. } = self.meta;
        let by_time = match now.checked_sub(retention.keep_ms) {
            Some(too_old) => store.seq_at(too_old)? + 1,
            None => oldest,
        };
        let by_count = (head + 1).saturating_sub(retention.events_max);
        let by_bytes = match bytes_end.checked_sub(retention.bytes_max) {
            Some(gone) if gone > 0 => store.seq_of_bytes(gone)? + 2,
            _ => oldest,
        };
        let from = oldest.max(by_time).max(by_count).max(by_bytes.min(head + 1));
        Ok(held.map_or(from, |held| from.min(held).max(oldest)))
    }

    /// Returns a portion of the messages that may be removed now. They are archived before [`HubLog::trim`] is called.
    pub fn going(
        &self,
        store: &impl HubStore,
        now: Millis,
        retention: &HubRetention,
        held: Option<u64>,
    ) -> Result<Vec<Item>, Fault> {
        let from = self.kept_from(store, now, retention, held)?;
        if from <= self.meta.oldest {
            return Ok(Vec::new());
        }
        store.read(self.meta.oldest, from - 1, HUB_TRIM_EVENTS_MAX, u64::MAX)
    }

    /// Lets `going` go, which are the oldest; their writers' ids stay for some days more.
    pub fn trim(
        &mut self,
        store: &mut impl HubStore,
        now: Millis,
        retention: &HubRetention,
        going: &[Item],
    ) -> Result<(), Fault> {
        let mut going: Vec<&Item> = going.iter().filter(|item| item.seq >= self.meta.oldest).collect();
        going.sort_by_key(|item| item.seq);
        if let Some(last) = going.last() {
            let digests: Vec<(u64, Vec<u8>)> =
                going.iter().map(|item| (item.seq, content_digest(&item.body).to_vec())).collect();
            store.drop_bodies(&digests, last.seq + 1)?;
            self.meta.oldest = last.seq + 1;
        }
        match now.checked_sub(retention.keep_ms.saturating_add(RETENTION_IDS_MS)) {
            Some(too_old) => store.drop_rows(self.meta.oldest, too_old),
            None => Ok(()),
        }
    }

    /// Returns the time at which [`HubLog::going`] has a result. A room above its limit is due at once. The caller waits some seconds, so
    /// that a room at its limit does not trim with every message.
    pub fn trim_at(
        &self,
        store: &impl HubStore,
        now: Millis,
        retention: &HubRetention,
    ) -> Result<Option<Millis>, Fault> {
        let HubMeta { head, oldest, bytes_end, .. } = self.meta;
        let oldest_row = store.oldest_row()?;
        let id_at =
            oldest_row.filter(|(seq, _)| *seq < oldest).map(|(_, ts)| ts + retention.keep_ms + RETENTION_IDS_MS);
        if oldest > head {
            return Ok(id_at);
        }
        let bytes = bytes_end - store.bytes_before(oldest)?;
        if head + 1 - oldest > retention.events_max || bytes > retention.bytes_max {
            return Ok(Some(now));
        }
        let oldest_ts = store.time_of(oldest)?;
        Ok([oldest_ts.map(|ts| ts + retention.keep_ms), id_at].into_iter().flatten().min())
    }
}

/// Returns the answer to a later message with this id (`core.md` 3).
fn answer(first: &StoredKey, body: &Body) -> Result<HubAppended, Refusal> {
    let says_the_same = match &first.content {
        StoredContent::Whole { is_text, bytes } => *is_text == body.is_text() && *bytes == body.bytes(),
        StoredContent::Digest(digest) => *digest == content_digest(body),
    };
    if says_the_same { Ok(HubAppended::Duplicate { seq: first.seq, ts: first.ts }) } else { Err(Refusal::IdReused) }
}

/// Returns the digest that is left of a body after trimming.
pub(super) fn content_digest(body: &Body) -> [u8; 32] {
    let kind: &[u8] = if body.is_text() { b"text" } else { b"bytes" };
    Sha256::new().chain_update(kind).chain_update(body.bytes()).finalize().into()
}
