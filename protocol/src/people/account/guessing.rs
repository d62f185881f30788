//! Limit on wrong passwords, by account and origin (`messenger.md` 12, rule `LOGIN_FAIL`).
//!
//! Failures are counted for each account and origin, so a guesser closes the account to themselves and not to its owner. Many networks
//! together slow each other down. They never slow down a browser that the account's owner had remember them, nor a passkey, which cannot be
//! guessed.

use crate::words::event::Millis;
use crate::words::limits::{LOGIN_BACKOFF_FACTOR, LOGIN_BACKOFF_MEMORY_MS, LOGIN_BACKOFF_MS_MAX, LOGIN_BACKOFF_MS_MIN};
use crate::words::rate::{Counter, Rule};
use crate::words::refusal::Refusal;

/// Origin of an attempt, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptOrigin {
    /// A browser that is remembered for this very account, by its public id.
    Browser(String),
    /// A network, in the form that audit rows have of an address.
    Network(String),
}

impl AttemptOrigin {
    const BROWSER: &str = "b/";
    const NETWORK: &str = "n/";

    /// Returns the text of the origin in a row.
    pub fn key(&self) -> String {
        match self {
            Self::Browser(id) => format!("{}{id}", Self::BROWSER),
            Self::Network(network) => format!("{}{network}", Self::NETWORK),
        }
    }

    fn is_network(key: &str) -> bool {
        !key.starts_with(Self::BROWSER)
    }
}

/// Returns the time for which a failure is stored, in milliseconds; 0 without a limit.
pub fn memory_ms(rule: &Rule) -> Millis {
    if rule.0.is_empty() { 0 } else { rule.longest_ms().max(LOGIN_BACKOFF_MEMORY_MS) }
}

/// Checks whether one more attempt is allowed after the failed ones: their origins, as [`AttemptOrigin::key`] returns them, and times,
/// ascending.
///
/// # Errors
///
/// `RateLimited`: this origin has failed as often as the rule permits, or all networks together have failed so often that the next attempt
/// waits, longer with each failure.
pub fn check(rule: &Rule, failures: &[(String, Millis)], place: &AttemptOrigin, now: Millis) -> Result<(), Refusal> {
    let key = place.key();
    let own: Vec<Millis> = failures.iter().filter(|(from, _)| *from == key).map(|(_, at)| *at).collect();
    Counter::from_times(rule, &own).check(rule, now)?;
    let networks = failures.iter().filter(|(from, _)| AttemptOrigin::is_network(from));
    let (count, latest) = networks.fold((0_u32, 0), |(count, latest), (_, at)| (count + 1, latest.max(*at)));
    let until = latest + wait_ms(rule, count);
    if matches!(place, AttemptOrigin::Network(_)) && until > now {
        return Err(Refusal::RateLimited { retry_after_ms: until - now });
    }
    Ok(())
}

/// Returns the time that networks wait after this number of failures of all networks, in milliseconds.
fn wait_ms(rule: &Rule, failures: u32) -> Millis {
    let Some(most) = rule.0.iter().map(|window| window.count).max() else { return 0 };
    let Some(beyond) = failures.checked_sub(most.saturating_mul(LOGIN_BACKOFF_FACTOR)) else { return 0 };
    let doubled = 2_u64.checked_pow(beyond).and_then(|factor| LOGIN_BACKOFF_MS_MIN.checked_mul(factor));
    doubled.unwrap_or(LOGIN_BACKOFF_MS_MAX).min(LOGIN_BACKOFF_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::time::HOUR_MS;

    fn rule() -> Rule {
        Rule::parse("10/3600").unwrap()
    }

    fn network(name: &str) -> AttemptOrigin {
        AttemptOrigin::Network(name.to_owned())
    }

    /// Fails until the limit refuses. Returns the number of failures.
    fn guess(
        failures: &mut Vec<(String, Millis)>,
        place: &AttemptOrigin,
        times: impl Iterator<Item = Millis>,
    ) -> usize {
        let before = failures.len();
        for now in times {
            failures.retain(|(_, at)| at + memory_ms(&rule()) > now);
            if check(&rule(), failures, place, now).is_ok() {
                failures.push((place.key(), now));
            }
        }
        failures.len() - before
    }

    #[test]
    fn ten_failures_close_an_account_to_where_they_came_from() {
        let mut failures = Vec::new();
        assert_eq!(guess(&mut failures, &network("198.51.100.0/24"), 0..100), 10);
        let closed = check(&rule(), &failures, &network("198.51.100.0/24"), 100);
        assert_eq!(closed, Err(Refusal::RateLimited { retry_after_ms: HOUR_MS - 100 }));
        assert_eq!(check(&rule(), &failures, &network("203.0.113.0/24"), 100), Ok(()), "its owner is elsewhere");
        assert_eq!(check(&rule(), &failures, &network("198.51.100.0/24"), HOUR_MS), Ok(()));
    }

    #[test]
    fn many_networks_together_are_looked_at_ever_more_rarely() {
        let mut failures = Vec::new();
        for n in 0..3 {
            assert_eq!(guess(&mut failures, &network(&format!("{n}")), 0..100), 10, "network {n}");
        }
        let waits: Vec<Millis> = (0..14)
            .map(|n| {
                let now = failures.last().unwrap().1;
                let place = network(&format!("later {n}"));
                let Err(Refusal::RateLimited { retry_after_ms }) = check(&rule(), &failures, &place, now) else {
                    panic!("failure {n} is not waited for")
                };
                failures.push((place.key(), now + retry_after_ms));
                retry_after_ms
            })
            .collect();
        assert_eq!(waits[..4], [1_000, 2_000, 4_000, 8_000]);
        assert_eq!(waits[10..], [LOGIN_BACKOFF_MS_MAX; 4]);
        // A day full of guesses, from any number of networks.
        let mut all = Vec::new();
        let mut looked_at = 0;
        for second in 0..86_400 {
            looked_at += guess(&mut all, &network(&format!("{second}")), std::iter::once(second * 1_000));
        }
        assert!((100..250).contains(&looked_at), "{looked_at}");
    }

    #[test]
    fn a_browser_that_is_remembered_is_kept_out_by_nobody_but_itself() {
        let own = AttemptOrigin::Browser("3abc".to_owned());
        let mut failures = Vec::new();
        for n in 0..40 {
            guess(&mut failures, &network(&format!("{n}")), n * 50..n * 50 + 50);
        }
        let now = failures.last().unwrap().1;
        assert!(check(&rule(), &failures, &network("its own"), now).is_err());
        assert_eq!(check(&rule(), &failures, &own, now), Ok(()));
        assert_eq!(guess(&mut failures, &own, now..now + 50), 10, "it may be in wrong hands");
        assert!(check(&rule(), &failures, &AttemptOrigin::Browser("4def".to_owned()), now + 50).is_ok());
        // Failures of one browser do not delay any other origin.
        let alone: Vec<_> = (0..200).map(|n| (own.key(), n)).collect();
        assert_eq!(check(&rule(), &alone, &network("elsewhere"), 200), Ok(()));
    }

    #[test]
    fn what_was_kept_before_places_were_is_of_a_network() {
        let old: Vec<_> = (0..30).map(|n| (String::new(), n)).collect();
        assert!(check(&rule(), &old, &network("x"), 30).is_err());
        assert_eq!(check(&Rule::default(), &old, &network("x"), 30), Ok(()), "no rule, no wait");
        assert_eq!((memory_ms(&rule()), memory_ms(&Rule::default())), (24 * HOUR_MS, 0));
    }
}
