//! Roles in a group in the storm, and the end of a group (`people.md` 2).
//!
//! The events of a group decide all roles. The stored roles must agree, however often the object died, and they alone decide what a person
//! may do. The log of a public group has no such events (`messenger.md` 5.4): there, the accepted changes decide, and no change is stored
//! in half. Of a deleted group only the deletion is stored: nothing is written or waits, and no person is let in.

use std::collections::BTreeSet;

use protocol::client::ConnectionState;
use protocol::codec::json::Value;
use protocol::log::LogStore;
use protocol::machines::room::{ChangeStore, GONE_CODE, Group, GroupChange, Membership, Role, RoomStore};
use protocol::words::event::{Event, Kind};

use super::broken::Broken;
use super::device::Device;
use super::disk::Mutant;
use super::users::{USERS, user};
use super::world::{Roles, World};

impl World {
    /// Records a committed event of the group.
    pub(super) fn note_role(&mut self, event: &Event) {
        let Some(body) = Value::parse(&event.body).filter(|_| event.kind == Kind::System) else {
            return;
        };
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let (actor, about) = (event.actor.clone().unwrap_or_default(), text("userId").unwrap_or_default());
        match text("code").as_deref() {
            Some("created") => drop(self.roles.insert(actor, Role::Owner)),
            Some("member_added") => drop(self.roles.insert(about, Role::Member)),
            Some("member_joined") => drop(self.roles.insert(actor, Role::Member)),
            Some("member_left") => drop(self.roles.remove(&actor)),
            Some("member_removed") => drop(self.roles.remove(&about)),
            Some("role") => drop(text("role").and_then(|role| self.roles.insert(about, Role::parse(&role)?))),
            _ => {}
        }
    }

    /// Lets a random person, allowed or not, set a role, remove a person or change the description.
    pub(super) fn stir_roles(&mut self, owner: &str) -> Result<(), Broken> {
        let (first, second) = (self.dice.up_to(2) as usize, self.dice.up_to(2) as usize);
        let (by, picked) = (if self.dice.chance(50) { owner } else { USERS[first] }, USERS[second]);
        let change = match self.dice.up_to(9) {
            0..=5 => {
                let role = [Role::Admin, Role::Admin, Role::Member, Role::Owner][self.dice.up_to(3) as usize];
                GroupChange::SetRole { user: user(picked), role }
            }
            6..=7 if by != picked => GroupChange::Remove { user: user(picked) },
            // Deletion by the owner is a step of its own.
            8 if by != owner => GroupChange::Delete,
            _ => GroupChange::Describe { name: None, topic: Some(format!("Since {}", self.now)) },
        };
        self.change_group(by, &change)
    }

    /// Returns `true` if a person may make this change, by the recorded roles and removals. Only invitations come from the store, because
    /// no log has them.
    pub(super) fn may(&self, group: &Group, by: &str, change: &GroupChange) -> bool {
        let role_of = |name: &str| self.roles.get(name).copied();
        let invited = |name: &str| group.find(name).filter(|member| member.standing == Membership::Invited);
        let own = role_of(by);
        let leads = own.is_some_and(|role| role <= Role::Admin);
        match change {
            GroupChange::Describe { .. } => leads,
            // Only members who may remove others can add a removed person again.
            GroupChange::Add { people } => {
                let is_open = people.iter().all(|newcomer| !self.barred.contains(newcomer.user.as_str()));
                leads || own.is_some() && is_open
            }
            GroupChange::Enter if self.is_public_group => !self.barred.contains(by),
            GroupChange::Enter => own.is_some() || invited(by).is_some(),
            GroupChange::SetRole { user, role } => {
                let target = role_of(user.as_str());
                own == Some(Role::Owner) && *role != Role::Owner && target.is_some_and(|target| target != Role::Owner)
            }
            GroupChange::Remove { user } if user.as_str() == by => own.is_some() || invited(by).is_some(),
            GroupChange::Remove { user } => match (role_of(user.as_str()), invited(user.as_str())) {
                (Some(target), _) => leads && target != Role::Owner,
                (None, Some(guest)) => leads || own.is_some() && guest.by == by,
                (None, None) => false,
            },
            GroupChange::Decline => invited(by).is_some(),
            GroupChange::Delete => own == Some(Role::Owner),
        }
    }

    /// Records a change of a public group, which was accepted, or whose result is unknown.
    pub(super) fn note_change(&mut self, by: &str, change: &GroupChange, is_known: bool) -> Result<(), Broken> {
        let Some(group) = self.stored_group().filter(|group| self.is_public_group && !group.record.is_deleted) else {
            return Ok(());
        };
        let mut roles = self.roles.clone();
        let mut barred = self.barred.clone();
        match change {
            GroupChange::Add { people } => {
                for newcomer in people.iter().filter(|newcomer| newcomer.user.as_str() != by) {
                    barred.remove(newcomer.user.as_str());
                    if !newcomer.is_asked {
                        roles.entry(newcomer.user.to_string()).or_insert(Role::Member);
                    }
                }
            }
            GroupChange::Enter => drop(roles.entry(by.to_owned()).or_insert(Role::Member)),
            GroupChange::SetRole { user, role } => drop(roles.insert(user.to_string(), *role)),
            GroupChange::Remove { user } => {
                let was_in = roles.remove(user.as_str());
                if was_in.is_some() && user.as_str() != by {
                    barred.insert(user.to_string());
                }
                // `check_roles` judges the choice of the next owner.
                let heir = group.people().find(|member| member.role == Role::Owner).map(|heir| heir.user.to_string());
                if let Some(heir) = heir.filter(|heir| was_in == Some(Role::Owner) && roles.contains_key(heir)) {
                    roles.insert(heir, Role::Owner);
                }
            }
            GroupChange::Describe { .. } | GroupChange::Decline | GroupChange::Delete => {}
        }
        let stored: Roles = group.people().map(|member| (member.user.to_string(), member.role)).collect();
        let sent_away = group.members.values().filter(|member| member.standing == Membership::Barred);
        let stored_barred: BTreeSet<String> = sent_away.map(|member| member.user.to_string()).collect();
        // The removal of a deleted person is forgotten.
        let is_there = |name: &String| !self.has_left(name);
        let stored_barred: BTreeSet<String> = stored_barred.into_iter().filter(is_there).collect();
        barred.retain(is_there);
        let is_done = stored == roles && (stored_barred == barred || self.object.mutant == Mutant::ForgetBarred);
        if is_done {
            (self.roles, self.barred) = (roles, barred);
        } else if is_known
            || stored != self.roles
            || !self.barred.iter().filter(|name| is_there(name)).eq(&stored_barred)
        {
            let before = (&self.roles, &self.barred);
            return Err(
                self.broken(format!("{change:?} by {by} of {before:?} led to {stored:?} and {stored_barred:?}"))
            );
        }
        Ok(())
    }

    /// Checks that the log of a public group has no event of the group itself, only messages.
    pub(super) fn check_note(&self, event: &Event) -> Result<(), Broken> {
        let is_note = event.kind == Kind::System && !event.body.contains(GONE_CODE);
        if self.is_public_group && is_note {
            return Err(self.broken(format!("who comes and goes is in the log: {event:?}")));
        }
        Ok(())
    }

    /// Checks that the stored roles agree with the log; `before` are the roles before a member left.
    pub(super) fn check_roles(&self, before: Option<&Roles>) -> Result<(), Broken> {
        let Some(group) = self.stored_group().filter(|group| !group.record.is_deleted) else {
            return Ok(());
        };
        let stored: Roles = group.people().map(|member| (member.user.to_string(), member.role)).collect();
        if stored != self.roles {
            return Err(self.broken(format!("the log tells of {:?}, and {stored:?} is stored", self.roles)));
        }
        let owner = |roles: &Roles| roles.iter().find(|(_, role)| **role == Role::Owner).map(|(name, _)| name.clone());
        let (Some(now), 1) = (owner(&stored), stored.values().filter(|role| **role == Role::Owner).count()) else {
            return Err(self.broken(format!("not one owner: {stored:?}")));
        };
        let Some(before) = before.filter(|before| owner(before).is_some_and(|former| former != now)) else {
            return Ok(());
        };
        // The owner left: an admin becomes owner before a plain member.
        let best = stored.keys().filter_map(|name| before.get(name)).min();
        if before.get(&now) == best {
            Ok(())
        } else {
            Err(self.broken(format!("of {before:?} {now} became the owner")))
        }
    }

    // ---- The end

    pub(super) fn is_gone(&self) -> bool {
        self.stored_group().is_some_and(|group| group.record.is_deleted)
    }

    /// Deletes the group by its owner; a single member does so by leaving.
    pub(super) fn end_group(&mut self) -> Result<(), Broken> {
        let owner = self.roles.iter().find(|(_, role)| **role == Role::Owner).map(|(name, _)| name.clone());
        let Some(owner) = owner.filter(|_| !self.is_gone() && !self.is_leaving()) else {
            return Ok(());
        };
        let is_left = self.roles.len() == 1 && self.dice.chance(50);
        let change = if is_left { GroupChange::Remove { user: user(&owner) } } else { GroupChange::Delete };
        self.change_group(&owner, &change)?;
        self.counters.ends += u64::from(self.is_gone());
        Ok(())
    }

    /// Checks that nothing is left of a deleted group.
    pub(super) fn check_gone(&self) -> Result<(), Broken> {
        let disk = &self.object.disk;
        let left = disk.read(1, u64::MAX, 1).unwrap_or_default();
        let (outbox, receipts) = (disk.outbox().unwrap_or_default(), disk.receipts().unwrap_or_default());
        let indexed = disk.rows.changes.indexed(1, u64::MAX).count();
        if !left.is_empty() || !outbox.is_empty() || !receipts.is_empty() || indexed > 0 {
            return Err(self.broken(format!("the group is gone, and {left:?}, {outbox:?}, {receipts:?} are stored")));
        }
        if let Some((user, entries)) = self.object.waiting.iter().find(|(_, entries)| !entries.is_empty()) {
            return Err(self.broken(format!("the group is gone, and {entries:?} waits for {user}")));
        }
        if let Some(socket) = self.object.sockets.keys().next() {
            return Err(self.broken(format!("the group is gone, and {socket} is open")));
        }
        let is_shut = |state| matches!(state, ConnectionState::Ended(4403 | 4404));
        let is_open = |page: &Device| !is_shut(page.client.connection()) && !self.has_left(&page.user);
        match self.devices.iter().position(is_open) {
            Some(device) => {
                let state = self.devices[device].client.connection();
                Err(self.broken(format!("the group is gone, and device {device} is {state:?}")))
            }
            None => self.check_notified(),
        }
    }
}
