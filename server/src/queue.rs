//! The consumer of our queues (`messagehub.md` 7.2; that of the packet door is in `doors::wasmchannel`). A room hands over; what follows an attempt is decided by the room, so a
//! message that arrives twice changes nothing.

use futures_util::future::join_all;
use protocol::codec::json;
use protocol::machines::hub::{Handed, Handing};
use protocol::operation::queue::retry_in_s;
use protocol::words::refusal::Fault;
use wasm_bindgen::JsValue;
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage};

use crate::config::Config;
use crate::doors::wasmchannel;
use crate::objects::calls::hub::{Attempt, HUB_HEADER, HubCall};
use crate::objects::kit::call::ascii;
use crate::objects::kit::namespace::Namespace;
use crate::objects::kit::runtime;
use crate::{audit, connectors, dead, telemetry};

const HUB_PREFIX: &str = "hub:";

/// Handles a batch. What cannot be done now comes again, later each time; after the queue's last try it goes to the dead-letter
/// queue, and from there into the bucket.
pub async fn consume(batch: MessageBatch<String>, env: &Env) -> worker::Result<()> {
    let queue = batch.queue();
    if queue.starts_with(wasmchannel::queue::QUEUE) {
        wasmchannel::queue::receive(&batch, env).await;
        return Ok(());
    }
    if queue.starts_with(dead::QUEUE) {
        dead::keep(&batch, env).await;
        return Ok(());
    }
    // Side by side: one slow receiver does not hold up the others of a batch.
    let (queue, handled) = (queue.as_str(), batch.raw_iter());
    let handled = handled.map(|message| async move {
        let body: JsValue = message.body();
        let handed = body.as_string().and_then(|text| json::read::<Handed>(&text));
        let (Some(handed), true) = (handed, queue.starts_with("cfm-outbound")) else {
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
    });
    join_all(handled).await;
    Ok(())
}

/// Has a message tried again, later than the time before.
pub fn retry(env: &Env, message: &RawMessage) {
    let age_ms = runtime::now_ms().saturating_sub(message.timestamp().as_millis());
    let delay_s = Config::of(env).queue_retry_s.unwrap_or_else(|| retry_in_s(age_ms));
    message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(delay_s).build());
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
