//! Bots of groups (`integrations.md` 7.2): finds the bot whose token came with a request, on the routes that people and bots share.
//!
//! The group's own object decides what a token opens, and asks for the permissions with each act.

use protocol::machines::presence::Card;
use protocol::people::session::hash_hex;
use protocol::wire::integrations::{BotToken, is_bot_token, read_bot_token};
use protocol::words::ids::{RoomForm, RoomId};
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::{isolate, session};
use crate::calls::own_bots::{OpenOwnBot, OpenOwnBotCall, OpenedOwnBot};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// Returns the person or the bot of a request about messages.
pub async fn principal(incoming: &Incoming) -> Result<Principal, CallError> {
    match token(incoming) {
        Some(token) => Ok(open(incoming, &token).await?.principal),
        None => Ok(session::person(incoming).await?),
    }
}

pub async fn for_room_socket(
    incoming: &Incoming,
    room: &Result<RoomId, Refusal>,
    takes_library: bool,
) -> Result<(Principal, Card), CallError> {
    if let Some(token) = token(incoming) {
        let opened = open(incoming, &token).await?;
        return Ok((opened.principal, opened.card));
    }
    let checked = session::for_room_socket(incoming, room, takes_library).await?;
    Ok((checked.principal, checked.card))
}

/// Returns the text that is meant as a token of a bot, on a route for bots. Only the header has one, so no line of a log does.
fn token(incoming: &Incoming) -> Option<String> {
    let header = incoming.header("authorization").filter(|_| session::access(incoming).bot)?;
    session::bearer(&header).filter(|token| is_bot_token(token)).map(str::to_owned)
}

/// Asks the group that the token names. A text of another form opens nothing, and no object is asked.
async fn open(incoming: &Incoming, token: &str) -> Result<OpenedOwnBot, CallError> {
    let BotToken { room, bot, secret } = read_bot_token(token).ok_or(Refusal::Unauthenticated)?;
    let room = RoomId::parse(room, &incoming.config.rooms).ok().filter(|room| *room.form() == RoomForm::Group);
    let room = room.ok_or(Refusal::Unauthenticated)?;
    let question = OpenOwnBotCall { bot: bot.to_owned(), secret_hash: hash_hex(secret) };
    let asked = OpenOwnBot::ask(&incoming.env, room.as_str(), &question);
    let opened = isolate::ask_doubted(incoming, room.as_str(), asked).await?;
    incoming.note_principal(Some(opened.principal.user.as_str()));
    Ok(opened)
}
