//! Invisible characters: a test for them, for texts that consist of them, and texts without those that only hide.
//!
//! Unicode's data says which characters are invisible (`Default_Ignorable_Code_Point`, `White_Space`, controls). A list of ours adds only
//! blank signs that this data counts as visible.

use icu_properties::CodePointSetData;
use icu_properties::props::{DefaultIgnorableCodePoint, Emoji};

/// The flag whose tags name its region.
const TAGGED_FLAG: char = '\u{1f3f4}';
/// The first letter of a script whose letters or pictures are shaped by joiners and selectors. Latin, Greek and Cyrillic are before it.
const FIRST_SHAPED: char = '\u{590}';

/// Returns `true` if `character` alone is invisible.
pub fn draws_nothing(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_whitespace() || character.is_ascii_control();
    }
    character.is_whitespace() || character.is_control() || is_ignorable(character) || is_blank_sign(character)
}

/// Returns `true` if all of `text` is invisible.
pub fn is_unseen(text: &str) -> bool {
    text.chars().all(draws_nothing)
}

/// Returns `text` without invisible characters at its ends, unless they shape a visible one beside them.
pub fn trimmed_unseen(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Returns `true` if `character` is blank in every context.
pub(crate) fn is_blank(character: char) -> bool {
    draws_nothing(character) && !is_ignorable(character)
}

/// Returns `text` without ignorable characters, except joiners, selectors and tags that shape the character before them.
pub fn without_hidden(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if !is_ignorable(character) || is_shaping(&kept, character, rest.peek().copied()) {
            kept.push(character);
        }
    }
    kept
}

fn is_shaping(before: &str, character: char, next: Option<char>) -> bool {
    let previous = before.chars().next_back();
    match character {
        '\u{200c}' | '\u{200d}' => {
            previous.is_some_and(|previous| is_shaped(previous) || is_selector(previous)) && next.is_some_and(is_shaped)
        }
        '\u{e0020}'..='\u{e007f}' => before.trim_end_matches(is_tag).ends_with(TAGGED_FLAG),
        _ if is_selector(character) => previous.is_some_and(|previous| {
            let is_keycap = previous.is_ascii() && next == Some('\u{20e3}');
            is_shaped(previous) || is_keycap || !previous.is_ascii() && is_emoji(previous)
        }),
        _ => false,
    }
}

fn is_shaped(character: char) -> bool {
    character >= FIRST_SHAPED && !draws_nothing(character)
}

/// Returns `true` if `character` selects a form of the one before it, such as the coloured form of an emoji.
pub(crate) fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn is_tag(character: char) -> bool {
    matches!(character, '\u{e0020}'..='\u{e007f}')
}

/// Returns `true` if a program without a glyph for `character` must draw nothing: joiners, fillers, selectors, tags.
pub(crate) fn is_ignorable(character: char) -> bool {
    !character.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Returns `true` if `character` is an emoji. Digits are included, because they begin a keycap.
pub(crate) fn is_emoji(character: char) -> bool {
    CodePointSetData::new::<Emoji>().contains(character)
}

/// Signs that are blank in their script. Unicode counts them as visible, and only their names reveal it.
fn is_blank_sign(character: char) -> bool {
    matches!(character, '\u{2800}' | '\u{fff9}'..='\u{fffb}' | '\u{13441}' | '\u{13442}' | '\u{16fe4}' | '\u{1d159}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fillers_selectors_and_tags_alone_are_nothing() {
        let nothing = [
            "",
            " ",
            "\u{a0}",
            "\u{3000}",
            "\u{2800}\u{2800}",
            "\u{ffa0}",
            "\u{3164}",
            "\u{115f}\u{1160}",
            "\u{2063}",
            "\u{fe0f}",
            "\u{e0100}",
            "\u{e0061}",
            "\u{34f}",
            "\u{17b4}",
            "\u{180e}",
            "\u{200b}\u{200d}\u{feff}",
            "\u{2065}",
            "\u{ad}",
            "\u{fffa}",
            "\u{1d159}",
            "\u{85}\n",
        ];
        for text in nothing {
            assert!(is_unseen(text), "{text:?}");
        }
        for text in ["a", "\u{301}", "。", "\u{2801}", "👍", "\u{600}", "\u{fffc}", " \u{2063}x"] {
            assert!(!is_unseen(text), "{text:?}");
        }
    }

    #[test]
    fn what_hides_goes_and_what_shapes_stays() {
        for (sent, kept) in [
            ("Jo\u{2063}nas", "Jonas"),
            ("Jo\u{ffa0}nas", "Jonas"),
            ("Jo\u{200d}nas\u{fe0f}", "Jonas"),
            ("Й\u{200d}онас", "Йонас"),
            ("Jo\u{e0061}", "Jo"),
            ("👩‍👩‍👧", "👩‍👩‍👧"),
            ("❤️‍🔥", "❤️‍🔥"),
            ("👍\u{200d}", "👍"),
            ("ا\u{200d}\u{2800}\u{fe0f}", "ا\u{2800}"),
            ("1\u{fe0f}\u{20e3} 1\u{fe0f}", "1\u{fe0f}\u{20e3} 1"),
            ("©\u{fe0f}", "©\u{fe0f}"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("क\u{94d}\u{200d}ष", "क\u{94d}\u{200d}ष"),
            ("葛\u{e0100}", "葛\u{e0100}"),
            ("\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}", "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}"),
            ("👍\u{e0067}", "👍"),
        ] {
            assert_eq!(without_hidden(sent), kept, "{sent:?}");
        }
        assert_eq!(trimmed_unseen("\u{2800} Mia ❤\u{fe0f}\u{2800}"), "Mia ❤\u{fe0f}");
    }

    proptest! {
        #[test]
        fn what_was_hidden_is_gone_at_once(text in "[\\PC\u{200c}\u{200d}\u{fe0f}\u{2063}\u{e0061}1👍]{0,12}") {
            let once = without_hidden(&text);
            prop_assert_eq!(without_hidden(&once), once);
        }
    }
}
