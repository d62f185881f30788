//! Calls of the REST routes: cookie, CSRF header, envelope (`messenger.md` 1, 2.4).

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::CallError;

#[derive(Deserialize)]
struct Envelope<T> {
    data: Option<T>,
    error: Option<EnvelopeError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnvelopeError {
    code: String,
    retry_after_ms: Option<u64>,
}

/// `GET path`.
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, CallError> {
    let answer = Request::get(path).send().await.map_err(|_| CallError::network())?;
    data_of(answer).await
}

/// `POST path` with a JSON body.
pub async fn post<T: DeserializeOwned>(path: &str, csrf: &str, body: &impl Serialize) -> Result<T, CallError> {
    // No script ever holds a credential: what the server gives comes as a cookie (`messenger.md` 2.1).
    let request = Request::post(path)
        .header("X-CSRF-Token", csrf)
        .header("X-Requested-With", "cookie")
        .json(body)
        .map_err(|_| CallError::network())?;
    data_of(request.send().await.map_err(|_| CallError::network())?).await
}

/// `DELETE path`.
pub async fn delete<T: DeserializeOwned>(path: &str, csrf: &str) -> Result<T, CallError> {
    let request = Request::delete(path).header("X-CSRF-Token", csrf);
    data_of(request.send().await.map_err(|_| CallError::network())?).await
}

/// Any method with a JSON text as body, or none; gives what the answer says without a type of its own.
pub async fn call(method: &str, path: &str, csrf: &str, body: Option<String>) -> Result<Value, CallError> {
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| CallError::network())?;
    let request = RequestBuilder::new(path).method(method).header("X-CSRF-Token", csrf);
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    data_of(request.map_err(|_| CallError::network())?.send().await.map_err(|_| CallError::network())?).await
}

async fn data_of<T: DeserializeOwned>(answer: Response) -> Result<T, CallError> {
    let envelope: Envelope<T> = answer.json().await.map_err(|_| CallError::network())?;
    match envelope {
        Envelope { data: Some(data), error: None } => Ok(data),
        Envelope { error: Some(error), .. } => {
            Err(CallError { code: error.code, retry_after_ms: error.retry_after_ms })
        }
        Envelope { data: None, error: None } => Err(CallError::network()),
    }
}
