//! Pages that may make a browser call us (`sign-in.md` 4).

use protocol::words::limits::PAGE_URL_BYTES_MAX;
use protocol::words::refusal::Refusal;
use worker::Url;

use crate::http::incoming::Incoming;

/// Refuses calls that change something, and sockets, when they come from another site's page.
pub fn check(incoming: &Incoming) -> Result<(), Refusal> {
    let matters = incoming.is_writing() || incoming.is_upgrade();
    match incoming.header("origin") {
        Some(origin) if matters && !is_allowed(incoming, &origin) => Err(Refusal::OriginForbidden),
        _ => Ok(()),
    }
}

/// Returns true if the browser vouches that the call comes from a page that may call us: what a cookie needs beside
/// its CSRF token.
pub fn is_vouched_for(incoming: &Incoming) -> bool {
    match incoming.header("origin") {
        Some(origin) => is_allowed(incoming, &origin),
        None => incoming.header("sec-fetch-site").as_deref() == Some("same-origin"),
    }
}

/// Returns true if the request names the page it comes from, and that page may call us.
pub fn is_named(incoming: &Incoming) -> bool {
    incoming.header("origin").is_some_and(|origin| is_allowed(incoming, &origin))
}

/// The page that the request comes from, if it may call us; for tools, which name none, our own.
pub fn page(incoming: &Incoming) -> String {
    let named = incoming.header("origin").filter(|origin| is_allowed(incoming, origin));
    named.unwrap_or_else(|| incoming.own_origin())
}

/// Returns true if pages of this origin may call us.
pub fn is_allowed(incoming: &Incoming, origin: &str) -> bool {
    origin == incoming.own_origin() || incoming.config.allowed_origins.iter().any(|allowed| allowed == origin)
}

/// Returns the page of a client that may be led to: a path of ours, or an address whose origin may call us. Browsers read some paths as
/// addresses of other sites, so the origin of a path is compared as well.
pub fn allowed_page(incoming: &Incoming, text: &str) -> Option<Url> {
    let parsed = if text.starts_with('/') { incoming.url.join(text) } else { Url::parse(text) };
    let is_usable = |page: &Url| {
        text.len() <= PAGE_URL_BYTES_MAX
            && matches!(page.scheme(), "http" | "https")
            && is_allowed(incoming, &page.origin().ascii_serialization())
    };
    parsed.ok().filter(is_usable)
}
