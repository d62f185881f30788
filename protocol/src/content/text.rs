//! Rules for texts of people: message content, display names, personal messages.
//!
//! Texts are stored as sent; only names and personal messages lose characters that could mislead a reader (`presence.md` 2).

use unicode_segmentation::UnicodeSegmentation;

use super::normal::{Form, normal};
use super::unseen::{draws_nothing, is_unseen, trimmed_unseen, without_hidden};
use crate::words::limits::{
    BOT_COMMAND_GRAPHEMES_MAX, CONTACT_NOTE_BYTES_MAX, CONTACT_NOTE_GRAPHEMES_MAX, CONTENT_UNITS_MAX,
    GROUP_NAME_GRAPHEMES_MAX, GROUP_TOPIC_GRAPHEMES_MAX, GUEST_NAME_GRAPHEMES_MAX, INTEGRATION_NAME_GRAPHEMES_MAX,
    NAME_BYTES_MAX, NAME_GRAPHEMES_MAX, PASSKEY_NAME_GRAPHEMES_MAX, PERSONAL_MESSAGE_BYTES_MAX,
    PERSONAL_MESSAGE_GRAPHEMES_MAX, TIME_ZONE_BYTES_MAX,
};
use crate::words::refusal::Refusal;

/// Checks the text of a chat message (`messenger.md` 5.3).
pub fn check_content(content: &str) -> Result<(), Refusal> {
    if content.is_empty() || content.encode_utf16().count() > CONTENT_UNITS_MAX {
        return Err(Refusal::over_limit("content", "A message has 1 to 2048 characters.", CONTENT_UNITS_MAX));
    }
    if content.contains('\0') || is_unseen(content) {
        return Err(Refusal::InvalidText);
    }
    Ok(())
}

/// Returns a display name without misleading characters, or a refusal.
pub fn display_name(text: &str) -> Result<String, Refusal> {
    name_of_at_most(text, NAME_GRAPHEMES_MAX)
}

/// Returns a guest's display name, or a refusal.
pub fn guest_name(text: &str) -> Result<String, Refusal> {
    name_of_at_most(text, GUEST_NAME_GRAPHEMES_MAX)
}

fn name_of_at_most(text: &str, graphemes_max: usize) -> Result<String, Refusal> {
    visible_name("displayName", text, graphemes_max)
}

/// Returns a group's name without misleading characters, or a refusal.
pub fn group_name(text: &str) -> Result<String, Refusal> {
    visible_name("name", text, GROUP_NAME_GRAPHEMES_MAX)
}

/// Returns the name of an integration without misleading characters, or a refusal (`integrations.md` 1).
pub fn integration_name(text: &str) -> Result<String, Refusal> {
    visible_name("name", text, INTEGRATION_NAME_GRAPHEMES_MAX)
}

/// Returns the description of a bot's command without misleading characters, or a refusal (`integrations.md` 7.1).
pub fn command_description(text: &str) -> Result<String, Refusal> {
    let complaint = "This description is too long.";
    let shown = shown_within("commands", text, complaint, PERSONAL_MESSAGE_BYTES_MAX, BOT_COMMAND_GRAPHEMES_MAX)?;
    if shown.is_empty() {
        return Err(Refusal::validation("commands", "A description needs at least one visible character."));
    }
    Ok(shown)
}

/// Returns the name of a passkey without misleading characters, or a refusal (`sign-in.md` 7).
pub fn passkey_name(text: &str) -> Result<String, Refusal> {
    visible_name("name", text, PASSKEY_NAME_GRAPHEMES_MAX)
}

fn visible_name(member: &'static str, text: &str, graphemes_max: usize) -> Result<String, Refusal> {
    let name = shown_within(member, text, "This name is too long.", NAME_BYTES_MAX, graphemes_max)?;
    if name.is_empty() {
        return Err(Refusal::validation(member, "A name needs at least one visible character."));
    }
    Ok(name)
}

/// Returns a group's topic without misleading characters, or a refusal; may be empty.
pub fn group_topic(text: &str) -> Result<String, Refusal> {
    let complaint = "This topic is too long.";
    shown_within("topic", text, complaint, PERSONAL_MESSAGE_BYTES_MAX, GROUP_TOPIC_GRAPHEMES_MAX)
}

/// Returns a personal message without misleading characters, or a refusal; may be empty.
pub fn personal_message(text: &str) -> Result<String, Refusal> {
    let complaint = "This personal message is too long.";
    shown_within("personalMessage", text, complaint, PERSONAL_MESSAGE_BYTES_MAX, PERSONAL_MESSAGE_GRAPHEMES_MAX)
}

/// Returns the name of a time zone (`Europe/Berlin`), or an empty text. The existence of the zone is not checked here; the page that shows
/// its time knows it.
pub fn time_zone(name: &str) -> Result<String, Refusal> {
    if name.len() > TIME_ZONE_BYTES_MAX {
        return Err(Refusal::over_limit("timeZone", "This name is too long.", TIME_ZONE_BYTES_MAX));
    }
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+'))
    };
    if !name.is_empty() && !name.split('/').all(is_part) {
        return Err(Refusal::validation("timeZone", "This is not the name of a time zone."));
    }
    Ok(name.to_owned())
}

/// Returns the note of a contact request without misleading characters, or a refusal; may be empty (`people.md` 1).
pub fn contact_note(text: &str) -> Result<String, Refusal> {
    shown_within("note", text, "This note is too long.", CONTACT_NOTE_BYTES_MAX, CONTACT_NOTE_GRAPHEMES_MAX)
}

/// Returns the form in which names are compared in a search: NFKC, lower case, without invisible characters. [`crate::content::look_alikes`]
/// compares the appearance of names.
pub fn comparable_name(name: &str) -> String {
    normal(name, Form::Nfkc).chars().flat_map(char::to_lowercase).filter(|c| !draws_nothing(*c)).collect()
}

/// Returns `text` without surrounding blanks, as JavaScript's `trim` does: published clients trim before they compare.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || c.is_whitespace() && c != '\u{85}')
}

/// Returns the longest beginning of `text` in whole graphemes that together have at most `max` of what `size` counts.
pub fn first_graphemes(text: &str, max: usize, size: impl Fn(&str) -> usize) -> &str {
    let mut left = max;
    let lengths = text.graphemes(true).map_while(|grapheme| {
        left = left.checked_sub(size(grapheme))?;
        Some(grapheme.len())
    });
    let end: usize = lengths.sum();
    &text[..end]
}

fn shown_within(
    member: &'static str,
    text: &str,
    complaint: &'static str,
    bytes_max: usize,
    graphemes_max: usize,
) -> Result<String, Refusal> {
    let shown = shown(text);
    if shown.len() > bytes_max || shown.graphemes(true).count() > graphemes_max {
        return Err(Refusal::over_limit(member, complaint, graphemes_max));
    }
    Ok(shown)
}

/// Returns `text` without misleading characters, and without invisible ones at both ends; empty if nothing visible is left.
fn shown(text: &str) -> String {
    let text = undisguised(text);
    if is_unseen(&text) { String::new() } else { trimmed_unseen(&text).to_owned() }
}

/// Returns `text` without misleading characters, and without invisible ones between visible ones.
pub(crate) fn undisguised(text: &str) -> String {
    without_hidden(&without_misleading(text))
}

/// Returns `text` without control characters and without changes of the writing direction.
pub(crate) fn without_misleading(text: &str) -> String {
    let is_bidi_override =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    text.chars().filter(|c| !c.is_control() && !is_bidi_override(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_counted_in_utf16_units() {
        assert!(check_content(&"a".repeat(2_048)).is_ok());
        assert!(check_content(&"a".repeat(2_049)).is_err());
        assert!(check_content(&"😀".repeat(1_024)).is_ok());
        assert_eq!(check_content(&"😀".repeat(1_025)).map_err(|refusal| refusal.code()), Err("VALIDATION"));
    }

    #[test]
    fn content_needs_something_to_see() {
        for text in
            [" ", "\n\t ", "\u{200b}", "a\0b", "\u{2800}\u{2800}", "\u{ffa0}", "\u{fe0f}", "\u{2063}\u{3164} \u{e0061}"]
        {
            assert_eq!(check_content(text), Err(Refusal::InvalidText), "{text:?}");
        }
        assert!(check_content(" x ").is_ok());
    }

    #[test]
    fn names_lose_what_misleads_and_keep_the_rest() {
        assert_eq!(display_name("  Mia\u{202e}\u{7} ").unwrap(), "Mia");
        assert_eq!(display_name("فرح").unwrap(), "فرح");
        assert!(display_name("\u{200b} ").is_err());
        assert_eq!(display_name("Jo\u{2063}n\u{ffa0}as\u{2800}").unwrap(), "Jonas");
        assert_eq!(
            display_name("می\u{200c}نا ❤\u{fe0f}").unwrap(),
            "می\u{200c}نا ❤\u{fe0f}",
            "what shapes letters stays"
        );
        assert!(guest_name(&"é".repeat(33)).is_err());
        assert!(guest_name(&"👩‍👩‍👧".repeat(13)).is_ok(), "a family is one grapheme");
    }

    #[test]
    fn no_name_is_nothing_and_no_other_words_are_either() {
        for nothing in
            ["\u{2800}\u{2800}", "\u{ffa0}", "\u{3164}\u{115f}", "\u{fe0f}", "\u{e0061}\u{e007f}", "\u{2063} \u{34f}"]
        {
            for name in [display_name, guest_name, group_name, integration_name, passkey_name] {
                assert!(name(nothing).is_err(), "{nothing:?}");
            }
            for words in [group_topic, personal_message, contact_note] {
                assert_eq!(words(nothing).as_deref(), Ok(""), "{nothing:?}");
            }
        }
    }

    #[test]
    fn a_text_is_cut_between_graphemes() {
        for (text, bytes, begin) in
            [("abc", 2, "ab"), ("名前", 5, "名"), ("ae\u{301}b", 3, "a"), ("a👩‍👩‍👧", 9, "a"), ("", 0, "")]
        {
            assert_eq!(first_graphemes(text, bytes, str::len), begin);
        }
        assert_eq!(first_graphemes("👩‍👩‍👧a", 5, |grapheme| grapheme.chars().count()), "👩‍👩‍👧");
    }

    #[test]
    fn names_that_look_alike_compare_equal() {
        assert_eq!(comparable_name("Ｍ i a"), comparable_name("mia"));
    }
}
