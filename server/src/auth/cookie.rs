//! The session cookie (`messenger.md` 2.3): host-only everywhere; without `Secure` only on plain http to a loopback host.

use crate::incoming::Incoming;

/// Name of the cookie for this request.
pub fn name(incoming: &Incoming) -> &'static str {
    if is_loopback_http(incoming) { "cfm" } else { "__Host-cfm" }
}

/// The session token a browser sent.
pub fn read(incoming: &Incoming) -> Option<String> {
    named(incoming, name(incoming))
}

/// Any cookie of the request.
pub fn named(incoming: &Incoming, name: &str) -> Option<String> {
    let header = incoming.header("cookie")?;
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// Gives the browser its token.
pub fn set(incoming: &Incoming, token: &str) -> String {
    line(incoming, token, incoming.config.session.ttl_ms / 1_000)
}

/// Takes the token away.
pub fn clear(incoming: &Incoming) -> String {
    line(incoming, "", 0)
}

fn line(incoming: &Incoming, value: &str, max_age_s: u64) -> String {
    let secure = if is_loopback_http(incoming) { "" } else { " Secure;" };
    format!("{}={value}; Path=/;{secure} HttpOnly; SameSite=Lax; Max-Age={max_age_s}", name(incoming))
}

fn is_loopback_http(incoming: &Incoming) -> bool {
    let host = incoming.url.host_str().unwrap_or_default();
    !incoming.is_https() && matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}
