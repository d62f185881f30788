//! Common and breached passwords, as a Bloom filter (`account.md` 7).
//!
//! The Worker holds the filter alone. The texts are in `protocol/tests/data/common_passwords.txt`; a law writes the filter from them.

use sha2::{Digest, Sha256};

/// The filter, as the law writes it.
const FILTER: &[u8] = include_bytes!("common.bloom");
/// Length of the filter. A text has 35 bits of it, so one of ten million other texts is taken for a common one. A password is looked up in
/// up to ten spellings.
const FILTER_BYTES: usize = 64 * 1024;
/// Number of bits that a text sets.
const BITS_OF_TEXT: u64 = 16;

/// Returns `true` for a text that many people choose, and for very few others. The text is in lower case.
pub fn is_listed(text: &str) -> bool {
    places(text).all(|(byte, bit)| FILTER.get(byte).is_some_and(|stored| stored & bit != 0))
}

/// Returns the filter of these texts.
pub fn filter_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut filter = vec![0; FILTER_BYTES];
    for (byte, bit) in texts.into_iter().flat_map(places) {
        if let Some(stored) = filter.get_mut(byte) {
            *stored |= bit;
        }
    }
    filter
}

/// Returns the bits of a text, each as a byte of the filter and a bit of that byte. Two halves of one hash stand for all hash functions.
fn places(text: &str) -> impl Iterator<Item = (usize, u8)> + use<> {
    let digest = Sha256::digest(text.as_bytes());
    let number =
        |from: usize| digest.iter().skip(from).take(8).rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    let (first, step) = (number(0), number(8) | 1);
    (0..BITS_OF_TEXT).map(move |n| {
        let place = first.wrapping_add(step.wrapping_mul(n)) % (FILTER_BYTES as u64 * 8);
        ((place / 8) as usize, 1 << (place % 8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_the_texts_that_it_was_made_of() {
        assert_eq!(FILTER.len(), FILTER_BYTES);
        let filter = filter_of(["one", "two"]);
        let has = |text: &str| places(text).all(|(byte, bit)| filter[byte] & bit != 0);
        assert!(has("one") && has("two") && !has("three") && !has(""));
        let set: u32 = filter.iter().map(|byte| byte.count_ones()).sum();
        assert!((17..=32).contains(&set), "{set} bits are set");
    }
}
