//! Cookie with the appearance of pages, which the browser keeps for the server.

use app::appearance::{APPEARANCE_COOKIE, Appearance};
use protocol::words::language::preferred;

use super::cookie;
use super::incoming::Incoming;

/// Time for which a browser keeps it.
const LOOK_MAX_AGE_S: u64 = 31_536_000;

/// Has the browser keep a look.
pub fn look_cookie(incoming: &Incoming, look: &Appearance) -> String {
    let secure = if incoming.is_https() { " Secure;" } else { "" };
    let value = look.to_cookie();
    format!("{APPEARANCE_COOKIE}={value}; Path=/;{secure} SameSite=Lax; Max-Age={LOOK_MAX_AGE_S}")
}

/// Returns true if somebody was signed in with this browser, or has chosen a look.
pub fn look_is_kept(incoming: &Incoming) -> bool {
    cookie::named(incoming, APPEARANCE_COOKIE).is_some()
}

/// Returns what the browser keeps of how its pages look.
pub fn kept_look(incoming: &Incoming) -> Appearance {
    Appearance::from_cookie(&cookie::named(incoming, APPEARANCE_COOKIE).unwrap_or_default())
}

/// Returns the look that was chosen on this device. Until a language is, the browser's is taken.
pub fn look_of(incoming: &Incoming) -> Appearance {
    let look = kept_look(incoming);
    let accepted = incoming.header("accept-language").unwrap_or_default();
    let language = look.language.or_else(|| preferred(&accepted).map(str::to_owned));
    Appearance { language, ..look }
}
