//! Times in words, in the page's language. Only the browser renders rows and times.

use protocol::words::event::Millis;

use super::words::Texts;
use crate::browser::clock;
use crate::i18n::t_string;

/// Place in which a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// Rule above the first message of the day: "Today, 20 November".
    InRule,
    /// End of a sentence: "today".
    InText,
}

/// Returns `14:03`.
pub fn time(i18n: Texts, at: Millis) -> String {
    clock::time_text(at, i18n.locale().as_str())
}

/// Returns `Friday 20 November 2026`.
pub fn full_date(i18n: Texts, at: Millis) -> String {
    clock::full_date_text(at, i18n.locale().as_str())
}

/// Returns the machine-readable form.
pub fn iso(at: Millis) -> String {
    clock::iso_text(at)
}

/// Returns the local day of `at` in words.
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
