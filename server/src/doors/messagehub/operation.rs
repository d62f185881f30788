//! For whoever runs the deployment (`messagehub.md` 8, 9): switches and numbers, behind the service token.

use protocol::refusal::Refusal;
use worker::{Headers, Response};

use super::{access, flags};
use crate::answer::{self, Reply};
use crate::incoming::Incoming;
use crate::metrics;
use crate::objects::call::CallError;
use crate::route::Door;

/// Absent token: there is no such route (`core.md` 4).
fn check(incoming: &Incoming) -> Result<(), Refusal> {
    match access::is_service(incoming) {
        None => Err(Refusal::NotFound),
        Some(false) => Err(Refusal::Unauthenticated),
        Some(true) => Ok(()),
    }
}

/// `GET` and `PUT /api/admin/flags`.
pub async fn flags(incoming: &Incoming) -> worker::Result<Response> {
    let outcome = async {
        check(incoming)?;
        if incoming.method == "GET" {
            return Ok::<_, CallError>(Reply::raw(flags::show(&incoming.env).await?));
        }
        let change = incoming.json_body().await?.ok_or(Refusal::BadJson)?;
        match flags::change(&incoming.env, &change).await? {
            (200, json) => Ok(Reply::raw(json)),
            (409, text) => Err(CallError::Refused(serde_json::from_str(&text)?)),
            (status, _) => Err(CallError::Broken(protocol::refusal::Fault(format!("flags answered {status}")))),
        }
    };
    let outcome = outcome.await;
    answer::envelope(incoming, outcome)
}

/// `GET /metrics`.
pub async fn metrics(incoming: &Incoming) -> worker::Result<Response> {
    if let Err(refusal) = check(incoming) {
        return answer::refused(incoming, Door::Hub, &refusal);
    }
    let headers = Headers::new();
    headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8")?;
    headers.set("cache-control", "no-store")?;
    answer::respond(incoming, Door::Hub, 200, metrics::text(&incoming.env).await, headers, &[])
}
