//! Changing a message without a socket, and telling a person's devices what was deleted for that person alone.

use std::rc::Rc;

use protocol::doors::messenger::{self, EventView};
use protocol::ids::{RoomId, UserId};
use protocol::room::{Outbound, reactions_of};
use wasm_bindgen_futures::spawn_local;

use super::call::{self, CallError};
use super::calls::{ChangeAnswer, ChangeCall, HiddenCall};
use super::namespace::Namespace;
use super::room::RoomObject;
use super::{room_groups, room_privacy};
use crate::telemetry;

/// Carries out one change.
pub(super) async fn change(object: &Rc<RoomObject>, call: &ChangeCall) -> Result<ChangeAnswer, CallError> {
    let id = RoomId::parse(&call.room, &object.config.rooms)?;
    id.admits(&call.principal.user)?;
    room_groups::wake(object, &id)?;
    room_privacy::learn_of_both(object, &id).await?;
    room_groups::wake(object, &id)?;
    let changed =
        object.turn(|room, store, now, out| room.change(store, now, &call.principal, call.change.clone(), out))?;
    Ok(ChangeAnswer {
        message: messenger::event_json(id.as_str(), &changed.message, EventView::Replay),
        reactions: reactions_of(&changed.message.body),
        duplicate: changed.duplicate,
    })
}

/// Tells the other devices of those who deleted something for themselves. `welcome` says it to devices that miss this.
pub(super) fn tell_hidden(object: &Rc<RoomObject>, room: &str, out: &Outbound) {
    for (user, message) in &out.hidden_for {
        let Ok(user) = UserId::parse(user) else { continue };
        let question = HiddenCall { user, room: room.to_owned(), message: message.clone() };
        let object = Rc::clone(object);
        spawn_local(async move {
            let user = question.user.as_str();
            if let Err(error) = call::call_raw(&object.env, Namespace::Person, user, "hidden", &question).await {
                telemetry::call_failed("hidden", &error);
            }
        });
    }
}
