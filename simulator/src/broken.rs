//! A promise that was broken: what a run ends with when the checkers find something.

use protocol::words::event::Millis;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// When, in simulated time.
    pub at: Millis,
    /// The promise, and how it was broken.
    pub promise: String,
}
