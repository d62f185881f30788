//! Messages of a room: write, read, wait, listen, and the list of people who are there (`messagehub.md` 1.2, 4).

use protocol::machines::hub::{HubCursor, HubRefusal};
use protocol::wire::messagehub::{Scope, read_key, read_page, read_room, read_stream_start};
use protocol::words::event::Millis;
use protocol::words::limits::{HUB_BODY_BYTES_MAX, OVERLOADED_RETRY_MS};
use protocol::words::rate::Rule;
use worker::{Headers, Response};

use super::access::Caller;
use super::{HubResult, ask, ask_with, forward, json as answer_json, refused};
use crate::auth::isolate;
use crate::calls::flags::{Flag, is_maintained, is_on_in, limits_of};
use crate::calls::hub::{EVENTS, HubCall, PAGE, POST, PostedAnswer, ReadHint, ReadPresence};
use crate::http::answer;
use crate::http::door::Door;
use crate::http::incoming::{Incoming, of_upload};
use crate::runtime::CallBody;
use crate::runtime::call_error::CallError;

/// `POST /rooms/:room/messages`.
pub async fn write_message(incoming: &Incoming, room: &str) -> HubResult {
    let declared = incoming.header("content-length").and_then(|length| length.parse::<u64>().ok());
    if declared.is_some_and(|length| length > HUB_BODY_BYTES_MAX as u64) {
        return Err(HubRefusal::TooLarge.into());
    }
    // The room alone reads a body of a known length.
    let declares_length = incoming.has_body_within(HUB_BODY_BYTES_MAX);
    let read = if declares_length { None } else { Some(incoming.bytes(HUB_BODY_BYTES_MAX).await?) };
    if read.as_ref().is_some_and(Vec::is_empty) {
        return Err(HubRefusal::BodyRequired.into());
    }
    let caller = Caller::of(incoming, false)?;
    caller.check(Scope::Write, room)?;
    if is_maintained(&incoming.env).await {
        return refused_here(incoming, room, HubRefusal::Overloaded { retry_after_ms: OVERLOADED_RETRY_MS }).await;
    }
    let call = HubCall {
        key: read_key(incoming.header("idempotency-key").as_deref())?,
        content_type: incoming.header("content-type"),
        ..caller.question(room)
    };
    if let Err(refusal) = isolate::check_message(incoming, &call.payer) {
        return refused_here(incoming, room, refusal.into()).await;
    }
    let coming = || incoming.raw_body().map_or(CallBody::None, CallBody::Coming);
    let body = read.as_deref().map_or_else(coming, CallBody::Read);
    let text = ask_with(incoming, POST, &call, body).await.map_err(of_upload)?;
    let posted: PostedAnswer = serde_json::from_str(&text).map_err(CallError::from)?;
    let mut headers = hints(&posted);
    if let Some(code) = &posted.refused {
        let retry_after_ms = posted.retry_after_ms.unwrap_or(0);
        let refusal = match code.as_str() {
            "RATE_LIMITED" => HubRefusal::RateLimited { retry_after_ms },
            "OVERLOADED" => HubRefusal::Overloaded { retry_after_ms },
            "ID_REUSED" => HubRefusal::IdReused,
            "BODY_REQUIRED" => HubRefusal::BodyRequired,
            "TOO_LARGE" => HubRefusal::TooLarge,
            _ => HubRefusal::Internal,
        };
        return Ok(refused(incoming, refusal, refusal.json(), &headers)?);
    }
    incoming.facts.borrow_mut().seq = posted.seq;
    if !posted.duplicate {
        isolate::charge_message(incoming, &call.payer);
    }
    headers.push(("x-message-id", ascii_header(&posted.id.unwrap_or_default())));
    headers.push(("x-message-seq", posted.seq.unwrap_or(0).to_string()));
    if posted.duplicate {
        headers.push(("idempotent-replay", "true".to_owned()));
    }
    Ok(answer::respond(incoming, Door::Hub, 202, String::new(), Headers::new(), &headers)?)
}

/// Keys and our own ids are visible ASCII. Anything else does not fit into a header.
fn ascii_header(id: &str) -> String {
    id.chars().filter(char::is_ascii_graphic).collect()
}

/// Returns a refusal that the room did not decide, with the same hints: no message fits now.
async fn refused_here(incoming: &Incoming, room: &str, refusal: HubRefusal) -> HubResult {
    incoming.drain().await;
    let rule = limits_of(room).unwrap_or_default().rule(&incoming.config.rules.hub);
    let left = nothing_left(&rule, refusal.retry_after_ms());
    Ok(refused(incoming, refusal, refusal.json(), &hints(&left))?)
}

/// Returns the hints for an unknown rest: nothing is left.
pub fn none_left(incoming: &Incoming) -> Vec<(&'static str, String)> {
    hints(&nothing_left(&incoming.config.rules.hub, None))
}

fn nothing_left(rule: &Rule, reset_ms: Option<Millis>) -> PostedAnswer {
    let limit = rule.0.first().map(|window| window.count);
    PostedAnswer { limit, remaining: Some(0), reset_ms, ..PostedAnswer::default() }
}

/// Returns the hints for a message that was refused before the room was called, so that it cost nothing. A caller who may not write in the
/// room has no allowance there.
pub async fn left(incoming: &Incoming, segment: &str) -> Vec<(&'static str, String)> {
    let question = read_room(segment).ok().and_then(|room| {
        let caller = Caller::of(incoming, false).ok()?;
        caller.check(Scope::Write, &room).ok().map(|()| caller.question(&room))
    });
    let answer = match question {
        Some(call) => ask::<ReadHint>(incoming, &call).await.ok(),
        None => None,
    };
    hints(&answer.unwrap_or_else(|| nothing_left(&incoming.config.rules.hub, None)))
}

fn hints(posted: &PostedAnswer) -> Vec<(&'static str, String)> {
    let (Some(limit), Some(remaining)) = (posted.limit, posted.remaining) else {
        return Vec::new();
    };
    let reset_s = posted.reset_ms.unwrap_or(0).div_ceil(1_000);
    vec![
        ("ratelimit-limit", limit.to_string()),
        ("ratelimit-remaining", remaining.to_string()),
        ("ratelimit-reset", reset_s.to_string()),
    ]
}

fn at(call: HubCall, cursor: Option<HubCursor>) -> HubCall {
    HubCall { after: cursor.map(|cursor| cursor.seq), epoch: cursor.and_then(|cursor| cursor.epoch), ..call }
}

/// `GET /rooms/:room/messages`: a page, or a page that waits.
pub async fn read_messages(incoming: &Incoming, room: &str) -> HubResult {
    let caller = Caller::of(incoming, false)?;
    caller.check(Scope::Read, room)?;
    let query = |name: &str| incoming.query(name);
    let (after, epoch) = (query("after"), query("epoch"));
    let page = read_page(after.as_deref(), epoch.as_deref(), query("limit").as_deref(), query("wait").as_deref())?;
    if page.wait_ms > 0 && !is_on_in(&incoming.env, Flag::Longpoll, room).await {
        return Err(HubRefusal::NotFound.into());
    }
    let call = HubCall {
        after: page.after.map(|cursor| cursor.seq),
        epoch: page.epoch,
        limit: Some(page.limit),
        wait_ms: Some(page.wait_ms),
        ..caller.question(room)
    };
    if page.wait_ms == 0 || incoming.method == "HEAD" {
        let call = HubCall { wait_ms: None, ..call };
        return answer_json(incoming, ask_with(incoming, PAGE, &call, CallBody::None).await?);
    }
    let response = forward(incoming, PAGE, &call, false).await?;
    as_type(incoming, response, "application/json")
}

/// Sets the content type of a room's answer, which may come later or in pieces.
fn as_type(incoming: &Incoming, response: Response, content_type: &str) -> HubResult {
    let headers = Headers::new();
    headers.set("content-type", content_type)?;
    headers.set("cache-control", "no-store")?;
    answer::decorate(incoming, Door::Hub, &headers)?;
    Ok(response.with_headers(headers))
}

/// `GET /rooms/:room/events`: a stream.
pub async fn stream_events(incoming: &Incoming, room: &str) -> HubResult {
    let caller = Caller::of(incoming, true)?;
    caller.check(Scope::Read, room)?;
    if !is_on_in(&incoming.env, Flag::Sse, room).await {
        return Err(HubRefusal::NotFound.into());
    }
    isolate::charge_connect(incoming)?;
    let (after, epoch) = (incoming.query("after"), incoming.query("epoch"));
    let last = incoming.header("last-event-id");
    let start = read_stream_start(last.as_deref(), after.as_deref(), epoch.as_deref())?;
    let response = forward(incoming, EVENTS, &at(caller.question(room), start), false).await?;
    as_type(incoming, response, "text/event-stream; charset=utf-8")
}

/// `GET /rooms/:room/presence`.
pub async fn read_presence(incoming: &Incoming, room: &str) -> HubResult {
    let caller = Caller::of(incoming, false)?;
    caller.check(Scope::Read, room)?;
    answer_json(incoming, ask::<ReadPresence>(incoming, &caller.question(room)).await?.0)
}
