//! The HopeFlow door (`hopeflow.md`): a token opens the socket of its person's channel, or publishes into another person's.

use protocol::trust::jwt as tokens;
use protocol::trust::jwt::Claims;
use protocol::wire::hopeflow::{
    PROTOCOL_V2, PublishRefusal, check_purpose, may_publish, read_key, read_publish, read_resume, takes_type, token_of,
};
use protocol::words::ids::is_uuid;
use protocol::words::limits::{CHANNEL_USER_BYTES_MAX, PUBLISH_BYTES_MAX};
use protocol::words::refusal::Refusal;
use worker::{Headers, Response};

use crate::auth::jwt;
use crate::calls::channel::{BYTES_HEADER, LISTEN, LISTEN_HEADER, ListenCall, PUBLISH, PublishCall, REPLAY_HEADER};
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::Incoming;
use crate::kit::call;
use crate::kit::namespace::Namespace;
use crate::runtime::ANSWER_HEADER;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// `GET /` with an upgrade.
pub async fn open_socket(incoming: &Incoming) -> worker::Result<Response> {
    let refusal = match listen(incoming).await {
        Ok(response) => return Ok(response),
        Err(error) => refusal_of("listen", error),
    };
    let words = match refusal.status() {
        401 => "Unauthorized",
        400 => "Bad Request",
        429 => "Too Many Requests",
        _ if refusal == Refusal::Misconfigured => refusal.code(),
        _ => "Internal Server Error",
    };
    let more = refusal.retry_after_ms().map(|ms| ("retry-after", ms.div_ceil(1_000).to_string()));
    let headers = Headers::new();
    headers.set("content-type", "text/plain; charset=utf-8")?;
    answer::respond(incoming, Door::HopeFlow, refusal.status(), words.to_owned(), headers, &Vec::from_iter(more))
}

/// Opens the socket of the person of the token. The expiry of the token is checked here alone: it does not end the socket ([decision
/// 13](../../../docs/decisions/0013-readings.md)).
async fn listen(incoming: &Incoming) -> Result<Response, CallError> {
    let claims = claims(incoming)?;
    let user = claims.user_id()?;
    if user.len() > CHANNEL_USER_BYTES_MAX {
        return Err(Refusal::Unauthenticated.into());
    }
    incoming.note_principal(Some(user));
    incoming.note_log_of(Namespace::Channel, user);
    let is_v2 = incoming.subprotocols().iter().any(|offer| offer == PROTOCOL_V2);
    // Plain clients receive no extensions, whatever their address contains.
    let query = |name| incoming.query(name).filter(|_| is_v2);
    let resume = read_resume(query("since").as_deref(), query("epoch").as_deref())?;
    let device = query("device").filter(|device| is_uuid(device)).map(|device| device.to_ascii_lowercase());
    let listen = ListenCall { user: Some(user.to_owned()), is_v2, device, resume };
    call::upgrade(&incoming.env, Namespace::Channel, user, LISTEN, LISTEN_HEADER, &listen).await
}

/// `POST /publish`.
pub async fn publish_message(incoming: &Incoming) -> worker::Result<Response> {
    let refusal = match hand_out(incoming).await {
        Ok(response) => return answer_of_channel(incoming, response),
        Err(refusal) => refusal,
    };
    let retry_after = refusal.retry_after_s().map(|seconds| ("retry-after", seconds.to_string()));
    answer::json_response(incoming, Door::HopeFlow, refusal.status(), refusal.body(), &Vec::from_iter(retry_after))
}

/// Answers as the channel did, which puts a short answer into a header.
fn answer_of_channel(incoming: &Incoming, response: Response) -> worker::Result<Response> {
    let headers = response.headers();
    let is_replay = headers.has(REPLAY_HEADER)?;
    let more = Vec::from_iter(is_replay.then(|| ("idempotent-replay", "true".to_owned())));
    if let Some(json) = headers.get(ANSWER_HEADER)? {
        return answer::json_response(incoming, Door::HopeFlow, 200, json, &more);
    }
    let bytes = headers.get(BYTES_HEADER)?.and_then(|bytes| bytes.parse().ok());
    answer::passed_on(incoming, Door::HopeFlow, response, bytes, &more)
}

/// Publishes, with the checks in the order of `hopeflow.md` 4. The object checks the rate, because it knows both people.
async fn hand_out(incoming: &Incoming) -> Result<Response, PublishRefusal> {
    let claims = claims(incoming)?;
    let publisher = claims.user_id()?;
    let content_type = incoming.header("content-type");
    takes_type(content_type.as_deref())?;
    let body = incoming.bytes(PUBLISH_BYTES_MAX).await.map_err(|error| refusal_of("publish_body", error))?;
    let key = read_key(incoming.header("idempotency-key").as_deref())?;
    let publish = read_publish(publisher, key, content_type.as_deref(), &body)?;
    may_publish(&claims, &publish.user, incoming.config.hopeflow_strict_publish)?;
    let user = publish.user.clone();
    incoming.note_principal(Some(&publish.publisher));
    incoming.note_log_of(Namespace::Channel, &user);
    let call = PublishCall { publish, takes_header: true };
    match call::post(&incoming.env, Namespace::Channel, &user, PUBLISH, &call).await {
        Ok(response) => Ok(response),
        Err(CallError::Refused(refusal)) => Err(refusal.into()),
        Err(error) => match refusal_of("publish", error) {
            Refusal::Misconfigured => Err(PublishRefusal::Misconfigured),
            // The object ended during the wait. A caller with an idempotency key may ask again.
            _ => Err(PublishRefusal::Unavailable),
        },
    }
}

fn claims(incoming: &Incoming) -> Result<Claims, Refusal> {
    let (header, query) = (incoming.header("authorization"), incoming.query("token"));
    let token = token_of(header.as_deref(), query.as_deref());
    let claims = jwt::verify(incoming.config, tokens::Door::HopeFlow, token, incoming.now)?;
    check_purpose(&claims)?;
    Ok(claims)
}

fn refusal_of(place: &str, error: CallError) -> Refusal {
    if let Some(fault) = error.fault() {
        telemetry::fault(place, fault);
    }
    error.into()
}
