//! Words of a text in the form in which they are compared: without case, without diacritics, and with one spelling for German letters (`ä` =
//! `ae` = `a`, `ß` = `ss`).

use icu_properties::props::LineBreak;
use unicode_segmentation::UnicodeSegmentation;

use crate::content::letters::class_without_blanks;
use crate::content::normal::{Form, normal};
use crate::content::unseen::is_ignorable;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Folded form; never empty.
    pub folded: String,
    /// Byte position at which it begins.
    pub start: usize,
    /// Byte position after its last character.
    pub end: usize,
}

/// Returns the words of `text`, in order. In scripts without blanks each piece is a word ([`stands_alone`]).
pub fn words(text: &str) -> Vec<Word> {
    let places = places(text);
    let pieces: Vec<&str> = places.iter().filter_map(|(start, end)| text.get(*start..*end)).collect();
    // All pieces are folded together, because in wasm each normalization is a call of the runtime.
    let folded = folded(&pieces.join("\n"), Some(BETWEEN));
    let word = |((start, end), folded): ((usize, usize), &str)| Word { folded: folded.to_owned(), start, end };
    let words = places.into_iter().zip(folded.split(BETWEEN)).map(word);
    words.filter(|word| !word.folded.is_empty()).collect()
}

/// Separator of words that are folded together. It occurs in no word, and no mark combines across it.
const BETWEEN: char = '\n';

/// Returns the positions of the words: first byte, and the byte after the last.
fn places(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut begun: Option<usize> = None;
    for (at, character) in text.char_indices() {
        let is_alone = stands_alone(character);
        let is_inside = begun.is_some() && goes_on(character) && !is_alone;
        if is_inside {
            continue;
        }
        let is_letter = is_alone || character.is_alphanumeric();
        if let Some(start) = begun
            && (!is_letter || is_alone || begins_alone(text.get(start..).unwrap_or_default()))
        {
            found.push((start, at));
            begun = None;
        }
        if is_letter && begun.is_none() {
            begun = Some(at);
        }
    }
    if let Some(start) = begun {
        found.push((start, text.len()));
    }
    found
}

/// Returns `true` if a piece of a script without blanks is at the beginning of `text`.
pub(super) fn begins_alone(text: &str) -> bool {
    text.chars().next().is_some_and(stands_alone)
}

/// Returns `true` for a character that belongs to the one before it: marks, and invisible signs.
fn goes_on(character: char) -> bool {
    is_mark(character) || character != '\u{200b}' && is_ignorable(character)
}

/// Returns `true` if a character only changes the one before it, as accents and vowel signs do. The tables for grapheme clusters answer
/// this: those of the general categories would add 8 KB to the compressed Worker. Skin tones belong to no word.
fn is_mark(character: char) -> bool {
    let is_asked = character >= '\u{300}' && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{1f3fb}'..='\u{1f3ff}');
    is_asked && {
        let mut pair = String::from("a");
        pair.push(character);
        pair.graphemes(true).count() == 1
    }
}

/// Returns a piece of text in folded form: letters and digits only. A second fold changes nothing.
pub fn fold(text: &str) -> String {
    folded(text, None)
}

/// Folds `text` in the same way, and leaves one character as it is.
fn folded(text: &str, kept: Option<char>) -> String {
    let small: String = normal(text, Form::Nfkd).chars().flat_map(char::to_lowercase).collect();
    let mut folded = String::with_capacity(text.len());
    for character in normal(&small, Form::Nfkd).chars() {
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push('a'),
            'œ' | 'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            // `ae` is `ä`, which has lost its dots already.
            'e' if folded.ends_with(['a', 'o', 'u']) => {}
            _ if is_diacritic(character) || is_ignorable(character) => {}
            _ if character.is_alphanumeric() || is_mark(character) || kept == Some(character) => folded.push(character),
            _ => {}
        }
    }
    // Marks that were separate are adjacent now, and need their canonical order again.
    normal(&folded, Form::Nfd).into_owned()
}

/// Returns `true` for a mark that people omit when they type. Vowel signs and the like are no such marks.
fn is_diacritic(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

/// Returns `true` if `character` is a piece of its own in a script without blanks between words, by UAX #14. Only a dictionary could find
/// the beginning of its words, so every piece can be the beginning of a searched word. In the scripts of South East Asia the signs above and
/// below letters are pieces as well: a person types the letter before its sign.
pub(super) fn stands_alone(character: char) -> bool {
    match class_without_blanks(character) {
        Some(LineBreak::ComplexContext) => character.is_alphanumeric() || is_mark(character),
        Some(_) => character.is_alphanumeric() && !is_mark(character),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn spellings_of_german_letters_are_one() {
        for alike in [
            ["Müller", "mueller", "MULLER"],
            ["schön", "SCHOEN", "schon"],
            ["Bär", "baer", "BAR"],
            ["Straße", "STRASSE", "straẞe"],
            ["Ärger", "aerger", "A\u{308}rger"],
        ] {
            assert_eq!((fold(alike[0]), fold(alike[1])), (fold(alike[1]), fold(alike[2])), "{alike:?}");
        }
        assert_ne!(fold("Maße"), fold("Mase"));
        assert_ne!(fold("leer"), fold("lr"), "only what follows a, o or u is a spelling");
    }

    #[test]
    fn case_and_diacritics_do_not_count() {
        for (one, other) in [
            ("Ça", "ca"),
            ("ÉCOLE", "ecole"),
            ("Łódź", "lodz"),
            ("Ørsted", "orsted"),
            ("İstanbul", "istanbul"),
            ("ΟΔΟΣ", "οδος"),
            ("Ｍia", "mia"),
            ("ﬁn", "fin"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
    }

    #[test]
    fn words_end_at_everything_that_is_no_letter() {
        assert_eq!(folded("Don't panic – see (a_b), 401(k)!"), ["don", "t", "panic", "see", "a", "b", "401", "k"]);
        assert_eq!(folded("  "), [""; 0]);
        assert_eq!(folded("😀 ok"), ["ok"]);
        assert_eq!(folded("Donau\u{ad}dampf"), ["donaudampf"].map(fold));
        assert_eq!(folded("Jo\u{2063}n\u{3164}as ❤\u{fe0f} 1\u{fe0f}\u{20e3}"), ["jonas", "1"]);
        assert_eq!(folded("日本語 text"), ["日", "本", "語", "text"]);
        assert_eq!(folded("中a文"), ["中", "a", "文"]);
        assert_eq!(folded("नमस्ते שָׁלוֹם").len(), 2, "signs above and below letters are within their word");
        assert_eq!(folded("ok\u{1f3fb}"), ["ok"]);
        let found = words("Grüße, Mia");
        assert_eq!((&found[1].start, &found[1].end), (&9, &12), "{found:?}");
    }

    #[test]
    fn scripts_without_blanks_give_a_word_for_each_piece() {
        for (text, pieces) in [
            ("ก็ได้", 5),
            ("ສະບາຍດີ", 7),
            ("ភាសាខ្មែរ", 9),
            ("မြန်မာ", 6),
            ("ᥖᥭᥰ", 3),
            ("ꀀꀁ", 2),
            ("ㄅㄆ", 2),
            ("人々", 2),
            ("ᬩᬮᬶ", 2),
            ("한국어", 1),
            ("བོད", 1),
        ] {
            assert_eq!(folded(text).len(), pieces, "{text} {:?}", folded(text));
        }
    }

    #[test]
    fn wide_and_narrow_forms_are_one() {
        for (narrow, wide) in
            [("ｶﾞﾗｽ", "ガラス"), ("ﾊﾟﾝ", "パン"), ("Mia 42", "Ｍｉａ　４２"), ("ｯｰ", "ッー"), ("\u{ffa1}\u{ffc2}", "가")]
        {
            assert_eq!(folded(narrow), folded(wide), "{narrow}");
        }
    }

    #[test]
    fn marks_that_come_together_are_put_in_order() {
        let text = "\u{10f46}:\u{16ff0}";
        assert_eq!(fold(&fold(text)), fold(text));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in "\\PC{0,40}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn words_lie_in_the_text_one_behind_the_other(text in "\\PC{0,60}") {
            let mut end = 0;
            for word in words(&text) {
                prop_assert!(word.start >= end && word.start < word.end);
                prop_assert_eq!(fold(text.get(word.start..word.end).unwrap()), word.folded.clone());
                prop_assert!(word.folded.chars().all(|c| c.is_alphanumeric() || is_mark(c)));
                end = word.end;
            }
        }
    }
}
