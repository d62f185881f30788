//! Common parts of all changes of a group: its rows, the notifications for people's objects and the directory, and the event. The changes
//! themselves are in `members`.

use std::rc::Rc;

use super::group::{DIRECTORY, Group, Member, Membership, Role};
use super::group_change::Actor;
use super::notification::Notification;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::codec::json::json_text;
use crate::log::Appended;
use crate::words::event::{Draft, Kind, Millis};
use crate::words::ids::{UserId, is_scripted, uuid_v7};
use crate::words::refusal::{Denied, Fault};

impl Room {
    // ---- rows

    /// Returns everybody who has to be notified of changes of the group.
    pub(super) fn known_people(&self) -> Vec<String> {
        let known = self.group.iter().flat_map(|group| group.members.values());
        known.filter(|member| member.standing != Membership::Barred).map(|member| member.user.to_string()).collect()
    }

    /// Somebody who is in the group from now on, because of `by`; events up to `floor` do not exist for them.
    pub(super) fn new_member(&self, user: &UserId, name: &str, role: Role, by: &str, floor: u64) -> Member {
        Member {
            user: user.clone(),
            name: name.to_owned(),
            role,
            standing: Membership::Member,
            by: by.to_owned(),
            floor,
            order: self.version(),
            is_shown: false,
        }
    }

    pub(super) fn put_member(&mut self, store: &mut impl RoomStore, member: Member) -> Result<(), Fault> {
        store.save_member(&member)?;
        if let Some(group) = &mut self.group {
            group.members.insert(member.user.as_str().to_owned(), member);
        }
        Ok(())
    }

    pub(super) fn forget_member(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Denied> {
        step.store.remove_member(user)?;
        self.absent.remove(user);
        if let Some(group) = &mut self.group {
            group.members.remove(user);
        }
        self.notify_person(step, user)
    }

    pub(super) fn version(&self) -> u64 {
        self.group.as_ref().map_or(0, |group| group.record.version)
    }

    pub(super) fn bump(&mut self, store: &mut impl RoomStore) -> Result<u64, Fault> {
        let Some(group) = &mut self.group else {
            return Err(Fault("a notification without a group".into()));
        };
        group.record.version += 1;
        store.save_group(&group.record)?;
        Ok(group.record.version)
    }

    /// Adds an outbox notification for the object of a person, or for the directory, in this step's transaction.
    pub(super) fn notify_person(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Denied> {
        if is_scripted(user) {
            return Ok(());
        }
        let version = self.bump(step.store)?;
        step.store.notification_add(user, version, step.now)?;
        step.out.outbox_filled = true;
        Ok(())
    }

    /// Public groups are found through the directory (`core.md` 1.1).
    pub(super) fn notify_directory(&mut self, step: &mut Step<'_, impl RoomStore>) -> Result<(), Denied> {
        if self.group.as_ref().is_some_and(Group::is_public) {
            self.notify_person(step, DIRECTORY)?;
        }
        Ok(())
    }

    // ---- events

    /// Stores and sends an event of the group. The logs of public groups contain only messages of people (`messenger.md` 5.4).
    pub(super) fn say(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        by: &Actor,
        code: &str,
        about: &[(&str, &str)],
    ) -> Result<(), Denied> {
        if self.group.as_ref().is_none_or(Group::is_public) {
            return Ok(());
        }
        self.note(step, by, code, about)
    }

    pub(super) fn note(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        by: &Actor,
        code: &str,
        about: &[(&str, &str)],
    ) -> Result<(), Denied> {
        self.note_with(step, by, note_body(code, about))
    }

    /// Stores and sends a note with this body.
    pub(super) fn note_with(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        by: &Actor,
        body: String,
    ) -> Result<(), Denied> {
        let draft = Draft {
            id: self.fresh_id(step.store, step.now)?,
            actor: Some(by.user.as_str().to_owned()),
            session: None,
            name: by.name.clone(),
            kind: Kind::System,
            body,
        };
        if let Appended::New(event) = self.log.append(step.store, step.now, draft, |_| Ok(()))? {
            self.bytes_written += event.body.len() as u64;
            step.out.everybody(Notification::Event { event: Rc::new(event), quiet: false });
        }
        Ok(())
    }

    /// An id for an event of the room itself: the same for the same place, and not one that is taken.
    fn fresh_id(&self, store: &impl RoomStore, now: Millis) -> Result<String, Fault> {
        for attempt in 0_u32.. {
            let seed = format!("{} {} {attempt}", self.log.epoch(), self.log.head() + 1);
            let digest = crate::people::session::hash_hex(&seed);
            let mut random = [0; 16];
            for (byte, pair) in random.iter_mut().zip(digest.as_bytes().chunks(2)) {
                let pair = std::str::from_utf8(pair).unwrap_or("0");
                *byte = u8::from_str_radix(pair, 16).unwrap_or(0);
            }
            let id = uuid_v7(now, random);
            if store.find(&id)?.is_none() {
                return Ok(id);
            }
        }
        Err(Fault("no id is free".into()))
    }
}

pub(super) fn note_body(code: &str, about: &[(&str, &str)]) -> String {
    let mut body = format!("{{\"code\":{}", json_text(code));
    for (name, value) in about {
        body.push_str(&format!(",\"{name}\":{}", json_text(value)));
    }
    body.push('}');
    body
}
