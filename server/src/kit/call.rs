//! Calls between the Worker and objects, and between objects: `fetch` with a typed body, because the SDK has no RPC.

use futures_util::future::join_all;
use protocol::trust::sealing::{SealError, is_about_keys};
use protocol::words::refusal::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, Headers, Method, Request, RequestInit, Response, ResponseBuilder};

use super::namespace::Namespace;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Status of an object that lacks a content key. The caller treats the object as broken; a later call may succeed.
const KEYLESS: u16 = 507;
/// Header with a short question of [`post`].
const QUESTION_HEADER: &str = "x-cfm-question";
/// Longest question or answer, in bytes, that travels in a header.
const SHORT_QUESTION: usize = 4_096;

/// Calls `verb` of the object `namespace:id` with these headers and no body. Returns the object's own response.
pub async fn get(env: &Env, namespace: Namespace, id: &str, verb: &str, headers: Headers) -> worker::Result<Response> {
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    let request = Request::new_with_init(&format!("https://object/{verb}"), &init)?;
    runtime::fetch_object(env, namespace.binding(), &namespace.object_name(id), &request).await
}

/// Calls `verb` of the object `namespace:id`. Returns the object's own response, for a caller that passes it on unread.
pub async fn post<Question: Serialize>(
    env: &Env,
    namespace: Namespace,
    id: &str,
    verb: &str,
    question: &Question,
) -> Result<Response, CallError> {
    let (name, question) = (namespace.object_name(id), serde_json::to_string(question)?);
    // A short question travels in a header, because the object would have to wait for a body.
    let is_short = question.len() <= SHORT_QUESTION;
    let (header, body) = if is_short { (ascii(&question), None) } else { (String::new(), Some(question.as_str())) };
    let to = (namespace.binding(), name.as_str(), verb);
    own_response(namespace, verb, runtime::post_object(env, to, (QUESTION_HEADER, &header), body).await?).await
}

/// Calls `verb` of the object `namespace:id` with a text of a client as body and the question in `header`. Returns the object's own
/// response, for a caller that passes it on unread.
pub async fn post_with(
    env: &Env,
    namespace: Namespace,
    id: &str,
    verb: &str,
    (header, question): (&str, &impl Serialize),
    body: &str,
) -> Result<Response, CallError> {
    let (name, question) = (namespace.object_name(id), header_json(question)?);
    let to = (namespace.binding(), name.as_str(), verb);
    own_response(namespace, verb, runtime::post_object(env, to, (header, &question), Some(body)).await?).await
}

async fn own_response(namespace: Namespace, verb: &str, mut response: Response) -> Result<Response, CallError> {
    match response.status_code() {
        200 => Ok(response),
        409 => Err(CallError::Refused(serde_json::from_str(&response.text().await?)?)),
        status => Err(unanswered(namespace, verb, status)),
    }
}

/// Number of concurrent calls. The runtime limits the calls of one request, and further ones would only wait.
const PORTION: usize = 32;

/// Runs many calls in batches. Returns the answers in the order of the calls.
pub async fn in_portions<F: Future>(questions: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let (mut questions, mut answers) = (questions.into_iter(), Vec::new());
    loop {
        let portion = join_all(questions.by_ref().take(PORTION)).await;
        if portion.is_empty() {
            return answers;
        }
        answers.extend(portion);
    }
}

/// Sends JSON text to the object `namespace:id`. Returns the text of its answer.
pub async fn send(env: &Env, namespace: Namespace, id: &str, verb: &str, question: &str) -> Result<String, CallError> {
    let name = namespace.object_name(id);
    let answered = runtime::call_object(env, namespace.binding(), &name, verb, question).await?;
    text_of(namespace, verb, answered)
}

/// Sends JSON text in a header to the object `namespace:id`, beside any body. Returns the text of its answer.
pub async fn send_with(
    env: &Env,
    namespace: Namespace,
    id: &str,
    verb: &str,
    (header, question): (&str, &str),
    body: runtime::CallBody<'_>,
) -> Result<String, CallError> {
    let (name, question) = (namespace.object_name(id), ascii(question));
    let to = (namespace.binding(), name.as_str(), verb);
    let answered = runtime::call_object_with(env, to, (header, &question), body).await?;
    text_of(namespace, verb, answered)
}

fn text_of(namespace: Namespace, verb: &str, (status, text): (u16, String)) -> Result<String, CallError> {
    match status {
        200 => Ok(text),
        409 => Err(CallError::Refused(serde_json::from_str(&text)?)),
        status => Err(unanswered(namespace, verb, status)),
    }
}

pub fn unanswered(namespace: Namespace, verb: &str, status: u16) -> CallError {
    let fault = Fault(format!("{verb} of {namespace:?} answered {status}"));
    match status {
        runtime::BUSY => CallError::Busy(fault),
        KEYLESS => CallError::Broken(SealError::Unusable.into()),
        _ => CallError::Broken(fault),
    }
}

/// Passes an upgrade to the object `namespace:id`, without the rest of the client's request; the question travels in `header`.
pub async fn upgrade(
    env: &Env,
    namespace: Namespace,
    id: &str,
    verb: &str,
    header: &str,
    question: &impl Serialize,
) -> Result<Response, CallError> {
    let headers = Headers::new();
    headers.set("upgrade", "websocket")?;
    headers.set(header, &header_json(question)?)?;
    let mut response = get(env, namespace, id, verb, headers).await?;
    match response.status_code() {
        101 => Ok(response),
        409 => Err(CallError::Refused(serde_json::from_str(&response.text().await?)?)),
        status => Err(unanswered(namespace, verb, status)),
    }
}

pub async fn question<Question: DeserializeOwned>(request: &mut Request) -> worker::Result<Question> {
    read(&request.text().await?)
}

/// Reads the question of [`post`], in the called object.
pub async fn posted<Question: DeserializeOwned>(request: &mut Request) -> worker::Result<Question> {
    match request.headers().get(QUESTION_HEADER)? {
        Some(short) => read(&short),
        None => question(request).await,
    }
}

pub fn header<Question: DeserializeOwned>(request: &Request, name: &str) -> worker::Result<Question> {
    read(&request.headers().get(name)?.unwrap_or_default())
}

fn read<T: DeserializeOwned>(text: &str) -> worker::Result<T> {
    serde_json::from_str(text).map_err(|error| worker::Error::RustError(Fault::from(error).0))
}

fn header_json(question: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(ascii(&serde_json::to_string(question)?))
}

/// Escapes everything beyond ASCII in JSON, because headers are bytes.
pub fn ascii(json: &str) -> String {
    let is_plain = json.bytes().all(|byte| byte.is_ascii() && byte != 0x7f);
    if is_plain {
        return json.to_owned();
    }
    let mut header = String::with_capacity(json.len());
    for character in json.chars() {
        // JSON already escapes all other control characters.
        if character.is_ascii() && character != '\u{7f}' {
            header.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            header.push_str(&format!("\\u{unit:04x}"));
        }
    }
    header
}

/// Returns `true` if a text is short and a header carries it byte for byte.
pub fn fits_header(text: &str) -> bool {
    text.len() <= SHORT_QUESTION && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim() == text
}

pub fn answer(result: Result<impl Serialize, CallError>) -> worker::Result<Response> {
    match result {
        Ok(value) => Response::from_json(&value),
        Err(error) => refuse(error),
    }
}

/// Returns an object's answer that is already JSON text.
pub fn answer_raw(result: Result<String, CallError>) -> worker::Result<Response> {
    match result {
        Ok(text) => Response::ok(text),
        Err(error) => refuse(error),
    }
}

/// Returns an object's answer, short JSON text, in a header.
pub fn answer_shortly(result: Result<String, CallError>) -> worker::Result<Response> {
    match result {
        Ok(text) => Ok(ResponseBuilder::new().with_header(runtime::ANSWER_HEADER, &ascii(&text))?.empty()),
        Err(error) => refuse(error),
    }
}

pub fn refuse(error: CallError) -> worker::Result<Response> {
    match error {
        CallError::Refused(refusal) => Ok(Response::from_json(&refusal)?.with_status(409)),
        CallError::Busy(fault) => {
            crate::telemetry::fault("object_call", &fault);
            Response::error("busy", runtime::BUSY)
        }
        CallError::Broken(fault) => {
            crate::telemetry::fault("object_call", &fault);
            Response::error("fault", if is_about_keys(&fault) { KEYLESS } else { 500 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SHORT_QUESTION, fits_header};

    #[test]
    fn a_header_carries_what_it_does_not_change() {
        for text in ["", "{}", r#"{"results":["a b","~"]}"#, &"x".repeat(SHORT_QUESTION)] {
            assert!(fits_header(text), "{text}");
        }
        for text in ["{\n}", "{\t}", " {}", "{} ", "\u{7f}", "\"\u{e9}\"", &"x".repeat(SHORT_QUESTION + 1)] {
            assert!(!fits_header(text), "{text:?}");
        }
    }
}
