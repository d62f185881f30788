//! Frames for clients of version 0.4 (`livestore-0.4.md` 2, 3, 6, 7). `args` are copied byte for byte.

use std::rc::Rc;

use super::RPC_PONG;
use super::write::push_events;
use crate::codec::json::json_text;
use crate::machines::chain::{RpcFailure, RpcNotification, RpcPage};

/// Beginning of an event's metadata.
const METADATA: &str = "\"_tag\":\"SyncMessage.SyncMetadata\",";

/// Encoder of notifications. Pulls at the same position share one encoded page.
#[derive(Debug, Default)]
pub struct RpcWriter {
    last: Option<(Rc<RpcPage>, String)>,
}

impl RpcWriter {
    pub fn json(&mut self, notification: &RpcNotification) -> String {
        let RpcNotification::Page { request_id, page } = notification else { return rpc_json(notification) };
        let known = self.last.take().filter(|(known, _)| Rc::ptr_eq(known, page));
        let (_, item) = self.last.insert(known.unwrap_or_else(|| (Rc::clone(page), page_json(page))));
        chunk(request_id, item)
    }
}

pub fn rpc_json(notification: &RpcNotification) -> String {
    match notification {
        RpcNotification::Pong => RPC_PONG.to_owned(),
        RpcNotification::Present { request_id } => {
            exit(request_id, "\"_tag\":\"Success\",\"value\":{\"_tag\":\"SyncMessage.Pong\"}")
        }
        RpcNotification::Page { request_id, page } => chunk(request_id, &page_json(page)),
        RpcNotification::Pulled { request_id } => exit(request_id, "\"_tag\":\"Success\""),
        RpcNotification::Pushed { request_id } => exit(request_id, "\"_tag\":\"Success\",\"value\":{}"),
        RpcNotification::Failed { request_id, failure } => {
            failed(request_id, &format!("\"_tag\":\"Fail\",\"error\":{}", failure_json(failure)))
        }
        RpcNotification::Died { request_id, reason } => {
            failed(request_id, &format!("\"_tag\":\"Die\",\"defect\":{}", json_text(reason)))
        }
        RpcNotification::Defect { reason } => format!("{{\"_tag\":\"Defect\",\"defect\":{}}}", json_text(reason)),
    }
}

fn chunk(request_id: &str, item: &str) -> String {
    format!("{{\"_tag\":\"Chunk\",\"requestId\":{},\"values\":[{item}]}}", json_text(request_id))
}

/// Returns the end of a request; `members` belong to the result.
fn exit(request_id: &str, members: &str) -> String {
    format!("{{\"_tag\":\"Exit\",\"requestId\":{},\"exit\":{{{members}}}}}", json_text(request_id))
}

fn failed(request_id: &str, cause: &str) -> String {
    exit(request_id, &format!("\"_tag\":\"Failure\",\"cause\":{{{cause}}}"))
}

fn failure_json(failure: &RpcFailure) -> String {
    match failure {
        RpcFailure::ServerAhead { expected, provided } => {
            format!("{{\"_tag\":\"ServerAheadError\",\"minimumExpectedNum\":{expected},\"providedNum\":{provided}}}")
        }
        RpcFailure::BackendId { expected, received } => format!(
            "{{\"_tag\":\"BackendIdMismatchError\",\"expected\":{},\"received\":{}}}",
            json_text(expected),
            json_text(received)
        ),
        RpcFailure::Unknown { message } => {
            format!("{{\"_tag\":\"UnknownError\",\"cause\":{{\"name\":\"Error\",\"message\":{}}}}}", json_text(message))
        }
    }
}

fn page_json(page: &RpcPage) -> String {
    let mut out = String::with_capacity(page.bytes() + 160);
    out.push_str("{\"batch\":[");
    push_events(&mut out, &page.events, METADATA);
    out.push_str("],\"pageInfo\":");
    match page.remaining {
        0 => out.push_str("{\"_tag\":\"NoMore\"}"),
        remaining => out.push_str(&format!("{{\"_tag\":\"MoreKnown\",\"remaining\":{remaining}}}")),
    }
    out.push_str(",\"backendId\":");
    out.push_str(&json_text(&page.backend_id));
    out.push('}');
    out
}
