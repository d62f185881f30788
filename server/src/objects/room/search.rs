//! Answers what is searched for in one room.

use std::rc::Rc;

use protocol::content::search::Query;
use protocol::wire::messenger::found_json;
use protocol::words::event::Millis;
use protocol::words::ids::{RoomForm, RoomId};
use protocol::words::refusal::Denied;

use super::{RoomObject, groups, privacy};
use crate::calls::search::{SearchAnswer, SearchCall};
use crate::kit::gathering::Gathering;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Events that an alarm puts into the index in one step: a few milliseconds, in which nobody in the room is heard.
const PORTION: u32 = 40;
/// The same while somebody waits for what they search for. A step has its own cost, and a log of a million would take minutes.
const AWAITED_PORTION: u32 = 256;
/// Steps of one alarm.
const PORTIONS_AT_ONCE: usize = 64;
/// Pause between two steps of an alarm, in which those in the room are heard.
const PAUSE_MS: Millis = 2;

/// The newest messages that meet the question.
pub(super) async fn search(object: &Rc<RoomObject>, call: &SearchCall) -> Result<SearchAnswer, CallError> {
    let id = RoomId::parse(&call.room, &object.config.rooms)?;
    id.admits(&call.principal.user)?;
    if *id.form() != RoomForm::Group && !object.exists()? {
        return Ok(SearchAnswer::default());
    }
    groups::wake(object, &id)?;
    let privacy = privacy::of_reader(object, &id, &call.principal).await?;
    groups::wake(object, &id)?;
    let mut query: Query = call.text.parse::<Query>().map_err(CallError::Refused)?;
    query.author.clone_from(&call.from);
    object.end_turn();
    while index_some(object, AWAITED_PORTION)? {
        // Whoever speaks meanwhile need not wait for all of it.
        runtime::sleep(0).await;
        groups::wake(object, &id)?;
    }
    let finds = object.with(|room, store| {
        room.search(store, &call.principal, privacy.as_ref(), &query, call.before, call.limit.max(1))
    });
    let finds = finds?;
    let found = finds.found.iter().map(|(at, found)| (*at, found_json(id.as_str(), &found.event, &found.spots)));
    Ok(SearchAnswer { found: found.collect(), done_to: finds.done_to })
}

/// Puts some of what is not in there yet into the index; the next alarm goes on.
pub(super) async fn index_next(object: &Rc<RoomObject>) {
    for _ in 0..PORTIONS_AT_ONCE {
        // A fault has broken the object down, and been told of.
        if !index_some(object, PORTION).unwrap_or(false) {
            return;
        }
        runtime::sleep(PAUSE_MS).await;
    }
}

/// One portion. True while there is more.
fn index_some(object: &Rc<RoomObject>, portion: u32) -> Result<bool, Denied> {
    object.duty(|room, store, _, _| Ok(room.index_some(store, portion)?))
}
