//! The queue `wasmchannel` (`wasmchannel.md` 6): from rooms to the tables. Each message is acknowledged or repeated on its own.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use protocol::operation::queue::Letter;
use protocol::wire::wasmchannel::{RowChange, RowPointer, read_queue_message, read_queue_packet, read_queue_pointer};
use protocol::words::limits::REBUILD_PAGE_ROWS;
use protocol::words::refusal::Fault;
use serde_json::json;
use wasm_bindgen::JsValue;
use worker::{BatchMessageBuilder, Env, MessageBatch, MessageExt, QueueContentType, RawMessage, RawMessageBuilder};

use super::ROOM;
use crate::objects::calls::backfill::TellCall;
use crate::objects::kit::call::{self, CallError};
use crate::objects::kit::namespace::Namespace;
use crate::platform::database;
use crate::queue::retry;
use crate::{dead, telemetry};

/// Beginning of the names of the queue; each environment has its own.
pub const QUEUE: &str = "wasmchannel";
const BINDING: &str = "WASMCHANNEL_QUEUE";

/// Returns true if there is a queue.
pub fn is_there(env: &Env) -> bool {
    env.queue(BINDING).is_ok()
}

/// Sends messages as [`protocol::wire::wasmchannel::queue_message`] makes them. Without a queue the tables are written at once.
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
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let letters: Vec<Letter> = messages.iter().map(dead::letter_of).collect();
    let mut found: Vec<(RawMessage, Vec<RowChange>)> = Vec::new();
    for (message, told) in messages.into_iter().zip(changes_of(env, &letters).await) {
        match told {
            Ok(Some(changes)) => found.push((message, changes)),
            Ok(None) => {
                // Nobody of us wrote it, and another try reads no better.
                telemetry::event("queue_unreadable", json!({ "queue": QUEUE }));
                message.ack();
            }
            Err(fault) => try_again(env, &message, &fault),
        }
    }
    let (messages, changes): (Vec<RawMessage>, Vec<Vec<RowChange>>) = found.into_iter().unzip();
    if apply(env, &changes.concat()).await.is_ok() {
        return messages.iter().for_each(MessageExt::ack);
    }
    join_all(messages.iter().zip(&changes).map(|(message, changes)| receive_one(env, message, changes))).await;
}

async fn receive_one(env: &Env, message: &RawMessage, changes: &[RowChange]) {
    match apply(env, changes).await {
        Ok(()) => message.ack(),
        Err(fault) => try_again(env, message, &fault),
    }
}

fn try_again(env: &Env, message: &RawMessage, fault: &Fault) {
    telemetry::fault("queue", fault);
    retry(env, message);
}

/// Writes what messages are about. Safe to repeat, in any order.
pub async fn apply(env: &Env, changes: &[RowChange]) -> Result<(), Fault> {
    // Whoever is gone may have reacted to very many messages.
    for changes in changes.chunks(REBUILD_PAGE_ROWS as usize) {
        database::apply(env, changes).await?;
    }
    Ok(())
}

/// Returns the changes that messages are about, one by one; `None` for one that nobody of us wrote. For those that say no more than where
/// something is, because words are sealed, their rooms are asked, each once.
pub async fn changes_of(env: &Env, letters: &[Letter]) -> Vec<Result<Option<Vec<RowChange>>, Fault>> {
    let pointer = |letter: &Letter| read_queue_pointer(letter.json.as_ref()?);
    let pointers: Vec<Option<RowPointer>> = letters.iter().map(pointer).collect();
    let mut seqs: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for RowPointer { room, seq } in pointers.iter().flatten() {
        seqs.entry(room).or_default().push(*seq);
    }
    let asked = seqs.into_iter().map(|(room, seqs)| async move { (room, tell(env, room, seqs).await) });
    let rooms: BTreeMap<&str, Result<BTreeMap<u64, Vec<RowChange>>, Fault>> =
        join_all(asked).await.into_iter().collect();
    let told = letters.iter().zip(&pointers).map(|(letter, pointer)| match pointer {
        None => Ok(change_of(letter).map(|change| vec![change])),
        Some(RowPointer { room, seq }) => match &rooms[room.as_str()] {
            Ok(told) => Ok(Some(told.get(seq).cloned().unwrap_or_default())),
            Err(fault) => Err(fault.clone()),
        },
    });
    told.collect()
}

/// Asks a room for the changes at these places.
async fn tell(env: &Env, room: &str, seqs: Vec<u64>) -> Result<BTreeMap<u64, Vec<RowChange>>, Fault> {
    let call = TellCall { seqs };
    let told: Result<Vec<Vec<String>>, CallError> = call::ask(env, Namespace::Room, room, "tell", &call).await;
    let told = told.map_err(|error| match error {
        CallError::Refused(refusal) => Fault(format!("a room refused to tell: {refusal}")),
        CallError::Busy(fault) | CallError::Broken(fault) => fault,
    })?;
    let read = |rows: Vec<String>| rows.iter().filter_map(|row| read_queue_message(row)).collect();
    Ok(call.seqs.into_iter().zip(told.into_iter().map(read)).collect())
}

fn change_of(letter: &Letter) -> Option<RowChange> {
    match letter.bytes() {
        Some(bytes) => read_queue_packet(&bytes, ROOM, letter.at),
        None => read_queue_message(letter.json.as_ref()?),
    }
}
