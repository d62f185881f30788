//! Positions of web addresses in a text. In other scripts than Latin, letters, marks and digits belong to an address (`XID_Continue` of UAX
//! #31). Everything else ends it, as a full stop before a blank does: punctuation, signs, and invisible characters.

use std::borrow::Cow;
use std::ops::Range;

use linkify::{LinkFinder, LinkKind};

use super::letters::is_letter;

/// Returns the addresses with `http` or `https` in `text`, in order.
pub fn addresses(text: &str) -> Vec<Range<usize>> {
    let plain = in_plain_letters(text);
    let mut finder = LinkFinder::new();
    let found = finder.kinds(&[LinkKind::Url]).links(&plain).map(|link| link.start()..link.end());
    found.filter(|link| text.get(link.clone()).is_some_and(is_web)).collect()
}

/// Returns `true` for `http` and `https`: other schemes are not clickable, even if the finder knows them.
fn is_web(url: &str) -> bool {
    let begins = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("http://") || begins("https://")
}

/// Returns `text` for a finder that knows only ASCII letters, with each byte at its position: `x` for a character of an address, a blank for
/// any other.
fn in_plain_letters(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut is_inside = false;
    for character in text.chars() {
        if character.is_ascii() {
            plain.push(character);
            is_inside = !ends_any(character) && (is_inside || plain.ends_with("://"));
            continue;
        }
        is_inside = is_inside && is_letter(character);
        let stand_in = if is_inside { "x" } else { " " };
        plain.push_str(&stand_in.repeat(character.len_utf8()));
    }
    Cow::Owned(plain)
}

/// Returns `true` if an address ends before `character`.
fn ends_any(character: char) -> bool {
    character.is_ascii_whitespace() || character.is_ascii_control() || matches!(character, '<' | '>' | '"' | '`' | '|')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<&str> {
        addresses(text).into_iter().map(|link| &text[link]).collect()
    }

    #[test]
    fn punctuation_of_every_script_ends_an_address() {
        for (text, link) in [
            ("https://example.org/path。谢谢", "https://example.org/path"),
            ("“https://example.org/g”", "https://example.org/g"),
            ("请看https://example.org/路径，谢谢", "https://example.org/路径"),
            ("（https://example.org/a）", "https://example.org/a"),
            ("「https://example.org/a」です", "https://example.org/a"),
            ("https://example.org/a！？", "https://example.org/a"),
            ("«https://example.org/a»", "https://example.org/a"),
            ("https://example.org/a…", "https://example.org/a"),
            ("https://example.org/a—then", "https://example.org/a"),
            ("https://example.org/a؟ نعم", "https://example.org/a"),
            ("https://example.org/a، و", "https://example.org/a"),
            ("https://example.org/صفحة۔", "https://example.org/صفحة"),
            ("https://example.org/a।", "https://example.org/a"),
            ("https://example.org/a\u{200b}b", "https://example.org/a"),
            ("https://example.org/a\u{202e}gpj.exe", "https://example.org/a"),
            ("https://example.org/a\u{3164}b", "https://example.org/a"),
            ("https://example.org/a\u{2063}", "https://example.org/a"),
            ("https://example.org/a\u{fe0f}", "https://example.org/a"),
            ("https://example.org/a\u{3000}b", "https://example.org/a"),
            ("https://example.org。谢谢", "https://example.org"),
            ("https://example.org/🎉", "https://example.org/"),
        ] {
            assert_eq!(found(text), [link], "{text}");
        }
    }

    #[test]
    fn names_and_paths_in_other_scripts_are_addresses() {
        for link in [
            "https://пример.рф/",
            "https://пример.рф",
            "https://例え.テスト/パス?名前=値",
            "https://bücher.example/köln",
            "http://مثال.إختبار/صفحة",
            "https://उदाहरण.परीक्षा/",
            "https://ca.wikipedia.org/wiki/Col·lecció",
            "https://example.org/(路径)",
        ] {
            assert_eq!(found(link), [link]);
            assert_eq!(found(&format!("({link}).")), [link]);
            assert_eq!(found(&format!("да {link}, да")), [link]);
        }
        assert_eq!(found("https://пример.рф и http://b.example"), ["https://пример.рф", "http://b.example"]);
        assert_eq!(found("ftp://пример.рф пример.рф шttps://x"), [""; 0]);
    }

    proptest! {
        #[test]
        fn the_finder_is_given_a_text_of_the_same_bytes(text in "(https?://|[\\PC。“а ]){0,40}") {
            let plain = in_plain_letters(&text);
            prop_assert!(plain.is_ascii() && plain.len() == text.len());
            for link in addresses(&text) {
                prop_assert!(text.get(link).is_some_and(is_web));
            }
        }
    }
}
