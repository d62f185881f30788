//! Actions of a person that change contacts, and the reactions of the other person's object (`people.md` 1).

use serde::{Deserialize, Serialize};

use super::pair::{ContactIntent, Pair, Relation};
use crate::words::limits::{CONTACT_REQUESTS_OPEN_MAX, CONTACTS_MAX};
use crate::words::refusal::Refusal;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactAct {
    Request {
        /// Note of the request, checked.
        note: String,
        /// Display name of the other person.
        name: String,
    },
    /// Uses an invite of the other person, which is their consent.
    Come {
        /// Display name of the other person.
        name: String,
    },
    Accept,
    Decline,
    /// Ends the contact, or withdraws the request.
    Remove,
}

/// Counts of a person's list, for its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactCounts {
    /// Own requests that wait for an answer.
    pub requested: u64,
    pub contacts: u64,
}

impl ContactAct {
    /// Applies the action. A refusal changes nothing.
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
            // A person who came by an invite sends no request, so the limit on requests does not apply.
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
            // To remove another person's request means to decline it. A missing entry is no error.
            Self::Remove => {
                pair.decline();
            }
            Self::Accept | Self::Decline => return Err(Refusal::NotFound),
        }
        Ok(())
    }
}

impl ContactCounts {
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
    /// Stores the other person's half. `accepts_all`: personas and bots accept at once, even if they block the person.
    pub fn take(&mut self, theirs: &ContactIntent, is_blocked: bool, accepts_all: bool) {
        self.receive(theirs, is_blocked && !accepts_all);
        if accepts_all && self.relation() == Relation::Request {
            self.want("");
        }
    }

    /// Closes the last player's requests, sent and received, for the persona's next player. Contacts stay.
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
        pair.receive(&ContactIntent { wants: true, rev: 1, ..ContactIntent::default() }, false);
        assert_eq!(pair.relation(), Relation::Contact);
        let before = pair.clone();
        comes.apply(&mut pair, FULL).unwrap();
        assert_eq!(pair, before, "who is a contact needs no place");
    }
}
