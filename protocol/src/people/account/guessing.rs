//! Limit on wrong passwords, by account and origin (`messenger.md` 12, rule `LOGIN_FAIL`).
//!
//! Failures are counted per account and origin, so an attacker locks out only their own origin, and not the account's owner. During an
//! attack from many networks, each network has a few attempts of its own, and then its share of one attempt per [`LOGIN_SHARE_MS`]. Each
//! wait begins at the network's own last failure, so attackers cannot use up the owner's attempts. The right password clears the failures of
//! its origin, so owners who mistype now and then do not wait like attackers. A browser that the owner had remembered has its own count, and
//! a passkey, which cannot be guessed, needs none.

use std::collections::BTreeSet;

use crate::words::event::Millis;
use crate::words::limits::{
    LOGIN_ATTACK_FACTOR, LOGIN_FAILURE_MEMORY_MS, LOGIN_OWN_TRIES, LOGIN_OWN_WAIT_MS, LOGIN_SHARE_MS,
};
use crate::words::rate::{Counter, Rule};
use crate::words::refusal::Refusal;
use crate::words::time::remaining_ms;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptOrigin {
    /// Browser that is remembered for this account, by its public id.
    Browser(String),
    /// Network in the form of audit rows.
    Network(String),
}

impl AttemptOrigin {
    const BROWSER: &str = "b/";
    const NETWORK: &str = "n/";

    /// Returns the stored text of the origin.
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
    if rule.0.is_empty() { 0 } else { rule.longest_ms().max(LOGIN_FAILURE_MEMORY_MS) }
}

/// Checks if one more attempt is allowed. `failures` have the origin ([`AttemptOrigin::key`]) and time of each failure, ascending.
/// Errors: `RateLimited` if this origin has reached the limit, or if it is a network with failures during an attack from many networks.
pub fn check(rule: &Rule, failures: &[(String, Millis)], place: &AttemptOrigin, now: Millis) -> Result<(), Refusal> {
    let key = place.key();
    let own: Vec<Millis> = failures.iter().filter(|(from, _)| *from == key).map(|(_, at)| *at).collect();
    Counter::from_times(rule, &own).check(rule, now)?;
    let Some(latest) = own.last().filter(|_| AttemptOrigin::is_network(&key)) else { return Ok(()) };
    let longest_ms = wait_ms(rule, failures, own.len());
    let wait = remaining_ms(latest + longest_ms, now, longest_ms);
    if wait > 0 { Err(Refusal::RateLimited { retry_after_ms: wait }) } else { Ok(()) }
}

/// Returns the wait of a network with `own` failures after its last one, in milliseconds.
fn wait_ms(rule: &Rule, failures: &[(String, Millis)], own: usize) -> Millis {
    let from_networks =
        || failures.iter().map(|(from, _)| from.as_str()).filter(|from| AttemptOrigin::is_network(from));
    let most = rule.0.iter().map(|window| window.count as usize).max().unwrap_or(0);
    if most == 0 || from_networks().count() < most * LOGIN_ATTACK_FACTOR {
        return 0;
    }
    if own < LOGIN_OWN_TRIES {
        return LOGIN_OWN_WAIT_MS;
    }
    let networks = from_networks().collect::<BTreeSet<_>>().len() as Millis;
    (LOGIN_SHARE_MS * networks).min(LOGIN_FAILURE_MEMORY_MS)
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
    fn many_networks_together_have_few_attempts_each() {
        let mut failures = Vec::new();
        for n in 0..3 {
            assert_eq!(guess(&mut failures, &network(&format!("{n}")), 0..100), 10, "network {n}");
        }
        let another = network("another");
        let mut now = 100;
        let mut waits = Vec::new();
        for _ in 0..5 {
            if let Err(Refusal::RateLimited { retry_after_ms }) = check(&rule(), &failures, &another, now) {
                waits.push(retry_after_ms);
                now += retry_after_ms;
            }
            assert_eq!(check(&rule(), &failures, &another, now), Ok(()));
            failures.push((another.key(), now));
            now += 1;
        }
        let share = 4 * LOGIN_SHARE_MS;
        assert_eq!(waits, [LOGIN_OWN_WAIT_MS, LOGIN_OWN_WAIT_MS, share, share].map(|wait| wait - 1));
        // A clock that was set back causes no wait.
        assert_eq!(check(&rule(), &failures, &another, 0), Ok(()));
    }

    #[test]
    fn a_browser_that_is_remembered_is_kept_out_by_nobody_but_itself() {
        let own = AttemptOrigin::Browser("3abc".to_owned());
        let mut failures = Vec::new();
        for n in 0..40 {
            guess(&mut failures, &network(&format!("{n}")), n * 50..n * 50 + 50);
        }
        let now = failures.last().unwrap().1;
        assert!(check(&rule(), &failures, &network("39"), now).is_err());
        assert_eq!(check(&rule(), &failures, &own, now), Ok(()));
        assert_eq!(guess(&mut failures, &own, now..now + 50), 10, "it may be in wrong hands");
        assert!(check(&rule(), &failures, &AttemptOrigin::Browser("4def".to_owned()), now + 50).is_ok());
        // Failures of one browser do not delay any other origin.
        let mut alone: Vec<_> = (0..200).map(|n| (own.key(), n)).collect();
        alone.push((network("elsewhere").key(), 200));
        assert_eq!(check(&rule(), &alone, &network("elsewhere"), 200), Ok(()));
    }

    #[test]
    fn what_was_kept_before_places_were_is_of_a_network() {
        let mut old: Vec<_> = (0..30).map(|n| (String::new(), n)).collect();
        old.push((network("x").key(), 30));
        assert!(check(&rule(), &old, &network("x"), 30).is_err());
        assert_eq!(check(&Rule::default(), &old, &network("x"), 30), Ok(()), "no rule, no wait");
        assert_eq!((memory_ms(&rule()), memory_ms(&Rule::default())), (24 * HOUR_MS, 0));
    }
}
