//! State between two people about being contacts (`people.md` 1).
//!
//! Each of the two owns one [`ContactWish`], which only grows in `rev`; both objects keep both halves and come to the same
//! answer from them, in whatever order and however often they hear of each other. So agreement needs no common
//! transaction: it is enough that the newest half arrives some day.

use serde::{Deserialize, Serialize};

/// One person's half of the state: the wish as that person said it last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactWish {
    /// Wants to be a contact of the other.
    pub wants: bool,
    /// Grows with every word; 0 when nothing was ever said.
    pub rev: u64,
    /// The other's words up to this `rev` were answered by going away: they count no more.
    pub reset: u64,
    /// Note that was sent with the wish.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Both halves, as one of the two sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Own half.
    pub mine: ContactWish,
    /// The other's half, as far as it is known here.
    pub theirs: ContactWish,
    /// Their wish was declined. Nobody is told, and it stays so until one wants them oneself.
    #[serde(default)]
    pub declined: bool,
}

/// Relation of the two, as one of them may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Nothing.
    Stranger,
    /// One has asked and waits. That the other declined looks the same.
    Requested,
    /// The other has asked and waits.
    Request,
    /// Both want it.
    Contact,
}

crate::words! {
    /// A change that the person's devices are told of (`presence.md` 2 `contact`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum PairEvent {
        /// Somebody asks.
        Request = "request",
        /// The two are contacts now.
        Accepted = "accepted",
        /// The two are not contacts any more, or the request is gone.
        Removed = "removed",
    }
}

impl ContactWish {
    fn asks(&self, other: &Self) -> bool {
        self.wants && self.rev > other.reset
    }
}

impl Pair {
    /// Returns what the two are to each other.
    pub fn relation(&self) -> Relation {
        match (self.mine.asks(&self.theirs), self.theirs.asks(&self.mine)) {
            (true, true) => Relation::Contact,
            (true, false) => Relation::Requested,
            (false, true) if !self.declined => Relation::Request,
            (false, _) => Relation::Stranger,
        }
    }

    /// Returns `true` if the other wants to be a contact, also where that was declined.
    pub fn is_wanted(&self) -> bool {
        self.theirs.asks(&self.mine)
    }

    /// Asks the other, or says yes to them. A second request is the same one. True when something was said.
    pub fn want(&mut self, note: &str) -> bool {
        if self.mine.asks(&self.theirs) {
            return false;
        }
        let ContactWish { rev, reset, .. } = self.mine;
        self.mine = ContactWish { wants: true, rev: rev + 1, reset, note: note.to_owned() };
        self.declined = false;
        true
    }

    /// Lets the other's wish rest, without a word. True when there was one to decline.
    pub fn decline(&mut self) -> bool {
        let is_open = self.relation() == Relation::Request;
        self.declined |= is_open;
        is_open
    }

    /// Goes away from the other: not contacts any more, or the own request withdrawn. True when something was said.
    pub fn part(&mut self) -> bool {
        if !self.mine.asks(&self.theirs) {
            return false;
        }
        self.mine = ContactWish { wants: false, rev: self.mine.rev + 1, reset: self.theirs.rev, note: String::new() };
        true
    }

    /// Hears the other's half. `is_hidden`: the other is blocked, and whatever they ask for is declined unseen.
    pub fn hear(&mut self, theirs: &ContactWish, is_hidden: bool) {
        if theirs.rev <= self.theirs.rev {
            return;
        }
        self.theirs = theirs.clone();
        if is_hidden && self.relation() == Relation::Request {
            self.declined = true;
        }
    }

    /// Returns the event that a change from `before` to now is to the person's devices.
    pub fn event_since(&self, before: Relation) -> Option<PairEvent> {
        match (before, self.relation()) {
            (before, now) if before == now => None,
            (_, Relation::Request) => Some(PairEvent::Request),
            (_, Relation::Contact) => Some(PairEvent::Accepted),
            (Relation::Contact | Relation::Request | Relation::Requested, Relation::Stranger)
            | (Relation::Contact | Relation::Request, Relation::Requested) => Some(PairEvent::Removed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells each of the two what the other has said.
    fn meet(a: &mut Pair, b: &mut Pair) {
        let (of_a, of_b) = (a.mine.clone(), b.mine.clone());
        a.hear(&of_b, false);
        b.hear(&of_a, false);
    }

    #[test]
    fn a_request_is_accepted_and_taken_back() {
        let (mut a, mut b) = (Pair::default(), Pair::default());
        assert!(a.want("from the party") && !a.want("again"));
        meet(&mut a, &mut b);
        assert_eq!((a.relation(), b.relation()), (Relation::Requested, Relation::Request));
        assert_eq!(b.theirs.note, "from the party", "the second request is the first one");
        assert!(b.want(""));
        meet(&mut a, &mut b);
        assert_eq!((a.relation(), b.relation()), (Relation::Contact, Relation::Contact));
        assert!(a.part() && !a.part());
        meet(&mut a, &mut b);
        assert_eq!((a.relation(), b.relation()), (Relation::Stranger, Relation::Stranger));
        assert!(b.want(""), "the old wish of the other does not count any more");
        meet(&mut a, &mut b);
        assert_eq!((a.relation(), b.relation()), (Relation::Request, Relation::Requested));
    }

    #[test]
    fn declining_is_silent_and_lasts_until_one_asks_oneself() {
        let (mut a, mut b) = (Pair::default(), Pair::default());
        a.want("");
        meet(&mut a, &mut b);
        assert!(b.decline() && !b.decline());
        assert_eq!(b.mine, ContactWish::default(), "nothing was said");
        meet(&mut a, &mut b);
        assert_eq!((a.relation(), b.relation()), (Relation::Requested, Relation::Stranger));
        a.part();
        a.want("please");
        meet(&mut a, &mut b);
        assert_eq!(b.relation(), Relation::Stranger, "asking again does not help");
        b.want("");
        meet(&mut a, &mut b);
        assert_eq!((a.relation(), b.relation()), (Relation::Contact, Relation::Contact));
    }

    #[test]
    fn whoever_is_blocked_asks_in_vain_also_after_the_unblock() {
        let (mut a, mut b) = (Pair::default(), Pair::default());
        a.want("");
        b.hear(&a.mine, true);
        assert_eq!((a.relation(), b.relation()), (Relation::Requested, Relation::Stranger));
    }

    #[test]
    fn both_agree_whatever_is_said_and_heard_in_whatever_order() {
        // Every sequence of seven steps: each of the two asks or goes away, or hears the other's newest half.
        for run in 0..6_u32.pow(7) {
            let mut pairs = [Pair::default(), Pair::default()];
            let mut steps = run;
            for _ in 0..7 {
                let who = (steps % 2) as usize;
                match (steps / 2) % 3 {
                    0 => drop(pairs[who].want("")),
                    1 => drop(pairs[who].part()),
                    _ => {
                        let heard = pairs[1 - who].mine.clone();
                        pairs[who].hear(&heard, false);
                    }
                }
                steps /= 6;
            }
            let [mut a, mut b] = pairs;
            meet(&mut a, &mut b);
            let turned = match b.relation() {
                Relation::Request => Relation::Requested,
                Relation::Requested => Relation::Request,
                other => other,
            };
            assert_eq!(a.relation(), turned, "run {run}");
        }
    }
}
