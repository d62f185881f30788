//! Reports (`people.md` 6).

use protocol::wire::messenger::read_report;

use super::members;
use crate::auth::session;
use crate::calls::reports::{ReportCall, ReportPerson};
use crate::http::answer::{HandlerResult, Reply};
use crate::http::incoming::Incoming;
use crate::kit::request::Request;

/// `POST /api/me/reports`. The reported person is not looked up, so a report of an unknown person gets the same answer.
pub async fn report_person(incoming: &Incoming) -> HandlerResult {
    let who = session::person(incoming).await?;
    let members = members::of(incoming, &["userId", "reason", "roomId", "messageId"]).await?;
    let report = read_report(&members, &who, &incoming.config.rooms)?;
    let (target, reason) = (report.target(), report.reason.as_str().to_owned());
    let question = ReportCall { target, reason, trace: incoming.trace() };
    ReportPerson::ask(&incoming.env, who.user.as_str(), &question).await?;
    Ok(Reply::empty().with_status(201))
}
