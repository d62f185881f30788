//! Calls of the demo's pages, which keep several sessions: each call names the one that it shows, and no cookie goes along. Where a page has
//! but one (`bearer`), no call names it.

use protocol::json::Value;

use super::named::{call as method_of, global, made, object, promised};
use super::{CallError, fetch};

/// `GET path`.
pub async fn get(path: &str, session: &str) -> Result<Value, CallError> {
    call("GET", path, session, None).await
}

/// `POST path` with a JSON text.
pub async fn post(path: &str, session: &str, body: &str) -> Result<Value, CallError> {
    call("POST", path, session, Some(body)).await
}

async fn call(method: &str, path: &str, session: &str, body: Option<&str>) -> Result<Value, CallError> {
    let told = asked(method, path, session, body).await.and_then(|text| Value::parse(&text));
    fetch::enveloped(&told.ok_or_else(CallError::network)?)
}

/// What the server says; nothing where nobody could be reached.
async fn asked(method: &str, path: &str, session: &str, body: Option<&str>) -> Option<String> {
    let mut headers = vec![("Accept", "application/json".into())];
    if !session.is_empty() {
        headers.push(("Authorization", format!("Bearer {session}").into()));
    }
    let mut init = vec![("method", method.into()), ("credentials", "omit".into())];
    if let Some(body) = body {
        headers.push(("Content-Type", "application/json".into()));
        init.push(("body", body.into()));
    }
    init.push(("headers", object(&headers)));
    let request = made("Request", &[path.into(), object(&init)]).ok()?;
    let answer = promised(method_of(&global(), "fetch", &[request]).ok()?).await.ok()?;
    promised(method_of(&answer, "text", &[]).ok()?).await.ok()?.as_string()
}
