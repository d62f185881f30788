//! The rules of writing (`livestore.md` 6): on top of the head, as a chain, whole or not at all; and a push that was stored
//! before is acknowledged again instead of being taken for a conflict.

use thiserror::Error;

use super::store::{ChainEvent, ChainStore, StoredEvent};
use crate::words::event::Millis;
use crate::words::limits::{
    CHAIN_CHUNK_BYTES_MAX, CHAIN_CHUNK_EVENTS_MAX, CHAIN_FIELD_BYTES_MAX, CHAIN_PUSH_EVENTS_MAX, SEQ_MAX,
};
use crate::words::refusal::Fault;

/// Why a push is refused. The first text is the published one, to the letter.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PushRefusal {
    /// Another client was faster, or the client knows more than the server.
    #[error("Invalid parent event number. Received e{received} but expected e{expected}")]
    Parent {
        /// Number that the first event builds on.
        received: i64,
        expected: u64,
    },
    /// The batch is no chain.
    #[error("Invalid event sequence in batch at index {index}")]
    Sequence {
        /// The first event that does not follow.
        index: usize,
    },
    #[error("Batch too large: at most {CHAIN_PUSH_EVENTS_MAX} events")]
    TooMany,
    /// An event that no row can hold.
    #[error("Event too large at index {index}: at most {bytes_max} bytes")]
    EventTooLarge {
        /// Index of the event among those that were not stored before.
        index: usize,
        bytes_max: usize,
    },
    /// A name or id that is too long.
    #[error("Event field too long at index {index}: at most {CHAIN_FIELD_BYTES_MAX} bytes")]
    FieldTooLong { index: usize },
}

/// Checks and stores a batch, whose events have at most `bytes_max` bytes each. Returns the new events, which go to everybody; none if all of
/// them were stored before. `Ok(Err(…))`: refused, and nothing happened.
pub(super) fn push(
    store: &mut impl ChainStore,
    batch: Vec<ChainEvent>,
    bytes_max: usize,
    now: Millis,
) -> Result<Result<Vec<StoredEvent>, PushRefusal>, Fault> {
    let head = store.head()?;
    let known = known_prefix(store, &batch, head)?;
    let rest = batch.get(known..).unwrap_or_default();
    if let Err(refusal) = check(rest, head, bytes_max) {
        return Ok(Err(refusal));
    }
    // The clock of a log never goes back (`core.md` 1.2).
    let created_at = now.max(store.head_at()?);
    let stored = batch.into_iter().skip(known).map(|event| StoredEvent { event, created_at });
    let events: Vec<StoredEvent> = stored.collect();
    if !events.is_empty() {
        store.insert(&events)?;
    }
    Ok(Ok(events))
}

/// Returns the number of events at the beginning that were stored before and may be dropped (`livestore.md` 6.1): all of them, or as many as the
/// rest builds on. 0 in every other case, so that a real conflict gives the usual words.
fn known_prefix(store: &impl ChainStore, batch: &[ChainEvent], head: u64) -> Result<usize, Fault> {
    let Some(first) = batch.first().and_then(|event| u64::try_from(event.seq).ok()).filter(|seq| *seq >= 1) else {
        return Ok(0);
    };
    if first > head {
        return Ok(0);
    }
    let mut known = 0;
    'pages: while known < batch.len() {
        let wanted = u32::try_from(batch.len() - known).unwrap_or(u32::MAX).min(CHAIN_CHUNK_EVENTS_MAX);
        let page = store.read(first - 1 + known as u64, wanted, CHAIN_CHUNK_BYTES_MAX)?;
        if page.is_empty() {
            break;
        }
        for stored in page {
            if batch.get(known) != Some(&stored.event) {
                break 'pages;
            }
            known += 1;
        }
    }
    let fits = batch.get(known).is_none_or(|next| u64::try_from(next.parent) == Ok(head));
    Ok(if fits { known } else { 0 })
}

fn check(batch: &[ChainEvent], head: u64, bytes_max: usize) -> Result<(), PushRefusal> {
    let Some(first) = batch.first() else {
        return Ok(());
    };
    if u64::try_from(first.parent) != Ok(head) {
        return Err(PushRefusal::Parent { received: first.parent, expected: head });
    }
    let places = head..;
    let is_next = |event: &ChainEvent, parent: u64| {
        u64::try_from(event.parent) == Ok(parent) && u64::try_from(event.seq) == Ok(parent + 1) && parent < SEQ_MAX
    };
    if let Some(index) = batch.iter().zip(places).position(|(event, parent)| !is_next(event, parent)) {
        return Err(PushRefusal::Sequence { index });
    }
    if batch.len() > CHAIN_PUSH_EVENTS_MAX {
        return Err(PushRefusal::TooMany);
    }
    let is_long = |text: &String| text.len() > CHAIN_FIELD_BYTES_MAX;
    for (index, event) in batch.iter().enumerate() {
        if is_long(&event.name) || is_long(&event.client) || is_long(&event.session) {
            return Err(PushRefusal::FieldTooLong { index });
        }
        if event.bytes() > bytes_max {
            return Err(PushRefusal::EventTooLarge { index, bytes_max });
        }
    }
    Ok(())
}
