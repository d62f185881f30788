//! Search in one room.

use std::rc::Rc;

use protocol::content::search::Query;
use protocol::machines::room::{Room, SearchStore};
use protocol::wire::messenger::found_json;
use protocol::words::event::Millis;
use protocol::words::ids::RoomForm;
use protocol::words::limits::{INDEX_GATHER_EVENTS, PROJECTION_GATHER_MS_MIN};
use protocol::words::refusal::Denied;

use crate::calls::room::{SearchAnswer, SearchCall};
use crate::objects::room::object::RoomObject;
use crate::objects::room::people::privacy;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Events that an alarm adds to the index in one step. A step takes a few milliseconds, in which the room handles no frame.
const PORTION: u32 = INDEX_GATHER_EVENTS;
/// The same for a step while a search waits. A step has a fixed cost, and a log of a million events would take minutes.
const AWAITED_PORTION: u32 = 256;
/// Steps of one alarm.
const PORTIONS_AT_ONCE: usize = 64;
/// Pause between two steps of an alarm, in which the room handles frames.
const PAUSE_MS: Millis = 2;

/// Returns the newest messages that match the query.
pub async fn search(object: &Rc<RoomObject>, call: &SearchCall) -> Result<SearchAnswer, CallError> {
    let id = object.id_for(&call.principal)?;
    if *id.form() != RoomForm::Group && !object.exists()? {
        return Ok(SearchAnswer::default());
    }
    let privacy = privacy::wake_for_reader(object, &id, &call.principal).await?;
    let mut query: Query = call.text.parse::<Query>().map_err(CallError::Refused)?;
    query.author.clone_from(&call.from);
    while index_some(object, AWAITED_PORTION)? {
        // Frames that arrive in the meantime need not wait for the whole search.
        runtime::sleep(0).await;
        object.wake_known(&id)?;
    }
    let finds = object.with(|room, store| {
        room.search(store, &call.principal, privacy.as_ref(), &query, call.before, call.limit.max(1))
    });
    let finds = finds?;
    let found = finds.found.iter().map(|(at, found)| (*at, found_json(id.as_str(), &found.event, &found.spots)));
    Ok(SearchAnswer { found: found.collect(), done_to: finds.done_to })
}

/// Returns `true` if so many events are missing in the index that an alarm adds them while people write. A rest of fewer waits for an alarm
/// that finds the room idle, or for a search, which adds it first.
pub fn has_portion(room: &Room, indexed_to: u64) -> bool {
    room.log().head().saturating_sub(indexed_to) >= u64::from(PORTION)
}

/// Returns `true` if an alarm has to add events to the index: the fixed cost of a step is high, so it pays for many events.
fn is_due(room: &Room, indexed_to: u64, now: Millis) -> bool {
    let is_idle = room.log().newest_at() + PROJECTION_GATHER_MS_MIN <= now;
    has_portion(room, indexed_to) || (is_idle && indexed_to < room.log().head())
}

/// Adds some of the missing events to the index. The next alarm goes on.
pub async fn index_next(object: &Rc<RoomObject>) {
    for _ in 0..PORTIONS_AT_ONCE {
        let is_due = object.with(|room, store| Ok(is_due(room, store.indexed_to()?, runtime::now_ms())));
        // A fault has reset the object's memory, and was logged.
        if !is_due.unwrap_or(false) || !index_some(object, PORTION).unwrap_or(false) {
            return;
        }
        runtime::sleep(PAUSE_MS).await;
    }
}

/// Adds one portion to the index. Returns `true` if there is more.
fn index_some(object: &Rc<RoomObject>, portion: u32) -> Result<bool, Denied> {
    object.duty(|room, store, _, _| Ok(room.index_some(store, portion)?))
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
