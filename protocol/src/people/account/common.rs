//! Common and breached passwords, as a Bloom filter (`account.md` 7).
//!
//! The Worker has only the filter. The texts are in `protocol/tests/data/common_passwords.txt`, from which a test writes the filter.

use sha2::{Digest, Sha256};

/// The filter, which a test writes.
const FILTER: &[u8] = include_bytes!("common.bloom");
/// Length of the filter, with 35 bits per text: one of ten million other texts is refused by mistake. A password is checked in up to ten
/// spellings.
const FILTER_BYTES: usize = 64 * 1024;
/// Number of bits that a text sets.
const BITS_OF_TEXT: u64 = 16;

/// Returns `true` for a common password in lower case, and rarely for another text.
pub fn is_listed(text: &str) -> bool {
    places(text).all(|(byte, bit)| FILTER.get(byte).is_some_and(|stored| stored & bit != 0))
}

pub fn filter_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut filter = vec![0; FILTER_BYTES];
    for (byte, bit) in texts.into_iter().flat_map(places) {
        if let Some(stored) = filter.get_mut(byte) {
            *stored |= bit;
        }
    }
    filter
}

/// Returns the bits of a text, each as a byte of the filter and a bit of that byte. One hash, in two halves, replaces all hash functions.
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
