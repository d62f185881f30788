//! Changing messages over REST (`messenger.md` 3): the same events, windows and limits as the room socket.

use protocol::codec::json::json_text;
use protocol::machines::room::{Change, ChangeKind};
use protocol::wire::messenger::{read_deletion, read_edit, read_reaction};
use protocol::wire::wasmchannel::{ReactionKind, reactions_with_kinds};
use protocol::words::ids::is_write_id;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::messages::{REPLAYED, id_of, write_id};
use super::{members, rooms};
use crate::auth::own_bot;
use crate::calls::room::{ChangeAnswer, ChangeCall, ChangeMessage};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// `PATCH /api/messages/:id`: returns the message with its new content.
pub async fn edit_message(incoming: &Incoming, message: &str) -> HandlerResult {
    let principal = own_bot::principal(incoming).await?;
    let members = members::of(incoming, &["roomId", "id", "content"]).await?;
    let id = write_id(incoming, &members)?;
    let what = read_edit(members.source())?;
    let room = members.needed_text("roomId")?;
    let answer = change(incoming, principal, room, Change { id, message: message.to_owned(), what }).await?;
    Ok(reply(answer.message, answer.duplicate))
}

/// `DELETE /api/messages/:id`.
pub async fn delete_message(incoming: &Incoming, message: &str) -> HandlerResult {
    let principal = own_bot::principal(incoming).await?;
    let room = incoming.query("roomId").ok_or(Refusal::validation("roomId", "roomId is missing."))?;
    let what: ChangeKind = read_deletion(incoming.query("for").as_deref())?;
    let id = id_of(None, incoming.header("idempotency-key"))?;
    let answer = change(incoming, principal, &room, Change { id, message: message.to_owned(), what }).await?;
    Ok(reply("{}".to_owned(), answer.duplicate))
}

/// `PUT /api/messages/:id/react`: returns all reactions on the message.
pub async fn react_to_message(incoming: &Incoming, message: &str) -> HandlerResult {
    let principal = own_bot::principal(incoming).await?;
    let members = members::of(incoming, &["roomId", "id", "reaction", "kind", "op"]).await?;
    let id = write_id(incoming, &members)?;
    // `reaction` must be a text, even if `kind` has the value.
    members.text("reaction")?;
    let what = match members.number("kind")? {
        None => read_reaction(members.source())?,
        Some(number) => {
            let kind = u32::try_from(number).ok().and_then(ReactionKind::of_number).and_then(ReactionKind::name);
            let name = kind.ok_or(Refusal::validation("kind", "kind is 1 to 4."))?;
            let op = members.text("op")?.unwrap_or("toggle");
            read_reaction(&format!("{{\"reaction\":\"{name}\",\"op\":{}}}", json_text(op)))?
        }
    };
    let room = members.needed_text("roomId")?;
    let answer = change(incoming, principal, room, Change { id, message: message.to_owned(), what }).await?;
    Ok(reply(format!("{{\"reactions\":{}}}", reactions_with_kinds(&answer.reactions)), answer.duplicate))
}

fn reply(json: String, is_duplicate: bool) -> Reply {
    let reply = Reply::raw(json);
    if is_duplicate { reply.with_header(REPLAYED, "true".to_owned()) } else { reply }
}

async fn change(
    incoming: &Incoming,
    principal: Principal,
    room: &str,
    change: Change,
) -> Result<ChangeAnswer, CallError> {
    let room = rooms::parse(incoming, room)?;
    rooms::check_access(incoming, &principal, &room).await?;
    if !is_write_id(&change.message) {
        return Err(Refusal::NotFound.into());
    }
    let question = ChangeCall { principal, change, trace: incoming.trace() };
    ChangeMessage::ask(&incoming.env, room.as_str(), &question).await
}
