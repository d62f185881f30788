//! The one alarm of an object. It is set to the earliest time that any of its duties asked for.

use std::cell::Cell;

use protocol::words::event::Millis;
use worker::State;

use crate::runtime;

/// See the module's description.
#[derive(Default)]
pub struct Alarm {
    at: Cell<Option<Millis>>,
}

impl Alarm {
    /// Sets the alarm to `at`, unless it rings earlier.
    pub fn ring_by(&self, state: &State, at: Millis) {
        if self.at.get().is_none_or(|known| known > at) {
            self.at.set(Some(at));
            runtime::set_alarm(state, at);
        }
    }

    /// Forgets the time of the alarm after it has rung, or after all storage was deleted.
    pub fn clear(&self) {
        self.at.set(None);
    }
}
