//! Words of a text in the form in which they are compared: without case, without diacritics, and so that the two spellings of
//! German letters are one (`ä` = `ae` = `a`, `ß` = `ss`).

use unicode_segmentation::UnicodeSegmentation;

use crate::normal::{Form, normal};

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// How it is compared; never empty.
    pub folded: String,
    /// Byte at which it begins in the text.
    pub start: usize,
    /// Byte behind its last character.
    pub end: usize,
}

/// The words of `text`, in order. Scripts that write without blanks give a word per character.
pub fn words(text: &str) -> Vec<Word> {
    let places = places(text);
    let pieces: Vec<&str> = places.iter().filter_map(|(start, end)| text.get(*start..*end)).collect();
    // All at once: in wasm a normal form is a call of the runtime.
    let folded = folded(&pieces.join("\n"), Some(BETWEEN));
    let word = |((start, end), folded): ((usize, usize), &str)| Word { folded: folded.to_owned(), start, end };
    let words = places.into_iter().zip(folded.split(BETWEEN)).map(word);
    words.filter(|word| !word.folded.is_empty()).collect()
}

/// Stands between words that are folded together: in no word, and no mark goes past it.
const BETWEEN: char = '\n';

/// Where the words are: first byte, and the byte behind the last.
fn places(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut begun: Option<usize> = None;
    for (at, character) in text.char_indices() {
        let is_inside = begun.is_some() && goes_on(character);
        if is_inside {
            continue;
        }
        let is_letter = character.is_alphanumeric();
        let stands_alone = is_ideograph(character);
        if let Some(start) = begun
            && (!is_letter
                || stands_alone
                || is_ideograph(text.get(start..).and_then(|rest| rest.chars().next()).unwrap_or(' ')))
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

/// What belongs to the character before it: marks, and signs that show nothing.
fn goes_on(character: char) -> bool {
    is_mark(character) || matches!(character, '\u{ad}' | '\u{200c}' | '\u{200d}')
}

/// Whether a character only changes the one before it, as accents and vowel signs do. Asked of the tables that count what a reader
/// calls a character: those of the general categories would be 8 KB more of the compressed Worker. Skin tones belong to no word.
fn is_mark(character: char) -> bool {
    let is_asked = character >= '\u{300}' && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{1f3fb}'..='\u{1f3ff}');
    is_asked && {
        let mut pair = String::from("a");
        pair.push(character);
        pair.graphemes(true).count() == 1
    }
}

/// A piece of text in the form in which it is compared: letters and digits only. Folding twice changes nothing more.
pub fn fold(text: &str) -> String {
    folded(text, None)
}

/// The same, where one sign stays as it is.
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
            // `ae` is `ä`, and `ä` has lost its dots already.
            'e' if folded.ends_with(['a', 'o', 'u']) => {}
            _ if is_diacritic(character) => {}
            _ if character.is_alphanumeric() || is_mark(character) || kept == Some(character) => folded.push(character),
            _ => {}
        }
    }
    // Marks that stood apart have come together: again in the one order.
    normal(&folded, Form::Nfd).into_owned()
}

/// Marks that readers leave out when they type. Vowel signs and the like are no such marks.
fn is_diacritic(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

/// Han and Kana: no blanks between words.
fn is_ideograph(character: char) -> bool {
    matches!(character,
        '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
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
        assert_eq!(folded("日本語 text"), ["日", "本", "語", "text"]);
        assert_eq!(folded("中a文"), ["中", "a", "文"]);
        assert_eq!(folded("नमस्ते ก็ได้").len(), 2, "signs above and below letters are within their word");
        assert_eq!(folded("ok\u{1f3fb}"), ["ok"]);
        let found = words("Grüße, Mia");
        assert_eq!((&found[1].start, &found[1].end), (&9, &12), "{found:?}");
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
