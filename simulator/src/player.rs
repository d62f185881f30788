//! Persona in the storm: its players take turns, and each starts with an empty page (`sign-in.md` 1).
//!
//! A player never gets messages from before the end of the former player's session, nor later versions of them. A player gets all later
//! messages. The checks know nothing else of players.

use protocol::words::event::Millis;

/// Persona, whose device is the first.
pub(super) const PERSONA: &str = "user_1";
/// Player of the persona.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Player {
    pub(super) turn: u32,
    pub(super) visible_from: Millis,
}
