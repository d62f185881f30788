//! Actions of a person on being contacts, and reactions of an object that hears of them (`people.md` 1).

use serde::{Deserialize, Serialize};

use super::pair::{ContactWish, Pair, Relation};
use crate::words::limits::{CONTACT_REQUESTS_OPEN_MAX, CONTACTS_MAX};
use crate::words::refusal::Refusal;

/// Action of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactAct {
    /// Ask to become contacts.
    Request {
        /// Said with it, checked.
        note: String,
        /// The other one's display name.
        name: String,
    },
    /// Come by an invite of the other, whose consent it is.
    Come {
        /// The other one's display name.
        name: String,
    },
    /// Say yes to a request.
    Accept,
    /// Let a request rest.
    Decline,
    /// Not contacts any more, or the request is withdrawn.
    Remove,
}

/// Counts of a person's list, for its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactCounts {
    /// Own requests that wait for an answer.
    pub requested: u64,
    /// Contacts.
    pub contacts: u64,
}

impl ContactAct {
    /// Does it. A refusal has changed nothing.
    pub fn apply(&self, pair: &mut Pair, list: ContactCounts) -> Result<(), Refusal> {
        let relation = pair.relation();
        match self {
            Self::Request { note, .. } => {
                if relation == Relation::Stranger && list.requested >= CONTACT_REQUESTS_OPEN_MAX as u64 {
                    let limit = CONTACT_REQUESTS_OPEN_MAX;
                    return Err(Refusal::over_limit("userId", "Too many requests wait for an answer.", limit));
                }
                list.has_place()?;
                pair.want(note);
            }
            // No request that waits for an answer: those that do keep nobody out.
            Self::Come { .. } if relation == Relation::Contact => {}
            Self::Come { .. } => {
                list.has_place()?;
                pair.want("");
            }
            Self::Accept if relation == Relation::Contact => {}
            Self::Accept if relation == Relation::Request => {
                list.has_place()?;
                pair.want("");
            }
            Self::Decline if relation == Relation::Request => {
                pair.decline();
            }
            Self::Remove if matches!(relation, Relation::Contact | Relation::Requested) => {
                pair.part();
            }
            // To remove a request of somebody else is to decline it; what is not there need not be removed.
            Self::Remove => {
                pair.decline();
            }
            Self::Accept | Self::Decline => return Err(Refusal::NotFound),
        }
        Ok(())
    }
}

impl ContactCounts {
    /// Returns `true` if there is no place for one more contact.
    pub fn is_full(self) -> bool {
        self.contacts >= CONTACTS_MAX as u64
    }

    fn has_place(self) -> Result<(), Refusal> {
        if self.is_full() {
            Err(Refusal::over_limit("userId", "The contact list is full.", CONTACTS_MAX))
        } else {
            Ok(())
        }
    }
}

impl Pair {
    /// Takes in the other's half. `accepts_all`: personas and bots say yes at once, whomever they block.
    pub fn take(&mut self, theirs: &ContactWish, is_blocked: bool, accepts_all: bool) {
        self.hear(theirs, is_blocked && !accepts_all);
        if accepts_all && self.relation() == Relation::Request {
            self.want("");
        }
    }

    /// A persona's next player finds the contacts, but nothing that the one before has asked or been told.
    pub fn close_requests(&mut self) {
        self.theirs.note.clear();
        if self.relation() == Relation::Requested {
            self.part();
        }
        self.mine.note.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: ContactCounts = ContactCounts { requested: 0, contacts: CONTACTS_MAX as u64 };

    #[test]
    fn requests_that_wait_keep_nobody_from_an_invite_and_a_full_list_does() {
        let waiting = ContactCounts { requested: CONTACT_REQUESTS_OPEN_MAX as u64, contacts: 0 };
        let comes = ContactAct::Come { name: "Mia".to_owned() };
        let asks = ContactAct::Request { note: String::new(), name: "Mia".to_owned() };
        let mut pair = Pair::default();
        assert!(asks.apply(&mut pair, waiting).is_err());
        assert!(comes.apply(&mut pair, FULL).is_err());
        assert_eq!(pair, Pair::default(), "a refusal has changed nothing");
        comes.apply(&mut pair, waiting).unwrap();
        assert_eq!(pair.relation(), Relation::Requested);
        pair.hear(&ContactWish { wants: true, rev: 1, ..ContactWish::default() }, false);
        assert_eq!(pair.relation(), Relation::Contact);
        let before = pair.clone();
        comes.apply(&mut pair, FULL).unwrap();
        assert_eq!(pair, before, "who is a contact needs no place");
    }
}
