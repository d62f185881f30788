//! Slow mode of a demo room (`demo.md`), as its presenter sets it.

use crate::words::event::Millis;

/// Slow mode: everybody but the presenter and characters of a scene may send one message in each interval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlowMode {
    /// Length of the interval; 0: no limit.
    pub ms: Millis,
    /// The presenter.
    pub presenter: String,
}
