//! `GET /api/messages/search` (`messenger.md` 3): one page from the person's conversations, fifty of them at a time. A conversation that
//! cannot be read is tried again after the others. The page fails only if nothing else is left, or if too many fail.

use protocol::content::search::{Query, RoomHits, SearchCursor, Turn, merge};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomForm, RoomId, UserId};
use protocol::words::limits::SEARCH_OWED_MAX;
use protocol::words::own_words::{in_all_languages, public_name};
use protocol::words::personas;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::profiles::name_of;
use super::{list, rooms};
use crate::auth::session;
use crate::calls::person::ListConversations;
use crate::calls::room::{SearchAnswer, SearchCall, SearchRoom, TalkRow};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Returns messages that match `q` and the filters, newest first; `after` requests the next page.
pub async fn search_messages(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    if incoming.config.content_keys.is_on() {
        return Err(Refusal::SearchOff.into());
    }
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
    let names: Vec<&str> = own.iter().map(RoomId::as_str).collect();
    let turn = Turn::of(cursor, &names).ok_or(Refusal::BadCursor)?;
    let ask = |(at, from_here): &(usize, Option<Millis>)| {
        let room = names.get(*at).copied().unwrap_or_default();
        let question = SearchCall {
            principal: principal.clone(),
            text: text.clone(),
            from: query.author.clone(),
            before: [*from_here, query.before].into_iter().flatten().min(),
            limit,
        };
        async move {
            match SearchRoom::ask(&incoming.env, room, &question).await {
                // A person who was just removed, or whose group is gone, finds nothing there, and everything elsewhere.
                Err(CallError::Refused(Refusal::NotFound | Refusal::Forbidden)) if !is_named => {
                    Ok(SearchAnswer::default())
                }
                answer => answer,
            }
        }
    };
    let (mut finds, mut failed, mut error) = (Vec::new(), Vec::new(), None);
    for (at, answer) in call::in_portions(turn.asked.iter().map(ask)).await.into_iter().enumerate() {
        match answer {
            Ok(SearchAnswer { found, done_to }) => finds.push(RoomHits { found, done_to }),
            Err(CallError::Refused(refusal)) => return Err(refusal.into()),
            // The results of the other conversations still count.
            Err(broken) => {
                telemetry::call_failed("search", &broken);
                failed.push(at);
                error = Some(broken);
            }
        }
    }
    let is_answered = !finds.is_empty();
    let page = merge(finds, limit);
    let next = turn.then(page.next, &failed, &names);
    let owed = next.as_ref().map_or(0, |next| next.owed.len());
    match error {
        Some(error) if !is_answered && turn.is_last(names.len()) || owed > SEARCH_OWED_MAX => return Err(error),
        _ => {}
    }
    let items: Vec<String> = page.found.into_iter().map(|(_, json)| json).collect();
    let next_json = serde_json::to_string(&next.as_ref().map(SearchCursor::text))?;
    let (items, more, rooms) = (items.join(","), next.is_some(), turn.reached.saturating_sub(owed));
    Ok(Reply::raw(format!("{{\"items\":[{items}],\"next\":{next_json},\"more\":{more},\"rooms\":{rooms}}}")))
}

/// Returns the conversations to search, most recently active first. Every person can search public rooms.
async fn own_rooms(incoming: &Incoming, principal: &Principal, query: &Query) -> Result<Vec<RoomId>, CallError> {
    if let Some(room) = incoming.query("roomId") {
        let room = rooms::parse(incoming, &room)?;
        rooms::check_access(incoming, principal, &room).await?;
        return Ok(vec![room]);
    }
    let talks = ListConversations::ask(&incoming.env, principal.user.as_str(), &()).await?;
    let mut own: Vec<(RoomId, String)> = Vec::new();
    let public = incoming.config.rooms.public.iter().map(|room| TalkRow { room: room.clone(), name: String::new() });
    for talk in talks.into_iter().chain(public) {
        let Ok(room) = rooms::parse(incoming, &talk.room) else { continue };
        if room.admits(principal).is_ok() && own.iter().all(|(known, _)| *known != room) {
            own.push((room, talk.name));
        }
    }
    if query.rooms.is_empty() {
        return Ok(own.into_iter().map(|(room, _)| room).collect());
    }
    let named = call::in_portions(own.into_iter().map(|(room, name)| name_room(incoming, principal, room, name))).await;
    // Without the name it is unknown if the filter means this person. Their conversation must not be left out silently.
    let named = named.into_iter().collect::<Result<Vec<_>, _>>()?;
    let is_meant =
        |(room, name): &(RoomId, String)| in_all_languages(name).any(|name| query.means_room(room.as_str(), name));
    let meant = named.into_iter().filter(is_meant);
    Ok(meant.map(|(room, _)| room).collect())
}

/// Returns a room with the name under which this person knows it.
async fn name_room(
    incoming: &Incoming,
    principal: &Principal,
    room: RoomId,
    name: String,
) -> Result<(RoomId, String), CallError> {
    let name = match room.form() {
        RoomForm::Direct(..) => match room.partner_of(&principal.user) {
            Some(partner) => partner_name(incoming, principal, partner).await?,
            None => String::new(),
        },
        RoomForm::Group => name,
        RoomForm::Public => public_name(room.as_str()),
    };
    Ok((room, name))
}

async fn partner_name(incoming: &Incoming, principal: &Principal, partner: &UserId) -> Result<String, CallError> {
    match (personas::find(partner.as_str()), name_of(incoming, &principal.user, partner).await) {
        (_, Ok(name)) => Ok(name),
        (Some(persona), _) => Ok(persona.name.to_owned()),
        (None, Err(CallError::Refused(_))) => Ok(String::new()),
        (None, Err(error)) => Err(error),
    }
}
