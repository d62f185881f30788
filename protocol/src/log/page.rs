//! Replay: cursors, pages and their ends (`core.md` 1.3 and 2.2).

use super::append::Log;
use super::store::LogStore;
use crate::words::event::Event;
use crate::words::limits::{PAGE_BODY_BYTES_MAX, PAGE_EVENTS_MAX};
use crate::words::refusal::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Everything after this `seq`, oldest first.
    Since(u64),
    /// The newest page below this `seq`.
    Before(u64),
    Newest,
}

/// Place of a reader: `seq` in the log of `epoch`; no epoch means the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Last `seq` the reader has.
    pub seq: u64,
    /// Epoch the reader had it from.
    pub epoch: Option<String>,
}

/// One page of events in ascending `seq`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub events: Vec<Event>,
    pub head: u64,
    /// Cursor of the next page in the same direction.
    pub next: u64,
    /// `true` when there is a next page.
    pub more: bool,
    /// Set when the reader asked for events that are gone, or closed to them: the oldest that there is for them.
    pub truncated_at: Option<u64>,
    /// The reader stands beyond the head, so in another life of this log: they must load again (`core.md` 1.3).
    pub is_reset: bool,
    /// Places of events that this reader may not see, ascending; filled in by whoever knows the reader.
    pub hidden: Vec<u64>,
    /// Places among them of messages of people whom the reader had blocked, where that is told (`people.md` 3.2).
    pub blocked: Vec<u64>,
}

impl Log {
    /// Returns `true` when a reader at `cursor` can go on, `false` when they must load again (`core.md` 1.3).
    pub fn accepts(&self, cursor: &Cursor) -> bool {
        cursor.seq <= self.head() && cursor.epoch.as_ref().is_none_or(|epoch| *epoch == self.epoch())
    }

    /// Reads one page for a reader to whom events up to `floor` do not exist.
    pub fn page(&self, store: &(impl LogStore + ?Sized), range: Range, limit: u32, floor: u64) -> Result<Page, Fault> {
        let limit = limit.clamp(1, PAGE_EVENTS_MAX);
        let lowest = self.oldest().max(floor + 1);
        let head = self.head();
        match range {
            Range::Since(since) => {
                let from = since.max(lowest - 1);
                let mut events = store.read(from + 1, head, limit)?;
                cut_at_bytes(&mut events, false);
                let next = events.last().map_or(from.max(since).min(head), |event| event.seq);
                let truncated_at = (since + 1 < lowest).then_some(lowest);
                let is_reset = since > head;
                Ok(Page { events, head, next, more: next < head, truncated_at, is_reset, ..Page::default() })
            }
            Range::Before(_) | Range::Newest => {
                let below = if let Range::Before(before) = range { before.min(head + 1) } else { head + 1 };
                let first = below.saturating_sub(u64::from(limit)).max(lowest);
                let mut events = if first < below { store.read(first, below - 1, limit)? } else { Vec::new() };
                cut_at_bytes(&mut events, true);
                let next = events.first().map_or(below.min(lowest), |event| event.seq);
                let more = next > lowest;
                Ok(Page { events, head, next, more, ..Page::default() })
            }
        }
    }
}

/// Ends a page early at [`PAGE_BODY_BYTES_MAX`], keeping at least one event at the end the reader asked from.
fn cut_at_bytes(events: &mut Vec<Event>, keep_newest: bool) {
    let mut bytes = 0;
    let fits = |event: &Event| {
        bytes += event.body.len();
        bytes <= PAGE_BODY_BYTES_MAX
    };
    if keep_newest {
        let kept = events.iter().rev().map_while(keep(fits)).count().max(1);
        events.drain(..events.len().saturating_sub(kept));
    } else {
        let kept = events.iter().map_while(keep(fits)).count().max(1);
        events.truncate(kept);
    }
}

fn keep(mut fits: impl FnMut(&Event) -> bool) -> impl FnMut(&Event) -> Option<()> {
    move |event| fits(event).then_some(())
}
