//! The languages of the product, and the choice among them by the header of a person's browser (`Accept-Language`, RFC 9110 12.5.4).
//!
//! Responsible for the one list of them. Their texts are in `app/locales`. The build of the page (`app/build.rs`) and the one of the static files
//! (`xtask/src/build/words.rs`) read this file as well, so it uses nothing else of the crate.

pub struct Language {
    /// Tag of two small letters (RFC 5646). The texts are `app/locales/<tag>.json`.
    pub tag: &'static str,
    /// Name of the language in itself.
    pub name: &'static str,
    /// Tag with the region in whose way dates and times are written.
    pub dates: &'static str,
    /// First day of a month in a date in words.
    pub first_day: &'static str,
    /// Sign between day, month and year of a date in numbers.
    pub between: &'static str,
    /// Names of its plural forms (CLDR), in the order in which a text has them. A form that is not among them is written like the last.
    pub forms: &'static [&'static str],
    /// Place in `forms` of the form that a whole number takes.
    pub form: fn(u32) -> usize,
}

/// All of them, in the order in which people see them. The first one is for people who read none of them, and is in the page from its
/// beginning; every other one is a file of its own.
pub const LANGUAGES: &[Language] = &[
    Language {
        tag: "en",
        name: "English",
        // English is British here: 24 hours and the day before the month, as in the texts.
        dates: "en-GB",
        first_day: "1",
        between: "/",
        forms: &["one", "other"],
        form: |count| usize::from(count != 1),
    },
    Language {
        tag: "de",
        name: "Deutsch",
        dates: "de",
        first_day: "1.",
        between: ".",
        forms: &["one", "other"],
        form: |count| usize::from(count != 1),
    },
    // No native speaker has read these texts yet.
    Language {
        tag: "fr",
        name: "Français",
        dates: "fr",
        first_day: "1er",
        between: "/",
        forms: &["one", "other"],
        form: |count| usize::from(count > 1),
    },
];

pub const FIRST: &Language = &LANGUAGES[0];

pub fn find(tag: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.tag == tag)
}

pub fn tags() -> impl Iterator<Item = &'static str> + Clone {
    LANGUAGES.iter().map(|language| language.tag)
}

/// Returns the tags as a sentence names them: `en or de`.
pub fn listed() -> String {
    let tags: Vec<&str> = tags().collect();
    match tags.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => tags.concat(),
    }
}

/// Returns a date in words with the first day of its month as the language writes it: `Intl` has `1 décembre` in French, not `1er décembre`.
pub fn with_first_day(date: &str, tag: &str) -> String {
    let first = find(tag).map_or("1", |language| language.first_day);
    let words: Vec<&str> = date.split(' ').map(|word| if word == "1" { first } else { word }).collect();
    words.join(" ")
}

/// Returns a day of ISO 8601 (`2026-12-02`) in numbers as the language writes it; for pages of the server, which does not know the person's
/// zone.
pub fn numeric_day(day: &str, tag: &str) -> String {
    let parts: Vec<&str> = day.rsplit('-').collect();
    parts.join(find(tag).unwrap_or(FIRST).between)
}

/// Returns the tag of the best language for a header, by its weights, then by its order. `None` when it names none of them.
pub fn preferred(accept_language: &str) -> Option<&'static str> {
    best(accept_language, tags())
}

fn best<'a>(accept_language: &str, offered: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let mut best: Option<(u16, &'a str)> = None;
    for range in accept_language.split(',') {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let primary = tag.split('-').next().unwrap_or_default();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1_000), thousandths);
        let language = offered.clone().find(|language| language.eq_ignore_ascii_case(primary));
        if let (Some(weight @ 1..), Some(language)) = (weight, language)
            && best.is_none_or(|(best_weight, _)| weight > best_weight)
        {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// A weight `0` to `1` with up to three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if decimals.len() > 3 || !is_number(decimals) {
        return None;
    }
    match whole {
        "1" => Some(1_000),
        "0" => format!("{decimals:0<3}").parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred_of_two(accept_language: &str) -> Option<&'static str> {
        best(accept_language, ["en", "de"].into_iter())
    }

    #[test]
    fn every_language_is_itself_alone_and_has_a_form_for_every_number() {
        for (at, language) in LANGUAGES.iter().enumerate() {
            let Language { tag, name, dates, first_day, between, forms, form } = language;
            assert!(tag.len() == 2 && tag.bytes().all(|byte| byte.is_ascii_lowercase()), "{tag}");
            assert!(dates.starts_with(tag) && !name.is_empty() && first_day.starts_with('1'), "{tag}");
            assert_eq!(between.len(), 1, "{tag}");
            assert!(LANGUAGES[..at].iter().all(|other| other.tag != *tag && other.name != *name), "{tag}");
            assert_eq!(forms.last(), Some(&"other"), "{tag}");
            assert!((0..10_000).chain([1_000_000, u32::MAX]).all(|count| form(count) < forms.len()), "{tag}");
        }
    }

    #[test]
    fn one_is_no_plural() {
        for tag in ["en", "de"] {
            let form = find(tag).unwrap().form;
            assert_eq!([0, 1, 2, 21, 101].map(form), [1, 0, 1, 1, 1], "{tag}");
        }
        assert!(find("tlh").is_none() && find("").is_none());
    }

    #[test]
    fn the_first_day_of_a_month_is_written_as_in_the_language() {
        assert_eq!(with_first_day("1 décembre", "fr"), "1er décembre");
        assert_eq!(with_first_day("mardi 1 décembre 2026", "fr"), "mardi 1er décembre 2026");
        let same = [("11 décembre", "fr"), ("21 mai 2031", "fr"), ("1 May", "en"), ("1. Mai", "de"), ("1", "tlh")];
        for (date, tag) in same {
            assert_eq!(with_first_day(date, tag), date, "{tag}");
        }
    }

    #[test]
    fn a_day_in_numbers_is_written_as_in_the_language() {
        for (tag, day) in [("en", "02/12/2026"), ("de", "02.12.2026"), ("fr", "02/12/2026"), ("tlh", "02/12/2026")] {
            assert_eq!(numeric_day("2026-12-02", tag), day, "{tag}");
        }
    }

    #[test]
    fn a_sentence_names_all_tags() {
        let sentence = listed();
        assert!(tags().all(|tag| sentence.contains(tag)), "{sentence}");
        assert_eq!(sentence.matches(" or ").count(), 1, "{sentence}");
    }

    #[test]
    fn the_heaviest_language_that_we_have_wins() {
        assert_eq!(preferred_of_two("de-CH,de;q=0.9,en;q=0.8"), Some("de"));
        assert_eq!(preferred_of_two("fr, en;q=0.3, de;q=0.35"), Some("de"));
        assert_eq!(preferred_of_two("EN-gb"), Some("en"));
        assert_eq!(preferred_of_two("de;q=0, en;q=0.001"), Some("en"));
        assert_eq!(preferred("tlh, de;q=0.1"), Some("de"));
    }

    #[test]
    fn of_equal_ones_the_first_and_of_foreign_ones_none() {
        assert_eq!(preferred_of_two("en,de"), Some("en"));
        for header in ["", "fr", "*", "d", "de;q=2", "de;q=x", ";;;,,,", "de;q=0.0001"] {
            assert_eq!(preferred_of_two(header), None, "{header}");
        }
    }
}
