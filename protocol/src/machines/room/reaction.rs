//! One person's reaction to one message, as it is stored, and when two rows are the same one.

use crate::content::emoji::of_one_kind;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReaction {
    pub user: String,
    /// Name or emoji.
    pub reaction: String,
}

impl StoredReaction {
    /// Rows as they read: of one person's spellings of one emoji the first.
    pub fn of_one_kind(stored: Vec<Self>) -> Vec<Self> {
        let mut kinds: Vec<Self> = Vec::with_capacity(stored.len());
        for Self { user, reaction } in stored {
            let kind = Self { user, reaction: of_one_kind(&reaction) };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// Returns `true` if a stored row is this reaction, in whichever spelling.
    pub fn is(&self, stored: &Self) -> bool {
        stored.user == self.user && of_one_kind(&stored.reaction) == self.reaction
    }
}
