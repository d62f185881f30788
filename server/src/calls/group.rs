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

#[derive(Debug, Serialize, Deserialize)]
pub struct InvitedCall {
    pub room: String,
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

#[derive(Debug, Serialize, Deserialize)]
pub struct MakeGroupCall {
    pub by: Actor,
    pub plan: NewGroup,
    #[serde(default)]
    pub trace: Trace,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeGroupCall {
    pub by: Actor,
    pub change: GroupChange,
    #[serde(default)]
    pub trace: Trace,
}

/// Summary of a room's group, for somebody who may know of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupSummary {
    pub name: String,
    pub topic: String,
    pub visibility: Visibility,
    pub member_count: usize,
    /// Role of the asker; `None` when they are not in it.
    pub role: Option<Role>,
}

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
    pub user: UserId,
    /// Display name when they came.
    pub name: String,
    /// Picture, of those who are here: nobody has to be asked how they look.
    pub avatar: Option<String>,
    pub role: Role,
    /// They were asked and have not answered.
    pub is_pending: bool,
    /// They are a guest, of those who are here.
    #[serde(default)]
    pub is_guest: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct AdmitCall {
    pub by: UserId,
    pub room: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdmitAnswer {
    pub name: String,
    /// No contact of who brings them: they are asked first.
    pub is_asked: bool,
}

/// Standing of a person in a group. Safe to repeat, and to come late.
#[derive(Debug, Serialize, Deserialize)]
pub struct MembershipCall {
    pub room: String,
    /// Grows with every change in the group.
    pub version: u64,
    /// Standing of the person; `None` when they have none any more.
    pub standing: Option<Membership>,
    pub role: Role,
    pub name: String,
    /// User id of the person who brought them in.
    pub by: String,
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
    pub room: String,
    /// They were asked and have not answered.
    pub is_pending: bool,
    /// The group's name when they were told of it last.
    pub name: String,
    /// User id of the person who asked them in.
    pub by: String,
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

#[derive(Debug, Serialize, Deserialize)]
pub struct PublicGroupCall {
    pub room: String,
    /// Grows with every change in the group.
    pub version: u64,
    pub name: String,
    pub member_count: usize,
    pub is_gone: bool,
}

/// Search for public groups by a part of their names.
#[derive(Debug, Serialize, Deserialize)]
pub struct FindGroupsCall {
    /// Part of a name, in its comparable form; empty finds all.
    pub part: String,
    /// Only those that come after this one.
    pub after: Option<(u64, String)>,
    pub limit: usize,
}
