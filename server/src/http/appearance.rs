//! Cookie with the appearance of pages, which the browser keeps for the server.

use app::appearance::{APPEARANCE_COOKIE, Appearance};
use protocol::words::language::preferred;

use super::cookie;
use super::incoming::Incoming;

/// Time for which a browser keeps the cookie.
const APPEARANCE_MAX_AGE_S: u64 = 31_536_000;

/// Returns the `set-cookie` line with which the browser keeps an appearance.
pub fn appearance_cookie(incoming: &Incoming, appearance: &Appearance) -> String {
    let secure = if incoming.is_https() { " Secure;" } else { "" };
    let value = appearance.to_cookie();
    format!("{APPEARANCE_COOKIE}={value}; Path=/;{secure} SameSite=Lax; Max-Age={APPEARANCE_MAX_AGE_S}")
}

/// Returns true if somebody was signed in with this browser, or has chosen an appearance.
pub fn has_appearance_cookie(incoming: &Incoming) -> bool {
    cookie::named(incoming, APPEARANCE_COOKIE).is_some()
}

/// Returns the appearance in the cookie; the default one without a cookie.
pub fn cookie_appearance(incoming: &Incoming) -> Appearance {
    Appearance::from_cookie(&cookie::named(incoming, APPEARANCE_COOKIE).unwrap_or_default())
}

/// Returns the appearance that was chosen on this device, with the browser's language until a language is chosen.
pub fn appearance_of(incoming: &Incoming) -> Appearance {
    let appearance = cookie_appearance(incoming);
    let accepted = incoming.header("accept-language").unwrap_or_default();
    let language = appearance.language.or_else(|| preferred(&accepted).map(str::to_owned));
    Appearance { language, ..appearance }
}
