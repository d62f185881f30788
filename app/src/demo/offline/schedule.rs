//! Scheduled acts of personas.

use protocol::words::event::Millis;

use super::lines::PromptKind;

/// Later act of a persona. `talk` and `actor` are indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ScheduledAct {
    /// Has received a message, or has read it.
    Seen { talk: usize, actor: usize, seq: u64, is_read: bool },
    /// Types until `until`.
    Writing { talk: usize, actor: usize, until: Millis },
    /// Answers a prompt.
    Answer { talk: usize, actor: usize, id: String, prompt: PromptKind },
    /// Likes a message.
    Like { talk: usize, actor: usize, id: String },
    /// Is online again.
    Back { actor: usize },
}
