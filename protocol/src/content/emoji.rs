//! The one spelling of a reaction (`messenger.md` 5.3): a known name, or one emoji in its fully qualified form.
//!
//! Keyboards write the same emoji with or without the sign for its coloured form; as reactions they are one kind.

use icu_properties::CodePointSetData;
use icu_properties::props::{EmojiModifier, EmojiPresentation};
use unicode_segmentation::UnicodeSegmentation;

use super::unseen::{is_emoji, is_selector, without_hidden};
use crate::words::limits::REACTION_BYTES_MAX;

/// Selects the coloured form of the character before it.
const COLOURED: char = '\u{fe0f}';
/// Turns the character before it into a keycap.
const KEYCAP: char = '\u{20e3}';

/// Returns `true` if `text` can be a reaction: a known name or one emoji (`messenger.md` 5.3). Variation selectors are not counted.
pub fn is_reaction(text: &str) -> bool {
    if ["like", "dislike", "heart", "star"].contains(&text) {
        return true;
    }
    let bytes: usize = text.chars().filter(|character| !is_selector(*character)).map(char::len_utf8).sum();
    let is_one = bytes <= REACTION_BYTES_MAX && text.graphemes(true).count() == 1;
    is_one && begins_with_picture(text)
}

/// Returns `true` if `text` begins with a picture or a keycap. Signs that only change or join pictures may follow any letter.
fn begins_with_picture(text: &str) -> bool {
    let mut characters = text.chars().filter(|character| !is_selector(*character));
    match characters.next() {
        Some('0'..='9' | '#' | '*') => characters.next() == Some(KEYCAP),
        first => first.is_some_and(is_picture),
    }
}

/// Returns `true` for characters that make a grapheme an emoji, without joiners and selectors.
fn is_picture(character: char) -> bool {
    matches!(character,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21ff}'
        | '\u{2300}'..='\u{23ff}' | '\u{24c2}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}'
        | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Returns a reaction in its one spelling: those that look the same are the same.
pub fn of_one_kind(reaction: &str) -> String {
    if reaction.is_ascii() {
        return reaction.to_owned();
    }
    let plain = without_hidden(reaction);
    let mut rest = plain.chars().filter(|character| !is_selector(*character)).peekable();
    let mut qualified = String::with_capacity(plain.len() + COLOURED.len_utf8());
    while let Some(character) = rest.next() {
        qualified.push(character);
        let next = rest.peek().copied();
        let is_toned = next.is_some_and(|next| CodePointSetData::new::<EmojiModifier>().contains(next));
        let is_sign = !character.is_ascii() || next == Some(KEYCAP);
        if is_sign && !is_toned && has_two_forms(character) {
            qualified.push(COLOURED);
        }
    }
    qualified
}

/// Returns `true` for an emoji that is drawn as a plain sign without a selector.
fn has_two_forms(character: char) -> bool {
    is_emoji(character) && !CodePointSetData::new::<EmojiPresentation>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_is_a_name_or_one_emoji() {
        for good in ["like", "star", "👍", "👍🏽", "❤️", "👩‍👩‍👧", "🇩🇪", "1️⃣", "#\u{20e3}", "🏻", "☕"]
        {
            assert!(is_reaction(good), "{good}");
        }
        for bad in [
            "",
            "x",
            "likes",
            "👍👍",
            "é",
            "1",
            " ",
            "<b>",
            "\u{200d}",
            "👍a",
            "\u{20e3}",
            "a\u{20e3}",
            "\"\u{20e3}",
            " \u{20e3}",
            "<🏻",
            "a\u{200d}",
        ] {
            assert!(!is_reaction(bad), "{bad}");
        }
    }

    #[test]
    fn an_emoji_is_one_kind_however_it_is_written() {
        for (kind, others) in [
            ("👍", &["👍\u{fe0f}", "👍\u{fe0e}", "👍\u{200d}", "👍\u{e0067}"][..]),
            ("❤\u{fe0f}", &["❤", "❤\u{fe0e}"]),
            ("☝🏽", &["☝\u{fe0f}🏽"]),
            ("1\u{fe0f}\u{20e3}", &["1\u{20e3}"]),
            ("👩\u{200d}❤\u{fe0f}\u{200d}👨", &["👩\u{200d}❤\u{200d}👨"]),
            ("🏃\u{200d}♂\u{fe0f}", &["🏃\u{200d}♂"]),
            ("🏳\u{fe0f}\u{200d}🌈", &["🏳\u{200d}🌈"]),
            ("👁\u{fe0f}\u{200d}🗨\u{fe0f}", &["👁\u{200d}🗨", "👁\u{fe0f}\u{200d}🗨"]),
            ("🇩🇪", &[]),
            ("→", &["→\u{fe0f}"]),
            ("\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}", &[]),
            ("like", &[]),
        ] {
            assert_eq!(of_one_kind(kind), kind);
            for other in others {
                assert_eq!(of_one_kind(other), kind, "{other:?}");
                assert!(is_reaction(other) && is_reaction(kind), "{other:?}");
            }
        }
    }

    #[test]
    fn the_longest_reaction_may_ask_for_all_its_colours() {
        let kiss = "👩🏽\u{200d}❤\u{200d}💋\u{200d}👨🏽";
        assert!(kiss.len() <= REACTION_BYTES_MAX && of_one_kind(kiss).len() > REACTION_BYTES_MAX);
        assert!(is_reaction(kiss) && is_reaction(&of_one_kind(kiss)));
        assert!(!is_reaction(&format!("👩{}", "\u{200d}👩".repeat(5))));
    }
}
