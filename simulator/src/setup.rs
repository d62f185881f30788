//! Setup of a run: which mistake is built in, and whether it says what happens.

use super::disk::Mutant;

/// Setup of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// A mistake built into the object, which the checkers must find.
    pub mutant: Mutant,
    /// Print what happens.
    pub is_verbose: bool,
}
