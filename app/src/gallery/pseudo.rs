//! A language that is nobody's (`ux.md` 2.1): English with accents and four tenths longer, so that everybody sees which words are no
//! texts of ours, and what becomes of a view in a language with long words.

use std::cell::RefCell;

use protocol::codec::sorted::SortedMap;

use crate::i18n::BEFORE_FORM;

/// Its name in the address.
pub const PSEUDO: &str = "xx";
/// Words by which texts are longer. No text is long enough to read more of them.
const FILLER: &str = " lorem ipsum dolor sit amet";

/// Returns the text that stands for `words`. The same text is the same, wherever it is asked for.
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

/// Each form of a text by itself.
fn lengthened(words: &str) -> String {
    words.split(BEFORE_FORM).map(form).collect::<Vec<_>>().join(&BEFORE_FORM.to_string())
}

/// Makes one form of a text longer. A member in braces stays as it is: it is a name or a number.
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
