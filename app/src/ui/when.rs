//! Times in words, in the page's language. Rows and times exist in the browser only.

use protocol::words::event::Millis;

use super::words::Texts;
use crate::browser::clock;
use crate::i18n::t_string;

/// Place where a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// In the rule above its first message: "Today, 20 November".
    InRule,
    /// At the end of a sentence: "today".
    InText,
}

/// `14:03`.
pub fn time(i18n: Texts, at: Millis) -> String {
    clock::time_text(at, i18n.locale().as_str())
}

/// `Friday 20 November 2026`.
pub fn full_date(i18n: Texts, at: Millis) -> String {
    clock::full_date_text(at, i18n.locale().as_str())
}

/// For machines.
pub fn iso(at: Millis) -> String {
    clock::iso_text(at)
}

/// The local day of `at`.
pub fn day_rule(i18n: Texts, at: Millis, day: Day) -> String {
    let date = clock::date_text(at, i18n.locale().as_str());
    match (clock::days_ago(at), day) {
        (0, Day::InRule) => t_string!(i18n, conversation.day_today, date = date),
        (1, Day::InRule) => t_string!(i18n, conversation.day_yesterday, date = date),
        (0, Day::InText) => t_string!(i18n, conversation.today).to_owned(),
        (1, Day::InText) => t_string!(i18n, conversation.yesterday).to_owned(),
        _ => date,
    }
}
