//! Transport of changes from rooms to the tables, through the queue `wasmchannel` (`wasmchannel.md` 6).

use std::collections::BTreeMap;
use std::slice;

use futures_util::future::join_all;
use protocol::operation::queue::Letter;
use protocol::wire::wasmchannel::{
    DEFAULT_ROOM, QueueEntry, RowChange, RowPointer, packed, read_queue_entries, read_queue_message, read_queue_packet,
};
use protocol::words::limits::{QUEUE_PACK_ROWS_MAX, REBUILD_PAGE_ROWS};
use protocol::words::refusal::Fault;
use wasm_bindgen::JsValue;
use worker::{BatchMessageBuilder, Env, QueueContentType, RawMessageBuilder};

use super::database;
use crate::calls::room::ReadEvents;
use crate::kit::request::Request;
use crate::runtime::call_error::CallError;
use crate::telemetry;

const BINDING: &str = "WASMCHANNEL_QUEUE";
/// Messages per call of the queue, which accepts 256 KB: two of the longest messages.
const PACKS_AT_ONCE: usize = 2;

pub fn is_there(env: &Env) -> bool {
    env.queue(BINDING).is_ok()
}

/// Sends entries as [`protocol::wire::wasmchannel::queue_message`] makes them, in packs. Without a queue the tables are written at once.
pub async fn send(env: &Env, entries: &[String]) -> Result<(), Fault> {
    let Ok(queue) = env.queue(BINDING) else {
        let changes: Vec<RowChange> = entries.iter().filter_map(|entry| read_queue_message(entry)).collect();
        return apply(env, &changes).await;
    };
    for packs in packed(entries).chunks(PACKS_AT_ONCE) {
        let parsed: Result<Vec<JsValue>, JsValue> = packs.iter().map(|pack| js_sys::JSON::parse(pack)).collect();
        let parsed = parsed.map_err(|error| Fault(format!("{error:?}")))?;
        let built =
            parsed.into_iter().map(|pack| RawMessageBuilder::new(pack).build_with_content_type(QueueContentType::Json));
        let batch = BatchMessageBuilder::new().messages(built).build();
        queue.send_raw_batch(batch).await.map_err(|error| Fault(error.to_string()))?;
    }
    Ok(())
}

/// Writes the changes of messages. Safe to repeat, in any order.
pub async fn apply(env: &Env, changes: &[RowChange]) -> Result<(), Fault> {
    // A deleted person may have reacted to very many messages.
    for changes in changes.chunks(REBUILD_PAGE_ROWS as usize) {
        database::apply(env, changes).await?;
    }
    Ok(())
}

/// Writes the changes of one queue message together; if that fails, one by one, so that one change does not block the others. A position may
/// stand for very many changes.
pub async fn apply_apart(env: &Env, changes: &[RowChange]) -> Result<(), Fault> {
    let mut result = Ok(());
    for changes in changes.chunks(QUEUE_PACK_ROWS_MAX as usize) {
        let Err(fault) = database::apply(env, changes).await else { continue };
        if changes.len() == 1 {
            return Err(fault);
        }
        telemetry::fault("queue", &fault);
        let written = join_all(changes.iter().map(|change| database::apply(env, slice::from_ref(change)))).await;
        // If every change fails, D1 itself is unavailable.
        if written.iter().all(Result::is_err) {
            return Err(fault);
        }
        result = result.and(written.into_iter().collect());
    }
    result
}

/// Returns the changes of each queue message; `None` for a message that this Worker did not write. Where texts are sealed, messages have
/// only positions; their changes are read with one call per room and pack.
pub async fn changes_of(env: &Env, letters: &[Letter]) -> Vec<Result<Option<Vec<RowChange>>, Fault>> {
    let entries: Vec<Option<Vec<QueueEntry>>> = letters.iter().map(entries_of).collect();
    let mut seqs: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for entry in entries.iter().flatten().flatten() {
        if let QueueEntry::Pointer(RowPointer { room, seq }) = entry {
            seqs.entry(room).or_default().push(*seq);
        }
    }
    let asked = seqs.into_iter().map(|(room, seqs)| async move { (room, read_changes(env, room, &seqs).await) });
    let rooms: BTreeMap<&str, Result<ChangesByPlace, Fault>> = join_all(asked).await.into_iter().collect();
    entries.iter().map(|entries| entries.as_ref().map(|entries| changes_in(entries, &rooms)).transpose()).collect()
}

/// Changes of a room by the position of their event.
type ChangesByPlace = BTreeMap<u64, Vec<RowChange>>;

/// Returns the changes of a message's entries in their order.
fn changes_in(
    entries: &[QueueEntry],
    rooms: &BTreeMap<&str, Result<ChangesByPlace, Fault>>,
) -> Result<Vec<RowChange>, Fault> {
    let mut changes = Vec::new();
    for entry in entries {
        match entry {
            QueueEntry::Change(change) => changes.push(change.clone()),
            QueueEntry::Pointer(RowPointer { room, seq }) => match rooms.get(room.as_str()) {
                Some(Ok(found)) => changes.extend(found.get(seq).into_iter().flatten().cloned()),
                Some(Err(fault)) => return Err(fault.clone()),
                None => {}
            },
        }
    }
    Ok(changes)
}

/// Reads changes from a room in packs, so that the room can handle frames in between.
async fn read_changes(env: &Env, room: &str, seqs: &[u64]) -> Result<ChangesByPlace, Fault> {
    let mut changes = ChangesByPlace::new();
    for seqs in seqs.chunks(QUEUE_PACK_ROWS_MAX as usize) {
        let seqs = seqs.to_vec();
        let rows = ReadEvents::ask(env, room, &seqs).await.map_err(|error| match error {
            CallError::Refused(refusal) => Fault(format!("a room refused to return events: {refusal}")),
            CallError::Busy(fault) | CallError::Broken(fault) => fault,
        })?;
        let read =
            |rows: Vec<String>| rows.iter().filter_map(|row| read_queue_message(row)).collect::<Vec<RowChange>>();
        changes.extend(seqs.into_iter().zip(rows.into_iter().map(read)));
    }
    Ok(changes)
}

fn entries_of(letter: &Letter) -> Option<Vec<QueueEntry>> {
    match letter.bytes() {
        Some(bytes) => Some(vec![QueueEntry::Change(read_queue_packet(&bytes, DEFAULT_ROOM, letter.at)?)]),
        None => read_queue_entries(letter.json.as_ref()?),
    }
}
