//! Values and rules of a group: its members, their roles and permissions, and the position from which each may read (`messenger.md` 3,
//! `people.md` 2, `messenger.md` 4).
//!
//! Pure values and rules. The effects of a change on the log, the sockets and the stores are in `members`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::event::{Event, Kind, Millis};
use crate::words::ids::UserId;
use crate::words::limits::GROUP_MEMBERS_MAX;
use crate::words::principal::UserKind;
use crate::words::refusal::{Fault, Refusal};

crate::words! {
    /// Role of a member; the first has most permissions.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Role {
        /// Everything. There is exactly one.
        Owner = "owner",
        /// Describes the group and sends people away.
        Admin = "admin",
        /// Reads, writes and brings people in.
        Member = "member",
    }
}

crate::words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Membership {
        Member = "member",
        /// Was asked and has not answered (`people.md` 2). Keeps a place, so that a yes is never too late.
        Invited = "invited",
        /// Was sent away from a public group and does not come back by itself.
        Barred = "barred",
    }
}

crate::words! {
    /// Visibility of a group: the people who can find and join it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Visibility {
        Public = "public",
        /// Its members only: for all others it does not exist.
        Private = "private",
    }
}

/// Person who is a member of a group, or may become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub user: UserId,
    /// Display name when they were brought in.
    pub name: String,
    pub role: Role,
    pub standing: Membership,
    /// User id of the person who added or invited them.
    pub by: String,
    /// Events up to this position do not exist for them.
    pub floor: u64,
    /// Grows in the order of joining, to find the oldest member (`people.md` 2).
    pub order: u64,
    /// Others were notified that they are here (`messenger.md` 5.4 *joined/left*).
    pub is_shown: bool,
}

impl Member {
    pub fn is_in(&self) -> bool {
        self.standing == Membership::Member
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    pub name: String,
    /// Topic; may be empty.
    pub topic: String,
    pub visibility: Visibility,
    /// The group was deleted; the row stays until everybody was notified, and to reserve its id.
    pub is_deleted: bool,
    /// Grows with every change of the members or the record, so that a late notification does not undo a newer one.
    pub version: u64,
    /// Digest of what it was made of.
    pub made_of: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub record: GroupRecord,
    /// By user id.
    pub members: BTreeMap<String, Member>,
}

/// Notification that a person's object or the directory has to get: the state of `about` as it is now (`core.md` 1.1, outbox).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupNotification {
    /// User id; empty for the directory.
    pub about: String,
    /// The record's version when it happened.
    pub version: u64,
    /// Time of the next try.
    pub due_at: Millis,
    pub tries: u32,
}

/// [`GroupNotification::about`] of the directory.
pub const DIRECTORY: &str = "";

pub trait GroupStore {
    /// The group; `None` when the room is none.
    fn group(&self) -> Result<Option<Group>, Fault>;
    /// Creates or changes the record.
    fn save_group(&mut self, record: &GroupRecord) -> Result<(), Fault>;
    /// Creates or changes one person.
    fn save_member(&mut self, member: &Member) -> Result<(), Fault>;
    /// Forgets one person, and what waits in the outbox for them.
    fn remove_member(&mut self, user: &str) -> Result<(), Fault>;
    /// Lets go of all events, people and waiting messages of a group that was deleted.
    fn erase(&mut self) -> Result<(), Fault>;
    /// Adds a notification of `about`, in place of an earlier one.
    fn notification_add(&mut self, about: &str, version: u64, due_at: Millis) -> Result<(), Fault>;
    fn notifications(&self) -> Result<Vec<GroupNotification>, Fault>;
    /// Removes the notification of `about` up to `version`; a newer one stays.
    fn notification_done(&mut self, about: &str, version: u64) -> Result<(), Fault>;
    /// Schedules the notification again at `due_at` after a failure.
    fn notification_retry(&mut self, about: &str, due_at: Millis) -> Result<(), Fault>;
}

impl Group {
    /// The person, however they stand to the group.
    pub fn find(&self, user: &str) -> Option<&Member> {
        self.members.get(user)
    }

    /// The person, if they are in the group.
    pub fn member(&self, user: &str) -> Option<&Member> {
        self.find(user).filter(|member| member.is_in() && !self.record.is_deleted)
    }

    pub fn people(&self) -> impl Iterator<Item = &Member> {
        self.members.values().filter(|member| member.is_in())
    }

    /// Returns the people whom `by` has invited and who have not answered, and those of `others` whom an invitation would not change.
    pub fn invited_by(&self, by: &str, others: &[UserId]) -> Vec<UserId> {
        let known = self.members.values().filter(|member| match member.standing {
            Membership::Invited => member.by == by || others.contains(&member.user),
            Membership::Member => others.contains(&member.user),
            Membership::Barred => false,
        });
        known.map(|member| member.user.clone()).collect()
    }

    /// Returns the role of `user`; `None` when they are not in the group.
    pub fn role_of(&self, user: &str) -> Option<Role> {
        self.member(user).map(|member| member.role)
    }

    /// Returns `true` if the group exists for everybody.
    pub fn is_public(&self) -> bool {
        self.record.visibility == Visibility::Public
    }

    /// Returns the position up to which events do not exist for `user`; refused if the group is closed to them.
    pub fn floor_for(&self, user: &str) -> Result<u64, Refusal> {
        if self.record.is_deleted {
            return Err(Refusal::NotFound);
        }
        match self.find(user).map(|member| member.standing) {
            Some(Membership::Barred) => Err(Refusal::Forbidden),
            _ if self.is_public() => Ok(0),
            Some(Membership::Member) => Ok(self.find(user).map_or(0, |member| member.floor)),
            Some(Membership::Invited) | None => Err(Refusal::NotFound),
        }
    }

    /// Returns `true` if an event belongs into the inbox of an absent member: messages since the member joined, not membership events.
    pub fn brings_to(&self, user: &str, event: &Event) -> bool {
        event.kind != Kind::System && self.member(user).is_some_and(|member| event.seq > member.floor)
    }

    /// Returns the role of a person who wants to change something: a private group does not exist for people outside of it.
    pub(super) fn acting_role(&self, user: &str) -> Result<Role, Refusal> {
        let stranger = if self.is_public() && !self.record.is_deleted { Refusal::Forbidden } else { Refusal::NotFound };
        self.role_of(user).ok_or(stranger)
    }

    /// Refuses a person who may not change name and topic.
    pub(super) fn check_describes(&self, user: &str) -> Result<(), Refusal> {
        allow(self.acting_role(user)? <= Role::Admin)
    }

    /// Refuses everybody but the owner.
    pub(super) fn check_owns(&self, user: &str) -> Result<(), Refusal> {
        allow(self.acting_role(user)? == Role::Owner)
    }

    /// Refuses to remove `user`: admins may remove others, but not the owner; the inviter may also withdraw an invitation.
    pub(super) fn check_sends_away(&self, by: &str, user: &str) -> Result<(), Refusal> {
        let role = self.acting_role(by)?;
        let target = self.find(user).filter(|member| member.standing != Membership::Barred).ok_or(Refusal::NotFound)?;
        let is_own_guest = target.standing == Membership::Invited && target.by == by;
        allow(is_own_guest || (role <= Role::Admin && target.role != Role::Owner))
    }

    /// Checks that `count` more people fit (`messenger.md` 12). Invited people count as well.
    pub(super) fn check_fits(&self, count: usize) -> Result<(), Refusal> {
        let places = self.members.values().filter(|member| member.standing != Membership::Barred).count();
        if places + count > GROUP_MEMBERS_MAX { Err(Refusal::RoomFull) } else { Ok(()) }
    }

    /// Returns the next owner when the owner leaves: the oldest admin, else the oldest member (`people.md` 2). A bot, whom anybody brings in and
    /// who never leaves, is none.
    pub(super) fn heir(&self, leaving: &str) -> Option<String> {
        let is_bot = |member: &Member| UserKind::of_id(member.user.as_str()) == UserKind::Bot;
        let others = self.people().filter(|member| member.user.as_str() != leaving && !is_bot(member));
        others.min_by_key(|member| (member.role, member.order)).map(|member| member.user.as_str().to_owned())
    }
}

fn allow(is_allowed: bool) -> Result<(), Refusal> {
    if is_allowed { Ok(()) } else { Err(Refusal::Forbidden) }
}

/// Rows of a group in memory, for tests and the simulator.
#[derive(Clone, Debug, Default)]
pub struct MemoryGroup {
    pub(super) group: Option<Group>,
    pub(super) notifications: BTreeMap<String, GroupNotification>,
}
