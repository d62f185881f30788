//! Groups beyond their rows in the list: invitations, dialogs of groups, and the shown group. `session` writes them.

use leptos::prelude::*;
use protocol::words::principal::UserKind;

use super::embedding::EmbeddingForm;
use super::integrations::Integrations;
use super::own_bots::OwnBots;
use super::relations::PersonRef;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Invitation {
    pub room: String,
    pub name: String,
    /// Display name of the sender.
    pub by: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicRoom {
    pub room: String,
    pub name: String,
    pub members: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupMember {
    pub id: String,
    pub name: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
    /// The person was invited and has not answered.
    pub is_invited: bool,
}

/// A group as its members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    pub room: String,
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

    /// Returns the member who owns the group after its owner `own_id` has left (`people.md` 2). Without one the group is deleted. The server
    /// sends the admins before the others, and of each the oldest first.
    pub fn heir(&self, own_id: &str) -> Option<&GroupMember> {
        let is_bot = |one: &GroupMember| UserKind::of_id(&one.id) == UserKind::Bot;
        self.people.iter().find(|one| one.id != own_id && !one.is_invited && !is_bot(one))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupDialog {
    #[default]
    Closed,
    New,
    /// Public rooms.
    Find,
    /// Members of a group: `GroupInfo`.
    People,
    Invite,
    Leave,
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

#[derive(Clone, Copy, Default)]
pub struct Groups {
    pub invitations: RwSignal<Vec<Invitation>>,
    /// Found public rooms; `None` before a search.
    pub found: RwSignal<Option<Vec<PublicRoom>>>,
    /// Preselected person of the new group.
    pub with: RwSignal<Option<PersonRef>>,
    /// Group whose members are shown, in a dialog or beside its log.
    pub shown: RwSignal<Option<GroupInfo>>,
    /// Member whom the person may remove, once the question is answered.
    pub removable: RwSignal<Option<GroupMember>>,
    pub dialog: RwSignal<GroupDialog>,
    pub integrations: Integrations,
    pub own_bots: OwnBots,
    /// Permission to show that group in pages of other sites.
    pub embedding: EmbeddingForm,
}

pub fn is_group(room: &str) -> bool {
    room.starts_with("grp_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heir_of_an_owner_is_the_first_other_member_who_is_a_person() {
        let member = |id: &str, is_invited| GroupMember {
            id: id.to_owned(),
            name: id.to_owned(),
            role: "member".to_owned(),
            is_invited,
        };
        let group = |others: &[(&str, bool)]| {
            let people = std::iter::once(("user_1", false)).chain(others.iter().copied());
            let people = people.map(|(id, is_invited)| member(id, is_invited)).collect();
            let (room, name, role) = ("grp_a".to_owned(), "Crew".to_owned(), "owner".to_owned());
            GroupInfo { room, name, is_public: false, role, people }
        };
        let heir_among = |others: &[(&str, bool)]| group(others).heir("user_1").map(|one| one.id.clone());
        assert_eq!(heir_among(&[("bot_nova", false), ("user_3", false), ("user_2", false)]).as_deref(), Some("user_3"));
        assert_eq!(heir_among(&[("bot_nova", false), ("user_2", true)]), None);
        assert_eq!(heir_among(&[]), None);
    }
}
