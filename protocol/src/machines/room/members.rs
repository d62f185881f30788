//! Members of a group: creating a group, joining and leaving, permissions (`messenger.md` 3, `people.md` 2).
//!
//! Every change is one step: rows, an event, the sockets of removed members, and the outbox notifications for people's objects. Rules are in
//! `group`.

use super::group::{Group, GroupRecord, Member, Membership, Role};
use super::group_change::{Actor, GroupChange, NewGroup, Newcomer};
use super::notification::Notification;
use super::outbound::Outbound;
use super::programs::ProgramsEnd;
use super::state::{Live, Room};
use super::step::Step;
use super::store::RoomStore;
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::ids::{RoomForm, UserId};
use crate::words::refusal::{Denied, Refusal};

impl Room {
    /// Creates the group. Its creator owns it. A repeated call gets the first answer again (`core.md` 3). Returns `true` if the group is
    /// new.
    pub fn make_group(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        by: &Actor,
        plan: &NewGroup,
        out: &mut Outbound,
    ) -> Result<bool, Denied> {
        let step = &mut Step { store, now, out };
        if *self.id.form() != RoomForm::Group {
            return Err(Refusal::Forbidden.into());
        }
        let made_of = plan.digest(by);
        if let Some(group) = &self.group {
            return if group.record.made_of == made_of { Ok(false) } else { Err(Refusal::IdReused.into()) };
        }
        let NewGroup { name, visibility, people } = plan;
        let record = GroupRecord {
            name: name.clone(),
            topic: String::new(),
            visibility: *visibility,
            is_deleted: false,
            version: 1,
            made_of,
        };
        let draft = Group { record, members: Default::default() };
        let others = newcomers_in(&draft, by, people);
        draft.check_fits(others.len() + 1)?;
        step.store.save_group(&draft.record)?;
        self.group = Some(draft);
        let owner = Member { order: 0, ..self.new_member(&by.user, &by.name, Role::Owner, by.user.as_str(), 0) };
        self.put_member(step.store, owner)?;
        self.notify_person(step, by.user.as_str())?;
        self.say(step, by, "created", &[("name", name)])?;
        step.out.act(by.user.as_str(), "room_create", self.id.as_str());
        for newcomer in others {
            self.bring_in(step, by, newcomer, 0)?;
            step.out.act(by.user.as_str(), "member_add", newcomer.user.as_str());
        }
        self.notify_directory(step)?;
        Ok(true)
    }

    /// Changes the group, if the actor may.
    pub fn change_group(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        by: &Actor,
        change: &GroupChange,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let before = self.version();
        let step = &mut Step { store, now, out };
        self.carry_out(step, by, change)?;
        if self.version() != before {
            self.tell_members(step.out);
        }
        Ok(())
    }

    /// Tells the members who are here that a public group has changed, because its log has no event about it.
    fn tell_members(&self, out: &mut Outbound) {
        let Some(group) = self.group.as_ref().filter(|group| group.is_public()) else { return };
        let is_member = |live: &Live| group.member(live.state.principal.user.as_str()).is_some();
        out.only(self.conns_where(|live| !live.state.lagging && is_member(live)), Notification::GroupChanged);
    }

    fn carry_out(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        by: &Actor,
        change: &GroupChange,
    ) -> Result<(), Denied> {
        let group = self.group.as_ref().filter(|group| !group.record.is_deleted).ok_or(Refusal::NotFound)?;
        let own = by.user.as_str();
        match change {
            GroupChange::Describe { name, topic } => {
                group.check_describes(own)?;
                self.describe(step, by, name.as_deref(), topic.as_deref())
            }
            GroupChange::Add { people } => self.add_people(step, by, people),
            GroupChange::Enter => {
                self.enter(step, by)?;
                step.out.act(own, "member_add", own);
                Ok(())
            }
            GroupChange::SetRole { user, role } => {
                group.check_owns(own)?;
                let target = group.member(user.as_str()).ok_or(Refusal::NotFound)?;
                if target.role == Role::Owner || *role == Role::Owner {
                    return Err(Refusal::Forbidden.into());
                }
                if target.role != *role {
                    self.give_role(step, by, user.as_str(), *role)?;
                    step.out.act(own, "role", user.as_str());
                }
                Ok(())
            }
            GroupChange::Remove { user } if user == &by.user => {
                self.quit(step, by)?;
                step.out.act(own, "member_remove", own);
                Ok(())
            }
            GroupChange::Decline => {
                if group.find(own).is_some_and(|member| member.standing == Membership::Invited) {
                    self.quit(step, by)?;
                    step.out.act(own, "member_remove", own);
                }
                Ok(())
            }
            GroupChange::Remove { user } => {
                group.check_sends_away(own, user.as_str())?;
                self.send_away(step, by, user)?;
                step.out.act(own, "member_remove", user.as_str());
                Ok(())
            }
            GroupChange::Delete => {
                group.check_owns(own)?;
                self.delete_group(step)?;
                step.out.act(own, "room_delete", self.id.as_str());
                Ok(())
            }
        }
    }

    /// Adds or invites people whose state changes, if the actor may do that.
    fn add_people(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        by: &Actor,
        people: &[Newcomer],
    ) -> Result<(), Denied> {
        let group = self.group.as_ref().ok_or(Refusal::NotFound)?;
        let others = newcomers_in(group, by, people);
        check_adds(group, by, people, &others)?;
        for newcomer in others {
            if !newcomer.is_asked {
                self.make_way_for(step, newcomer.user.as_str())?;
            }
            let floor = self.log.head();
            self.bring_in(step, by, newcomer, floor)?;
            // A person with an invite acts for themselves, from their own address.
            let who = if newcomer.by_invite { &newcomer.user } else { &by.user };
            step.out.act(who.as_str(), "member_add", newcomer.user.as_str());
        }
        self.notify_directory(step)
    }

    fn describe(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        by: &Actor,
        name: Option<&str>,
        topic: Option<&str>,
    ) -> Result<(), Denied> {
        let record = self.group.as_ref().map(|group| group.record.clone()).ok_or(Refusal::NotFound)?;
        let name = name.filter(|name| *name != record.name);
        let topic = topic.filter(|topic| *topic != record.topic);
        if name.is_none() && topic.is_none() {
            return Ok(());
        }
        let changed = GroupRecord {
            name: name.unwrap_or(&record.name).to_owned(),
            topic: topic.unwrap_or(&record.topic).to_owned(),
            version: record.version + 1,
            ..record
        };
        step.store.save_group(&changed)?;
        if let Some(group) = &mut self.group {
            group.record = changed;
        }
        if let Some(name) = name {
            self.say(step, by, "renamed", &[("name", name)])?;
        }
        if let Some(topic) = topic {
            self.say(step, by, "topic", &[("topic", topic)])?;
        }
        for user in self.known_people() {
            self.notify_person(step, &user)?;
        }
        self.notify_directory(step)
    }

    /// Adds or invites a person.
    fn bring_in(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        by: &Actor,
        newcomer: &Newcomer,
        floor: u64,
    ) -> Result<(), Denied> {
        let standing = if newcomer.is_asked { Membership::Invited } else { Membership::Member };
        let member = self.new_member(&newcomer.user, &newcomer.name, Role::Member, by.user.as_str(), floor);
        self.put_member(step.store, Member { standing, ..member })?;
        self.notify_person(step, newcomer.user.as_str())?;
        if standing == Membership::Member {
            let about = [("userId", newcomer.user.as_str()), ("userName", newcomer.name.as_str())];
            self.say(step, by, "member_added", &about)?;
        }
        Ok(())
    }

    /// Accepts an invitation, or joins a public group for good.
    fn enter(&mut self, step: &mut Step<'_, impl RoomStore>, by: &Actor) -> Result<(), Denied> {
        let group = self.group.as_ref().ok_or(Refusal::NotFound)?;
        let known = group.find(by.user.as_str());
        match known.map(|member| member.standing) {
            Some(Membership::Member) => return Ok(()),
            Some(Membership::Barred) => return Err(Refusal::Forbidden.into()),
            Some(Membership::Invited) => {}
            None if group.is_public() => group.check_fits(1)?,
            None => return Err(Refusal::NotFound.into()),
        }
        let brought_by = known.map_or_else(|| by.user.as_str().to_owned(), |member| member.by.clone());
        self.make_way_for(step, by.user.as_str())?;
        let member = self.new_member(&by.user, &by.name, Role::Member, &brought_by, self.log.head());
        self.put_member(step.store, member)?;
        self.notify_person(step, by.user.as_str())?;
        self.say(step, by, "member_joined", &[])?;
        self.notify_directory(step)
    }

    fn give_role(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        by: &Actor,
        user: &str,
        role: Role,
    ) -> Result<(), Denied> {
        let Some(member) = self.group.as_ref().and_then(|group| group.find(user)).cloned() else {
            return Err(Refusal::NotFound.into());
        };
        let name = member.name.clone();
        if role == Role::Member {
            self.end_programs_of(step, &ProgramsEnd::of_all(user))?;
        }
        self.put_member(step.store, Member { role, ..member })?;
        self.notify_person(step, user)?;
        let about = [("userId", user), ("userName", name.as_str()), ("role", role.as_str())];
        self.say(step, by, "role", &about)
    }

    /// Removes a person who leaves or declines. With the last member the group is deleted.
    fn quit(&mut self, step: &mut Step<'_, impl RoomStore>, by: &Actor) -> Result<(), Denied> {
        let group = self.group.as_ref().ok_or(Refusal::NotFound)?;
        let own = by.user.as_str();
        let member = group.find(own).filter(|member| member.standing != Membership::Barred);
        let member = member.ok_or(if group.is_public() { Refusal::Forbidden } else { Refusal::NotFound })?;
        if member.standing == Membership::Invited {
            return self.forget_member(step, own);
        }
        let was_owner = member.role == Role::Owner;
        let heir = group.heir(own);
        if heir.is_none() {
            return self.delete_group(step);
        }
        self.end_programs_of(step, &ProgramsEnd::of_all(own))?;
        self.forget_member(step, own)?;
        self.show_out(step.now, own, step.out);
        self.say(step, by, "member_left", &[])?;
        self.restore_presence(step, own)?;
        if let Some(heir) = heir.filter(|_| was_owner) {
            self.give_role(step, by, &heir, Role::Owner)?;
        }
        self.notify_directory(step)
    }

    fn send_away(&mut self, step: &mut Step<'_, impl RoomStore>, by: &Actor, user: &UserId) -> Result<(), Denied> {
        let group = self.group.as_ref().ok_or(Refusal::NotFound)?;
        let member = group.find(user.as_str()).cloned().ok_or(Refusal::NotFound)?;
        let is_public = group.is_public();
        self.end_programs_of(step, &ProgramsEnd::of_all(user.as_str()))?;
        self.forget_member(step, user.as_str())?;
        if member.standing == Membership::Invited {
            return Ok(());
        }
        if is_public {
            let barred = Member { role: Role::Member, standing: Membership::Barred, ..member.clone() };
            self.put_member(step.store, barred)?;
        }
        self.show_out(step.now, user.as_str(), step.out);
        let about = [("userId", user.as_str()), ("userName", member.name.as_str())];
        self.say(step, by, "member_removed", &about)?;
        self.restore_presence(step, user.as_str())?;
        self.notify_directory(step)
    }

    pub(super) fn delete_group(&mut self, step: &mut Step<'_, impl RoomStore>) -> Result<(), Denied> {
        for user in self.known_people() {
            self.notify_person(step, &user)?;
        }
        self.bump(step.store)?;
        let Some(group) = &mut self.group else {
            return Err(Refusal::NotFound.into());
        };
        group.record.is_deleted = true;
        group.members.clear();
        let record = group.record.clone();
        step.store.save_group(&record)?;
        step.store.erase()?;
        self.reload_log(step.store)?;
        self.pin = None;
        step.out.dead_letters_gone |= !self.own_bots.is_empty();
        self.own_bots.clear();
        self.absent.clear();
        for conn in self.conns_where(|_| true) {
            step.out.close(conn, CloseCode::Gone.code(), "this group is gone");
            self.leave(step.now, conn, step.out);
        }
        self.notify_directory(step)
    }
}

/// Returns those of `people` whose state changes, each once.
fn newcomers_in<'a>(group: &Group, by: &Actor, people: &'a [Newcomer]) -> Vec<&'a Newcomer> {
    let mut others: Vec<&Newcomer> = Vec::new();
    for newcomer in people {
        let is_twice = newcomer.user == by.user || others.iter().any(|known| known.user == newcomer.user);
        let changes_nothing = match group.find(newcomer.user.as_str()).map(|member| member.standing) {
            Some(Membership::Member) => true,
            Some(Membership::Invited) => newcomer.is_asked,
            Some(Membership::Barred) | None => false,
        };
        if !is_twice && !changes_nothing {
            others.push(newcomer);
        }
    }
    others
}

/// Refuses an actor who may not add these `people`, or if there is no place for the `others`, whose state changes.
fn check_adds(group: &Group, by: &Actor, people: &[Newcomer], others: &[&Newcomer]) -> Result<(), Refusal> {
    let standing = |newcomer: &Newcomer| group.find(newcomer.user.as_str()).map(|member| member.standing);
    let barred = others.iter().filter(|newcomer| standing(newcomer) == Some(Membership::Barred)).count();
    // An invite must not undo a later decision, whoever made it, and must not reveal it.
    let is_invite = people.iter().any(|newcomer| newcomer.by_invite);
    if is_invite && (barred > 0 || group.role_of(by.user.as_str()).is_none()) {
        return Err(Refusal::NotFound);
    }
    let role = group.acting_role(by.user.as_str())?;
    if role == Role::Member && barred > 0 {
        return Err(Refusal::Forbidden);
    }
    let fresh = others.iter().filter(|newcomer| standing(newcomer).is_none()).count();
    group.check_fits(fresh + barred)
}
