//! Requested changes of a group, and the actor (`messenger.md` 3, `people.md` 2). Their effects are in `members`.

use serde::{Deserialize, Serialize};

use super::group::{Role, Visibility};
use crate::people::session::hash_hex;
use crate::words::ids::UserId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub user: UserId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    pub user: UserId,
    pub name: String,
    /// The person is invited first, because they are no contact of the actor (`people.md` 1).
    pub is_asked: bool,
    /// The person has an invite that was made before (`people.md` 5), so nobody has to decide now.
    #[serde(default)]
    pub by_invite: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewGroup {
    /// Name, checked.
    pub name: String,
    pub visibility: Visibility,
    /// People in it beside the maker.
    pub people: Vec<Newcomer>,
}

impl NewGroup {
    /// Key by which a repeated request is recognized.
    pub(super) fn digest(&self, by: &Actor) -> String {
        let people: Vec<&str> = self.people.iter().map(|one| one.user.as_str()).collect();
        // User ids have no line breaks; names do not either.
        hash_hex(&[by.user.as_str(), &self.name, self.visibility.as_str(), &people.join(" ")].join("\n"))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupChange {
    /// Another name or topic, checked; absent ones stay.
    Describe {
        name: Option<String>,
        topic: Option<String>,
    },
    Add {
        /// People to bring in or to ask.
        people: Vec<Newcomer>,
    },
    /// The actor accepts an invitation, or joins a public group for good.
    Enter,
    SetRole {
        user: UserId,
        /// Admin or member.
        role: Role,
    },
    /// Removes a person; for the actor themselves: leaves, or declines an invitation.
    Remove {
        user: UserId,
    },
    /// The actor declines an invitation. A person who has answered it meanwhile keeps their standing.
    Decline,
    Delete,
}
