//! Groups beyond their rows in the list: invitations, dialogs of groups, and the shown group. `session` writes them.

use leptos::prelude::*;

use super::embedding::EmbeddingForm;
use super::integrations::Integrations;
use super::own_bots::OwnBots;
use super::relations::PersonRef;

/// Invitation to a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Invitation {
    /// Room id.
    pub room: String,
    /// The group's name.
    pub name: String,
    /// Display name of the sender.
    pub by: String,
}

/// Public room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicRoom {
    /// Room id.
    pub room: String,
    /// Name.
    pub name: String,
    /// Number of members.
    pub members: u64,
}

/// Member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupMember {
    /// User id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
    /// The person was invited and has not answered.
    pub is_invited: bool,
}

/// A group as its members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    /// Room id.
    pub room: String,
    /// Name.
    pub name: String,
    /// Everybody finds and enters it.
    pub is_public: bool,
    /// Role of the person at this device, which decides their actions; empty without a membership.
    pub role: String,
    /// Members, then invited people.
    pub people: Vec<GroupMember>,
}

impl GroupInfo {
    /// Returns `true` if the person may rename the group and remove members.
    pub fn is_led(&self) -> bool {
        matches!(self.role.as_str(), "owner" | "admin")
    }
}

/// Open dialog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupDialog {
    /// None.
    #[default]
    Closed,
    /// A new group.
    New,
    /// Public rooms.
    Find,
    /// Members of a group: `GroupInfo`.
    People,
    /// People to add to a group.
    Invite,
    /// Question before leaving a group.
    Leave,
    /// Question before deleting a group.
    Delete,
    /// Question before removing a member: `Groups::removable`.
    Remove,
    /// People in the open public room.
    Here,
}

impl GroupDialog {
    /// Returns `true` if the dialog closes when its group is gone.
    pub fn is_about_a_group(self) -> bool {
        matches!(self, Self::People | Self::Invite | Self::Leave | Self::Delete | Self::Remove)
    }
}

/// State of groups, see the module's description.
#[derive(Clone, Copy)]
pub struct Groups {
    /// Pending invitations.
    pub invitations: RwSignal<Vec<Invitation>>,
    /// Found public rooms; `None` before a search.
    pub found: RwSignal<Option<Vec<PublicRoom>>>,
    /// Preselected person of the new group.
    pub with: RwSignal<Option<PersonRef>>,
    /// Group whose members are shown, in a dialog or beside its log.
    pub shown: RwSignal<Option<GroupInfo>>,
    /// Member whom the person may remove, once the question is answered.
    pub removable: RwSignal<Option<GroupMember>>,
    /// Open dialog.
    pub dialog: RwSignal<GroupDialog>,
    /// Integrations of the group whose dialog is open.
    pub integrations: Integrations,
    /// Bots of that group.
    pub own_bots: OwnBots,
    /// Permission to show that group in pages of other sites.
    pub embedding: EmbeddingForm,
}

impl Groups {
    /// Makes the empty state.
    pub fn new() -> Self {
        Self {
            invitations: RwSignal::new(Vec::new()),
            found: RwSignal::new(None),
            with: RwSignal::new(None),
            shown: RwSignal::new(None),
            removable: RwSignal::new(None),
            dialog: RwSignal::new(GroupDialog::Closed),
            integrations: Integrations::new(),
            own_bots: OwnBots::new(),
            embedding: EmbeddingForm::new(),
        }
    }
}

impl Default for Groups {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns `true` if a room id belongs to a group.
pub fn is_group(room: &str) -> bool {
    room.starts_with("grp_")
}
