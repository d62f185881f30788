//! Minimum lengths of the deployment's secrets (`docs/deploy.md`, "Secrets"). A feature whose secret is too short is switched off, and says
//! so.

use crate::words::limits::{SECRET_KEY_BYTES_MIN, SECRET_TOKEN_CHARS_MIN};

/// Use of a secret, which decides its minimum length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// The secret signs or hashes data: with one result an attacker can test secrets offline, without a limit.
    Key,
    /// The secret is sent to the server, which counts attempts.
    Token,
}

impl Strength {
    pub fn is_enough(self, secret: &[u8]) -> bool {
        match self {
            Self::Key => secret.len() >= SECRET_KEY_BYTES_MIN,
            Self::Token => String::from_utf8_lossy(secret).chars().count() >= SECRET_TOKEN_CHARS_MIN,
        }
    }

    /// Returns the minimum length as text.
    pub fn words(self) -> String {
        match self {
            Self::Key => format!("{SECRET_KEY_BYTES_MIN} bytes"),
            Self::Token => format!("{SECRET_TOKEN_CHARS_MIN} characters"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_32_bytes_and_a_token_16_characters() {
        for (strength, text, is_enough) in [
            (Strength::Key, "x".repeat(31), false),
            (Strength::Key, "x".repeat(32), true),
            (Strength::Key, "é".repeat(16), true),
            (Strength::Token, "x".repeat(15), false),
            (Strength::Token, "x".repeat(16), true),
            (Strength::Token, "é".repeat(15), false),
            (Strength::Token, String::new(), false),
        ] {
            assert_eq!(strength.is_enough(text.as_bytes()), is_enough, "{strength:?} {text}");
        }
        assert_eq!([Strength::Key, Strength::Token].map(Strength::words), ["32 bytes", "16 characters"]);
    }
}
