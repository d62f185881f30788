//! Requests to the server: REST routes with cookie, CSRF header and envelope (`messenger.md` 1, `sign-in.md` 4), and files. One function
//! sends all. Answers are parsed as records (`protocol::codec::json`), which keeps the page small.

use std::cell::RefCell;
use std::rc::Rc;

#[cfg(feature = "hydrate")]
use gloo_net::http::{Method, RequestBuilder};
use protocol::codec::json::{self, Read, Value, Write};
use web_sys::RequestCredentials;

use super::CallError;
use super::device::window;

type AnswerCallback = Rc<dyn Fn()>;
/// Name and value of a header.
type Header<'a> = (&'a str, &'a str);

thread_local! {
    static ON_ANSWER: RefCell<Option<AnswerCallback>> = const { RefCell::new(None) };
    static PAGE: RefCell<RequestPage> =
        const { RefCell::new(RequestPage { person: None, on_other: None, is_stopped: false }) };
}

/// Person of the page that sends requests (`sign-in.md` 8).
struct RequestPage {
    person: Option<String>,
    on_other: Option<AnswerCallback>,
    is_stopped: bool,
}

/// Header that names the person of the page.
const PAGE_OF: &str = "X-Page-Of";
/// Code of the answer to a page of another person.
pub const SESSION_CHANGED: &str = "SESSION_CHANGED";

/// Names this person in every later request. `on_other` is called when the session belongs to another person.
pub fn speak_for(person: &str, on_other: impl Fn() + 'static) {
    PAGE.set(RequestPage { person: Some(person.to_owned()), on_other: Some(Rc::new(on_other)), is_stopped: false });
}

/// Stops all requests: another person is signed in.
pub fn stop() {
    PAGE.with_borrow_mut(|page| page.is_stopped = true);
}

/// Requests the person who is signed in in this browser, whatever person the page is of.
pub async fn who_is_here<T: Read>() -> Result<T, CallError> {
    let answer = answer("GET", "/api/auth/me", &[], None).await;
    read(enveloped(&answer.ok_or_else(CallError::network)?))
}

/// Returns the header that names the person of the page.
///
/// # Errors
///
/// `SESSION_CHANGED` once the session belongs to another person.
pub(super) fn page_of() -> Result<Option<(&'static str, String)>, CallError> {
    PAGE.with_borrow(|page| match page.is_stopped {
        true => Err(CallError::of(SESSION_CHANGED)),
        false => Ok(page.person.clone().map(|person| (PAGE_OF, person))),
    })
}

/// Checks that requests are allowed, for server functions, which send their own requests.
///
/// # Errors
///
/// As [`page_of`]; and `NETWORK` without a browser, where such a function would run itself.
pub fn may_ask() -> Result<(), CallError> {
    window().ok_or_else(CallError::network)?;
    page_of().map(|_| ())
}

/// Adds the person of the page to the address of a socket; `None` once requests have stopped.
pub(super) fn address_of_socket(path_and_query: &str) -> Option<String> {
    let Some((_, person)) = page_of().ok()? else { return Some(path_and_query.to_owned()) };
    let next = if path_and_query.contains('?') { '&' } else { '?' };
    Some(format!("{path_and_query}{next}pageOf={person}"))
}

/// Handles a refusal: the session may belong to another person.
pub fn refused(error: &CallError) {
    if error.code == SESSION_CHANGED {
        let notify = PAGE.with_borrow(|page| page.on_other.clone());
        notify.inspect(|notify| notify());
    }
}

/// Calls `tell` after every answer of the server, which shows that there is a network.
pub fn on_answer(notify: impl Fn() + 'static) {
    ON_ANSWER.set(Some(Rc::new(notify)));
}

/// Reports that the server has answered.
pub fn answered() {
    // The borrow ends before the call, because `tell` may start a request.
    let notify = ON_ANSWER.with_borrow(Clone::clone);
    if let Some(notify) = notify {
        notify();
    }
}

/// Content type of bodies and answers.
pub(super) const JSON: &str = "application/json";

/// `GET path`.
pub async fn get<T: Read>(path: &str) -> Result<T, CallError> {
    read(data("GET", path, &[], None).await)
}

/// `POST path` with a JSON body.
pub async fn post<T: Read>(path: &str, csrf: &str, body: &dyn Write) -> Result<T, CallError> {
    read(call("POST", path, csrf, Some(json::write(body))).await)
}

/// Sends any method with a JSON text as body, or none; returns the data of the answer as a value.
pub async fn call(method: &str, path: &str, csrf: &str, body: Option<String>) -> Result<Value, CallError> {
    // Scripts never hold a credential: the server sets it as a cookie (`sign-in.md` 1).
    let headers = [("Content-Type", JSON), ("Accept", JSON), ("X-Requested-With", "cookie"), ("X-CSRF-Token", csrf)];
    data(method, path, &headers, body).await
}

/// Returns the text of a file of this site.
pub async fn file(path: &str) -> Option<String> {
    let (is_ok, text) = send("GET", path, &[], None, RequestCredentials::SameOrigin).await?;
    is_ok.then_some(text)
}

fn read<T: Read>(answer: Result<Value, CallError>) -> Result<T, CallError> {
    T::read(&answer?).ok_or_else(CallError::network)
}

/// Sends a request and returns the data of the answer's envelope.
async fn data(method: &str, path: &str, headers: &[Header<'_>], body: Option<String>) -> Result<Value, CallError> {
    let page_of = page_of()?;
    let page_of = page_of.iter().map(|(header, person)| (*header, person.as_str()));
    let headers: Vec<Header<'_>> = headers.iter().copied().chain(page_of).collect();
    enveloped(&answer(method, path, &headers, body).await.ok_or_else(CallError::network)?)
}

/// Returns the data of an envelope, or its error.
pub(super) fn enveloped(answer: &Value) -> Result<Value, CallError> {
    match (answer.get("data"), answer.get("error")) {
        (Some(data), None | Some(Value::Null)) => Ok(data.clone()),
        (_, Some(error)) => {
            let refusal = refusal(error);
            refused(&refusal);
            Err(refusal)
        }
        (None, None) => Err(CallError::network()),
    }
}

fn refusal(error: &Value) -> CallError {
    let Some(code) = json::member(error, "code") else { return CallError::network() };
    let (field, retry_after_ms) = (json::member(error, "field"), json::member(error, "retryAfterMs"));
    CallError { code, field: field.flatten(), retry_after_ms: retry_after_ms.flatten() }
}

/// Reads the JSON of an answer of any status.
async fn answer(method: &str, path: &str, headers: &[Header<'_>], body: Option<String>) -> Option<Value> {
    Value::parse(&send(method, path, headers, body, RequestCredentials::SameOrigin).await?.1)
}

/// Sends a request. Returns `true` for an answer of success, and the text of the answer.
#[cfg(feature = "hydrate")]
pub(super) async fn send(
    method: &str,
    path: &str,
    headers: &[Header<'_>],
    body: Option<String>,
    credentials: RequestCredentials,
) -> Option<(bool, String)> {
    let request = RequestBuilder::new(path).method(Method::from_bytes(method.as_bytes()).ok()?);
    let request = request.credentials(credentials);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    let sent = match body {
        Some(body) => request.body(body).ok()?.send().await,
        None => request.send().await,
    };
    if sent.is_ok() {
        answered();
    }
    let response = sent.ok()?;
    Some((response.ok(), response.text().await.ok()?))
}

/// The server of the page requests nothing.
#[cfg(not(feature = "hydrate"))]
pub(super) async fn send(
    _method: &str,
    _path: &str,
    _headers: &[Header<'_>],
    _body: Option<String>,
    _credentials: RequestCredentials,
) -> Option<(bool, String)> {
    None
}
