//! Responses of the Worker: the envelope, the headers of `core.md` 9, and every refusal as a response.
//!
//! Handlers say *what* ([`Reply`] or a `CallError`); how it looks on the wire is decided here and nowhere else.

use std::borrow::Cow;

use protocol::codec::json::json_text;
use protocol::machines::hub::HubRefusal;
use protocol::wire::livestore::is_rpc_query;
use protocol::words::refusal::Refusal;
use serde::Serialize;
use worker::{Headers, Response, ResponseBuilder, WebSocketPair};

use super::cookie;
use super::door::Door;
use super::incoming::Incoming;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// The policy of what is no page: taken for one, it loads, runs, sends and frames nothing.
pub const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Features of the browser that a page may use (`core.md` 9): passkeys, copying, sounds, and films in full. It may use no other one, and
/// nothing that it frames may use any. Bluetooth and sharing have no entry: browsers without them warn about their names in the console of
/// each page, and their default keeps frames out as well.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(self), camera=(), clipboard-read=(), clipboard-write=(self), \
    display-capture=(), encrypted-media=(), fullscreen=(self), geolocation=(), gyroscope=(), hid=(), idle-detection=(), \
    local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(self), \
    publickey-credentials-create=(self), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), usb=(), \
    window-management=(), xr-spatial-tracking=()";

/// Headers of MessageHub that pages of other sites may read (`core.md` 9, `messagehub.md` 6).
const HUB_EXPOSED: &str = "X-Message-Id, X-Message-Seq, Idempotent-Replay, Retry-After, RateLimit-Limit, \
                           RateLimit-Remaining, RateLimit-Reset";

/// An answer of the messenger's door: data for the envelope, or a refusal that needs headers of its own.
pub struct Reply {
    status: u16,
    /// Answered instead of data.
    refusal: Option<Refusal>,
    /// JSON text of `data`.
    json: String,
    headers: Vec<(&'static str, String)>,
}

/// Where a session ends, the browser forgets what it loaded: pictures of people are good for a year, and files of messages are kept to be
/// asked for again. Its `"storage"` is not cleared that way: there are how this device looks, words that others who use it have not sent, and
/// the service worker. Of that the page wipes what is the person's (`app::session::local_persistence`, `app/src/pages/leftover.js`).
pub const CLEAR_LOADED: (&str, &str) = ("clear-site-data", "\"cache\"");

pub type HandlerResult = Result<Reply, CallError>;

impl Reply {
    /// 200 with `value`.
    pub fn json(value: &impl Serialize) -> HandlerResult {
        Ok(Self::raw(serde_json::to_string(value)?))
    }

    /// 200 with JSON text.
    pub fn raw(json: String) -> Self {
        Self { status: 200, refusal: None, json, headers: Vec::new() }
    }

    pub fn into_json(self) -> String {
        self.json
    }

    pub fn refused(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::raw(String::new()) }
    }

    /// 200 with nothing to say.
    pub fn empty() -> Self {
        Self::raw("{}".to_owned())
    }

    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same to a browser whose session has ended. What comes without cookies is a tool's, or a page's that holds a session by itself (a
    /// demo room's): to those the browser would not listen, and would say so.
    pub fn at_the_end(self, incoming: &Incoming) -> Self {
        if incoming.header("cookie").is_none() {
            return self;
        }
        self.with_header(CLEAR_LOADED.0, CLEAR_LOADED.1.to_owned())
    }

    /// Answers a browser whose session has ended, and takes its cookies away.
    pub fn signed_out(self, incoming: &Incoming) -> Self {
        let reply = self.at_the_end(incoming).with_header("set-cookie", cookie::SESSION.clear(incoming));
        match cookie::REFRESH.read(incoming) {
            Some(_) => reply.with_header("set-cookie", cookie::REFRESH.clear(incoming)),
            None => reply,
        }
    }

    pub fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// The response to a request of the messenger's door.
pub fn envelope(incoming: &Incoming, outcome: HandlerResult) -> worker::Result<Response> {
    let refusal = match outcome {
        Ok(Reply { refusal: Some(refusal), headers, .. }) => {
            return refused_with(incoming, Door::Messenger, &refusal, headers);
        }
        Ok(Reply { status, json, headers, .. }) => {
            let body = format!("{{\"success\":true,\"data\":{json},\"meta\":{}}}", meta(&incoming.request_id));
            return json_response(incoming, Door::Messenger, status, body, &headers);
        }
        Err(CallError::Refused(refusal)) => refusal,
        Err(error) => {
            telemetry::call_failed(&incoming.place(), &error);
            error.into()
        }
    };
    refused(incoming, Door::Messenger, &refusal)
}

/// JSON text of an object whose members stand in the envelope and beside it as well: for a route that two documents describe, one
/// with and one without. A refusal takes the place of the data.
pub fn in_and_beside(incoming: &Incoming, json: &str, refusal: Option<&Refusal>) -> worker::Result<Response> {
    let envelope = match refusal {
        None => format!("\"success\":true,\"data\":{json}"),
        Some(refusal) => format!("\"success\":false,\"error\":{}", error_json(refusal)),
    };
    let members = json.strip_prefix('{').unwrap_or("}");
    let body = format!("{{{envelope},\"meta\":{},{members}", meta(&incoming.request_id));
    let status = refusal.map_or(200, Refusal::status);
    json_response(incoming, Door::Messenger, status, body, &refusal.map(retry_after).unwrap_or_default())
}

/// The same for whoever could have been answered with a page.
pub fn refused_by_kind(incoming: &Incoming, door: Door, refusal: &Refusal) -> worker::Result<Response> {
    refused_with(incoming, door, refusal, vec![("vary", "Accept".to_owned())])
}

/// When it is worth another try, as a header.
pub fn retry_after(refusal: &Refusal) -> Vec<(&'static str, String)> {
    let wait = refusal.retry_after_ms().map(|ms| ("retry-after", ms.div_ceil(1_000).max(1).to_string()));
    wait.into_iter().collect()
}

/// A refusal as a response: in the envelope under `/api`, else as `{"error"}` (`core.md` 8 row 22).
pub fn refused(incoming: &Incoming, door: Door, refusal: &Refusal) -> worker::Result<Response> {
    refused_with(incoming, door, refusal, Vec::new())
}

/// A call that failed, as the response to a request of a page. A fault is logged.
pub fn failed(incoming: &Incoming, error: CallError) -> worker::Result<Response> {
    if error.fault().is_some() {
        telemetry::call_failed(&incoming.place(), &error);
    }
    refused(incoming, Door::App, &error.into())
}

fn refused_with(
    incoming: &Incoming,
    door: Door,
    refusal: &Refusal,
    mut headers: Vec<(&'static str, String)>,
) -> worker::Result<Response> {
    headers.extend(retry_after(refusal));
    if let Refusal::MethodNotAllowed { allow } = refusal {
        headers.push(("allow", allow.to_string()));
    }
    if *refusal == Refusal::UpgradeRequired {
        headers.push(("upgrade", "websocket".to_owned()));
    }
    let is_known = matches!(refusal, Refusal::MethodNotAllowed { .. });
    let body = if door == Door::Hub && is_known && !is_api(incoming.path()) {
        HubRefusal::MethodNotAllowed.json()
    } else {
        refusal_json(incoming.path(), &incoming.request_id, refusal)
    };
    json_response(incoming, door, refusal.status(), body, &headers)
}

/// The body of a refusal, in the envelope where the path has one.
fn refusal_json(path: &str, request_id: &str, refusal: &Refusal) -> String {
    if is_api(path) {
        format!("{{\"success\":false,\"error\":{},\"meta\":{}}}", error_json(refusal), meta(request_id))
    } else {
        format!("{{\"error\":{}}}", json_text(plain_words(refusal.status())))
    }
}

/// Returns true if errors of this path are told in the envelope: those of the calls of the demo (`demo.md`) and of frames (`embed.md`) are as well.
pub fn is_api(path: &str) -> bool {
    let is_below = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    ["/api", "/embed", "/demo/rooms", "/demo/scenes", "/demo/plug"].into_iter().any(is_below)
}

/// Returns true if the path leads to answers for one session, in the envelope or of a server function. Those are never stored (`core.md` 9).
pub fn is_private(path: &str) -> bool {
    is_api(path) || path == "/sf" || path.starts_with("/sf/")
}

fn forbid_storing(path: &str, headers: &Headers) -> worker::Result<()> {
    if is_private(path) { headers.set("cache-control", "no-store") } else { Ok(()) }
}

/// Context of a response: the facts of the request that the headers of all answers need, also when the request is gone.
pub struct ResponseContext {
    path: String,
    request_id: String,
    is_https: bool,
}

impl ResponseContext {
    pub fn of(incoming: &Incoming) -> Self {
        let (path, request_id) = (incoming.path().to_owned(), incoming.request_id.clone());
        Self { path, request_id, is_https: incoming.is_https() }
    }

    pub fn headers(&self) -> worker::Result<Headers> {
        let headers = Headers::new();
        secure_as(&self.request_id, self.is_https, &headers)?;
        Ok(headers)
    }
}

/// Returns the response to a request for which not even an answer could be made.
pub fn broken(context: &ResponseContext) -> worker::Result<Response> {
    let (refusal, headers) = (Refusal::Internal, context.headers()?);
    forbid_storing(&context.path, &headers)?;
    headers.set("content-type", "application/json")?;
    let response = Response::ok(refusal_json(&context.path, &context.request_id, &refusal))?;
    Ok(response.with_status(refusal.status()).with_headers(headers))
}

fn plain_words(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        426 => "Upgrade Required",
        403 => "Forbidden",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        500.. => "Internal Server Error",
        _ => "Error",
    }
}

fn meta(request_id: &str) -> String {
    format!("{{\"timestamp\":{},\"requestId\":\"{request_id}\"}}", runtime::now_ms())
}

/// Returns the object `error` of the envelope.
fn error_json(refusal: &Refusal) -> String {
    let mut out = format!("{{\"code\":\"{}\",\"message\":{}", refusal.code(), json_text(&refusal.to_string()));
    if let Some(retry_after_ms) = refusal.retry_after_ms() {
        out.push_str(&format!(",\"retryAfterMs\":{retry_after_ms}"));
    }
    if let Some(field) = refusal.field() {
        out.push_str(&format!(",\"field\":{}", json_text(field)));
    }
    if let Some(limit) = refusal.limit() {
        out.push_str(&format!(",\"limit\":{limit}"));
    }
    if let Some(act) = refusal.act() {
        out.push_str(&format!(",\"act\":{}", json_text(act)));
    }
    out.push('}');
    out
}

pub fn json_response(
    incoming: &Incoming,
    door: Door,
    status: u16,
    body: String,
    more: &[(&'static str, String)],
) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "application/json; charset=utf-8")?;
    forbid_storing(incoming.path(), &headers)?;
    respond(incoming, door, status, body, headers, more)
}

/// Redirects a browser to `path` without a message, with an optional `cookie`.
pub fn lead(incoming: &Incoming, path: &str, cookie: Option<String>) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("location", path)?;
    headers.set("cache-control", "no-store")?;
    let more: Vec<_> = cookie.into_iter().map(|line| ("set-cookie", line)).collect();
    respond(incoming, Door::App, 303, String::new(), headers, &more)
}

/// Leads a client to another address, with the method of its request.
pub fn moved(incoming: &Incoming, address: &str) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("location", address)?;
    respond(incoming, Door::App, 308, String::new(), headers, &[])
}

/// Returns a response of any type with the headers that every answer has.
pub fn respond(
    incoming: &Incoming,
    door: Door,
    status: u16,
    body: String,
    headers: Headers,
    more: &[(&'static str, String)],
) -> worker::Result<Response> {
    decorate(incoming, door, &headers)?;
    for (name, value) in more {
        headers.append(name, value)?;
    }
    let is_bodiless = status == 204 || body.is_empty();
    incoming.facts.borrow_mut().bytes_out = Some(if is_bodiless { 0 } else { body.len() });
    let response = ResponseBuilder::new().with_status(status).with_headers(headers);
    Ok(if is_bodiless { response.empty() } else { response.fixed(body.into_bytes()) })
}

/// 200 with the JSON body of an object's answer as it comes, which has so many bytes, and the headers every answer has.
pub fn passed_on(
    incoming: &Incoming,
    door: Door,
    response: Response,
    bytes: Option<usize>,
    more: &[(&'static str, String)],
) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "application/json; charset=utf-8")?;
    forbid_storing(incoming.path(), &headers)?;
    decorate(incoming, door, &headers)?;
    for (name, value) in more {
        headers.append(name, value)?;
    }
    incoming.facts.borrow_mut().bytes_out = bytes;
    Ok(response.with_headers(headers))
}

/// The headers that an answer of `door` has which somebody else began: a stream.
pub fn decorate(incoming: &Incoming, door: Door, headers: &Headers) -> worker::Result<()> {
    if matches!(door, Door::Messenger | Door::WasmChannel) {
        headers.append("vary", "Origin")?;
    }
    let mut rows = safety(&incoming.request_id, incoming.is_https(), headers)?;
    rows.extend(cross_origin(incoming, door));
    runtime::set_headers(headers, &rows)
}

/// The headers of all answers (`core.md` 9).
pub fn secure(incoming: &Incoming, headers: &Headers) -> worker::Result<()> {
    secure_as(&incoming.request_id, incoming.is_https(), headers)
}

fn secure_as(request_id: &str, is_https: bool, headers: &Headers) -> worker::Result<()> {
    runtime::set_headers(headers, &safety(request_id, is_https, headers)?)
}

type HeaderRows<'a> = Vec<(&'static str, Cow<'a, str>)>;

/// Returns the headers of all answers. A policy that is among `headers` already stays.
fn safety<'a>(request_id: &'a str, is_https: bool, headers: &Headers) -> worker::Result<HeaderRows<'a>> {
    let mut rows: HeaderRows<'a> = vec![
        ("x-content-type-options", "nosniff".into()),
        ("referrer-policy", "strict-origin-when-cross-origin".into()),
        ("x-request-id", request_id.into()),
        ("cross-origin-opener-policy", "same-origin".into()),
        ("cross-origin-resource-policy", "same-origin".into()),
    ];
    if !headers.has("content-security-policy")? {
        rows.push(("content-security-policy", NOTHING.into()));
    }
    if headers.get("content-type")?.is_some_and(|kind| kind.starts_with("text/html")) {
        rows.push(("permissions-policy", PERMISSIONS.into()));
    }
    if is_https {
        rows.push(("strict-transport-security", "max-age=31536000; includeSubDomains".into()));
    }
    Ok(rows)
}

/// Returns the headers that say which other pages may read the answer (`core.md` 9).
fn cross_origin(incoming: &Incoming, door: Door) -> HeaderRows<'static> {
    // Clients of version 0.4 ask by HTTP from any page (`livestore-0.4.md` 1).
    let is_open_store = door == Door::LiveStore
        && (incoming.config.livestore.has_cors || incoming.url.query().is_some_and(is_rpc_query));
    let mut rows = HeaderRows::new();
    if door == Door::Hub || door == Door::HopeFlow || is_open_store {
        rows.push(("cross-origin-resource-policy", "cross-origin".into()));
        rows.push(("access-control-allow-origin", "*".into()));
    }
    match door {
        Door::Hub => rows.push(("access-control-expose-headers", HUB_EXPOSED.into())),
        Door::HopeFlow => {
            rows.push(("access-control-allow-methods", "POST,OPTIONS".into()));
            rows.push(("access-control-allow-headers", "authorization,content-type,idempotency-key".into()));
        }
        Door::LiveStore if is_open_store => {
            let asked = incoming.header("access-control-request-headers").filter(|names| !names.is_empty());
            rows.push(("access-control-allow-methods", "GET, POST, OPTIONS".into()));
            rows.push(("access-control-allow-headers", asked.map_or(Cow::Borrowed("*"), Cow::Owned)));
        }
        Door::Messenger | Door::WasmChannel => {
            let is_ours =
                |origin: &String| incoming.config.allowed_origins.contains(origin) || *origin == incoming.own_origin();
            if let Some(origin) = incoming.header("origin").filter(is_ours) {
                rows.push(("access-control-allow-origin", origin.into()));
                rows.push(("access-control-allow-credentials", "true".into()));
            }
        }
        Door::App | Door::LiveStore => {}
    }
    rows
}

/// The answer to `OPTIONS` (`core.md` 8 row 1).
pub fn preflight(incoming: &Incoming, door: Door, methods: &str) -> worker::Result<Response> {
    let allowed_headers = match door {
        // These two say with every answer what they allow.
        Door::HopeFlow => {
            let more = [("access-control-max-age", "86400".to_owned())];
            return respond(incoming, door, 204, String::new(), Headers::new(), &more);
        }
        Door::LiveStore => return respond(incoming, door, 204, String::new(), Headers::new(), &[]),
        Door::Hub => "authorization, content-type, idempotency-key, last-event-id",
        _ => "content-type, authorization, idempotency-key, x-captcha-response, x-csrf-token, x-file-name, x-page-of",
    };
    let more = [
        ("allow", methods.to_owned()),
        ("access-control-allow-methods", methods.to_owned()),
        ("access-control-allow-headers", allowed_headers.to_owned()),
    ];
    let headers = Headers::new();
    forbid_storing(incoming.path(), &headers)?;
    respond(incoming, door, 204, String::new(), headers, &more)
}

/// A refusal for a browser, which cannot read HTTP failures of sockets: accepted, then closed at once (`messenger.md` 5.1).
pub fn accept_and_close(subprotocol: Option<&str>, refusal: &Refusal) -> worker::Result<Response> {
    let pair = WebSocketPair::new()?;
    pair.server.accept()?;
    runtime::close_quietly(&pair.server, refusal.close_code(), &refusal.close_reason());
    let response = Response::from_websocket(pair.client)?;
    if let Some(subprotocol) = subprotocol {
        response.headers().set("sec-websocket-protocol", subprotocol)?;
    }
    Ok(response)
}
