//! A persona in the storm: its players take turns, and each begins with an empty page (`sign-in.md` 1).
//!
//! Nothing that was said until the former player's session ended, or that a former player wrote, ever reaches the next one, whatever
//! becomes of it later; all that is said from then on does. That is all the checkers know of players.

use protocol::words::event::Millis;

/// The persona, whose device is the first.
pub(super) const PERSONA: &str = "user_1";
/// Player of the persona.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Player {
    pub(super) turn: u32,
    pub(super) visible_from: Millis,
}
