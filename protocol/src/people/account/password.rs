//! Passwords: rules for a choice, and the stored form of a hash (`sign-in.md` 1).
//!
//! The Worker computes hashes. Every stored hash names its method and parameters, so that these can be raised: a sign-in with older ones
//! stores a new hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use unicode_segmentation::UnicodeSegmentation;

use super::common::is_listed;
use crate::content::normal::{Form, normal};
use crate::words::limits::{
    ARGON2_MEMORY_KIB, ARGON2_PASSES, PASSWORD_BYTES_MAX, PASSWORD_GRAPHEMES_MIN, PASSWORD_RUN_MAX, PASSWORD_WALK_MIN,
    PBKDF2_ROUNDS,
};
use crate::words::refusal::Refusal;

/// Rows of keyboards, which are searched in both directions.
const WALKS: [&str; 7] = [
    "12345678901234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "abcdefghijklmnopqrstuvwxyz",
];

const LENGTH: &str = "A password has at least 10 characters and at most 128 bytes.";

/// Function that turns a password into a hash, with its costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Argon2id {
        memory_kib: u32,
        passes: u32,
    },
    /// PBKDF2 with SHA-256.
    Pbkdf2 {
        rounds: u32,
    },
}

/// Number of bytes of salt and hash that [`PasswordHash::to_text`] writes after the method. The same method always has the same text.
pub const STORED_SECRET_BYTES: usize = "$".len() + 22 + "$".len() + 43;

impl Method {
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let (name, first, second) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let method = match name {
            "argon2id" => Self::Argon2id { memory_kib: first, passes: second },
            "pbkdf2" => Self::Pbkdf2 { rounds: first },
            _ => return None,
        };
        parts.next().is_none().then_some(method)
    }

    /// Returns the method of new hashes by its name in `KDF`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "argon2id" => Some(Self::Argon2id { memory_kib: ARGON2_MEMORY_KIB, passes: ARGON2_PASSES }),
            "pbkdf2" => Some(Self::Pbkdf2 { rounds: PBKDF2_ROUNDS }),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordHash {
    pub method: Method,
    pub salt: [u8; 16],
    pub hash: [u8; 32],
}

impl PasswordHash {
    /// Returns one line of text: method, parameters, salt and hash.
    pub fn to_text(&self) -> String {
        let method = match self.method {
            Method::Argon2id { memory_kib, passes } => format!("argon2id${memory_kib}${passes}"),
            Method::Pbkdf2 { rounds } => format!("pbkdf2${rounds}$0"),
        };
        let (salt, hash) = (URL_SAFE_NO_PAD.encode(self.salt), URL_SAFE_NO_PAD.encode(self.hash));
        let text = format!("{method}${salt}${hash}");
        debug_assert_eq!(text.len() - method.len(), STORED_SECRET_BYTES);
        text
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (method, secret) = text.split_at_checked(text.len().checked_sub(STORED_SECRET_BYTES)?)?;
        let (salt, hash) = secret.strip_prefix('$')?.split_once('$')?;
        let salt = URL_SAFE_NO_PAD.decode(salt).ok()?.try_into().ok()?;
        let hash = URL_SAFE_NO_PAD.decode(hash).ok()?.try_into().ok()?;
        Some(Self { method: Method::parse(method)?, salt, hash })
    }

    /// Returns a hash for an unknown account, so that the comparison takes as long as for a known one. No password has this hash, because it
    /// was not computed from one.
    pub fn of_nobody(method: Method, email_hash: &str) -> Self {
        let mut salt = [0; 16];
        for (at, byte) in salt.iter_mut().zip(email_hash.bytes()) {
            *at = byte;
        }
        Self { method, salt, hash: [0; 32] }
    }
}

/// Typed password. Keyboards encode the same letter differently, so the hash is computed from its NFKC (NIST SP 800-63B, 5.1.1.2).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordInput {
    spelled: String,
    before: Option<String>,
}

impl PasswordInput {
    /// Normalizes a typed password.
    pub fn of(text: &str) -> Self {
        let spelled = normal(text, Form::Nfkc).into_owned();
        let before = (spelled != text).then(|| text.to_owned());
        Self { spelled, before }
    }

    /// Returns the normalized password.
    pub fn spelled(&self) -> &str {
        &self.spelled
    }

    /// Returns the password as it was hashed before normalization; `None` if that is the same, or too long.
    pub fn as_before(&self) -> Option<&str> {
        self.before.as_deref().filter(|before| before.len() <= PASSWORD_BYTES_MAX)
    }
}

/// Returns the text that is hashed instead of a password. It is useless without the pepper, which is in no database.
pub fn peppered(pepper: &str, password: &str) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(pepper.as_bytes()).map(|mac| mac.chain_update(password.as_bytes()));
    // A key of any length is valid. The alternative is zeros, which never match.
    mac.map_or([0; 32], |mac| mac.finalize().into_bytes().into())
}

/// Checks if a typed password is worth hashing. The answer reveals nothing about an account.
pub fn check_typed(password: &PasswordInput) -> Result<(), Refusal> {
    // A password from before normalization may be longer in its normal form.
    let is_long = password.spelled().len() > PASSWORD_BYTES_MAX && password.as_before().is_none();
    if password.spelled().is_empty() || is_long {
        return Err(Refusal::over_limit("password", LENGTH, PASSWORD_BYTES_MAX));
    }
    Ok(())
}

/// Checks the length of a new password: the minimum in graphemes, as people count, and the maximum in bytes, which cost hashing time.
pub fn check_length(password: &PasswordInput) -> Result<(), Refusal> {
    let password = password.spelled();
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(Refusal::over_limit("password", LENGTH, PASSWORD_BYTES_MAX));
    }
    if password.graphemes(true).count() < PASSWORD_GRAPHEMES_MIN {
        return Err(Refusal::over_limit("password", LENGTH, PASSWORD_GRAPHEMES_MIN));
    }
    Ok(())
}

/// Checks if a person with this address and name may choose `password`.
pub fn check_chosen(password: &PasswordInput, email: &str, name: &str) -> Result<(), Refusal> {
    check_length(password)?;
    let password = password.spelled();
    let lower = password.to_lowercase();
    let own = [email, email.split('@').next().unwrap_or_default(), name];
    let is_own = own.iter().any(|own| !own.is_empty() && stem(&lower) == stem(&own.to_lowercase()));
    if is_common(&lower) || is_own {
        return Err(Refusal::validation("password", "This password is too easy to guess. Choose another one."));
    }
    Ok(())
}

/// Returns `true` for a common lower-case password: one from the list (also with digits or signs around it or between its words, in "leet",
/// or repeated), a walk over the keyboard, or a short text that is repeated.
fn is_common(lower: &str) -> bool {
    let words: String = stem(lower).chars().filter(|c| c.is_alphanumeric()).collect();
    let [once, stem_once] = [lower, stem(lower)].map(|text| stem(repeated_part(text).unwrap_or(text)));
    let spellings = [lower, stem(lower), once, stem_once, words.as_str()];
    let spelt = spellings.map(|spelling| [spelling.to_owned(), unleeted(spelling)]);
    spelt.iter().flatten().any(|spelling| is_listed(spelling) || is_repeated(spelling) || is_of_walks(spelling))
}

/// Returns `text` without digits and signs at both ends.
fn stem(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphabetic())
}

/// Returns the part of which `text` is a repetition.
fn repeated_part(text: &str) -> Option<&str> {
    (1..=text.len() / 2).filter(|length| text.len().is_multiple_of(*length)).find_map(|length| {
        let part = text.get(..length)?;
        (part.repeat(text.len() / length) == text).then_some(part)
    })
}

/// Replaces digits and signs that stand for letters.
fn unleeted(text: &str) -> String {
    let letter = |c: char| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// Returns `true` for a text of at most four characters that is repeated.
fn is_repeated(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let repeats_by =
        |period: usize| characters.iter().skip(period).eq(characters.iter().take(characters.len() - period));
    characters.len() >= 2 * PASSWORD_RUN_MAX && (1..=PASSWORD_RUN_MAX).any(repeats_by)
}

/// Returns `true` for rows of the keyboard or the alphabet, forwards or backwards, one behind the other.
fn is_of_walks(text: &str) -> bool {
    let mut rest = text;
    while let Some(length) =
        (PASSWORD_WALK_MIN..=rest.len()).rev().find(|length| rest.get(..*length).is_some_and(is_walk))
    {
        rest = rest.get(length..).unwrap_or_default();
    }
    text.len() > PASSWORD_RUN_MAX && rest.is_empty()
}

fn is_walk(text: &str) -> bool {
    let backwards: String = text.chars().rev().collect();
    WALKS.iter().any(|walk| walk.contains(text) || walk.contains(backwards.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(password: &str) -> bool {
        check_chosen(&PasswordInput::of(password), "mia.lind@example.org", "Mia Lind").is_err()
    }

    #[test]
    fn what_many_people_choose_is_refused_however_it_is_written() {
        let bad = [
            "password123",
            "Password1!",
            "P@ssw0rd123",
            "passw0rd2024",
            "1234567890",
            "0987654321",
            "qwertyuiop",
            "QWERTYUIOP1",
            "qwertzuiop",
            "1q2w3e4r5t",
            "1qaz2wsx3edc",
            "abcdefghij",
            "aaaaaaaaaa",
            "1212121212",
            "abcabcabcabc",
            "iloveyou!!!",
            "basketball",
            "christopher",
            "liverpool1",
            "dragondragon",
            "mia.lind2026",
            "Mia Lind 42",
            "mia.lind@example.org",
            "monkeymonkey12",
            "willkommen2025",
            "geheim12345",
            "trustno1trustno1",
            "abc123abc123",
            "abc123def456",
            "qwe123asd!",
            "Hunter2Hunter2Hunter2",
            "correcthorsebatterystaple",
            "Correct Horse Battery Staple",
            "correct-horse-battery-staple1",
            "To be or not to be",
            "M4yTheF0rceBeWithYou",
        ];
        let missed: Vec<&&str> = bad.iter().filter(|password| !is_refused(password)).collect();
        assert!(missed.is_empty(), "{missed:?}");
        let good = [
            "correct horse battery",
            "tuesday-river-lamp",
            "kahvia ja pullaa",
            "x9!Lm2-qqZ7w",
            "пароль-для-миа",
            "Sieben Zwerge & 1 Apfel",
        ];
        assert!(good.iter().all(|password| !is_refused(password)));
    }

    #[test]
    fn a_password_has_ten_characters_and_at_most_128_bytes() {
        for (password, is_good) in [
            ("x9!Lm2-qq", false),
            ("x9!Lm2-qqZ", true),
            ("é7!é2-éZ", false),
            ("пароль-дл", false),
            ("пароль-для", true),
            ("正确的马电池订", false),
            ("正确的马电池订书钉吗", true),
            // People see three pictures, whatever they are made of.
            ("👩‍👩‍👧👨‍👩‍👦👩‍👧‍👦", false),
            ("x\u{325}9\u{325}L\u{325}m\u{325}q\u{325}", false),
        ] {
            assert_eq!(!is_refused(password), is_good, "{password}");
        }
        let limit = |password: &str| match check_length(&PasswordInput::of(password)) {
            Err(Refusal::Validation { limit, .. }) => limit,
            _ => None,
        };
        let limits = ["короткий", &"a".repeat(129), "x9!Lm2-qqZ"].map(limit);
        assert_eq!(limits, [Some(PASSWORD_GRAPHEMES_MIN as u64), Some(PASSWORD_BYTES_MAX as u64), None]);
        let long = "x9!Lm2-qqZ w4".repeat(10);
        assert!(!is_refused(&long[..128]) && is_refused(&long[..129]));
        let is_typed = |password: &str| check_typed(&PasswordInput::of(password)).is_ok();
        assert!(is_typed("short") && !is_typed("") && !is_typed(&"a".repeat(129)));
        // The decomposed form is three times as long, and the same password.
        let taken_apart = "\u{1112}\u{1161}\u{11ab}".repeat(42);
        assert!(
            is_typed(&"한".repeat(42))
                && is_typed(&taken_apart)
                && PasswordInput::of(&taken_apart).as_before().is_none()
        );
    }

    #[test]
    fn a_password_is_one_however_a_keyboard_writes_it() {
        let one = PasswordInput::of("grüne-straße-42-café");
        for (other, is_same) in [
            ("gru\u{308}ne-straße-42-cafe\u{301}", true),
            ("ｇｒüｎｅ－ｓｔｒａßｅ－４２－ｃａｆé", true),
            ("grune-strasse-42-cafe", false),
            ("Grüne-straße-42-café", false),
        ] {
            let typed = PasswordInput::of(other);
            assert_eq!(typed.spelled() == one.spelled(), is_same, "{other}");
            assert_eq!(typed.as_before(), is_same.then_some(other));
        }
        assert_eq!(one.as_before(), None);
        assert!(
            is_refused("ｐａｓｓｗｏｒｄ１２３") && is_refused("ｘ９！Ｌ"),
            "what is common or short is so in wide letters, too"
        );
    }

    #[test]
    fn a_stored_hash_reads_as_it_was_written() {
        for name in ["argon2id", "pbkdf2"] {
            let stored = PasswordHash { method: Method::named(name).unwrap(), salt: [7; 16], hash: [9; 32] };
            assert_eq!(PasswordHash::parse(&stored.to_text()), Some(stored));
        }
        for bad in ["", "argon2id", "md5$1$1$a$b", "argon2id$x$2$AAAA$BBBB", "pbkdf2$1$0$AAAA$BBBB"] {
            assert_eq!(PasswordHash::parse(bad), None, "{bad}");
        }
        assert_eq!(Method::named("md5"), None);
    }

    #[test]
    fn the_pepper_and_the_salt_of_nobody_are_stable() {
        assert_eq!(peppered("one", "word"), peppered("one", "word"));
        assert_ne!(peppered("one", "word"), peppered("two", "word"));
        let method = Method::named("argon2id").unwrap();
        assert_eq!(
            PasswordHash::of_nobody(method, "abcdef0123456789"),
            PasswordHash::of_nobody(method, "abcdef0123456789")
        );
        assert_ne!(
            PasswordHash::of_nobody(method, "abcdef0123456789").salt,
            PasswordHash::of_nobody(method, "bbcdef0123456789").salt
        );
    }
}
