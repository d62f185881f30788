//! Setup of a run: the deliberate mistake, and the trace. Beside it the result of a run in which a check fails.

use protocol::words::event::Millis;

use super::disk::Mutant;

/// Broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Simulated time of the failure.
    pub at: Millis,
    /// Promise, and the way in which it was broken.
    pub promise: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Deliberate mistake of the object, which the checks must find.
    pub mutant: Mutant,
    /// Events are printed.
    pub is_verbose: bool,
}
