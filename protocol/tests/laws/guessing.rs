//! Guesses at a password by many networks (`sign-in.md` 5): the owner of the account gets in, and the attacker has few guesses a day.

use std::collections::BTreeSet;

use protocol::people::account::guessing::{AttemptOrigin, check, memory_ms};
use protocol::words::event::Millis;
use protocol::words::limits::{LOGIN_ATTACK_FACTOR, LOGIN_OWN_TRIES, LOGIN_SHARE_MS};
use protocol::words::rate::{Rule, Rules};
use protocol::words::refusal::Refusal;
use protocol::words::time::{DAY_MS, HOUR_MS, MINUTE_MS};

use crate::documents::{Sentence, are_said, grouped};

/// Days of an attack. The failures of the first day are forgotten in the second one.
const DAYS: Millis = 3;

/// An account under attack: the failures as its shard keeps them, and the times of all that were ever looked at.
struct Account {
    rule: Rule,
    failures: Vec<(String, Millis)>,
    guesses: Vec<Millis>,
}

impl Account {
    fn new() -> Self {
        Self { rule: Rules::default().login_fail, failures: Vec::new(), guesses: Vec::new() }
    }

    /// Tries a password. Returns the time to wait if the attempt is not looked at.
    fn attempt(&mut self, network: &str, is_right: bool, now: Millis) -> Result<(), Millis> {
        let memory = memory_ms(&self.rule);
        self.failures.retain(|(_, at)| at + memory > now);
        let origin = AttemptOrigin::Network(network.to_owned());
        match check(&self.rule, &self.failures, &origin, now) {
            Ok(()) if is_right => {
                self.failures.retain(|(from, _)| *from != origin.key());
                Ok(())
            }
            Ok(()) => {
                self.failures.push((origin.key(), now));
                self.guesses.push(now);
                Ok(())
            }
            Err(Refusal::RateLimited { retry_after_ms }) => Err(retry_after_ms),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Returns the largest number of guesses in 24 hours.
    fn guesses_in_a_day(&self) -> usize {
        let within = |from: Millis| self.guesses.iter().filter(|at| (from..from + DAY_MS).contains(at)).count();
        self.guesses.iter().map(|from| within(*from)).max().unwrap_or(0)
    }
}

/// Random numbers of a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// The owner of the account, who comes now and then, always from one network, and mistypes the password up to twice.
struct Owner {
    dice: Dice,
    visits: u64,
    began_at: Millis,
    now: Millis,
    mistakes: u64,
}

impl Owner {
    /// Lets the owner type until this time.
    fn type_until(&mut self, account: &mut Account, until: Millis) {
        while self.now <= until {
            match account.attempt("owner", self.mistakes == 0, self.now) {
                Err(wait) => self.now += wait,
                Ok(()) if self.mistakes > 0 => (self.mistakes, self.now) = (self.mistakes - 1, self.now + 1),
                Ok(()) => {
                    let later = self.now + 1 + self.dice.below(2 * HOUR_MS);
                    (self.visits, self.mistakes) = (self.visits + 1, self.dice.below(3));
                    (self.began_at, self.now) = (later, later);
                }
            }
            assert!(self.now - self.began_at < MINUTE_MS, "visit {} at {}", self.visits, self.began_at);
        }
    }
}

/// Lets `networks` guess as often as they may, each `late()` after its turn. `meanwhile` is called before each guess.
fn attack(networks: u64, mut late: impl FnMut() -> Millis, mut meanwhile: impl FnMut(&mut Account, Millis)) -> Account {
    let mut account = Account::new();
    let mut turns: BTreeSet<(Millis, u64)> = (0..networks).map(|network| (late(), network)).collect();
    while let Some((now, network)) = turns.pop_first().filter(|(now, _)| *now < DAYS * DAY_MS) {
        meanwhile(&mut account, now);
        let wait = account.attempt(&format!("attacker {network}"), false, now).err().unwrap_or(0);
        turns.insert((now + wait + late().max(1), network));
    }
    account
}

/// Returns the most guesses that `networks` have in a day.
fn most(networks: u64) -> u64 {
    let rule = Rules::default().login_fail;
    let before_the_attack_is_seen = u64::from(rule.0[0].count) * LOGIN_ATTACK_FACTOR as u64;
    before_the_attack_is_seen + networks * LOGIN_OWN_TRIES as u64 + DAY_MS / LOGIN_SHARE_MS
}

#[test]
fn an_owner_gets_in_within_a_minute_under_every_attack() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let (networks, patience) = (1 + dice.below(60), 1 + dice.below(30 * MINUTE_MS));
        let mut owner = Owner { dice: Dice(seed + 1_000), visits: 0, began_at: 0, now: 0, mistakes: 0 };
        attack(networks, || dice.below(patience), |account, now| owner.type_until(account, now));
        assert!(owner.visits > 20, "seed {seed}: {} visits", owner.visits);
    }
}

#[test]
fn an_attacker_has_few_guesses_however_they_are_spread() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let (networks, patience) = (1 + dice.below(60), 1 + dice.below(60 * MINUTE_MS));
        let guesses = attack(networks, || dice.below(patience), |_, _| ()).guesses_in_a_day() as u64;
        assert!(guesses <= most(networks), "seed {seed}: {guesses} guesses of {networks} networks");
    }
}

#[test]
fn the_documents_say_how_many_guesses_an_attacker_has() {
    let figures = [1, 10, 100, 1_000].map(|networks| {
        let guesses = attack(networks, || 0, |_, _| ()).guesses_in_a_day() as u64;
        assert!(guesses <= most(networks), "{guesses} guesses of {networks} networks");
        (networks, guesses)
    });
    let sentences: Vec<Sentence> = figures
        .iter()
        .map(|(networks, guesses)| {
            ("docs/spec/sign-in.md", format!("| {} | {} |", grouped(*networks), grouped(*guesses)))
        })
        .collect();
    are_said(&sentences);
}
