//! Many texts packed into one, with their lengths in UTF-16 units, so that one call between wasm and JavaScript carries them all. The other
//! side packs and unpacks in the same way.

/// Length of an absent text, which no real text has.
const NO_TEXT: u32 = u32::MAX;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// The texts, concatenated.
    pub texts: String,
    /// UTF-16 units of each.
    pub lengths: Vec<u32>,
}

impl<'a> FromIterator<Option<&'a str>> for Packed {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(texts: I) -> Self {
        let texts: Vec<Option<&str>> = texts.into_iter().collect();
        let bytes = texts.iter().flatten().map(|text| text.len()).sum();
        let mut packed = Self { texts: String::with_capacity(bytes), lengths: Vec::with_capacity(texts.len()) };
        for text in texts {
            packed.lengths.push(text.map_or(NO_TEXT, units));
            packed.texts.push_str(text.unwrap_or_default());
        }
        packed
    }
}

impl Packed {
    /// Returns the texts. A text that the lengths do not fit is `None`.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let mut rest = self.texts.as_str();
        self.lengths.iter().map(move |length| {
            let bytes = bytes_of(rest, *length)?;
            let (text, after) = rest.split_at_checked(bytes)?;
            rest = after;
            Some(text)
        })
    }
}

fn units(text: &str) -> u32 {
    let units = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
    u32::try_from(units).unwrap_or(NO_TEXT)
}

/// Returns the number of bytes of the first `units` of `text`.
fn bytes_of(text: &str, units: u32) -> Option<usize> {
    let mut left = usize::try_from(units).ok().filter(|_| units != NO_TEXT)?;
    if text.as_bytes().get(..left)?.is_ascii() {
        return Some(left);
    }
    let mut bytes = 0;
    for character in text.chars() {
        if left == 0 {
            break;
        }
        left = left.checked_sub(character.len_utf16())?;
        bytes += character.len_utf8();
    }
    (left == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked(texts in vec(prop::option::of(any::<String>()), 0..20)) {
            let packed: Packed = texts.iter().map(Option::as_deref).collect();
            let again: Vec<Option<String>> = packed.iter().map(|text| text.map(str::to_owned)).collect();
            prop_assert_eq!(again, texts);
        }

        #[test]
        fn lengths_that_lie_break_nothing(texts in any::<String>(), lengths in vec(0..9_u32, 0..20)) {
            let packed = Packed { texts, lengths };
            let sum: usize = packed.iter().flatten().map(str::len).sum();
            prop_assert!(sum <= packed.texts.len());
        }
    }

    #[test]
    fn lengths_are_those_of_javascript() {
        let packed: Packed = [Some("ab"), None, Some(""), Some("\u{e9}\u{1f600}\0")].into_iter().collect();
        assert_eq!(packed.lengths, [2, NO_TEXT, 0, 4]);
    }
}
