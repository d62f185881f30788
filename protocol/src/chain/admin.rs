//! Requests for tools (`livestore.md` 11): closed without a secret, equal in time whatever was guessed, slow for guessers.

use crate::sorted::SortedMap;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::event::Millis;
use crate::limits::{STORE_GUESSES_MAX, STORE_GUESSES_WINDOW_MS};
use crate::rate::{Counter, Rule, Window};

/// Places that are remembered.
const PLACES_MAX: usize = 1_024;

/// Whether `given` is the secret. No secret, and an empty one, is nobody's.
pub fn is_secret(secret: Option<&str>, given: &str) -> bool {
    let Some(secret) = secret.filter(|secret| !secret.is_empty()) else {
        return false;
    };
    // Digests have one length, so that not even the length is told.
    Sha256::digest(secret).ct_eq(&Sha256::digest(given)).into()
}

/// Who has been guessing. In memory only: who waits for the object to sleep has waited.
#[derive(Debug, Default)]
pub(super) struct Guesses(SortedMap<String, Counter>);

impl Guesses {
    /// Whether a request from `place` may pass. A wrong secret counts.
    pub fn admit(&mut self, secret: Option<&str>, given: &str, place: &str, now: Millis) -> bool {
        let rule = Rule(vec![Window { count: STORE_GUESSES_MAX, ms: STORE_GUESSES_WINDOW_MS }]);
        if self.0.len() >= PLACES_MAX {
            self.0.retain(|_, counter| counter.check(&rule, now).is_err());
        }
        if self.0.get_mut(place).is_some_and(|counter| counter.check(&rule, now).is_err()) {
            return false;
        }
        let is_right = is_secret(secret, given);
        if !is_right {
            // A limit that is reached is looked at before the next guess.
            let _ = self.0.get_or_default(place.to_owned()).charge(&rule, now);
        }
        is_right
    }
}
