//! Review of held messages (`moderation.md` 8.2) over REST and for the page `/moderation`, for accounts with a role.

use protocol::machines::room::HeldMessage;
use protocol::wire::messenger::{check_public_room, check_verdict, dropped_json, held_json, read_verdict};
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;

use super::members;
use super::moderation::require_role;
use crate::auth::session;
use crate::calls::moderation;
use crate::calls::writing_rules::{JudgeCall, JudgeHeld, ListHeld};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::body::Record;
use crate::kit::call::in_portions;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

/// Public room, with what it holds or with the error of a room that does not answer.
pub type HeldInRoom = (String, Result<Vec<HeldMessage>, CallError>);

/// `GET /api/moderation/held`.
pub async fn list(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    require_role(incoming, &who).await?;
    let room = incoming.query("room").unwrap_or_default();
    check_public_room(&room, &incoming.config.rooms)?;
    Ok(Reply::raw(held_json(&ask_room(incoming, &room).await?)))
}

/// Lists the held messages of all rooms that the deployment names; `None` for a person without a role.
pub async fn list_all(incoming: &Incoming, who: &Principal) -> Result<Option<Vec<HeldInRoom>>, CallError> {
    match require_role(incoming, who).await {
        Ok(_) => {}
        Err(CallError::Refused(Refusal::Forbidden)) => return Ok(None),
        Err(error) => return Err(error),
    }
    let rooms = incoming.config.rooms.public.iter();
    Ok(Some(in_portions(rooms.map(|room| async move { (room.clone(), ask_room(incoming, room).await) })).await))
}

async fn ask_room(incoming: &Incoming, room: &str) -> Result<Vec<HeldMessage>, CallError> {
    let Record(held) = ListHeld::ask(&incoming.env, room, &()).await?;
    Ok(held)
}

/// `POST /api/moderation/held`.
pub async fn judge(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["room", "id", "verdict"]).await?;
    require_role(incoming, &who).await?;
    carry_out(incoming, who, read_verdict(&members, &incoming.config.rooms)?).await?;
    Ok(Reply::empty())
}

/// Judges a held message by the room, the id and the verdict of a form.
pub async fn judge_form(incoming: &Incoming, who: Principal, form: (&str, &str, &str)) -> Result<(), CallError> {
    require_role(incoming, &who).await?;
    carry_out(incoming, who, check_verdict(form, &incoming.config.rooms)?).await
}

/// Carries out the verdict of a person with a role. The writer of a dropped message is told.
async fn carry_out(
    incoming: &Incoming,
    who: Principal,
    (room, id, is_published): (String, String, bool),
) -> Result<(), CallError> {
    let question = JudgeCall { principal: who, id, is_published, trace: incoming.trace() };
    let writer = JudgeHeld::ask(&incoming.env, &room, &question).await?;
    if !is_published {
        let frame = dropped_json(&room, &question.id);
        moderation::tell(&incoming.env, UserId::parse(&writer)?, frame).await;
    }
    Ok(())
}
