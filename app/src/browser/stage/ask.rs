//! The stage's calls of the server. It holds several sessions, so each call names the one it shows; no cookie goes along.

use gloo_net::http::{Method, RequestBuilder};
use protocol::json::Value;
use web_sys::RequestCredentials;

use crate::browser::{CallError, fetch};

/// `GET path`.
pub async fn get(path: &str, session: &str) -> Result<Value, CallError> {
    call(Method::GET, path, session, None).await
}

/// `POST path` with a JSON text.
pub async fn post(path: &str, session: &str, body: &str) -> Result<Value, CallError> {
    call(Method::POST, path, session, Some(body)).await
}

async fn call(method: Method, path: &str, session: &str, body: Option<&str>) -> Result<Value, CallError> {
    let request = RequestBuilder::new(path).method(method).credentials(RequestCredentials::Omit);
    let request = request.header("Accept", "application/json");
    let request =
        if session.is_empty() { request } else { request.header("Authorization", &format!("Bearer {session}")) };
    let sent = match body {
        Some(body) => {
            let request = request.header("Content-Type", "application/json").body(body);
            request.map_err(|_| CallError::network())?.send().await
        }
        None => request.send().await,
    };
    let response = sent.map_err(|_| CallError::network())?;
    let text = response.text().await.map_err(|_| CallError::network())?;
    fetch::enveloped(&Value::parse(&text).ok_or_else(CallError::network)?)
}
