//! Departure of a person (`leaving.md`): the archive that a person takes along, and the deletion for good.

pub mod deletion;
pub mod export;
pub mod export_files;
