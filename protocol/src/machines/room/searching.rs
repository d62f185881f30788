//! Search in a room (`messenger.md` 3 *search*), and its index.
//!
//! The index is a projection of the log. New messages are added in portions, at the latest before a search, so that no message waits for the
//! index. Changes are indexed at once. The index only selects candidates: this file decides by the current content whether a message is
//! found, and by whom.

use super::privacy::is_hidden_by;
use super::redaction::read_by;
use super::search_store::SearchStore;
use super::state::Room;
use super::store::RoomStore;
use crate::content::search::{Query, RoomHits, TextRange, meets, tokens_of};
use crate::people::contacts::Privacy;
use crate::words::event::{Event, Millis};
use crate::words::limits::SEARCH_CANDIDATES_MAX;
use crate::words::principal::Principal;
use crate::words::refusal::{Denied, Fault};

/// Number of candidates that are checked at a time.
const CANDIDATES_AT_ONCE: u32 = 100;

/// Message that was found, and the ranges of the words in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageHit {
    /// As it reads now.
    pub event: Event,
    /// Ascending, apart from each other.
    pub spots: Vec<TextRange>,
}

impl Room {
    /// Brings the index up to how `event` reads now.
    pub(super) fn index_anew(store: &mut impl SearchStore, event: &Event) -> Result<(), Fault> {
        match tokens_of(event) {
            Some(tokens) => store.index(event.seq, &tokens),
            None => Ok(()),
        }
    }

    /// Puts the next events into the index, at most `limit`. True while there are more: [`Self::search`] finds what is in there.
    pub fn index_some(&self, store: &mut impl RoomStore, limit: u32) -> Result<bool, Fault> {
        let (done, head) = (store.indexed_to()?, self.log.head());
        if done >= head {
            return Ok(false);
        }
        let events = store.read((done + 1).max(self.log.oldest()), head, limit)?;
        for event in &events {
            Self::index_anew(store, event)?;
        }
        let last = events.last().map_or(head, |event| event.seq);
        store.set_indexed_to(last)?;
        Ok(last < head)
    }

    /// Returns the newest messages before `before` that match `query`, for a person with these settings: at least `limit`, with all messages
    /// of the same time, unless the limit of candidates is reached.
    pub fn search(
        &self,
        store: &impl RoomStore,
        principal: &Principal,
        privacy: Option<&Privacy>,
        query: &Query,
        before: Option<Millis>,
        limit: usize,
    ) -> Result<RoomHits<MessageHit>, Denied> {
        let lowest = self.log.oldest().max(self.floor_of(store, principal)? + 1);
        let before = [before, query.before].into_iter().flatten().min();
        let mut top = match before {
            Some(before) => before.checked_sub(1).map(|last| store.seq_at(last)).transpose()?.unwrap_or(0),
            None => self.log.head(),
        };
        let clauses = query.clauses();
        let mut finds = RoomHits { found: Vec::new(), done_to: None };
        let mut looked_at = 0;
        let mut last_at = None;
        while top >= lowest {
            let candidates = store.indexed(&clauses, lowest, top, CANDIDATES_AT_ONCE)?;
            let is_all = candidates.len() < CANDIDATES_AT_ONCE as usize;
            top = candidates.last().filter(|_| !is_all).map_or(0, |oldest| oldest.seq - 1);
            let (Some(newest), Some(oldest)) = (candidates.first(), candidates.last()) else { continue };
            let hidden = store.hidden(principal.user.as_str(), oldest.seq, newest.seq)?;
            for mut event in candidates {
                // Messages of one moment stay together: the cursor is a moment.
                let has_enough = finds.found.len() >= limit || looked_at >= SEARCH_CANDIDATES_MAX;
                if has_enough && last_at.is_some_and(|at| event.ts < at) {
                    finds.done_to = last_at;
                    return Ok(finds);
                }
                looked_at += 1;
                last_at = Some(event.ts);
                let is_seen = !hidden.contains(&event.seq) && !is_hidden_by(privacy, &event);
                if !is_seen {
                    continue;
                }
                read_by(store, privacy, &mut event)?;
                // The index contains the content for everybody. For this person, changes by blocked people do not count.
                let is_meant = || tokens_of(&event).is_some_and(|tokens| meets(&tokens, &clauses));
                if (query.has.is_empty() && query.from.is_empty() || is_meant())
                    && let Some(spots) = query.spots(&event.content().unwrap_or_default())
                {
                    finds.found.push((event.ts, MessageHit { event, spots }));
                }
            }
        }
        Ok(finds)
    }
}
