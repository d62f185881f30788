//! Query from the search box: words, `"phrases"`, and `from:` `in:` `before:` `has:` (`messenger.md` 3, `ux.md` 1).

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

use super::fold::{Word, begins_alone, words};
use super::has::Has;
use super::index::{Clause, Term, pictures};
use crate::words::event::Millis;
use crate::words::ids::UserId;
use crate::words::iso::parse_iso_utc;
use crate::words::limits::{SEARCH_UNITS_MAX, SEARCH_WORDS_MAX};
use crate::words::refusal::Refusal;

/// Words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Folded words, at least one.
    pub words: Vec<String>,
    /// The last word may be a prefix of a longer one.
    pub is_open: bool,
}

/// Range of a word that was found in the message, in UTF-16 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextRange {
    /// First unit.
    pub start: u32,
    /// Unit after the last.
    pub end: u32,
}

/// Query. A message has to meet all parts of it; of several people or rooms, one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub phrases: Vec<Phrase>,
    pub emoji: Vec<String>,
    /// Its possible writers: ids or names.
    pub from: Vec<String>,
    pub author: Option<String>,
    /// Its possible rooms: ids or names.
    pub rooms: Vec<String>,
    /// Exclusive upper bound of its time.
    pub before: Option<Millis>,
    pub has: Vec<Has>,
}

/// Errors: `VALIDATION` on `q`.
impl std::str::FromStr for Query {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        if text.encode_utf16().count() > SEARCH_UNITS_MAX {
            return Err(Refusal::over_limit("q", "This is too long to search for.", SEARCH_UNITS_MAX));
        }
        let mut query = Self::default();
        let mut rest = text;
        while let Some(piece) = next_piece(&mut rest) {
            query.take(&piece)?;
        }
        let words = query.phrases.iter().map(|phrase| typed_words(&phrase.words)).sum::<usize>();
        if words + query.emoji.len() > SEARCH_WORDS_MAX {
            return Err(Refusal::over_limit("q", "These are too many words to search for.", SEARCH_WORDS_MAX));
        }
        Ok(query)
    }
}

/// Piece of the typed text.
struct Piece<'a> {
    /// Small letters before a colon.
    key: Option<&'a str>,
    value: &'a str,
    is_quoted: bool,
    /// Whole piece as it was typed.
    whole: &'a str,
}

const QUOTES: [char; 6] = ['"', '“', '”', '„', '«', '»'];

fn next_piece<'a>(rest: &mut &'a str) -> Option<Piece<'a>> {
    let text = rest.trim_start();
    if text.is_empty() {
        return None;
    }
    let word_end = text.find(|letter: char| letter.is_whitespace() || QUOTES.contains(&letter)).unwrap_or(text.len());
    let head = text.get(..word_end).unwrap_or_default();
    let colon = head.find(':').filter(|at| *at > 0 && head.bytes().take(*at).all(|byte| byte.is_ascii_alphabetic()));
    let value_at = colon.map_or(0, |at| at + 1);
    let tail = text.get(value_at..).unwrap_or_default();
    let key = colon.and_then(|at| text.get(..at));
    let (value, is_quoted, end) = match tail.chars().next().filter(|first| QUOTES.contains(first)) {
        Some(quote) => {
            let inner = tail.get(quote.len_utf8()..).unwrap_or_default();
            let close = inner.char_indices().find(|(_, letter)| QUOTES.contains(letter));
            let (value, length) = match close {
                Some((at, letter)) => (inner.get(..at).unwrap_or_default(), at + letter.len_utf8()),
                None => (inner, inner.len()),
            };
            (value, true, value_at + quote.len_utf8() + length)
        }
        None => {
            // A quote inside a word ends it, and any other quote begins a phrase.
            let end = word_end.max(value_at);
            (text.get(value_at..end).unwrap_or_default(), false, end)
        }
    };
    let (whole, after) = text.split_at_checked(end).unwrap_or((text, ""));
    *rest = after;
    Some(Piece { key, value, is_quoted, whole })
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryFilter {
    From(String),
    /// Its room: id or name.
    In(String),
    /// Day or time before which it was written.
    Before(String),
    /// Property that it has.
    Has(String),
}

impl Piece<'_> {
    /// Returns the filter of the piece. A key without a value is none, because it is still being typed.
    fn filter(&self) -> Option<QueryFilter> {
        let value = self.value.trim().to_owned();
        let key = self.key.filter(|_| !value.is_empty())?;
        match key.to_ascii_lowercase().as_str() {
            "from" | "von" | "de" => Some(QueryFilter::From(value)),
            "in" | "dans" => Some(QueryFilter::In(value)),
            "before" | "vor" | "avant" => Some(QueryFilter::Before(value)),
            "has" | "hat" | "avec" => Some(QueryFilter::Has(value)),
            _ => None,
        }
    }
}

impl QueryFilter {
    /// Returns `true` for a filter that a search box shows beside its text. Half a date and an unknown property stay in the text.
    fn is_shown(&self) -> bool {
        let is_part = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
        match self {
            Self::From(_) | Self::In(_) => true,
            Self::Before(day) => day.len() == 10 && day.bytes().enumerate().all(is_part),
            Self::Has(word) => Has::of(word).is_some(),
        }
    }
}

impl fmt::Display for QueryFilter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, value) = match self {
            Self::From(who) => ("from", who),
            Self::In(room) => ("in", room),
            Self::Before(day) => ("before", day),
            Self::Has(word) => ("has", word),
        };
        write!(formatter, "{key}:\"{value}\"")
    }
}

/// Takes the complete filters out of the text of a search box, and returns the rest of the text. A filter is complete when something
/// follows its value, when the value has its closing quote, or when the text `is_done`.
pub fn take_filters(text: &str, is_done: bool) -> (Vec<QueryFilter>, String) {
    let (mut filters, mut left, mut rest) = (Vec::new(), String::new(), text);
    let mut before = text;
    while let Some(piece) = next_piece(&mut rest) {
        let is_closed = piece.is_quoted && piece.whole.ends_with(|last: char| QUOTES.contains(&last));
        let is_complete = is_done || is_closed || !rest.is_empty();
        match piece.filter().filter(|filter| is_complete && filter.is_shown()) {
            Some(filter) => {
                filters.push(filter);
                // The pieces around it stay apart.
                if !rest.starts_with(char::is_whitespace) {
                    left.push(' ');
                }
            }
            None => left.push_str(before.strip_suffix(rest).unwrap_or_default()),
        }
        before = rest;
    }
    left.push_str(rest);
    match filters.is_empty() {
        true => (filters, text.to_owned()),
        false => (filters, left.trim_start().to_owned()),
    }
}

/// Returns the filters with a value in the text of a search box. Other texts with a colon are words: an address, a time of day.
pub fn filters_of(text: &str) -> Vec<QueryFilter> {
    let mut rest = text;
    std::iter::from_fn(|| next_piece(&mut rest)).filter_map(|piece| piece.filter()).collect()
}

/// Returns `true` if the text of a search box has a filter with a value.
pub fn has_filter(text: &str) -> bool {
    !filters_of(text).is_empty()
}

/// Returns the first filter of a text whose value no search understands: half a date, or an unknown property.
pub fn unclear_filter(text: &str) -> Option<QueryFilter> {
    filters_of(text).into_iter().find(|filter| match filter {
        QueryFilter::From(_) | QueryFilter::In(_) => false,
        QueryFilter::Before(day) => parse_iso_utc(day).is_none(),
        QueryFilter::Has(word) => Has::of(word).is_none(),
    })
}

impl Query {
    fn take(&mut self, piece: &Piece<'_>) -> Result<(), Refusal> {
        match piece.filter() {
            Some(QueryFilter::From(who)) => self.from.push(who),
            Some(QueryFilter::In(room)) => self.rooms.push(room),
            Some(QueryFilter::Before(day)) => self.until(&day)?,
            Some(QueryFilter::Has(word)) => self.has.push(Has::parse(&word).ok_or_else(unknown_filter)?),
            // No filter of ours: an address, a time of day, or a text that is still being typed.
            None => self.say(if piece.key.is_some() { piece.whole } else { piece.value }, piece.is_quoted),
        }
        Ok(())
    }

    fn say(&mut self, text: &str, is_quoted: bool) {
        let words: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
        if !words.is_empty() {
            self.phrases.push(Phrase { words, is_open: !is_quoted });
        }
        for (_, emoji) in pictures(text) {
            if !self.emoji.contains(&emoji) {
                self.emoji.push(emoji);
            }
        }
    }

    /// Sets the upper bound to `text`, a date or a time of UTC. Of several the earliest counts.
    pub fn until(&mut self, text: &str) -> Result<(), Refusal> {
        let wrong = Refusal::validation("before", "before takes a date like 2026-01-31.");
        let at = parse_iso_utc(text).ok_or(wrong)?;
        self.before = Some(self.before.map_or(at, |before| before.min(at)));
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the clauses that select candidates from an index. [`Query::spots`] then decides if a message is found.
    pub fn clauses(&self) -> Vec<Clause> {
        let mut terms: Vec<Term> = Vec::new();
        for Phrase { words, is_open } in &self.phrases {
            let last = words.len().saturating_sub(1);
            terms.extend(words.iter().enumerate().map(|(at, word)| Term::word(word, *is_open && at == last)));
        }
        // Text without blanks has a term for each piece. As many terms as there may be words select well enough.
        terms.sort();
        terms.dedup();
        terms.truncate(SEARCH_WORDS_MAX);
        terms.extend(self.emoji.iter().map(|emoji| Term::emoji(emoji)));
        terms.extend(self.has.iter().map(|has| Term::has(*has)));
        terms.sort();
        terms.dedup();
        let mut clauses: Vec<Clause> = terms.into_iter().map(|term| vec![vec![term]]).collect();
        clauses.extend(self.author.iter().map(|id| vec![vec![Term::author(id)]]));
        if !self.from.is_empty() {
            clauses.push(self.from.iter().flat_map(|who| Self::author(who)).collect());
        }
        if clauses.is_empty() {
            clauses.push(vec![vec![Term::any()]]);
        }
        clauses
    }

    fn author(who: &str) -> Vec<Vec<Term>> {
        let mut either = Vec::new();
        if UserId::parse(who).is_ok() {
            either.push(vec![Term::author(who)]);
        }
        let names = words(who);
        let last = names.len().saturating_sub(1);
        let name = |(at, word): (usize, &Word)| Term::name(&word.folded, at == last);
        let names: Vec<Term> = names.iter().enumerate().map(name).collect();
        if !names.is_empty() {
            either.push(names);
        }
        if either.is_empty() {
            // No user has this name.
            either.push(vec![Term::name("", false)]);
        }
        either
    }

    /// Returns `true` if `in:` names a room with this id and name, or if there is no such filter.
    pub fn means_room(&self, id: &str, name: &str) -> bool {
        let name: Vec<String> = words(name).into_iter().map(|word| word.folded).collect();
        self.rooms.is_empty()
            || self.rooms.iter().any(|wanted| {
                let wanted_words: Vec<String> = words(wanted).into_iter().map(|word| word.folded).collect();
                wanted == id
                    || !wanted_words.is_empty()
                        && name.windows(wanted_words.len()).any(|part| begins(part, &wanted_words, true))
            })
    }

    /// Returns the positions in `content` of the words of the query, each once; `None` if a word is missing.
    pub fn spots(&self, content: &str) -> Option<Vec<TextRange>> {
        let said = words(content);
        let folded: Vec<&str> = said.iter().map(|word| word.folded.as_str()).collect();
        let mut places: Vec<(usize, usize)> = Vec::new();
        for Phrase { words, is_open } in &self.phrases {
            let before = places.len();
            for (at, part) in folded.windows(words.len().max(1)).enumerate() {
                if begins(part, words, *is_open)
                    && let (Some(first), Some(last)) = (said.get(at), said.get(at + words.len() - 1))
                {
                    places.push((first.start, last.end));
                }
            }
            if places.len() == before {
                return None;
            }
        }
        for wanted in &self.emoji {
            let before = places.len();
            let found = pictures(content).filter(|(_, emoji)| emoji == wanted);
            places.extend(found.map(|(start, _)| (start, end_of_grapheme(content, start))));
            if places.len() == before {
                return None;
            }
        }
        places.sort();
        places.dedup();
        Some(in_units(content, &places))
    }
}

/// `VALIDATION` on `q` because no filter has this word.
fn unknown_filter() -> Refusal {
    let message = format!("has: takes {}.", Has::listed());
    Refusal::Validation { field: "q".into(), message: message.into(), limit: None }
}

/// Returns the number of typed words: a run of text without blanks is one.
fn typed_words(words: &[String]) -> usize {
    let goes_on = words.windows(2).filter(|pair| pair.iter().all(|word| begins_alone(word))).count();
    words.len() - goes_on
}

fn end_of_grapheme(text: &str, start: usize) -> usize {
    start + text.get(start..).and_then(|rest| rest.graphemes(true).next()).map_or(0, str::len)
}

/// Returns `true` if the words of `part` are `wanted`; with `is_open` the last one may be a prefix.
fn begins(part: &[impl AsRef<str>], wanted: &[String], is_open: bool) -> bool {
    let last = wanted.len().saturating_sub(1);
    part.len() == wanted.len()
        && part.iter().zip(wanted).enumerate().all(|(at, (word, wanted))| {
            let is_start = at == last && Term::word(wanted, is_open).is_prefix;
            if is_start { word.as_ref().starts_with(wanted.as_str()) } else { word.as_ref() == wanted }
        })
}

/// Converts bytes to UTF-16 units, and merges positions that touch or overlap. `places` ascend.
fn in_units(content: &str, places: &[(usize, usize)]) -> Vec<TextRange> {
    let unit_at = |byte: usize| content.get(..byte).map_or(0, |text| text.encode_utf16().count() as u32);
    let mut spots: Vec<TextRange> = Vec::new();
    for (start, end) in places {
        let spot = TextRange { start: unit_at(*start), end: unit_at(*end) };
        match spots.last_mut().filter(|last| spot.start <= last.end) {
            Some(last) => last.end = last.end.max(spot.end),
            None => spots.push(spot),
        }
    }
    spots
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::json::json_text;
    use crate::content::search::index::{meets, tokens_of};
    use crate::words::event::{Event, Kind};

    fn query(text: &str) -> Query {
        text.parse().unwrap()
    }

    fn phrase(words: &[&str], is_open: bool) -> Phrase {
        Phrase { words: words.iter().map(|word| (*word).to_owned()).collect(), is_open }
    }

    fn finds(text: &str, content: &str) -> bool {
        query(text).spots(content).is_some()
    }

    #[test]
    fn words_phrases_and_filters_are_told_apart() {
        let all =
            query("Grüße \"so  long\" from:mia von:\"Jo Groß\" in:general before:2026-01-31 has:link hat:Antwort");
        assert_eq!(all.phrases, [phrase(&["grusse"], true), phrase(&["so", "long"], false)]);
        assert_eq!((all.from, all.rooms), (vec!["mia".to_owned(), "Jo Groß".to_owned()], vec!["general".to_owned()]));
        assert_eq!((all.before, all.has), (Some(1_769_817_600_000), vec![Has::Link, Has::Reply]));
        assert_eq!(query("at 12:30 see https://a.b/c").phrases.len(), 4, "other colons are text");
        assert_eq!(query("don't").phrases, [phrase(&["don", "t"], true)]);
        assert_eq!(query("from:").phrases, [phrase(&["from"], true)], "still being typed");
        assert_eq!(query("\"open end").phrases, [phrase(&["open", "end"], false)]);
        assert_eq!(query("FROM:mia").from, ["mia"]);
        assert!(query("  \"\" !? ").is_empty());
        let french = query("« à bientôt » de:«\u{a0}Jo Groß\u{a0}» dans:salon avant:2026-01-31 avec:réponse");
        assert_eq!(french.phrases, [phrase(&["a", "bientot"], false)]);
        assert_eq!((french.from, french.rooms), (vec!["Jo Groß".to_owned()], vec!["salon".to_owned()]));
        assert_eq!((french.before, french.has), (Some(1_769_817_600_000), vec![Has::Reply]));
        assert_eq!(query("before:2026-02-01 before:2026-01-31").before, Some(1_769_817_600_000));
    }

    #[test]
    fn a_filter_has_a_key_of_ours_and_a_value() {
        for text in ["from:mia", "VON:mia", "cake in:\"Jo Groß\"", "in:„sunny day“ cake", "vor:2026-01-31", "hat:wings"]
        {
            assert!(has_filter(text), "{text}");
        }
        for text in
            ["", "cake", "from:", "in: cake", "in:\"\"", "from :mia", "\"from:mia\"", "at 10:30", ":)", "https://a.b"]
        {
            assert!(!has_filter(text), "{text}");
        }
    }

    #[test]
    fn a_filter_that_is_not_understood_is_named() {
        let unclear = |text: &str| unclear_filter(text).map(|filter| filter.to_string());
        for text in ["cake", "from:nobody has:link", "before:2026-05-31 hat:Änderung avec:lien"] {
            assert_eq!(unclear(text), None, "{text}");
        }
        assert_eq!(unclear("cake hat:Bild before:May").as_deref(), Some("has:\"Bild\""));
        assert_eq!(unclear("vor:2026-13-01").as_deref(), Some("before:\"2026-13-01\""));
    }

    #[test]
    fn a_complete_filter_leaves_the_text() {
        let taken = |text: &str, is_done| {
            let (filters, rest) = take_filters(text, is_done);
            (filters.iter().map(QueryFilter::to_string).collect::<Vec<_>>().join(" "), rest)
        };
        for (text, filters, rest) in [
            ("in:lexi ", "in:\"lexi\"", ""),
            ("cake VON:mia", "", "cake VON:mia"),
            ("cake VON:mia ", "from:\"mia\"", "cake "),
            (" before:2026-12-01 hat:Antwort cake", "before:\"2026-12-01\" has:\"Antwort\"", "cake"),
            ("in:„sunny day“", "in:\"sunny day\"", ""),
            ("ab in:\"x\"cd", "in:\"x\"", "ab cd"),
            ("in:\"sunny d", "", "in:\"sunny d"),
            (" before:2026 has:wings at 12:30 ", "", " before:2026 has:wings at 12:30 "),
        ] {
            assert_eq!(taken(text, false), (filters.to_owned(), rest.to_owned()), "{text}");
        }
        assert_eq!(taken("cake in:lexi", true), ("in:\"lexi\"".to_owned(), "cake ".to_owned()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for text in ["has:wings", "before:yesterday", "before:2026-13-01", &"a ".repeat(20), &"x".repeat(300)] {
            assert_eq!(text.parse::<Query>().map_err(|refusal| refusal.code()), Err("VALIDATION"), "{text}");
        }
    }

    #[test]
    fn a_message_says_all_words_or_is_not_found() {
        let content = "Schöne Grüße aus der Straßenbahn 12";
        for text in ["grusse", "GRÜSSE schoene", "strassen", "\"aus der\"", "bahn 12 -"] {
            assert_eq!(finds(text, content), !text.contains("bahn 12"), "{text}");
        }
        assert!(!finds("\"der aus\"", content) && !finds("\"Straßen\"", content), "a phrase ends with a whole word");
        assert!(!finds("s", content), "one letter is a word of its own");
    }

    #[test]
    fn spots_are_counted_as_browsers_count() {
        let spot = |start, end| TextRange { start, end };
        assert_eq!(query("bär").spots("😀 Bär, baer!"), Some(vec![spot(3, 6), spot(8, 12)]));
        assert_eq!(query("a \"a b\"").spots("a b"), Some(vec![spot(0, 3)]), "what overlaps is one");
        assert_eq!(query("日本").spots("日本語"), Some(vec![spot(0, 2)]));
        assert_eq!(query("from:mia").spots("x"), Some(vec![]));
    }

    #[test]
    fn unbroken_text_is_found_by_its_middle() {
        for (content, inside) in [
            ("สวัสดีครับผม", &["สวัสดี", "ครับ", "ดีค", "สวัสด", "ผม"][..]),
            ("ສະບາຍດີທຸກຄົນ", &["ບາຍດີ", "ທຸກ"]),
            ("សួស្តីពិភពលោក", &["ពិភព", "លោក"]),
            ("မင်္ဂလာပါကမ္ဘာ", &["ကမ္ဘာ", "လာပါ"]),
            ("我今天去图书馆看书", &["图书馆", "今天"]),
            ("ｶﾞﾗｽのコップ", &["ガラス", "ｺｯﾌﾟ", "ラスの"]),
        ] {
            let tokens = tokens_of(&chat(content)).unwrap();
            for text in inside {
                assert!(finds(text, content) && finds(&format!("\"{text}\""), content), "{text} in {content}");
                assert!(meets(&tokens, &query(text).clauses()), "{text} in the index of {content}");
            }
        }
        assert!(!finds("ดีสวัส", "สวัสดี") && !finds("馆图", "图书馆"));
        assert_eq!(query("ครับ").spots("สวัสดีครับ").unwrap(), [TextRange { start: 6, end: 10 }]);
        let long = "สวัสดีครับผมชื่อสมชาย";
        assert!(finds(long, long), "a run is one word, however long");
        assert!(
            query(&"ไทย ".repeat(16)).clauses().len() <= SEARCH_WORDS_MAX
                && "ไทย ".repeat(17).parse::<Query>().is_err()
        );
    }

    #[test]
    fn an_emoji_is_found() {
        assert_eq!(query("❤").spots("ja ❤\u{fe0f}❤!"), Some(vec![TextRange { start: 3, end: 6 }]));
        assert_eq!(query("👍 ok").spots("ok"), None);
        assert_eq!(query("👍").spots("👍🏽"), None);
        assert_eq!(query("👍🏽").spots("👍\u{fe0f}"), None);
        assert!(!query("👍").is_empty());
        let tokens = tokens_of(&chat("ok 👍\u{fe0f} 1\u{20e3}")).unwrap();
        assert!(["👍", "ok 👍", "1\u{fe0f}\u{20e3}"].iter().all(|text| meets(&tokens, &query(text).clauses())));
        assert!(!meets(&tokens, &query("👎").clauses()));
    }

    #[test]
    fn rooms_are_meant_by_id_or_name() {
        let general = query("in:general");
        assert!(general.means_room("general", "General") && general.means_room("grp_1", "The Generals"));
        assert!(!general.means_room("grp_1", "My genera"));
        assert!(query("in:\"jo gr\"").means_room("dm_a____b", "Jo Groß"));
        assert!(!query("in:!!").means_room("x", "y") && query("x").means_room("x", "y"));
    }

    fn chat(content: &str) -> Event {
        Event {
            seq: 1,
            id: "x".into(),
            ts: 1,
            actor: Some("user_1".into()),
            session: None,
            name: "Jo".into(),
            kind: Kind::Chat,
            body: format!("{{\"content\":{}}}", json_text(content)),
        }
    }

    /// Pieces of queries, among them a quote that is never closed.
    const PIECES: [&str; 12] = [
        " ",
        " ",
        "cake",
        "12:30",
        "from:",
        "\"so long\"",
        "\"",
        "in:lexi",
        "von:„Jo Groß“",
        "before:2026-01-31",
        "vor:2026-02-01T06:00Z",
        "HAS:links",
    ];

    proptest! {
        #[test]
        fn filters_and_the_rest_of_the_text_mean_what_the_text_meant(
            pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..8),
            is_done in any::<bool>(),
        ) {
            let text = pieces.concat();
            let (filters, rest) = take_filters(&text, is_done);
            let all: String = filters.iter().map(|filter| format!("{filter} ")).collect();
            prop_assert_eq!((all + &rest).parse::<Query>().ok(), text.parse::<Query>().ok(), "{}", text);
        }

        #[test]
        fn every_word_of_a_message_finds_it(content in "\\PC{1,60}", pick in 0_usize..20) {
            let all = words(&content);
            prop_assume!(!all.is_empty());
            let word = &all[pick % all.len()];
            let text = format!("\"{}\"", &content[word.start..word.end]);
            let query: Query = text.parse().unwrap();
            prop_assert!(query.spots(&content).is_some(), "{text} in {content}");
            let tokens = tokens_of(&chat(&content)).unwrap();
            prop_assert!(meets(&tokens, &query.clauses()));
        }

        #[test]
        fn what_is_found_is_in_the_index(content in "\\PC{1,60}", text in "\\PC{0,30}") {
            let Ok(query) = text.parse::<Query>() else { return Ok(()) };
            let says = Query { phrases: query.phrases, ..Query::default() };
            if let Some(spots) = says.spots(&content) {
                let tokens = tokens_of(&chat(&content)).unwrap();
                prop_assert!(meets(&tokens, &says.clauses()));
                let units = content.encode_utf16().count() as u32;
                prop_assert!(spots.iter().all(|spot| spot.start < spot.end && spot.end <= units));
                prop_assert!(spots.windows(2).all(|pair| pair[0].end < pair[1].start));
            }
        }
    }
}
