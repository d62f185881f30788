//! Names of the rules of a room, under which it counts what it refuses.

/// Rule under which refusals of a room are counted (`messagehub.md` 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitRule {
    /// Messages.
    Chat,
    /// Nudges.
    Nudge,
    /// Winks.
    Wink,
    /// Changes of messages, and pins.
    Mutate,
    /// Pages of history and of participants.
    History,
    /// Changes of the presence.
    Presence,
    /// Packets.
    Packet,
    /// Frames of any kind.
    Frame,
}
