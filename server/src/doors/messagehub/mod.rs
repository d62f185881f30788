//! The MessageHub door (`messagehub.md`): paths, headers and status codes. What a room does is in its object.
//!
//! | File | What |
//! |---|---|
//! | `access` | who asks, and what is open to them |
//! | `messages` | write, read, wait, listen, see who is there |
//! | `sockets` | the handshake |
//! | `hooks` | receivers and what they did not take |
//! | `operation` | switches and metrics for the operator |
//! | `dead_letters` | what receivers of any door did not take, for the operator |

pub mod access;
pub mod dead_letters;
pub mod hooks;
pub mod messages;
pub mod operation;
pub mod sockets;

use protocol::machines::hub::HubRefusal;
use protocol::wire::messagehub::read_room;
use protocol::words::refusal::{Fault, Refusal};
use worker::{Headers, Response};

use crate::calls::hub::{HUB_HEADER, HubCall};
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::call::{self, ascii};
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::runtime::CallBody;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Reason for a failed call: the caller's fault in this door's words, perhaps with a better text, or ours.
#[derive(Debug)]
pub enum Problem {
    Refused(HubRefusal),
    Said(HubRefusal, String),
    Broken(Fault),
}

impl Problem {
    fn into_parts(self) -> (HubRefusal, String) {
        match self {
            Self::Refused(refusal) => (refusal, refusal.json()),
            Self::Said(refusal, text) => {
                let text = protocol::codec::json::json_text(&text);
                (refusal, format!("{{\"error\":{text},\"code\":\"{}\"}}", refusal.code()))
            }
            Self::Broken(fault) => {
                telemetry::fault("messagehub", &fault);
                let refusal = HubRefusal::from(Refusal::from(CallError::Broken(fault)));
                (refusal, refusal.json())
            }
        }
    }
}

impl From<HubRefusal> for Problem {
    fn from(refusal: HubRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal) => refusal.into(),
            CallError::Busy(fault) => {
                telemetry::fault("messagehub", &fault);
                Refusal::from(CallError::Busy(fault)).into()
            }
            CallError::Broken(fault) => Self::Broken(fault),
        }
    }
}

impl From<worker::Error> for Problem {
    fn from(error: worker::Error) -> Self {
        Self::Broken(Fault(error.to_string()))
    }
}

/// Response of a handler, or the reason for a failure.
pub type HubResult = Result<Response, Problem>;

/// Answers a call about a room. The path has the name of the room as it was sent.
pub async fn answer(
    incoming: &Incoming,
    segment: &str,
    handler: impl AsyncFnOnce(&str) -> HubResult,
) -> worker::Result<Response> {
    match in_room(segment, handler).await {
        Ok(response) => Ok(response),
        Err(problem) => {
            let (refusal, body) = problem.into_parts();
            refused(incoming, refusal, body, &[])
        }
    }
}

/// Answers a message. Every answer has hints, whatever the error is.
pub async fn write(incoming: &Incoming, segment: &str) -> worker::Result<Response> {
    let problem = match in_room(segment, async |room| messages::write_message(incoming, room).await).await {
        Ok(response) => return Ok(response),
        Err(problem) => problem,
    };
    let (refusal, body) = problem.into_parts();
    // A body that is too large is not read to its end; any other body may still be arriving.
    if refusal != HubRefusal::TooLarge {
        incoming.drain().await;
    }
    let hints = match refusal {
        // An internal error would only fail again in a second call.
        HubRefusal::Internal | HubRefusal::Misconfigured => messages::none_left(incoming),
        _ => messages::left(incoming, segment).await,
    };
    refused(incoming, refusal, body, &hints)
}

async fn in_room(segment: &str, handler: impl AsyncFnOnce(&str) -> HubResult) -> HubResult {
    handler(&read_room(segment)?).await
}

/// Answers calls in a deployment whose variables are invalid: nothing is written there.
pub fn misconfigured(incoming: &Incoming) -> worker::Result<Response> {
    refused(incoming, HubRefusal::Internal, HubRefusal::Internal.json(), &messages::none_left(incoming))
}

/// Returns a refusal in this door's form, with its headers.
pub fn refused(
    incoming: &Incoming,
    refusal: HubRefusal,
    body: String,
    more: &[(&'static str, String)],
) -> worker::Result<Response> {
    let mut headers = more.to_vec();
    if let Some(wait_ms) = refusal.retry_after_ms() {
        headers.push(("retry-after", wait_ms.div_ceil(1_000).max(1).to_string()));
    }
    match refusal {
        HubRefusal::Unauthenticated => headers.push(("www-authenticate", "Bearer".to_owned())),
        HubRefusal::UpgradeRequired => headers.push(("upgrade", "websocket".to_owned())),
        _ => {}
    }
    answer::json_response(incoming, Door::Hub, refusal.status(), body, &headers)
}

/// Returns 200 with the answer of an object, which must not be cached.
fn json(incoming: &Incoming, body: String) -> HubResult {
    Ok(answer::json_response(incoming, Door::Hub, 200, body, &[("cache-control", "no-store".to_owned())])?)
}

fn note(incoming: &Incoming, call: &HubCall) {
    incoming.note_log(Namespace::Hub.object_name(&call.room));
    incoming.note_principal(call.principal.as_deref());
}

fn traced(incoming: &Incoming, call: &HubCall) -> HubCall {
    HubCall { trace: incoming.traceparent.clone(), ..call.clone() }
}

/// Calls a room's object.
async fn ask<R>(incoming: &Incoming, call: &HubCall) -> Result<R::Answer, CallError>
where
    R: Request<Question = HubCall>,
{
    note(incoming, call);
    R::ask(&incoming.env, &call.room, &traced(incoming, call)).await
}

/// Calls a room's object with any body. Returns the text of its answer.
async fn ask_with(incoming: &Incoming, verb: &str, call: &HubCall, body: CallBody<'_>) -> Result<String, CallError> {
    note(incoming, call);
    let question = serde_json::to_string(&traced(incoming, call))?;
    call::send_with(&incoming.env, Namespace::Hub, &call.room, verb, (HUB_HEADER, &question), body).await
}

/// Forwards a call to an object whose own response is the answer, for sockets and streams.
async fn forward(incoming: &Incoming, verb: &str, question: &HubCall, is_upgrade: bool) -> HubResult {
    note(incoming, question);
    let headers = Headers::new();
    if is_upgrade {
        headers.set("upgrade", "websocket")?;
    }
    headers.set(HUB_HEADER, &ascii(&serde_json::to_string(question).map_err(CallError::from)?))?;
    let mut response = call::get(&incoming.env, Namespace::Hub, &question.room, verb, headers).await?;
    match response.status_code() {
        101 | 200 => Ok(response),
        409 => {
            let refusal: Refusal = serde_json::from_str(&response.text().await?).map_err(CallError::from)?;
            Err(refusal.into())
        }
        status => Err(call::unanswered(Namespace::Hub, verb, status).into()),
    }
}
