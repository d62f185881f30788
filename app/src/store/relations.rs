//! Contacts, requests, blocks and privacy settings of the person. `session` writes them.

use leptos::prelude::*;
use protocol::people::contacts::{Relation, Settings};
use protocol::words::event::Millis;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: String,
    pub name: String,
    pub relation: Relation,
    pub note: String,
    /// Start of the relation; 0 if unknown.
    pub added_at: Millis,
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct PersonRef {
        pub id: String = "id",
        pub name: String = "name",
    }
}

#[derive(Clone, Copy, Default)]
pub struct Relations {
    pub contacts: RwSignal<Vec<Contact>>,
    /// The person has no contacts, as far as the server has told.
    pub is_alone: RwSignal<bool>,
    pub blocked: RwSignal<Vec<PersonRef>>,
    /// Ids of the people to whom the account appears offline (`presence.md` 2.7).
    pub hidden_from: RwSignal<Vec<String>>,
    /// The list of these people was loaded.
    pub is_hiding_known: RwSignal<bool>,
    /// Privacy settings; `None` until they are loaded.
    pub privacy_settings: RwSignal<Option<Settings>>,
    /// The dialog that adds a contact is open.
    pub is_adding: RwSignal<bool>,
    /// Selector of the element of that dialog that takes the focus when it opens the next time; empty for its first field.
    pub adding_focus: StoredValue<&'static str>,
    /// Person of the open dialog, which sends a request or a report.
    pub asked: RwSignal<Option<PersonRef>>,
}

impl Relations {
    /// Returns the relation of a person. Reactive.
    pub fn relation(&self, user: &str) -> Relation {
        let find = |all: &Vec<Contact>| all.iter().find(|contact| contact.id == user).map(|contact| contact.relation);
        self.contacts.with(find).unwrap_or(Relation::Stranger)
    }

    /// Returns the time since when a person is a contact. Reactive.
    pub fn contact_since(&self, user: &str) -> Option<Millis> {
        let is_it = |one: &&Contact| one.id == user && one.relation == Relation::Contact && one.added_at > 0;
        self.contacts.with(|all| all.iter().find(is_it).map(|one| one.added_at))
    }

    /// Returns `true` if a person is blocked. Reactive.
    pub fn is_blocked(&self, user: &str) -> bool {
        self.blocked.with(|all| all.iter().any(|blocked| blocked.id == user))
    }

    /// Returns `true` if the account appears offline to a person. Reactive.
    pub fn is_hidden_from(&self, user: &str) -> bool {
        self.hidden_from.with(|all| all.iter().any(|other| other == user))
    }
}
