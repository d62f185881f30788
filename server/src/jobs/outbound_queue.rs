//! The queue `cfm-outbound` (`messagehub.md` 7.2). A room hands over; what follows an attempt is decided by the room, so a message that
//! arrives twice changes nothing.

use futures_util::future::join_all;
use protocol::codec::json;
use protocol::machines::hub::{Handed, Handing};
use protocol::words::refusal::Fault;
use wasm_bindgen::JsValue;
use worker::{Env, MessageBatch, MessageExt, RawMessage};

use super::letters::retry;
use crate::calls::hub::{Attempt, HUB_HEADER, HubCall};
use crate::config::Config;
use crate::kit::call::ascii;
use crate::kit::namespace::Namespace;
use crate::outbound::connectors;
use crate::projection::audit;
use crate::{runtime, telemetry};

/// Beginning of the names of the queue; each environment has its own.
const QUEUE: &str = "cfm-outbound";
const HUB_PREFIX: &str = "hub:";

/// Carries out a batch, side by side: one slow receiver does not hold up the others.
pub async fn receive(batch: &MessageBatch<String>, env: &Env) {
    let queue = batch.queue();
    join_all(batch.raw_iter().map(|message| receive_one(env, &queue, message))).await;
}

async fn receive_one(env: &Env, queue: &str, message: RawMessage) {
    let body: JsValue = message.body();
    let handed = body.as_string().and_then(|text| json::read::<Handed>(&text));
    let (Some(handed), true) = (handed, queue.starts_with(QUEUE)) else {
        // Nobody of us wrote it: a line is all that is left to do.
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

/// Does what a message of `cfm-outbound` is about. Safe to repeat.
pub async fn carry_out(env: &Env, handed: &Handed) -> Result<(), Fault> {
    match (handed.what, &handed.rows) {
        (Handing::Audit, Some(rows)) => audit::write(env, &handed.log, rows, 0).await,
        (Handing::Audit, None) => Ok(()),
        (Handing::Hook, _) => make_attempt(env, handed).await,
    }
}

async fn make_attempt(env: &Env, handed: &Handed) -> Result<(), Fault> {
    let Some(room) = handed.log.strip_prefix(HUB_PREFIX) else {
        return Ok(());
    };
    let call = HubCall {
        room: room.to_owned(),
        hook: handed.hook.clone(),
        seq: Some(handed.seq),
        attempt: Some(handed.attempt),
        ..HubCall::default()
    };
    let name = Namespace::Hub.object_name(room);
    let to = |verb: &'static str| (Namespace::Hub.binding(), name.as_str(), verb);
    let question = ascii(&json::write(&call));
    let text =
        called(runtime::call_object_with(env, to("attempt"), (HUB_HEADER, &question), runtime::Body::None).await)?;
    let Some(attempt) = json::read::<Attempt>(&text) else {
        return Ok(());
    };
    let ended = json::write(&connectors::attempt(env, Config::of(env), &attempt).await);
    called(runtime::call_object(env, Namespace::Hub.binding(), &name, "ended", &ended).await).map(|_| ())
}

fn called(answer: worker::Result<(u16, String)>) -> Result<String, Fault> {
    match answer {
        Ok((200, text)) => Ok(text),
        Ok((status, _)) => Err(Fault(format!("a room answered {status}"))),
        Err(error) => Err(Fault(error.to_string())),
    }
}
