//! Calls between the Worker, rooms, people's objects and `dir` shards about groups (`messenger.md` 3, `people.md` 2).

use protocol::machines::room::{Actor, GroupChange, Membership, NewGroup, Role, Visibility};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use serde::{Deserialize, Serialize};

use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Person:
    /// Admits somebody to a group, and reserves a place among the person's groups for a while.
    AdmitToGroup "group-admit": AdmitCall => AdmitAnswer;
    /// Reports to the person how they stand to a group now.
    ReportMembership "membership": MembershipCall => ();
    /// Lists the person's groups, and invitations to groups.
    ListGroups "groups": () => Vec<GroupRow>;
    /// Counts the invitations into a group that the person sends to `others`, and those who come at once without being contacts.
    CountInvitations "count-invitations": InvitedCall => ();
    /// Ends bots and integrations that the person made in groups. With a time, those end that were made then or later, and invites as well:
    /// somebody else may have made them.
    EndOwnPrograms "end-programs": Option<Millis> => ();
}

requests! { Room:
    /// Lists the people whom a person has invited into the group, and who have not answered, beside those whom the invitations of the call
    /// would not change. A group that is not there has none.
    ReadInvited "invited": InvitedCall => Vec<UserId>;
}

/// Invitations of a person into a group.
#[derive(Debug, Serialize, Deserialize)]
pub struct InvitedCall {
    /// Canonical room id.
    pub room: String,
    /// Person who invites.
    pub by: UserId,
    /// People who are to be invited, or come at once and count; empty for a question.
    pub others: Vec<UserId>,
    /// Those of them who come at once: personas.
    #[serde(default)]
    pub at_once: Vec<UserId>,
    /// The group is to be made with them. Where it is there, that is a repetition and changes nothing.
    #[serde(default)]
    pub makes_group: bool,
}

/// A new group.
#[derive(Debug, Serialize, Deserialize)]
pub struct MakeGroupCall {
    /// Person who makes the group.
    pub by: Actor,
    /// Properties of the new group.
    pub plan: NewGroup,
    /// Where the request came from.
    #[serde(default)]
    pub trace: Trace,
}

/// Change of a group.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeGroupCall {
    /// Person who acts.
    pub by: Actor,
    /// Change of the group.
    pub change: GroupChange,
    /// Where the request came from.
    #[serde(default)]
    pub trace: Trace,
}

/// Summary of a room's group, for somebody who may know of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupSummary {
    /// Name.
    pub name: String,
    /// Topic; may be empty.
    pub topic: String,
    /// Visibility: decides who finds the group.
    pub visibility: Visibility,
    /// People in it.
    pub member_count: usize,
    /// Role of the asker; `None` when they are not in it.
    pub role: Option<Role>,
}

/// Answer to [`super::room::ReadPeople`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct People {
    /// Only they find the room: they may see each other (`sign-in.md` 1).
    pub is_private: bool,
    /// In the order in which lists show them.
    pub people: Vec<PersonInGroup>,
}

/// Somebody in a group, or asked into it, or here in a public room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonInGroup {
    /// User id of the person.
    pub user: UserId,
    /// Display name when they came.
    pub name: String,
    /// Picture, of those who are here: nobody has to be asked how they look.
    pub avatar: Option<String>,
    /// Role of the person.
    pub role: Role,
    /// They were asked and have not answered.
    pub is_pending: bool,
    /// They are a guest, of those who are here.
    #[serde(default)]
    pub is_guest: bool,
}

/// A person who is to be brought into a group.
#[derive(Debug, Serialize, Deserialize)]
pub struct AdmitCall {
    /// Person who brings them.
    pub by: UserId,
    /// Canonical room id.
    pub room: String,
}

/// A person who may be brought in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdmitAnswer {
    /// Display name.
    pub name: String,
    /// No contact of who brings them: they are asked first.
    pub is_asked: bool,
}

/// Standing of a person in a group. Safe to repeat, and to come late.
#[derive(Debug, Serialize, Deserialize)]
pub struct MembershipCall {
    /// Canonical room id.
    pub room: String,
    /// Grows with every change in the group.
    pub version: u64,
    /// Standing of the person; `None` when they have none any more.
    pub standing: Option<Membership>,
    /// Role of the person.
    pub role: Role,
    /// The group's name.
    pub name: String,
    /// User id of the person who brought them in.
    pub by: String,
    /// Display name of the person who brought them in.
    pub by_name: String,
    /// The room as JSON text, for `room_added`.
    pub room_json: String,
    /// Only who is in it knows of it: its members may see each other.
    #[serde(default)]
    pub is_private: bool,
}

/// One group of a person, as their own object knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupRow {
    /// Canonical room id.
    pub room: String,
    /// They were asked and have not answered.
    pub is_pending: bool,
    /// The group's name when they were told of it last.
    pub name: String,
    /// User id of the person who asked them in.
    pub by: String,
    /// Display name of the person who asked them in.
    pub by_name: String,
    /// Time at which their standing last changed; 0 for a group of which they know nothing.
    #[serde(default)]
    pub at: u64,
}

impl GroupRow {
    /// A group of which the person's object knows nothing: a public one that they did not enter for good.
    pub fn of(room: impl ToString) -> Self {
        let (room, name, by, by_name) = (room.to_string(), String::new(), String::new(), String::new());
        Self { room, is_pending: false, name, by, by_name, at: 0 }
    }
}

/// State of a public group, for the directory.
#[derive(Debug, Serialize, Deserialize)]
pub struct PublicGroupCall {
    /// Room id.
    pub room: String,
    /// Grows with every change in the group.
    pub version: u64,
    /// Name.
    pub name: String,
    /// People in it.
    pub member_count: usize,
    /// It is no more.
    pub is_gone: bool,
}

/// Search for public groups by a part of their names.
#[derive(Debug, Serialize, Deserialize)]
pub struct FindGroupsCall {
    /// Part of a name, in its comparable form; empty finds all.
    pub part: String,
    /// Only those that come after this one.
    pub after: Option<(u64, String)>,
    /// So many at most.
    pub limit: usize,
}
