//! Pages of the history for the messenger's door, and what a page of any door begins with.

use std::rc::Rc;

use protocol::log::{Page, Range};
use protocol::machines::room::LimitRule;
use protocol::people::contacts::Privacy;
use protocol::wire::messenger;
use protocol::words::ids::RoomId;
use protocol::words::principal::Principal;

use crate::calls::room::PageCall;
use crate::objects::room::metrics::counted;
use crate::objects::room::object::RoomObject;
use crate::objects::room::people::privacy;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// The epoch of a log that does not exist yet.
const UNMADE_EPOCH: &str = "00000000";

/// Returns a page as JSON text.
pub async fn page(object: &Rc<RoomObject>, call: &PageCall) -> Result<String, CallError> {
    if object.is_unmade(&call.principal)? {
        return Ok(messenger::history_json(object.id()?.as_str(), UNMADE_EPOCH, &Page::default(), None, false));
    }
    let (id, privacy) = begin_page(object, &call.principal).await?;
    let range = match (call.since, call.before) {
        (Some(since), _) => Range::Since(since),
        (None, Some(before)) => Range::Before(before),
        (None, None) => Range::Newest,
    };
    Ok(object.with(|room, store| {
        let page = room.page(store, &call.principal, privacy.as_ref(), range, call.limit)?;
        Ok(messenger::history_json(id.as_str(), &room.log().epoch(), &page, None, false))
    })?)
}

/// Prepares a page of any form: checks that the room exists, loads the reader's privacy settings, and counts the page against its limit.
pub async fn begin_page(
    object: &Rc<RoomObject>,
    principal: &Principal,
) -> Result<(RoomId, Option<Privacy>), CallError> {
    let id = object.id_for(principal)?;
    let privacy = privacy::wake_for_reader(object, &id, principal).await?;
    let charged = object.change(|room, store| room.charge_page(store, runtime::now_ms(), principal));
    charged.map(|charged| counted(object, LimitRule::History, charged)).transpose()?;
    Ok((id, privacy))
}
