//! Reported messages for an operator (`moderation.md` 7.3). The rules are in `protocol::machines::room`.

use std::rc::Rc;

use protocol::machines::room::ReportedMessage;
use protocol::words::ids::RoomForm;
use protocol::words::refusal::Refusal;

use crate::calls::reports::ReportedCall;
use crate::objects::room::deliveries::outbox;
use crate::objects::room::object::RoomObject;
use crate::objects::room::people::privacy;
use crate::runtime::call_error::CallError;

/// Reads a reported message between its neighbours. Outside of public rooms the settings of the person who reported decide with the room.
pub async fn read(object: &Rc<RoomObject>, call: &ReportedCall) -> Result<Vec<ReportedMessage>, CallError> {
    let id = object.id()?;
    let reporter = outbox::principal_of(&id, &call.reporter, None);
    id.admits(&reporter)?;
    // Nobody checked the report, and a look must not make a room.
    object.wake_existing()?.ok_or(Refusal::NotFound)?;
    // The settings of somebody who may read nothing here are not asked for.
    object.with(|room, store| room.floor_of(store, &reporter))?;
    let mut known = None;
    if !matches!(id.form(), RoomForm::Public) {
        known = privacy::of_reader(object, &id, &reporter).await?;
        // The object may have slept during the call.
        object.wake_known(&id)?;
    }
    Ok(object.with(|room, store| room.reported_message(store, &reporter, known.as_ref(), &call.message))?)
}
