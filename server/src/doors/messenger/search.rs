//! `GET /api/messages/search` (`messenger.md` 3): one page out of the person's conversations, fifty of them at a time.

use protocol::ids::{RoomForm, RoomId, UserId};
use protocol::limits::SEARCH_ROOMS_MAX;
use protocol::personas;
use protocol::principal::Principal;
use protocol::refusal::Refusal;
use protocol::search::{Finds, Query, SearchCursor, merge};

use super::people::profile_of;
use super::{list, rooms};
use crate::answer::{Outcome, Reply};
use crate::auth::session;
use crate::incoming::Incoming;
use crate::objects::call::{self, CallError};
use crate::objects::calls_auth::Purpose;
use crate::objects::calls_person::UserCall;
use crate::objects::calls_search::{SearchAnswer, SearchCall, TalkRow};
use crate::objects::namespace::Namespace;

/// Messages that meet `q` and the filters, newest first; the next page is asked for with `after`.
pub async fn search(incoming: &Incoming) -> Outcome {
    let principal = session::require_either(incoming, Purpose::Call).await?.principal;
    let text = incoming.query("q").unwrap_or_default();
    let mut query: Query = text.parse()?;
    if let Some(before) = incoming.query("before") {
        query.until(&before)?;
    }
    let from = incoming.query("from").map(|from| UserId::parse(&from)).transpose()?;
    query.author = from.map(|from| from.as_str().to_owned());
    if query.is_empty() {
        return Err(Refusal::validation("q", "Nothing to search for.").into());
    }
    let limit = list::limit(incoming)?;
    let cursor =
        incoming.query("after").map(|text| SearchCursor::parse(&text).ok_or(Refusal::BadCursor)).transpose()?;
    let is_named = incoming.query("roomId").is_some();
    let own = own_rooms(incoming, &principal, &query).await?;
    let first = match &cursor {
        Some(cursor) => own.iter().position(|room| room.as_str() == cursor.room).ok_or(Refusal::BadCursor)?,
        None => 0,
    };
    let block: Vec<&RoomId> = own.iter().skip(first).take(SEARCH_ROOMS_MAX).collect();
    let before = [cursor.and_then(|cursor| cursor.before), query.before].into_iter().flatten().min();
    let ask = |room: &&RoomId| {
        let question = SearchCall {
            room: room.as_str().to_owned(),
            principal: principal.clone(),
            text: text.clone(),
            from: query.author.clone(),
            before,
            limit,
        };
        async move {
            let answer: Result<SearchAnswer, CallError> =
                call::call(&incoming.env, Namespace::Room, &question.room, "search", &question).await;
            match answer {
                // Who was sent away just now, or whose group is gone, finds nothing there and the rest elsewhere.
                Err(CallError::Refused(Refusal::NotFound | Refusal::Forbidden)) if !is_named => {
                    Ok(SearchAnswer::default())
                }
                answer => answer,
            }
        }
    };
    let answers = call::in_portions(block.iter().map(ask)).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let finds = answers.into_iter().map(|SearchAnswer { found, done_to }| Finds { found, done_to });
    let page = merge(finds.collect(), limit);
    let next = match (page.next, block.first(), own.get(first + block.len())) {
        (Some(before), Some(room), _) => Some(SearchCursor { before: Some(before), room: room.as_str().to_owned() }),
        (_, _, Some(room)) => Some(SearchCursor { before: None, room: room.as_str().to_owned() }),
        _ => None,
    };
    let items: Vec<String> = page.found.into_iter().map(|(_, json)| json).collect();
    let next_json = serde_json::to_string(&next.as_ref().map(SearchCursor::text))?;
    let (items, more, rooms) = (items.join(","), next.is_some(), first + block.len());
    Ok(Reply::raw(format!("{{\"items\":[{items}],\"next\":{next_json},\"more\":{more},\"rooms\":{rooms}}}")))
}

/// The conversations that are meant, most recently active first. Public rooms are everybody's.
async fn own_rooms(incoming: &Incoming, principal: &Principal, query: &Query) -> Result<Vec<RoomId>, CallError> {
    if let Some(room) = incoming.query("roomId") {
        let room = rooms::parse(incoming, &room)?;
        rooms::check_access(incoming, principal, &room).await?;
        return Ok(vec![room]);
    }
    let question = UserCall { user: principal.user.clone() };
    let talks: Vec<TalkRow> =
        call::call(&incoming.env, Namespace::Person, principal.user.as_str(), "talks", &question).await?;
    let mut own: Vec<(RoomId, String)> = Vec::new();
    let public = incoming.config.rooms.public.iter().map(|room| TalkRow { room: room.clone(), name: String::new() });
    for talk in talks.into_iter().chain(public) {
        let Ok(room) = rooms::parse(incoming, &talk.room) else { continue };
        if own.iter().all(|(known, _)| *known != room) {
            own.push((room, talk.name));
        }
    }
    if query.rooms.is_empty() {
        return Ok(own.into_iter().map(|(room, _)| room).collect());
    }
    let named = call::in_portions(own.into_iter().map(|(room, name)| named(incoming, principal, room, name))).await;
    let meant = named.into_iter().filter(|(room, name)| query.means_room(room.as_str(), name));
    Ok(meant.map(|(room, _)| room).collect())
}

/// A room with the name under which this person knows it.
async fn named(incoming: &Incoming, principal: &Principal, room: RoomId, name: String) -> (RoomId, String) {
    let name = match room.form() {
        RoomForm::Direct(..) => match room.partner_of(&principal.user) {
            Some(partner) => partner_name(incoming, principal, partner).await,
            None => String::new(),
        },
        RoomForm::Group => name,
        RoomForm::Public => rooms::public_name(room.as_str()),
    };
    (room, name)
}

async fn partner_name(incoming: &Incoming, principal: &Principal, partner: &UserId) -> String {
    match (personas::find(partner.as_str()), profile_of(incoming, partner).await) {
        (_, Ok(profile)) => profile.shown_to(&principal.user).display_name.clone(),
        (Some(persona), _) => persona.name.to_owned(),
        _ => String::new(),
    }
}
