//! Edges of words in any script, by the data of Unicode (`text.md` 7): the places where an address, a mention, a mark or the key of an
//! emoticon may begin or end.
//!
//! ASCII signs are listed, because programs and people use them inside of words. Of all other characters, those of words go on (`XID_Continue`
//! of UAX #31), unless their script has no blanks between words (UAX #14).

use icu_properties::props::{GraphemeExtend, LineBreak, XidContinue};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::unseen::is_ignorable;

/// ASCII signs that a mark or an emoticon may directly follow.
const OPENING: &str = "([{\"'";
/// ASCII signs that may directly follow a mark or an emoticon.
pub(super) const CLOSING: &str = ".,!?;:)]}\"'";
/// Quotes and brackets in whose place a text may begin. Some languages close with the quotes by which others open.
const BEGINNING: &str = "“„‘‚«»‹›¿¡「『（［｛【〔《〈｢";
/// Quotes and brackets in whose place a text may end.
const ENDING: &str = "”“’‘»«›‹」』）］｝】〕》〉｣";

/// Returns `true` for letters, marks and digits of any script, and for `_`.
pub(super) fn is_letter(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || character == '_';
    }
    CodePointSetData::new::<XidContinue>().contains(character) && !is_ignorable(character)
}

/// Returns the class by UAX #14 of a character of a script without blanks between words, and `None` for all others.
pub(super) fn class_without_blanks(character: char) -> Option<LineBreak> {
    // Letters of other widths have blanks between words if the usual ones have.
    let is_other_width = matches!(character, '\u{ff01}'..='\u{ff60}' | '\u{ffa0}'..='\u{ffdc}');
    if character < '\u{e00}' || is_other_width || is_ignorable(character) {
        return None;
    }
    let class = CodePointMapData::<LineBreak>::new().get(character);
    let is_without = matches!(
        class,
        LineBreak::ComplexContext
            | LineBreak::Ideographic
            | LineBreak::ConditionalJapaneseStarter
            | LineBreak::Nonstarter
            | LineBreak::Aksara
            | LineBreak::AksaraPrebase
            | LineBreak::AksaraStart
    );
    is_without.then_some(class)
}

/// Returns `true` if the letter behind `character` belongs to the same word. In a script without blanks, it may be the first of the next one.
pub(super) fn is_inside(character: char) -> bool {
    is_letter(character) && class_without_blanks(character).is_none()
}

/// Returns `true` if the word before `character` goes on with it. Marks belong to the letter before them in every script.
pub(super) fn goes_on(character: char) -> bool {
    is_inside(character) || is_letter(character) && is_mark(character)
}

fn is_mark(character: char) -> bool {
    CodePointSetData::new::<GraphemeExtend>().contains(character)
}

/// Returns `true` if a word ends between `before` and `after`.
pub(super) fn ends_between(before: &str, after: &str) -> bool {
    !after.starts_with(goes_on) || !before.ends_with(is_inside) && !after.starts_with(is_mark)
}

/// Returns `true` if a mark or an emoticon may directly follow `character`.
pub(super) fn opens(character: char) -> bool {
    is_edge(character, OPENING, is_inside)
}

/// Returns `true` if a mark or an emoticon may directly precede `character`.
pub(super) fn closes(character: char) -> bool {
    is_edge(character, CLOSING, goes_on)
}

fn is_edge(character: char, signs: &str, is_of_word: fn(char) -> bool) -> bool {
    character.is_whitespace() || if character.is_ascii() { signs.contains(character) } else { !is_of_word(character) }
}

/// Returns `true` if words between marks may begin with `character`, although it may also follow them.
pub(super) fn begins_words(character: char) -> bool {
    is_letter(character) || BEGINNING.contains(character)
}

/// Returns `true` if words between marks may end with `character`, although it may also precede them.
pub(super) fn ends_words(character: char) -> bool {
    is_letter(character) || ENDING.contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_on_with_letters_of_scripts_that_have_blanks() {
        for character in "aZ9_éßжΩאم०क्한ｱＡ".chars() {
            assert!(is_letter(character), "{character}");
        }
        for character in "aZ9_éßжΩאم०क्한Ａ\u{301}\u{e31}".chars() {
            assert!(goes_on(character), "{character}");
        }
        for character in "田のカーกລខမꦏ。，！？；：（「」）、・…–؟،۔।—🎉€→\u{200b}\u{200d}\u{fe0f}\u{3000}".chars()
        {
            assert!(!goes_on(character), "{character}");
            assert!(opens(character) && closes(character), "{character}");
        }
        assert!(opens('\u{e31}') && !closes('\u{e31}'), "a mark ends its letter");
    }

    #[test]
    fn a_word_of_a_script_without_blanks_may_end_behind_each_letter_and_its_marks() {
        for (before, after) in
            [("Mia", ""), ("Mia", "，"), ("Mia", "你"), ("田中", "さん"), ("田中", "ok"), ("🎉", "ok"), ("น", "ก")]
        {
            assert!(ends_between(before, after), "{before}|{after}");
        }
        for (before, after) in [("Mia", "s"), ("Mia", "\u{301}"), ("Mia", "_"), ("민수", "님"), ("น", "\u{e31}")] {
            assert!(!ends_between(before, after), "{before}|{after}");
        }
    }
}
