//! Laws of the past of demo rooms: its form, its days (always the last ones), its order, and its own ids.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::content::emoticons;
use crate::words::ids::is_uuid;
use crate::words::iso::iso_utc;
use crate::words::limits::{CONTENT_UNITS_MAX, HISTORY_BYTES_MAX, HISTORY_DAYS_MAX, HISTORY_LINES_MAX};
use crate::words::personas;
use crate::words::time::DAY_MS;

const SMALL: &str = r#"{"language": "en", "name": "Small", "lines": [
  {"daysAgo": 30, "at": "14:02", "persona": "user_1", "name": "q", "text": "one"},
  {"daysAgo": 12, "at": "09:10", "persona": "user_4", "nudge": true},
  {"daysAgo": 12, "at": "09:11", "persona": "user_2", "wink": "storm"},
  {"daysAgo": 2, "at": "00:00", "persona": "user_2", "replyTo": "q", "text": "two"},
  {"daysAgo": 1, "at": "23:59", "persona": "user_20", "react": "heart", "to": "q"}
]}"#;

/// Returns the texts of a past with their writers.
fn texts(history: &History) -> Vec<(&str, &str)> {
    let mut texts = Vec::new();
    for line in &history.lines {
        if let LineContent::Text { text, .. } = &line.what {
            texts.push((line.persona.as_str(), text.as_str()));
        }
    }
    texts
}

#[test]
fn each_language_has_a_month_of_talk_of_twelve() {
    for language in languages() {
        let history = history(language).unwrap();
        assert_eq!(history.language, language);
        let cast: BTreeSet<_> = history.lines.iter().map(|line| line.persona.as_str()).collect();
        assert_eq!(cast.len(), 12, "{language}");
        assert!(cast.iter().all(|id| personas::find(id).is_some()));
        assert!((100..=HISTORY_LINES_MAX).contains(&history.lines.len()), "{}", history.lines.len());
        let days: BTreeSet<_> = history.lines.iter().map(|line| line.before_ms.div_ceil(DAY_MS)).collect();
        assert!(days.len() >= 20 && days.first() == Some(&1) && days.last() == Some(&HISTORY_DAYS_MAX), "{days:?}");
        let count = |is: fn(&LineContent<usize>) -> bool| history.lines.iter().filter(|line| is(&line.what)).count();
        assert_eq!(count(|what| matches!(what, LineContent::Nudge)), 2);
        assert_eq!(count(|what| matches!(what, LineContent::Wink { .. })), 3);
        assert!(count(|what| matches!(what, LineContent::React { .. })) >= 10);
        assert!(count(|what| matches!(what, LineContent::Text { reply_to: Some(_), .. })) >= 5);
    }
    assert!(history("tlh").is_err() && history("").is_err());
}

#[test]
fn they_show_what_talk_can_be() {
    for language in languages() {
        let history = history(language).unwrap();
        let texts = texts(&history);
        let units = |text: &str| text.encode_utf16().count();
        let long: Vec<_> = texts.iter().filter(|(_, text)| units(text) > 600).collect();
        assert_eq!(long.len(), 1, "one story");
        assert!((1_800..=CONTENT_UNITS_MAX).contains(&units(long[0].1)), "{}", units(long[0].1));
        let is_turned = |text: &str| text.chars().any(|c| matches!(c, '\u{590}'..='\u{6ff}'));
        let turned: BTreeSet<_> = texts.iter().filter(|(_, text)| is_turned(text)).map(|(who, _)| *who).collect();
        assert!(turned.contains(long[0].0), "who tells it writes from right to left as well");
        let has_face =
            |text: &str| text.match_indices([':', '(']).any(|(at, _)| emoticons::at_start(&text[at..]).is_some());
        assert!(texts.iter().filter(|(_, text)| has_face(text)).count() >= 5);
        let names_reader =
            |text: &str| ["screen reader", "screenreader", "lecteur d’écran"].iter().any(|name| text.contains(name));
        assert!(texts.iter().any(|(who, text)| *who == "user_18" && names_reader(&text.to_lowercase())));
        let different: BTreeSet<_> = texts.iter().collect();
        assert_eq!(different.len(), texts.len(), "nobody says a thing twice");
    }
}

#[test]
fn nobody_reacts_twice_or_to_themselves() {
    for language in languages() {
        let history = history(language).unwrap();
        let mut seen = BTreeSet::new();
        for line in &history.lines {
            if let LineContent::React { to, reaction } = &line.what {
                assert_ne!(history.lines[*to].persona, line.persona, "line {to}");
                assert!(seen.insert((&line.persona, reaction, to)), "line {to}");
            }
        }
    }
}

#[test]
fn a_line_is_at_its_time_of_day_so_many_days_ago() {
    let history = History::read(SMALL).unwrap();
    let now = 1_795_000_000_000;
    assert_eq!(iso_utc(now), "2026-11-18T11:06:40.000Z");
    let seeds = history.at("a", now);
    let times: Vec<_> = seeds.iter().map(|seed| iso_utc(seed.at)).collect();
    assert_eq!(
        times.iter().map(|time| &time[..16]).collect::<Vec<_>>(),
        ["2026-10-19T14:02", "2026-11-06T09:10", "2026-11-06T09:11", "2026-11-16T00:00", "2026-11-17T23:59"]
    );
    assert_eq!(seeds[0].say, LineContent::Text { text: "one".to_owned(), reply_to: None });
    assert_eq!((seeds[1].persona, &seeds[1].say), ("user_4", &LineContent::Nudge));
    assert_eq!(seeds[2].say, LineContent::Wink { id: "storm" });
    assert_eq!(seeds[3].say, LineContent::Text { text: "two".to_owned(), reply_to: Some(seeds[0].id.clone()) });
    assert_eq!(seeds[4].say, LineContent::React { to: seeds[0].id.clone(), reaction: "heart".to_owned() });
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line() {
    let long = format!(r#""text": "{}""#, "a".repeat(CONTENT_UNITS_MAX + 1));
    let wrong = [
        (r#""language": "en""#, r#""language": "tlh""#, None),
        (r#""language": "en", "#, "", None),
        (r#""name": "Small""#, r#""name": " Small""#, None),
        (r#""name": "Small""#, r#""name": """#, None),
        (r#""name": "Small""#, r#""name": "Small", "more": 1"#, None),
        (r#""name": "Small""#, r#""name": "Small", "lines": []"#, None),
        (r#""lines": ["#, r#""line": ["#, None),
        (r#""lines": ["#, r#""lines": 5, "line": ["#, None),
        (r#""daysAgo": 30"#, r#""daysAgo": 31"#, Some(0)),
        (r#""daysAgo": 30"#, r#""daysAgo": 12.5"#, Some(0)),
        (r#""daysAgo": 30"#, r#""daysAgo": 1"#, Some(1)),
        (r#""daysAgo": 30, "#, "", Some(0)),
        (r#""daysAgo": 1, "#, r#""daysAgo": 0, "#, Some(4)),
        (r#""at": "14:02""#, r#""at": "24:00""#, Some(0)),
        (r#""at": "14:02""#, r#""at": "14:60""#, Some(0)),
        (r#""at": "14:02""#, r#""at": "+4:02""#, Some(0)),
        (r#""at": "14:02""#, r#""at": "14:2""#, Some(0)),
        (r#""at": "14:02""#, r#""at": "1402""#, Some(0)),
        (r#""at": "09:11""#, r#""at": "09:10""#, Some(2)),
        (r#""at": "09:11""#, r#""at": "09:09""#, Some(2)),
        (r#""persona": "user_20""#, r#""persona": "user_21""#, Some(4)),
        (r#""persona": "user_20""#, r#""persona": "bot_nova""#, Some(4)),
        (r#""nudge": true"#, r#""nudge": false"#, Some(1)),
        (r#""nudge": true"#, r#""nudge": true, "wink": "storm""#, Some(1)),
        (r#""nudge": true"#, r#""nudge": true, "name": "b""#, Some(1)),
        (r#""nudge": true"#, r#""nudge": true, "replyTo": "q""#, Some(1)),
        (r#""nudge": true"#, r#""nudge": true, "to": "q""#, Some(1)),
        (r#""nudge": true"#, r#""nudge": true, "nudge": true"#, Some(1)),
        (r#""nudge": true"#, r#""status": "busy""#, Some(1)),
        (r#", "nudge": true"#, "", Some(1)),
        (r#""wink": "storm""#, r#""wink": "gale""#, Some(2)),
        (r#""text": "two""#, r#""text": " ""#, Some(3)),
        (r#""text": "two""#, r#""text": "two", "react": "heart""#, Some(3)),
        (r#""text": "two""#, long.as_str(), Some(3)),
        (r#""replyTo": "q""#, r#""replyTo": "p""#, Some(3)),
        (r#""replyTo": "q""#, r#""replyTo": "q", "name": "q""#, Some(3)),
        (r#""replyTo": "q""#, r#""replyTo": "p", "name": "p""#, Some(3)),
        (r#""react": "heart""#, r#""react": "word""#, Some(4)),
        (r#""to": "q""#, r#""to": "p""#, Some(4)),
        (r#", "to": "q""#, "", Some(4)),
    ];
    for (right, other, line) in wrong {
        assert_eq!(SMALL.matches(right).count(), 1, "{right}");
        let error = History::read(&SMALL.replace(right, other)).unwrap_err();
        let said = match &error {
            HistoryError::Line(at, _) | HistoryError::LineForm(at, _) => Some(*at),
            _ => None,
        };
        assert_eq!(said, line, "{other}: {error}");
        assert_eq!(
            error.to_string().split(':').next() == Some(&format!("line {}", said.unwrap_or(99))),
            said.is_some()
        );
    }
    assert!(History::read("").is_err() && History::read("[]").is_err());
}

#[test]
fn a_file_has_so_many_lines_and_bytes() {
    let with = |lines: usize| {
        let line = |at: usize| {
            let (day, hour, minute) = (30 - at / 1_440, at / 60 % 24, at % 60);
            format!(r#"{{"daysAgo":{day},"at":"{hour:02}:{minute:02}","persona":"user_1","nudge":true}}"#)
        };
        let lines: Vec<_> = (0..lines).map(line).collect();
        History::read(&format!(r#"{{"language":"en","name":"A","lines":[{}]}}"#, lines.join(",")))
    };
    assert!(with(1).is_ok() && with(HISTORY_LINES_MAX).is_ok());
    assert!(with(0).is_err() && with(HISTORY_LINES_MAX + 1).is_err());
    let padded = |bytes: usize| format!("{SMALL}{}", " ".repeat(bytes - SMALL.len()));
    assert!(History::read(&padded(HISTORY_BYTES_MAX)).is_ok());
    assert!(History::read(&padded(HISTORY_BYTES_MAX + 1)).is_err());
}

proptest! {
    #[test]
    fn all_of_it_is_before_now_and_ascends_whatever_now_is(now in prop_oneof![1u64..=u64::MAX, 1u64..4_000_000_000_000]) {
        for language in languages() {
            let history = history(language).unwrap();
            let seeds = history.at("r", now);
            prop_assert_eq!(seeds.len(), history.lines.len());
            prop_assert!(seeds.iter().all(|seed| seed.at < now));
            prop_assert!(seeds.is_sorted_by_key(|seed| seed.at));
            // No clock is in the first month of its time; only there do times coincide.
            if now >= HISTORY_DAYS_MAX * DAY_MS {
                prop_assert!(seeds.is_sorted_by(|one, other| one.at < other.at));
                prop_assert!(seeds.iter().all(|seed| now - seed.at <= (HISTORY_DAYS_MAX + 1) * DAY_MS));
            }
        }
    }

    #[test]
    fn a_run_has_the_same_ids_at_any_time_and_no_other_run_has_them(run in "[a-z0-9 ]{0,12}", other in "[a-z0-9 ]{0,12}", now: u64, later: u64) {
        prop_assume!(run != other);
        let history = history("en").unwrap();
        let ids = |run: &str, now| history.at(run, now).into_iter().map(|seed| seed.id).collect::<Vec<_>>();
        let first = ids(&run, now);
        prop_assert_eq!(&first, &ids(&run, later));
        prop_assert!(first.iter().all(|id| is_uuid(id)));
        let all: BTreeSet<_> = first.iter().cloned().chain(ids(&other, now)).collect();
        prop_assert_eq!(all.len(), 2 * first.len());
    }

    #[test]
    fn what_is_answered_was_said_before(now: u64) {
        for language in languages() {
            let history = history(language).unwrap();
            let mut said = BTreeSet::new();
            for seed in history.at("r", now) {
                let is_said = matches!(seed.say, LineContent::Text { .. });
                if let LineContent::Text { reply_to: Some(about), .. } | LineContent::React { to: about, .. } = seed.say {
                    prop_assert!(said.contains(&about));
                }
                if is_said {
                    said.insert(seed.id);
                }
            }
        }
    }

    #[test]
    fn no_past_makes_it_panic(at in 0..SMALL.len(), other in "[ -~]{0,12}", cut: bool) {
        let end = if cut { SMALL.len() } else { (at + other.len()).min(SMALL.len()) };
        let _ = History::read(&[&SMALL[..at], &other, &SMALL[end..]].concat());
    }
}
