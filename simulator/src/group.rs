//! A group in the storm: members come and go, and a person who returns finds the way in again.
//!
//! Events may be read by the members at the time of the commit, and in a public group by everybody who was not removed. The checks know
//! nothing else of groups.

use std::collections::BTreeSet;

use protocol::client::{ConnectionState, Input};
use protocol::machines::room::{
    Actor, Group, GroupChange, GroupStore, Membership, NewGroup, Newcomer, Role, Room, RoomSettings, Visibility,
};
use protocol::words::refusal::Refusal;

use super::broken::Broken;
use super::users::{USERS, user};
use super::world::{ScheduledEvent, World};

fn actor(name: &str) -> Actor {
    Actor { user: user(name), name: name.to_owned() }
}

fn newcomer(name: &str, is_asked: bool) -> Newcomer {
    Newcomer { user: user(name), name: name.to_owned(), is_asked, by_invite: false }
}

impl World {
    /// Returns the stored group; `None` if the room is no group.
    pub(super) fn stored_group(&self) -> Option<Group> {
        self.object.disk.rows.group().unwrap_or_default()
    }

    /// Returns the present members of the group; `None` if the room is no group.
    pub(super) fn readers(&self) -> Option<BTreeSet<String>> {
        self.stored_group().map(|group| group.people().map(|member| member.user.to_string()).collect())
    }

    /// Returns the only people who may read a new event; `None` if everybody may.
    pub(super) fn only_readers(&self) -> Option<BTreeSet<String>> {
        self.readers().filter(|_| !self.is_public_group)
    }

    /// Returns the position in the log at which a person joined the group.
    pub(super) fn joined_at(&self, name: &str) -> u64 {
        self.stored_group().and_then(|group| group.member(name).map(|member| member.floor)).unwrap_or(0)
    }

    /// Makes the group with all people before the run.
    pub(super) fn found_group(&mut self) {
        let settings = RoomSettings::default();
        let Ok(mut room) = Room::open(self.object.id.clone(), settings, &mut self.object.disk, 0x1000_0000) else {
            return;
        };
        let people = USERS[1..].iter().map(|name| newcomer(name, false)).collect();
        let visibility = if self.is_public_group { Visibility::Public } else { Visibility::Private };
        let plan = NewGroup { name: "Crew".to_owned(), visibility, people };
        let (by, mut out) = (actor(USERS[0]), protocol::machines::room::Outbound::default());
        let made = room.make_group(&mut self.object.disk, 1, &by, &plan, &mut out);
        assert!(made.is_ok(), "the group of the simulator can be made: {made:?}");
        if self.is_public_group {
            let role = |name: &str| if name == USERS[0] { Role::Owner } else { Role::Member };
            self.roles = USERS.iter().map(|name| ((*name).to_owned(), role(name))).collect();
        }
    }

    /// Adds or removes a person, or renames the group.
    pub(super) fn stir_group(&mut self) -> Result<(), Broken> {
        let Some(group) = self.stored_group().filter(|group| !group.record.is_deleted && !self.is_leaving()) else {
            return Ok(());
        };
        let owner = group.people().find(|member| member.role == Role::Owner);
        let Some(owner) = owner.map(|member| member.user.to_string()) else {
            return Err(self.broken("the group has no owner"));
        };
        if self.dice.chance(35) {
            return self.stir_roles(&owner);
        }
        let picked = USERS[self.dice.up_to(2) as usize];
        if self.has_left(picked) {
            return Ok(());
        }
        let others = group.people().count() > 1;
        let (by, change) = match group.find(picked).map(|member| member.standing) {
            Some(Membership::Invited) => (picked, GroupChange::Enter),
            None | Some(Membership::Barred) if self.is_public_group && self.dice.chance(60) => {
                (picked, GroupChange::Enter)
            }
            None | Some(Membership::Barred) => {
                let people = vec![newcomer(picked, self.dice.chance(30))];
                (owner.as_str(), GroupChange::Add { people })
            }
            _ if picked != owner && self.dice.chance(50) => {
                (owner.as_str(), GroupChange::Remove { user: user(picked) })
            }
            _ if others && self.dice.chance(40) => (picked, GroupChange::Remove { user: user(picked) }),
            _ => {
                let name = Some(format!("Crew {}", self.now));
                (owner.as_str(), GroupChange::Describe { name, topic: None })
            }
        };
        self.change_group(by, &change)
    }

    /// Adds everybody again, because the storm is over.
    pub(super) fn gather_group(&mut self) -> Result<(), Broken> {
        while let Some(group) = self.stored_group() {
            let owner = group.people().find(|member| member.role == Role::Owner);
            let missing = USERS.iter().find(|name| group.member(name).is_none() && !self.has_left(name));
            let (Some(owner), Some(missing)) = (owner, missing) else {
                return Ok(());
            };
            let by = owner.user.to_string();
            self.change_group(&by, &GroupChange::Add { people: vec![newcomer(missing, false)] })?;
        }
        Ok(())
    }

    /// Changes the group. Checks that the change succeeds for people who may make it, and is refused to all others.
    pub(super) fn change_group(&mut self, by: &str, change: &GroupChange) -> Result<(), Broken> {
        self.end_turn()?;
        self.trace.say(self.now, || format!("{by}: {change:?}"));
        let Some(group) = self.stored_group() else { return Ok(()) };
        let (may, before) = (self.may(&group, by, change), self.roles.clone());
        let acting = actor(by);
        // A change that may delete the group removes rows.
        let may_end = matches!(change, GroupChange::Remove { .. } | GroupChange::Delete);
        let step =
            self.step(may_end, |room, disk, now, out| room.change_group(disk, now, &acting, change, out), None)?;
        match step {
            Some(Err(Refusal::Forbidden | Refusal::NotFound)) if !may => self.counters.forbidden += 1,
            Some(Err(refusal)) => {
                let promise = format!("{change:?} by {by} was refused with {}: {before:?}", refusal.code());
                return Err(self.broken(promise));
            }
            Some(Ok(())) if !may => return Err(self.broken(format!("{by} may do {change:?}: {before:?}"))),
            Some(Ok(())) => self.note_change(by, change, true)?,
            None => self.note_change(by, change, false)?,
        }
        // A person who has left the group is owed nothing more.
        if let Some(people) = self.readers() {
            self.object.owed_inbox.retain(|(user, _)| people.contains(user));
            self.object.owed_entries.retain(|(user, _)| people.contains(user));
            self.object.seen.retain(&people);
            if !self.is_gone() {
                self.object.waiting.retain(|user, _| people.contains(user));
            }
        }
        self.check_roles(Some(&before))
    }

    /// Sends memberships to people's objects, or fails to.
    pub(super) fn deliver_notifications(&mut self) -> Result<(), Broken> {
        for notification in self.object.disk.notifications().unwrap_or_default() {
            if notification.due_at > self.now {
                continue;
            }
            let is_taken = !self.is_stormy() || self.dice.chance(60);
            let settled = if is_taken {
                let is_in = self.readers().is_some_and(|people| people.contains(&notification.about));
                self.object.notified.insert(notification.about.clone(), is_in);
                if !is_in {
                    self.object.waiting.remove(&notification.about);
                }
                for device in 0..self.devices.len() {
                    if is_in && self.devices[device].user == notification.about {
                        self.after(self.now + 50, ScheduledEvent::Rejoin { device });
                    }
                }
                self.object.disk.notification_done(&notification.about, notification.version)
            } else {
                let due_at = self.now + protocol::words::retry::retry_delay_ms(notification.tries);
                self.object.disk.notification_retry(&notification.about, due_at)
            };
            settled.map_err(|fault| self.broken(fault.to_string()))?;
        }
        Ok(())
    }

    /// Reconnects a page. If its conversation was closed to the person, it first checks the membership, and the person sends again what the
    /// room did not take. If another socket of its own replaced it, it just reconnects.
    pub(super) fn rejoin(&mut self, device: usize) -> Result<(), Broken> {
        if let Some(until) = self.devices[device].asleep_until {
            self.after(until + 1, ScheduledEvent::Rejoin { device });
            return Ok(());
        }
        let is_in = self.readers().is_some_and(|people| people.contains(&self.devices[device].user));
        let comes = match self.devices[device].client.connection() {
            ConnectionState::Ended(4403 | 4404) => is_in,
            ConnectionState::Ended(4409) => true,
            _ => false,
        };
        if comes {
            self.feed(device, Input::Open)?;
        }
        if !is_in {
            return Ok(());
        }
        let failed = self.devices[device].storage.outbox.iter().filter(|entry| entry.failed.is_some());
        let failed: Vec<String> = failed.map(|entry| entry.id.clone()).collect();
        self.devices[device].sent_again.extend(failed.iter().cloned());
        failed.into_iter().try_for_each(|id| self.feed(device, Input::Retry { id }))
    }

    /// Returns `true` if the conversation is closed to the person of this page.
    pub(super) fn is_shut_out(&self, device: usize) -> bool {
        matches!(self.devices[device].client.connection(), ConnectionState::Ended(4403 | 4404))
    }

    /// Returns `true` if messages of this page were not taken by a group.
    pub(super) fn is_failed(&self, device: usize) -> bool {
        self.readers().is_some() && self.devices[device].storage.outbox.iter().any(|entry| entry.failed.is_some())
    }

    /// Checks that people's objects know their memberships in the end, whatever calls were lost.
    pub(super) fn check_notified(&self) -> Result<(), Broken> {
        let Some(people) = self.readers() else {
            return Ok(());
        };
        match USERS.iter().find(|name| self.object.notified.get(**name).copied() != Some(people.contains(**name))) {
            Some(name) => Err(self.broken(format!("the object of {name} believes something else of the group"))),
            None => Ok(()),
        }
    }
}
