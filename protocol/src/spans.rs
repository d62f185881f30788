//! The text of a message as pieces to show: plain text, links, emoticons. Never HTML (`ux.md` 4.9).
//!
//! Done each time a message is shown: what is stored and sent is the text as it was typed. Emoticon keys count only
//! where a reader would take them for one: not inside links, code, file names or words.

use linkify::{LinkFinder, LinkKind};

use crate::emoticons::{self, Emoticon};

/// One piece of a message, borrowed from its text. All pieces together are the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    /// As it is.
    Text(&'a str),
    /// An address with `http` or `https`.
    Link(&'a str),
    /// A drawing, and the key that stands for it.
    Emoticon(&'static Emoticon, &'a str),
}

/// Cuts `text` into pieces.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut found = Vec::new();
    let (mut code, mut plain_from) = (CodeMarks::default(), 0);
    for link in LinkFinder::new().kinds(&[LinkKind::Url]).links(text) {
        if is_web(link.as_str()) {
            push_text(&mut found, &mut code, text, plain_from, link.start());
            code.pass(link.as_str());
            found.push(Span::Link(link.as_str()));
            plain_from = link.end();
        }
    }
    push_text(&mut found, &mut code, text, plain_from, text.len());
    found
}

/// Whether all that a reader sees of `spans` is drawings, at most ten of them: shown larger.
pub fn is_only_emoticons(spans: &[Span<'_>]) -> bool {
    let drawings = spans.iter().filter(|span| matches!(span, Span::Emoticon(..))).count();
    let is_rest_blank = spans.iter().all(|span| match span {
        Span::Text(text) => text.trim().is_empty(),
        Span::Link(_) => false,
        Span::Emoticon(..) => true,
    });
    is_rest_blank && (1..=10).contains(&drawings)
}

/// Other schemes are not made clickable, whatever the finder thinks of them.
fn is_web(url: &str) -> bool {
    let begins = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("http://") || begins("https://")
}

fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at).and_then(|start| start.chars().next_back())
}

/// Splits what is between two links, `from .. to` of `text`, at its emoticons. What is around it counts as well.
fn push_text<'a>(found: &mut Vec<Span<'a>>, code: &mut CodeMarks, text: &'a str, from: usize, to: usize) {
    let (mut start, mut at, mut previous) = (from, from, char_before(text, from));
    while let Some(next) = text[at..to].chars().next() {
        let may_begin = !code.is_open && previous.is_none_or(opens);
        let run = if may_begin { run_at_start(&text[at..], to - at) } else { Vec::new() };
        if run.is_empty() {
            code.pass_char(next);
            at += next.len_utf8();
            previous = Some(next);
            continue;
        }
        push_plain(found, &text[start..at]);
        for (emoticon, length) in run {
            found.push(Span::Emoticon(emoticon, &text[at..at + length]));
            at += length;
        }
        (start, previous) = (at, char_before(text, at));
    }
    push_plain(found, &text[start..to]);
}

/// The emoticons `text` begins with within its first `limit` bytes, one after the other without a blank, as far as the last of
/// them may stand where it stands.
fn run_at_start(text: &str, limit: usize) -> Vec<(&'static Emoticon, usize)> {
    let (mut run, mut at, mut valid) = (Vec::new(), 0, 0);
    while let Some((emoticon, length)) = emoticons::at_start(&text[at..limit]) {
        at += length;
        run.push((emoticon, length));
        if ends_well(&text[at..]) {
            valid = run.len();
        }
    }
    run.truncate(valid);
    run
}

fn push_plain<'a>(found: &mut Vec<Span<'a>>, text: &'a str) {
    if !text.is_empty() {
        found.push(Span::Text(text));
    }
}

/// Whether an emoticon may stand right after `character`.
fn opens(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '(' | '[' | '{' | '"' | '\'' | '“' | '„' | '‘' | '‚' | '«' | '»' | '¿' | '¡' | '–' | '—')
}

/// Whether an emoticon may stand right before `rest`: closing punctuation, and then a blank or the end.
/// `(c).txt` stays a file name and `:Drake` a word.
fn ends_well(rest: &str) -> bool {
    let after = rest.trim_start_matches([
        '.', ',', '!', '?', ';', ':', ')', ']', '}', '"', '\'', '”', '“', '’', '«', '»', '…', '–', '—',
    ]);
    after.chars().next().is_none_or(char::is_whitespace)
}

/// Keeps count of backticks: between two of them is code. An odd one at the end opens nothing that matters.
#[derive(Default)]
struct CodeMarks {
    is_open: bool,
}

impl CodeMarks {
    fn pass(&mut self, text: &str) {
        text.chars().for_each(|character| self.pass_char(character));
    }

    fn pass_char(&mut self, character: char) {
        if character == '`' {
            self.is_open = !self.is_open;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The pieces in a form that is easy to read in a test: `<link>`, `{emoticon}`.
    fn shown(text: &str) -> String {
        let piece = |span: &Span<'_>| match span {
            Span::Text(text) => (*text).to_owned(),
            Span::Link(url) => format!("<{url}>"),
            Span::Emoticon(emoticon, _) => format!("{{{}}}", emoticon.en),
        };
        spans(text).iter().map(piece).collect()
    }

    #[test]
    fn keys_between_blanks_and_punctuation_are_drawn() {
        for (typed, expected) in [
            (":)", "{smile}"),
            ("hi :-) there", "hi {smile} there"),
            ("really :D!", "really {grin}!"),
            ("(so happy :))", "(so happy {smile})"),
            ("“:P”", "“{tongue out}”"),
            ("(y)(Y)", "{thumb up}{thumb up}"),
            (":):)", "{smile}{smile}"),
            ("tea\n(c)\n", "tea\n{coffee}\n"),
            ("<3, </3 …", "{heart}, {broken heart} …"),
        ] {
            assert_eq!(shown(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn words_numbers_files_and_code_stay_text() {
        for typed in [
            "401(k)",
            "f(x)",
            "XP",
            "C:D",
            ":Drake",
            "(c).txt",
            "10:Space",
            "see `a :) b`",
            "x:)",
            "```\n:) \n```",
            "10:30",
            "(öl)",
        ] {
            assert_eq!(shown(typed), typed, "{typed:?}");
        }
    }

    #[test]
    fn links_are_whole_and_nothing_inside_them_is_drawn() {
        assert_eq!(
            shown("see https://example.org/:Pa?q=(y)&r=:D ok :)"),
            "see <https://example.org/:Pa?q=(y)&r=:D> ok {smile}"
        );
        assert_eq!(shown("(http://example.org)."), "(<http://example.org>).");
        assert_eq!(shown("javascript://x ftp://a.b mailto:a@b.c"), "javascript://x ftp://a.b mailto:a@b.c");
    }

    #[test]
    fn the_pieces_are_the_text() {
        for typed in ["", "a :) b https://x.yz `:)` 😀:)", "(y)(n) 🇩🇪:)", "`", "ﬁ:)"] {
            let whole: String = spans(typed)
                .iter()
                .map(|span| match span {
                    Span::Text(text) | Span::Link(text) | Span::Emoticon(_, text) => *text,
                })
                .collect();
            assert_eq!(whole, typed);
        }
    }

    #[test]
    fn drawings_alone_are_noticed() {
        assert!(is_only_emoticons(&spans(":) (y)")));
        assert!(
            !is_only_emoticons(&spans("ok :)")) && !is_only_emoticons(&spans("")) && !is_only_emoticons(&spans("  "))
        );
    }

    #[test]
    fn a_long_run_of_keys_takes_no_long_time() {
        assert_eq!(spans(&":)".repeat(1_000)).len(), 1_000);
    }

    // ---- laws

    fn key() -> impl Strategy<Value = &'static str> {
        let keys: Vec<&'static str> =
            crate::emoticons::EMOTICONS.iter().flat_map(|emoticon| emoticon.keys.iter().copied()).collect();
        proptest::sample::select(keys)
    }

    fn typed() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => key().prop_map(str::to_owned),
            3 => Just(" ".to_owned()),
            2 => "[a-zA-Z0-9]{1,4}",
            1 => proptest::sample::select(vec!["http://a.b/", "`", ".", "(", ")", "!", "\n", "“", "ö", "😀"]).prop_map(str::to_owned),
            1 => "\\PC{0,3}",
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    fn has_drawing(text: &str) -> bool {
        spans(text).iter().any(|span| matches!(span, Span::Emoticon(..)))
    }

    #[test]
    fn what_stands_beside_a_piece_counts_also_across_links() {
        assert_eq!(shown("(H)Ahttps://example.org/"), "(H)Ahttps://example.org/");
        assert_eq!(shown(":) https://example.org/ :)"), "{smile} <https://example.org/> {smile}");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_the_pieces_are_the_text(typed in typed()) {
            let whole: String = spans(&typed).iter().map(|span| match span {
                Span::Text(text) | Span::Link(text) | Span::Emoticon(_, text) => *text,
            }).collect();
            prop_assert_eq!(whole, typed);
        }

        #[test]
        fn a_drawing_stands_only_between_what_opens_and_what_closes(typed in typed()) {
            let spans = spans(&typed);
            let mut at = 0;
            for (place, span) in spans.iter().enumerate() {
                let (Span::Text(text) | Span::Link(text) | Span::Emoticon(_, text)) = span;
                let end = at + text.len();
                if let Span::Emoticon(emoticon, key) = span {
                    let is_drawing = |place: Option<usize>| {
                        place.and_then(|place| spans.get(place)).is_some_and(|span| matches!(span, Span::Emoticon(..)))
                    };
                    prop_assert!(emoticon.keys.iter().any(|known| known.eq_ignore_ascii_case(key)));
                    prop_assert!(char_before(&typed, at).is_none_or(opens) || is_drawing(place.checked_sub(1)));
                    prop_assert!(ends_well(&typed[end..]) || is_drawing(Some(place + 1)));
                }
                at = end;
            }
        }

        #[test]
        fn a_key_alone_or_between_blanks_is_drawn(key in key()) {
            let (alone, between) = (key.to_owned(), format!("so {key} it is"));
            prop_assert!(has_drawing(&alone) && has_drawing(&between));
            prop_assert!(is_only_emoticons(&spans(&alone)));
        }

        #[test]
        fn nothing_is_drawn_behind_a_letter_in_code_or_in_an_address(key in key(), word in "[a-z0-9]{1,5}") {
            for typed in [format!("{word}{key}"), format!("`{key}`"), format!("see `a {key} b` {word}"), format!("http://example.org/{key}")] {
                prop_assert!(!has_drawing(&typed), "{}", typed);
            }
        }
    }
}
