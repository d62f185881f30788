//! Mentions in a text: `@` at the beginning of a word, followed by a name. They are found each time a message is shown, like
//! [`crate::content::spans`]: the text is stored and sent as it was typed.

/// Returns the first mention of one of `names` in `text`: from the `@` to the end of the longest name that follows.
pub fn mention(text: &str, names: &[String]) -> Option<(usize, usize)> {
    text.match_indices('@').find_map(|(at, sign)| {
        let rest = &text[at + sign.len()..];
        let is_called = |name: &&String| {
            let begin = rest.get(..name.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(name)) && !rest[name.len()..].starts_with(is_letter)
        };
        let bytes = names.iter().filter(|name| !name.is_empty()).filter(is_called).map(String::len).max()?;
        (!text[..at].ends_with(is_letter)).then_some((at, at + sign.len() + bytes))
    })
}

/// Returns `true` for a letter or a digit of any script, approximately: tables of all letters would add to the size of the page.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c > '\u{bf}' && !matches!(c, '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(text: &str) -> Option<&str> {
        let names = ["Mia", "Mia Sol", "", "Zoë"].map(str::to_owned);
        mention(text, &names).map(|(from, to)| &text[from..to])
    }

    #[test]
    fn a_name_behind_the_sign_is_called_however_it_is_written() {
        assert_eq!(called("@Mia ready?"), Some("@Mia"));
        assert_eq!(called("are you, @mia?"), Some("@mia"));
        assert_eq!(called("(@Zoë)"), Some("@Zoë"));
        assert_eq!(called("@Mia\u{2026}"), Some("@Mia"));
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
