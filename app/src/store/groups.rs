//! Groups beyond their rows in the list: invitations, the dialogs around groups, and the group that one looks at. Written by
//! `session` alone.

use leptos::prelude::*;

use super::relations::PersonRef;

/// Somebody asks the person into a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Invitation {
    /// Room id.
    pub room: String,
    /// The group's name.
    pub name: String,
    /// Display name of the person who asks.
    pub by: String,
}

/// A room that anybody may enter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicRoom {
    /// Room id.
    pub room: String,
    /// Name.
    pub name: String,
    /// People in it.
    pub members: u64,
}

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupMember {
    /// User id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
    /// `true` where the person was asked and has not answered.
    pub is_invited: bool,
}

/// A group as its members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    /// Room id.
    pub room: String,
    /// Name.
    pub name: String,
    /// Role of the person at this device, which says what they may do; empty when they are not in the group.
    pub role: String,
    /// People who are in it, then those who were asked.
    pub people: Vec<GroupMember>,
}

impl GroupInfo {
    /// Returns `true` if the person may rename it and send people away.
    pub fn is_led(&self) -> bool {
        matches!(self.role.as_str(), "owner" | "admin")
    }
}

/// Dialog that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupDialog {
    /// None.
    #[default]
    Closed,
    /// A new group.
    New,
    /// Public rooms.
    Find,
    /// The people of a group: `GroupInfo`.
    People,
    /// People to bring into a group.
    Invite,
    /// Leave a group, really?
    Leave,
    /// People in the public room in view.
    Here,
}

impl GroupDialog {
    /// Returns `true` if the dialog ends with the group it is about.
    pub fn is_about_a_group(self) -> bool {
        matches!(self, Self::People | Self::Invite | Self::Leave)
    }
}

/// See the module's description.
#[derive(Clone, Copy)]
pub struct Groups {
    /// Questions that wait for an answer.
    pub invitations: RwSignal<Vec<Invitation>>,
    /// Public rooms that were found; nothing as long as none were looked for.
    pub found: RwSignal<Option<Vec<PublicRoom>>>,
    /// Person who is to be in the new group.
    pub with: RwSignal<Option<PersonRef>>,
    /// The group whose people are looked at: in a dialog, or beside its log.
    pub shown: RwSignal<Option<GroupInfo>>,
    /// Dialog that is open.
    pub dialog: RwSignal<GroupDialog>,
}

impl Groups {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            invitations: RwSignal::new(Vec::new()),
            found: RwSignal::new(None),
            with: RwSignal::new(None),
            shown: RwSignal::new(None),
            dialog: RwSignal::new(GroupDialog::Closed),
        }
    }
}

impl Default for Groups {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns `true` if a room id is that of a group.
pub fn is_group(room: &str) -> bool {
    room.starts_with("grp_")
}
