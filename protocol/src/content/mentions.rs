//! Mentions in a text: `@` at the beginning of a word, followed by a name. They are found each time a message is shown, like
//! [`crate::content::spans`]: the text is stored and sent as it was typed. What the page marks, what passes a mute, what is pushed, and what
//! calls a bot are the same mentions.

use super::embedded_emoticon::EmbeddedEmoticon;
use super::letters::{ends_between, is_inside};
use super::markup::plain_texts;

/// Returns `true` if a message with these emoticons of its writer mentions one of `names`. Addresses, code and emoticons mention nobody.
pub fn mentions(content: &str, own: &[EmbeddedEmoticon], names: &[impl AsRef<str>]) -> bool {
    // Most messages mention nobody, and need not be cut.
    content.contains('@') && plain_texts(content, own).into_iter().any(|text| mention(text, names).is_some())
}

/// Returns the first mention of one of `names` in a piece of plain text: from the `@` to the end of the longest name that follows.
pub fn mention(text: &str, names: &[impl AsRef<str>]) -> Option<(usize, usize)> {
    text.match_indices('@').filter(|(at, _)| !text[..*at].ends_with(is_inside)).find_map(|(at, sign)| {
        let name = at + sign.len();
        let length = names.iter().filter_map(|one| length_at_start(&text[name..], one.as_ref())).max()?;
        Some((at, name + length))
    })
}

/// Returns the length of `name` in bytes if it is at the beginning of `text`, as a whole.
fn length_at_start(text: &str, name: &str) -> Option<usize> {
    let (begin, rest) = text.split_at_checked(name.len())?;
    let is_called = !name.is_empty() && begin.eq_ignore_ascii_case(name) && ends_between(begin, rest);
    is_called.then_some(name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(text: &str) -> Option<&str> {
        mention(text, &["Mia", "Mia Sol", "", "Zoë", "田中", "สมชาย", "مريم", "Ω!"]).map(|(from, to)| &text[from..to])
    }

    #[test]
    fn a_name_behind_the_sign_is_called_however_it_is_written() {
        assert_eq!(called("@Mia ready?"), Some("@Mia"));
        assert_eq!(called("are you, @mia?"), Some("@mia"));
        assert_eq!(called("(@Zoë)"), Some("@Zoë"));
        assert_eq!(called("@Mia\u{2026}"), Some("@Mia"));
    }

    #[test]
    fn a_name_ends_at_the_edge_of_a_word_in_every_script() {
        for (text, found) in [
            ("你好@Mia，来吗", "@Mia"),
            ("@Mia你好", "@Mia"),
            ("@田中さん、元気？", "@田中"),
            ("谢谢@田中。", "@田中"),
            ("@田中ok吗", "@田中"),
            ("（@Mia）", "@Mia"),
            ("@مريم، أهلا", "@مريم"),
            ("@مريم؟", "@مريم"),
            ("@Mia।", "@Mia"),
            ("🎉@Mia🎉", "@Mia"),
            ("สวัสดี@สมชายครับ", "@สมชาย"),
            ("@Ω!now", "@Ω!"),
            ("@Mia\u{200b}s", "@Mia"),
        ] {
            assert_eq!(called(text), Some(found), "{text}");
        }
        for text in ["@مريمة", "@Mia\u{301}", "@สมชาย\u{e31}", "ж@Mia", "@Mia_", "_@Mia"] {
            assert_eq!(called(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_code_and_emoticons_mention_nobody() {
        let own = [EmbeddedEmoticon { code: "@mia".to_owned(), file: String::new(), alt: String::new() }];
        for text in ["see https://chat.example/@Mia", "`@Mia`", "`a @Mia b`", "```\n@Mia\n```", "> `@Mia`", "so @mia"] {
            assert!(!mentions(text, &own, &["Mia"]), "{text}");
        }
        for text in [
            "@Mia",
            "*@Mia*",
            "_hi @Mia_",
            "> @Mia",
            "https://a.example/ @Mia",
            "`x` @Mia",
            "/me nods at @Mia",
            "so @MIA",
        ] {
            assert!(mentions(text, &own, &["Mia"]), "{text}");
        }
    }

    #[test]
    fn the_longest_name_is_meant() {
        assert_eq!(called("@Mia Sol, come"), Some("@Mia Sol"));
        assert_eq!(called("@Mia Solvejg"), Some("@Mia"));
    }

    #[test]
    fn addresses_and_longer_words_call_nobody() {
        for text in ["mia@Mia", "ö@Mia", "@Miau", "@Miaö", "@", "@ Mia", "Mia", "@@", "@Mi", "@\u{1f600}"] {
            assert_eq!(called(text), None, "{text}");
        }
        assert_eq!(called("a@Mia, but @Mia"), Some("@Mia"));
    }
}
