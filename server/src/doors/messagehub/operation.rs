//! Routes for the operator (`messagehub.md` 8, 9): switches and metrics, behind the service token.

use protocol::operation::rebuild::RebuildCursor;
use protocol::words::iso::parse_iso_utc;
use protocol::words::limits::AUDIT_WORD_BYTES_MAX;
use protocol::words::refusal::Refusal;
use worker::{Headers, Response};

use super::access;
use crate::auth::origin;
use crate::calls::flags;
use crate::calls::operator::{self, NoteRebuild, OwnerAct};
use crate::doors::messenger::{list, members};
use crate::http::answer::{self, HandlerResult, Reply};
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::jobs::rebuild;
use crate::kit::request::Request;
use crate::kit::trace::Trace;
use crate::operation::metrics;
use crate::projection::audit::{self, Search};
use crate::runtime::call_error::CallError;

/// Returns the caller, who must run the deployment. Without a token or a team in the configuration there is no such route (`core.md` 4).
pub(super) async fn check(incoming: &Incoming) -> Result<String, CallError> {
    let known = access::owner(incoming).await?.ok_or(Refusal::NotFound)?;
    known.ok_or(CallError::Refused(Refusal::Unauthenticated))
}

/// Answers a call of the operator in the envelope. A browser sends the credential of a team member by itself, so the origin of what changes
/// something is checked.
pub(super) async fn for_operator(
    incoming: &Incoming,
    handler: impl AsyncFnOnce(String) -> HandlerResult,
) -> worker::Result<Response> {
    let outcome = async {
        let owner = check(incoming).await?;
        if incoming.is_writing() {
            origin::check(incoming)?;
        }
        handler(owner).await
    };
    let outcome = outcome.await;
    answer::envelope(incoming, outcome)
}

/// `GET`, and `PUT` (`messagehub.md` 8) or `POST` (`messenger.md` 3) `/api/admin/flags`.
pub async fn answer_flags(incoming: &Incoming) -> worker::Result<Response> {
    for_operator(incoming, async |owner| {
        if !incoming.is_writing() {
            return Ok(Reply::raw(flags::show(&incoming.env).await?));
        }
        let change = incoming.json_body().await?.ok_or(Refusal::BadJson)?;
        turn(incoming, owner, change).await.map(Reply::raw)
    })
    .await
}

/// Changes flags in the name of `owner`. Returns the new flags.
pub async fn turn(incoming: &Incoming, owner: String, change: String) -> Result<String, CallError> {
    flags::change(&incoming.env, &act(incoming, owner, change)).await
}

/// Returns an act of `owner` for the audit log, with its origin.
pub fn act(incoming: &Incoming, owner: String, what: String) -> OwnerAct {
    let Trace { address, request } = incoming.trace();
    OwnerAct { actor: owner, address, request, what }
}

/// `GET /api/admin/audit`: rows of the audit log, oldest first, or before `before` newest first; a later call goes on at `next`
/// (`leaving.md` 2).
pub async fn list_audit(incoming: &Incoming) -> worker::Result<Response> {
    for_operator(incoming, async |_| {
        let search = search(incoming, list::limit(incoming)?)?;
        Ok(Reply::raw(audit::page(&incoming.env, &search).await?))
    })
    .await
}

/// Parses the query of a request to the audit log.
pub fn search(incoming: &Incoming, limit: usize) -> Result<Search, Refusal> {
    let number = |name: &str| match incoming.query(name).filter(|text| !text.is_empty()) {
        Some(text) => text.parse::<u32>().map(|number| Some(u64::from(number))).map_err(|_| Refusal::BadCursor),
        None => Ok(None),
    };
    let word = |name: &'static str| match incoming.query(name).unwrap_or_default().trim() {
        word if word.len() > AUDIT_WORD_BYTES_MAX => Err(Refusal::validation(name, "This is too long.")),
        word => Ok(word.to_owned()),
    };
    let any = |name: &'static str| word(name).map(|word| Vec::from_iter(Some(word).filter(|word| !word.is_empty())));
    let day = |name: &'static str| match word(name)? {
        word if word.is_empty() => Ok(None),
        // A date alone means the beginning of that day.
        word => parse_iso_utc(&word).map(Some).ok_or_else(|| Refusal::validation(name, "This must be a time in UTC.")),
    };
    let (after, before) = (number("after")?.unwrap_or(0), number("before")?);
    Ok(Search { after, before, limit, who: any("who")?, what: any("what")?, from: day("from")?, until: day("until")? })
}

/// `POST /api/admin/projection`: the next step of rebuilding the database from the logs (`docs/runbooks/projection.md`).
pub async fn rebuild_projection(incoming: &Incoming) -> worker::Result<Response> {
    for_operator(incoming, async |owner| {
        let members = members::of(incoming, &["after"]).await?;
        let after = members.text("after")?;
        let place =
            after.map_or(Ok(RebuildCursor::new(incoming.now)), |after| RebuildCursor::parse(after, incoming.now))?;
        if after.is_none() {
            NoteRebuild::ask(&incoming.env, operator::OBJECT, &act(incoming, owner, String::new())).await?;
        }
        rebuild::step(&incoming.env, place, incoming.now).await.map(Reply::raw)
    })
    .await
}

/// `GET /api/admin/stats`: the numbers of `/metrics` as JSON (`messenger.md` 3).
pub async fn read_stats(incoming: &Incoming) -> worker::Result<Response> {
    for_operator(incoming, async |_| {
        Ok(Reply::raw(protocol::operation::metrics::json(&metrics::sums(&incoming.env).await)))
    })
    .await
}

/// `GET /metrics`.
pub async fn read_metrics(incoming: &Incoming) -> worker::Result<Response> {
    if let Err(error) = check(incoming).await {
        return answer::refused(incoming, Door::Hub, &error.into());
    }
    let headers = Headers::new();
    headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8")?;
    headers.set("cache-control", "no-store")?;
    answer::respond(
        incoming,
        Door::Hub,
        200,
        protocol::operation::metrics::text(&metrics::sums(&incoming.env).await),
        headers,
        &[],
    )
}
