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
    cookies::named(&header, name).map(str::to_owned)
}

/// Gives the browser its token, until the session ends: a cookie that is there longer looks like that of a session which somebody has ended.
pub fn set(incoming: &Incoming, token: &str, ends_at: Millis) -> String {
    let left_ms = ends_at.saturating_sub(incoming.now).min(incoming.config.limits.session_ttl_ms);
    line(incoming, name(incoming), token, "Lax", left_ms.div_ceil(1_000))
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
    line(incoming, refresh_name(incoming), token, "Strict", incoming.config.limits.refresh_ttl_ms / 1_000)
}

/// The browser is not remembered any more.
pub fn clear_refresh(incoming: &Incoming) -> String {
    line(incoming, refresh_name(incoming), "", "Strict", 0)
}

fn admin_name(incoming: &Incoming) -> &'static str {
    if is_loopback_http(incoming) { "cfm-admin" } else { "__Host-cfm-admin" }
}

/// Returns the cookie by which a browser shows that the service token was typed into it.
pub fn read_admin(incoming: &Incoming) -> Option<String> {
    named(incoming, admin_name(incoming))
}

/// Gives the browser what shows that. No other site can make it send this one.
pub fn set_admin(incoming: &Incoming, value: &str, max_age_s: u64) -> String {
    line(incoming, admin_name(incoming), value, "Strict", max_age_s)
}

/// Takes it away.
pub fn clear_admin(incoming: &Incoming) -> String {
    line(incoming, admin_name(incoming), "", "Strict", 0)
}

fn typed_name(incoming: &Incoming) -> &'static str {
    if is_loopback_http(incoming) { "cfm-typed" } else { "__Host-cfm-typed" }
}

/// Returns `true` if the browser has the fields of a refused form.
pub fn has_typed(incoming: &Incoming) -> bool {
    named(incoming, typed_name(incoming)).is_some()
}

/// Returns what was typed or chosen in a field of the form that was just refused.
pub fn read_typed(incoming: &Incoming, field: &str) -> Option<String> {
    let fields = named(incoming, typed_name(incoming))?;
    let pair = fields.split('&').find_map(|pair| pair.strip_prefix(field)?.strip_prefix('='))?;
    percent::decoded(pair, false)
}

/// Has the browser keep the fields of a refused form for its page; `None` for more than a cookie holds.
pub fn set_typed(incoming: &Incoming, fields: &[TypedField]) -> Option<String> {
    let pairs: Vec<String> = fields.iter().map(|(name, text)| format!("{name}={}", percent::encoded(text))).collect();
    let value = Some(pairs.join("&")).filter(|value| value.len() <= TYPED_FORM_BYTES_MAX)?;
    Some(line(incoming, typed_name(incoming), &value, "Strict", TYPED_FORM_S))
}

/// Takes them away.
pub fn clear_typed(incoming: &Incoming) -> String {
    line(incoming, typed_name(incoming), "", "Strict", 0)
}

const INVITE: &str = "cfm-invite";
/// Mark behind the code of an invite that guests may use, too. No code contains it.
const TAKES_GUESTS: &str = "*";
/// Mark behind the code of an invite that a visitor has accepted by the button that leads to a new account. No code contains it.
const ACCEPTED: &str = "!";
/// Seconds that somebody may take to sign in on their way to an invite or a conversation.
const INVITE_S: u64 = 1_800;

/// The code of the invite by which a browser came.
pub fn read_invite(incoming: &Incoming) -> Option<String> {
    read_code(&named(incoming, INVITE)?)
}

/// Returns `true` if guests may use that invite, too.
pub fn invite_takes_guests(incoming: &Incoming) -> bool {
    named(incoming, INVITE).is_some_and(|stored| stored.ends_with(TAKES_GUESTS))
}

/// Has the browser keep it until somebody is signed in.
pub fn set_invite(incoming: &Incoming, code: &str, takes_guests: bool) -> String {
    let mark = if takes_guests { TAKES_GUESTS } else { "" };
    line(incoming, INVITE, &format!("{code}{mark}"), "Lax", INVITE_S)
}

/// Returns `true` if the browser's visitor has accepted the invite with this code.
pub fn is_invite_accepted(incoming: &Incoming, code: &str) -> bool {
    let is_marked = named(incoming, INVITE).is_some_and(|stored| stored.ends_with(ACCEPTED));
    is_marked && read_invite(incoming).is_some_and(|stored| stored == code)
}

/// Has the browser keep an accepted invite until somebody is signed in.
pub fn set_accepted_invite(incoming: &Incoming, code: &str) -> String {
    line(incoming, INVITE, &format!("{code}{ACCEPTED}"), "Lax", INVITE_S)
}

/// Takes it away.
pub fn clear_invite(incoming: &Incoming) -> String {
    line(incoming, INVITE, "", "Lax", 0)
}

const PLACE: &str = "cfm-place";

/// The conversation whose link a browser followed before anybody was signed in, or that was in view when a session ended.
pub fn read_place(incoming: &Incoming) -> Option<ConversationAddress> {
    ConversationAddress::parse(&named(incoming, PLACE)?)
}

/// Has the browser keep it until somebody is signed in.
pub fn set_place(incoming: &Incoming, place: &ConversationAddress) -> String {
    line(incoming, PLACE, &place.query(), "Lax", INVITE_S)
}

/// Takes it away.
pub fn clear_place(incoming: &Incoming) -> String {
    line(incoming, PLACE, "", "Lax", 0)
}

const ACT: &str = "cfm-act";
/// Seconds for which a browser that was kept out knows why.
const ACT_S: u64 = 1_800;

/// The act of moderation that kept the browser out (`moderation.md` 3).
pub fn read_act(incoming: &Incoming) -> Option<String> {
    named(incoming, ACT).filter(|act| !act.is_empty())
}

/// Has the browser keep it for a while.
pub fn set_act(incoming: &Incoming, act: &str) -> String {
    line(incoming, ACT, act, "Lax", ACT_S)
}

const COMES_AGAIN: &str = "cfm-again";

/// Returns true if a page came again by itself a moment ago.
pub fn comes_again(incoming: &Incoming) -> bool {
    named(incoming, COMES_AGAIN).is_some()
}

/// Has the browser say so for a moment.
pub fn set_comes_again(incoming: &Incoming, max_age_s: u64) -> String {
    line(incoming, COMES_AGAIN, "1", "Lax", max_age_s)
}

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

fn line(incoming: &Incoming, name: &str, value: &str, same_site: &str, max_age_s: u64) -> String {
    let secure = if is_loopback_http(incoming) { "" } else { " Secure;" };
    format!("{name}={value}; Path=/;{secure} HttpOnly; SameSite={same_site}; Max-Age={max_age_s}")
}

fn is_loopback_http(incoming: &Incoming) -> bool {
    let host = incoming.url.host_str().unwrap_or_default();
    !incoming.is_https() && matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}
