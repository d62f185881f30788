//! Routes for the operator to dead letters of any log (`messagehub.md` 7.3): of hub rooms, of groups with bots and of stores of LiveStore.

use protocol::wire::messagehub::read_dead_letter;
use protocol::wire::messenger::read_limit;
use protocol::words::refusal::Refusal;
use serde_json::json;
use worker::Response;

use super::operation::for_operator;
use crate::calls::hub::{HubCall, ListDeadLetters, RemoveDead, RetryDead};
use crate::http::answer::Reply;
use crate::http::incoming::Incoming;
use crate::kit::body::Empty;
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::operation::metrics;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// `GET /api/admin/dead-letters`: the logs with most dead letters.
pub async fn list_logs(incoming: &Incoming) -> worker::Result<Response> {
    for_operator(incoming, async |_| {
        let logs = metrics::dead_logs(&incoming.env).await;
        let items = logs.iter().map(|(log, letters)| json!({ "log": log, "letters": letters }));
        Reply::json(&json!({ "items": items.collect::<Vec<_>>() }))
    })
    .await
}

/// `GET /api/admin/dead-letters/:log`: a page of the dead letters of a log, of all its receivers.
pub async fn list_letters(incoming: &Incoming, log: &str) -> worker::Result<Response> {
    for_operator(incoming, async |_| {
        let limit = read_limit(incoming.query("limit").as_deref())?;
        let place = match incoming.query("after") {
            Some(after) => {
                read_dead_letter(&after).map(|(hook, seq)| (hook.to_owned(), seq)).ok_or(Refusal::BadCursor)?
            }
            None => (String::new(), 0),
        };
        let call = HubCall { hook: Some(place.0), after: Some(place.1), limit: Some(limit), ..HubCall::default() };
        Ok(Reply::raw(ask::<ListDeadLetters>(incoming, log, call).await?.0))
    })
    .await
}

/// `POST /api/admin/dead-letters/:log/:hook/:seq/retry`.
pub async fn retry_letter(incoming: &Incoming, log: &str, hook: &str, seq: &str) -> worker::Result<Response> {
    change::<RetryDead>(incoming, log, hook, seq).await
}

/// `DELETE /api/admin/dead-letters/:log/:hook/:seq`.
pub async fn remove_letter(incoming: &Incoming, log: &str, hook: &str, seq: &str) -> worker::Result<Response> {
    change::<RemoveDead>(incoming, log, hook, seq).await
}

async fn change<R: Request<Question = HubCall, Answer = Empty>>(
    incoming: &Incoming,
    log: &str,
    hook: &str,
    seq: &str,
) -> worker::Result<Response> {
    for_operator(incoming, async |_| {
        let seq: u64 = seq.parse().map_err(|_| Refusal::NotFound)?;
        let call = HubCall { hook: Some(hook.to_owned()), seq: Some(seq), ..HubCall::default() };
        ask::<R>(incoming, log, call).await?;
        Ok(Reply::empty())
    })
    .await
}

/// Asks the object of a log, by the name under which it reports to the directory.
async fn ask<R: Request<Question = HubCall>>(
    incoming: &Incoming,
    log: &str,
    call: HubCall,
) -> Result<R::Answer, CallError> {
    let is_store = |id: &str| runtime::is_object_id(&incoming.env, Namespace::StoreObject.binding(), id);
    let (namespace, id) = match log.split_once(':') {
        Some(("hub", room)) => (Namespace::Hub, room),
        Some(("rm", room)) => (Namespace::Room, room),
        Some(("ls", id)) if is_store(id) => (Namespace::StoreObject, id),
        _ => return Err(Refusal::NotFound.into()),
    };
    R::ask_in(&incoming.env, namespace, id, &HubCall { room: id.to_owned(), ..call }).await
}
