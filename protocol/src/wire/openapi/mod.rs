//! `GET /openapi.json` (`core.md` 8 row 17): the description of all HTTP routes.
//!
//! `operations` has input and output of each route, `schemas` the objects, both in the short form that `form` reads. One test compares the
//! operations with the route table; another checks real answers against the schemas. Routing does not depend on this description.

mod access;
mod form;
mod operations;
mod schemas;

use serde_json::{Map, Value, json};

pub use access::Access;
pub use operations::{Answer, OPERATIONS, Operation};

use access::{schemes, security};
use form::{members, schema};

use crate::words::event::Millis;
use crate::words::limits::OperatorLimits;

/// Description of the methods that the operations do not name (`core.md` 8).
const OTHER_METHODS: &str = "HEAD is answered as GET, without the body, but for sockets, event streams and `/api/auth/verify-email`. OPTIONS is answered everywhere.";

/// Returns the document of a deployment with these limits.
pub fn document(limits: &OperatorLimits) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        let entry = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = entry {
            methods.insert(operation.method.to_ascii_lowercase(), described(operation, limits));
        }
    }
    let mut schemas: Map<String, Value> =
        schemas::SCHEMAS.iter().map(|(name, text)| ((*name).to_owned(), schema(text))).collect();
    schemas.insert("Message".to_owned(), schema(&schemas::message()));
    json!({
        "openapi": "3.1.0",
        "info": { "title": "CF Messenger", "version": crate::wire::messenger::PROTOCOL, "description": OTHER_METHODS, "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" } },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": schemes(),
        },
    })
}

fn described(operation: &Operation, limits: &OperatorLimits) -> Value {
    let mut parameters = path_parameters(operation.path);
    parameters.extend(query_parameters(operation.query));
    parameters.extend(header_parameters(operation));
    let mut description = json!({
        "summary": summary(operation, limits),
        "security": security(operation),
        "parameters": parameters,
        "responses": responses(operation),
    });
    if let (false, Value::Object(description)) = (operation.body.is_empty(), &mut description) {
        let kind = match operation.body {
            _ if operation.answer == Answer::Form => "application/x-www-form-urlencoded",
            "bytes" => "*/*",
            _ => "application/json",
        };
        let body = if kind == "*/*" { json!({}) } else { schema(operation.body) };
        let body = json!({ "content": { kind: { "schema": body } }, "required": is_hub(operation) });
        description.insert("requestBody".to_owned(), body);
    }
    description
}

/// Returns the purpose of an operation, with the deployment's times filled in.
fn summary(operation: &Operation, limits: &OperatorLimits) -> String {
    let times = [
        ("{REAUTH_S}", limits.reauth_ms),
        ("{ACCOUNT_UNDO_S}", limits.account_undo_ms),
        ("{HANDLE_CHANGE_S}", limits.handle_change_ms),
        ("{HANDLE_FREE_S}", limits.handle_free_ms),
    ];
    times.into_iter().fold(operation.summary.to_owned(), |text, (name, ms)| text.replace(name, &span(ms)))
}

/// Writes a time in its largest unit without fractions.
fn span(ms: Millis) -> String {
    let units = [(86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second")];
    let (size, name) = units.into_iter().find(|(size, _)| ms.is_multiple_of(*size)).unwrap_or((1, "millisecond"));
    let count = ms / size;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

fn is_hub(operation: &Operation) -> bool {
    operation.path.starts_with("/rooms/") || operation.path.starts_with("/ws/")
}

fn header_parameters(operation: &Operation) -> Vec<Value> {
    let name = match (operation.method, operation.path) {
        (
            "POST",
            "/publish" | "/rooms/{room}/messages" | "/api/rooms" | "/api/messages" | "/api/hooks/{room}/{token}",
        ) => "Idempotency-Key",
        ("GET", "/rooms/{room}/events") => "Last-Event-ID",
        _ => return Vec::new(),
    };
    vec![json!({ "name": name, "in": "header", "required": false, "schema": { "type": "string" } })]
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })).collect()
}

fn query_parameters(query: &str) -> Vec<Value> {
    let described = |(name, is_needed, schema): (String, bool, Value)| json!({ "name": name, "in": "query", "required": is_needed, "schema": schema });
    members(query).into_iter().map(described).collect()
}

fn responses(operation: &Operation) -> Value {
    let good = match operation.answer {
        Answer::Data(status, data) => {
            let data = if data.is_empty() { json!({ "type": "object" }) } else { schema(data) };
            let enveloped = json!({
                "type": "object",
                "required": ["success", "data", "meta"],
                "properties": { "success": { "const": true }, "data": data, "meta": { "$ref": "#/components/schemas/Meta" } },
            });
            let mut answers =
                json!({ status.to_string(): content("application/json", enveloped.clone()), "default": error() });
            // A repeated request gets the first answer with 200, because it created nothing.
            if operation.summary.contains("(200)") {
                answers["200"] = content("application/json", enveloped);
            }
            return answers;
        }
        Answer::Json(body) => content("application/json", schema(body)),
        Answer::Made(body) => {
            let made = content("application/json", schema(body));
            return with_refusals(operation, json!({ "200": made, "201": made }));
        }
        Answer::Taken => {
            let header = |kind: &str| json!({ "schema": { "type": kind } });
            let number = || header("integer");
            let headers = json!({
                "X-Message-Id": header("string"), "X-Message-Seq": number(), "Idempotent-Replay": header("string"),
                "RateLimit-Limit": number(), "RateLimit-Remaining": number(), "RateLimit-Reset": number(),
            });
            return with_refusals(operation, json!({ "202": { "description": "Stored.", "headers": headers } }));
        }
        Answer::Events => content("text/event-stream", json!({ "type": "string" })),
        Answer::StatusOrSocket(body) => {
            let answers = json!({ "200": content("application/json", schema(body)), "101": switched(operation) });
            return with_refusals(operation, answers);
        }
        Answer::Text => content("text/plain", json!({ "type": "string" })),
        Answer::Page => content("text/html", json!({ "type": "string" })),
        Answer::Drawing => content("image/svg+xml", json!({ "type": "string" })),
        Answer::Form => {
            return json!({ "200": content("application/json", json!({})), "302": { "description": "Plain forms go on to a page." } });
        }
        Answer::Socket => {
            let mut answers = json!({ "101": switched(operation) });
            if operation.path.starts_with("/api/") {
                answers["426"] = error();
            }
            return with_refusals(operation, answers);
        }
    };
    with_refusals(operation, json!({ "200": good }))
}

fn switched(operation: &Operation) -> Value {
    let words = match operation.path {
        path if path.starts_with("/api/ws/room/") => {
            "A WebSocket with the subprotocol `cfm.v1`, `cfm.v1.batch` or `cfm.v1.columns`."
        }
        path if path.starts_with("/api/") => "A WebSocket with the subprotocol `cfm.v1` or `cfm.v1.batch`.",
        path if path.ends_with("/websocket") => "A WebSocket without subprotocol.",
        "/" => "A WebSocket with the subprotocol `hopeflow.v2`, `wasmchannel.v1` or none.",
        _ => "A WebSocket with the subprotocol `messagehub.v1`, `messagehub.v1.batch`, `wasmchannel.v1` or none.",
    };
    json!({ "description": words })
}

/// Paths of the WasmChannel door that refuse without the envelope (`wasmchannel.md` 4).
const LIBRARY_PATHS: [&str; 16] = [
    "/api/auth/sign-up/email",
    "/api/auth/sign-in/email",
    "/api/auth/sign-out",
    "/api/auth/change-password",
    "/api/auth/request-password-reset",
    "/api/auth/reset-password",
    "/api/auth/send-verification-email",
    "/api/auth/verify-email",
    "/api/auth/list-sessions",
    "/api/auth/revoke-session",
    "/api/auth/revoke-sessions",
    "/api/auth/revoke-other-sessions",
    "/api/auth/update-user",
    "/api/auth/change-email",
    "/api/auth/delete-user",
    "/rpc/messages/get",
];

/// Adds the refusals of the operation's door: in the envelope below `/api`, in plain words elsewhere. Pages and open texts have none.
fn with_refusals(operation: &Operation, mut answers: Value) -> Value {
    let path = operation.path;
    let is_library = LIBRARY_PATHS.contains(&path);
    let (statuses, refusal): (&[u16], Value) = match path {
        _ if is_library => {
            (&[400, 401, 403, 404, 422, 429, 503], refused("application/json", "{code: text, message: text}"))
        }
        "/publish" => {
            (&[400, 401, 403, 405, 413, 415, 422, 429, 500, 503], refused("application/json", "{error: text}"))
        }
        path if path.ends_with("/websocket") || (path, operation.method) == ("/", "POST") => {
            (&[400, 426, 429, 503], refused("text/plain", "text"))
        }
        "/" => (&[401, 403, 429], refused("application/json", "{error: text}")),
        "/metrics" => (&[401, 404, 429, 500, 503], refused("application/json", "{error: text}")),
        _ if is_hub(operation) => {
            let hub = refused("application/json", "{error: text, code: text}");
            (&[400, 401, 403, 404, 405, 409, 413, 422, 426, 429, 500, 503], hub)
        }
        path if path.starts_with("/api/") => {
            // Without a session the answer there is `null`, not an error.
            answers[if path == "/api/auth/get-session" { "500" } else { "default" }] = error();
            return answers;
        }
        _ => return answers,
    };
    for status in statuses {
        answers[status.to_string()] = refusal.clone();
    }
    answers
}

fn refused(kind: &str, body: &str) -> Value {
    json!({ "description": "Refused.", "content": { kind: { "schema": schema(body) } } })
}

fn content(kind: &str, schema: Value) -> Value {
    json!({ "description": "Done.", "content": { kind: { "schema": schema } } })
}

fn error() -> Value {
    let schema = json!({
        "type": "object",
        "required": ["success", "error", "meta"],
        "properties": {
            "success": { "const": false },
            "error": { "$ref": "#/components/schemas/Error" },
            "meta": { "$ref": "#/components/schemas/Meta" },
        },
    });
    json!({ "description": "Refused; see `code`.", "content": { "application/json": { "schema": schema } } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_largest_unit() {
        let spans = [1_000, 90_000, 60_000, 7_200_000, 604_800_000].map(span);
        assert_eq!(spans, ["1 second", "90 seconds", "1 minute", "2 hours", "7 days"]);
    }

    #[test]
    fn the_times_are_those_of_the_deployment() {
        let limits = OperatorLimits { handle_free_ms: 86_400_000, ..OperatorLimits::DEFAULT };
        let document = document(&limits);
        let handle_summary = &document["paths"]["/api/me/handle"]["delete"]["summary"];
        assert_eq!(handle_summary.as_str(), Some("Releases your handle; for 1 day no one else can take it."));
        assert!(OPERATIONS.iter().all(|operation| !summary(operation, &limits).contains("_S}")));
    }
}
