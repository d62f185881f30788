//! Recovery codes (`account.md` 5.1): their form, the tolerant parser, and the stored form.

use super::password::peppered;
use crate::content::normal::typed_code;
use crate::people::session::base32;

/// Characters of a code, which have five random bits each.
const CODE_CHARS: usize = 10;
const GROUP_CHARS: usize = 5;
/// Prefix of the hashed text, which separates hashes of codes from those of passwords.
const HASHED_AS: &str = "recovery-code\n";

/// A recovery code, without its dash.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// Returns the code for these random bytes, of which 50 bits are used.
    pub fn drawn(random: [u8; 8]) -> Self {
        Self(base32(random).chars().take(CODE_CHARS).collect())
    }

    /// Reads a typed code (`text.md` 9). Case does not matter.
    pub fn parse(typed: &str) -> Option<Self> {
        let code = typed_code(typed, CODE_CHARS).to_ascii_lowercase();
        let is_code = code.len() == CODE_CHARS && code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        is_code.then_some(Self(code))
    }

    /// Returns the code in its printed form: `xxxxx-xxxxx`.
    pub fn to_text(&self) -> String {
        let group = |from: usize| self.0.chars().skip(from).take(GROUP_CHARS).collect::<String>();
        format!("{}-{}", group(0), group(GROUP_CHARS))
    }

    /// Returns the stored form of the code: an HMAC-SHA-256 with the pepper, in hex.
    pub fn keyed_hash(&self, pepper: &str) -> String {
        let hash = peppered(pepper, &format!("{HASHED_AS}{}", self.0));
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_ten_characters_in_two_groups() {
        for random in [[0; 8], [0xff; 8], [0x5a; 8], [1, 2, 3, 4, 5, 6, 7, 8]] {
            let text = RecoveryCode::drawn(random).to_text();
            let (left, right) = text.split_once('-').unwrap();
            assert_eq!((left.len(), right.len()), (5, 5), "{text}");
            assert!(RecoveryCode::parse(&text).is_some_and(|code| code.to_text() == text), "{text}");
        }
    }

    #[test]
    fn each_of_fifty_bits_makes_another_code() {
        let of = |bits: u64| RecoveryCode::drawn(bits.to_be_bytes()).to_text();
        for bit in 0..64 {
            assert_eq!(of(1 << bit) != of(0), bit < 50, "{bit}");
        }
    }

    #[test]
    fn case_blanks_and_the_dash_do_not_matter() {
        let code = RecoveryCode::parse("abcde-fg234").unwrap();
        for typed in [
            "ABCDE-FG234",
            "abcdefg234",
            " abcde fg234\n",
            "a-b-c-d-e-f-g-2-3-4",
            "abcde\u{a0}-\u{a0}fg234",
            "abcde–fg234",
            "abcde\u{2011}fg234",
            "abcde−fg234",
            "abcde\u{200b}-fg234\u{feff}",
            "ａｂｃｄｅ－ｆｇ２３４",
        ] {
            assert!(RecoveryCode::parse(typed) == Some(code.clone()), "{typed:?}");
        }
    }

    #[test]
    fn no_other_text_is_a_code() {
        let long = "a".repeat(100_000);
        let texts = ["", "-", "abcde-fg23", "abcde-fg2345", "abcde-fg230", "abcde-fg231", "äbcde-fg23"];
        for typed in texts.into_iter().chain([long.as_str()]) {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed:.20}");
        }
    }

    #[test]
    fn the_stored_form_depends_on_the_pepper_and_is_no_hash_of_a_password() {
        let code = RecoveryCode::parse("abcde-fg234").unwrap();
        let hash = code.keyed_hash("pepper");
        let as_password: String = peppered("pepper", "abcdefg234").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, RecoveryCode::parse("ABCDEFG234").unwrap().keyed_hash("pepper"));
        assert!(hash != code.keyed_hash("other") && hash != as_password);
    }
}
