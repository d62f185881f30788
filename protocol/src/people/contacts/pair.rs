//! State between two people: contact, request or neither (`people.md` 1).
//!
//! Each of the two owns one [`ContactIntent`], whose `rev` only grows. Both objects store both halves and derive the same relation from
//! them, in whatever order and however often the halves arrive. So they agree without a common transaction, once the newest half of each has
//! arrived.

use serde::{Deserialize, Serialize};

/// One person's half of the state: the newest intent of that person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactIntent {
    /// The person wants to be a contact of the other.
    pub wants: bool,
    /// Grows with every change; 0 if there was none.
    pub rev: u64,
    /// `rev` up to which the other person's halves are outdated, because this person removed the other one after them.
    pub reset: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Both halves, as one of the two people sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    pub mine: ContactIntent,
    /// The other person's half, as far as it has arrived.
    pub theirs: ContactIntent,
    /// The other person's request was declined. That person is not notified, and it stays declined until this person sends a request.
    #[serde(default)]
    pub declined: bool,
}

/// Relation of the two, as one of them may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    Stranger,
    /// This person has sent a request, which is open, or was declined.
    Requested,
    /// The other person has sent a request.
    Request,
    Contact,
}

crate::words! {
    /// Change that is sent to the person's devices (`presence.md` 2 `contact`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum PairEvent {
        Request = "request",
        Accepted = "accepted",
        /// The two are not contacts any more, or the request is gone.
        Removed = "removed",
    }
}

impl ContactIntent {
    fn asks(&self, other: &Self) -> bool {
        self.wants && self.rev > other.reset
    }
}

impl Pair {
    pub fn relation(&self) -> Relation {
        match (self.mine.asks(&self.theirs), self.theirs.asks(&self.mine)) {
            (true, true) => Relation::Contact,
            (true, false) => Relation::Requested,
            (false, true) if !self.declined => Relation::Request,
            (false, _) => Relation::Stranger,
        }
    }

    /// Returns `true` if the other person wants to be a contact, even if that was declined.
    pub fn is_wanted(&self) -> bool {
        self.theirs.asks(&self.mine)
    }

    /// Sends a request or accepts one. A second request is the same one. Returns `true` if the half has changed.
    pub fn want(&mut self, note: &str) -> bool {
        if self.mine.asks(&self.theirs) {
            return false;
        }
        let ContactIntent { rev, reset, .. } = self.mine;
        self.mine = ContactIntent { wants: true, rev: rev + 1, reset, note: note.to_owned() };
        self.declined = false;
        true
    }

    /// Declines the other person's request without a notification. Returns `true` if there was one.
    pub fn decline(&mut self) -> bool {
        let is_open = self.relation() == Relation::Request;
        self.declined |= is_open;
        is_open
    }

    /// Ends the contact or withdraws the request. Returns `true` if the half has changed.
    pub fn part(&mut self) -> bool {
        if !self.mine.asks(&self.theirs) {
            return false;
        }
        self.mine = ContactIntent { wants: false, rev: self.mine.rev + 1, reset: self.theirs.rev, note: String::new() };
        true
    }

    /// Stores the other person's half. `is_hidden`: the other person is blocked, so their requests are declined unseen.
    pub fn receive(&mut self, theirs: &ContactIntent, is_hidden: bool) {
        if theirs.rev <= self.theirs.rev {
            return;
        }
        self.theirs = theirs.clone();
        if is_hidden && self.relation() == Relation::Request {
            self.declined = true;
        }
    }

    /// Returns the event for the person's devices after a change from `before`.
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

    /// Sends each of the two the other's half.
    fn meet(a: &mut Pair, b: &mut Pair) {
        let (of_a, of_b) = (a.mine.clone(), b.mine.clone());
        a.receive(&of_b, false);
        b.receive(&of_a, false);
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
        assert_eq!(b.mine, ContactIntent::default(), "nothing was said");
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
        b.receive(&a.mine, true);
        assert_eq!((a.relation(), b.relation()), (Relation::Requested, Relation::Stranger));
    }

    #[test]
    fn both_agree_whatever_is_said_and_heard_in_whatever_order() {
        // Every sequence of seven steps: each of the two sends a request, removes the other, or receives the other's newest half.
        for run in 0..6_u32.pow(7) {
            let mut pairs = [Pair::default(), Pair::default()];
            let mut steps = run;
            for _ in 0..7 {
                let who = (steps % 2) as usize;
                match (steps / 2) % 3 {
                    0 => drop(pairs[who].want("")),
                    1 => drop(pairs[who].part()),
                    _ => {
                        let received = pairs[1 - who].mine.clone();
                        pairs[who].receive(&received, false);
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
