//! Received events that are not yet reported to the server (`core.md` 5).

use crate::words::event::Millis;
use crate::words::limits::{CURSOR_EVERY_EVENTS, CURSOR_EVERY_MS};

#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    events: u64,
    pub(super) due_at: Option<Millis>,
}

impl Report {
    /// Counts an event.
    pub(super) fn note(&mut self, now: Millis) {
        self.events += 1;
        self.due_at.get_or_insert(now + CURSOR_EVERY_MS);
    }

    pub(super) fn is_due(&self, now: Millis) -> bool {
        self.events >= CURSOR_EVERY_EVENTS || self.due_at.is_some_and(|at| at <= now)
    }
}
