//! Circuit breaker of a model that fails (`messenger.md` 7): after some failures in a minute the model is left alone for a minute, then
//! there is one probe, and each time that fails the wait is twice as long.

use serde::{Deserialize, Serialize};

use crate::words::event::Millis;
use crate::words::limits::{
    BOT_BREAKER_FAILURES_MAX, BOT_BREAKER_MS, BOT_BREAKER_MS_MAX, BOT_BREAKER_WINDOW_MS, BOT_PROBE_MS_MAX,
};
use crate::words::time::remaining_ms;

/// See the module's description. The default is closed: calls are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Times at which calls of the last minute failed.
    failures: Vec<Millis>,
    /// Milliseconds for which it is open; 0 while it is closed.
    open_ms: Millis,
    /// Time until which nothing is called; afterwards one probe is.
    open_until: Millis,
    /// A probe is under way, and given up at this time.
    probe_until: Millis,
}

impl Breaker {
    /// Returns `true` when nothing can be called at the moment. A probe may be made after that.
    pub fn is_open(&self, now: Millis) -> bool {
        let is_ahead = |until, longest_ms| remaining_ms(until, now, longest_ms) > 0;
        is_ahead(self.open_until, self.open_ms) || (self.open_ms > 0 && is_ahead(self.probe_until, BOT_PROBE_MS_MAX))
    }

    /// Asks for a call. While it is open only one at a time is let through, once its time is over.
    pub fn admits(&mut self, now: Millis) -> bool {
        if self.is_open(now) {
            return false;
        }
        if self.open_ms > 0 {
            self.probe_until = now + BOT_PROBE_MS_MAX;
        }
        true
    }

    /// A call went well or did not.
    pub fn record_result(&mut self, now: Millis, went_well: bool) {
        if self.open_ms > 0 {
            // A call from before it opened adds no information.
            if remaining_ms(self.open_until, now, self.open_ms) > 0 {
                return;
            }
            *self = if went_well { Self::default() } else { Self::open(now, self.open_ms.saturating_mul(2)) };
        } else if !went_well {
            self.failures.retain(|at| at + BOT_BREAKER_WINDOW_MS > now);
            self.failures.push(now);
            if self.failures.len() >= BOT_BREAKER_FAILURES_MAX {
                *self = Self::open(now, BOT_BREAKER_MS);
            }
        }
    }

    fn open(now: Millis, open_ms: Millis) -> Self {
        let open_ms = open_ms.min(BOT_BREAKER_MS_MAX);
        Self { failures: Vec::new(), open_ms, open_until: now + open_ms, probe_until: 0 }
    }
}
