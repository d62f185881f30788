//! `/moderation` (`moderation.md` 3): the acts on the person who looks, or the one act that kept this browser from signing in; and the
//! action of the form. `app::pages::moderation` renders it.
//!
//! The form has no CSRF token: it needs no session, and no other page knows the id of an act.

use app::pages::moderation::{ObjectionOutcome, PageAct, moderation as page};
use protocol::words::refusal::Refusal;
use worker::Response;

use super::admin::{html, page_appearance};
use crate::auth::{origin, session};
use crate::calls::auth::Purpose;
use crate::calls::moderation::ShownAct;
use crate::doors::messenger::moderation;
use crate::http::answer;
use crate::http::cookie;
use crate::http::door::Door;
use crate::http::form::Form;
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// `GET` and `POST /moderation`.
pub async fn answer(incoming: &Incoming) -> worker::Result<Response> {
    match show(incoming).await {
        Ok(response) => Ok(response),
        Err(error) => {
            if error.fault().is_some() {
                telemetry::call_failed(&incoming.place(), &error);
            }
            answer::refused(incoming, Door::App, &error.into())
        }
    }
}

async fn show(incoming: &Incoming) -> Result<Response, CallError> {
    let outcome = if incoming.method == "POST" { Some(object(incoming).await?) } else { None };
    let acts = acts_of(incoming).await?.into_iter().map(page_act).collect();
    let appearance = page_appearance(incoming);
    Ok(html(incoming, &appearance, page(&appearance, acts, outcome), None)?)
}

async fn acts_of(incoming: &Incoming) -> Result<Vec<ShownAct>, CallError> {
    if let Some(credential) = session::credential(incoming) {
        match session::check(incoming, &credential, None, Purpose::Inspect).await {
            Ok(checked) => return moderation::own_acts(incoming, &checked.principal).await,
            // A ban that has just begun, before the session has ended.
            Err(CallError::Refused(Refusal::Banned { act, .. })) => return moderation::find_act(incoming, &act).await,
            Err(CallError::Refused(Refusal::Unauthenticated)) => {}
            Err(error) => return Err(error),
        }
    }
    match cookie::read_act(incoming) {
        Some(act) => moderation::find_claimed_act(incoming, &act).await,
        None => Ok(Vec::new()),
    }
}

async fn object(incoming: &Incoming) -> Result<ObjectionOutcome, CallError> {
    if !origin::is_vouched_for(incoming) {
        return Err(Refusal::OriginForbidden.into());
    }
    let form = Form::read(incoming).await?;
    match moderation::object_to(incoming, &form.field("act"), &form.field("text")).await {
        Ok(()) => Ok(ObjectionOutcome::Sent),
        Err(CallError::Refused(Refusal::Validation { .. })) => Ok(ObjectionOutcome::Unusable),
        Err(CallError::Refused(Refusal::NotFound | Refusal::Conflict)) => Ok(ObjectionOutcome::Closed),
        Err(CallError::Refused(Refusal::RateLimited { .. })) => Ok(ObjectionOutcome::TooFast),
        Err(error) => Err(error),
    }
}

fn page_act(act: ShownAct) -> PageAct {
    let ShownAct { id, kind, room, at, until, reason, objection } = act;
    PageAct { id, kind, room, at, until, reason, objection }
}
