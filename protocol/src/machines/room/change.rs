//! A change to an earlier message as it is asked for, and its result (`messenger.md` 5.3).

use serde::{Deserialize, Serialize};

use crate::words::event::{Event, Kind};

/// A change to an earlier message, already checked for form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The writer's id for it.
    pub id: String,
    /// Id of the message.
    pub message: String,
    /// Kind and content of the change.
    pub what: ChangeKind,
}

/// Kind of a [`Change`], with its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeKind {
    /// Replaces the text.
    Edit {
        /// The new text.
        content: String,
    },
    /// Deletes the message for everybody.
    Delete,
    /// Deletes the message for this person alone.
    Hide,
    /// The person reacts to it, or no longer.
    React {
        /// Name or emoji.
        reaction: String,
        /// Operation: adds, removes or toggles.
        op: ReactionOp,
    },
}

/// Operation on a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReactionOp {
    /// It is there from now on.
    Add,
    /// It is not there any more.
    Remove,
    /// The other way round.
    Toggle,
}

impl ChangeKind {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Edit { .. } => Kind::Edit,
            Self::Delete | Self::Hide => Kind::Delete,
            Self::React { .. } => Kind::Reaction,
        }
    }
}

/// Result of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeResult {
    /// The message as it reads now.
    pub message: Event,
    /// The change was made before.
    pub duplicate: bool,
}
