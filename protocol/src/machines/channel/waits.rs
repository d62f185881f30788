//! Publishers that wait for answers (`hopeflow.md` 4 and 5): missing answers, answers in the order of arrival, and expiry. In memory only:
//! an open call keeps the object awake.

use std::collections::{BTreeMap, BTreeSet};

use super::publish::{Answer, CallKey};
use crate::words::event::Millis;
use crate::words::limits::{ACK_RESULT_BYTES_MAX, ACK_RESULTS_BYTES_MAX, ACK_WAIT_MS};
use crate::words::socket::ConnKey;

/// An envelope that is waited for.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    pub(super) answer: Answer,
    /// Calls that wait; the first one published, the others repeated its key.
    pub(super) calls: Vec<CallKey>,
    pending: BTreeSet<ConnKey>,
    ends_at: Millis,
    result_bytes: usize,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Waits(BTreeMap<String, Wait>);

impl Waits {
    /// Begins to wait for `targets`; over at once when there are none.
    pub fn begin(&mut self, answer: Answer, call: CallKey, targets: &[ConnKey], now: Millis) -> Option<Wait> {
        let id = answer.envelope_id.clone();
        let pending: BTreeSet<ConnKey> = targets.iter().copied().collect();
        let wait = Wait { answer, calls: vec![call], pending, ends_at: now + ACK_WAIT_MS, result_bytes: 0 };
        if wait.pending.is_empty() {
            return Some(wait);
        }
        self.0.insert(id, wait);
        None
    }

    /// Adds a call that waits for the same answer. Returns `false` if nobody waits for it any more.
    pub fn join(&mut self, envelope_id: &str, call: CallKey) -> bool {
        let wait = self.0.get_mut(envelope_id);
        wait.map(|wait| wait.calls.push(call)).is_some()
    }

    /// Returns `true` while an answer of this socket is waited for.
    pub fn is_pending(&self, envelope_id: &str, conn: ConnKey) -> bool {
        self.0.get(envelope_id).is_some_and(|wait| wait.pending.contains(&conn))
    }

    /// An answer. Second ones, late ones and strangers' are nothing. The wait, when that was the last.
    pub fn ack(&mut self, envelope_id: &str, conn: ConnKey, result: &str) -> Option<Wait> {
        let wait = self.0.get_mut(envelope_id)?;
        if !wait.pending.remove(&conn) {
            return None;
        }
        let sum = wait.result_bytes + result.len();
        let fits = result.len() <= ACK_RESULT_BYTES_MAX && sum <= ACK_RESULTS_BYTES_MAX;
        let result = if fits { result } else { "null" };
        wait.result_bytes += result.len();
        wait.answer.results.push(result.to_owned());
        if wait.pending.is_empty() { self.0.remove(envelope_id) } else { None }
    }

    /// Handles a closed socket, for which nobody waits any more. Returns the waits that end with it.
    pub fn closed(&mut self, conn: ConnKey) -> Vec<Wait> {
        self.take(|wait| wait.pending.remove(&conn) && wait.pending.is_empty())
    }

    pub fn expire(&mut self, now: Millis) -> Vec<Wait> {
        self.take(|wait| wait.ends_at <= now)
    }

    pub fn ends_at(&self) -> Option<Millis> {
        self.0.values().map(|wait| wait.ends_at).min()
    }

    fn take(&mut self, mut is_over: impl FnMut(&mut Wait) -> bool) -> Vec<Wait> {
        let over = self.0.iter_mut().filter_map(|(id, wait)| is_over(wait).then(|| id.clone()));
        let over: Vec<String> = over.collect();
        over.iter().filter_map(|id| self.0.remove(id)).collect()
    }
}
