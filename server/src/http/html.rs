//! The headers of pages (`core.md` 9), and the answer with a page that the server writes alone.

use protocol::people::session::csrf_token;
use worker::{Headers, Response};

use super::answer;
use super::door::Door;
use super::incoming::Incoming;
use crate::runtime;

/// Allows the scripts of one page, and of no other.
pub fn fresh_nonce() -> String {
    csrf_token(runtime::random_bytes())
}

/// Returns what a page may load and show: the same for all but for frames of our own pages, and the counter of page views where there is one.
pub fn policy(incoming: &Incoming, nonce: &str) -> String {
    let path = incoming.path();
    let is_below = |roots: [&str; 2]| roots.iter().any(|root| path.starts_with(root));
    let frames = if ["/gallery", "/gallery/themes", "/demo/stage"].contains(&path) { " 'self'" } else { "" };
    let framed_by = if is_below(["/gallery/", "/demo/"]) { "'self'" } else { "'none'" };
    let (beacon, collector) = match incoming.config.web_analytics_token {
        Some(_) => (" https://static.cloudflareinsights.com", " https://cloudflareinsights.com"),
        None => ("", ""),
    };
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval' https://challenges.cloudflare.com{beacon}; \
         frame-src{frames} https://challenges.cloudflare.com; connect-src 'self'{collector}; img-src 'self' data: blob:; \
         style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {framed_by}"
    )
}

/// Returns a page under this policy. The page is for one visitor, so no cache may store it.
pub fn html_response(
    incoming: &Incoming,
    policy: &str,
    html: String,
    more: &[(&'static str, String)],
) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "text/html; charset=utf-8")?;
    headers.set("content-security-policy", policy)?;
    headers.set("cache-control", "no-store")?;
    answer::respond(incoming, Door::App, 200, html, headers, more)
}
