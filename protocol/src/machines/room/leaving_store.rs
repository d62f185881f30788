//! Storage interface for the removal of a deleted person (`leaving.md` 2). Rows only; the rules are in `leaving`.

use crate::words::event::Event;
use crate::words::refusal::Fault;

pub trait LeavingStore {
    /// Returns current events of `user` after `after`, ascending, at most `limit`, and the position up to which the log was searched.
    fn written_by(&self, user: &str, after: u64, limit: u32) -> Result<(Vec<Event>, u64), Fault>;
    /// From now on event `seq` is of `name` and of no session; without files and emoticons, where it showed some.
    fn unname(&mut self, seq: u64, name: &str) -> Result<(), Fault>;
    /// Replaces the content of event `seq` and its history by this body.
    fn silence(&mut self, seq: u64, body: &str) -> Result<(), Fault>;
    /// Messages that `user` reacts to.
    fn reacted_to_by(&self, user: &str) -> Result<Vec<u64>, Fault>;
    /// Removes everything of `user` beside events: receipts, hidden and held messages, outbox entries, uses of limits.
    fn forget_person(&mut self, user: &str) -> Result<(), Fault>;
}
