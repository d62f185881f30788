//! Reports on `/admin` (`moderation.md` 7): the queue, the report that is opened, and the answers of its form. `app::pages::admin` renders
//! them.

use app::pages::admin::content::{
    EarlierAct, OpenReport as PageOpenReport, PageReport, ReportQueue, ReportRefusal, ReportedPlace,
};
use futures_util::future::join;
use protocol::machines::room::ReportedMessage;
use protocol::people::moderation::ReportAnswer;
use protocol::people::report::is_private_place;
use protocol::words::ids::UserId;
use protocol::words::limits::{OPEN_REPORTS_MAX, SEQ_MAX};
use protocol::words::refusal::Refusal;

use crate::calls::moderation::ShownAct;
use crate::calls::operator::OBJECT;
use crate::calls::reports::{
    CountReports, DismissReport, FindReport, ListReports, OpenReport, OpenedReport, QueuedReport, ReadReported,
    ReportedCall,
};
use crate::doors::messagehub::operation;
use crate::doors::messenger::moderation;
use crate::doors::messenger::profiles::profile_of;
use crate::http::form::Form;
use crate::http::incoming::Incoming;
use crate::kit::body::{Empty, Record};
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Reads the page of the queue that `?reports=` names, and opens the report that `?report=` names.
pub async fn gather(incoming: &Incoming, owner: &str) -> Result<ReportQueue, CallError> {
    let after = incoming.query("reports").and_then(|text| text.parse::<u64>().ok()).filter(|after| *after <= SEQ_MAX);
    let after = after.unwrap_or(0);
    let env = &incoming.env;
    let (page, counts) = join(ListReports::ask(env, OBJECT, &after), CountReports::ask(env, OBJECT, &Empty)).await;
    let (page, counts) = (page?, counts?);
    let opened = match incoming.query("report").filter(|id| !id.is_empty()) {
        Some(id) => open(incoming, owner, id).await?,
        None => None,
    };
    Ok(ReportQueue {
        open: counts.open,
        oldest_at: counts.oldest_at,
        is_full: counts.open >= OPEN_REPORTS_MAX,
        rows: page.reports.into_iter().map(row).collect(),
        next: page.next,
        opened,
        refusal: None,
        typed: String::new(),
    })
}

fn row(report: QueuedReport) -> PageReport {
    let QueuedReport { id, at, reporter, reason, user, room, message } = report;
    PageReport { id, at, reporter, reason, user, room, message }
}

/// Opens a report. The audit row of the look is stored before the room is asked.
async fn open(incoming: &Incoming, owner: &str, id: String) -> Result<Option<PageOpenReport>, CallError> {
    let call = operation::act(incoming, owner.to_owned(), id);
    let found = OpenReport::ask(&incoming.env, OBJECT, &call).await?;
    let Some(OpenedReport { report, others, acts }) = found.into_iter().next() else { return Ok(None) };
    let place = read_place(incoming, &report).await;
    let earlier = |act: ShownAct| EarlierAct { at: act.at, kind: act.kind, until: act.until, reason: act.reason };
    let (is_private, acts) = (is_private_place(&report.room), acts.into_iter().map(earlier).collect());
    Ok(Some(PageOpenReport { report: row(report), others, acts, place, is_private }))
}

/// Reads the reported message from its room. A room that does not answer must not take the page with it.
async fn read_place(incoming: &Incoming, report: &QueuedReport) -> ReportedPlace {
    if report.message.is_empty() {
        return ReportedPlace::NoMessage;
    }
    match read_messages(incoming, report).await {
        Ok(messages) => ReportedPlace::Messages(messages),
        Err(CallError::Refused(Refusal::NotFound | Refusal::Forbidden)) => ReportedPlace::Closed,
        Err(error) => {
            telemetry::call_failed("reported", &error);
            ReportedPlace::Away
        }
    }
}

async fn read_messages(incoming: &Incoming, report: &QueuedReport) -> Result<Vec<ReportedMessage>, CallError> {
    let reporter = UserId::parse(&report.reporter)?;
    // Of a deleted person a direct conversation knows neither blocks nor that they are gone: nothing in private is for their eyes.
    if is_private_place(&report.room) && !profile_of(incoming, &reporter).await?.exists {
        return Err(Refusal::NotFound.into());
    }
    let call = ReportedCall { reporter, message: report.message.clone() };
    let Record(messages) = ReadReported::ask(&incoming.env, &report.room, &call).await?;
    Ok(messages)
}

pub enum Answered {
    Now,
    /// Another operator was faster.
    Before,
    /// The answer is not possible. The report stays open.
    Refused(ReportRefusal),
}

pub async fn answer(incoming: &Incoming, owner: &str, form: &Form) -> Result<Answered, CallError> {
    let unknown = Refusal::validation("answer", "This is not known.");
    let answer = ReportAnswer::parse(&form.field("answer")).ok_or(unknown)?;
    let id = form.field("report");
    // Another operator has answered it since the page was shown.
    let Some(report) = find_open(incoming, &id).await? else { return Ok(Answered::Before) };
    let refusal = match carry_out(incoming, owner, &report, answer, &form.field("reason")).await {
        Ok(()) => return Ok(Answered::Now),
        Err(CallError::Refused(refusal)) => refusal,
        Err(error) => return Err(error),
    };
    // Or during this answer: then it is the report that is not found, and no word about the person or the message is true.
    if matches!(refusal, Refusal::NotFound) && find_open(incoming, &id).await?.is_none() {
        return Ok(Answered::Before);
    }
    match words_of(answer, &refusal) {
        Some(said) => Ok(Answered::Refused(said)),
        None => Err(refusal.into()),
    }
}

async fn find_open(incoming: &Incoming, id: &str) -> Result<Option<QueuedReport>, CallError> {
    let found = FindReport::ask(&incoming.env, OBJECT, &id.to_owned()).await?;
    Ok(found.into_iter().next())
}

async fn carry_out(
    incoming: &Incoming,
    owner: &str,
    report: &QueuedReport,
    answer: ReportAnswer,
    reason: &str,
) -> Result<(), CallError> {
    match answer.act((&report.user, &report.room, &report.message), reason)? {
        Some(act) => moderation::answer_report(incoming, owner, &report.id, act).await,
        None => {
            let call = operation::act(incoming, owner.to_owned(), report.id.clone());
            DismissReport::ask(&incoming.env, OBJECT, &call).await.map(|_| ())
        }
    }
}

/// Returns what the page says of a refused answer; `None` for a refusal that is no word about the report.
fn words_of(answer: ReportAnswer, refusal: &Refusal) -> Option<ReportRefusal> {
    match refusal {
        Refusal::NotFound | Refusal::Conflict if answer == ReportAnswer::Remove => Some(ReportRefusal::MessageGone),
        Refusal::NotFound => Some(ReportRefusal::Gone),
        Refusal::Forbidden => Some(ReportRefusal::IsOwner),
        Refusal::Validation { .. } if refusal.field() == Some("reason") => Some(ReportRefusal::NoReason),
        Refusal::Validation { .. } => Some(ReportRefusal::NotPossible),
        _ => None,
    }
}
