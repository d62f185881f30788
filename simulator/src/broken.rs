//! Broken promise: the result of a run in which a check fails.

use protocol::words::event::Millis;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Simulated time of the failure.
    pub at: Millis,
    /// Promise, and the way in which it was broken.
    pub promise: String,
}
