//! Steps that wait. Like `dom`, this code serves both halves: the server compiles it and never runs it.

use leptos::prelude::*;

use super::dom;

/// One delayed step, which goes with its component. Copy it into every closure.
#[derive(Clone, Copy, Default)]
pub struct Delay(StoredValue<u32>);

impl Delay {
    /// Runs `action` after `wait_ms`, in the place of the step that waits.
    pub fn set(self, wait_ms: u64, action: impl FnOnce() + 'static) {
        self.clear();
        let turn = self.0.get_value();
        dom::after(wait_ms, move || {
            if self.0.try_get_value() == Some(turn) {
                action();
            }
        });
    }

    pub fn clear(self) {
        self.0.update_value(|turn| *turn += 1);
    }
}
