//! Rules for what people write: message content, display names, personal messages.
//!
//! Texts are stored as sent; only names and personal messages lose characters that could mislead a reader (`messenger.md` 6).

use unicode_segmentation::UnicodeSegmentation;

use crate::limits::{
    CONTACT_NOTE_BYTES_MAX, CONTACT_NOTE_GRAPHEMES_MAX, CONTENT_UNITS_MAX, GROUP_NAME_GRAPHEMES_MAX,
    GROUP_TOPIC_GRAPHEMES_MAX, GUEST_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX, NAME_GRAPHEMES_MAX,
    PASSKEY_NAME_GRAPHEMES_MAX, PERSONAL_MESSAGE_BYTES_MAX, PERSONAL_MESSAGE_GRAPHEMES_MAX, TIME_ZONE_BYTES_MAX,
};
use crate::normal::{Form, normal};
use crate::refusal::Refusal;

/// Checks the text of a chat message (`messenger.md` 5.3).
pub fn check_content(content: &str) -> Result<(), Refusal> {
    if content.is_empty() || content.encode_utf16().count() > CONTENT_UNITS_MAX {
        return Err(Refusal::over_limit("content", "A message has 1 to 2048 characters.", CONTENT_UNITS_MAX));
    }
    if content.contains('\0') || content.chars().all(is_blank) {
        return Err(Refusal::InvalidText);
    }
    Ok(())
}

/// A display name without misleading characters, or why it cannot be one.
pub fn display_name(text: &str) -> Result<String, Refusal> {
    name_of_at_most(text, NAME_GRAPHEMES_MAX)
}

/// A guest's display name.
pub fn guest_name(text: &str) -> Result<String, Refusal> {
    name_of_at_most(text, GUEST_NAME_GRAPHEMES_MAX)
}

fn name_of_at_most(text: &str, graphemes_max: usize) -> Result<String, Refusal> {
    let name = without_misleading(text);
    let name = name.trim();
    if name.is_empty() || name.chars().all(is_blank) {
        return Err(Refusal::validation("displayName", "A name needs at least one visible character."));
    }
    if name.len() > NAME_BYTES_MAX || name.graphemes(true).count() > graphemes_max {
        return Err(Refusal::over_limit("displayName", "This name is too long.", graphemes_max));
    }
    Ok(name.to_owned())
}

/// A group's name without misleading characters, or why it cannot be one.
pub fn group_name(text: &str) -> Result<String, Refusal> {
    let name = without_misleading(text);
    let name = name.trim();
    if name.is_empty() || name.chars().all(is_blank) {
        return Err(Refusal::validation("name", "A name needs at least one visible character."));
    }
    if name.len() > NAME_BYTES_MAX || name.graphemes(true).count() > GROUP_NAME_GRAPHEMES_MAX {
        return Err(Refusal::over_limit("name", "This name is too long.", GROUP_NAME_GRAPHEMES_MAX));
    }
    Ok(name.to_owned())
}

/// What somebody calls a passkey of theirs, without misleading characters (`docs/protocol/passkeys.md`).
pub fn passkey_name(text: &str) -> Result<String, Refusal> {
    let name = without_misleading(text);
    let name = name.trim();
    if name.is_empty() || name.chars().all(is_blank) {
        return Err(Refusal::validation("name", "A name needs at least one visible character."));
    }
    if name.len() > NAME_BYTES_MAX || name.graphemes(true).count() > PASSKEY_NAME_GRAPHEMES_MAX {
        return Err(Refusal::over_limit("name", "This name is too long.", PASSKEY_NAME_GRAPHEMES_MAX));
    }
    Ok(name.to_owned())
}

/// A group's topic without misleading characters; may be empty.
pub fn group_topic(text: &str) -> Result<String, Refusal> {
    let topic = without_misleading(text);
    let topic = topic.trim();
    if topic.len() > PERSONAL_MESSAGE_BYTES_MAX || topic.graphemes(true).count() > GROUP_TOPIC_GRAPHEMES_MAX {
        return Err(Refusal::over_limit("topic", "This topic is too long.", GROUP_TOPIC_GRAPHEMES_MAX));
    }
    Ok(topic.to_owned())
}

/// A personal message without misleading characters; may be empty.
pub fn personal_message(text: &str) -> Result<String, Refusal> {
    let message = without_misleading(text);
    let message = message.trim();
    let is_too_long =
        message.len() > PERSONAL_MESSAGE_BYTES_MAX || message.graphemes(true).count() > PERSONAL_MESSAGE_GRAPHEMES_MAX;
    if is_too_long {
        let limit = PERSONAL_MESSAGE_GRAPHEMES_MAX;
        return Err(Refusal::over_limit("personalMessage", "This personal message is too long.", limit));
    }
    Ok(message.to_owned())
}

/// The name of a time zone (`Europe/Berlin`), or nothing. Whether there is such a zone is known to whoever shows its time.
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

/// The note of a contact request without misleading characters; may be empty (`messenger.md` 3.3).
pub fn contact_note(text: &str) -> Result<String, Refusal> {
    let note = without_misleading(text);
    let note = note.trim();
    if note.len() > CONTACT_NOTE_BYTES_MAX || note.graphemes(true).count() > CONTACT_NOTE_GRAPHEMES_MAX {
        return Err(Refusal::over_limit("note", "This note is too long.", CONTACT_NOTE_GRAPHEMES_MAX));
    }
    Ok(note.to_owned())
}

/// The form in which two names are compared: NFKC, lower case, without blanks (`messenger.md` 2.1).
pub fn comparable_name(name: &str) -> String {
    normal(name, Form::Nfkc).chars().flat_map(char::to_lowercase).filter(|c| !is_blank(*c)).collect()
}

/// `text` without the blanks around it, as JavaScript's `trim` has it: published clients trim before they compare.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || c.is_whitespace() && c != '\u{85}')
}

/// Whether `character` shows nothing.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{00ad}' | '\u{3164}')
}

/// `text` without controls and without what turns the direction of writing.
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
        for text in [" ", "\n\t ", "\u{200b}", "a\0b"] {
            assert_eq!(check_content(text), Err(Refusal::InvalidText), "{text:?}");
        }
        assert!(check_content(" x ").is_ok());
    }

    #[test]
    fn names_lose_what_misleads_and_keep_the_rest() {
        assert_eq!(display_name("  Mia\u{202e}\u{7} ").unwrap(), "Mia");
        assert_eq!(display_name("فرح").unwrap(), "فرح");
        assert!(display_name("\u{200b} ").is_err());
        assert!(guest_name(&"é".repeat(33)).is_err());
        assert!(guest_name(&"👩‍👩‍👧".repeat(13)).is_ok(), "a family is one grapheme");
    }

    #[test]
    fn names_that_look_alike_compare_equal() {
        assert_eq!(comparable_name("Ｍ i a"), comparable_name("mia"));
    }
}
