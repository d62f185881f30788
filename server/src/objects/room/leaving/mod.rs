//! Departure of a person (`leaving.md`): their lines for the archive, and the removal from the room.

pub mod deletion;
pub mod export;
