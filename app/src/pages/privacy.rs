//! `/privacy`: the stored data about people, with its place and duration. The server renders it alone: no script and no hydration.
//!
//! The texts are documents beside this file, one for each language, because every page would load texts in `locales`.

use leptos_router::hooks::use_query_map;
use protocol::words::language;
use protocol::words::limits::{INBOX_ENTRIES_MAX, RETENTION_EVENTS_MIN, RETENTION_IDS_MS};
use protocol::words::time::DAY_MS;

use super::frame::{Caption, Frame, own_appearance};
use super::languages::other_languages;
use crate::appearance::Appearance;
use crate::prelude::*;

// `PAGES`, in the order of `i18n::Locale` (`build.rs`).
include!(concat!(env!("OUT_DIR"), "/privacy_pages.rs"));

/// Durations, and other facts on the page, that a deployment can choose. The server puts them into the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionTimes {
    /// Days that events are kept.
    pub retention_days: u64,
    /// Days that unread entries are kept.
    pub inbox_days: u64,
    /// Minutes after which a silent session ends.
    pub session_minutes: u64,
    /// Hours after which any session ends.
    pub session_hours: u64,
    /// Days that a browser is remembered.
    pub remembered_days: u64,
    /// Days that rows of operation are kept.
    pub audit_days: u64,
    /// Days within which an account can be had back after its deletion was asked for.
    pub undo_days: u64,
    /// Hours within which a message can be deleted for everybody.
    pub delete_hours: u64,
    /// Hours that a file is kept which no message shows.
    pub file_hours: u64,
    /// Where objects must stay: a value of `JURISDICTION` (`leaving.md` 5).
    pub jurisdiction: Option<&'static str>,
    /// An external script counts page views ([`crate::shell::WebAnalytics`]).
    pub is_counted: bool,
}

/// The page, in the language of `?lang=` or else of the visitor.
#[component]
pub fn PrivacyPage() -> impl IntoView {
    let wanted = use_query_map().with_untracked(|query| query.get("lang"));
    let own = own_appearance();
    let language = wanted.filter(|tag| language::find(tag).is_some()).or(own.language.clone());
    view! { <Frame appearance=Appearance { language, ..own }><Paper /></Frame> }
}

#[component]
pub fn Paper() -> impl IntoView {
    let i18n = use_i18n();
    let locale = i18n.locale();
    let text = use_context::<RetentionTimes>().map(|times| filled(PAGES[locale as usize], &times)).unwrap_or_default();
    view! {
        <div class="desk" aria-hidden="true"></div>
        <main class="centre">
            <article class="window paper" aria-labelledby="paper-title">
                <Caption />
                <div class="window-body">
                    <nav class="paper-ways" aria-label=t_string!(i18n, app.title)>
                        <a href="/">{t_string!(i18n, app.go_home)}</a>
                        {other_languages(locale, "/privacy")}
                    </nav>
                    <div class="paper-text" inner_html=text></div>
                </div>
            </article>
        </main>
    }
}

/// Returns the text of this deployment: parts for other deployments are removed, and numbers replace their names.
fn filled(text: &str, times: &RetentionTimes) -> String {
    let numbers = [
        ("retention_days", times.retention_days),
        ("inbox_days", times.inbox_days),
        ("session_minutes", times.session_minutes),
        ("session_hours", times.session_hours),
        ("remembered_days", times.remembered_days),
        ("audit_days", times.audit_days),
        ("undo_days", times.undo_days),
        ("delete_hours", times.delete_hours),
        ("events_min", RETENTION_EVENTS_MIN),
        ("ids_days", RETENTION_IDS_MS / DAY_MS),
        ("inbox_entries", INBOX_ENTRIES_MAX as u64),
        ("file_hours", times.file_hours),
    ];
    let counter = if times.is_counted { "counted" } else { "uncounted" };
    // A jurisdiction without a sentence of its own promises nothing.
    let is_named = |place: &&str| text.contains(&format!("<!--{place}-->"));
    let place = times.jurisdiction.filter(is_named).unwrap_or("anywhere");
    numbers.iter().fold(with_parts(text, [counter, place]), |text, (name, number)| {
        text.replace(&format!("{{{name}}}"), &number.to_string())
    })
}

/// Returns the text without marks, and without the parts between another mark than these and the next end mark.
fn with_parts(text: &str, marks: [&str; 2]) -> String {
    let mut pieces = text.split("<!--");
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for (mark, words) in pieces.filter_map(|piece| piece.split_once("-->")) {
        if mark == "/" || marks.contains(&mark) {
            kept.push_str(words);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETENTION: RetentionTimes = RetentionTimes {
        retention_days: 91,
        inbox_days: 31,
        session_minutes: 21,
        session_hours: 25,
        remembered_days: 32,
        audit_days: 181,
        undo_days: 8,
        delete_hours: 26,
        file_hours: 27,
        jurisdiction: None,
        is_counted: false,
    };

    #[test]
    fn every_language_names_every_number() {
        for text in PAGES {
            let filled = filled(text, &RETENTION);
            assert!(!filled.contains(['{', '}']), "a name without a number");
            for number in ["91", "31", "21", "25", "32", "181", "8", "26", "27", "100", "7", "1000", "24"] {
                assert!(filled.contains(number), "{number} is missing");
            }
        }
    }

    #[test]
    fn nothing_comes_from_elsewhere_but_where_page_views_are_counted() {
        for text in PAGES {
            let says = text.split_once("<!--uncounted-->").and_then(|(_, rest)| rest.split_once("<!--/-->")).unwrap().0;
            for is_counted in [false, true] {
                let filled = filled(text, &RetentionTimes { is_counted, ..RETENTION });
                assert_eq!(filled.contains(says), !is_counted);
                assert_eq!(filled.contains("static.cloudflareinsights.com"), is_counted);
                assert_eq!(filled.contains("id=\"counter\""), is_counted);
                assert!(filled.contains("id=\"secrecy\""), "what follows is there");
            }
        }
    }

    #[test]
    fn each_jurisdiction_has_a_sentence_of_its_own_and_an_unknown_one_promises_nothing() {
        for text in PAGES {
            let of = |jurisdiction| filled(text, &RetentionTimes { jurisdiction, ..RETENTION });
            let [anywhere, eu, us, fedramp] = [None, Some("eu"), Some("us"), Some("fedramp")].map(of);
            assert_eq!(
                [&anywhere, &eu, &us, &fedramp].map(|said| said.contains("FedRAMP")),
                [false, false, false, true]
            );
            assert!(eu.contains("urop") && !anywhere.contains("urop") && !us.contains("urop"));
            assert!(anywhere != us && !us.contains("<!--"));
            assert_eq!(of(Some("mars")), anywhere);
        }
    }

    #[test]
    fn all_languages_have_the_same_sections() {
        let ids = |text: &str| -> Vec<String> {
            text.split("id=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or("").to_owned()).collect()
        };
        for text in PAGES {
            assert_eq!(ids(text), ids(PAGES[0]));
            assert_eq!(text.matches("<dt>").count(), PAGES[0].matches("<dt>").count());
        }
    }
}
