//! Changes of a group as they are asked for, and the person who asks (`messenger.md` 3, `people.md` 2). What they do is in `members`.

use serde::{Deserialize, Serialize};

use super::group::{Role, Visibility};
use crate::people::session::hash_hex;
use crate::words::ids::UserId;

/// Somebody who acts on a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// User id.
    pub user: UserId,
    /// Their display name.
    pub name: String,
}

/// Somebody who is brought into a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// User id.
    pub user: UserId,
    /// Their display name.
    pub name: String,
    /// They are asked first: no contact of who brings them (`people.md` 1).
    pub is_asked: bool,
    /// They come by an invite that was made before (`people.md` 5): nobody decides on them now.
    #[serde(default)]
    pub by_invite: bool,
}

/// A group to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewGroup {
    /// Name, checked.
    pub name: String,
    /// Visibility: the people who find the group.
    pub visibility: Visibility,
    /// People in it beside the maker.
    pub people: Vec<Newcomer>,
}

impl NewGroup {
    /// By this the same wish is known again.
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
    /// The actor says yes to an invitation, or enters a public group for good.
    Enter,
    /// Somebody else's role.
    SetRole {
        /// User id of the person.
        user: UserId,
        /// Admin or member.
        role: Role,
    },
    /// Sends somebody away; oneself: leaves, or says no to an invitation.
    Remove {
        /// User id of the person.
        user: UserId,
    },
    /// The end of the group.
    Delete,
}
