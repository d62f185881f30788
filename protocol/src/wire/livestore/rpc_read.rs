//! Frames and requests of clients of version 0.4 (`livestore-0.4.md` 2 to 4 and 7). A frame that names a request and cannot be decoded fails
//! that request; one that names none is answered with a defect.

use serde_json::value::RawValue;

use super::read::{read_batch, read_place};
use super::rpc_handshake::Transport;
use crate::codec::raw_json::{members, text};
use crate::machines::chain::{RpcCursor, RpcFrame, RpcPush};
use crate::words::limits::{CHAIN_FRAME_BYTES_MAX, CHAIN_REQUEST_ID_BYTES_MAX};

const UNDECODABLE: &str = "Invalid message";
const TOO_LARGE: &str = "Message too large: at most 8388608 bytes";
const UNKNOWN_TAG: &str = "Unknown request tag";

pub fn read_rpc_frame(frame: &str) -> RpcFrame {
    read(frame, Transport::Ws)
}

/// Reads the body of a `POST`, which is one request.
pub fn read_rpc_body(body: &str) -> RpcFrame {
    match read(body, Transport::Http) {
        frame if frame.begins().is_some() => frame,
        _ => undecodable(None, UNDECODABLE),
    }
}

fn read(frame: &str, transport: Transport) -> RpcFrame {
    let found = members(frame, &["_tag", "id", "tag", "payload", "requestId"]);
    let is_large = frame.len() > CHAIN_FRAME_BYTES_MAX;
    let Some([kind, id, tag, payload, request_id]) = found else {
        return if is_large { RpcFrame::TooLarge } else { undecodable(None, UNDECODABLE) };
    };
    let read_id = |id: Option<&RawValue>| id.and_then(text).filter(|id| id.len() <= CHAIN_REQUEST_ID_BYTES_MAX);
    let kind = kind.and_then(text);
    if is_large {
        let id = read_id(id).filter(|_| kind.as_deref() == Some("Request"));
        return id.map_or(RpcFrame::TooLarge, |id| undecodable(Some(id), TOO_LARGE));
    }
    let about = |make: fn(String) -> RpcFrame| read_id(request_id).map_or_else(|| undecodable(None, UNDECODABLE), make);
    match kind.as_deref() {
        Some("Request") => match read_id(id) {
            Some(id) => read_request(id, tag, payload, transport),
            None => undecodable(None, UNDECODABLE),
        },
        Some("Ack") => about(|request_id| RpcFrame::Ack { request_id }),
        Some("Interrupt") => about(|request_id| RpcFrame::Interrupt { request_id }),
        Some("Ping") => RpcFrame::Ping,
        Some("Eof") => RpcFrame::Eof,
        _ => undecodable(None, UNDECODABLE),
    }
}

fn undecodable(request_id: Option<String>, reason: &'static str) -> RpcFrame {
    RpcFrame::Undecodable { request_id, reason }
}

fn read_request(
    request_id: String,
    tag: Option<&RawValue>,
    payload: Option<&RawValue>,
    transport: Transport,
) -> RpcFrame {
    let tag = tag.and_then(text).unwrap_or_default();
    let id = request_id.clone();
    let read = match (transport, tag.as_str()) {
        (Transport::Ws, "SyncWsRpc.Pull") | (Transport::Http, "SyncHttpRpc.Pull") => read_pull(id, payload, transport),
        (Transport::Ws, "SyncWsRpc.Push") | (Transport::Http, "SyncHttpRpc.Push") => read_push(id, payload),
        (Transport::Http, "SyncHttpRpc.Ping") => read_probe(id, payload),
        _ => return undecodable(Some(request_id), UNKNOWN_TAG),
    };
    read.unwrap_or_else(|| undecodable(Some(request_id), UNDECODABLE))
}

/// Checks that a payload names some store. The address decides which store is used.
fn names_store(store_id: Option<&RawValue>) -> Option<()> {
    store_id.and_then(text).map(drop)
}

fn read_probe(request_id: String, payload: Option<&RawValue>) -> Option<RpcFrame> {
    let [store_id] = members(payload?.get(), &["storeId"])?;
    names_store(store_id)?;
    Some(RpcFrame::Probe { request_id })
}

fn read_pull(request_id: String, payload: Option<&RawValue>, transport: Transport) -> Option<RpcFrame> {
    let [store_id, live, cursor] = members(payload?.get(), &["storeId", "live", "cursor"])?;
    names_store(store_id)?;
    let is_live = match (transport, live.map(RawValue::get)) {
        (Transport::Http, _) | (Transport::Ws, Some("false")) => false,
        (Transport::Ws, Some("true")) => true,
        (Transport::Ws, _) => return None,
    };
    let cursor = match read_option(cursor?)? {
        Some(cursor) => Some(read_cursor(cursor)?),
        None => None,
    };
    Some(RpcFrame::Pull { request_id, cursor, is_live })
}

fn read_cursor(cursor: &RawValue) -> Option<RpcCursor> {
    let [backend_id, place] = members(cursor.get(), &["backendId", "eventSequenceNumber"])?;
    Some(RpcCursor { backend_id: text(backend_id?)?, after: read_place(place?)? })
}

fn read_push(request_id: String, payload: Option<&RawValue>) -> Option<RpcFrame> {
    let [store_id, batch, backend_id] = members(payload?.get(), &["storeId", "batch", "backendId"])?;
    names_store(store_id)?;
    let backend_id = match read_option(backend_id?)? {
        Some(backend_id) => Some(text(backend_id)?),
        None => None,
    };
    Some(RpcFrame::Push(RpcPush { request_id, batch: read_batch(batch?)?, backend_id }))
}

/// Reads an Effect `Option`; `None` for another value.
fn read_option(value: &RawValue) -> Option<Option<&RawValue>> {
    let [tag, value] = members(value.get(), &["_tag", "value"])?;
    match tag.and_then(text)?.as_str() {
        "None" => Some(None),
        "Some" => value.map(Some),
        _ => None,
    }
}

#[cfg(test)]
#[path = "rpc_read_tests.rs"]
mod tests;
