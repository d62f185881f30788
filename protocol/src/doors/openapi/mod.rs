//! `GET /openapi.json` (`core.md` 8 row 17): the description of all HTTP routes.
//!
//! `operations` says what each row of the route table takes and gives, `schemas` how the objects look, both in the
//! short form that `form` reads. A test compares the operations with the route table; another holds real answers
//! against the schemas. Nothing here decides what a route does.

mod form;
mod operations;
mod schemas;

use serde_json::{Map, Value, json};

pub use operations::{Answer, OPERATIONS, Operation};

use form::{members, schema};

/// The document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        let entry = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = entry {
            methods.insert(operation.method.to_ascii_lowercase(), described(operation));
        }
    }
    let schemas: Map<String, Value> =
        schemas::SCHEMAS.iter().map(|(name, text)| ((*name).to_owned(), schema(text))).collect();
    json!({
        "openapi": "3.1.0",
        "info": { "title": "CF Messenger", "version": crate::doors::messenger::PROTOCOL, "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" } },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": "__Host-cfm" },
            },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut parameters = path_parameters(operation.path);
    parameters.extend(query_parameters(operation.query));
    let mut description = json!({
        "summary": operation.summary,
        "security": if operation.needs_session { json!([{ "bearer": [] }, { "cookie": [] }]) } else { json!([]) },
        "parameters": parameters,
        "responses": responses(operation),
    });
    if let (false, Value::Object(description)) = (operation.body.is_empty(), &mut description) {
        let kind =
            if operation.path.starts_with("/sf/") { "application/x-www-form-urlencoded" } else { "application/json" };
        let content = json!({ kind: { "schema": schema(operation.body) } });
        description.insert("requestBody".to_owned(), json!({ "content": content }));
    }
    description
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
            return json!({ status.to_string(): content("application/json", enveloped), "default": error() });
        }
        Answer::Json(body) => return json!({ "200": content("application/json", schema(body)) }),
        Answer::Text => content("text/plain", json!({ "type": "string" })),
        Answer::Page => content("text/html", json!({ "type": "string" })),
        Answer::Form => {
            return json!({ "200": content("application/json", json!({})), "302": { "description": "Plain forms go on to a page." } });
        }
        Answer::Socket => {
            let switched = json!({ "description": "A WebSocket; the messenger's have the subprotocol `cfm.v1` or `cfm.v1.batch`." });
            return json!({ "101": switched, "426": error(), "default": error() });
        }
    };
    json!({ "200": good })
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
