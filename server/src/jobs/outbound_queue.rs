//! The queue `cfm-outbound` (`messagehub.md` 7.2). Hub rooms and stores send deliveries to it, and decide themselves what follows an attempt,
//! so a message that arrives twice changes nothing.

use futures_util::future::join_all;
use protocol::codec::json;
use protocol::machines::hub::{OutboundJob, OutboundJobKind};
use protocol::words::refusal::Fault;
use wasm_bindgen::JsValue;
use worker::{Env, MessageBatch, MessageExt, RawMessage};

use super::letters::retry;
use crate::calls::hub::{FindAttempt, HubCall, SettleAttempt};
use crate::config::Config;
use crate::kit::namespace::Namespace;
use crate::kit::request::Request;
use crate::outbound::connectors;
use crate::projection::audit;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Beginning of the names of the queue; each environment has its own.
const QUEUE: &str = "cfm-outbound";

/// Carries out a batch, side by side: one slow receiver does not hold up the others.
pub async fn receive(batch: &MessageBatch<String>, env: &Env) {
    let queue = batch.queue();
    join_all(batch.raw_iter().map(|message| receive_one(env, &queue, message))).await;
}

async fn receive_one(env: &Env, queue: &str, message: RawMessage) {
    let body: JsValue = message.body();
    let handed = body.as_string().and_then(|text| json::read::<OutboundJob>(&text));
    let (Some(handed), true) = (handed, queue.starts_with(QUEUE)) else {
        // Not a message of this Worker, so it is logged and dropped.
        telemetry::event("queue_without_reader", serde_json::json!({ "queue": queue }));
        return message.ack();
    };
    match carry_out(env, &handed).await {
        Ok(()) => message.ack(),
        Err(fault) => {
            telemetry::fault("queue", &fault);
            retry(env, &message);
        }
    }
}

/// Carries out a message of `cfm-outbound`. Safe to repeat.
pub async fn carry_out(env: &Env, handed: &OutboundJob) -> Result<(), Fault> {
    match (handed.what, &handed.rows) {
        (OutboundJobKind::Audit, Some(rows)) => audit::write(env, &handed.log, rows, 0).await,
        (OutboundJobKind::Audit, None) => Ok(()),
        (OutboundJobKind::Hook, _) => make_attempt(env, handed).await,
    }
}

async fn make_attempt(env: &Env, handed: &OutboundJob) -> Result<(), Fault> {
    let (to, id) = match handed.log.split_once(':') {
        Some(("hub", room)) => (Namespace::Hub, room),
        Some(("ls", store)) => (Namespace::Store, store),
        _ => return Ok(()),
    };
    let call = HubCall {
        room: id.to_owned(),
        hook: handed.hook.clone(),
        seq: Some(handed.seq),
        attempt: Some(handed.attempt),
        ..HubCall::default()
    };
    let fault = |error: CallError| Fault(format!("attempt: {error:?}"));
    let Some(attempt) = FindAttempt::ask_in(env, to, id, &call).await.map_err(fault)? else {
        return Ok(());
    };
    let ended = connectors::attempt(env, Config::of(env), &attempt).await;
    SettleAttempt::ask_in(env, to, id, &ended).await.map(|_| ()).map_err(fault)
}
