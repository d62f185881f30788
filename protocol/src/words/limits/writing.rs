//! Limits of writing on the page (`ux.md` 2.8, 2.9); no server knows them.

use crate::words::event::Millis;

/// Time for which a sent message can be taken back by a key.
pub const MESSAGE_UNDO_MS: Millis = 10_000;
/// Time for which a page keeps a deletion for all back, so that it can be undone.
pub const DELETION_UNDO_MS: Millis = 5_000;
/// Time in which a message that its writer deletes leaves no tombstone on pages: the time to take it back, the time in which its deletion
/// can be undone, and 2 s for the connection.
pub const MESSAGE_TAKEN_BACK_MS: Millis = MESSAGE_UNDO_MS + DELETION_UNDO_MS + 2_000;
/// Dice of one roll.
pub const DICE_MAX: u64 = 20;
/// Sides of a die.
pub const DIE_SIDES_MAX: u64 = 1_000;
