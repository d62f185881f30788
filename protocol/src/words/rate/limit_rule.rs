//! Names of the rules of a room, under which it counts what it refuses.

crate::words! {
    /// Rule under which refusals of a room are counted (`messagehub.md` 9).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum LimitRule {
        /// Messages.
        Chat = "chat",
        /// Nudges.
        Nudge = "nudge",
        /// Winks.
        Wink = "wink",
        /// Changes of messages, and pins.
        Mutate = "mutate",
        /// Pages of history and of participants.
        History = "history",
        /// Changes of the presence.
        Presence = "presence",
        /// Packets.
        Packet = "packet",
        /// Frames of any kind.
        Frame = "frame",
    }
}
