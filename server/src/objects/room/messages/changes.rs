//! Changes of a message over REST, and its removal by a moderator. Every rule is in `protocol::machines::room`.

use std::rc::Rc;

use protocol::machines::room::{LimitRule, reactions_of};
use protocol::wire::messenger::{self, EventView};

use crate::calls::moderation::RemoveCall;
use crate::calls::room::{ChangeAnswer, ChangeCall};
use crate::objects::room::metrics::counted;
use crate::objects::room::object::RoomObject;
use crate::objects::room::people::privacy;
use crate::runtime::call_error::CallError;

pub async fn change(object: &Rc<RoomObject>, call: &ChangeCall) -> Result<ChangeAnswer, CallError> {
    object.refresh_moderation(&object.id()?).await;
    let id = privacy::wake_for_actor(object, &call.principal).await?;
    let changed = object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.change(store, now, &call.principal, call.change.clone(), out)
    });
    let changed = counted(object, LimitRule::Mutate, changed)?;
    Ok(ChangeAnswer {
        message: messenger::event_json(id.as_str(), &changed.message, EventView::Replay),
        reactions: reactions_of(&changed.message.body),
        duplicate: changed.duplicate,
    })
}

/// Removes a message for a moderator (`moderation.md` 2). Returns the user id of its writer.
pub async fn remove(object: &Rc<RoomObject>, call: &RemoveCall) -> Result<String, CallError> {
    privacy::wake_for_actor(object, &call.principal).await?;
    let removed = object.turn(|room, store, now, out| {
        object.trace.replace(call.trace.clone());
        room.remove_for_moderator(store, now, &call.principal, (&call.id, &call.message), out)
    });
    Ok(counted(object, LimitRule::Mutate, removed)?)
}
