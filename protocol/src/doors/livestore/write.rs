//! Frames for clients (`livestore.md` 4): what the client's decoder wants, member by member. `args` are copied, never written
//! anew. One notice is encoded once, whoever gets it.

use std::fmt::Write as _;

use crate::chain::{Notice, StoredEvent};
use crate::doors::messenger::json_text;
use crate::iso::iso_utc;

/// Any notice as a frame.
pub fn notice_json(notice: &Notice) -> String {
    match notice {
        Notice::Pong { request_id } => tagged("Pong", request_id, ""),
        Notice::PushAck { request_id } => tagged("PushAck", request_id, ""),
        Notice::Error { request_id, message } => {
            tagged("Error", request_id, &format!(",\"message\":{}", json_text(message)))
        }
        Notice::AdminInfo { request_id, object_id } => {
            tagged("AdminInfoRes", request_id, &format!(",\"info\":{{\"durableObjectId\":{}}}", json_text(object_id)))
        }
        Notice::AdminReset { request_id } => tagged("AdminResetRoomRes", request_id, ""),
        Notice::Events { events, request_id, is_push, remaining } => {
            let bytes: usize = events.iter().map(|stored| stored.event.wire_bytes()).sum();
            let mut out = String::with_capacity(bytes + 160);
            out.push_str("{\"_tag\":\"WSMessage.PullRes\",\"batch\":[");
            for (at, stored) in events.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                push_event(&mut out, stored);
            }
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

fn push_event(out: &mut String, stored: &StoredEvent) {
    let StoredEvent { event, created_at } = stored;
    let _ = write!(out, "{{\"eventEncoded\":{{\"name\":{}", json_text(&event.name));
    // Absent stays absent: the client takes anything else for somebody else's event (`livestore.md` 3.1).
    if let Some(args) = &event.args {
        let _ = write!(out, ",\"args\":{args}");
    }
    let _ = write!(
        out,
        ",\"seqNum\":{},\"parentSeqNum\":{},\"clientId\":{},\"sessionId\":{}}},\
         \"metadata\":{{\"_tag\":\"Some\",\"value\":{{\"createdAt\":\"{}\"}}}}}}",
        event.seq,
        event.parent,
        json_text(&event.client),
        json_text(&event.session),
        iso_utc(*created_at)
    );
}
