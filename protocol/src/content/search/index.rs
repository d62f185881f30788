//! Entry of a message in the index: a set of tokens, which no tokenizer of a database can split.
//!
//! A token is a folded word, or a mark of the private use area with a value. A token contains only letters, digits and characters beyond
//! ASCII, so a store only has to split at blanks.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use unicode_segmentation::UnicodeSegmentation;

use super::fold::{fold, words};
use super::has::Has;
use crate::codec::json::Value;
use crate::content::emoji::{is_reaction, of_one_kind};
use crate::content::spans;
use crate::words::event::Event;

/// Token of every message.
const ANY: char = '\u{e000}';
/// Id of the author.
const AUTHOR: char = '\u{e001}';
/// Word of the author's name.
const NAME: char = '\u{e002}';
/// Property of a message.
const HAS: char = '\u{e003}';
/// Emoji of the text.
const EMOJI: char = '\u{e005}';
/// Replaces the underscore of an id.
const UNDERSCORE: char = '\u{e004}';

/// Lengths of the prefixes for which a store prepares the positions; the mark of a name counts as a letter. Shorter prefixes are never
/// searched. For longer ones the store collects the positions, which are few: hardly a word of nine letters is in most messages (decision
/// 0009).
pub const PREFIX_LETTERS: RangeInclusive<usize> = 2..=8;

/// Token that a message must have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    pub token: String,
    /// Longer tokens that begin with it count, too.
    pub is_prefix: bool,
}

/// Groups of terms, of which at least one must be complete.
pub type Clause = Vec<Vec<Term>>;

impl Term {
    pub(super) fn word(folded: &str, is_prefix: bool) -> Self {
        // A single letter would be the prefix of half the index.
        let is_prefix = is_prefix && folded.chars().count() >= *PREFIX_LETTERS.start();
        Self { token: folded.to_owned(), is_prefix }
    }

    pub(super) fn any() -> Self {
        Self { token: ANY.to_string(), is_prefix: false }
    }

    pub(super) fn author(id: &str) -> Self {
        Self { token: author_token(id), is_prefix: false }
    }

    pub(super) fn name(folded: &str, is_prefix: bool) -> Self {
        Self { token: format!("{NAME}{folded}"), is_prefix }
    }

    /// The keys of `#` and `*` have one token, since a token contains no ASCII sign. The text says which of them it was.
    pub(super) fn emoji(emoji: &str) -> Self {
        let letters = emoji.chars().filter(|letter| !letter.is_ascii() || letter.is_ascii_alphanumeric());
        Self { token: std::iter::once(EMOJI).chain(letters).collect(), is_prefix: false }
    }

    pub(super) fn has(has: Has) -> Self {
        Self { token: format!("{HAS}{}", has.as_str()), is_prefix: false }
    }

    fn is_met_by(&self, tokens: &str) -> bool {
        let mut tokens = tokens.split(' ');
        if self.is_prefix {
            tokens.any(|token| token.starts_with(&self.token))
        } else {
            tokens.any(|token| token == self.token)
        }
    }
}

/// Returns the emoji of a text in their one spelling, each with its byte position.
pub(super) fn pictures(text: &str) -> impl Iterator<Item = (usize, String)> {
    let graphemes = text.grapheme_indices(true).filter(|(_, grapheme)| !grapheme.is_ascii() && is_reaction(grapheme));
    graphemes.map(|(at, emoji)| (at, of_one_kind(emoji)))
}

fn author_token(id: &str) -> String {
    let letters = id.chars().filter(|letter| letter.is_alphanumeric() || *letter == '_');
    let id: String = letters.map(|letter| if letter == '_' { UNDERSCORE } else { letter }).collect();
    format!("{AUTHOR}{id}")
}

/// Returns the tokens of an event's current content, with blanks between; `None` if it cannot be found. A change here needs a step in the
/// tables of a room that indexes anew, because rooms store the old tokens.
pub fn tokens_of(event: &Event) -> Option<String> {
    if !event.has_words() {
        return None;
    }
    let body = Value::parse(&event.body)?;
    let content = body.get("content")?.as_str()?;
    let mut tokens: BTreeSet<String> = words(content).into_iter().map(|word| word.folded).collect();
    tokens.extend(pictures(content).map(|(_, emoji)| Term::emoji(&emoji).token));
    tokens.insert(ANY.to_string());
    if let Some(actor) = &event.actor {
        tokens.insert(author_token(actor));
    }
    tokens.extend(words(&event.name).into_iter().map(|word| format!("{NAME}{}", word.folded)));
    let has = |property: &Has| match property {
        Has::Link => spans::has_link(content),
        Has::Reply => body.get("replyTo").is_some(),
        Has::Reaction => body.get("reactions").and_then(Value::as_array).is_some_and(|reactions| !reactions.is_empty()),
        Has::Edit => body.get("editedAt").is_some(),
    };
    tokens.extend(Has::ALL.into_iter().filter(has).map(|property| Term::has(property).token));
    Some(tokens.into_iter().collect::<Vec<String>>().join(" "))
}

/// Returns `true` if a message with these tokens meets every clause.
pub fn meets(tokens: &str, clauses: &[Clause]) -> bool {
    let all = |terms: &Vec<Term>| terms.iter().all(|term| term.is_met_by(tokens));
    clauses.iter().all(|clause| clause.iter().any(all))
}

/// Returns the clauses as an FTS5 expression. Tokens contain no quote, so none can end a string early.
pub fn expression(clauses: &[Clause]) -> String {
    let mut out = String::new();
    for (at, clause) in clauses.iter().enumerate() {
        out.push_str(if at == 0 { "(" } else { " AND (" });
        for (at, terms) in clause.iter().enumerate() {
            out.push_str(if at == 0 { "(" } else { " OR (" });
            for (at, term) in terms.iter().enumerate() {
                let and = if at == 0 { "" } else { " AND " };
                let star = if term.is_prefix { "*" } else { "" };
                let _ = write!(out, "{and}\"{}\"{star}", fold_quotes(&term.token));
            }
            out.push(')');
        }
        out.push(')');
    }
    out
}

/// Terms consist of folded words only; this guarantees it for other callers.
fn fold_quotes(token: &str) -> String {
    if token.contains(['"', '\0']) { fold(token) } else { token.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::search::Query;
    use crate::words::event::{Kind, TOMBSTONE};

    fn event(body: &str) -> Event {
        Event {
            seq: 1,
            id: "x".into(),
            ts: 1,
            actor: Some("user_7".into()),
            session: None,
            name: "Mia Groß".into(),
            kind: Kind::Chat,
            body: body.into(),
        }
    }

    #[test]
    fn a_message_is_found_by_its_words_author_and_what_it_has() {
        let body = r#"{"content":"Schöne Grüße! https://example.org","replyTo":"y","editedAt":3,"reactions":[{"reaction":"like"}]}"#;
        let tokens = tokens_of(&event(body)).unwrap();
        let met = [
            Term::word(&fold("schoen"), true),
            Term::word(&fold("grusse"), false),
            Term::any(),
            Term::author("user_7"),
            Term::name("gro", true),
        ];
        for term in met.into_iter().chain(Has::ALL.map(Term::has)) {
            assert!(meets(&tokens, &[vec![vec![term.clone()]]]), "{term:?} in {tokens}");
        }
        for term in [Term::word("grus", false), Term::author("user_70"), Term::author("user7"), Term::word("mia", true)]
        {
            assert!(!meets(&tokens, &[vec![vec![term.clone()]]]), "{term:?} in {tokens}");
        }
        let plain = tokens_of(&event(r#"{"content":"x"}"#)).unwrap();
        for has in Has::ALL {
            assert!(!meets(&plain, &[vec![vec![Term::has(has)]]]), "{has:?}");
        }
    }

    #[test]
    fn what_is_gone_or_no_text_is_not_found() {
        assert_eq!(tokens_of(&event(TOMBSTONE)), None);
        assert_eq!(tokens_of(&Event { kind: Kind::Nudge, ..event("{}") }), None);
        assert_eq!(tokens_of(&Event { kind: Kind::Edit, ..event(r#"{"content":"x"}"#) }), None);
    }

    #[test]
    fn clauses_read_as_an_expression() {
        let clauses = vec![
            vec![vec![Term::word("gru", true), Term::word("a", true)]],
            vec![vec![Term::author("u_1")], vec![Term::name("mia", false)]],
        ];
        assert_eq!(expression(&clauses), "((\"gru\"* AND \"a\")) AND ((\"\u{e001}u\u{e004}1\") OR (\"\u{e002}mia\"))");
    }

    #[test]
    fn no_sign_of_ascii_is_in_a_token_whatever_mark_follows_it() {
        for (text, tokens) in
            [("\"\u{20e3} ok", "ok"), (" \u{20e3} <\u{1f3fb} ok", "ok"), ("#\u{20e3}", "\u{e005}\u{fe0f}\u{20e3}")]
        {
            let body = format!(r#"{{"content":{}}}"#, serde_json::to_string(text).unwrap());
            let event = Event { name: String::new(), actor: None, ..event(&body) };
            assert_eq!(tokens_of(&event).unwrap().replace(ANY, "").trim(), tokens, "{text:?}");
        }
    }

    proptest! {
        /// Otherwise a search would take longer in a longer room.
        #[test]
        fn no_short_beginning_is_asked_for_whose_places_are_not_ready(text in "\\PC{0,40}|(from:)?[a-zäß]{1,20}( [a-zäß\"]{1,20}){0,3}") {
            let Ok(query) = text.parse::<Query>() else { return Ok(()) };
            let expression = expression(&query.clauses());
            for (at, _) in expression.match_indices("\"*") {
                let begin = expression[..at].rfind('"').unwrap() + 1;
                prop_assert!(expression[begin..at].chars().count() >= *PREFIX_LETTERS.start(), "{expression}");
            }
        }
    }
}
