//! Acts that characters do later.

use protocol::words::event::Millis;

use super::lines::PromptKind;

/// Something that a character does later. Conversations and characters are named by their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ScheduledAct {
    /// Has what was said, or has read it.
    Seen { talk: usize, actor: usize, seq: u64, is_read: bool },
    /// Writes until then.
    Writing { talk: usize, actor: usize, until: Millis },
    /// Answers what was heard.
    Answer { talk: usize, actor: usize, id: String, prompt: PromptKind },
    /// Likes a message.
    Like { talk: usize, actor: usize, id: String },
    /// Has a network again.
    Back { actor: usize },
}
