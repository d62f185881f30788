//! Roles in a group, and the end of a group, in the storm (`people.md` 2).
//!
//! The events of a group, read from the first on, say who has which role: so it is stored, however often the object died, and what
//! somebody may or may not do is decided by that alone. A group that everybody may read tells nothing of it in its log
//! (`messenger.md` 5.4): there it is what was done, and half of nothing is ever stored. Of a group that is gone nothing is stored but that it is
//! gone, nothing is said in it, nothing of it waits for anybody, and nobody is let in.

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
    /// An event of the group was committed.
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

    /// Somebody, not always somebody who may, gives a role, sends somebody away or describes the group.
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

    /// Returns `true` when somebody may do this, by the roles and removals that were noted. The store is asked for invitations only: no log has them.
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
            GroupChange::Delete => own == Some(Role::Owner),
        }
    }

    /// In a group that everybody may read: `change` was taken, or it is not known whether it was.
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
            GroupChange::Describe { .. } | GroupChange::Delete => {}
        }
        let stored: Roles = group.people().map(|member| (member.user.to_string(), member.role)).collect();
        let sent_away = group.members.values().filter(|member| member.standing == Membership::Barred);
        let stored_barred: BTreeSet<String> = sent_away.map(|member| member.user.to_string()).collect();
        // Of whoever goes for good that is forgotten.
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

    /// Checks that the log of a group that everybody may read has no event of the group itself: it is for what people say.
    pub(super) fn check_note(&self, event: &Event) -> Result<(), Broken> {
        let is_note = event.kind == Kind::System && !event.body.contains(GONE_CODE);
        if self.is_public_group && is_note {
            return Err(self.broken(format!("who comes and goes is in the log: {event:?}")));
        }
        Ok(())
    }

    /// Checks that the stored roles are those that the log tells; `before`, if somebody just left, is what it told until then.
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
        // The owner went: whoever led with them goes before those who did not.
        let best = stored.keys().filter_map(|name| before.get(name)).min();
        if before.get(&now) == best {
            Ok(())
        } else {
            Err(self.broken(format!("of {before:?} {now} became the owner")))
        }
    }

    // ---- the end

    /// Returns `true` when this was a group, and is none any more.
    pub(super) fn is_gone(&self) -> bool {
        self.stored_group().is_some_and(|group| group.record.is_deleted)
    }

    /// The owner ends the group; whoever is alone in it does so by leaving.
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

    /// Of a group that is gone nothing is left.
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
