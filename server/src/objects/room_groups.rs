//! What may be asked of a room that is a group: making, changing, who is in it (`messenger.md` 3). Rules are in `protocol`.

use std::rc::Rc;

use protocol::ids::{RoomForm, RoomId};
use protocol::refusal::{Denied, Refusal};
use protocol::room::{Group, Standing};

use super::call::CallError;
use super::calls_group::{ChangeGroupCall, GroupSummary, MakeGroupCall, PeopleCall, PersonInGroup};
use super::room::RoomObject;

/// Makes sure that the room's memory is there. Groups do not come to be by being named (`messenger.md` 4).
pub(super) fn wake(object: &RoomObject, id: &RoomId) -> Result<(), CallError> {
    if *id.form() == RoomForm::Group && !object.exists()? {
        return Err(Refusal::NotFound.into());
    }
    object.wake(Some(id))?;
    Ok(())
}

pub(super) fn make(object: &Rc<RoomObject>, call: &MakeGroupCall) -> Result<(), CallError> {
    let id = RoomId::parse(&call.room, &object.config.rooms)?;
    object.wake(Some(&id))?;
    object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.make_group(store, now, &call.by, &call.plan, out)
    })?;
    Ok(())
}

pub(super) fn change(object: &Rc<RoomObject>, call: &ChangeGroupCall) -> Result<(), CallError> {
    let id = RoomId::parse(&call.room, &object.config.rooms)?;
    wake(object, &id)?;
    object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.change_group(store, now, &call.by, &call.change, out)
    })?;
    Ok(())
}

pub(super) fn people(object: &Rc<RoomObject>, call: &PeopleCall) -> Result<Vec<PersonInGroup>, CallError> {
    let id = RoomId::parse(&call.room, &object.config.rooms)?;
    wake(object, &id)?;
    let people = object.look(|room, store| {
        room.floor_of(store, &call.principal)?;
        let group = room.group().ok_or(Denied::Refused(Refusal::NotFound))?;
        let known = group.members.values().filter(|member| member.standing != Standing::Barred);
        let mut people: Vec<_> = known.collect();
        people.sort_by_key(|member| (!member.is_in(), member.role, member.order));
        Ok(people
            .into_iter()
            .map(|member| PersonInGroup {
                user: member.user.clone(),
                name: member.name.clone(),
                role: member.role,
                is_pending: !member.is_in(),
            })
            .collect())
    });
    Ok(people?)
}

pub(super) fn summary_of(group: &Group, user: &str) -> GroupSummary {
    GroupSummary {
        name: group.record.name.clone(),
        topic: group.record.topic.clone(),
        visibility: group.record.visibility,
        member_count: group.people().count(),
        role: group.role_of(user),
    }
}
