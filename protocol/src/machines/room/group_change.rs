//! Requested changes of a group, and the actor (`messenger.md` 3, `people.md` 2). Their effects are in `members`.

use serde::{Deserialize, Serialize};

use super::group::{Role, Visibility};
use crate::people::session::hash_hex;
use crate::words::ids::UserId;

/// Person who acts on a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// User id.
    pub user: UserId,
    /// Their display name.
    pub name: String,
}

/// Person to add to a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// User id.
    pub user: UserId,
    /// Their display name.
    pub name: String,
    /// The person is invited first, because they are no contact of the actor (`people.md` 1).
    pub is_asked: bool,
    /// The person has an invite that was made before (`people.md` 5), so nobody has to decide now.
    #[serde(default)]
    pub by_invite: bool,
}

/// A group to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewGroup {
    /// Name, checked.
    pub name: String,
    /// Visibility: the people who can find the group.
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

/// A change of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupChange {
    /// Another name or topic, checked; absent ones stay.
    Describe {
        /// New name.
        name: Option<String>,
        /// New topic.
        topic: Option<String>,
    },
    /// More people.
    Add {
        /// People to bring in or to ask.
        people: Vec<Newcomer>,
    },
    /// The actor accepts an invitation, or joins a public group for good.
    Enter,
    /// Changes another member's role.
    SetRole {
        /// User id of the person.
        user: UserId,
        /// Admin or member.
        role: Role,
    },
    /// Removes a person; for the actor themselves: leaves, or declines an invitation.
    Remove {
        /// User id of the person.
        user: UserId,
    },
    /// The actor declines an invitation. A person who has answered it meanwhile keeps their standing.
    Decline,
    /// The end of the group.
    Delete,
}
