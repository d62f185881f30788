//! Who may do what in a group, and the end of one, in the storm (`messenger.md` 3.3).
//!
//! The events of a group, read from the first on, say who has which role: so it is stored, however often the object died, and what
//! somebody may or may not do is decided by that alone. Of a group that is gone nothing is stored but that it is gone, nothing is
//! said in it, nothing of it waits for anybody, and nobody is let in.

use std::collections::BTreeMap;

use super::Broken;
use super::device::Device;
use super::group::{USERS, user};
use super::world::World;
use crate::client::ConnectionState;
use crate::event::{Event, Kind};
use crate::json::Value;
use crate::log::LogStore;
use crate::room::{ChangeStore, Group, GroupChange, Role, RoomStore, Standing};

/// Who has which role, as the log tells it.
pub(super) type Roles = BTreeMap<String, Role>;

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
            // Whoever owns it ends it in its own time.
            8 if by != owner => GroupChange::Delete,
            _ => GroupChange::Describe { name: None, topic: Some(format!("Since {}", self.now)) },
        };
        self.change_group(by, &change)
    }

    /// Whether somebody may do this, by what the log says of roles; the store is asked for invitations only, of which no log tells.
    pub(super) fn may(&self, group: &Group, by: &str, change: &GroupChange) -> bool {
        let role_of = |name: &str| self.roles.get(name).copied();
        let invited = |name: &str| group.find(name).filter(|member| member.standing == Standing::Invited);
        let own = role_of(by);
        let leads = own.is_some_and(|role| role <= Role::Admin);
        match change {
            GroupChange::Describe { .. } => leads,
            GroupChange::Add { .. } => own.is_some(),
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

    /// What is stored of roles is what the log tells; `before`, if somebody just left, is what it told until then.
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

    /// Whether this was a group, and is none any more.
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
        self.tally.ends += u64::from(self.is_gone());
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
            None => self.check_told(),
        }
    }
}
