//! Answers what is searched for in one room.

use std::rc::Rc;

use protocol::doors::messenger::found_json;
use protocol::ids::{RoomForm, RoomId};
use protocol::search::Query;

use super::call::CallError;
use super::calls_search::{SearchAnswer, SearchCall};
use super::room::RoomObject;
use super::{room_groups, room_privacy};

/// The newest messages that meet the question.
pub(super) async fn search(object: &Rc<RoomObject>, call: &SearchCall) -> Result<SearchAnswer, CallError> {
    let id = RoomId::parse(&call.room, &object.config.rooms)?;
    id.admits(&call.principal.user)?;
    if *id.form() != RoomForm::Group && !object.exists()? {
        return Ok(SearchAnswer::default());
    }
    room_groups::wake(object, &id)?;
    let privacy = room_privacy::of_reader(object, &id, &call.principal).await?;
    room_groups::wake(object, &id)?;
    let mut query: Query = call.text.parse::<Query>().map_err(CallError::Refused)?;
    query.author.clone_from(&call.from);
    object.end_turn();
    let finds = object.look(|room, store| {
        room.search(store, &call.principal, privacy.as_ref(), &query, call.before, call.limit.max(1))
    });
    let finds = finds?;
    let found = finds.found.iter().map(|(at, found)| (*at, found_json(id.as_str(), &found.event, &found.spots)));
    Ok(SearchAnswer { found: found.collect(), done_to: finds.done_to })
}
