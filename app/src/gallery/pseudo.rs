//! Pseudo-language (`ux.md` 2.1): English with accents and four tenths longer. It shows texts that are missing in `locales`, and the layout
//! with long words.

use std::cell::RefCell;

use protocol::codec::sorted::SortedMap;

use crate::i18n::BEFORE_FORM;

/// Tag of the pseudo-language in the address.
pub const PSEUDO: &str = "xx";
/// Words that make texts longer; the longest text needs no more of them.
const FILLER: &str = " lorem ipsum dolor sit amet";

/// Returns the pseudo-text of `words`. Equal texts get the same pseudo-text.
pub fn longer(words: &'static str) -> &'static str {
    thread_local! {
        static MADE: RefCell<SortedMap<&'static str, &'static str>> = RefCell::new(SortedMap::default());
    }
    MADE.with_borrow_mut(|made| {
        if let Some(known) = made.get(words) {
            return *known;
        }
        let shown: &'static str = Box::leak(lengthened(words).into_boxed_str());
        made.insert(words, shown);
        shown
    })
}

/// Lengthens each form of a text separately.
fn lengthened(words: &str) -> String {
    words.split(BEFORE_FORM).map(form).collect::<Vec<_>>().join(&BEFORE_FORM.to_string())
}

/// Lengthens one form of a text. A member in braces is a name or number, and stays unchanged.
fn form(words: &str) -> String {
    let (mut out, mut letters, mut is_member) = (String::new(), 0_usize, false);
    for letter in words.chars() {
        is_member |= letter == '{';
        letters += usize::from(!is_member);
        out.push(if is_member { letter } else { accented(letter) });
        is_member &= letter != '}';
    }
    out.extend(FILLER.chars().cycle().take((letters * 2).div_ceil(5)));
    out
}

fn accented(letter: char) -> char {
    match letter {
        'a' => 'á',
        'e' => 'é',
        'i' => 'í',
        'o' => 'ó',
        'u' => 'ú',
        'A' => 'Á',
        'E' => 'É',
        'I' => 'Í',
        'O' => 'Ó',
        'U' => 'Ú',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_four_tenths_longer_and_speaks_of_the_same() {
        assert_eq!(longer("Send"), "Sénd l");
        assert_eq!(longer("Conversation with {0}"), "Cónvérsátíón wíth {0} lorem i");
        assert_eq!(longer("\u{1}{0} person\u{1}{0} people"), "\u{1}{0} pérsón lo\u{1}{0} péóplé lo");
        assert_eq!(longer(""), "");
        assert!(std::ptr::eq(longer("Send"), longer("Send")));
    }
}
