//! Calls of the server: REST routes with cookie, CSRF header and envelope (`messenger.md` 1, 2.4), server functions, files.
//! One function sends; what is made of an answer is a record (`protocol::json`), so that a call costs the page little.

use js_sys::{Object, Promise, Reflect};
use protocol::json::{self, Read, Value, Write};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

use super::CallError;

/// What a body is.
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// `GET path`.
pub async fn get<T: Read>(path: &str) -> Result<T, CallError> {
    read(data(path, None).await)
}

/// `POST path` with a JSON body.
pub async fn post<T: Read>(path: &str, csrf: &str, body: &dyn Write) -> Result<T, CallError> {
    let init = sending("POST", JSON, Some(csrf), Some(&json::write(body)));
    read(data(path, Some(init)).await)
}

/// `DELETE path`.
pub async fn delete<T: Read>(path: &str, csrf: &str) -> Result<T, CallError> {
    read(call("DELETE", path, csrf, None).await)
}

/// Any method with a JSON text as body, or none; gives what the answer says without a type of its own.
pub async fn call(method: &str, path: &str, csrf: &str, body: Option<String>) -> Result<Value, CallError> {
    let init = sending(method, JSON, Some(csrf), body.as_deref());
    data(path, Some(init)).await
}

/// Calls a server function with its arguments.
pub async fn form<T: Read>(path: &str, arguments: &[(&str, &str)]) -> Result<T, CallError> {
    let encoded = |text: &str| String::from(js_sys::encode_uri_component(text));
    let pairs: Vec<String> = arguments.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let init = sending("POST", FORM, None, Some(&pairs.join("&")));
    let (is_ok, answer) = answer(path, Some(init)).await.ok_or_else(CallError::network)?;
    read(if is_ok { Ok(answer) } else { Err(refusal(&answer)) })
}

/// The text of one of our files.
pub async fn file(path: &str) -> Option<String> {
    let response = send(path, None).await?;
    if response.ok() { text_of(&response).await } else { None }
}

fn read<T: Read>(answer: Result<Value, CallError>) -> Result<T, CallError> {
    T::read(&answer?).ok_or_else(CallError::network)
}

fn sending(method: &str, kind: &str, csrf: Option<&str>, body: Option<&str>) -> RequestInit {
    let (init, headers) = (RequestInit::new(), Object::new());
    let csrf = csrf.map(|csrf| ("X-CSRF-Token", csrf));
    // No script ever holds a credential: what the server gives comes as a cookie (`messenger.md` 2.1).
    let names = [("Content-Type", kind), ("Accept", JSON), ("X-Requested-With", "cookie")];
    for (name, value) in names.into_iter().chain(csrf) {
        // A plain object takes any member; there is nothing to do if it did not.
        let _ = Reflect::set(&headers, &name.into(), &value.into());
    }
    init.set_method(method);
    init.set_headers(&headers);
    if let Some(body) = body {
        init.set_body(&body.into());
    }
    init
}

/// What an envelope holds.
async fn data(path: &str, init: Option<RequestInit>) -> Result<Value, CallError> {
    let (_, answer) = answer(path, init).await.ok_or_else(CallError::network)?;
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
async fn answer(path: &str, init: Option<RequestInit>) -> Option<(bool, Value)> {
    let response = send(path, init).await?;
    Some((response.ok(), Value::parse(&text_of(&response).await?)?))
}

async fn send(path: &str, init: Option<RequestInit>) -> Option<Response> {
    let window = web_sys::window()?;
    let sent: Promise = match init {
        Some(init) => window.fetch_with_str_and_init(path, &init),
        None => window.fetch_with_str(path),
    };
    JsFuture::from(sent).await.ok()?.dyn_into().ok()
}

async fn text_of(response: &Response) -> Option<String> {
    let text: JsValue = JsFuture::from(response.text().ok()?).await.ok()?;
    text.as_string()
}
