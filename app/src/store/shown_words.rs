//! Words of a message where they are only quoted (toasts, answers, pinned messages): without the marks that its row shows as styles
//! (`ux.md` 2.7), and an action or an automatic answer as such (`ux.md` 2.8, 2.13). The writer's name stands beside them.

use protocol::client::RowKind;
use protocol::content::markup::without_marks;
use protocol::content::own_emoticons::EmbeddedEmoticon;
use protocol::content::slash::{action, automatic};

use super::settings::MessageSettings;

/// Returns the words of a row; for files alone, their descriptions or names.
pub fn shown_words(kind: &RowKind, settings: MessageSettings) -> String {
    match kind.chat() {
        Some(chat) if !chat.content.is_empty() => shown_text(&chat.content, &chat.emoticons, settings),
        _ => kind.words(),
    }
}

/// Returns the words of a text with these emoticons of its writer.
pub fn shown_text(content: &str, own: &[EmbeddedEmoticon], settings: MessageSettings) -> String {
    let marked = action(content).map(|words| ("* ", words)).or_else(|| automatic(content).map(|words| ("↩ ", words)));
    let (sign, words) = marked.unwrap_or(("", content));
    match settings.has_plain_marks {
        true => format!("{sign}{words}"),
        false => format!("{sign}{}", without_marks(words, own)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_has_no_marks_unless_the_person_wants_them() {
        let plain = MessageSettings { has_plain_marks: true, ..MessageSettings::default() };
        assert_eq!(shown_text("*so* a_b", &[], MessageSettings::default()), "so a_b");
        assert_eq!(shown_text("*so* a_b", &[], plain), "*so* a_b");
        assert_eq!(shown_text("/me waves *back*", &[], MessageSettings::default()), "* waves back");
        assert_eq!(shown_text("/me waves *back*", &[], plain), "* waves *back*");
        assert_eq!(shown_text("/auto back *soon*", &[], MessageSettings::default()), "↩ back soon");
        assert_eq!(shown_words(&RowKind::Nudge, plain), "");
    }
}
