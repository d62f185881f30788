//! Contacts, requests, blocks and privacy settings of the person. Written by `session` alone.

use leptos::prelude::*;
use protocol::people::contacts::{Relation, Settings};
use protocol::words::event::Millis;

/// Somebody with whom there is something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// User id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Relation between the two.
    pub relation: Relation,
    /// The note of a request.
    pub note: String,
    /// Time at which the relation began; 0 if unknown.
    pub added_at: Millis,
}

/// Somebody by name: found, blocked, or about to be asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PersonRef {
    /// User id.
    pub id: String,
    /// Display name.
    pub name: String,
}

protocol::record!(PersonRef { id = "id", name = "name" });

/// See the module's description.
#[derive(Clone, Copy)]
pub struct Relations {
    /// Contacts and requests.
    pub contacts: RwSignal<Vec<Contact>>,
    /// People who are blocked.
    pub blocked: RwSignal<Vec<PersonRef>>,
    /// Privacy settings: what the person takes from others; `None` until they are known.
    pub privacy_settings: RwSignal<Option<Settings>>,
    /// The dialog that adds a contact is open.
    pub is_adding: RwSignal<bool>,
    /// Person who is about to be asked in it, or about whom the dialog that reports is.
    pub asked: RwSignal<Option<PersonRef>>,
}

impl Relations {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            contacts: RwSignal::new(Vec::new()),
            blocked: RwSignal::new(Vec::new()),
            privacy_settings: RwSignal::new(None),
            is_adding: RwSignal::new(false),
            asked: RwSignal::new(None),
        }
    }

    /// Returns the relation of somebody to the person. Reactive.
    pub fn relation(&self, user: &str) -> Relation {
        let find = |all: &Vec<Contact>| all.iter().find(|contact| contact.id == user).map(|contact| contact.relation);
        self.contacts.with(find).unwrap_or(Relation::Stranger)
    }

    /// Returns the time since when somebody is a contact. Reactive.
    pub fn contact_since(&self, user: &str) -> Option<Millis> {
        let is_it = |one: &&Contact| one.id == user && one.relation == Relation::Contact && one.added_at > 0;
        self.contacts.with(|all| all.iter().find(is_it).map(|one| one.added_at))
    }

    /// Returns `true` if somebody is blocked. Reactive.
    pub fn is_blocked(&self, user: &str) -> bool {
        self.blocked.with(|all| all.iter().any(|blocked| blocked.id == user))
    }
}

impl Default for Relations {
    fn default() -> Self {
        Self::new()
    }
}
