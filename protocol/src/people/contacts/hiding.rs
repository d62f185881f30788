//! Blocks over time: messages that were written during a block stay hidden after it ends (`messenger.md` 8).
//!
//! An event is hidden by its author and its time alone, so every room and page reaches the same result without a mark on the event.

use serde::{Deserialize, Serialize};

use crate::words::event::Millis;
use crate::words::limits::HIDES_PER_PERSON_MAX;

/// Time span of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hide {
    /// User id of the blocked person.
    pub user: String,
    /// Begin of the block, included.
    #[serde(rename = "f")]
    pub from: Millis,
    /// End of the block, excluded; `None` while the block lasts.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
}

/// All spans of one person, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hides(Vec<Hide>);

impl Hides {
    /// Returns `true` if the person has never blocked anyone.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns `true` if an event that `user` wrote at `ts` is hidden.
    pub fn covers(&self, user: &str, ts: Millis) -> bool {
        self.0.iter().any(|hide| hide.user == user && hide.from <= ts && hide.until.is_none_or(|until| ts < until))
    }

    /// Returns `true` if `user` is blocked now.
    pub fn blocks(&self, user: &str) -> bool {
        self.0.iter().any(|hide| hide.user == user && hide.until.is_none())
    }

    /// Returns the people who are blocked now, in the order of the blocks.
    pub fn blocked(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|hide| hide.until.is_none()).map(|hide| hide.user.as_str())
    }

    /// Blocks `user`. Returns `false` if they were blocked before.
    pub fn block(&mut self, user: &str, now: Millis) -> bool {
        if self.blocks(user) {
            return false;
        }
        self.0.push(Hide { user: user.to_owned(), from: now, until: None });
        self.fold(user);
        true
    }

    /// Ends the block of `user`. Returns `false` if there was none.
    pub fn unblock(&mut self, user: &str, now: Millis) -> bool {
        match self.0.iter_mut().find(|hide| hide.user == user && hide.until.is_none()) {
            Some(hide) => {
                hide.until = Some(now.max(hide.from));
                true
            }
            None => false,
        }
    }

    /// Returns the spans of `user` alone, which are all that a direct conversation needs.
    pub fn about(&self, user: &str) -> Self {
        Self(self.0.iter().filter(|hide| hide.user == user).cloned().collect())
    }

    /// Merges the spans of a person who was blocked very often. This hides too much rather than too little.
    fn fold(&mut self, user: &str) {
        let own: Vec<usize> =
            self.0.iter().enumerate().filter(|(_, hide)| hide.user == user).map(|(at, _)| at).collect();
        if let (true, [first, second, ..]) = (own.len() > HIDES_PER_PERSON_MAX, own.as_slice()) {
            let until = self.0.get(*second).and_then(|hide| hide.until);
            if let Some(hide) = self.0.get_mut(*first) {
                hide.until = until;
            }
            self.0.remove(*second);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_in_a_block_stays_hidden_and_nothing_else() {
        let mut hides = Hides::default();
        assert!(hides.block("b", 100) && !hides.block("b", 150), "a second block is the same one");
        assert!(hides.unblock("b", 200) && !hides.unblock("b", 250));
        let hidden: Vec<u64> = [99, 100, 199, 200].into_iter().filter(|ts| hides.covers("b", *ts)).collect();
        assert_eq!(hidden, [100, 199]);
        assert!(!hides.covers("c", 150) && !hides.blocks("b"));
        hides.block("b", 300);
        assert!(hides.covers("b", 10_000) && hides.covers("b", 150) && !hides.covers("b", 250));
        assert_eq!(hides.blocked().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn spans_are_bounded_and_never_shrink() {
        let mut hides = Hides::default();
        for at in 0..100 {
            hides.block("b", at * 10);
            hides.unblock("b", at * 10 + 5);
        }
        assert_eq!(hides.0.len(), HIDES_PER_PERSON_MAX);
        assert!((0..100).all(|at| hides.covers("b", at * 10 + 4)));
    }
}
