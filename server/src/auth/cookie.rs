//! The cookies of a session and of a remembered browser (`messenger.md` 2.3): host-only everywhere; without `Secure`
//! only on plain http to a loopback host.

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
    line(incoming, name(incoming), token, "Lax", incoming.config.session.ttl_ms / 1_000)
}

/// Takes the token away.
pub fn clear(incoming: &Incoming) -> String {
    line(incoming, name(incoming), "", "Lax", 0)
}

fn refresh_name(incoming: &Incoming) -> &'static str {
    if is_loopback_http(incoming) { "cfm-refresh" } else { "__Host-cfm-refresh" }
}

/// The refresh token a browser sent.
pub fn read_refresh(incoming: &Incoming) -> Option<String> {
    named(incoming, refresh_name(incoming)).filter(|token| !token.is_empty())
}

/// Gives the browser the refresh token it is remembered by. No other site can make it send this one.
pub fn set_refresh(incoming: &Incoming, token: &str) -> String {
    line(incoming, refresh_name(incoming), token, "Strict", incoming.config.refresh_ttl_ms / 1_000)
}

/// The browser is not remembered any more.
pub fn clear_refresh(incoming: &Incoming) -> String {
    line(incoming, refresh_name(incoming), "", "Strict", 0)
}

fn line(incoming: &Incoming, name: &str, value: &str, same_site: &str, max_age_s: u64) -> String {
    let secure = if is_loopback_http(incoming) { "" } else { " Secure;" };
    format!("{name}={value}; Path=/;{secure} HttpOnly; SameSite={same_site}; Max-Age={max_age_s}")
}

fn is_loopback_http(incoming: &Incoming) -> bool {
    let host = incoming.url.host_str().unwrap_or_default();
    !incoming.is_https() && matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}
