//! Families of refresh tokens (`sign-in.md` 2), one for each remembered browser. Each token can be used once, and the answer has its
//! successor. A repeated token was stolen, from its owner or by the caller, so its family ends.
//!
//! This file decides the status of a token and the changes of its family. The `auth` objects handle sessions and notifications.

use crate::words::event::Millis;
use crate::words::principal::Principal;
use crate::words::refusal::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// `true` if the token was already exchanged for its successor.
    pub was_used: bool,
    pub expires_at: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStatus {
    /// The token gives a new session and the next token.
    Next,
    /// The token gives nothing, and its family must end.
    Stolen,
    Nothing,
}

/// Returns the status of a token. A used token stays stored until it would have expired, and is unknown after that.
pub fn judge(stored: Option<StoredToken>, now: Millis) -> TokenStatus {
    match stored {
        Some(stored) if stored.expires_at <= now => TokenStatus::Nothing,
        Some(stored) if stored.was_used => TokenStatus::Stolen,
        Some(_) => TokenStatus::Next,
        None => TokenStatus::Nothing,
    }
}

/// A remembered browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Public id.
    pub id: String,
    /// Principal of the last session.
    pub principal: Principal,
    /// Description of the device (`User-Agent`).
    pub agent: String,
    /// Time of the sign-in.
    pub created_at: Millis,
    /// Time at which the last token was issued.
    pub used_at: Millis,
    /// Time at which that token expires.
    pub expires_at: Millis,
}

/// Rows of remembered browsers and their tokens.
pub trait FamilyStore {
    /// Returns the stored state of the token with this hash, and the id of its family.
    fn token(&self, hash: &str) -> Result<Option<(String, StoredToken)>, Fault>;
    fn add_token(&mut self, hash: &str, family: &str, expires_at: Millis) -> Result<(), Fault>;
    /// Marks the token as exchanged for its successor.
    fn use_token(&mut self, hash: &str) -> Result<(), Fault>;
    fn family(&self, id: &str) -> Result<Option<Family>, Fault>;
    fn save_family(&mut self, family: &Family) -> Result<(), Fault>;
}

/// Returns a token's family and status; `None` for an unknown token.
pub fn look(store: &impl FamilyStore, hash: &str, now: Millis) -> Result<Option<(Family, TokenStatus)>, Fault> {
    let Some((id, stored)) = store.token(hash)? else {
        return Ok(None);
    };
    let family = store.family(&id)?.ok_or_else(|| Fault("a token without family".into()))?;
    Ok(Some((family, judge(Some(stored), now))))
}

/// Stores a newly remembered browser with its first token.
pub fn remember(store: &mut impl FamilyStore, family: &Family, hash: &str) -> Result<(), Fault> {
    store.add_token(hash, &family.id, family.expires_at)?;
    store.save_family(family)
}

/// Replaces the valid token `hash` by `next`, and stores the changed family.
pub fn rotate(store: &mut impl FamilyStore, hash: &str, next: &str, family: &Family) -> Result<(), Fault> {
    store.use_token(hash)?;
    remember(store, family, next)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    mod store {
        use crate::testing::families::Memory;

        crate::families_promises!(Memory::default);
    }

    const LIFE_MS: Millis = 1_000;

    /// Family in memory, for tests of whole histories.
    #[derive(Default)]
    struct Model {
        stored: BTreeMap<u32, StoredToken>,
        newest: u32,
        has_ended: bool,
    }

    impl Model {
        fn issue(&mut self, now: Millis) {
            self.newest += 1;
            self.stored.insert(self.newest, StoredToken { was_used: false, expires_at: now + LIFE_MS });
        }

        fn present(&mut self, token: u32, now: Millis) -> TokenStatus {
            let worth = judge(self.stored.get(&token).copied(), now);
            match worth {
                TokenStatus::Next => {
                    if let Some(stored) = self.stored.get_mut(&token) {
                        stored.was_used = true;
                    }
                    self.issue(now);
                }
                TokenStatus::Stolen => {
                    self.stored.clear();
                    self.has_ended = true;
                }
                TokenStatus::Nothing => {}
            }
            worth
        }
    }

    #[test]
    fn of_twenty_with_one_token_one_wins_and_the_family_ends() {
        let mut family = Model::default();
        family.issue(0);
        let worths: Vec<TokenStatus> = (0..20).map(|_| family.present(1, 5)).collect();
        assert_eq!(worths.iter().filter(|worth| **worth == TokenStatus::Next).count(), 1);
        assert_eq!(worths[1], TokenStatus::Stolen);
        assert!(family.has_ended && family.present(2, 6) == TokenStatus::Nothing, "the winner's token is dead as well");
    }

    #[test]
    fn a_token_dies_by_its_time_used_or_not() {
        let mut family = Model::default();
        family.issue(0);
        assert_eq!(family.present(1, LIFE_MS), TokenStatus::Nothing);
        family.issue(LIFE_MS);
        assert_eq!(family.present(2, LIFE_MS + 1), TokenStatus::Next);
        assert_eq!(family.present(2, 2 * LIFE_MS), TokenStatus::Nothing, "it would be dead by now in any case");
        assert!(!family.has_ended);
    }

    proptest! {
        #[test]
        fn at_most_one_token_is_worth_anything_and_each_once(steps in prop::collection::vec((1_u32..8, 0_u64..400), 1..60)) {
            let (mut family, mut now, mut wins) = (Model::default(), 0, BTreeMap::new());
            family.issue(now);
            for (token, later) in steps {
                now += later;
                let was_over = family.has_ended;
                let worth = family.present(token, now);
                prop_assert!(!was_over || worth == TokenStatus::Nothing, "nothing comes after the end");
                if worth == TokenStatus::Next {
                    let count = wins.entry(token).or_insert(0);
                    *count += 1;
                    prop_assert_eq!(*count, 1);
                }
                let living = family.stored.values().filter(|stored| !stored.was_used && stored.expires_at > now).count();
                prop_assert!(living <= 1);
            }
        }
    }
}
