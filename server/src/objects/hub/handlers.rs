//! Calls that the Worker may make to a hub room.

use std::rc::Rc;

use protocol::machines::hub::{Body, Hint, HubJoin, HubPage, HubPosted, HubRefusal, HubStore, HubWire, HubWrite};
use protocol::machines::webhook::{DeadLetterStore, HookRow, HookStoreOwner};
use protocol::wire::messagehub::{
    HubStats, dead_json, hook_json, page_json, presence_json, read_hook, shown_hook, sse_reset, sse_start, stats_json,
};
use protocol::words::limits::{HUB_BODY_BYTES_MAX, PAGE_EVENTS_DEFAULT};
use protocol::words::refusal::{Denied, Refusal};
use protocol::words::time::MINUTE_MS;
use worker::{Request, Response, WebSocketPair};

use super::archive;
use super::duties;
use super::metrics::DOOR;
use super::object::{HubMemory, HubObject};
use super::streams::page_of;
use crate::calls::backfill::ReadBackfill;
use crate::calls::flags;
use crate::calls::hub::{
    Attempt, AttemptResult, EVENTS, FindAttempt, HUB_HEADER, HubCall, JOIN, ListDead, ListDeadLetters, ListHooks, PAGE,
    POST, PUT_HOOK, PostedAnswer, ReadHint, ReadHook, ReadPresence, ReadStats, RemoveDead, RemoveHook, RetryDead,
    SettleAttempt, WakeHub,
};
use crate::kit::body::{Empty, Json};
use crate::kit::call::{answer_raw, answer_shortly, refuse};
use crate::kit::counters;
use crate::kit::gathering::Gathering;
use crate::kit::request::answers;
use crate::outbound::dead_letters;
use crate::outbound::deliveries::{Delivers, settle};
use crate::runtime;
use crate::runtime::call_error::CallError;

pub(super) async fn answer_request(object: &Rc<HubObject>, mut request: Request) -> worker::Result<Response> {
    match request.path().trim_start_matches('/') {
        JOIN => {
            flags::learn(&object.env).await;
            join(object, &question(&request)?)
        }
        POST => {
            // A body that its client broke off is none.
            let bytes = request.bytes().await.unwrap_or_default();
            flags::learn(&object.env).await;
            answer_shortly(post(object, &question(&request)?, bytes))
        }
        PAGE => page(object, &question(&request)?).await.unwrap_or_else(refuse),
        EVENTS => events(object, &question(&request)?).unwrap_or_else(refuse),
        PUT_HOOK => answer_raw(put_hook(object, &question(&request)?, &request.text().await?)),
        _ => answers! { request:
            ReadHint => |call| hint(object, &call),
            ReadPresence => |call| presence(object, &call).map(Json),
            ReadStats => |call| stats(object, &call).map(Json),
            ListHooks => |call| hooks(object, &call).map(Json),
            ReadHook => |call| hook(object, &call).map(Json),
            RemoveHook => |call| remove_hook(object, &call),
            ListDead => |call| dead(object, &call).map(Json),
            ListDeadLetters => |call| dead_letters::list(object, &call).await,
            RetryDead => |call| dead_letters::retry(object, &call).await,
            RemoveDead => |call| dead_letters::remove(object, &call).await,
            FindAttempt => |call| attempt(object, &call),
            SettleAttempt => |ended| report(object, &ended),
            WakeHub => |_| Ok(wake(object).await),
            ReadBackfill => |call| duties::read_backfill(object, &call),
        },
    }
}

/// The question of a request whose body or answer is no JSON.
fn question(request: &Request) -> worker::Result<HubCall> {
    let header = request.headers().get(HUB_HEADER)?.unwrap_or_default();
    serde_json::from_str(&header).map_err(|_| "no question".into())
}

async fn wake(object: &Rc<HubObject>) -> Empty {
    if object.exists().unwrap_or(false) {
        duties::ring(object).await;
    }
    // The caller was told of a backlog, so the end of a backlog is reported even if nothing else happened.
    if object.exists().unwrap_or(false) {
        counters::report_gauges(object.as_ref()).await;
    }
    Empty
}

/// Lets a socket in: one synchronous step that asks nobody.
fn join(object: &Rc<HubObject>, call: &HubCall) -> worker::Result<Response> {
    let pair = WebSocketPair::new()?;
    if let Err(error) = let_in(object, call, &pair) {
        return refuse(error);
    }
    runtime::accepted(pair.client, call.subprotocol.as_deref())
}

fn let_in(object: &Rc<HubObject>, call: &HubCall, pair: &WebSocketPair) -> Result<(), CallError> {
    object.wake(Some(&call.room))?;
    object.end_turn();
    let place = object.with(|HubMemory { hub, .. }| Ok(hub.has_place_beside(object.readers.streams())))?;
    place?;
    object.base.state.accept_web_socket(&pair.server);
    object.turn(|hub, step| {
        let join = HubJoin {
            id: runtime::new_uuid(),
            principal: call.principal.clone(),
            payer: call.payer.clone(),
            wire: call.wire.unwrap_or(HubWire::Raw),
            may_write: call.may_write,
            expires_at: call.expires_at,
            after: call.cursor(),
        };
        let conn = hub.join(step.store, step.now, join, step.out)?;
        object.base.sockets.add(conn, &pair.server);
        if let Some(connection) = hub.connection(conn) {
            object.attach(&pair.server, connection);
        }
        Ok(())
    })?;
    object.metrics.opened(call.principal.as_deref(), DOOR);
    if let Some(cursor) = call.cursor() {
        let head = object.with(|HubMemory { hub, .. }| Ok(hub.log().meta().head))?;
        let events = head.saturating_sub(cursor.seq);
        object.metrics.replayed(call.principal.as_deref(), DOOR, "resume", events, runtime::now_ms());
    }
    object.arrange_duties()?;
    Ok(())
}

/// Stores a message. Refusals are answers here: the writer is told of the limit whatever became of it.
fn post(object: &Rc<HubObject>, call: &HubCall, bytes: Vec<u8>) -> Result<String, CallError> {
    // The announced length was never compared with the body, so the real length decides.
    let flaw = match bytes.len() {
        0 => Some(HubRefusal::BodyRequired),
        length if length > HUB_BODY_BYTES_MAX => Some(HubRefusal::TooLarge),
        _ => None,
    };
    if let Some(flaw) = flaw {
        let answer = PostedAnswer { refused: Some(flaw.code().to_owned()), ..PostedAnswer::default() };
        return Ok(serde_json::to_string(&answer)?);
    }
    object.wake(Some(&call.room))?;
    let body = Body::of_request(call.content_type.as_deref(), bytes);
    let content_type = body.type_of(call.content_type.as_deref());
    let write = HubWrite { id: call.key.clone(), content_type, body };
    let mut hint = None;
    let posted = object.turn(|hub, step| {
        object.traces.begin(call.trace.clone());
        let posted = hub.write(step, &call.writer(), None, write.clone());
        hint = hub.hint(step.store, &call.payer, step.now)?;
        posted
    });
    let answer = hinted(hint);
    let answer = match posted {
        Ok(HubPosted { id, seq, duplicate, .. }) => PostedAnswer { id: Some(id), seq: Some(seq), duplicate, ..answer },
        Err(Denied::Refused(refusal)) => {
            let retry_after_ms = refusal.retry_after_ms();
            PostedAnswer { refused: Some(refusal.code().to_owned()), retry_after_ms, ..answer }
        }
        Err(Denied::Broken(fault)) => return Err(fault.into()),
    };
    Ok(serde_json::to_string(&answer)?)
}

/// Returns how much of the limit is left for a writer, without writing. Asking makes no room.
fn hint(object: &Rc<HubObject>, call: &HubCall) -> Result<PostedAnswer, CallError> {
    if !object.exists()? {
        let rule = flags::limits_of(&call.room).unwrap_or_default().rule(&object.config.rules.hub);
        let unused = rule.0.first().map(|window| Hint { limit: window.count, remaining: window.count, reset_ms: 0 });
        return Ok(hinted(unused));
    }
    object.wake(Some(&call.room))?;
    let hint = object.turn(|hub, step| Ok(hub.hint(step.store, &call.payer, step.now)?))?;
    Ok(hinted(hint))
}

fn hinted(hint: Option<Hint>) -> PostedAnswer {
    PostedAnswer {
        limit: hint.map(|hint| hint.limit),
        remaining: hint.map(|hint| hint.remaining),
        reset_ms: hint.map(|hint| hint.reset_ms),
        ..PostedAnswer::default()
    }
}

/// Epoch of a room that nobody has written to yet. Whoever goes on from there has missed nothing.
const UNMADE_EPOCH: u32 = 0;

/// Returns the page of a room that does not exist. Reading it makes none.
fn unmade_page(call: &HubCall) -> HubPage {
    let is_reset = call.after.is_some_and(|after| after > 0) || call.epoch.is_some_and(|epoch| epoch != UNMADE_EPOCH);
    HubPage { items: Vec::new(), head: 0, next: 0, more: false, epoch: UNMADE_EPOCH, is_reset, truncated_at: None }
}

/// A page, or one that comes when there is something on it. Messages before the oldest kept one come from the archive, if it has them.
async fn page(object: &Rc<HubObject>, call: &HubCall) -> Result<worker::Result<Response>, CallError> {
    let waits = call.wait_ms.is_some_and(|wait_ms| wait_ms > 0);
    if !waits && !object.exists()? {
        return Ok(Response::ok(page_json(&unmade_page(call))));
    }
    let begins = call.after.unwrap_or(0) == 0;
    let epoch = call.epoch.filter(|epoch| !begins || *epoch != UNMADE_EPOCH);
    let call = &HubCall { epoch, ..call.clone() };
    let mut page = stored_page(object, call)?;
    if let (Some(since), Some(_), false) = (call.after, page.truncated_at, page.is_reset) {
        if let Some(items) = archive::read_after(object, since).await {
            let limit = call.limit.unwrap_or(PAGE_EVENTS_DEFAULT);
            let archived = object.with(|HubMemory { hub, .. }| Ok(hub.log().archived_page(since, &items, limit)))?;
            return Ok(Response::ok(page_json(&archived)));
        }
        page = stored_page(object, call)?;
    }
    Ok(match call.wait_ms.filter(|_| waits && page.items.is_empty() && !page.is_reset) {
        Some(wait_ms) => Response::from_stream(object.wait_for_page(call, wait_ms)?),
        _ => Response::ok(page_json(&page)),
    })
}

fn stored_page(object: &Rc<HubObject>, call: &HubCall) -> Result<HubPage, CallError> {
    object.wake(Some(&call.room))?;
    object.end_turn();
    Ok(object.with(|HubMemory { hub, store }| page_of(hub, store, call))?)
}

/// Opens an event stream: what the reader missed and what comes.
fn events(object: &Rc<HubObject>, call: &HubCall) -> Result<worker::Result<Response>, CallError> {
    object.wake(Some(&call.room))?;
    object.end_turn();
    // Streams take places of the room like sockets (`core.md` 5).
    let place = object.with(|HubMemory { hub, .. }| Ok(hub.has_place_beside(object.readers.streams())))?;
    place?;
    let (first, sent_seq) = object.with(|HubMemory { hub, .. }| {
        let meta = hub.log().meta();
        let (sent_seq, reset) = match call.cursor() {
            Some(cursor) if hub.log().accepts(cursor) => (cursor.seq, String::new()),
            Some(_) => (meta.head, sse_reset(meta.epoch, meta.head)),
            None => (meta.head, String::new()),
        };
        Ok((sse_start(meta.epoch, sent_seq) + &reset, sent_seq))
    })?;
    Ok(Response::from_stream(object.open_stream(call, first, sent_seq)))
}

fn presence(object: &Rc<HubObject>, call: &HubCall) -> Result<String, CallError> {
    if !object.exists()? {
        return Ok(presence_json(&call.room, 0, 0, &[]));
    }
    object.wake(Some(&call.room))?;
    object.end_turn();
    let streams = object.readers.streams();
    Ok(object.with(|HubMemory { hub, .. }| Ok(presence_json(&call.room, hub.count(), streams, &hub.presence())))?)
}

fn stats(object: &Rc<HubObject>, call: &HubCall) -> Result<String, CallError> {
    if !object.exists()? {
        return Err(Refusal::NotFound.into());
    }
    object.wake(Some(&call.room))?;
    object.end_turn();
    let minute_ago = runtime::now_ms().saturating_sub(MINUTE_MS);
    Ok(object.with(|HubMemory { hub, store }| {
        let meta = hub.log().meta();
        let bytes = meta.bytes_end - store.bytes_before(meta.oldest)?;
        Ok(stats_json(&HubStats {
            head: meta.head,
            oldest: meta.oldest,
            bytes,
            sockets: hub.count(),
            streams: object.readers.streams(),
            outbox: hub.receivers.waiting(),
            dead: store.hook_store().dead_state()?.1,
            rate_per_min: store.recent(minute_ago)?.len(),
        }))
    })?)
}

// ---- receivers

fn hooks(object: &Rc<HubObject>, call: &HubCall) -> Result<String, CallError> {
    if !object.exists()? {
        return Ok("{\"webhooks\":[]}".to_owned());
    }
    object.wake(Some(&call.room))?;
    Ok(object.with(|HubMemory { hub, .. }| {
        let hooks: Vec<String> = hub.receivers.own().map(show_hook).collect();
        Ok(format!("{{\"webhooks\":[{}]}}", hooks.join(",")))
    })?)
}

fn show_hook(hook: &HookRow) -> String {
    shown_hook(&hook.id, &hook.url, hook.is_active, hook.is_ordered)
}

fn hook_id(call: &HubCall) -> Result<&str, Refusal> {
    call.hook.as_deref().ok_or(Refusal::NotFound)
}

fn hook(object: &Rc<HubObject>, call: &HubCall) -> Result<String, CallError> {
    let id = hook_id(call)?;
    if !object.exists()? {
        return Err(Refusal::NotFound.into());
    }
    object.wake(Some(&call.room))?;
    let found =
        object.with(|HubMemory { hub, .. }| Ok(hub.receivers.own().find(|hook| hook.id == id).map(show_hook)))?;
    found.ok_or_else(|| Refusal::NotFound.into())
}

fn put_hook(object: &Rc<HubObject>, call: &HubCall, body: &str) -> Result<String, CallError> {
    // The door has checked it, with its own host in mind.
    let hook = read_hook(hook_id(call)?, body, object.config.hub.place()).map_err(|_| Refusal::BadJson)?;
    object.wake(Some(&call.room))?;
    let is_new = object.turn(|hub, step| Ok(hub.put_hook(step.store, step.now, &hook)?))?;
    let is_new = is_new.map_err(|refusal| match refusal {
        HubRefusal::Forbidden => Refusal::Forbidden,
        _ => Refusal::RoomFull,
    })?;
    object.arrange_duties()?;
    let shown = hook_json(&hook);
    Ok(format!("{{\"isNew\":{is_new},\"hook\":{shown}}}"))
}

fn remove_hook(object: &Rc<HubObject>, call: &HubCall) -> Result<Empty, CallError> {
    let id = hook_id(call)?;
    let is_there = object.exists()? && {
        object.wake(Some(&call.room))?;
        object.turn(|hub, step| Ok(hub.receivers.remove(step.store.hook_store_mut(), id)?))?
    };
    if is_there { Ok(Empty) } else { Err(Refusal::NotFound.into()) }
}

/// The id of a receiver of any kind: what those of the deployment did not take can be tried again too.
fn receiver<'a>(object: &Rc<HubObject>, call: &'a HubCall) -> Result<&'a str, CallError> {
    let id = hook_id(call)?;
    let is_there = object.exists()? && {
        object.wake(Some(&call.room))?;
        object.with(|HubMemory { hub, .. }| Ok(hub.receivers.find(id).is_some()))?
    };
    if is_there { Ok(id) } else { Err(Refusal::NotFound.into()) }
}

fn dead(object: &Rc<HubObject>, call: &HubCall) -> Result<String, CallError> {
    let (id, after) = (receiver(object, call)?, call.after.unwrap_or(0));
    let limit = call.limit.unwrap_or(PAGE_EVENTS_DEFAULT);
    Ok(object.with(|HubMemory { store, .. }| Ok(dead_json(&store.hook_store().dead(id, after, limit)?, after)))?)
}

// ---- attempts that the queue's consumer makes

fn attempt(object: &Rc<HubObject>, call: &HubCall) -> Result<Option<Attempt>, CallError> {
    if !object.exists()? {
        return Ok(None);
    }
    object.wake(Some(&call.room))?;
    let (seq, attempt) = (call.seq.unwrap_or(0), call.attempt.unwrap_or(0));
    Ok(object.attempt_of(hook_id(call)?, seq, attempt)?)
}

fn report(object: &Rc<HubObject>, ended: &AttemptResult) -> Result<Empty, CallError> {
    if object.exists()? {
        object.wake(Some(&ended.room))?;
        settle(object, ended)?;
    }
    Ok(Empty)
}
