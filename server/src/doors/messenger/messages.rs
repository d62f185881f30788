//! Messages over REST (`messenger.md` 3): the same log, ids and limits as the room socket.

use protocol::codec::raw_json::object;
use protocol::log::Range;
use protocol::machines::room::Write;
use protocol::wire::messenger::{read_page, read_write};
use protocol::words::ids::{RoomId, is_write_id};
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::members::{self, Members};
use super::rooms;
use crate::auth::own_bot;
use crate::calls::room::{PageCall, PostAnswer, PostCall, PostMessage, ReadPage};
use crate::doors::wasmchannel;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime;

/// Header that marks the answer to a repeated id.
pub(super) const REPLAYED: &str = "idempotent-replay";

/// `GET /api/messages`: without `since` and `before` the newest page.
pub async fn list_messages(incoming: &Incoming) -> HandlerResult {
    page_since(incoming, incoming.query("since")).await
}

/// Answers the same with a `since` that the caller has chosen (`messenger.md` 3.1).
pub async fn page_since(incoming: &Incoming, since: Option<String>) -> HandlerResult {
    let principal = own_bot::principal(incoming).await?;
    if wasmchannel::wants_library_shape(incoming) {
        return wasmchannel::library_page(incoming, principal).await;
    }
    let room = incoming.query("roomId").ok_or(Refusal::validation("roomId", "roomId is missing."))?;
    let room = rooms::parse(incoming, &room)?;
    rooms::check_access(incoming, &principal, &room).await?;
    let query = |name| incoming.query(name);
    let (range, limit) = read_page(since.as_deref(), query("before").as_deref(), query("limit").as_deref())?;
    let (since, before) = match range {
        Range::Since(since) => (Some(since), None),
        Range::Before(before) => (None, Some(before)),
        Range::Newest => (None, None),
    };
    let question = PageCall { principal, since, before, limit };
    Ok(Reply::raw(ReadPage::ask(&incoming.env, room.as_str(), &question).await?.0))
}

/// `POST /api/messages`: 201 with the message, or 200 with the first answer for a repeated id.
pub async fn post_message(incoming: &Incoming) -> HandlerResult {
    let principal = own_bot::principal(incoming).await?;
    let known = ["roomId", "id", "content", "message", "replyTo", "font", "files", "link", "emoticons"];
    let members = members::of(incoming, &known).await?;
    let room = rooms::parse(incoming, members.needed_text("roomId")?)?;
    rooms::check_access(incoming, &principal, &room).await?;
    let id = write_id(incoming, &members)?;
    let write = match (members.text("content")?, members.text("message")?) {
        // The name of this field at the packet door.
        (None, Some(_)) => {
            let mut all = object(members.source()).unwrap_or_default();
            let content = all.remove("message");
            all.extend(content.map(|content| ("content".to_owned(), content)));
            read_write(&serde_json::to_string(&all).unwrap_or_default(), &id)?
        }
        _ => read_write(members.source(), &id)?,
    };
    post(incoming, principal, &room, write).await
}

/// Writes a message: 201 with the message, or 200 with the first answer for a repeated id.
pub async fn post(incoming: &Incoming, principal: Principal, room: &RoomId, write: Write) -> HandlerResult {
    let question = PostCall { principal, id: write.id, body: write.body };
    Ok(posted(PostMessage::ask(&incoming.env, room.as_str(), &question).await?))
}

/// Returns the reply with a message: 201, or 200 for a repeated id.
pub(super) fn posted(PostAnswer { event, duplicate }: PostAnswer) -> Reply {
    let reply = Reply::raw(event);
    if duplicate { reply.with_header(REPLAYED, "true".to_owned()) } else { reply.with_status(201) }
}

/// Returns the id of the write: from the body, the header, or both if they are equal; else a fresh one (`core.md` 3).
pub(super) fn write_id(incoming: &Incoming, members: &Members) -> Result<String, Refusal> {
    id_of(members.text("id")?, incoming.header("idempotency-key"))
}

/// Does the same for calls that may have the id in the header only.
pub(super) fn id_of(in_body: Option<&str>, in_header: Option<String>) -> Result<String, Refusal> {
    let in_body = in_body.map(str::to_owned);
    if in_header.as_ref().is_some_and(|header| !header.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(Refusal::validation("id", "Idempotency-Key is visible ASCII."));
    }
    let given = match (in_body, in_header) {
        (Some(body), Some(header)) if body != header => {
            return Err(Refusal::validation("id", "id and Idempotency-Key are not equal."));
        }
        (Some(id), _) | (None, Some(id)) => id,
        (None, None) => return Ok(runtime::new_uuid()),
    };
    // Sockets of the messenger ask for a UUID; here any id of `core.md` 3 will do.
    if is_write_id(&given) { Ok(given) } else { Err(Refusal::validation("id", "The id has 1 to 128 printable bytes.")) }
}
