//! `/moderation` (`moderation.md` 3): the acts on the person who looks, or the one act that kept this browser from signing in; and the
//! actions of the forms. `app::pages::moderation` renders it, and `held` has the section of people with a role (8.2).
//!
//! The form of an objection has no CSRF token: it needs no session, and no other page knows the id of an act.

use app::pages::held::HeldSection;
use app::pages::moderation::{FormOutcome, MODERATION, PageAct, moderation as page};
use futures_util::future::join;
use protocol::words::refusal::Refusal;
use worker::Response;

use super::admin::{html, page_appearance};
use super::held;
use crate::auth::{origin, session};
use crate::calls::auth::Purpose;
use crate::calls::moderation::ShownAct;
use crate::doors::messenger::moderation;
use crate::http::answer;
use crate::http::cookie;
use crate::http::form::Form;
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

/// Name in the address of the page that a sent objection leads to.
const SENT: &str = "sent";

/// `GET` and `POST /moderation`.
pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    show(incoming).await.or_else(|error| answer::failed(incoming, error))
}

async fn show(incoming: &Incoming) -> Result<Response, CallError> {
    let form = if incoming.method == "POST" { Some(read_form(incoming).await?) } else { None };
    let outcome = match &form {
        Some(form) => post(incoming, form).await?,
        None => None,
    };
    // A reload must not repeat a form that was carried out.
    let done = match (&form, outcome) {
        (Some(form), None) => Some(held::judged_place(form)),
        (Some(_), Some(FormOutcome::Sent)) => Some(format!("{MODERATION}?{SENT}=1")),
        _ => None,
    };
    if let Some(place) = done {
        return Ok(answer::lead(incoming, &place, None)?);
    }
    let (acts, held) = gather(incoming).await?;
    // The address still says it after the objection was answered.
    let is_sent = incoming.query(SENT).is_some() && acts.iter().any(|act| act.objection.as_deref() == Some("open"));
    let outcome = outcome.or_else(|| is_sent.then_some(FormOutcome::Sent));
    let refused = form.filter(|_| matches!(outcome, Some(FormOutcome::Unusable | FormOutcome::TooFast)));
    let acts = acts.into_iter().map(|act| page_act(act, refused.as_ref())).collect();
    let appearance = page_appearance(incoming);
    Ok(html(incoming, &appearance, page(&appearance, acts, held, outcome), None)?)
}

/// Gathers the acts on the visitor, and what waits for a visitor with a role.
async fn gather(incoming: &Incoming) -> Result<(Vec<ShownAct>, Option<HeldSection>), CallError> {
    if let Some(credential) = session::credential(incoming) {
        match session::check(incoming, &credential, None, Purpose::Inspect).await {
            Ok(checked) => {
                let acts = moderation::own_acts(incoming, &checked.principal);
                let (acts, held) = join(acts, held::gather(incoming, &checked)).await;
                return Ok((acts?, held?));
            }
            // A ban that has just begun, before the session has ended.
            Err(CallError::Refused(Refusal::Banned { act, .. })) => {
                return Ok((moderation::find_act(incoming, &act).await?, None));
            }
            Err(CallError::Refused(Refusal::Unauthenticated)) => {}
            Err(error) => return Err(error),
        }
    }
    match cookie::ACT.read(incoming) {
        Some(act) => Ok((moderation::find_claimed_act(incoming, &act).await?, None)),
        None => Ok((Vec::new(), None)),
    }
}

async fn read_form(incoming: &Incoming) -> Result<Form, CallError> {
    if !origin::is_vouched_for(incoming) {
        return Err(Refusal::OriginForbidden.into());
    }
    Form::read(incoming).await
}

/// Carries out a form. Returns what the page says of it; `None` after a verdict.
async fn post(incoming: &Incoming, form: &Form) -> Result<Option<FormOutcome>, CallError> {
    if form.field("verdict").is_empty() {
        object(incoming, form).await.map(Some)
    } else {
        held::judge(incoming, form).await
    }
}

async fn object(incoming: &Incoming, form: &Form) -> Result<FormOutcome, CallError> {
    match moderation::object_to(incoming, &form.field("act"), &form.field("text")).await {
        Ok(()) => Ok(FormOutcome::Sent),
        Err(CallError::Refused(Refusal::Validation { .. })) => Ok(FormOutcome::Unusable),
        Err(CallError::Refused(Refusal::NotFound | Refusal::Conflict)) => Ok(FormOutcome::Closed),
        Err(CallError::Refused(Refusal::RateLimited { .. })) => Ok(FormOutcome::TooFast),
        Err(error) => Err(error),
    }
}

/// Returns an act for the page. `refused` is the form of an objection that comes back with its text.
fn page_act(act: ShownAct, refused: Option<&Form>) -> PageAct {
    let ShownAct { id, kind, room, at, until, reason, objection } = act;
    let refused = refused.filter(|form| form.field("act") == id).map(|form| form.field("text"));
    PageAct { id, kind, room, at, until, reason, objection, refused }
}
