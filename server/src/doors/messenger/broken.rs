//! `POST /api/telemetry` (`messenger.md` 11.1): a page reports that it broke.

use protocol::words::refusal::Refusal;
use serde_json::json;

use super::members;
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::telemetry;

/// The only event.
const PAGE_BROKEN: &str = "page_broken";
/// Phases of a page: while it starts, or later.
const PHASES: [&str; 2] = ["start", "alive"];

/// Logs the report. No session is required, because a page without one can break as well. Nothing is stored.
pub async fn report_error(incoming: &Incoming) -> HandlerResult {
    let members = members::of(incoming, &["event", "phase"]).await?;
    if members.needed_text("event")? != PAGE_BROKEN {
        return Err(Refusal::validation("event", "There is no such event.").into());
    }
    let phase = members.needed_text("phase")?;
    if !PHASES.contains(&phase) {
        return Err(Refusal::validation("phase", "There is no such phase.").into());
    }
    telemetry::event(PAGE_BROKEN, json!({ "phase": phase }));
    Ok(Reply::empty())
}
