//! Texts for words of the wire: statuses, winks, refusals. Only this file and `emoticons` map such words to texts.

use protocol::content::kinds::NotificationKind;

use super::when::wait_words;
use crate::browser::CallError;
pub use crate::i18n::Texts;
use crate::i18n::{Locale, ServerTexts, in_english, names, t_string};
use crate::store::roster::{BOT, SLEEPING, UNAVAILABLE};

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

/// Returns the title of a wink. A page that is older than the wink has no title for it.
pub fn wink_title(i18n: Texts, wink: &str) -> &'static str {
    names::wink::title::find(wink).map_or("?", |title| i18n.plain(title))
}

/// Returns the English title of a wink, for the catalogue of the API.
pub fn english_wink_title(wink: &str) -> &'static str {
    names::wink::title::find(wink).map_or("?", in_english)
}

/// Returns the description of a wink's picture.
pub fn wink_shows(i18n: Texts, wink: &str) -> &'static str {
    names::wink::shows::find(wink).map_or("", |shows| i18n.plain(shows))
}

/// Returns the text of a notification that neither names people nor shows what they wrote, in the language of its browser (`push.md` 3.4).
pub fn notification_words(language: &str, what: NotificationKind) -> &'static str {
    let t = ServerTexts(Locale::of(language));
    match what {
        NotificationKind::Message => t_string!(t, notification.message),
        NotificationKind::Wink => t_string!(t, notification.wink),
        NotificationKind::Nudge => t_string!(t, notification.nudge),
        NotificationKind::Request => t_string!(t, notification.request),
    }
}

/// Returns the text of a refused sign-in or registration, for the code and the member in the address.
pub fn sign_in_error(i18n: Texts, code: &str, field: &str) -> String {
    match (code, field) {
        ("PERSONA_TAKEN", _) => t_string!(i18n, sign_in.error.taken),
        ("VALIDATION", "email") => t_string!(i18n, account.error.email),
        ("VALIDATION", "password") => t_string!(i18n, account.error.password),
        ("VALIDATION", "displayName") | ("INVALID_TEXT", _) => t_string!(i18n, sign_in.error.name),
        ("VALIDATION", _) => t_string!(i18n, sign_in.error.choose),
        ("PASSKEY", _) => t_string!(i18n, passkeys.wrong),
        ("BAD_CREDENTIALS", _) => t_string!(i18n, account.error.wrong),
        ("SECOND_FACTOR", _) => t_string!(i18n, account.error.factor),
        ("BANNED", _) => t_string!(i18n, moderated.banned),
        ("EMAIL_TAKEN", _) => t_string!(i18n, account.error.taken),
        ("MAIL_OFF", _) => t_string!(i18n, account.error.mail_off),
        ("TURNSTILE_REQUIRED" | "TURNSTILE_FAILED", _) => t_string!(i18n, sign_in.error.robot),
        ("RATE_LIMITED" | "OVERLOADED", _) => t_string!(i18n, sign_in.error.too_fast),
        ("UNAUTHENTICATED", _) => t_string!(i18n, sign_in.error.ended),
        ("SESSION_BANNED", _) => t_string!(i18n, sign_in.error.banned),
        ("NOT_SIGNED_OUT", _) => t_string!(i18n, refused.not_signed_out),
        _ => t_string!(i18n, sign_in.error.other),
    }
    .to_owned()
}

/// Returns `true` for the codes of a limit.
pub fn is_limit(code: &str) -> bool {
    matches!(code, "RATE_LIMITED" | "OVERLOADED")
}

/// Returns the text of a limit of attempts, with the time to wait if the server has named it.
pub fn limit_words(i18n: Texts, retry_after_s: Option<u64>) -> String {
    match retry_after_s {
        Some(seconds) => format!("{} {}", t_string!(i18n, sign_in.error.too_many), wait_words(i18n, seconds)),
        None => t_string!(i18n, sign_in.error.too_fast).to_owned(),
    }
}

/// Returns the text of a refused form: a limit says when to come back, and `words` returns the text of any other code.
pub fn refused_words<W: Into<String>>(i18n: Texts, error: &CallError, words: impl FnOnce(&str) -> W) -> String {
    match is_limit(&error.code) {
        true => limit_words(i18n, error.retry_after_ms.map(|ms| ms.div_ceil(1_000))),
        false => words(&error.code).into(),
    }
}

/// Returns the text of a refusal that every form can get.
pub fn common_refusal(i18n: Texts, code: &str) -> &'static str {
    match code {
        "BAD_CREDENTIALS" => t_string!(i18n, own_account.wrong),
        "TURNSTILE_REQUIRED" | "TURNSTILE_FAILED" => t_string!(i18n, sign_in.error.robot),
        "NETWORK" => t_string!(i18n, refused.network),
        _ => t_string!(i18n, refused.other),
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;
    use protocol::codec::json::Value;
    use protocol::words::winks::WINKS;

    use super::*;
    use crate::i18n::provide_i18n;

    #[test]
    fn every_wink_has_its_texts_and_every_text_its_wink() {
        // All languages have the texts of the first one (`build.rs`).
        let english = Value::parse(include_str!("../../locales/en.json")).unwrap();
        let mut ids: Vec<&str> = WINKS.iter().map(|wink| wink.id).collect();
        ids.sort_unstable();
        for group in ["title", "shows"] {
            let texts = english.get("wink").and_then(|winks| winks.get(group)).and_then(Value::as_object).unwrap();
            let mut names: Vec<&str> = texts.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            assert_eq!(names, ids, "{group}");
        }
    }

    #[test]
    fn a_limit_says_when_to_come_back_if_that_is_known() {
        let owner = Owner::new();
        owner.set();
        let texts = provide_i18n(Locale::En);
        texts.add_lazy_texts();
        assert_eq!(limit_words(texts, Some(3_180)), "Too many attempts. Try again in 53 minutes.");
        assert_eq!(limit_words(texts, None), sign_in_error(texts, "RATE_LIMITED", ""));
        assert!(is_limit("OVERLOADED") && !is_limit("BAD_CREDENTIALS"));
    }

    #[test]
    fn a_wink_is_called_by_its_title() {
        let owner = Owner::new();
        owner.set();
        let texts = provide_i18n(Locale::De);
        assert_eq!(wink_title(texts, "toast"), "Toastsprung");
        assert_eq!(wink_title(texts, "unheard-of"), "?");
        assert_eq!(english_wink_title("toast"), "Toast Pop");
        assert_eq!(wink_shows(texts, "robot"), "ein tanzender Blechroboter");
    }
}
