//! Changes of a row that is shown already: edits, deletions, reactions (`messenger.md` 5.4).
//!
//! A row knows up to which place of the log it is up to date ([`Row::as_of`]): pages bring messages as they read when the page
//! was made, so a change that is older than that says nothing new.

use super::reaction::Reaction;
use super::row::{Row, RowKind};
use crate::words::event::Millis;

/// One change to one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageChange {
    /// Id of the message.
    pub message: String,
    /// Place of the change in the log.
    pub seq: u64,
    /// When.
    pub at: Millis,
    /// User id of the person who made it.
    pub sender: String,
    /// Content of the change.
    pub what: MessageChangeKind,
}

/// Kind of a [`MessageChange`], with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageChangeKind {
    /// It says this now.
    Edited(String),
    /// It is gone for everybody.
    Deleted,
    /// So many react like this now; the sender does or no longer does.
    Reacted {
        /// Name or emoji.
        reaction: String,
        /// Number of people who react like this now.
        count: u32,
        /// Does or no longer does.
        is_there: bool,
    },
}

impl Row {
    /// Brings the row up to a change; false when it knew of it already.
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
                self.kind = RowKind::GONE;
                (self.is_deleted, self.edited_at, self.first) = (true, None, None);
                self.reactions.clear();
            }
            MessageChangeKind::Reacted { reaction, count, is_there } => {
                self.react(reaction, *count, &changed.sender, *is_there)
            }
        }
        true
    }

    /// Returns `true` when `user` is among the known people who react like this.
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
