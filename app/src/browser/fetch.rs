//! Calls of the server: REST routes with cookie, CSRF header and envelope (`messenger.md` 1, 2.4), server functions, files.
//! One function sends; what is made of an answer is a record (`protocol::json`), so that a call costs the page little.

use gloo_net::http::{Method, RequestBuilder, Response};
use protocol::json::{self, Read, Value, Write};

use super::CallError;

/// What a body is.
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// `GET path`.
pub async fn get<T: Read>(path: &str) -> Result<T, CallError> {
    read(data(RequestBuilder::new(path), None).await)
}

/// `POST path` with a JSON body.
pub async fn post<T: Read>(path: &str, csrf: &str, body: &dyn Write) -> Result<T, CallError> {
    read(data(sending(Method::POST, path, JSON, Some(csrf)), Some(json::write(body))).await)
}

/// `DELETE path`.
pub async fn delete<T: Read>(path: &str, csrf: &str) -> Result<T, CallError> {
    read(call("DELETE", path, csrf, None).await)
}

/// Any method with a JSON text as body, or none, or a form for a server function; gives what the answer says without a type of its own.
pub async fn call(method: &str, path: &str, csrf: &str, body: Option<String>) -> Result<Value, CallError> {
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| CallError::network())?;
    if !path.starts_with("/sf/") {
        return data(sending(method, path, JSON, Some(csrf)), body).await;
    }
    // Server functions have the token among their arguments, and no envelope.
    let (is_ok, answer) = answer(sending(method, path, FORM, None), body).await.ok_or_else(CallError::network)?;
    if is_ok { Ok(answer) } else { Err(refusal(&answer)) }
}

/// Calls a server function with its arguments.
pub async fn form<T: Read>(path: &str, arguments: &[(&str, &str)]) -> Result<T, CallError> {
    read(call("POST", path, "", Some(form_text(arguments))).await)
}

/// Arguments of a server function as the body of a call.
pub fn form_text(arguments: &[(&str, &str)]) -> String {
    let encoded = |text: &str| String::from(js_sys::encode_uri_component(text));
    let pairs: Vec<String> = arguments.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

/// The text of one of our files.
pub async fn file(path: &str) -> Option<String> {
    let response = send(RequestBuilder::new(path), None).await?;
    if response.ok() { response.text().await.ok() } else { None }
}

fn read<T: Read>(answer: Result<Value, CallError>) -> Result<T, CallError> {
    T::read(&answer?).ok_or_else(CallError::network)
}

fn sending(method: Method, path: &str, kind: &str, csrf: Option<&str>) -> RequestBuilder {
    // No script ever holds a credential: what the server gives comes as a cookie (`messenger.md` 2.1).
    let names = [("Content-Type", kind), ("Accept", JSON), ("X-Requested-With", "cookie")];
    let headers = names.into_iter().chain(csrf.map(|csrf| ("X-CSRF-Token", csrf)));
    headers.fold(RequestBuilder::new(path).method(method), |request, (name, value)| request.header(name, value))
}

/// What an envelope holds.
async fn data(request: RequestBuilder, body: Option<String>) -> Result<Value, CallError> {
    enveloped(&answer(request, body).await.ok_or_else(CallError::network)?.1)
}

/// What an envelope says: its data, or why there are none.
pub(super) fn enveloped(answer: &Value) -> Result<Value, CallError> {
    match (answer.get("data"), answer.get("error")) {
        (Some(data), None | Some(Value::Null)) => Ok(data.clone()),
        (_, Some(error)) => Err(refusal(error)),
        (None, None) => Err(CallError::network()),
    }
}

fn refusal(error: &Value) -> CallError {
    match json::member(error, "code") {
        Some(code) => CallError { code, retry_after_ms: json::member(error, "retryAfterMs").flatten() },
        None => CallError::network(),
    }
}

/// Whether it went well, and what it says.
async fn answer(request: RequestBuilder, body: Option<String>) -> Option<(bool, Value)> {
    let response = send(request, body).await?;
    Some((response.ok(), Value::parse(&response.text().await.ok()?)?))
}

async fn send(request: RequestBuilder, body: Option<String>) -> Option<Response> {
    match body {
        Some(body) => request.body(body).ok()?.send().await.ok(),
        None => request.send().await.ok(),
    }
}
