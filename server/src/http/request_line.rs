//! One line per request (`messagehub.md` 9): what was asked in the words of the route table, and what came of it. A path, a query
//! and a name of a person never appear in it.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::words::event::Millis;

use super::incoming::Incoming;
use super::request_facts::RequestFacts;
use crate::config::Config;
use crate::{runtime, telemetry};

pub struct RequestLine {
    facts: Rc<RefCell<RequestFacts>>,
    request_id: String,
    /// Where that is not the one of the audit log.
    audit_id: Option<String>,
    traceparent: Option<String>,
    method: String,
    bytes_in: Option<u64>,
    began_at: Millis,
    config: &'static Config,
}

impl RequestLine {
    pub fn begin(incoming: &Incoming) -> Self {
        Self {
            facts: Rc::clone(&incoming.facts),
            request_id: incoming.request_id.clone(),
            audit_id: (incoming.own_id != incoming.request_id).then(|| incoming.own_id.clone()),
            traceparent: incoming.traceparent.clone(),
            method: incoming.method.clone(),
            bytes_in: incoming.header("content-length").and_then(|length| length.parse().ok()),
            began_at: incoming.now,
            config: incoming.config,
        }
    }

    /// Writes it. What fails on our side is always told.
    pub fn end(self, status: u16, error: Option<String>) {
        if !self.config.telemetry.logs_requests && status < 500 {
            return;
        }
        let facts = self.facts.borrow();
        // The same person is the same hash for a day, as in the data points.
        let pseudonyms = &self.config.telemetry.pseudonyms;
        let hash = |principal: &String| pseudonyms.of(self.began_at, principal);
        let log = facts.log.as_ref().map(|log| log.in_line(pseudonyms, self.began_at));
        let fields = serde_json::json!({
            "ts": self.began_at, "requestId": self.request_id, "auditId": self.audit_id, "door": facts.door, "method": self.method,
            "route": facts.route, "status": status, "ms": runtime::now_ms().saturating_sub(self.began_at),
            "bytesIn": self.bytes_in, "bytesOut": facts.bytes_out, "principalHash": facts.principal.as_ref().map(hash),
            "log": log, "seq": facts.seq, "traceparent": self.traceparent, "error": error,
        });
        telemetry::event("request", fields);
    }
}
