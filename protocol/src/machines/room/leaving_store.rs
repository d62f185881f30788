//! Storage interface for somebody who is gone for good (`leaving.md` 2). Rows only; the rules are in `leaving`.

use crate::words::event::Event;
use crate::words::refusal::Fault;

/// Rows of somebody who is gone.
pub trait LeavingStore {
    /// Events of `user` after `after` as they read now, ascending, at most `limit`, of those up to some place that is given too.
    fn written_by(&self, user: &str, after: u64, limit: u32) -> Result<(Vec<Event>, u64), Fault>;
    /// From now on event `seq` is of `name` and of no session; without files and emoticons, where it showed some.
    fn unname(&mut self, seq: u64, name: &str) -> Result<(), Fault>;
    /// From now on event `seq` says this, first and last: nothing of what it said stays.
    fn silence(&mut self, seq: u64, body: &str) -> Result<(), Fault>;
    /// Messages that `user` reacts to.
    fn reacted_to_by(&self, user: &str) -> Result<Vec<u64>, Fault>;
    /// Forgets what was kept of `user` beside events: how far they have read, what they hid, what waits for them, what they used of limits.
    fn forget_person(&mut self, user: &str) -> Result<(), Fault>;
}
