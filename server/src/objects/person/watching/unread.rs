//! Notifications of devices that fewer messages are unread in a room than they know. Messages were read on another device, or were removed
//! (`presence.md`). The room counts them, as it does for every list.

use std::rc::Rc;

use protocol::wire::messenger::unread_json;
use protocol::words::ids::{UserId, is_demo};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Fault;
use wasm_bindgen_futures::spawn_local;

use crate::calls::room::{ReadSummary, RoomCall};
use crate::kit::request::Request;
use crate::objects::person::object::{PersonMemory, PersonObject};
use crate::objects::person::tables::Fact;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Sends devices the number of unread messages in `rooms`. A room that changes in the meantime is counted again.
pub fn recount<'a>(object: &Rc<PersonObject>, rooms: impl IntoIterator<Item = &'a str>) {
    let has_devices = object.base.memory.borrow().as_ref().is_some_and(|memory| !memory.devices.is_empty());
    if !has_devices {
        return;
    }
    object.runs.recounts.borrow_mut().extend(rooms.into_iter().map(str::to_owned));
    if object.runs.is_recounting.replace(true) {
        return;
    }
    let object = Rc::clone(object);
    spawn_local(async move {
        while let Some(room) = next(&object) {
            telemetry::logged("unread", send_count(&object, &room).await);
        }
        object.runs.is_recounting.set(false);
    });
}

fn next(object: &PersonObject) -> Option<String> {
    object.runs.recounts.borrow_mut().pop_first()
}

async fn send_count(object: &PersonObject, room: &str) -> Result<(), Fault> {
    let principal = object.with(|memory| reader(memory))?;
    let question = RoomCall { principal, with_unread: true, with_last: false };
    match ReadSummary::ask(&object.env, room, &question).await {
        Ok(summary) if summary.exists => object.send_to_all(&unread_json(room, summary.unread, summary.read_seq)),
        // A person who has left the room receives another notification about that.
        Ok(_) | Err(CallError::Refused(_)) => Ok(()),
        Err(error) => {
            telemetry::call_failed("unread", &error);
            Ok(())
        }
    }
}

/// Returns the principal with which the person reads in rooms. A persona's player reads nothing of an earlier player, and neither does an
/// account that was one.
pub fn reader(memory: &PersonMemory) -> Result<Principal, Fault> {
    let record = memory.person.record();
    let user = UserId::parse(&record.user).map_err(|refusal| Fault(refusal.to_string()))?;
    let session = match record.kind {
        UserKind::Persona => memory.sql.sessions()?.pop().map(|(id, _)| id),
        _ => memory.player_session()?,
    };
    Ok(Principal {
        visible_from: memory.sql.fact(Fact::VisibleFrom)?,
        // A visitor of a demo room is in no other group.
        room: if is_demo(&record.user) { memory.sql.private_groups()?.pop() } else { None },
        ..Principal::new(user, record.kind, session.unwrap_or_default())
    })
}

#[cfg(test)]
#[path = "unread_tests.rs"]
mod tests;
