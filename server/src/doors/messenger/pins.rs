//! The pinned message of a conversation (`messenger.md` 3.4).

use protocol::words::ids::is_write_id;
use protocol::words::refusal::Refusal;

use super::{members, rooms};
use crate::auth::session;
use crate::calls::room::{PinCall, SetPin};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;

/// `PUT /api/rooms/:id/pin`, and with `is_there` false `DELETE`.
pub async fn pin_message(incoming: &Incoming, id: &str) -> HandlerResult {
    set_pin(incoming, id, true).await
}

/// `DELETE /api/rooms/:id/pin`.
pub async fn unpin_message(incoming: &Incoming, id: &str) -> HandlerResult {
    set_pin(incoming, id, false).await
}

async fn set_pin(incoming: &Incoming, id: &str, is_there: bool) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let message = match is_there {
        true => Some(members::of(incoming, &["messageId"]).await?.needed_text("messageId")?.to_owned()),
        false => None,
    };
    let room = rooms::parse(incoming, id)?;
    rooms::check_access(incoming, &principal, &room).await?;
    if message.as_ref().is_some_and(|message| !is_write_id(message)) {
        return Err(Refusal::NotFound.into());
    }
    let question = PinCall { principal, message };
    Ok(Reply::raw(SetPin::ask(&incoming.env, room.as_str(), &question).await?.0))
}
