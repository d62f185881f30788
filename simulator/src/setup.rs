//! Setup of a run: the deliberate mistake, and the trace.

use super::disk::Mutant;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Deliberate mistake of the object, which the checks must find.
    pub mutant: Mutant,
    /// Events are printed.
    pub is_verbose: bool,
}
