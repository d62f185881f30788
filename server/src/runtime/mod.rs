//! The runtime beneath the objects: time, randomness, timers, transactions, and many sockets at once.
//!
//! The JavaScript beside this file holds what the SDK lacks. No other file of the Worker calls the runtime past the SDK.

pub mod call_error;

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::{Rc, Weak};

use protocol::codec::json::json_text;
use protocol::codec::packed::Packed;
use protocol::trust::passkey::Key;
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use wasm_bindgen::prelude::*;
use worker::{Env, Headers, Request, Response, ResponseBuilder, State, WebSocket};

#[wasm_bindgen(module = "/src/runtime/runtime.js")]
extern "C" {
    fn transaction(storage: &JsValue, step: &mut dyn FnMut() -> bool) -> bool;
    /// Runs a statement; see `sql`, which is the only caller.
    #[wasm_bindgen(catch)]
    pub fn exec(sql: &JsValue, query: &str, values: &js_sys::Array) -> Result<bool, JsValue>;
    /// Runs a query; see `sql`, which is the only caller.
    #[wasm_bindgen(catch)]
    pub fn rows(sql: &JsValue, query: &str, values: &js_sys::Array) -> Result<js_sys::Array, JsValue>;
    /// Runs a statement with packed texts; see `sql`, which is the only caller.
    #[wasm_bindgen(catch, js_name = execTexts)]
    pub fn exec_texts(
        sql: &JsValue,
        query: &str,
        first: &js_sys::Array,
        texts: &str,
        lengths: &[u32],
    ) -> Result<(), JsValue>;
    /// Runs a query of texts and packs them; see `sql`, which is the only caller.
    #[wasm_bindgen(catch, js_name = rowsTexts)]
    pub fn rows_texts(sql: &JsValue, query: &str, values: &js_sys::Array) -> Result<js_sys::Array, JsValue>;
    #[wasm_bindgen(catch, js_name = setHeaders)]
    fn set_headers_raw(headers: &worker::web_sys::Headers, texts: &str, lengths: &[u32]) -> Result<(), JsValue>;
    #[wasm_bindgen(js_name = coloOf)]
    fn colo_of_raw(request: &worker::web_sys::Request) -> Option<String>;
    #[wasm_bindgen(js_name = isObjectId)]
    fn is_object_id_raw(env: &JsValue, binding: &str, id: &str) -> bool;
    #[wasm_bindgen(catch, js_name = fetchObject)]
    async fn fetch_object_raw(
        env: &JsValue,
        binding: &str,
        name: &str,
        request: &worker::web_sys::Request,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = callObject)]
    async fn call_object_raw(
        env: &JsValue,
        binding: &str,
        name: &str,
        verb: &str,
        header: &str,
        question: &str,
        body: &JsValue,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = postObject)]
    async fn post_object_raw(
        env: &JsValue,
        binding: &str,
        name: &str,
        verb: &str,
        header: &str,
        question: &str,
        body: Option<&str>,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = sendBytes)]
    fn send_bytes(sockets: &JsValue, keys: &[u32], bytes: &[u8]) -> Vec<u32>;
    #[wasm_bindgen(js_name = sleep)]
    async fn sleep_raw(ms: f64);
    #[wasm_bindgen(catch, js_name = fetchOutside)]
    async fn fetch_outside_raw(
        url: &str,
        method: &str,
        headers: &js_sys::Array,
        body: &JsValue,
        timeout_ms: f64,
        bytes_max: f64,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = sendMail)]
    async fn send_mail_raw(env: &JsValue, binding: &str, mail: &str, timeout_ms: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = gzip)]
    async fn gzip_raw(text: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = gunzip)]
    async fn gunzip_raw(packed: &[u8]) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = whenQuiet)]
    fn when_quiet(storage: &JsValue, done: &js_sys::Function);
    #[wasm_bindgen(js_name = setAlarm)]
    fn set_alarm_raw(storage: &JsValue, at_ms: f64);
    #[wasm_bindgen(js_name = lastHeartbeatAt)]
    fn last_heartbeat_at_raw(state: &JsValue, socket: &JsValue) -> f64;
    #[wasm_bindgen(js_name = newSockets)]
    fn new_sockets() -> JsValue;
    #[wasm_bindgen(js_name = addSocket)]
    fn add_socket(sockets: &JsValue, key: u32, socket: &JsValue);
    #[wasm_bindgen(js_name = clearSockets)]
    fn clear_sockets(sockets: &JsValue);
    #[wasm_bindgen(js_name = keyOf)]
    fn key_of(socket: &JsValue) -> u32;
    fn send(sockets: &JsValue, keys: &[u32], frame: &str) -> Vec<u32>;
    #[wasm_bindgen(catch, js_name = pbkdf2)]
    async fn pbkdf2_raw(secret: &[u8], salt: &[u8], rounds: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = verifySigned)]
    async fn verify_signed_raw(algorithm: &str, jwk: &str, signature: &[u8], signed: &[u8]) -> JsValue;
    #[wasm_bindgen(js_name = signEs256)]
    async fn sign_es256_raw(secret: &[u8], text: &str) -> JsValue;
    #[wasm_bindgen(js_name = shareSecret)]
    async fn share_secret_raw(theirs: &[u8]) -> JsValue;
    #[wasm_bindgen(js_name = seal)]
    async fn seal_raw(key: &[u8], nonce: &[u8], plain: &[u8]) -> JsValue;
    #[wasm_bindgen(js_name = minuteOfDay)]
    fn minute_of_day_raw(zone: &str, at_ms: f64) -> i32;
    #[wasm_bindgen(js_name = closeQuietly)]
    fn close_quietly_raw(socket: &JsValue, code: u16, reason: &str);
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &js_sys::Function, ms: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Sets many headers in one call: each call crosses into JavaScript, and so does each of its texts.
pub fn set_headers(headers: &Headers, rows: &[(&str, Cow<'_, str>)]) -> worker::Result<()> {
    let Packed { texts, lengths } = rows.iter().flat_map(|(name, value)| [Some(*name), Some(&**value)]).collect();
    Ok(set_headers_raw(&headers.0, &texts, &lengths)?)
}

/// Returns the place of the platform's edge through which a request came in, if the platform says it.
pub fn colo_of(request: &Request) -> Option<String> {
    colo_of_raw(request.inner()).filter(|colo| !colo.is_empty())
}

/// Returns `true` if a text is the id of an object of this binding.
pub fn is_object_id(env: &Env, binding: &str, id: &str) -> bool {
    is_object_id_raw(env, binding, id)
}

/// Hands a request to an object and returns its response. See `call`, which is the only caller.
pub async fn fetch_object(env: &Env, binding: &str, name: &str, request: &Request) -> worker::Result<Response> {
    answered(fetch_object_raw(env, binding, name, request.inner()).await)
}

/// Calls `verb` of an object, with a body or with the question in a header. Returns the object's own response. See `call`, which is the
/// only caller.
pub async fn post_object(
    env: &Env,
    (binding, name, verb): (&str, &str, &str),
    (header, question): (&str, &str),
    body: Option<&str>,
) -> worker::Result<Response> {
    answered(post_object_raw(env, binding, name, verb, header, question, body).await)
}

fn answered(answer: Result<JsValue, JsValue>) -> worker::Result<Response> {
    match answer {
        Ok(response) => Ok(response.unchecked_into::<worker::web_sys::Response>().into()),
        Err(error) if is_busy(&error) => Response::error("busy", BUSY),
        Err(error) => Err(error.into()),
    }
}

/// Carries the whole of a short answer of an object, as JSON text in ASCII.
pub const ANSWER_HEADER: &str = "x-cfm-answer";

/// Status of the answer that stands for an object that could not be asked now.
pub const BUSY: u16 = 503;

/// Returns `true` if the runtime marked the error as temporary, so that the same call may succeed in a moment.
fn is_busy(error: &JsValue) -> bool {
    let says = |name: &str| js_sys::Reflect::get(error, &name.into()).is_ok_and(|says| says.is_truthy());
    says("overloaded") || says("retryable")
}

/// Calls `verb` of an object. Returns status and text of its answer. See `call`, which is the only caller.
pub async fn call_object(
    env: &Env,
    binding: &str,
    name: &str,
    verb: &str,
    body: &str,
) -> worker::Result<(u16, String)> {
    ask(env, (binding, name, verb), ("", ""), &body.into()).await
}

/// Body of a call that has its question in a header.
pub enum CallBody<'a> {
    None,
    Read(&'a [u8]),
    /// Stream that the object reads itself.
    Coming(worker::web_sys::ReadableStream),
}

/// Like [`call_object`], with any body and the question in a header.
pub async fn call_object_with(
    env: &Env,
    to: (&str, &str, &str),
    question: (&str, &str),
    body: CallBody<'_>,
) -> worker::Result<(u16, String)> {
    let body = match body {
        CallBody::None => JsValue::UNDEFINED,
        CallBody::Read(bytes) => js_sys::Uint8Array::from(bytes).into(),
        CallBody::Coming(stream) => stream.into(),
    };
    ask(env, to, question, &body).await
}

async fn ask(
    env: &Env,
    (binding, name, verb): (&str, &str, &str),
    (header, question): (&str, &str),
    body: &JsValue,
) -> worker::Result<(u16, String)> {
    let answer = match call_object_raw(env, binding, name, verb, header, question, body).await {
        Err(error) if is_busy(&error) => return Ok((BUSY, String::new())),
        answered => answered?,
    };
    let answer: js_sys::Array = answer.unchecked_into();
    Ok((answer.get(0).as_f64().unwrap_or(0.0) as u16, answer.get(1).as_string().unwrap_or_default()))
}

/// An answer of a server outside this deployment.
pub struct Outside {
    pub status: u16,
    pub retry_after: Option<String>,
    pub location: Option<String>,
    pub content_type: Option<String>,
    pub cache_control: Option<String>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl Outside {
    /// The beginning of the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request to a server outside this deployment. Redirects are not followed, but returned as answers.
///
/// # Errors
///
/// A description of the failure if no answer came in time.
pub async fn fetch_outside(
    url: &str,
    method: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
    timeout_ms: Millis,
    bytes_max: usize,
) -> Result<Outside, String> {
    let body = body.map_or(JsValue::UNDEFINED, JsValue::from_str);
    ask_outside(url, method, headers, &body, timeout_ms, bytes_max).await
}

/// Posts a body of bytes. Returns only the status and the headers of the answer.
///
/// # Errors
///
/// See [`fetch_outside`].
pub async fn post_outside(
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    timeout_ms: Millis,
) -> Result<Outside, String> {
    ask_outside(url, "POST", headers, &js_sys::Uint8Array::from(body), timeout_ms, 0).await
}

async fn ask_outside(
    url: &str,
    method: &str,
    headers: &[(&str, &str)],
    body: &JsValue,
    timeout_ms: Millis,
    bytes_max: usize,
) -> Result<Outside, String> {
    let pair = |(name, value): &(&str, &str)| js_sys::Array::of2(&(*name).into(), &(*value).into());
    let headers: js_sys::Array = headers.iter().map(pair).collect();
    let answer = fetch_outside_raw(url, method, &headers, body, timeout_ms as f64, bytes_max as f64).await;
    let answer: js_sys::Array = answer.map_err(|error| words(&error))?.unchecked_into();
    Ok(Outside {
        status: answer.get(0).as_f64().unwrap_or(0.0) as u16,
        retry_after: answer.get(1).as_string(),
        location: answer.get(2).as_string(),
        content_type: answer.get(3).as_string(),
        cache_control: answer.get(4).as_string(),
        body: js_sys::Uint8Array::new(&answer.get(5)).to_vec(),
    })
}

fn words(error: &JsValue) -> String {
    let message = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    message.unwrap_or_else(|| "no answer".to_owned()).chars().take(200).collect()
}

/// Sends a mail, as JSON with `from`, `to`, `subject` and `text`, through a binding of the mail service.
///
/// # Errors
///
/// A description of the failure, also if the mail service did not answer in time.
pub async fn send_mail(env: &Env, binding: &str, mail: &str, timeout_ms: Millis) -> Result<(), String> {
    send_mail_raw(env, binding, mail, timeout_ms as f64).await.map(|_| ()).map_err(|error| words(&error))
}

pub async fn gzip(text: &str) -> Result<Vec<u8>, Fault> {
    let packed = gzip_raw(text).await.map_err(|error| Fault(format!("gzip: {error:?}")))?;
    Ok(js_sys::Uint8Array::new(&packed).to_vec())
}

pub async fn gunzip(packed: &[u8]) -> Result<String, Fault> {
    let text = gunzip_raw(packed).await.map_err(|error| Fault(format!("gunzip: {error:?}")))?;
    text.as_string().ok_or_else(|| Fault("gunzip: no text".into()))
}

/// Returns the current time. On a Worker it stands still while code runs and moves on with every event.
pub fn now_ms() -> Millis {
    #[cfg(target_family = "wasm")]
    return js_sys::Date::now() as Millis;
    // Tests of tables run where there is no JavaScript.
    #[cfg(not(target_family = "wasm"))]
    return std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis() as Millis);
}

pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The runtime always has randomness; zeros would only ever be seen if it had not.
    let _ = getrandom::fill(&mut bytes);
    bytes
}

/// Returns fresh random bytes, or a fault if there is no randomness: for uses in which zeros would do harm.
pub fn drawn_bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Fault(format!("no randomness: {error}")))?;
    Ok(bytes)
}

/// PBKDF2 with SHA-256, by the platform and not by us.
pub async fn pbkdf2(secret: &[u8], salt: &[u8], rounds: u32) -> Result<[u8; 32], Fault> {
    let derived = pbkdf2_raw(secret, salt, rounds).await.map_err(|error| Fault(format!("pbkdf2: {error:?}")))?;
    let bytes = js_sys::Uint8Array::new(&derived).to_vec();
    bytes.try_into().map_err(|_| Fault("pbkdf2 gave another length".into()))
}

/// Returns `true` when `signature` is that of `signed` by an RSA key (RS256), by the platform and not by us.
pub async fn verify_rs256(modulus: &str, exponent: &str, signature: &[u8], signed: &str) -> bool {
    let algorithm = r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#;
    let jwk = format!(r#"{{"kty":"RSA","n":{},"e":{}}}"#, json_text(modulus), json_text(exponent));
    verify_signed_raw(algorithm, &jwk, signature, signed.as_bytes()).await.is_truthy()
}

/// Returns `true` if `signature` is that of `signed` by a key on P-256 (ES256), checked by the platform; `None` if the key is invalid.
pub async fn verify_es256(key: &Key, signature: &[u8], signed: &[u8]) -> Option<bool> {
    let algorithm = r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#;
    let verified = verify_signed_raw(algorithm, &key.to_jwk(), signature, signed).await;
    (!verified.is_undefined()).then(|| verified.is_truthy())
}

/// Returns the public key of a private one on P-256, and its signature of `text` (ES256), made by the platform; `None` if the key is
/// invalid.
pub async fn sign_es256(secret: &[u8], text: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    pair_of_bytes(&sign_es256_raw(secret, text).await)
}

/// Returns a fresh public key on P-256 and its shared secret with `theirs` (ECDH), made by the platform; `None` if `theirs` is invalid.
pub async fn share_secret(theirs: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    pair_of_bytes(&share_secret_raw(theirs).await)
}

/// `plain`, sealed with AES-128-GCM, by the platform and not by us.
pub async fn seal(key: &[u8], nonce: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let sealed = seal_raw(key, nonce, plain).await;
    sealed.dyn_ref::<js_sys::Uint8Array>().map(js_sys::Uint8Array::to_vec)
}

fn pair_of_bytes(answer: &JsValue) -> Option<(Vec<u8>, Vec<u8>)> {
    let pair: &js_sys::Array = answer.dyn_ref()?;
    let bytes = |at| js_sys::Uint8Array::new(&pair.get(at)).to_vec();
    Some((bytes(0), bytes(1)))
}

/// `None` if the zone is unknown.
pub fn minute_of_day(zone: &str, at: Millis) -> Option<u16> {
    u16::try_from(minute_of_day_raw(zone, at as f64)).ok()
}

pub fn new_uuid() -> String {
    protocol::words::ids::uuid_v7(now_ms(), random_bytes())
}

/// Runs `step` in one transaction of the object's database. The transaction is rolled back if `step` returns `false` or the commit fails.
pub fn in_transaction(state: &State, mut step: impl FnMut() -> bool) -> bool {
    transaction(state.storage().as_raw(), &mut step)
}

/// Waits until everything that was written so far is safe.
pub async fn until_safe(state: &State) {
    let storage = state.storage();
    let safe = js_sys::Promise::new(&mut |resolve, _| when_quiet(storage.as_raw(), &resolve));
    // The promise cannot fail: in the end the writes are safe, or the runtime has reset the object.
    let _ = wasm_bindgen_futures::JsFuture::from(safe).await;
}

/// The last moment that an alarm of the runtime can be set to, in 2262: it counts nanoseconds.
const ALARM_AT_MAX: Millis = 9_223_372_036_000;

/// Moves the object's one alarm.
pub fn set_alarm(state: &State, at: Millis) {
    set_alarm_raw(state.storage().as_raw(), at.min(ALARM_AT_MAX) as f64);
}

/// Returns the time at which the runtime last answered a heartbeat of `socket`.
pub fn last_heartbeat_at(state: &State, socket: &WebSocket) -> Option<Millis> {
    let at = last_heartbeat_at_raw(state.as_raw(), raw(socket)) as Millis;
    (at > 0).then_some(at)
}

/// Returns `true` when `socket` is open. After a sleep the runtime still lists sockets whose closing handshake it has not forgotten.
pub fn is_open(socket: &WebSocket) -> bool {
    let socket: &worker::web_sys::WebSocket = socket.as_ref();
    socket.ready_state() == worker::web_sys::WebSocket::OPEN
}

/// Returns the response that opens a socket, with the subprotocol to confirm.
pub fn accepted(client: WebSocket, subprotocol: Option<&str>) -> worker::Result<Response> {
    let mut response = ResponseBuilder::new().with_status(101).with_websocket(client);
    if let Some(subprotocol) = subprotocol {
        response = response.with_header("Sec-WebSocket-Protocol", subprotocol)?;
    }
    Ok(response.empty())
}

/// Closes `socket` in any of its states, without errors. The reason is cut to the 123 bytes that fit.
pub fn close_quietly(socket: &WebSocket, code: u16, reason: &str) {
    let reason: String = reason.chars().filter(char::is_ascii).take(123).collect();
    close_quietly_raw(raw(socket), code, &reason);
}

pub fn send_quietly(socket: &WebSocket, frame: &str) {
    // A closed socket has its own close event, so the error says nothing new.
    let _ = socket.send_with_str(frame);
}

/// Answers a closing handshake with the code it came with; codes that cannot be sent become 1000 (`core.md` 5).
pub fn answer_close(socket: &WebSocket, code: usize, reason: &str) {
    let code = u16::try_from(code).ok().filter(|code| !matches!(code, 0 | 1005 | 1006 | 1015)).unwrap_or(1000);
    close_quietly(socket, code, reason);
}

fn raw(socket: &WebSocket) -> &JsValue {
    let socket: &worker::web_sys::WebSocket = socket.as_ref();
    socket.as_ref()
}

/// The awake object's sockets by key.
pub struct Sockets(JsValue);

impl Default for Sockets {
    fn default() -> Self {
        Self(new_sockets())
    }
}

impl Sockets {
    pub fn add(&self, key: u32, socket: &WebSocket) {
        add_socket(&self.0, key, raw(socket));
    }

    /// Returns the key of an event's socket; `None` for a socket that was never added.
    pub fn key(socket: &WebSocket) -> Option<u32> {
        Some(key_of(raw(socket))).filter(|key| *key > 0)
    }

    pub fn remove(&self, key: u32) -> Option<WebSocket> {
        let map: &js_sys::Map = self.0.unchecked_ref();
        let socket = map.get(&key.into());
        map.delete(&key.into());
        socket.dyn_into::<worker::web_sys::WebSocket>().ok().map(WebSocket::from)
    }

    /// Forgets every socket, and removes the keys from the sockets, so that keys can be given anew.
    pub fn clear(&self) {
        clear_sockets(&self.0);
    }

    pub fn get(&self, key: u32) -> Option<WebSocket> {
        let map: &js_sys::Map = self.0.unchecked_ref();
        map.get(&key.into()).dyn_into::<worker::web_sys::WebSocket>().ok().map(WebSocket::from)
    }

    /// Sends `frame` to many sockets at once. Returns the keys of sockets that failed.
    #[must_use]
    pub fn send(&self, keys: &[u32], frame: &str) -> Vec<u32> {
        send(&self.0, keys, frame)
    }

    /// Sends `bytes` to many sockets at once. Returns the keys of sockets that failed.
    #[must_use]
    pub fn send_bytes(&self, keys: &[u32], bytes: &[u8]) -> Vec<u32> {
        send_bytes(&self.0, keys, bytes)
    }
}

/// Waits for `ms` and keeps the object awake meanwhile.
pub async fn sleep(ms: Millis) {
    sleep_raw(ms as f64).await;
}

/// Calls the same function each time the object has nothing else to do: the end of a turn (`core.md` 5.1).
pub struct Quiet {
    callback: Closure<dyn Fn()>,
    is_waiting: Rc<Cell<bool>>,
}

impl Quiet {
    pub fn new(action: impl Fn() + 'static) -> Self {
        let is_waiting = Rc::new(Cell::new(false));
        let ended = Rc::clone(&is_waiting);
        let callback = Closure::new(move || {
            ended.set(false);
            action();
        });
        Self { callback, is_waiting }
    }

    /// Returns `true` while a call of the action is pending.
    pub fn is_awaited(&self) -> bool {
        self.is_waiting.get()
    }

    /// Calls the action once the events that are pending now have been handled.
    pub fn arrange(&self, state: &State) {
        if !self.is_waiting.replace(true) {
            when_quiet(state.storage().as_raw(), self.callback.as_ref().unchecked_ref());
        }
    }
}

/// Makes a timer that calls `method` of the object, unless the object has ended.
pub fn timer<T: 'static>(object: &Weak<T>, method: fn(&Rc<T>)) -> Timer {
    Timer::new(action(object, method))
}

/// Makes a callback that calls `method` of the object, unless the object has ended.
pub fn action<T: 'static>(object: &Weak<T>, method: fn(&Rc<T>)) -> impl Fn() + 'static {
    let object = Weak::clone(object);
    move || {
        if let Some(object) = object.upgrade() {
            method(&object);
        }
    }
}

/// One timer in memory that calls the same function each time. It keeps the object awake while it runs, and ends with the object.
pub struct Timer {
    callback: Closure<dyn Fn()>,
    running: Rc<Cell<Option<Millis>>>,
    handle: Cell<JsValue>,
}

impl Timer {
    pub fn new(action: impl Fn() + 'static) -> Self {
        let running = Rc::new(Cell::new(None));
        let ended = Rc::clone(&running);
        let callback = Closure::new(move || {
            ended.set(None);
            action();
        });
        Self { callback, running, handle: Cell::new(JsValue::UNDEFINED) }
    }

    /// Calls the action at `at`, or earlier if it was asked for earlier.
    pub fn arrange(&self, now: Millis, at: Millis) {
        if self.running.get().is_some_and(|running| running <= at) {
            return;
        }
        if self.running.get().is_some() {
            let handle = self.handle.replace(JsValue::UNDEFINED);
            clear_timeout(&handle);
        }
        self.running.set(Some(at));
        let wait_ms = at.saturating_sub(now) as f64;
        self.handle.set(set_timeout(self.callback.as_ref().unchecked_ref(), wait_ms));
    }
}
