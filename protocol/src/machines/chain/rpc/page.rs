//! Pages of version 0.4 (`livestore-0.4.md` 3): at most 100 events and 900,000 bytes, and on each page the number of events behind it.

use super::frame::{RpcCursor, RpcFailure};
use crate::codec::json::json_text_bytes;
use crate::machines::chain::store::{ChainEvent, ChainStore, StoredEvent};
use crate::words::limits::{CHAIN_CHUNK_EVENTS_MAX, RPC_EVENT_AROUND_BYTES, RPC_PAGE_AROUND_BYTES, RPC_PAGE_BYTES_MAX};
use crate::words::refusal::Fault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcPage {
    /// Ascending, without gap.
    pub events: Vec<StoredEvent>,
    /// Events behind this page; 0 on the last page and on no other.
    pub remaining: u64,
    pub backend_id: String,
}

impl RpcPage {
    /// Reads the page after `after` of a log that is read up to `until`.
    pub(super) fn read(store: &impl ChainStore, after: u64, until: u64) -> Result<Self, Fault> {
        let wanted = u32::try_from(until.saturating_sub(after)).unwrap_or(u32::MAX).min(CHAIN_CHUNK_EVENTS_MAX);
        let room = RPC_PAGE_BYTES_MAX - RPC_PAGE_AROUND_BYTES;
        let mut events = if wanted == 0 { Vec::new() } else { store.read(after, wanted, room)? };
        // The store adds up what texts have, not what they have as JSON.
        let mut bytes = 0;
        let fitting = events.iter().take_while(|stored| {
            bytes += json_bytes(&stored.event);
            bytes <= room
        });
        let fitting = fitting.count().max(1);
        events.truncate(fitting);
        let end = if events.is_empty() { until } else { after.saturating_add(events.len() as u64) };
        Ok(Self { events, remaining: until.saturating_sub(end), backend_id: store.backend_id() })
    }

    /// Returns the bytes of its events in a message.
    pub fn bytes(&self) -> usize {
        self.events.iter().map(|stored| json_bytes(&stored.event)).sum()
    }
}

/// Returns the bytes of an event in a message.
fn json_bytes(event: &ChainEvent) -> usize {
    let texts = [&event.name, &event.client, &event.session].map(|text| json_text_bytes(text));
    texts.iter().sum::<usize>() + event.args.as_ref().map_or(0, String::len) + RPC_EVENT_AROUND_BYTES
}

/// Checks that the client means this life of the log. A client that knows none is not checked.
pub fn check_backend(store: &impl ChainStore, known: Option<&str>) -> Result<(), RpcFailure> {
    let expected = store.backend_id();
    match known.filter(|known| *known != expected) {
        Some(received) => Err(RpcFailure::BackendId { expected, received: received.to_owned() }),
        None => Ok(()),
    }
}

/// Pull by HTTP: the log as it was at its beginning, page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcReading {
    after: u64,
    until: u64,
    backend_id: String,
    is_over: bool,
}

impl RpcReading {
    /// Begins after `cursor`.
    /// Errors: `Ok(Err(…))` where the client knows another life of the log.
    pub fn begin(store: &impl ChainStore, cursor: Option<&RpcCursor>) -> Result<Result<Self, RpcFailure>, Fault> {
        if let Err(failure) = check_backend(store, cursor.map(|cursor| cursor.backend_id.as_str())) {
            return Ok(Err(failure));
        }
        let after = cursor.map_or(0, |cursor| cursor.after);
        Ok(Ok(Self { after, until: store.head()?, backend_id: store.backend_id(), is_over: false }))
    }

    /// Reads the next page: the first one always, also without events; `None` behind the last one.
    /// Errors: `Ok(Err(…))` where the log was emptied meanwhile.
    pub fn read_next(&mut self, store: &impl ChainStore) -> Result<Result<Option<RpcPage>, RpcFailure>, Fault> {
        if self.is_over {
            return Ok(Ok(None));
        }
        if let Err(failure) = check_backend(store, Some(&self.backend_id)) {
            self.is_over = true;
            return Ok(Err(failure));
        }
        let page = RpcPage::read(store, self.after, self.until)?;
        self.after = self.after.saturating_add(page.events.len() as u64);
        self.is_over = page.remaining == 0;
        Ok(Ok(Some(page)))
    }
}
