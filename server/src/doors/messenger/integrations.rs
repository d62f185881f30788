//! Integrations of a group (`integrations.md` 1 and 2): making, listing and revoking them, and the address to which programs outside post.
//!
//! The group's own object decides about permissions and knows the hash of each secret. The secret itself never leaves this file.

use protocol::content::text;
use protocol::people::session::{hash_hex, integration_id, is_token, token};
use protocol::wire::integrations::{BodyShape, IncomingText, read_incoming};
use protocol::words::ids::{RoomForm, RoomId, is_integration};
use protocol::words::limits::INTEGRATION_BODY_BYTES_MAX;
use protocol::words::refusal::Refusal;
use serde::Serialize;
use worker::{Headers, Response};

use super::messages::{REPLAYED, id_of, posted};
use super::{groups, members, rooms};
use crate::auth::{isolate, session};
use crate::calls::integrations::{
    AddIntegration, AddIntegrationCall, IntegrationMessageCall, IntegrationRow, ListIntegrations, RemoveIntegration,
    WriteIntegrationMessage,
};
use crate::calls::own_bots::RemoveProgramCall;
use crate::calls::room::PostAnswer;
use crate::http::answer::{self, HandlerResult, Reply};
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime;
use crate::runtime::call_error::CallError;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

#[derive(Serialize)]
struct Listed {
    items: Vec<IntegrationRow>,
}

/// A new integration with its address, which nobody is told again.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    row: IntegrationRow,
    url: String,
}

/// `GET /api/rooms/:id/hooks`.
pub async fn list_integrations(incoming: &Incoming, id: &str) -> HandlerResult {
    let (principal, room) = groups::group_of(incoming, id).await?;
    let items = ListIntegrations::ask(&incoming.env, room.as_str(), &principal.user).await?;
    Reply::json(&Listed { items })
}

/// `POST /api/rooms/:id/hooks`.
pub async fn add_integration(incoming: &Incoming, id: &str) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let members = members::of(incoming, &["name"]).await?;
    let room = groups::group_in_path(incoming, &principal, id)?;
    let name = text::integration_name(members.needed_text("name")?)?;
    let secret = token(runtime::drawn_bytes()?);
    let question = AddIntegrationCall {
        by: principal.user,
        visible_from: principal.visible_from,
        id: integration_id(runtime::drawn_bytes()?),
        name,
        secret_hash: hash_hex(&secret),
        trace: incoming.trace(),
    };
    let row = AddIntegration::ask(&incoming.env, room.as_str(), &question).await?;
    let url = format!("{}/api/hooks/{}/{}.{secret}", incoming.own_origin(), room.as_str(), row.id);
    Ok(Reply::json(&Made { row, url })?.with_status(201))
}

/// `DELETE /api/rooms/:id/hooks/:hook`.
pub async fn remove_integration(incoming: &Incoming, id: &str, integration: &str) -> HandlerResult {
    let (principal, room) = groups::group_of(incoming, id).await?;
    let question = RemoveProgramCall { by: principal.user, id: integration.to_owned(), trace: incoming.trace() };
    RemoveIntegration::ask(&incoming.env, room.as_str(), &question).await?;
    Ok(Reply::empty())
}

// ---- the address

/// `POST /api/hooks/:room/:token`: says a body in the group. No session, cookie or origin counts, and the answer is that of the body's
/// shape.
pub async fn take_message(incoming: &Incoming, room: &str, token: &str) -> worker::Result<Response> {
    match said(incoming, room, token).await {
        Ok((BodyShape::Plain, answer)) => answer::envelope(incoming, Ok(posted(answer))),
        Ok((shape, answer)) => respond(incoming, shape, answer),
        Err(error) => answer::envelope(incoming, Err(error)),
    }
}

async fn said(incoming: &Incoming, room: &str, token: &str) -> Result<(BodyShape, PostAnswer), CallError> {
    let body = incoming.bytes(INTEGRATION_BODY_BYTES_MAX).await?;
    let (room, integration, secret) = address(incoming, room, token).ok_or(Refusal::NotFound)?;
    let kind = incoming.header("content-type").unwrap_or_default();
    let IncomingText { shape, name, content } = read_incoming(&kind, body)?;
    let question = IntegrationMessageCall {
        integration: integration.to_owned(),
        secret_hash: hash_hex(secret),
        id: id_of(None, incoming.header("idempotency-key"))?,
        name,
        content,
    };
    let asked = WriteIntegrationMessage::ask(&incoming.env, room.as_str(), &question);
    let answer = isolate::ask_doubted(incoming, room.as_str(), asked).await?;
    Ok((shape, answer))
}

/// Returns group, integration and secret of an address; `None` for a text of another form, for which no object is asked.
fn address<'a>(incoming: &Incoming, room: &str, token: &'a str) -> Option<(RoomId, &'a str, &'a str)> {
    let room = rooms::parse(incoming, room).ok().filter(|room| *room.form() == RoomForm::Group)?;
    let (integration, secret) = token.split_once('.')?;
    (is_integration(integration) && is_token(secret)).then_some((room, integration, secret))
}

/// Answers a sender that expects no envelope.
fn respond(
    incoming: &Incoming,
    shape: BodyShape,
    PostAnswer { event, duplicate }: PostAnswer,
) -> worker::Result<Response> {
    let waits = incoming.query("wait").is_some_and(|wait| wait == "true");
    let (status, kind, body) = match shape {
        BodyShape::Discord if waits => (200, Some(JSON), event),
        BodyShape::Discord => (204, None, String::new()),
        BodyShape::Slack | BodyShape::Plain => (200, Some(TEXT), "ok".to_owned()),
    };
    let headers = Headers::new();
    headers.set("cache-control", "no-store")?;
    if let Some(kind) = kind {
        headers.set("content-type", kind)?;
    }
    let more = if duplicate { vec![(REPLAYED, "true".to_owned())] } else { Vec::new() };
    answer::respond(incoming, Door::Messenger, status, body, headers, &more)
}
