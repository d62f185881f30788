//! The history of this door: `GET /api/messages` in its second shape, and the call of `wasmchannel.md` 4.

use protocol::codec::json::json_text;
use protocol::wire::wasmchannel::{
    DEFAULT_ROOM, MEDIA_TYPE, PageRequest, is_wrapped, page_wanted, read_cursor, read_limit, wrapped, wrapped_page,
};
use protocol::words::principal::Principal;
use protocol::words::refusal::Refusal;
use worker::Response;

use crate::auth::session;
use crate::calls::auth::{Purpose, ValidSession};
use crate::calls::room::{HistoryCall, ReadHistory};
use crate::doors::messenger::rooms;
use crate::http::answer::{self, HandlerResult, Reply};
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Returns true if the request wants this door's shape.
pub fn wants_library_shape(incoming: &Incoming) -> bool {
    incoming.query("cursor").is_some() || incoming.header("accept").is_some_and(|accept| accept.contains(MEDIA_TYPE))
}

/// `GET /api/messages` in this door's shape.
pub async fn library_page(incoming: &Incoming, principal: Principal) -> HandlerResult {
    let room = incoming.query("roomId").unwrap_or_else(|| DEFAULT_ROOM.to_owned());
    let (cursor, limit) = (incoming.query("cursor"), incoming.query("limit"));
    Ok(Reply::raw(page(incoming, principal, &room, (cursor.as_deref(), limit.as_deref()), false).await?))
}

async fn page(
    incoming: &Incoming,
    principal: Principal,
    room: &str,
    (cursor, limit): (Option<&str>, Option<&str>),
    is_without_deleted: bool,
) -> Result<String, CallError> {
    let room = rooms::parse(incoming, room)?;
    rooms::check_access(incoming, &principal, &room).await?;
    let (cursor, limit) = (read_cursor(cursor)?, read_limit(limit)?);
    let question = HistoryCall { principal, cursor, limit, is_without_deleted };
    Ok(ReadHistory::ask(&incoming.env, room.as_str(), &question).await?.0)
}

/// `POST /rpc/messages/get`: an unwrapped page of the common room, or of the room in the call. A call in the wrapper of oRPC's RPC link gets
/// a wrapped answer.
pub async fn answer_rpc(incoming: &Incoming) -> worker::Result<Response> {
    // The body is read even without a session, because its form decides the form of the refusal; and first, as everywhere.
    let body = incoming.json_body().await;
    let checked = session::require(incoming, Purpose::Call).await;
    let is_wrapped = matches!(&body, Ok(Some(text)) if is_wrapped(text));
    let refusal: Refusal = match wanted_page(incoming, checked, body).await {
        Ok(json) => {
            let json = if is_wrapped { wrapped_page(&json) } else { json };
            return answer::json_response(
                incoming,
                Door::WasmChannel,
                200,
                json,
                &[("cache-control", "no-store".to_owned())],
            );
        }
        Err(error) => {
            if let Some(fault) = error.fault() {
                telemetry::fault("rpc", fault);
            }
            error.into()
        }
    };
    let status = refusal.status();
    let code = if refusal == Refusal::Unauthenticated { "Unauthorized" } else { refusal.code() };
    let json = format!(
        "{{\"defined\":true,\"code\":\"{code}\",\"status\":{status},\"message\":{}}}",
        json_text(&refusal.to_string())
    );
    let json = if is_wrapped { wrapped(&json) } else { json };
    let retry = refusal.retry_after_ms().map(|ms| ("retry-after", ms.div_ceil(1_000).max(1).to_string()));
    answer::json_response(incoming, Door::WasmChannel, status, json, &retry.into_iter().collect::<Vec<_>>())
}

async fn wanted_page(
    incoming: &Incoming,
    checked: Result<ValidSession, CallError>,
    body: Result<Option<String>, CallError>,
) -> Result<String, CallError> {
    let principal = checked?.principal;
    let PageRequest { room, cursor, limit } = page_wanted(body?)?;
    let room = room.as_deref().unwrap_or(DEFAULT_ROOM);
    // The original's page reads no `deletedAt`: it would show a deleted message as an empty one.
    page(incoming, principal, room, (cursor.as_deref(), limit.as_deref()), true).await
}
