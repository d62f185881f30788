//! Calls to a room that is a group: creating and changing it, and its members (`messenger.md` 3). Rules are in `protocol`.

use std::rc::Rc;

use protocol::machines::room::{Group, Membership, Participant, Role};
use protocol::words::ids::{RoomForm, UserId};
use protocol::words::principal::Principal;
use protocol::words::refusal::{Denied, Refusal};

use crate::calls::group::{ChangeGroupCall, GroupSummary, InvitedCall, MakeGroupCall, People, PersonInGroup};
use crate::objects::room::deliveries::notifications;
use crate::objects::room::object::RoomObject;
use crate::runtime::call_error::CallError;

/// Creates a group. Returns `true` if it is new.
pub async fn make(object: &Rc<RoomObject>, call: &MakeGroupCall) -> Result<bool, CallError> {
    let id = object.id()?;
    object.wake(Some(&id))?;
    let is_new = object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.make_group(store, now, &call.by, &call.plan, out)
    })?;
    notifications::send_to(object, &call.by.user).await;
    Ok(is_new)
}

pub async fn change(object: &Rc<RoomObject>, call: &ChangeGroupCall) -> Result<(), CallError> {
    object.wake_by_id()?;
    object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.change_group(store, now, &call.by, &call.change, out)
    })?;
    notifications::send_to(object, &call.by.user).await;
    Ok(())
}

/// Lists the people whom a person has invited, and who have not answered, beside those whom the invitations of the call would not change.
pub fn invited(object: &RoomObject, call: &InvitedCall) -> Result<Vec<UserId>, CallError> {
    if !object.exists()? {
        return Ok(Vec::new());
    }
    object.wake_by_id()?;
    Ok(object.with(|room, _| {
        let Some(group) = room.group() else { return Ok(Vec::new()) };
        let repeats = call.makes_group.then(|| call.others.clone());
        Ok(repeats.unwrap_or_else(|| group.invited_by(call.by.as_str(), &call.others)))
    })?)
}

pub fn people(object: &Rc<RoomObject>, reader: &Principal) -> Result<People, CallError> {
    let id = object.id()?;
    if *id.form() != RoomForm::Group && !object.exists()? {
        return Ok(People::default());
    }
    object.wake_known(&id)?;
    Ok(object.with(|room, store| {
        room.floor_of(store, reader)?;
        if *id.form() != RoomForm::Group {
            let here = room.people_seen_by(reader.user.as_str()).into_iter().filter_map(here);
            return Ok(People { is_private: false, people: here.collect() });
        }
        let group = room.group().ok_or(Denied::Refused(Refusal::NotFound))?;
        let known = group.members.values().filter(|member| member.standing != Membership::Barred);
        let mut people: Vec<_> = known.collect();
        people.sort_by_key(|member| (!member.is_in(), member.role, member.order));
        let people = people.into_iter().map(|member| PersonInGroup {
            user: member.user.clone(),
            name: member.name.clone(),
            avatar: None,
            role: member.role,
            is_pending: !member.is_in(),
            is_guest: false,
        });
        Ok(People { is_private: !group.is_public(), people: people.collect() })
    })?)
}

fn here(participant: Participant) -> Option<PersonInGroup> {
    let Participant { user, name, avatar, is_guest, .. } = participant;
    let user = UserId::parse(&user).ok()?;
    Some(PersonInGroup { user, name, avatar: Some(avatar), role: Role::Member, is_pending: false, is_guest })
}

pub fn summary_of(group: &Group, user: &str) -> GroupSummary {
    GroupSummary {
        name: group.record.name.clone(),
        topic: group.record.topic.clone(),
        visibility: group.record.visibility,
        member_count: group.people().count(),
        role: group.role_of(user),
    }
}
