//! Export of a person's data, and deletion of a person (`leaving.md` 1, `leaving.md` 2).

use protocol::people::account::sensitive::SensitiveAct;
use protocol::wire::messenger::archive_json;
use protocol::words::event::Millis;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Refusal;
use worker::{Headers, Response};

use super::answer_whole;
use super::files::{POLICY, send_stored};
use super::members;
use super::proof::{Claim, Proved};
use crate::auth::{session, turnstile};
use crate::calls::leaving::{BeginExport, ExportCall, ExportState, LeaveCall, LeaveForGood, ReadExport};
use crate::http::answer::{self, HandlerResult, Reply};
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::request::Request;
use crate::platform::bucket;
use crate::runtime::call_error::CallError;

/// `POST /api/export`.
pub async fn begin_export(incoming: &Incoming) -> HandlerResult {
    let principal = session::person(incoming).await?;
    let user = principal.user.clone();
    let question = ExportCall { who: serde_json::to_string(&principal)?, id: None, trace: incoming.trace() };
    let id = BeginExport::ask(&incoming.env, user.as_str(), &question).await?;
    Ok(Reply::raw(format!("{{\"jobId\":\"{id}\"}}")).with_status(202))
}

async fn load_export(incoming: &Incoming, id: Option<&str>) -> Result<Option<(String, ExportState)>, CallError> {
    let principal = session::person(incoming).await?;
    let user = principal.user.clone();
    let (who, id) = (serde_json::to_string(&principal)?, id.map(str::to_owned));
    let question = ExportCall { who, id, trace: incoming.trace() };
    let state = ReadExport::ask(&incoming.env, user.as_str(), &question).await?;
    Ok(state.id.is_some().then(|| (user.to_string(), state)))
}

fn state_json(state: &ExportState) -> String {
    let id = state.id.as_deref().unwrap_or_default();
    archive_json(id, &state.state, state.at, state.expires_at, state.bytes)
}

/// `GET /api/export`: the newest archive, or none.
pub async fn read_newest_export(incoming: &Incoming) -> HandlerResult {
    let state = load_export(incoming, None).await?;
    Ok(Reply::raw(state.map_or_else(|| "{}".to_owned(), |(_, state)| state_json(&state))))
}

/// `GET /api/export/:id`.
pub async fn read_export(incoming: &Incoming, id: &str) -> HandlerResult {
    let (_, state) = load_export(incoming, Some(id)).await?.ok_or(Refusal::NotFound)?;
    Ok(Reply::raw(state_json(&state)))
}

/// `GET /api/export/:id/archive`: only for the person who requested it; the address alone does not suffice.
pub async fn read_archive(incoming: &Incoming, id: &str) -> worker::Result<Response> {
    answer_whole(incoming, send(incoming, id)).await
}

async fn send(incoming: &Incoming, id: &str) -> Result<Response, CallError> {
    let (user, state) = load_export(incoming, Some(id)).await?.ok_or(Refusal::NotFound)?;
    if state.state != "ready" {
        return Err(Refusal::NotFound.into());
    }
    let headers = Headers::new();
    answer::decorate(incoming, Door::Messenger, &headers)?;
    for (header, value) in [
        ("content-type", "application/zip"),
        ("content-disposition", &format!("attachment; filename=\"cf-messenger-{user}.zip\"")),
        ("content-security-policy", POLICY),
        ("cache-control", "private, no-store"),
    ] {
        headers.set(header, value)?;
    }
    send_stored(incoming, (&bucket::archive_key(&user, id), state.bytes), id, headers).await
}

/// `DELETE /api/me`: an account confirms with its password, a guest without one with Turnstile.
pub async fn begin_leaving(incoming: &Incoming) -> HandlerResult {
    let claim = Claim::of(incoming, SensitiveAct::Deletion).await?;
    let members = members::of(incoming, &["password", "token", "messages"]).await?;
    let keeps_words = match members.needed_text("messages")? {
        "remove" => false,
        "anonymise" => true,
        _ => return Err(Refusal::validation("messages", "messages is remove or anonymise.").into()),
    };
    // Both members are checked, although only one is used.
    let _ = (members.text("password")?, members.text("token")?);
    let at = match claim.principal().kind {
        UserKind::User => {
            let proved = claim.prove(incoming, Some(members.needed_text("password")?)).await?;
            leave_account(incoming, &proved, keeps_words).await?
        }
        UserKind::Guest => {
            turnstile::verify(incoming, members.text("token")?).await?;
            leave(incoming, claim.principal(), keeps_words, 0).await?
        }
        // A persona belongs to nobody: the next visitor plays it.
        UserKind::Persona | UserKind::Bot => return Err(Refusal::Forbidden.into()),
    };
    Ok(Reply::raw(format!("{{\"deletesAt\":{at}}}")).with_status(202).signed_out(incoming))
}

/// Stores the wish of the owner of an account to be gone. Returns the time of the deletion, until which a sign-in takes the wish back.
pub async fn leave_account(incoming: &Incoming, proved: &Proved, keeps_words: bool) -> Result<Millis, CallError> {
    leave(incoming, &proved.own.principal, keeps_words, incoming.config.limits.account_undo_ms).await
}

/// Stores the wish of a person to be gone, and ends all their sessions. Returns the time of the deletion.
async fn leave(incoming: &Incoming, own: &Principal, keeps_words: bool, undo_ms: Millis) -> Result<Millis, CallError> {
    let question = LeaveCall { keeps_words, undo_ms, trace: incoming.trace() };
    LeaveForGood::ask(&incoming.env, own.user.as_str(), &question).await
}
