//! For whoever runs the deployment (`messagehub.md` 8, 9): switches and numbers, behind the service token.

use protocol::refusal::Refusal;
use worker::{Headers, Response};

use super::{access, flags};
use crate::answer::{self, Reply};
use crate::audit;
use crate::doors::messenger::list;
use crate::incoming::Incoming;
use crate::metrics;
use crate::objects::call::CallError;
use crate::route::Door;

/// Without a token or a team in the configuration there is no such route (`core.md` 4).
async fn check(incoming: &Incoming) -> Result<(), Refusal> {
    match access::is_service(incoming).await {
        None => Err(Refusal::NotFound),
        Some(false) => Err(Refusal::Unauthenticated),
        Some(true) => Ok(()),
    }
}

/// `GET`, and `PUT` (`messagehub.md` 8) or `POST` (`messenger.md` 3) `/api/admin/flags`.
pub async fn flags(incoming: &Incoming) -> worker::Result<Response> {
    let outcome = async {
        check(incoming).await?;
        if incoming.method == "GET" {
            return Ok::<_, CallError>(Reply::raw(flags::show(&incoming.env).await?));
        }
        let change = incoming.json_body().await?.ok_or(Refusal::BadJson)?;
        match flags::change(&incoming.env, &change).await? {
            (200, json) => Ok(Reply::raw(json)),
            (409, text) => Err(CallError::Refused(protocol::json::from_json(&text)?)),
            (status, _) => Err(CallError::Broken(protocol::refusal::Fault(format!("flags answered {status}")))),
        }
    };
    let outcome = outcome.await;
    answer::envelope(incoming, outcome)
}

/// `GET /api/admin/audit`: who did what, oldest first; `next` is where a later call goes on (`messenger.md` 10).
pub async fn audit(incoming: &Incoming) -> worker::Result<Response> {
    let outcome = async {
        check(incoming).await?;
        let limit = list::limit(incoming)?;
        let after = match incoming.query("after") {
            Some(after) => after.parse::<u32>().map_err(|_| Refusal::BadCursor)?,
            None => 0,
        };
        let page = audit::page(&incoming.env, u64::from(after), limit).await;
        Ok::<_, CallError>(Reply::raw(page.map_err(CallError::from)?))
    };
    let outcome = outcome.await;
    answer::envelope(incoming, outcome)
}

/// `GET /api/admin/stats`: what `/metrics` tells, as JSON (`messenger.md` 3).
pub async fn stats(incoming: &Incoming) -> worker::Result<Response> {
    let outcome = match check(incoming).await {
        Ok(()) => Ok(Reply::raw(protocol::metrics::json(&metrics::sums(&incoming.env).await))),
        Err(refusal) => Err(refusal.into()),
    };
    answer::envelope(incoming, outcome)
}

/// `GET /metrics`.
pub async fn metrics(incoming: &Incoming) -> worker::Result<Response> {
    if let Err(refusal) = check(incoming).await {
        return answer::refused(incoming, Door::Hub, &refusal);
    }
    let headers = Headers::new();
    headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8")?;
    headers.set("cache-control", "no-store")?;
    answer::respond(
        incoming,
        Door::Hub,
        200,
        protocol::metrics::text(&metrics::sums(&incoming.env).await),
        headers,
        &[],
    )
}
