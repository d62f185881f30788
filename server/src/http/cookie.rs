//! The cookies of a session and of a remembered browser (`sign-in.md` 3), and those that pages need for a while: host-only everywhere;
//! without `Secure` only on plain http to a loopback host.

use app::api::TypedField;
use protocol::codec::{cookies, percent};
use protocol::people::invite::read_code;
use protocol::wire::wasmchannel::{read_signed, signed};
use protocol::words::conversation_address::ConversationAddress;
use protocol::words::event::Millis;
use protocol::words::limits::{LIBRARY_SESSION_TTL_MS, TYPED_FORM_BYTES_MAX, TYPED_FORM_S};

use super::incoming::Incoming;

/// A cookie of the session or of a page, which scripts cannot read.
pub struct Cookie {
    name: &'static str,
    /// Browsers take it from this host alone, by its name.
    is_of_host: bool,
    /// `Strict` for what no other site can make a browser send.
    same_site: &'static str,
}

pub const SESSION: Cookie = Cookie { name: "cfm", is_of_host: true, same_site: "Lax" };
/// Refresh token by which a browser is remembered.
pub const REFRESH: Cookie = Cookie { name: "cfm-refresh", is_of_host: true, same_site: "Strict" };
/// Shows that the service token was typed into a browser.
pub const ADMIN: Cookie = Cookie { name: "cfm-admin", is_of_host: true, same_site: "Strict" };
/// Fields of a refused form, for its page.
pub const TYPED: Cookie = Cookie { name: "cfm-typed", is_of_host: true, same_site: "Strict" };
/// Code of the invite by which a browser came, until somebody is signed in.
pub const INVITE: Cookie = Cookie { name: "cfm-invite", is_of_host: false, same_site: "Lax" };
/// Conversation whose link a browser followed before anybody was signed in, or that was in view when a session ended.
pub const PLACE: Cookie = Cookie { name: "cfm-place", is_of_host: false, same_site: "Lax" };
/// Act of moderation that kept the browser out (`moderation.md` 3).
pub const ACT: Cookie = Cookie { name: "cfm-act", is_of_host: false, same_site: "Lax" };
/// A page came again by itself a moment ago.
pub const AGAIN: Cookie = Cookie { name: "cfm-again", is_of_host: false, same_site: "Lax" };

impl Cookie {
    fn name(&self, incoming: &Incoming) -> String {
        let prefix = if self.is_of_host && !is_loopback_http(incoming) { "__Host-" } else { "" };
        format!("{prefix}{}", self.name)
    }

    /// Returns the value that the browser sent, if it is not empty.
    pub fn read(&self, incoming: &Incoming) -> Option<String> {
        named(incoming, &self.name(incoming)).filter(|value| !value.is_empty())
    }

    /// Returns the line that has the browser keep a value.
    pub fn set(&self, incoming: &Incoming, value: &str, max_age_s: u64) -> String {
        let secure = if is_loopback_http(incoming) { "" } else { " Secure;" };
        let (name, same_site) = (self.name(incoming), self.same_site);
        format!("{name}={value}; Path=/;{secure} HttpOnly; SameSite={same_site}; Max-Age={max_age_s}")
    }

    /// Returns the line that takes it away.
    pub fn clear(&self, incoming: &Incoming) -> String {
        self.set(incoming, "", 0)
    }
}

pub fn named(incoming: &Incoming, name: &str) -> Option<String> {
    let header = incoming.header("cookie")?;
    cookies::named(&header, name).map(str::to_owned)
}

/// Gives the browser its token, until the session ends: a cookie that is there longer looks like that of a session which somebody has ended.
pub fn set_session(incoming: &Incoming, token: &str, ends_at: Millis) -> String {
    let left_ms = ends_at.saturating_sub(incoming.now).min(incoming.config.limits.session_ttl_ms);
    SESSION.set(incoming, token, left_ms.div_ceil(1_000))
}

/// Gives the browser the refresh token it is remembered by.
pub fn set_refresh(incoming: &Incoming, token: &str) -> String {
    REFRESH.set(incoming, token, incoming.config.limits.refresh_ttl_ms / 1_000)
}

/// Returns what was typed or chosen in a field of the form that was just refused.
pub fn read_typed(incoming: &Incoming, field: &str) -> Option<String> {
    let fields = TYPED.read(incoming)?;
    let pair = fields.split('&').find_map(|pair| pair.strip_prefix(field)?.strip_prefix('='))?;
    percent::decoded(pair, false)
}

/// Has the browser keep the fields of a refused form for its page; `None` for more than a cookie holds.
pub fn set_typed(incoming: &Incoming, fields: &[TypedField]) -> Option<String> {
    let pairs: Vec<String> = fields.iter().map(|(name, text)| format!("{name}={}", percent::encoded(text))).collect();
    let value = Some(pairs.join("&")).filter(|value| value.len() <= TYPED_FORM_BYTES_MAX)?;
    Some(TYPED.set(incoming, &value, TYPED_FORM_S))
}

/// Mark behind the code of an invite that guests may use, too. No code contains it.
const TAKES_GUESTS: &str = "*";
/// Mark behind the code of an invite that a visitor has accepted by the button that leads to a new account. No code contains it.
const ACCEPTED: &str = "!";
/// Seconds that somebody may take to sign in on their way to an invite or a conversation.
const INVITE_S: u64 = 1_800;

/// The code of the invite by which a browser came.
pub fn read_invite(incoming: &Incoming) -> Option<String> {
    read_code(&INVITE.read(incoming)?)
}

pub fn invite_takes_guests(incoming: &Incoming) -> bool {
    INVITE.read(incoming).is_some_and(|stored| stored.ends_with(TAKES_GUESTS))
}

/// Has the browser keep it until somebody is signed in.
pub fn set_invite(incoming: &Incoming, code: &str, takes_guests: bool) -> String {
    let mark = if takes_guests { TAKES_GUESTS } else { "" };
    INVITE.set(incoming, &format!("{code}{mark}"), INVITE_S)
}

/// Returns `true` if the browser's visitor has accepted the invite with this code.
pub fn is_invite_accepted(incoming: &Incoming, code: &str) -> bool {
    let is_marked = INVITE.read(incoming).is_some_and(|stored| stored.ends_with(ACCEPTED));
    is_marked && read_invite(incoming).is_some_and(|stored| stored == code)
}

/// Has the browser keep an accepted invite until somebody is signed in.
pub fn set_accepted_invite(incoming: &Incoming, code: &str) -> String {
    INVITE.set(incoming, &format!("{code}{ACCEPTED}"), INVITE_S)
}

/// The conversation whose link a browser followed before anybody was signed in, or that was in view when a session ended.
pub fn read_place(incoming: &Incoming) -> Option<ConversationAddress> {
    ConversationAddress::parse(&PLACE.read(incoming)?)
}

/// Has the browser keep it until somebody is signed in.
pub fn set_place(incoming: &Incoming, place: &ConversationAddress) -> String {
    PLACE.set(incoming, &place.query(), INVITE_S)
}

/// Seconds for which a browser that was kept out knows why.
pub const ACT_S: u64 = 1_800;

fn library_name(incoming: &Incoming) -> &'static str {
    if incoming.is_https() { "__Secure-better-auth.session_token" } else { "better-auth.session_token" }
}

/// The session token in the cookie of the session routes, if its signature is ours: by the secret, or by the one before it.
pub fn read_library(incoming: &Incoming) -> Option<String> {
    let door = &incoming.config.wasmchannel;
    let (value, secret) = (named(incoming, library_name(incoming))?, door.cookie_secret.as_deref()?);
    let before = || read_signed(&value, door.cookie_secret_previous.as_deref()?);
    read_signed(&value, secret).or_else(before)
}

/// Returns true if the cookie of the session routes is not signed by the secret of now.
pub fn is_library_signed_before(incoming: &Incoming) -> bool {
    let secret = incoming.config.wasmchannel.cookie_secret.as_deref();
    let value = named(incoming, library_name(incoming));
    value.zip(secret).is_some_and(|(value, secret)| read_signed(&value, secret).is_none())
}

/// Gives a client of the session routes its token, until the session's end or, without one, only until the browser is closed.
pub fn set_library(incoming: &Incoming, secret: &str, token: &str, ends_at: Option<Millis>) -> String {
    let max_age = ends_at.map_or_else(String::new, |ends_at| {
        // The clocks of Worker and object may differ a little: a week is a week.
        let left_ms = ends_at.saturating_sub(incoming.now).min(LIBRARY_SESSION_TTL_MS);
        format!("; Max-Age={}", left_ms.div_ceil(1_000))
    });
    library_line(incoming, &signed(token, secret), &max_age)
}

/// Takes it away.
pub fn clear_library(incoming: &Incoming) -> String {
    library_line(incoming, "", "; Max-Age=0")
}

fn library_line(incoming: &Incoming, value: &str, max_age: &str) -> String {
    let secure = if incoming.is_https() { " Secure;" } else { "" };
    format!("{}={value}; Path=/;{secure} HttpOnly; SameSite=Lax{max_age}", library_name(incoming))
}

fn is_loopback_http(incoming: &Incoming) -> bool {
    let host = incoming.url.host_str().unwrap_or_default();
    !incoming.is_https() && matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}
