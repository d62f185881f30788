//! Times in words, in the page's language. Only the browser renders rows and times; the server's pages name the time to wait, too.

use protocol::words::event::Millis;
use protocol::words::time::HOUR_MS;

use crate::prelude::*;

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

/// Returns `14:03` for a time of today, and the day for an earlier one.
pub fn brief_time(i18n: Texts, at: Millis) -> String {
    if clock::days_ago(at) == 0 { time(i18n, at) } else { day_rule(i18n, at, Day::InText) }
}

/// Returns `Friday 20 November 2026`.
pub fn full_date(i18n: Texts, at: Millis) -> String {
    clock::full_date_text(at, i18n.locale().as_str())
}

/// Returns the words of a day like `2026-11-20`: `20 November`.
pub fn day_words(i18n: Texts, day: &str) -> String {
    clock::day_text(day, i18n.locale().as_str()).unwrap_or_else(|| day.to_owned())
}

/// Returns the machine-readable form.
pub fn iso(at: Millis) -> String {
    clock::iso_text(at)
}

/// Returns the sentence that says when to try again: "Try again in 53 minutes."
pub fn wait_words(i18n: Texts, seconds: u64) -> String {
    match seconds {
        ..90 => t_string!(i18n, refused.again_seconds, count = seconds.max(1)),
        90..5_400 => t_string!(i18n, refused.again_minutes, count = seconds.div_ceil(60)),
        _ => t_string!(i18n, refused.again_hours, count = seconds.div_ceil(3_600)),
    }
}

/// Returns a signal that is `true` while the time of `end` lies ahead. It follows the clock.
pub fn is_ahead(end: impl Fn() -> Millis + Copy + Send + Sync + 'static) -> Memo<bool> {
    let turn = RwSignal::new(());
    Effect::new(move |_| {
        turn.track();
        let wait_ms = end().saturating_sub(clock::server_now_ms());
        if wait_ms > 0 {
            dom::after(wait_ms.min(HOUR_MS), move || {
                // The view may be gone.
                let _ = turn.try_set(());
            });
        }
    });
    Memo::new(move |_| {
        turn.track();
        end() > clock::server_now_ms()
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Locale, provide_i18n};

    #[test]
    fn a_wait_is_said_in_seconds_then_in_minutes_then_in_hours() {
        let owner = Owner::new();
        owner.set();
        let said = |locale| {
            let i18n = provide_i18n(locale);
            [0, 4, 89, 90, 3_180, 5_399, 5_400, 86_400].map(|seconds| wait_words(i18n, seconds))
        };
        let english =
            ["1 second", "4 seconds", "89 seconds", "2 minutes", "53 minutes", "90 minutes", "2 hours", "24 hours"];
        assert_eq!(said(Locale::En), english.map(|time| format!("Try again in {time}.")));
        let german = [
            "1 Sekunde",
            "4 Sekunden",
            "89 Sekunden",
            "2 Minuten",
            "53 Minuten",
            "90 Minuten",
            "2 Stunden",
            "24 Stunden",
        ];
        assert_eq!(said(Locale::De), german.map(|time| format!("Versuch es in {time} noch einmal.")));
    }
}
