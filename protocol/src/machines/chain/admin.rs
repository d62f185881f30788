//! Requests of tools (`livestore.md` 11): closed without a secret, with the same duration for every guess. Guesses are counted by address
//! and not by store, so not here (`core.md` 1.1, `gate`).

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Returns `true` when `given` is the secret. A missing or empty secret matches nothing.
pub fn is_secret(secret: Option<&str>, given: &str) -> bool {
    let Some(secret) = secret.filter(|secret| !secret.is_empty()) else {
        return false;
    };
    // Digests have the same length, so that not even the length of the secret is revealed.
    Sha256::digest(secret).ct_eq(&Sha256::digest(given)).into()
}
