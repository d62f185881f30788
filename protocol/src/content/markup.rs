//! Styles of single words: `*bold*`, `_italic_` and `~struck~` in the pieces of a message (`ux.md` 2.7).
//!
//! Like the pieces, marks are found each time a message is shown: the text is stored and sent as it was typed. Only plain text has marks,
//! so addresses, code and emoticons stay whole.

use std::mem;

use super::embedded_emoticon::EmbeddedEmoticon;
use super::letters::{begins_words, closes, ends_words, goes_on, is_inside, opens};
use super::spans::{QUOTE, Span, quoted, spans_with};

/// Style between two marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bold, between two `*`.
    Strong,
    /// Italic, between two `_`.
    Emphasis,
    /// Struck out, between two `~`.
    Struck,
}

impl Style {
    /// Returns the character before and after words in this style.
    pub fn mark(self) -> char {
        match self {
            Self::Strong => '*',
            Self::Emphasis => '_',
            Self::Struck => '~',
        }
    }

    fn of(mark: u8) -> Option<Self> {
        match mark {
            b'*' => Some(Self::Strong),
            b'_' => Some(Self::Emphasis),
            b'~' => Some(Self::Struck),
            _ => None,
        }
    }
}

/// Piece of a message, or pieces in a style. All of them together, with their marks, are the whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Piece without a style of its own.
    Span(Span<'a>),
    /// Pieces between two marks.
    Styled(Style, Vec<Part<'a>>),
}

/// Finds the styles in the pieces of a text or of a quoted line.
pub fn styled<'a>(spans: &[Span<'a>]) -> Vec<Part<'a>> {
    let mut finder = Finder::default();
    for (index, span) in spans.iter().enumerate() {
        let after = spans.get(index + 1).and_then(|next| next.typed().chars().next());
        finder.read(index, *span, after);
    }
    let mut marks = finder.applied;
    marks.sort_unstable_by_key(|mark| (mark.span, mark.at));
    parts(spans, &marks)
}

/// Returns a text without the marks that are applied. Marks of quotes and code stay.
pub fn without_marks(text: &str, own: &[EmbeddedEmoticon]) -> String {
    let mut out = String::with_capacity(text.len());
    push_words(&mut out, &styled(&spans_with(text, own)), own);
    out
}

fn push_words(out: &mut String, parts: &[Part<'_>], own: &[EmbeddedEmoticon]) {
    for part in parts {
        match part {
            Part::Span(Span::Quote(lines)) => push_quote(out, lines, own),
            Part::Span(span) => out.push_str(span.typed()),
            Part::Styled(_, inside) => push_words(out, inside, own),
        }
    }
}

fn push_quote(out: &mut String, lines: &str, own: &[EmbeddedEmoticon]) {
    for line in lines.split_inclusive('\n') {
        out.push_str(QUOTE);
        for spans in quoted(line, own) {
            push_words(out, &styled(&spans), own);
        }
        out.push_str(if line.ends_with('\n') { "\n" } else { "" });
    }
}

/// Returns the pieces of plain text in a message, in which a name may be mentioned: no code, address or emoticon.
pub(super) fn plain_texts<'a>(text: &'a str, own: &[EmbeddedEmoticon]) -> Vec<&'a str> {
    let mut found = Vec::new();
    push_plain_texts(&mut found, &styled(&spans_with(text, own)), own);
    found
}

fn push_plain_texts<'a>(found: &mut Vec<&'a str>, parts: &[Part<'a>], own: &[EmbeddedEmoticon]) {
    for part in parts {
        match part {
            Part::Span(Span::Text(text)) => found.push(text),
            Part::Span(Span::Quote(lines)) => {
                quoted(lines, own).for_each(|spans| push_plain_texts(found, &styled(&spans), own));
            }
            Part::Span(_) => {}
            Part::Styled(_, inside) => push_plain_texts(found, inside, own),
        }
    }
}

/// Mark in a plain piece.
#[derive(Clone, Copy)]
struct Mark {
    /// Index of the piece.
    span: usize,
    at: usize,
    style: Style,
    is_opening: bool,
}

/// Marks of one piece that stand directly beside each other.
struct Run<'a> {
    span: usize,
    at: usize,
    marks: &'a str,
    before: Option<char>,
    after: Option<char>,
}

/// Search for pairs of marks, one pass over the text.
#[derive(Default)]
struct Finder {
    /// Opening marks of this line without their other halves, from the outside in. Each style is in it at most once.
    open: Vec<Mark>,
    /// Both halves of all pairs.
    applied: Vec<Mark>,
    /// Last character that was read.
    before: Option<char>,
}

impl Finder {
    /// Reads one piece; `after` is the character behind it.
    fn read(&mut self, span: usize, piece: Span<'_>, after: Option<char>) {
        let Span::Text(text) = piece else {
            // A pair of marks stands in one line.
            if piece.typed().contains('\n') {
                self.open.clear();
            }
            self.before = piece.typed().chars().next_back().or(self.before);
            return;
        };
        let mut from = 0;
        for word in text.split_inclusive(char::is_whitespace) {
            // Parts of e-mail addresses are no marks.
            if !has_email(word) {
                self.read_word(span, from, word, after);
            }
            if word.ends_with('\n') {
                self.open.clear();
            }
            self.before = word.chars().next_back().or(self.before);
            from += word.len();
        }
    }

    /// Reads one word with the blank behind it, which begins at `from` of its piece.
    fn read_word(&mut self, span: usize, from: usize, word: &str, after: Option<char>) {
        let mut at = 0;
        while let Some(found) = word[at..].find(['*', '_', '~']) {
            let start = at + found;
            let length = word[start..].bytes().take_while(|byte| Style::of(*byte).is_some()).count();
            at = start + length;
            self.take(&Run {
                span,
                at: from + start,
                marks: &word[start..at],
                before: word[..start].chars().next_back().or(self.before),
                after: word[at..].chars().next().or(after),
            });
        }
    }

    /// Opens or closes the styles of a run. A run that has a mark twice does nothing.
    fn take(&mut self, run: &Run<'_>) {
        let Some(styles) = distinct(run.marks) else { return };
        let is_path = run.marks.ends_with('~') && run.after == Some('/');
        let is_opening = run.before.is_none_or(opens) && run.after.is_some_and(is_ink) && !is_path;
        let is_closing = run.before.is_some_and(is_ink) && run.after.is_none_or(closes);
        // Where no blank stands on either side, the words that the run encloses decide.
        let is_either = is_opening && is_closing;
        let may_open = is_opening && (!is_either || run.after.is_some_and(begins_words));
        let may_close = is_closing && (!is_either || run.before.is_some_and(ends_words));
        for (place, style) in styles.into_iter().enumerate() {
            let is_opening = may_open && !(may_close && self.is_open(style));
            let mark = Mark { span: run.span, at: run.at + place, style, is_opening };
            if is_opening {
                self.open(mark);
            } else if may_close {
                self.close(mark);
            }
        }
    }

    /// Opens a style. An earlier mark of the same style, which has no other half so far, stays text.
    fn open(&mut self, mark: Mark) {
        self.open.retain(|earlier| earlier.style != mark.style);
        self.open.push(mark);
    }

    fn is_open(&self, style: Style) -> bool {
        self.open.iter().any(|mark| mark.style == style)
    }

    /// Closes a style if it is open. Styles that were opened inside of it and not closed stay text.
    fn close(&mut self, mark: Mark) {
        let Some(place) = self.open.iter().position(|earlier| earlier.style == mark.style) else { return };
        let opening = self.open[place];
        self.open.truncate(place);
        self.applied.extend([opening, mark]);
    }
}

/// Returns the styles of marks if each of them is there once.
fn distinct(marks: &str) -> Option<Vec<Style>> {
    let mut styles = Vec::new();
    for style in marks.bytes().map(Style::of) {
        let style = style.filter(|style| !styles.contains(style))?;
        styles.push(style);
    }
    Some(styles)
}

fn is_ink(character: char) -> bool {
    !character.is_whitespace()
}

/// Returns `true` if a word contains an e-mail address: `@` between letters or digits of scripts that have blanks between words.
fn has_email(word: &str) -> bool {
    word.match_indices('@')
        .any(|(at, sign)| word[..at].ends_with(is_inside) && word[at + sign.len()..].starts_with(goes_on))
}

/// Builds the parts out of the pieces and their applied marks, which are in order and in pairs that do not cross.
fn parts<'a>(spans: &[Span<'a>], marks: &[Mark]) -> Vec<Part<'a>> {
    let (mut done, mut around, mut marks) = (Vec::new(), Vec::new(), marks.iter().peekable());
    for (index, span) in spans.iter().enumerate() {
        let Span::Text(text) = *span else {
            done.push(Part::Span(*span));
            continue;
        };
        let mut from = 0;
        while let Some(mark) = marks.next_if(|mark| mark.span == index) {
            push_text(&mut done, &text[from..mark.at]);
            from = mark.at + mark.style.mark().len_utf8();
            if mark.is_opening {
                around.push(mem::take(&mut done));
            } else if let Some(outside) = around.pop() {
                let inside = mem::replace(&mut done, outside);
                done.push(Part::Styled(mark.style, inside));
            }
        }
        push_text(&mut done, &text[from..]);
    }
    done
}

fn push_text<'a>(done: &mut Vec<Part<'a>>, text: &'a str) {
    if !text.is_empty() {
        done.push(Part::Span(Span::Text(text)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::spans::spans;
    use super::*;

    /// Returns the parts in a form that is easy to read in a test: `<b:bold>`, `<i:italic>`, `<s:struck>`.
    fn shown(text: &str) -> String {
        read(&styled(&spans(text)))
    }

    fn read(parts: &[Part<'_>]) -> String {
        let part = |part: &Part<'_>| match part {
            Part::Span(span) => span.typed().to_owned(),
            Part::Styled(Style::Strong, inside) => format!("<b:{}>", read(inside)),
            Part::Styled(Style::Emphasis, inside) => format!("<i:{}>", read(inside)),
            Part::Styled(Style::Struck, inside) => format!("<s:{}>", read(inside)),
        };
        parts.iter().map(part).collect()
    }

    /// Returns the parts with their marks.
    fn typed(parts: &[Part<'_>]) -> String {
        let part = |part: &Part<'_>| match part {
            Part::Span(span) => span.typed().to_owned(),
            Part::Styled(style, inside) => format!("{0}{1}{0}", style.mark(), typed(inside)),
        };
        parts.iter().map(part).collect()
    }

    #[test]
    fn words_between_marks_have_a_style() {
        for (text, expected) in [
            ("*bold*", "<b:bold>"),
            ("an _italic_ word, ~struck~.", "an <i:italic> word, <s:struck>."),
            ("(*so*) “_so_” ~so~!", "(<b:so>) “<i:so>” <s:so>!"),
            ("*two words*\n_next line_", "<b:two words>\n<i:next line>"),
            ("*_both_* and ~*all _three_*~", "<b:<i:both>> and <s:<b:all <i:three>>>"),
            ("*a* *b*", "<b:a> <b:b>"),
            ("5 *stars and *bold*", "5 *stars and <b:bold>"),
            ("*a _b* c_", "<b:a _b> c_"),
            ("*see https://example.org/_a_ now*", "<b:see https://example.org/_a_ now>"),
            ("*with `a * b` code*", "<b:with `a * b` code>"),
            ("这是*重要*的，_请_看。", "这是<b:重要>的，<i:请>看。"),
            ("这是*重要*。*对*！", "这是<b:重要>。<b:对>！"),
            ("说*「重要」*的（~旧~）", "说<b:「重要」>的（<s:旧>）"),
            ("そう_とても_*です*ね", "そう<i:とても><b:です>ね"),
            ("*مهم*، _نعم_؟", "<b:مهم>، <i:نعم>؟"),
            ("🎉*wow*🎉 (*“so”*)", "🎉<b:wow>🎉 (<b:“so”>)"),
            ("你好@田中，*看*", "你好@田中，<b:看>"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn everything_else_stays_as_it_was_typed() {
        for text in [
            "snake_case_name",
            "2*3*4",
            "a * b * c",
            "~/path and ~/other~",
            "*",
            "**",
            "__",
            "***",
            "**bold**",
            "__init__",
            "~~old~~",
            "* item\n* item",
            "*not\nhere*",
            "*no end",
            "no start*",
            "* blank*",
            "*blank *",
            "\"*\" and \"*\"",
            "_mia_@example.org",
            "write to _a@b.example_ or a_b@c.example_",
            "https://example.org/*a*/_b_",
            "`*a*` and ```\n_b_\n```",
            "x*bold*x",
            "价格*，服务费*",
            "“*”和“*”",
            "имя_не_знак, 2*３*4",
            "중요*한*것",
        ] {
            assert_eq!(shown(text), text, "{text:?}");
        }
    }

    #[test]
    fn codes_of_ones_own_and_emoticons_stay_whole() {
        let own = [EmbeddedEmoticon { code: "_x_".to_owned(), file: String::new(), alt: String::new() }];
        assert_eq!(read(&styled(&spans_with("so _x_ and _y_", &own))), "so _x_ and <i:y>");
        assert_eq!(shown("(*) and :-* (~) *b*"), "(*) and :-* (~) <b:b>");
    }

    #[test]
    fn a_short_form_has_the_words_without_their_marks() {
        for (text, expected) in [
            ("*so* it _is_, 2*3*4", "so it is, 2*3*4"),
            ("> *quoted*\n> `*code*`\n~old~ new", "> quoted\n> `*code*`\nold new"),
            ("", ""),
        ] {
            assert_eq!(without_marks(text, &[]), expected);
        }
    }

    #[test]
    fn a_long_run_of_marks_takes_no_long_time() {
        for piece in ["*a ", "*a* ", "(*a", "*_~", "*", "_a@b.example", "~a\n"] {
            let text = piece.repeat(100_000);
            assert_eq!(typed(&styled(&[Span::Text(&text)])), text);
        }
    }

    // ---- laws

    fn any_text() -> impl Strategy<Value = String> {
        let marks = proptest::sample::select(vec!["*", "_", "~"]);
        let signs =
            proptest::sample::select(vec![" ", "\n", "(", ")", ".", "/", "@", "`", "> ", "``` ", "http://a.b/", ":)"]);
        let piece = prop_oneof![
            3 => marks.prop_map(str::to_owned),
            3 => signs.prop_map(str::to_owned),
            2 => "[a-zé0-9]{1,3}",
            1 => "\\PC{0,2}",
        ];
        proptest::collection::vec(piece, 0..32).prop_map(|pieces| pieces.concat())
    }

    /// Checks the parts inside of `around`, and collects all pieces that are no plain text.
    fn check<'a>(parts: &[Part<'a>], around: &mut Vec<Style>, whole: &mut Vec<Span<'a>>) -> Result<(), TestCaseError> {
        for part in parts {
            match part {
                Part::Span(Span::Text(text)) => prop_assert!(!text.is_empty()),
                Part::Span(span) => whole.push(*span),
                Part::Styled(style, inside) => {
                    prop_assert!(!around.contains(style), "a style inside of itself");
                    let words = typed(inside);
                    prop_assert!(!words.contains('\n'), "a pair of marks over two lines: {words:?}");
                    prop_assert!(
                        words.starts_with(is_ink) && words.ends_with(is_ink),
                        "a mark beside a blank: {words:?}"
                    );
                    around.push(*style);
                    check(inside, around, whole)?;
                    around.pop();
                }
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn the_parts_with_their_marks_are_the_text(text in any_text()) {
            prop_assert_eq!(typed(&styled(&spans(&text))), text);
        }

        #[test]
        fn a_pair_of_marks_stands_in_one_line_and_around_whole_pieces(text in any_text()) {
            let spans = spans(&text);
            let mut whole = Vec::new();
            check(&styled(&spans), &mut Vec::new(), &mut whole)?;
            let others: Vec<Span<'_>> = spans.into_iter().filter(|span| !matches!(span, Span::Text(_))).collect();
            prop_assert_eq!(whole, others);
        }

        #[test]
        fn only_marks_are_missing_in_a_short_form(text in any_text()) {
            let short = without_marks(&text, &[]);
            let mut left = short.chars().peekable();
            for typed in text.chars() {
                if left.peek() == Some(&typed) {
                    left.next();
                } else {
                    prop_assert!(matches!(typed, '*' | '_' | '~'), "{typed:?} is missing in {short:?}");
                }
            }
            prop_assert_eq!(left.next(), None);
        }

        #[test]
        fn a_word_between_marks_is_styled_wherever_it_stands(word in "[a-z]{1,9}", before in "(|[a-z]{1,5} |\\()", after in "(| [a-z]{1,5}|[.,!?)])") {
            for (mark, name) in [('*', 'b'), ('_', 'i'), ('~', 's')] {
                prop_assert_eq!(shown(&format!("{before}{mark}{word}{mark}{after}")), format!("{before}<{name}:{word}>{after}"));
            }
        }
    }
}
