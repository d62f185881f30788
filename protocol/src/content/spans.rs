//! Text of a message in pieces to show: plain text, code, quotes, links, emoticons. Never HTML (`ux.md` 4.9).
//!
//! The text is cut each time a message is shown: it is stored and sent as it was typed. Emoticon keys count only where a reader expects an
//! emoticon: not inside links, code, file names or words. Of markdown there are code between backticks, blocks of code between three
//! backticks, and lines that begin with `> `. `markup` finds styles of single words in these pieces.

use super::addresses::addresses;
use super::embedded_emoticon::EmbeddedEmoticon;
use super::emoticons::{self, Emoticon};
use super::letters::{CLOSING, closes, is_letter, opens};

/// Mark before and after a block of code.
const FENCE: &str = "```";
/// Mark at the beginning of a quoted line.
pub(super) const QUOTE: &str = "> ";

/// One piece of a message, borrowed from its text. All pieces together, with their marks, are the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    Text(&'a str),
    /// Code, with its backticks.
    Code(&'a str),
    /// Lines of code, with the fences around them and the end of the last line.
    Block(&'a str),
    /// Quoted lines, with their marks; [`quoted`] returns their content.
    Quote(&'a str),
    /// Address with `http` or `https`.
    Link(&'a str),
    /// Built-in emoticon, and the key that was typed for it.
    Emoticon(&'static Emoticon, &'a str),
    /// Code of an emoticon of the writer.
    Own(&'a str),
}

/// Emoticons of the writer that a text may use.
type Own<'o> = &'o [EmbeddedEmoticon];

impl<'a> Span<'a> {
    /// Returns its piece of the text, with its marks.
    pub fn typed(self) -> &'a str {
        let (Self::Text(text)
        | Self::Code(text)
        | Self::Block(text)
        | Self::Quote(text)
        | Self::Link(text)
        | Self::Emoticon(_, text)
        | Self::Own(text)) = self;
        text
    }
}

/// Cuts `text` into pieces.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    cut(text, true, &[])
}

/// Cuts `text` into pieces, with emoticons of the writer.
pub fn spans_with<'a>(text: &'a str, own: &[EmbeddedEmoticon]) -> Vec<Span<'a>> {
    cut(text, true, own)
}

/// Returns the lines of a [`Span::Quote`] without marks, each cut into pieces. A quote within a quote stays text.
pub fn quoted<'a>(lines: &'a str, own: &[EmbeddedEmoticon]) -> impl Iterator<Item = Vec<Span<'a>>> {
    lines.lines().map(move |line| cut(line.strip_prefix(QUOTE).unwrap_or(line), false, own))
}

/// Returns the codes of `own` that count in `text`, in their order.
pub fn own_codes<'a>(text: &'a str, own: &[EmbeddedEmoticon]) -> Vec<&'a str> {
    let mut codes = Vec::new();
    for span in spans_with(text, own) {
        match span {
            Span::Own(code) => codes.push(code),
            Span::Quote(lines) => {
                for span in quoted(lines, own).flatten() {
                    if let Span::Own(code) = span {
                        codes.push(code);
                    }
                }
            }
            _ => {}
        }
    }
    codes
}

/// Returns the code of a [`Span::Code`] or a [`Span::Block`], without its marks.
pub fn code(typed: &str) -> &str {
    let fenced =
        typed.strip_suffix('\n').unwrap_or(typed).strip_prefix(FENCE).and_then(|rest| rest.strip_suffix(FENCE));
    match fenced {
        Some(lines) => {
            let lines = lines.strip_prefix('\n').unwrap_or(lines);
            lines.strip_suffix('\n').unwrap_or(lines)
        }
        None => typed.trim_matches('`'),
    }
}

/// Only a whole message can have blocks and quotes.
fn cut<'a>(text: &'a str, is_whole: bool, own: Own<'_>) -> Vec<Span<'a>> {
    let (mut found, mut at, mut plain_from) = (Vec::new(), 0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let is_line = at == 0 || text[..at].ends_with('\n');
        let marked = match rest.as_bytes() {
            [b'>', ..] if is_whole && is_line => quote_at(rest).map(Span::Quote),
            [b'`', ..] => {
                block_at(rest).filter(|_| is_whole).map(Span::Block).or_else(|| code_at(rest).map(Span::Code))
            }
            _ => None,
        };
        match marked {
            Some(span) => {
                push_plain_and_links(&mut found, text, (plain_from, at), own);
                found.push(span);
                at += span.typed().len();
                plain_from = at;
            }
            // Continues after these backticks, at the next place where code may begin.
            None => {
                let passed = rest.bytes().take_while(|byte| *byte == b'`').count().max(1);
                let next = rest.bytes().skip(passed).position(|byte| matches!(byte, b'`' | b'>'));
                at += next.map_or(rest.len(), |next| passed + next);
            }
        }
    }
    push_plain_and_links(&mut found, text, (plain_from, text.len()), own);
    found
}

/// Returns the quoted lines at the beginning of `text`.
fn quote_at(text: &str) -> Option<&str> {
    let mut end = 0;
    while text[end..].starts_with(QUOTE) {
        end = text[end..].find('\n').map_or(text.len(), |line| end + line + 1);
    }
    text.get(..end).filter(|lines| !lines.is_empty())
}

/// Returns the block of code at the beginning of `text`, with the end of its last line.
fn block_at(text: &str) -> Option<&str> {
    let lines = text.strip_prefix(FENCE)?;
    let length = lines.find(FENCE).filter(|length| !lines[..*length].trim().is_empty())?;
    let end = 2 * FENCE.len() + length;
    Some(&text[..end + usize::from(text[end..].starts_with('\n'))])
}

/// Returns the code at the beginning of `text`: a text between two backticks in one line.
fn code_at(text: &str) -> Option<&str> {
    let length = text.strip_prefix('`')?.find(['`', '\n'])?;
    Some(&text[..length + 2]).filter(|code| length > 0 && code.ends_with('`'))
}

/// Adds the pieces between two marked ones, `from .. to` of `text`: addresses and plain text.
fn push_plain_and_links<'a>(found: &mut Vec<Span<'a>>, text: &'a str, (from, to): (usize, usize), own: Own<'_>) {
    let mut plain_from = from;
    for link in addresses(&text[from..to]) {
        let (start, end) = (from + link.start, from + link.end);
        push_text(found, text, (plain_from, start), own);
        found.push(Span::Link(&text[start..end]));
        plain_from = end;
    }
    push_text(found, text, (plain_from, to), own);
}

pub fn links(text: &str) -> Vec<&str> {
    let link = |span| if let Span::Link(link) = span { Some(link) } else { None };
    let mut found = Vec::new();
    for span in spans(text) {
        match span {
            Span::Quote(lines) => found.extend(quoted(lines, &[]).flatten().filter_map(link)),
            span => found.extend(link(span)),
        }
    }
    found
}

pub fn has_link(text: &str) -> bool {
    !links(text).is_empty()
}

/// Returns `true` if `spans` consist of emoticons alone, at most ten of them, which are shown larger.
pub fn is_only_emoticons(spans: &[Span<'_>]) -> bool {
    let drawings = spans.iter().filter(|span| matches!(span, Span::Emoticon(..) | Span::Own(_))).count();
    let is_rest_blank = spans.iter().all(|span| match span {
        Span::Text(text) => text.trim().is_empty(),
        Span::Emoticon(..) | Span::Own(_) => true,
        _ => false,
    });
    is_rest_blank && (1..=10).contains(&drawings)
}

fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at).and_then(|start| start.chars().next_back())
}

/// Splits `from .. to` of `text`, which is between two other pieces, at its emoticons. The text around it counts as well.
fn push_text<'a>(found: &mut Vec<Span<'a>>, text: &'a str, (from, to): (usize, usize), own: Own<'_>) {
    let (mut start, mut at, mut previous) = (from, from, char_before(text, from));
    while let Some(next) = text[at..to].chars().next() {
        let may_begin = previous.is_none_or(opens);
        let is_after_letter = previous.is_some_and(is_letter);
        let run = if may_begin { run_at_start(&text[at..], to - at, own, is_after_letter) } else { Vec::new() };
        if run.is_empty() {
            at += next.len_utf8();
            previous = Some(next);
            continue;
        }
        push_plain(found, &text[start..at]);
        for (emoticon, length) in run {
            let typed = &text[at..at + length];
            found.push(emoticon.map_or(Span::Own(typed), |emoticon| Span::Emoticon(emoticon, typed)));
            at += length;
        }
        (start, previous) = (at, char_before(text, at));
    }
    push_plain(found, &text[start..to]);
}

/// Returns the emoticons at the beginning of `text` within its first `limit` bytes. They follow each other without a blank, and the last one
/// is at a place where an emoticon may end. Behind a letter, a built-in key in brackets is none: `(A)` may be the first of several choices.
fn run_at_start(text: &str, limit: usize, own: Own<'_>, is_after_letter: bool) -> Vec<Drawing> {
    let (mut run, mut at, mut valid) = (Vec::new(), 0, 0);
    while let Some((emoticon, length)) = drawing_at_start(&text[at..limit], own) {
        if at == 0 && is_after_letter && emoticon.is_some() && text.starts_with('(') {
            break;
        }
        at += length;
        run.push((emoticon, length));
        if ends_well(&text[at..]) {
            valid = run.len();
        }
    }
    run.truncate(valid);
    run
}

/// Built-in emoticon, or `None` for one of the writer; and the length of the typed text.
type Drawing = (Option<&'static Emoticon>, usize);

/// Returns the longest emoticon at the beginning of `text`.
fn drawing_at_start(text: &str, own: Own<'_>) -> Option<Drawing> {
    let ours = emoticons::at_start(text).map(|(emoticon, length)| (Some(emoticon), length));
    let codes = own.iter().filter(|one| !one.code.is_empty() && text.starts_with(one.code.as_str()));
    let own = codes.map(|one| (None, one.code.len())).max_by_key(|(_, length)| *length);
    match (ours, own) {
        (Some(ours), Some(own)) => Some(if own.1 > ours.1 { own } else { ours }),
        (ours, own) => ours.or(own),
    }
}

fn push_plain<'a>(found: &mut Vec<Span<'a>>, text: &'a str) {
    if !text.is_empty() {
        found.push(Span::Text(text));
    }
}

/// Returns `true` if an emoticon may directly precede `rest`: closing punctuation, and then an edge of a word. `(c).txt` stays a file name
/// and `:Drake` a word.
fn ends_well(rest: &str) -> bool {
    rest.trim_start_matches(|sign| CLOSING.contains(sign)).chars().next().is_none_or(closes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the pieces in a form that is easy to read in a test: `<link>`, `{emoticon}`, `[code]`, `[[block]]`, `|quote|`.
    fn shown(text: &str) -> String {
        pieces(&spans(text))
    }

    fn pieces(spans: &[Span<'_>]) -> String {
        let piece = |span: &Span<'_>| match span {
            Span::Text(text) => (*text).to_owned(),
            Span::Link(url) => format!("<{url}>"),
            Span::Emoticon(emoticon, _) => format!("{{{}}}", emoticon.name()),
            Span::Own(code) => format!("{{own {code}}}"),
            Span::Code(typed) => format!("[{}]", code(typed)),
            Span::Block(typed) => format!("[[{}]]", code(typed)),
            Span::Quote(lines) => {
                format!("|{}|", quoted(lines, &[]).map(|line| pieces(&line)).collect::<Vec<_>>().join("/"))
            }
        };
        spans.iter().map(piece).collect()
    }

    #[test]
    fn keys_between_blanks_and_punctuation_are_drawn() {
        for (typed, expected) in [
            (":)", "{smile}"),
            ("hi :-) there", "hi {smile} there"),
            ("really :D!", "really {grin}!"),
            ("(so happy :))", "(so happy {smile})"),
            ("“:P”", "“{tongue}”"),
            ("(y)(Y)", "{thumbup}{thumbup}"),
            (":):)", "{smile}{smile}"),
            ("tea\n(c)\n", "tea\n{coffee}\n"),
            ("<3, </3 …", "{heart}, {broken} …"),
            ("你好:)，真的:D。", "你好{smile}，真的{grin}。"),
            ("哈哈:P哈（:)）", "哈哈{tongue}哈（{smile}）"),
            ("やった<3です", "やった{heart}です"),
            ("سعيد :)، 🎉:)🎉", "سعيد {smile}، 🎉{smile}🎉"),
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
            "x:)",
            "10:30",
            "(öl)",
            "да:)",
            ":)да",
            "选项(A)",
            "注(6)",
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
            let whole: String = spans(typed).into_iter().map(Span::typed).collect();
            assert_eq!(whole, typed);
        }
    }

    #[test]
    fn code_and_quotes_are_marked_and_nothing_else_of_markdown_is() {
        for (typed, expected) in [
            ("see `a :) b` :)", "see [a :) b] {smile}"),
            ("```\n:) \n```", "[[:) ]]"),
            ("so:\n```\nif a < b {\n  `c`\n}\n```\ndone", "so:\n[[if a < b {\n  `c`\n}]]done"),
            ("a ```b http://example.org``` e", "a [[b http://example.org]] e"),
            ("`http://example.org/`", "[http://example.org/]"),
            ("> one :)\n> `two`\nthree", "|one {smile}/[two]|three"),
            ("say\n> http://example.org", "say\n|<http://example.org>|"),
            ("> > twice", "|> twice|"),
            ("> ```a```", "|```a```|"),
            ("a\n\n> b\n\n> c", "a\n\n|b|\n|c|"),
            ("an odd ` one :)", "an odd ` one {smile}"),
            ("`over\nlines` :)", "`over\nlines` {smile}"),
            ("`` and `` and ``` ```", "`` and `` and ``` ```"),
            ("1 > 2, a>b, >c", "1 > 2, a>b, >c"),
            ("*b* _i_ ~s~ # h - l [x](y) <b>", "*b* _i_ ~s~ # h - l [x](y) <b>"),
        ] {
            assert_eq!(shown(typed), expected, "{typed:?}");
        }
    }

    fn own(codes: &[&str]) -> Vec<EmbeddedEmoticon> {
        let one = |code: &&str| EmbeddedEmoticon { code: (*code).to_owned(), file: String::new(), alt: String::new() };
        codes.iter().map(one).collect()
    }

    #[test]
    fn codes_of_ones_own_count_where_keys_count() {
        let own = own(&["(mia)", ":)x", "o_o"]);
        for (typed, expected) in [
            ("(mia)", "{own (mia)}"),
            ("so (mia)!", "so {own (mia)}!"),
            ("(mia):)(mia)", "{own (mia)}{smile}{own (mia)}"),
            (":)x :)", "{own :)x} {smile}"),
            ("(MIA) fo_o o_o o_oh", "(MIA) fo_o {own o_o} o_oh"),
            ("> (mia)", "|(mia)|"),
            ("你好(mia)吗", "你好{own (mia)}吗"),
            ("`(mia)` http://example.org/(mia)", "[(mia)] <http://example.org/(mia)>"),
        ] {
            assert_eq!(pieces(&spans_with(typed, &own)), expected, "{typed:?}");
        }
        assert_eq!(own_codes("> (mia)\no_o (mia)", &own), ["(mia)", "o_o", "(mia)"]);
        assert!(is_only_emoticons(&spans_with("(mia) :)", &own)));
    }

    #[test]
    fn drawings_alone_are_noticed() {
        assert!(is_only_emoticons(&spans(":) (y)")));
        assert!(
            !is_only_emoticons(&spans("ok :)")) && !is_only_emoticons(&spans("")) && !is_only_emoticons(&spans("  "))
        );
    }

    #[test]
    fn an_address_counts_in_a_quote_and_not_in_code() {
        assert!(has_link("a http://example.org") && has_link("> http://example.org"));
        assert!(!has_link("`http://example.org`") && !has_link("a.b"));
    }

    #[test]
    fn a_long_run_of_keys_takes_no_long_time() {
        assert_eq!(spans(&":)".repeat(1_000)).len(), 1_000);
    }

    // ---- laws

    fn key() -> impl Strategy<Value = &'static str> {
        let keys: Vec<&'static str> =
            crate::content::emoticons::EMOTICONS.iter().flat_map(|emoticon| emoticon.keys.iter().copied()).collect();
        proptest::sample::select(keys)
    }

    fn typed() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => key().prop_map(str::to_owned),
            3 => Just(" ".to_owned()),
            2 => "[a-zA-Z0-9]{1,4}",
            1 => proptest::sample::select(vec!["http://a.b/", "`", "```", "> ", ">", ".", "(", ")", "!", "\n", "“", "ö", "😀"]).prop_map(str::to_owned),
            1 => "\\PC{0,3}",
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    fn seen_of_line(span: Span<'_>) -> String {
        match span {
            Span::Code(typed) | Span::Block(typed) => code(typed).to_owned(),
            span => span.typed().to_owned(),
        }
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
            let whole: String = spans(&typed).into_iter().map(Span::typed).collect();
            prop_assert_eq!(whole, typed);
        }

        #[test]
        fn with_codes_of_ones_own_the_pieces_are_the_text_as_well(typed in typed(), code in "[:()a-z]{2,4}") {
            let own = own(&[&code, ":)", "("]);
            let whole: String = spans_with(&typed, &own).into_iter().map(Span::typed).collect();
            prop_assert_eq!(whole, typed);
        }

        #[test]
        fn what_is_seen_is_the_text_without_its_marks(typed in typed()) {
            let line = |line: Vec<Span<'_>>| line.into_iter().map(seen_of_line).collect::<String>();
            let seen: String = spans(&typed).into_iter().map(|span| match span {
                Span::Quote(lines) => quoted(lines, &[]).map(line).collect::<Vec<_>>().join("\n"),
                span => seen_of_line(span),
            }).collect();
            // Nothing is added, moved or changed; only marks and ends of lines are missing.
            let mut left = seen.chars().peekable();
            for typed in typed.chars() {
                if left.peek() == Some(&typed) {
                    left.next();
                } else {
                    prop_assert!(matches!(typed, '`' | '>' | ' ' | '\n'), "{typed:?} is missing in {seen:?}");
                }
            }
            prop_assert_eq!(left.next(), None);
        }

        #[test]
        fn any_text_can_be_cut(typed in "(\\PC|[`> \n]){0,40}") {
            let whole: String = spans(&typed).into_iter().map(Span::typed).collect();
            prop_assert_eq!(&whole, &typed);
            let again: Vec<Vec<Span<'_>>> = quoted(&typed, &[]).collect();
            prop_assert!(again.len() <= typed.len());
        }

        #[test]
        fn nothing_in_code_is_a_link_or_a_drawing(inside in "[^`\n]{1,20}", key in key()) {
            for typed in [format!("`{inside} {key} http://example.org `"), format!("```\n{inside}\n{key}\nhttp://example.org\n```")] {
                let has_code = matches!(spans(&typed)[..], [Span::Code(_) | Span::Block(_)]);
                prop_assert!(has_code, "{}", typed);
            }
        }

        #[test]
        fn a_drawing_stands_only_between_what_opens_and_what_closes(typed in typed()) {
            let spans = spans(&typed);
            let mut at = 0;
            for (place, span) in spans.iter().enumerate() {
                let end = at + span.typed().len();
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
