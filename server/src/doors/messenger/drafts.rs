//! Drafts of a person, on all their devices (`settings.md` 3).

use protocol::people::draft::Draft;
use protocol::words::ids::{RoomForm, is_write_id};
use protocol::words::limits::SEQ_MAX;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;

use super::{members, rooms};
use crate::auth::session;
use crate::calls::belongings::{DraftCall, ListDrafts, SaveDraft};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;

/// `GET /api/me/drafts`.
pub async fn list_drafts(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    check_kept(&who)?;
    Ok(Reply::raw(ListDrafts::ask(&incoming.env, who.user.as_str(), &()).await?))
}

/// `PUT /api/me/drafts/:id`.
pub async fn put_draft(incoming: &Incoming, id: &str) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["content", "replyTo", "at"]).await?;
    check_kept(&who)?;
    let content = members.needed_text("content")?.to_owned();
    Draft::check(&content)?;
    let reply_to = members.text("replyTo")?.map(str::to_owned);
    if reply_to.as_ref().is_some_and(|id| !is_write_id(id)) {
        return Err(Refusal::validation("replyTo", "replyTo is the id of a message.").into());
    }
    let at = members.number("at")?.and_then(|at| u64::try_from(at).ok()).filter(|at| *at <= SEQ_MAX);
    let at = at.ok_or(Refusal::validation("at", "at is a time in milliseconds."))?;
    let room = rooms::parse(incoming, id)?;
    room.admits(&who)?;
    // A direct conversation need not exist yet. A draft can be discarded even where the person cannot write any more.
    if !content.is_empty() && *room.form() == RoomForm::Group {
        rooms::check_access(incoming, &who, &room).await?;
    }
    let (session, room) = (who.session, room.as_str().to_owned());
    let question = DraftCall { session, room, content, reply_to, at };
    Ok(Reply::raw(SaveDraft::ask(&incoming.env, who.user.as_str(), &question).await?))
}

/// Refuses guests, whose drafts stay in the browser.
fn check_kept(who: &Principal) -> Result<(), Refusal> {
    if who.kind == UserKind::Guest { Err(Refusal::Forbidden) } else { Ok(()) }
}
