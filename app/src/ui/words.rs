//! Texts for words of the wire: statuses, winks, refusals, emoticons. The only place where such a word meets a locale.

use protocol::content::emoticons::Emoticon;

pub use crate::i18n::Texts;
use crate::i18n::{Locale, t_string};
use crate::store::roster::{BOT, SLEEPING, UNAVAILABLE};

/// A status as people read it.
pub fn status_word(i18n: Texts, status: &str) -> String {
    match status {
        "online" => t_string!(i18n, status.online),
        "busy" => t_string!(i18n, status.busy),
        "be_right_back" => t_string!(i18n, status.be_right_back),
        "away" => t_string!(i18n, status.away),
        "on_the_phone" => t_string!(i18n, status.on_the_phone),
        "out_to_lunch" => t_string!(i18n, status.out_to_lunch),
        "appear_offline" => t_string!(i18n, status.appear_offline),
        "blocked" => t_string!(i18n, status.blocked),
        BOT => t_string!(i18n, status.bot),
        SLEEPING => t_string!(i18n, status.sleeping),
        UNAVAILABLE => t_string!(i18n, status.unavailable),
        _ => t_string!(i18n, status.offline),
    }
    .to_owned()
}

/// Title of a wink.
pub fn wink_title(i18n: Texts, wink: &str) -> String {
    match wink {
        "postbox" => t_string!(i18n, wink.postbox),
        "cranes" => t_string!(i18n, wink.cranes),
        "storm" => t_string!(i18n, wink.storm),
        "robot" => t_string!(i18n, wink.robot),
        "mixtape" => t_string!(i18n, wink.mixtape),
        "tabby" => t_string!(i18n, wink.tabby),
        "lighthouse" => t_string!(i18n, wink.lighthouse),
        "toast" => t_string!(i18n, wink.toast),
        _ => "?",
    }
    .to_owned()
}

/// Returns the words that say why signing in or up did not work, for the code and the member in the address.
pub fn sign_in_error(i18n: Texts, code: &str, field: &str) -> String {
    match (code, field) {
        ("PERSONA_TAKEN", _) => t_string!(i18n, sign_in.error.taken),
        ("VALIDATION", "email") => t_string!(i18n, account.error.email),
        ("VALIDATION", "password") => t_string!(i18n, account.error.password),
        ("VALIDATION", "displayName") | ("INVALID_TEXT", _) => t_string!(i18n, sign_in.error.name),
        ("VALIDATION", _) => t_string!(i18n, sign_in.error.choose),
        ("PASSKEY", _) => t_string!(i18n, passkeys.wrong),
        ("BAD_CREDENTIALS", _) => t_string!(i18n, account.error.wrong),
        ("EMAIL_TAKEN", _) => t_string!(i18n, account.error.taken),
        ("TURNSTILE_REQUIRED" | "TURNSTILE_FAILED", _) => t_string!(i18n, sign_in.error.robot),
        ("RATE_LIMITED" | "OVERLOADED", _) => t_string!(i18n, sign_in.error.too_fast),
        ("UNAUTHENTICATED", _) => t_string!(i18n, sign_in.error.ended),
        ("NOT_SIGNED_OUT", _) => t_string!(i18n, refused.not_signed_out),
        _ => t_string!(i18n, sign_in.error.other),
    }
    .to_owned()
}

/// Name of an emoticon for people who do not see it.
pub fn emoticon_name(i18n: Texts, emoticon: &Emoticon) -> &'static str {
    match i18n.locale() {
        Locale::De => emoticon.de,
        Locale::En => emoticon.en,
    }
}
