//! Changes of a visible row: edits, deletions, reactions (`messenger.md` 5.4).
//!
//! A row stores the position up to which changes are applied ([`Row::as_of`]). Pages have messages in their current state, so older changes
//! add nothing.

use super::reaction::Reaction;
use super::row::Row;
use crate::content::kinds::RowKind;
use crate::words::event::Millis;
use crate::words::limits::MESSAGE_TAKEN_BACK_MS;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageChange {
    /// Id of the message.
    pub message: String,
    pub seq: u64,
    pub at: Millis,
    pub sender: String,
    pub what: MessageChangeKind,
}

/// Kind of a [`MessageChange`], with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageChangeKind {
    Edited(String),
    /// Deleted for everyone.
    Deleted,
    /// Changed number of people with this reaction.
    Reacted {
        /// Name or emoji.
        reaction: String,
        /// Number of people with this reaction now.
        count: u32,
        /// `true` if the sender added it, `false` if they removed it.
        is_there: bool,
    },
}

impl Row {
    /// Applies a change to the row. Returns `false` if the row has it already.
    pub fn apply(&mut self, changed: &MessageChange) -> bool {
        if changed.seq <= self.as_of {
            return false;
        }
        self.as_of = changed.seq;
        match &changed.what {
            MessageChangeKind::Edited(text) => {
                let before = self.kind.reword(text);
                if self.edited_at.is_none() {
                    self.first = before;
                }
                self.edited_at = Some(changed.at);
            }
            MessageChangeKind::Deleted => {
                self.kind = RowKind::gone();
                (self.is_deleted, self.edited_at, self.first) = (true, None, None);
                self.reactions.clear();
            }
            MessageChangeKind::Reacted { reaction, count, is_there } => {
                self.react(reaction, *count, &changed.sender, *is_there)
            }
        }
        true
    }

    /// Returns `true` if the change deletes this message for its writer, a moment after it was sent: no tombstone remains (`ux.md` 2.9).
    pub fn is_taken_back_by(&self, changed: &MessageChange) -> bool {
        changed.what == MessageChangeKind::Deleted
            && changed.message == self.id
            && changed.sender == self.sender
            && changed.at.saturating_sub(self.at) <= MESSAGE_TAKEN_BACK_MS
    }

    /// Returns `true` if `user` is among the known people with this reaction.
    pub fn has_reaction(&self, reaction: &str, user: &str) -> bool {
        let known = self.reactions.iter().find(|known| known.reaction == reaction);
        known.is_some_and(|known| known.users.iter().any(|named| named == user))
    }

    fn react(&mut self, reaction: &str, count: u32, user: &str, is_there: bool) {
        if self.reactions.iter().all(|known| known.reaction != reaction) && count > 0 {
            self.reactions.push(Reaction { reaction: reaction.to_owned(), count, users: Vec::new() });
        }
        for known in self.reactions.iter_mut().filter(|known| known.reaction == reaction) {
            known.count = count;
            let is_named = known.users.iter().any(|named| named == user);
            if is_there && !is_named {
                known.users.push(user.to_owned());
            } else if !is_there {
                known.users.retain(|named| named != user);
            }
        }
        self.reactions.retain(|known| known.count > 0);
    }
}
