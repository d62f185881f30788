//! Storage interface of the index of the search. Rows only; the rules are in `searching`.

use crate::content::search::Clause;
use crate::words::event::Event;
use crate::words::refusal::Fault;

/// Rows of the index.
pub trait SearchStore {
    /// From now on event `seq` is found by these tokens.
    fn index(&mut self, seq: u64, tokens: &str) -> Result<(), Fault>;
    /// Event `seq` is not found any more.
    fn unindex(&mut self, seq: u64) -> Result<(), Fault>;
    /// Every message up to this `seq` is in the index; 0 when nothing is.
    fn indexed_to(&self) -> Result<u64, Fault>;
    /// From now on every message up to `seq` is in the index.
    fn set_indexed_to(&mut self, seq: u64) -> Result<(), Fault>;
    /// Events of `from ..= to` that meet every clause as they read now, newest first, at most `limit`.
    fn indexed(&self, clauses: &[Clause], from: u64, to: u64, limit: u32) -> Result<Vec<Event>, Fault>;
}
