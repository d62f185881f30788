//! Second factor beside a password (`account.md` 12): the secret that an authenticator app shares with the account, and its codes (TOTP, RFC
//! 6238, with the usual parameters: HMAC-SHA-1, six digits, 30 s).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use super::password::peppered;
use super::recovery::RecoveryCode;
use crate::codec::percent;
use crate::content::normal::typed_code;
use crate::words::event::Millis;

/// Bytes of a secret: the length of the hash, as RFC 4226, 4 recommends.
pub const SECRET_BYTES: usize = 20;
const STEP_MS: Millis = 30_000;
/// Steps before and after the current one whose codes are valid, because clocks differ and typing takes time.
const STEPS_AROUND: u64 = 1;
const DIGITS: usize = 6;
/// Number of codes of that many digits.
const CODES: u32 = 1_000_000;
/// Name that an app shows for the account.
const ISSUER: &str = "CF Messenger";

/// Number of a step of 30 s since 1970.
pub type Step = u64;

/// Secret that an authenticator app and the account share.
#[derive(Clone, PartialEq, Eq)]
pub struct FactorSecret([u8; SECRET_BYTES]);

impl FactorSecret {
    pub const fn drawn(random: [u8; SECRET_BYTES]) -> Self {
        Self(random)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(SECRET_BYTES);
        let (mut bits, mut count) = (0_u32, 0);
        for letter in text.bytes() {
            bits = bits << 5 | u32::try_from(ALPHABET.iter().position(|known| *known == letter)?).ok()?;
            count += 5;
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count & 0xff) as u8);
            }
        }
        (count == 0).then_some(())?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Returns the secret as people type it into an app: base32 (RFC 4648, 6) without padding, 32 characters.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let (mut bits, mut count) = (0_u32, 0);
        for byte in self.0 {
            bits = bits << 8 | u32::from(byte);
            count += 8;
            while count >= 5 {
                count -= 5;
                text.push(char::from(ALPHABET[(bits >> count & 31) as usize]));
            }
        }
        text
    }

    /// Returns the address that an app reads from a QR code. `account` is the e-mail address.
    pub fn uri(&self, account: &str) -> String {
        let (issuer, account) = (percent::encoded(ISSUER), percent::encoded(account));
        format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", self.to_text())
    }

    /// Returns the step of a typed code. Steps up to `used` are refused, so that an observed code cannot be used again.
    pub fn step_of(&self, typed: &str, used: Step, now: Millis) -> Option<Step> {
        let typed = typed_code(typed, DIGITS);
        let present = now / STEP_MS;
        let steps = present.saturating_sub(STEPS_AROUND)..=present + STEPS_AROUND;
        // The code is compared with every step, so that the time of the answer does not reveal which one matched.
        let right: Vec<Step> =
            steps.filter(|step| bool::from(self.code(*step).as_bytes().ct_eq(typed.as_bytes()))).collect();
        right.into_iter().find(|step| *step > used)
    }

    /// Returns the code of a step (RFC 4226, 5.3).
    pub fn code(&self, step: Step) -> String {
        let mac = Hmac::<Sha1>::new_from_slice(&self.0).map(|mac| mac.chain_update(step.to_be_bytes()));
        // A key of any length is valid.
        let hash: [u8; SECRET_BYTES] = mac.map_or([0; SECRET_BYTES], |mac| mac.finalize().into_bytes().into());
        let from = usize::from(hash[SECRET_BYTES - 1] & 0xf);
        let cut = hash.iter().skip(from).take(4).fold(0, |cut, byte| cut << 8 | u32::from(*byte));
        format!("{:0DIGITS$}", (cut & 0x7fff_ffff) % CODES)
    }
}

/// Texts from which a pepper derives the id and the key for sealing secrets. No password has two lines.
const KEYED_AS: [&str; 2] = ["second-factor\nid", "second-factor\nkey"];
const KEY_ID_CHARS: usize = 8;

/// Returns the key that is derived from a pepper, with its id, as an entry of a key ring (`crate::trust::sealing::ContentKeys`).
pub fn key_of(pepper: &str) -> String {
    let [id, key] = KEYED_AS.map(|text| URL_SAFE_NO_PAD.encode(peppered(pepper, text)));
    format!("{}:{key}", id.chars().take(KEY_ID_CHARS).collect::<String>())
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFactor {
    /// The sealed secret.
    pub secret: String,
    pub made_at: Millis,
    /// Step of the last code that was used.
    pub used: Step,
}

/// Text typed beside a password.
pub enum TypedFactor {
    /// Code of an app, or an invalid text.
    Code(String),
    Recovery(RecoveryCode),
}

impl TypedFactor {
    /// Parses the typed text; `None` if it is blank.
    pub fn of(typed: &str) -> Option<Self> {
        match RecoveryCode::parse(typed) {
            Some(code) => Some(Self::Recovery(code)),
            None => (!typed.trim().is_empty()).then(|| Self::Code(typed.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Secret of the tests of RFC 6238, appendix B.
    const PUBLISHED: [u8; SECRET_BYTES] = *b"12345678901234567890";

    #[test]
    fn codes_are_those_that_are_published() {
        let secret = FactorSecret::drawn(PUBLISHED);
        let table = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in table {
            assert_eq!(secret.code(seconds / 30), code, "{seconds}");
            assert_eq!(secret.step_of(code, 0, seconds * 1_000), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_secret_has_one_text() {
        let secret = FactorSecret::drawn(PUBLISHED);
        assert_eq!(secret.to_text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for random in [[0; SECRET_BYTES], [0xff; SECRET_BYTES], PUBLISHED] {
            let text = FactorSecret::drawn(random).to_text();
            assert!(text.len() == 32 && FactorSecret::parse(&text) == Some(FactorSecret::drawn(random)), "{text}");
        }
        for text in [
            "",
            "GEZDGNBV",
            "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1",
        ] {
            assert!(FactorSecret::parse(text).is_none(), "{text}");
        }
        let uri = secret.uri("mia+1@example.org");
        assert_eq!(
            uri,
            "otpauth://totp/CF%20Messenger:mia%2B1%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=CF%20Messenger"
        );
    }

    #[test]
    fn a_code_counts_for_a_step_around_its_own_and_once() {
        let secret = FactorSecret::drawn([7; SECRET_BYTES]);
        let (step, code) = (1_000, secret.code(1_000));
        for now in [999, 1_000, 1_001] {
            assert_eq!(secret.step_of(&code, 0, now * STEP_MS), Some(step), "{now}");
        }
        for now in [0, 998, 1_002, u64::MAX / STEP_MS] {
            assert_eq!(secret.step_of(&code, 0, now * STEP_MS), None, "{now}");
        }
        assert_eq!(secret.step_of(&code, step, step * STEP_MS), None, "it was used");
        assert_eq!(secret.step_of(&secret.code(999), step, step * STEP_MS), None, "so was all before it");
        assert_eq!(secret.step_of(&secret.code(1_001), step, step * STEP_MS), Some(1_001));
    }

    #[test]
    fn a_pepper_makes_a_key_of_its_own() {
        let keys = ["pepper", "other"].map(key_of);
        assert_ne!(keys[0], keys[1]);
        let ring = crate::trust::sealing::ContentKeys::parse(&keys.join(",")).unwrap();
        assert!(ring.seals() && ring.current().is_some_and(|id| keys[0].starts_with(id)));
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let secret = FactorSecret::drawn(PUBLISHED);
        for typed in ["287082", " 287 082\n", "287-082", "２８７０８２", "287\u{200b}082"] {
            assert_eq!(secret.step_of(typed, 0, 59_000), Some(1), "{typed:?}");
        }
        for typed in ["", "28708", "2870820", "28708x", "-", &"2".repeat(100_000)] {
            assert_eq!(secret.step_of(typed, 0, 59_000), None, "{typed:.20}");
        }
        let kind = |typed: &str| match TypedFactor::of(typed) {
            None => "nothing",
            Some(TypedFactor::Code(_)) => "code",
            Some(TypedFactor::Recovery(_)) => "recovery",
        };
        assert_eq!(
            ["", " \n", "287082", "abcde-fg234", "abcde-fg23"].map(kind),
            ["nothing", "nothing", "code", "recovery", "code"]
        );
    }
}
