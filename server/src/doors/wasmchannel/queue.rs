//! The queue `wasmchannel` (`wasmchannel.md` 6): from rooms to the tables. Each message is acknowledged or repeated on its own.

use std::slice;

use futures_util::future::join_all;
use protocol::doors::wasmchannel::{RowChange, read_queue_message, read_queue_packet};
use protocol::queue::Letter;
use protocol::refusal::Fault;
use serde_json::json;
use wasm_bindgen::JsValue;
use worker::{BatchMessageBuilder, Env, MessageBatch, MessageExt, QueueContentType, RawMessage, RawMessageBuilder};

use super::ROOM;
use crate::platform::database;
use crate::queue::retry;
use crate::{dead, telemetry};

/// How the names of the queue begin; each environment has its own.
pub const QUEUE: &str = "wasmchannel";
const BINDING: &str = "WASMCHANNEL_QUEUE";

/// Sends messages as [`protocol::doors::wasmchannel::queue_message`] makes them. Without a queue the tables are written at once.
pub async fn send(env: &Env, messages: &[String]) -> Result<(), Fault> {
    let Ok(queue) = env.queue(BINDING) else {
        let changes: Vec<RowChange> = messages.iter().filter_map(|message| read_queue_message(message)).collect();
        return database::apply(env, &changes).await;
    };
    let parsed: Result<Vec<JsValue>, JsValue> = messages.iter().map(|message| js_sys::JSON::parse(message)).collect();
    let parsed = parsed.map_err(|error| Fault(format!("{error:?}")))?;
    let built = parsed
        .into_iter()
        .map(|message| RawMessageBuilder::new(message).build_with_content_type(QueueContentType::Json));
    let batch = BatchMessageBuilder::new().messages(built).build();
    queue.send_raw_batch(batch).await.map_err(|error| Fault(error.to_string()))
}

/// Reads a batch into the tables, together: a transaction for each message would be a hundred times the work. Should that fail, each
/// is tried by itself, so that one does not hold up the others.
pub async fn receive(batch: &MessageBatch<String>, env: &Env) {
    let mut found: Vec<(RawMessage, RowChange)> = Vec::new();
    for message in batch.raw_iter() {
        match read(&message) {
            Some(change) => found.push((message, change)),
            None => {
                // Nobody of us wrote it, and another try reads no better.
                telemetry::event("queue_unreadable", json!({ "queue": QUEUE }));
                message.ack();
            }
        }
    }
    let (messages, changes): (Vec<RawMessage>, Vec<RowChange>) = found.into_iter().unzip();
    if database::apply(env, &changes).await.is_ok() {
        return messages.iter().for_each(MessageExt::ack);
    }
    join_all(messages.iter().zip(&changes).map(|(message, change)| receive_one(env, message, change))).await;
}

async fn receive_one(env: &Env, message: &RawMessage, change: &RowChange) {
    match database::apply(env, slice::from_ref(change)).await {
        Ok(()) => message.ack(),
        Err(fault) => {
            telemetry::fault("queue", &fault);
            retry(env, message);
        }
    }
}

fn read(message: &RawMessage) -> Option<RowChange> {
    change_of(&dead::letter_of(message))
}

/// What a message is about; `None` for one that nobody of us wrote.
pub fn change_of(letter: &Letter) -> Option<RowChange> {
    match letter.bytes() {
        Some(bytes) => read_queue_packet(&bytes, ROOM, letter.at),
        None => read_queue_message(letter.json.as_ref()?),
    }
}
