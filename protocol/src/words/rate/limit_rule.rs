//! Names of the rules of a room, under which it counts what it refuses.

use super::{Rule, Rules};

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

impl LimitRule {
    /// Returns the rule itself.
    pub fn of(self, rules: &Rules) -> &Rule {
        match self {
            Self::Chat => &rules.chat,
            Self::Nudge => &rules.nudge,
            Self::Wink => &rules.wink,
            Self::Mutate => &rules.mutate,
            Self::History => &rules.history,
            Self::Presence => &rules.presence,
            Self::Packet => &rules.packet,
            Self::Frame => &rules.frame,
        }
    }
}
