//! Receivers of a room and its dead letters (`messagehub.md` 7.1, 7.3), for callers who may manage the room.

use protocol::codec::json::Value;
use protocol::machines::hub::HubRefusal;
use protocol::trust::guard::{UrlPolicy, check_url};
use protocol::wire::messagehub::{read_cursor, read_hook};
use protocol::words::limits::OVERLOADED_RETRY_MS;

use super::access::require_admin;
use super::{HubResult, Problem, ask, ask_with, json};
use crate::calls::flags::{Flag, is_maintained, is_on_in};
use crate::calls::hub::{
    HubCall, ListDead, ListHooks, PUT_HOOK, ReadHook, ReadStats, RemoveDead, RemoveHook, RetryDead,
};
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::outbound::connectors;
use crate::runtime::CallBody;

/// Returns a caller who may manage the room's receivers. With receivers switched off there are none, and during maintenance nobody may
/// change them (`messagehub.md` 8).
async fn hook_call(incoming: &Incoming, room: &str) -> Result<HubCall, HubRefusal> {
    let call = require_admin(incoming, room).await?;
    if !is_on_in(&incoming.env, Flag::Webhooks, room).await {
        return Err(HubRefusal::NotFound);
    }
    let is_write = !matches!(incoming.method.as_str(), "GET" | "HEAD");
    if is_write && is_maintained(&incoming.env).await {
        return Err(HubRefusal::Overloaded { retry_after_ms: OVERLOADED_RETRY_MS });
    }
    Ok(call)
}

async fn of_hook(incoming: &Incoming, room: &str, hook: &str) -> Result<HubCall, HubRefusal> {
    Ok(HubCall { hook: Some(hook.to_owned()), ..hook_call(incoming, room).await? })
}

/// `GET /rooms/:room/stats`.
pub async fn read_stats(incoming: &Incoming, room: &str) -> HubResult {
    let call = require_admin(incoming, room).await?;
    json(incoming, ask::<ReadStats>(incoming, &call).await?.0)
}

/// `GET /rooms/:room/webhooks`.
pub async fn list_hooks(incoming: &Incoming, room: &str) -> HubResult {
    let call = hook_call(incoming, room).await?;
    json(incoming, ask::<ListHooks>(incoming, &call).await?.0)
}

/// `GET /rooms/:room/webhooks/:hook`.
pub async fn find_hook(incoming: &Incoming, room: &str, hook: &str) -> HubResult {
    let call = of_hook(incoming, room, hook).await?;
    json(incoming, ask::<ReadHook>(incoming, &call).await?.0)
}

/// `PUT /rooms/:room/webhooks/:hook`: 201 for a new one. An address that is not to be called is refused here, and again before
/// every call.
pub async fn put_hook(incoming: &Incoming, room: &str, hook: &str) -> HubResult {
    let call = of_hook(incoming, room, hook).await?;
    let body = incoming.body().await?;
    let own_host = incoming.url.host_str().map(str::to_owned);
    let place = UrlPolicy { own_host: own_host.as_deref(), ..incoming.config.hub.place() };
    let read = read_hook(hook, &body, place).map_err(|(refusal, text)| Problem::Said(refusal, text))?;
    let target =
        check_url(&read.url, place).map_err(|refusal| Problem::Said(HubRefusal::BadFrame, refusal.to_string()))?;
    if let Err(refusal) = connectors::check_public(incoming.config, &target).await {
        return Err(Problem::Said(HubRefusal::BadFrame, refusal.to_string()));
    }
    let text = ask_with(incoming, PUT_HOOK, &call, CallBody::Read(body.as_bytes())).await?;
    let answered = Value::parse(&text).unwrap_or(Value::Null);
    let is_new = answered.get("isNew").and_then(Value::as_bool).unwrap_or(false);
    let shown = protocol::wire::messagehub::hook_json(&read);
    let status = if is_new { 201 } else { 200 };
    Ok(answer::json_response(incoming, Door::Hub, status, shown, &[("cache-control", "no-store".to_owned())])?)
}

/// `DELETE /rooms/:room/webhooks/:hook`.
pub async fn remove_hook(incoming: &Incoming, room: &str, hook: &str) -> HubResult {
    let call = of_hook(incoming, room, hook).await?;
    ask::<RemoveHook>(incoming, &call).await?;
    json(incoming, "{}".to_owned())
}

/// `GET /rooms/:room/webhooks/:hook/dead`.
pub async fn list_dead_letters(incoming: &Incoming, room: &str, hook: &str) -> HubResult {
    let call = of_hook(incoming, room, hook).await?;
    let after = read_cursor(incoming.query("after").as_deref(), None)?.map(|cursor| cursor.seq);
    json(incoming, ask::<ListDead>(incoming, &HubCall { after, ..call }).await?.0)
}

/// `POST …/dead/:id/retry` and `DELETE …/dead/:id`.
pub async fn retry_dead(incoming: &Incoming, room: &str, hook: &str, id: &str) -> HubResult {
    change_dead(incoming, room, hook, id, true).await
}

/// `DELETE /rooms/:room/webhooks/:hook/dead/:id`.
pub async fn remove_dead(incoming: &Incoming, room: &str, hook: &str, id: &str) -> HubResult {
    change_dead(incoming, room, hook, id, false).await
}

async fn change_dead(incoming: &Incoming, room: &str, hook: &str, id: &str, again: bool) -> HubResult {
    let call = of_hook(incoming, room, hook).await?;
    let seq: u64 = id.parse().map_err(|_| HubRefusal::NotFound)?;
    let call = HubCall { seq: Some(seq), ..call };
    if again {
        ask::<RetryDead>(incoming, &call).await?;
    } else {
        ask::<RemoveDead>(incoming, &call).await?;
    }
    json(incoming, "{}".to_owned())
}
