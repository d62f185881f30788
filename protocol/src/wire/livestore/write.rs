//! Frames for clients (`livestore.md` 4), in the exact form that the client's decoder expects. `args` are copied byte for byte. One
//! notification is encoded once for all recipients. Events of both client versions differ only in their metadata.

use std::fmt::Write as _;

use crate::codec::json::{json_text, push_json_text};
use crate::machines::chain::{ChainEvent, ChainNotification, StoredEvent};
use crate::words::iso::iso_utc;

pub fn frame_json(notification: &ChainNotification) -> String {
    match notification {
        ChainNotification::Pong { request_id } => tagged("Pong", request_id, ""),
        ChainNotification::PushAck { request_id } => tagged("PushAck", request_id, ""),
        ChainNotification::Error { request_id, message } => {
            tagged("Error", request_id, &format!(",\"message\":{}", json_text(message)))
        }
        ChainNotification::AdminInfo { request_id, object_id } => {
            tagged("AdminInfoRes", request_id, &format!(",\"info\":{{\"durableObjectId\":{}}}", json_text(object_id)))
        }
        ChainNotification::AdminReset { request_id } => tagged("AdminResetRoomRes", request_id, ""),
        ChainNotification::Events { events, request_id, is_push, remaining } => {
            let bytes: usize = events.iter().map(|stored| stored.event.wire_bytes()).sum();
            let mut out = String::with_capacity(bytes + 160);
            out.push_str("{\"_tag\":\"WSMessage.PullRes\",\"batch\":[");
            push_events(&mut out, events, "");
            let context = if *is_push { "push" } else { "pull" };
            let request_id = json_text(request_id);
            let _ = write!(
                out,
                "],\"requestId\":{{\"context\":\"{context}\",\"requestId\":{request_id}}},\"remaining\":{remaining}}}"
            );
            out
        }
    }
}

fn tagged(tag: &str, request_id: &str, rest: &str) -> String {
    format!("{{\"_tag\":\"WSMessage.{tag}\",\"requestId\":{}{rest}}}", json_text(request_id))
}

/// Appends the elements of a batch. The metadata of each element begin with `metadata`.
pub(super) fn push_events(out: &mut String, events: &[StoredEvent], metadata: &str) {
    let mut time = None;
    for (at, stored) in events.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        // Events of one push have the same time, so its text is formatted once.
        let known = time.take().filter(|(at, _)| *at == stored.created_at);
        let (created_at, text) = known.unwrap_or_else(|| (stored.created_at, iso_utc(stored.created_at)));
        push_event(out, &stored.event, metadata, &text);
        time = Some((created_at, text));
    }
}

fn push_event(out: &mut String, event: &ChainEvent, metadata: &str, created_at: &str) {
    out.push_str("{\"eventEncoded\":");
    push_encoded(out, event);
    out.push_str(",\"metadata\":{\"_tag\":\"Some\",\"value\":{");
    out.push_str(metadata);
    out.push_str("\"createdAt\":\"");
    out.push_str(created_at);
    out.push_str("\"}}}");
}

/// Appends an event as its client sent it.
pub(super) fn push_encoded(out: &mut String, event: &ChainEvent) {
    out.push_str("{\"name\":");
    push_json_text(out, &event.name);
    // An absent member stays absent: the client takes any other form for an event of another client (`livestore.md` 3.1).
    if let Some(args) = &event.args {
        out.push_str(",\"args\":");
        out.push_str(args);
    }
    let _ = write!(out, ",\"seqNum\":{},\"parentSeqNum\":{},\"clientId\":", event.seq, event.parent);
    push_json_text(out, &event.client);
    out.push_str(",\"sessionId\":");
    push_json_text(out, &event.session);
    out.push('}');
}
