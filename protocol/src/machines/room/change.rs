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
    pub what: ChangeKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeKind {
    Edit {
        content: String,
    },
    /// Deletes the message for everybody.
    Delete,
    /// Deletes the message for this person alone.
    Hide,
    React {
        /// Name or emoji.
        reaction: String,
        op: ReactionOp,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReactionOp {
    Add,
    Remove,
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeResult {
    /// The message as it reads now.
    pub message: Event,
    /// The change was made before.
    pub duplicate: bool,
}
