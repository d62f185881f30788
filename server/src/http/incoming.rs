//! A request as doors see it: parsed once, without the headers that only our own parts may set.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::StreamExt;
use js_sys::Uint8Array;
use protocol::codec::percent;
use protocol::words::event::Millis;
use protocol::words::ids::is_uuid;
use protocol::words::limits::{FILE_BYTES_MAX, LEFT_BODY_BYTES_MAX, LEFT_BODY_MS_MAX, REST_BODY_BYTES_MAX};
use protocol::words::refusal::Refusal;
use wasm_bindgen_futures::JsFuture;
use worker::{Env, Headers, Method, Request, RequestInit, Url};

use super::request_facts::{LogName, RequestFacts};
use crate::config::{Config, Environment};
use crate::kit::namespace::Namespace;
use crate::kit::trace::Trace;
use crate::platform::timeout::within;
use crate::runtime;
use crate::runtime::call_error::CallError;

/// Bytes beyond the limit up to which a body that is too large is read all the same. A smaller limit counts as so many.
const DRAINED_BYTES_MAX: usize = 1024 * 1024;
/// Where a request was sent to that may name any host, in a deployment that says of no origin that it is its own: nobody's page is from there.
const NOWHERE: &str = "http://nowhere.invalid";

pub struct Incoming {
    /// Upper-case method.
    pub method: String,
    /// The whole address. Its origin is one of ours: what was asked for, or what the deployment says, where anybody may ask for anything.
    pub url: Url,
    /// Id of this request in answers and lines: the one that it came with, if it came with one.
    pub request_id: String,
    /// Its id in the audit log, which nobody else chooses.
    pub own_id: String,
    pub now: Millis,
    pub env: Env,
    pub config: &'static Config,
    /// `traceparent` of what follows from it, if it came with one.
    pub traceparent: Option<String>,
    /// Contents of its line in the log.
    pub facts: Rc<RefCell<RequestFacts>>,
    /// Where the request comes from was written into it by Cloudflare's edge, or by what stands in for it.
    is_from_edge: bool,
    request: RefCell<Request>,
    /// The body that was read ahead of its handler ([`Incoming::hold_body`]), until the handler asks for it.
    held_body: RefCell<Option<Result<Vec<u8>, CallError>>>,
    /// Somebody reads the body, or has.
    is_body_taken: Cell<bool>,
    /// Somebody stopped reading before its end.
    is_body_cut: Rc<Cell<bool>>,
}

impl Incoming {
    pub fn new(request: Request, env: Env) -> worker::Result<Self> {
        let config = Config::of(&env);
        // Only the edge says through which place a request came.
        let is_from_edge = config.trusts_cf_headers || runtime::colo_of(&request).is_some();
        let url = request.url()?;
        let mut url = if is_from_edge { url } else { at_home(&url, &config.allowed_origins)? };
        // The proxy in front of the Worker says how it was reached itself.
        let is_proxied = config.trusts_cf_headers && config.environment == Environment::Production;
        if is_proxied && request.headers().get("x-forwarded-proto")?.is_some_and(|sent| is_https(&sent)) {
            url.set_scheme("https").map_err(|()| worker::Error::RustError("a request without a host".to_owned()))?;
        }
        let trace = request.headers().get("traceparent")?;
        let sent_id = request.headers().get("x-request-id")?.filter(|id| is_uuid(id));
        let own_id = runtime::new_uuid();
        Ok(Self {
            // As it was sent: the `Method` of `worker` calls every method that it does not know GET.
            method: request.inner().method().to_ascii_uppercase(),
            url,
            request_id: sent_id.unwrap_or_else(|| own_id.clone()),
            own_id,
            now: runtime::now_ms(),
            config,
            is_from_edge,
            facts: Rc::default(),
            traceparent: trace
                .and_then(|trace| protocol::operation::telemetry::continued(&trace, runtime::random_bytes())),
            env,
            request: RefCell::new(request),
            held_body: RefCell::default(),
            is_body_taken: Cell::new(false),
            is_body_cut: Rc::default(),
        })
    }

    /// Returns the body as one that perhaps nobody reads.
    pub fn unread_body(&self) -> UnreadBody {
        // The same request: one's own `clone` is for reading a body twice.
        let request = Clone::clone(self.request.borrow().inner());
        UnreadBody { request, is_cut: Rc::clone(&self.is_body_cut) }
    }

    /// Notes who asks, for the request's line.
    pub fn note_principal(&self, principal: Option<&str>) {
        self.facts.borrow_mut().principal = principal.map(str::to_owned);
    }

    pub fn note_log(&self, log: String) {
        self.facts.borrow_mut().log = Some(LogName::Plain(log));
    }

    /// Notes that it is about the log of a person, whose pseudonym the line has.
    pub fn note_log_of(&self, namespace: Namespace, person: &str) {
        self.facts.borrow_mut().log = Some(LogName::OfPerson(namespace, person.to_owned()));
    }

    /// Returns what was asked, for lines: a path may name people and rooms, its pattern does not.
    pub fn place(&self) -> String {
        format!("{} {}", self.method, self.facts.borrow().route)
    }

    /// The name of `person` in lines.
    pub fn pseudonym(&self, person: &str) -> String {
        self.config.telemetry.pseudonyms.of(self.now, person)
    }

    /// The path as it was sent, still percent-encoded.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// A header, if it is there. Headers that only our own parts may set are never there (`core.md` 4).
    pub fn header(&self, name: &str) -> Option<String> {
        if is_internal(name) {
            return None;
        }
        self.request.borrow().headers().get(name).ok().flatten()
    }

    pub fn accepts(&self, kind: &str) -> bool {
        self.header("accept").is_some_and(|accept| accept.contains(kind))
    }

    /// The first value of a query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Origin of the request itself.
    pub fn own_origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Where the request came in, as the platform calls the place; nothing where it does not say, nor on one machine, where its stand-in
    /// names a place that nobody has seen.
    pub fn colo(&self) -> Option<String> {
        if self.config.environment == Environment::Dev {
            return None;
        }
        runtime::colo_of(&self.request.borrow())
    }

    /// Returns the client's address as the edge states it; `None` if the client could have written the header itself.
    pub fn peer(&self) -> Option<String> {
        self.header("cf-connecting-ip").filter(|_| self.is_from_edge)
    }

    /// Returns true if somebody who can be believed said to which host the request was sent.
    pub const fn is_host_known(&self) -> bool {
        self.is_from_edge
    }

    /// Returns true if the connection between browser and edge is encrypted.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns true if a WebSocket is asked for.
    pub fn is_upgrade(&self) -> bool {
        self.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
    }

    /// Returns true if the request changes something.
    pub fn is_writing(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// Subprotocols in the order of the offer.
    pub fn subprotocols(&self) -> Vec<String> {
        let offer = self.header("sec-websocket-protocol").unwrap_or_default();
        offer.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Address of the caller; IPv6 by /64, because a household owns that many addresses (`core.md` 6).
    pub fn address(&self) -> String {
        let address = self.peer().unwrap_or_else(|| "unknown".into());
        match address.parse::<std::net::Ipv6Addr>() {
            Ok(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            Err(_) => address,
        }
    }

    /// Where the request came from, for audit rows: the network alone, IPv4 by /24 and IPv6 by /48 (`leaving.md` 4).
    pub fn trace(&self) -> Trace {
        let address = self.peer().unwrap_or_default();
        let network = match address.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(v4)) => {
                let [a, b, c, _] = v4.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            Ok(std::net::IpAddr::V6(v6)) => {
                let [a, b, c, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}::/48")
            }
            Err(_) => String::new(),
        };
        Trace { address: network, request: self.own_id.clone() }
    }

    /// The body as text, at most [`REST_BODY_BYTES_MAX`] bytes, whatever its declared length.
    pub async fn body(&self) -> Result<String, CallError> {
        Ok(text_of(self.bytes(REST_BODY_BYTES_MAX).await?)?)
    }

    /// Waits for the body of a request that changes something, before anybody asks who sends it (`sign-in.md` 3): a sender who stops in
    /// the middle of it would else act by a session, a role or a right that has ended meanwhile. What is wrong with the body is an error of
    /// [`Self::bytes`], so a request without a session is refused for that first. A body that declares more than `bytes_max` is not waited
    /// for: whoever asks for at most so much of it refuses it in any case.
    pub async fn hold_body(&self, bytes_max: usize) {
        let is_too_large = self.declared_bytes().is_some_and(|declared| declared > bytes_max);
        if self.is_writing() && !is_too_large {
            let held = self.read_bytes(bytes_max).await;
            *self.held_body.borrow_mut() = Some(held);
        }
    }

    /// The body, at most `bytes_max` of it.
    ///
    /// # Errors
    ///
    /// `TooLarge` above that, whatever the declared length.
    pub async fn bytes(&self, bytes_max: usize) -> Result<Vec<u8>, CallError> {
        let held = self.held_body.borrow_mut().take();
        match held {
            Some(Ok(bytes)) if bytes.len() > bytes_max => Err(Refusal::TooLarge.into()),
            Some(held) => held,
            None => self.read_bytes(bytes_max).await,
        }
    }

    async fn read_bytes(&self, bytes_max: usize) -> Result<Vec<u8>, CallError> {
        if self.request.borrow().inner().body().is_none() {
            return Ok(Vec::new());
        }
        self.is_body_taken.set(true);
        // A body whose length is declared is no longer than that: piece by piece would be a turn of the runtime for each.
        if self.declared_bytes().is_some_and(|declared| declared <= bytes_max) {
            let whole = self.request.borrow().inner().array_buffer().map_err(worker::Error::from)?;
            let whole = JsFuture::from(whole).await.map_err(|_| CallError::broken_off())?;
            let bytes = Uint8Array::new(&whole).to_vec();
            return if bytes.len() > bytes_max { Err(Refusal::TooLarge.into()) } else { Ok(bytes) };
        }
        // Whoever declares too much is refused, however little comes: nobody has waited for that body (`hold_body`).
        let is_declared = self.declared_bytes().is_some();
        let mut stream = self.request.borrow_mut().stream()?;
        let mut bytes = Vec::new();
        let mut length = 0;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| CallError::broken_off())?;
            // A little too much is read to its end, or the client would not hear the answer over its own sending.
            length += chunk.len();
            if length > bytes_max.max(DRAINED_BYTES_MAX) + DRAINED_BYTES_MAX {
                self.is_body_cut.set(true);
                break;
            }
            if length <= bytes_max {
                bytes.extend(chunk);
            }
        }
        if is_declared || length > bytes_max { Err(Refusal::TooLarge.into()) } else { Ok(bytes) }
    }

    /// Returns the number of bytes that the body has, where it is not sent in chunks.
    fn declared_bytes(&self) -> Option<usize> {
        let length = self.header("content-length")?.parse().ok()?;
        self.header("transfer-encoding").is_none().then_some(length)
    }

    /// Returns true if there is a body that says of itself that it has at most `bytes_max`: it need not be read to be sure.
    pub fn has_body_within(&self, bytes_max: usize) -> bool {
        self.declared_bytes().is_some_and(|declared| (1..=bytes_max).contains(&declared))
    }

    /// Returns the body as a stream, for a caller that does not want it in memory.
    pub fn raw_body(&self) -> Option<worker::web_sys::ReadableStream> {
        self.is_body_taken.set(true);
        self.request.borrow().inner().body()
    }

    /// Reads a body that nobody wants, or the client would not hear the answer over its own sending.
    pub async fn drain(&self) {
        if self.is_body_taken.replace(true) {
            return;
        }
        let Ok(mut stream) = self.request.borrow_mut().stream() else { return };
        let mut length = 0;
        while let Some(Ok(chunk)) = stream.next().await {
            length += chunk.len();
            if length > 2 * FILE_BYTES_MAX as usize {
                self.is_body_cut.set(true);
                break;
            }
        }
    }

    /// The body of a JSON request; `None` when there is none at all.
    pub async fn json_body(&self) -> Result<Option<String>, CallError> {
        let content_type = self.header("content-type").unwrap_or_default();
        let is_json =
            content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        let bytes = self.bytes(REST_BODY_BYTES_MAX).await?;
        match (bytes.is_empty(), is_json) {
            (true, false) => Ok(None),
            (_, true) => Ok(Some(text_of(bytes)?)),
            (false, false) => Err(Refusal::UnsupportedMediaType.into()),
        }
    }

    /// The request for a part that wants it whole, without internal headers. Its body is here by then: nobody knows whether that part reads it.
    ///
    /// # Errors
    ///
    /// `TooLarge` where the body is more than any form of ours.
    pub async fn to_request(&self) -> Result<Request, CallError> {
        let body = self.bytes(LEFT_BODY_BYTES_MAX).await?;
        let headers = Headers::new();
        for (name, value) in self.request.borrow().headers().entries().filter(|(name, _)| !is_internal(name)) {
            headers.append(&name, &value)?;
        }
        let mut init = RequestInit::new();
        init.with_method(Method::from(self.method.clone())).with_headers(headers);
        init.with_body((!body.is_empty()).then(|| Uint8Array::from(body.as_slice()).into()));
        Ok(Request::new_with_init(self.url.as_str(), &init)?)
    }
}

/// A body that was perhaps not read. The host closes a connection with something unread in it, and who sends the next request on it hears
/// of that too late.
pub struct UnreadBody {
    request: worker::web_sys::Request,
    is_cut: Rc<Cell<bool>>,
}

impl UnreadBody {
    /// Reads and drops what is small. True when something is left: the connection is of no more use.
    pub async fn is_left(&self) -> bool {
        let is_read = self.request.body().is_none_or(|body| self.request.body_used() || body.locked());
        if is_read {
            return self.is_cut.get();
        }
        let dropped = within(LEFT_BODY_MS_MAX, drop_small(Clone::clone(&self.request).into())).await;
        dropped != Some(true)
    }
}

/// Reads the body and drops it; returns true if it ended before it was too much.
async fn drop_small(mut request: Request) -> bool {
    let declared = request.headers().get("content-length").ok().flatten().and_then(|length| length.parse().ok());
    if declared.is_some_and(|declared: usize| declared > LEFT_BODY_BYTES_MAX) {
        return false;
    }
    let Ok(mut stream) = request.stream() else { return false };
    let mut length = 0;
    while let Some(chunk) = stream.next().await {
        length += chunk.map_or(usize::MAX - length, |chunk| chunk.len());
        if length > LEFT_BODY_BYTES_MAX {
            return false;
        }
    }
    true
}

/// Returns true if a header `X-Forwarded-Proto` says that the browser's own connection is encrypted. Each proxy may have added its element.
fn is_https(forwarded: &str) -> bool {
    forwarded.split(',').next().is_some_and(|first| first.trim().eq_ignore_ascii_case("https"))
}

/// The address with the first origin under which the deployment says that it is reached, whatever host the request names.
fn at_home(url: &Url, own_origins: &[String]) -> Result<Url, worker::Error> {
    let mut home = Url::parse(own_origins.first().map_or(NOWHERE, String::as_str))?;
    home.set_path(url.path());
    home.set_query(url.query());
    Ok(home)
}

/// Returns the refusal in the place of a fault if an upload ended because its client did. The runtime says so of bodies that it passes on.
pub fn of_upload(error: CallError) -> CallError {
    match error.fault() {
        Some(fault) if fault.0.contains("client disconnected") => CallError::broken_off(),
        _ => error,
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String, Refusal> {
    String::from_utf8(bytes).map_err(|_| Refusal::BadJson)
}

/// Names of headers by which our own parts speak to each other.
fn is_internal(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "x-user-id" || name == "x-messagehub-action" || name.starts_with("x-cfm-")
}

/// Decodes a path segment; `None` when it is no UTF-8, or holds NUL (`core.md` 10).
pub fn decoded(segment: &str) -> Option<String> {
    percent::decoded(segment, false).filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_says_how_the_browser_came_in_any_case() {
        assert!(["https", "HTTPS", "https, http", " Https ,http"].into_iter().all(is_https));
        assert!(!["", "http", "http, https", "httpsx", ", https"].into_iter().any(is_https));
    }
}
