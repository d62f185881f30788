//! Changes on their way from rooms to the tables, through the queue `wasmchannel` (`wasmchannel.md` 6).

use std::collections::BTreeMap;

use futures_util::future::join_all;
use protocol::operation::queue::Letter;
use protocol::wire::wasmchannel::{
    DEFAULT_ROOM, RowChange, RowPointer, read_queue_message, read_queue_packet, read_queue_pointer,
};
use protocol::words::limits::REBUILD_PAGE_ROWS;
use protocol::words::refusal::Fault;
use wasm_bindgen::JsValue;
use worker::{BatchMessageBuilder, Env, QueueContentType, RawMessageBuilder};

use super::database;
use crate::calls::backfill::EventsCall;
use crate::calls::room::ReadEvents;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;

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

/// Writes the changes of messages. Safe to repeat, in any order.
pub async fn apply(env: &Env, changes: &[RowChange]) -> Result<(), Fault> {
    // A deleted person may have reacted to very many messages.
    for changes in changes.chunks(REBUILD_PAGE_ROWS as usize) {
        database::apply(env, changes).await?;
    }
    Ok(())
}

/// Returns the changes of each message; `None` for a message that this Worker did not write. Where texts are sealed, a message names only
/// the place of a change, and the changes are read from the rooms, with one call for each room.
pub async fn changes_of(env: &Env, letters: &[Letter]) -> Vec<Result<Option<Vec<RowChange>>, Fault>> {
    let pointer = |letter: &Letter| read_queue_pointer(letter.json.as_ref()?);
    let pointers: Vec<Option<RowPointer>> = letters.iter().map(pointer).collect();
    let mut seqs: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for RowPointer { room, seq } in pointers.iter().flatten() {
        seqs.entry(room).or_default().push(*seq);
    }
    let asked = seqs.into_iter().map(|(room, seqs)| async move { (room, read_changes(env, room, seqs).await) });
    let rooms: BTreeMap<&str, Result<BTreeMap<u64, Vec<RowChange>>, Fault>> =
        join_all(asked).await.into_iter().collect();
    let changes = letters.iter().zip(&pointers).map(|(letter, pointer)| match pointer {
        None => Ok(change_of(letter).map(|change| vec![change])),
        Some(RowPointer { room, seq }) => match &rooms[room.as_str()] {
            Ok(found) => Ok(Some(found.get(seq).cloned().unwrap_or_default())),
            Err(fault) => Err(fault.clone()),
        },
    });
    changes.collect()
}

/// Asks a room for the changes at these places.
async fn read_changes(env: &Env, room: &str, seqs: Vec<u64>) -> Result<BTreeMap<u64, Vec<RowChange>>, Fault> {
    let call = EventsCall { seqs };
    let rows = ReadEvents::ask(env, room, &call).await.map_err(|error| match error {
        CallError::Refused(refusal) => Fault(format!("a room refused to return events: {refusal}")),
        CallError::Busy(fault) | CallError::Broken(fault) => fault,
    })?;
    let read = |rows: Vec<String>| rows.iter().filter_map(|row| read_queue_message(row)).collect();
    Ok(call.seqs.into_iter().zip(rows.into_iter().map(read)).collect())
}

fn change_of(letter: &Letter) -> Option<RowChange> {
    match letter.bytes() {
        Some(bytes) => read_queue_packet(&bytes, DEFAULT_ROOM, letter.at),
        None => read_queue_message(letter.json.as_ref()?),
    }
}
