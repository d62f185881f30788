//! Requests of the demo's pages, which hold several sessions: each request names its session and sends no cookie. On a page with a single
//! session (`demo_credentials`), no request names it.

use protocol::codec::json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestCredentials, RequestInit, Response};

use super::device::window;
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
    let answer = asked(method, path, session, body).await.ok().flatten().and_then(|text| Value::parse(&text));
    fetch::enveloped(&answer.ok_or_else(CallError::network)?)
}

/// Sends a request. It returns an error or `None` if the server is unreachable.
async fn asked(method: &str, path: &str, session: &str, body: Option<&str>) -> Result<Option<String>, JsValue> {
    let request = request(method, path, session, body)?;
    let Some(window) = window() else { return Ok(None) };
    let answer: Response = JsFuture::from(window.fetch_with_request(&request)).await?.dyn_into()?;
    Ok(JsFuture::from(answer.text()?).await?.as_string())
}

fn request(method: &str, path: &str, session: &str, body: Option<&str>) -> Result<Request, JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    if !session.is_empty() {
        headers.set("Authorization", &format!("Bearer {session}"))?;
    }
    let init = RequestInit::new();
    init.set_method(method);
    init.set_credentials(RequestCredentials::Omit);
    if let Some(body) = body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&body.into());
    }
    init.set_headers_headers(&headers);
    Request::new_with_str_and_init(path, &init)
}
