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
    /// Makes sure that it rings at `at` at the latest.
    pub fn ring_by(&self, state: &State, at: Millis) {
        if self.at.get().is_none_or(|known| known > at) {
            self.at.set(Some(at));
            runtime::set_alarm(state, at);
        }
    }

    /// It has rung, or went with all that was stored: nothing is known to come.
    pub fn clear(&self) {
        self.at.set(None);
    }
}
