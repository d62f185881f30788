//! Retention: the parts of a log that may go, and the times at which they go (`core.md` 2.3 and 3).
//!
//! Bodies go first: readers then begin at a later `oldest`, and a reader who asks for less is told `truncated`. The ids stay for
//! some days more, each with a digest of what it said, so that a late resend still gets its first answer. `head` never lowers.

use super::append::Log;
use super::digest::{content_digest, said};
use super::store::RetentionStore;
use crate::words::event::{Kind, Millis, TOMBSTONE};
use crate::words::limits::{OperatorLimits, RETENTION_EVENTS_MIN, RETENTION_IDS_MS, TRIM_EVENTS_MAX};
use crate::words::refusal::Fault;
use crate::words::time::DAY_MS;

/// Times for which events and ids are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Events older than this may go …
    pub keep_ms: Millis,
    /// … but never one of the newest so many.
    pub events_min: u64,
    /// Ids outlive their events by this.
    pub ids_ms: Millis,
}

impl Default for Retention {
    fn default() -> Self {
        Self::of_days(OperatorLimits::DEFAULT.retention_days)
    }
}

impl Retention {
    /// The rule of rooms with another number of days (`RETENTION_DAYS`).
    pub fn of_days(days: u64) -> Self {
        Self { keep_ms: days.saturating_mul(DAY_MS), events_min: RETENTION_EVENTS_MIN, ids_ms: RETENTION_IDS_MS }
    }

    /// Oldest `seq` that stays in a log with this `head` and `oldest`, of which events up to `expired` are too old.
    pub fn oldest_kept(&self, head: u64, oldest: u64, expired: u64) -> u64 {
        let newest_that_may_go = head.saturating_sub(self.events_min);
        oldest.max(expired.min(newest_that_may_go) + 1)
    }
}

impl Log {
    /// Lets go what may go, at most [`TRIM_EVENTS_MAX`] bodies at once. True when there is more to do.
    pub fn trim(&mut self, store: &mut impl RetentionStore, now: Millis, retention: &Retention) -> Result<bool, Fault> {
        let Some(too_old) = now.checked_sub(retention.keep_ms) else {
            return Ok(false);
        };
        let (head, oldest) = (self.meta.head, self.meta.oldest);
        let kept = retention.oldest_kept(head, oldest, store.seq_at(too_old)?);
        if kept > oldest {
            let going = store.originals(oldest, kept - 1, TRIM_EVENTS_MAX)?;
            let digests: Vec<(u64, String)> =
                going.iter().map(|(seq, kind, body)| (*seq, remainder(*kind, body))).collect();
            let next = going.last().map_or(kept, |(seq, ..)| seq + 1);
            store.drop_bodies(&digests, next)?;
            self.meta.oldest = next;
        }
        if let Some(too_old) = too_old.checked_sub(retention.ids_ms) {
            store.drop_rows(self.meta.oldest, too_old)?;
        }
        Ok(self.meta.oldest < kept)
    }

    /// Returns the time at which [`Log::trim`] has something to do; `None` as long as nothing is written.
    pub fn trim_at(&self, store: &impl RetentionStore, retention: &Retention) -> Result<Option<Millis>, Fault> {
        let kept_events = self.meta.head + 1 - self.meta.oldest;
        let oldest_event = if kept_events > retention.events_min { store.time_of(self.meta.oldest)? } else { None };
        let oldest_id = store.oldest_row()?.filter(|(seq, _)| *seq < self.meta.oldest).map(|(_, ts)| ts);
        let body_at = oldest_event.map(|ts| ts.saturating_add(retention.keep_ms));
        let id_at = oldest_id.map(|ts| ts.saturating_add(retention.keep_ms).saturating_add(retention.ids_ms));
        Ok([body_at, id_at].into_iter().flatten().min())
    }
}

/// Returns the text that is left of a body. Of a message that was deleted for everybody nothing may be left, not even a digest.
fn remainder(kind: Kind, body: &str) -> String {
    if body == TOMBSTONE { body.to_owned() } else { content_digest(kind, &said(body)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Appended, MemoryStore, Range};
    use crate::words::event::Draft;
    use crate::words::refusal::{Denied, Refusal};

    fn retention() -> Retention {
        Retention { keep_ms: 1_000, events_min: 10, ids_ms: 500 }
    }

    fn draft(n: u64, content: &str) -> Draft {
        Draft {
            id: format!("id-{n}"),
            actor: Some("user_1".into()),
            session: None,
            name: "N".into(),
            kind: Kind::Chat,
            body: format!("{{\"content\":\"{content}\"}}"),
        }
    }

    /// A log of `count` events, one per 100 ms from 0 on.
    fn log_of(count: u64) -> (Log, MemoryStore) {
        let mut store = MemoryStore::default();
        let mut log = Log::open(&mut store, 7).unwrap();
        for n in 0..count {
            log.append(&mut store, n * 100, draft(n, "x"), |_| Ok(())).unwrap();
        }
        (log, store)
    }

    #[test]
    fn what_is_too_old_goes_but_never_the_newest() {
        let rule = retention();
        assert_eq!(rule.oldest_kept(100, 1, 0), 1, "nothing is too old");
        assert_eq!(rule.oldest_kept(100, 1, 50), 51);
        assert_eq!(rule.oldest_kept(100, 1, 100), 91, "ten stay");
        assert_eq!(rule.oldest_kept(100, 60, 50), 60, "never lowers");
        assert_eq!(rule.oldest_kept(5, 1, 5), 1);
        assert_eq!(rule.oldest_kept(0, 1, 0), 1);
        assert_eq!(Retention::default(), Retention { keep_ms: 90 * DAY_MS, events_min: 100, ids_ms: 7 * DAY_MS });
    }

    #[test]
    fn readers_are_told_what_is_gone_and_the_head_stays() {
        let (mut log, mut store) = log_of(30);
        assert_eq!(log.trim_at(&store, &retention()).unwrap(), Some(1_000));
        assert!(!log.trim(&mut store, 1_900, &retention()).unwrap());
        assert_eq!((log.oldest(), log.head()), (11, 30));
        let page = log.page(&store, Range::Since(3), 5, 0).unwrap();
        assert_eq!((page.events[0].seq, page.truncated_at, page.next, page.more), (11, Some(11), 15, true));
        assert_eq!(log.page(&store, Range::Since(10), 5, 0).unwrap().truncated_at, None, "nothing of it is gone");
        let oldest = log.page(&store, Range::Before(12), 100, 0).unwrap();
        assert_eq!((oldest.events.len(), oldest.more), (1, false));
        assert_eq!(log.page(&store, Range::Before(11), 100, 0).unwrap().events.len(), 0);
        let reopened = Log::load(&store).unwrap().unwrap();
        assert_eq!((reopened.oldest(), reopened.head()), (11, 30));
        log.trim(&mut store, 1_000_000, &retention()).unwrap();
        assert_eq!((log.oldest(), log.head()), (21, 30), "the newest ten stay however old they are");
        assert_eq!(log.trim_at(&store, &retention()).unwrap(), None);
    }

    #[test]
    fn ids_outlive_their_bodies_and_then_go_too() {
        let (mut log, mut store) = log_of(30);
        log.trim(&mut store, 1_450, &retention()).unwrap();
        assert_eq!((log.oldest(), store.oldest_row().unwrap()), (6, Some((1, 0))));
        let answer = log.append(&mut store, 9_000, draft(2, "x"), |_| Ok(()));
        assert_eq!(answer, Ok(Appended::Duplicate { seq: 3, ts: 200 }));
        let other = log.append(&mut store, 9_000, draft(2, "y"), |_| Ok(()));
        assert_eq!(other, Err(Denied::Refused(Refusal::IdReused)));
        assert_eq!(log.trim_at(&store, &retention()).unwrap(), Some(1_500), "the first id, then the sixth body");
        log.trim(&mut store, 1_700, &retention()).unwrap();
        assert_eq!((log.oldest(), store.oldest_row().unwrap()), (9, Some((4, 300))));
        let forgotten = log.append(&mut store, 9_000, draft(2, "y"), |_| Ok(()));
        assert!(matches!(forgotten, Ok(Appended::New(event)) if event.seq == 31));
    }

    #[test]
    fn before_its_time_nothing_is_trimmed() {
        let (mut log, mut store) = log_of(30);
        for now in 0..3_000 {
            let due_at = log.trim_at(&store, &retention()).unwrap();
            let before = (log.oldest(), store.oldest_row().unwrap());
            log.trim(&mut store, now, &retention()).unwrap();
            let is_trimmed = before != (log.oldest(), store.oldest_row().unwrap());
            assert_eq!(is_trimmed, due_at.is_some_and(|at| at <= now), "{now}");
        }
    }

    #[test]
    fn a_message_says_the_same_whichever_door_it_came_by() {
        let said = |content: &str, more: &str| {
            let body = format!("{{\"content\":\"{content}\"{more}}}");
            Draft { body, ..draft(0, "") }
        };
        let (json, packet) = ("", ",\"client\":\"wasmchannel.v1\"");
        for (first, again) in [(json, packet), (packet, json), (packet, packet)] {
            for is_trimmed in [false, true] {
                let (mut store, rule) = (MemoryStore::default(), Retention { events_min: 0, ..retention() });
                let mut log = Log::open(&mut store, 7).unwrap();
                log.append(&mut store, 0, said("hi", first), |_| Ok(())).unwrap();
                if is_trimmed {
                    log.trim(&mut store, 1_200, &rule).unwrap();
                    assert_eq!(log.oldest(), 2);
                }
                let mut repeat = |content: &str| log.append(&mut store, 1_200, said(content, again), |_| Ok(()));
                assert_eq!(repeat("hi"), Ok(Appended::Duplicate { seq: 1, ts: 0 }), "{first} {again} {is_trimmed}");
                assert_eq!(repeat("ho"), Err(Denied::Refused(Refusal::IdReused)), "{first} {again} {is_trimmed}");
            }
        }
    }

    #[test]
    fn a_long_log_goes_in_steps() {
        let count = u64::from(TRIM_EVENTS_MAX) + 20;
        let (mut log, mut store) = log_of(count);
        let later = count * 100 + 10_000;
        assert!(log.trim(&mut store, later, &retention()).unwrap());
        assert_eq!(log.oldest(), u64::from(TRIM_EVENTS_MAX) + 1);
        assert!(!log.trim(&mut store, later, &retention()).unwrap());
        assert_eq!(log.oldest(), count - 9);
    }
}
