//! Limits on writing to a hub room (`messagehub.md` 6): messages per writer and room, bytes per room. They are counted from the
//! log itself, so that a limit reached before a sleep is still reached after it.

use std::collections::{BTreeMap, VecDeque};

use super::store::{HubStore, QuotaCharge};
use crate::words::event::Millis;
use crate::words::limits::{HUB_RATE_BYTES_MAX, HUB_RATE_BYTES_MS};
use crate::words::rate::{Counter, Rule};
use crate::words::refusal::{Fault, Refusal};
use crate::words::time::remaining_ms;

/// Number of counters of writers above which idle ones are forgotten; twice as many as were left the time before, if that is more.
const COUNTERS_MAX: usize = 4_096;

/// Numbers of a writer's limit, sent with every answer (`RateLimit-*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Messages per window.
    pub limit: u32,
    /// Messages that still fit now.
    pub remaining: u32,
    /// Time in ms until the window has room for all of them again.
    pub reset_ms: Millis,
}

/// Counters of what each payer has used, and of the room's bytes.
#[derive(Debug, Default)]
pub(super) struct HubRateAllowance {
    counters: BTreeMap<String, Counter>,
    /// Number of counters in use when unused ones were last removed.
    busy_counters: usize,
    recent_bytes: VecDeque<(Millis, u64)>,
    bytes: u64,
    is_read: bool,
}

impl HubRateAllowance {
    /// Checks whether one more message of so many bytes fits; counts nothing.
    pub fn check(
        &mut self,
        store: &impl HubStore,
        rule: &Rule,
        payer: &str,
        bytes: u64,
        now: Millis,
    ) -> Result<Result<(), Refusal>, Fault> {
        if rule.0.is_empty() {
            return Ok(Ok(()));
        }
        self.read(store, rule, now)?;
        self.forget(rule, now);
        let counter = self.counters.entry(payer.to_owned()).or_default();
        let by_count = counter.check(rule, now);
        Ok(by_count.and_then(|()| self.check_bytes(bytes, now)))
    }

    /// Counts a message that was stored.
    pub fn charge(&mut self, rule: &Rule, payer: &str, bytes: u64, now: Millis) {
        if rule.0.is_empty() {
            return;
        }
        self.note(rule, &QuotaCharge { ts: now, payer: payer.to_owned(), bytes });
    }

    /// Returns what is left for `payer`; `None` without a limit.
    pub fn hint(
        &mut self,
        store: &impl HubStore,
        rule: &Rule,
        payer: &str,
        now: Millis,
    ) -> Result<Option<Hint>, Fault> {
        if rule.0.is_empty() {
            return Ok(None);
        }
        self.read(store, rule, now)?;
        self.forget(rule, now);
        let room = self.counters.entry(payer.to_owned()).or_default().room(rule, now);
        Ok(room.map(|(limit, remaining, reset_ms)| Hint { limit, remaining, reset_ms }))
    }

    /// Restores the counters from the log; once after waking.
    fn read(&mut self, store: &impl HubStore, rule: &Rule, now: Millis) -> Result<(), Fault> {
        if self.is_read {
            return Ok(());
        }
        self.is_read = true;
        // A window that is approximated by two buckets covers both.
        let after = now.saturating_sub(2 * rule.longest_ms().max(HUB_RATE_BYTES_MS));
        for spent in store.recent(after)? {
            self.note(rule, &spent);
        }
        Ok(())
    }

    fn note(&mut self, rule: &Rule, spent: &QuotaCharge) {
        self.counters.entry(spent.payer.clone()).or_default().add(rule, spent.ts);
        self.recent_bytes.push_back((spent.ts, spent.bytes));
        self.bytes += spent.bytes;
    }

    fn check_bytes(&self, bytes: u64, now: Millis) -> Result<(), Refusal> {
        let mut over = (self.bytes + bytes).saturating_sub(HUB_RATE_BYTES_MAX);
        if over == 0 {
            return Ok(());
        }
        // There is room when enough of the oldest have left the window.
        for (ts, bytes) in &self.recent_bytes {
            over = over.saturating_sub(*bytes);
            if over == 0 {
                let retry_after_ms = remaining_ms(ts + HUB_RATE_BYTES_MS, now, HUB_RATE_BYTES_MS).max(1);
                return Err(Refusal::RateLimited { retry_after_ms });
            }
        }
        Err(Refusal::RateLimited { retry_after_ms: HUB_RATE_BYTES_MS })
    }

    /// Removes uses that have left every window. They cannot be removed earlier, because the log is read only once.
    fn forget(&mut self, rule: &Rule, now: Millis) {
        while let Some((_, bytes)) = self.recent_bytes.front().filter(|(ts, _)| ts + HUB_RATE_BYTES_MS <= now) {
            self.bytes -= bytes;
            self.recent_bytes.pop_front();
        }
        // Those that were counted before the clock was set back would count for longer than the window.
        while let Some((_, bytes)) = self.recent_bytes.back().filter(|(ts, _)| *ts > now) {
            self.bytes -= bytes;
            self.recent_bytes.pop_back();
        }
        if self.counters.len() > COUNTERS_MAX.max(2 * self.busy_counters) {
            self.counters.retain(|_, counter| !counter.is_idle(rule, now));
            self.busy_counters = self.counters.len();
        }
    }
}
