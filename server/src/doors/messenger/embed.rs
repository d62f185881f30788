//! Rooms in pages of other sites (`embed.md`): the permission of a group, what such a page reads, and guests who write there.
//!
//! No cookie counts for the frame: a session is a bearer that the page holds in its memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::machines::room::EmbedMode;
use protocol::trust::guard::origin_of;
use protocol::wire::messenger::{read_embedding, read_write};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomForm, RoomId};
use protocol::words::limits::{EMBED_COPIES_MAX, EMBED_COPY_MS};
use protocol::words::principal::UserKind;
use protocol::words::refusal::Refusal;
use serde_json::json;

use super::messages::{self, write_id};
use super::sign_in::{SignIn, sign_in};
use super::{groups, members, rooms};
use crate::auth::{isolate, session};
use crate::calls::room::{EmbedPage, ReadEmbedPage, ReadEmbedding, SetEmbedding, SetEmbeddingCall};
use crate::config::Environment;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

// ---- the permission

/// `GET /api/rooms/:id/embed`.
pub async fn read_permission(incoming: &Incoming, id: &str) -> HandlerResult {
    let (principal, room) = groups::group_of(incoming, id).await?;
    Reply::json(&ReadEmbedding::ask(&incoming.env, room.as_str(), &principal.user).await?)
}

/// `PUT /api/rooms/:id/embed`.
pub async fn set_permission(incoming: &Incoming, id: &str) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["origins", "mode"]).await?;
    let room = groups::group_in_path(incoming, &principal, id)?;
    let embedding = read_embedding(&members, incoming.config.environment == Environment::Dev, origin_of)?;
    let question = SetEmbeddingCall { by: principal.user, embedding: Some(embedding.clone()), trace: incoming.trace() };
    change(incoming, &room, &question).await?;
    Reply::json(&embedding)
}

/// `DELETE /api/rooms/:id/embed`.
pub async fn end_permission(incoming: &Incoming, id: &str) -> HandlerResult {
    let (principal, room) = groups::group_of(incoming, id).await?;
    let (by, trace) = (principal.user, incoming.trace());
    let question = SetEmbeddingCall { by, embedding: None, trace };
    change(incoming, &room, &question).await?;
    Ok(Reply::empty())
}

async fn change(incoming: &Incoming, room: &RoomId, question: &SetEmbeddingCall) -> Result<(), CallError> {
    SetEmbedding::ask(&incoming.env, room.as_str(), question).await?;
    forget_copy(room);
    Ok(())
}

// ---- reading

/// Content of a room and the time at which it was read; `None` for a room that is not embedded.
type EmbedCopy = (Millis, Option<Rc<EmbedPage>>);

thread_local! {
    /// Rooms as they were read, at most [`EMBED_COPIES_MAX`].
    static COPIES: RefCell<BTreeMap<String, EmbedCopy>> = const { RefCell::new(BTreeMap::new()) };
}

/// Reads what a page of another site shows of a room, not older than [`EMBED_COPY_MS`].
///
/// # Errors
///
/// `NOT_FOUND` for everything that is not embedded.
pub async fn shown(incoming: &Incoming, room: &str) -> Result<Rc<EmbedPage>, CallError> {
    let room = rooms::parse(incoming, room).map_err(|_| Refusal::NotFound)?;
    let may_be = match room.form() {
        RoomForm::Public => incoming.config.embeds.contains_key(room.as_str()),
        RoomForm::Group => true,
        RoomForm::Direct(..) => false,
    };
    if !may_be {
        return Err(Refusal::NotFound.into());
    }
    let is_good = |(at, _): &&EmbedCopy| at + EMBED_COPY_MS > incoming.now;
    let copy = COPIES.with_borrow(|copies| copies.get(room.as_str()).filter(is_good).map(|(_, page)| page.clone()));
    let page = match copy {
        Some(page) => page,
        None => read_page(incoming, &room).await?,
    };
    Ok(page.ok_or(Refusal::NotFound)?)
}

/// Reads a room, and keeps the result. A room that is not embedded is kept as well: nobody wakes its object by asking again and again.
async fn read_page(incoming: &Incoming, room: &RoomId) -> Result<Option<Rc<EmbedPage>>, CallError> {
    let asked = ReadEmbedPage::ask(&incoming.env, room.as_str(), &());
    let page = match isolate::ask_doubted(incoming, room.as_str(), asked).await {
        Ok(page) => Some(Rc::new(page)),
        Err(CallError::Refused(Refusal::NotFound)) => None,
        Err(error) => return Err(error),
    };
    COPIES.with_borrow_mut(|copies| {
        copies.retain(|_, (at, _)| *at + EMBED_COPY_MS > incoming.now);
        if copies.len() >= EMBED_COPIES_MAX {
            copies.pop_first();
        }
        copies.insert(room.as_str().to_owned(), (incoming.now, page.clone()));
    });
    Ok(page)
}

fn forget_copy(room: &RoomId) {
    COPIES.with_borrow_mut(|copies| copies.remove(room.as_str()));
}

// ---- guests

/// Refuses a room in which guests of other sites do not write.
async fn check_guests_write(incoming: &Incoming, room: &str) -> Result<(), CallError> {
    match shown(incoming, room).await?.embedding.mode {
        EmbedMode::Guest => Ok(()),
        EmbedMode::Read => Err(Refusal::NotFound.into()),
    }
}

/// `POST /embed/:room/enter`: signs a guest in. The credential is in the answer alone.
pub async fn enter(incoming: &Incoming, room: &str) -> HandlerResult {
    check_guests_write(incoming, room).await?;
    let members = members::of(incoming, &["name", "turnstile"]).await?;
    let form = SignIn {
        display_name: Some(members.needed_text("name")?.to_owned()),
        token: members.text("turnstile")?.map(str::to_owned),
        ..SignIn::default()
    };
    let begun = sign_in(incoming, form).await?;
    let principal = &begun.checked.principal;
    let answer = json!({
        "sessionId": begun.token,
        "displayName": principal.name,
        "expiresAt": principal.expires_at,
    });
    Ok(Reply::json(&answer)?.with_status(201))
}

/// `POST /embed/:room/say`: a message of a guest, by bearer alone.
pub async fn say(incoming: &Incoming, room: &str) -> HandlerResult {
    check_guests_write(incoming, room).await?;
    if incoming.header("authorization").is_none() {
        return Err(Refusal::Unauthenticated.into());
    }
    let principal = session::person(incoming).await?;
    if principal.kind != UserKind::Guest {
        return Err(Refusal::Forbidden.into());
    }
    let members = members::of(incoming, &["content", "id"]).await?;
    let id = write_id(incoming, &members)?;
    let body = json!({ "content": members.needed_text("content")? }).to_string();
    let write = read_write(&body, &id)?;
    let room = rooms::parse(incoming, room)?;
    rooms::check_access(incoming, &principal, &room).await?;
    let reply = messages::post(incoming, principal, &room, write).await?;
    forget_copy(&room);
    Ok(reply)
}
