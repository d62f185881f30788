//! Devices are told when less is unread in a room than they knew: it was read on another device, or what waited is gone
//! (`presence.md`). How much it is says the room, as it does to every list.

use std::rc::Rc;

use protocol::wire::messenger::unread_json;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Fault;
use wasm_bindgen_futures::spawn_local;

use super::handlers::send_to_all;
use super::tables::Fact;
use super::{Memory, PersonObject};
use crate::calls::room::{ReadSummary, RoomCall};
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Has devices told what is unread in `rooms` now. What changes again meanwhile is asked again.
pub(super) fn recount<'a>(object: &Rc<PersonObject>, rooms: impl IntoIterator<Item = &'a str>) {
    let has_devices = object.memory.borrow().as_ref().is_some_and(|memory| !memory.devices.is_empty());
    if !has_devices {
        return;
    }
    object.recounts.borrow_mut().extend(rooms.into_iter().map(str::to_owned));
    if object.is_recounting.replace(true) {
        return;
    }
    let object = Rc::clone(object);
    spawn_local(async move {
        while let Some(room) = next(&object) {
            if let Err(fault) = send_count(&object, &room).await {
                telemetry::fault("unread", &fault);
            }
        }
        object.is_recounting.set(false);
    });
}

fn next(object: &PersonObject) -> Option<String> {
    object.recounts.borrow_mut().pop_first()
}

async fn send_count(object: &PersonObject, room: &str) -> Result<(), Fault> {
    let principal = object.with(|memory| reader(memory))?;
    let question = RoomCall { room: room.to_owned(), principal, with_unread: true };
    match ReadSummary::ask(&object.env, room, &question).await {
        Ok(summary) if summary.exists => send_to_all(object, &unread_json(room, summary.unread, summary.read_seq)),
        // Whoever is not in it any more is told so otherwise.
        Ok(_) | Err(CallError::Refused(_)) => Ok(()),
        Err(error) => {
            telemetry::call_failed("unread", &error);
            Ok(())
        }
    }
}

/// Returns the principal as whom the person reads in rooms. Only what one player of a persona got is closed to the next.
pub(super) fn reader(memory: &Memory) -> Result<Principal, Fault> {
    let record = memory.person.record();
    let user = UserId::parse(&record.user).map_err(|refusal| Fault(refusal.to_string()))?;
    let session = if record.kind == UserKind::Persona { memory.sql.sessions()?.pop() } else { None };
    Ok(Principal {
        user,
        kind: record.kind,
        session: session.map(|(id, _)| id).unwrap_or_default(),
        name: String::new(),
        avatar: String::new(),
        visible_from: memory.sql.fact(Fact::VisibleFrom)?,
        expires_at: 0,
    })
}

#[cfg(test)]
#[path = "unread_tests.rs"]
mod tests;
