//! Rate limits of stored events, counted from the log itself (`core.md` 6), so that they outlast hibernation and restarts. Memory is only a
//! cache of the log.

use std::collections::{BTreeMap, BTreeSet};

use super::store::RoomStore;
use crate::log::LogStore;
use crate::words::event::{Kind, Millis};
use crate::words::limits::{RATE_UNWRITTEN_MS_MAX, RATE_WRITTEN_EVERY_MS};
use crate::words::rate::{Counter, Rule, Rules};
use crate::words::refusal::{Denied, Fault, Refusal};

/// Counters per person and kind, read from the log when a person first writes.
#[derive(Clone, Debug, Default)]
pub struct RateAllowance {
    counters: BTreeMap<(String, Kind), Counter>,
    /// Counters of all messages and reactions of each person, at every door; the limit of packets uses them.
    packets: BTreeMap<String, Counter>,
}

impl RateAllowance {
    /// Checks that `actor` may write one more event of `kind`.
    pub fn check(
        &mut self,
        store: &dyn LogStore,
        rules: &Rules,
        actor: &str,
        kind: Kind,
        now: Millis,
    ) -> Result<(), Denied> {
        let Some(rule) = rule_of(rules, kind).filter(|rule| !rule.0.is_empty()) else {
            return Ok(());
        };
        let key = key_of(actor, kind);
        if let Some(counter) = self.counters.get_mut(&key) {
            return counter.check(rule, now).map_err(Denied::from);
        }
        let times = times_of(store, actor, kind, now.saturating_sub(rule.longest_ms()))?;
        let counter = self.counters.entry(key).or_insert_with(|| Counter::from_times(rule, &times));
        counter.check(rule, now).map_err(Denied::from)
    }

    /// Checks that `actor` may send one more message or reaction on the packet door (`wasmchannel.md` 7).
    pub fn check_packet(
        &mut self,
        store: &dyn LogStore,
        rules: &Rules,
        actor: &str,
        now: Millis,
    ) -> Result<(), Denied> {
        if rules.packet.0.is_empty() {
            return Ok(());
        }
        if !self.packets.contains_key(actor) {
            let after = now.saturating_sub(rules.packet.longest_ms());
            let mut times = store.times(actor, Kind::Chat, after)?;
            times.extend(store.times(actor, Kind::Reaction, after)?);
            times.sort();
            self.packets.insert(actor.to_owned(), Counter::from_times(&rules.packet, &times));
        }
        let counter = self.packets.entry(actor.to_owned()).or_default();
        counter.check(&rules.packet, now).map_err(Denied::from)
    }

    /// Checks and counts at once.
    pub fn charge(
        &mut self,
        store: &dyn LogStore,
        rules: &Rules,
        actor: &str,
        kind: Kind,
        now: Millis,
    ) -> Result<(), Denied> {
        self.check(store, rules, actor, kind, now)?;
        self.count(rules, actor, kind, now);
        Ok(())
    }

    /// `actor` wrote an event of `kind`, which [`Self::check`] allowed.
    pub fn count(&mut self, rules: &Rules, actor: &str, kind: Kind, now: Millis) {
        let counter = self.counters.get_mut(&key_of(actor, kind));
        if let (Some(counter), Some(rule)) = (counter, rule_of(rules, kind)) {
            // `check` allowed it in this step, so the counter cannot refuse it now.
            let _ = counter.charge(rule, now);
        }
        if let (Kind::Chat | Kind::Reaction, Some(counter)) = (kind, self.packets.get_mut(actor)) {
            let _ = counter.charge(&rules.packet, now);
        }
    }
}

/// Number of people above which unused counters are removed; twice the number that was left the last time, if that is more.
const COUNTERS_MAX: usize = 64;

/// Limits for each person on actions that are not stored: in memory, and in rows if a window is long (`core.md` 6).
#[derive(Debug, Default)]
pub(super) struct InMemoryLimiter {
    counters: BTreeMap<String, Counter>,
    busy: usize,
    /// People whose counter has changed since their row was written.
    unwritten: BTreeSet<String>,
    /// Time when rows are to follow.
    due_at: Option<Millis>,
}

impl InMemoryLimiter {
    /// Restores the counters that were written down before the room slept. Counters of a short window never are.
    pub fn restored(rule: &Rule, name: &str, store: &impl RoomStore) -> Result<Self, Fault> {
        let mut limiter = Self::default();
        if is_written(rule) {
            let rows = store.limits(name)?.into_iter();
            limiter.counters = rows.map(|(user, text)| (user, Counter::restored(rule, &text))).collect();
        }
        Ok(limiter)
    }

    /// Counts one use of `user`, from any door, or refuses it.
    pub fn charge(&mut self, rule: &Rule, user: &str, now: Millis) -> Result<(), Refusal> {
        if self.counters.len() > COUNTERS_MAX.max(2 * self.busy) {
            let idle = |(user, counter): (&String, &mut Counter)| counter.is_idle(rule, now).then(|| user.clone());
            let idle: Vec<String> = self.counters.iter_mut().filter_map(idle).collect();
            self.forget(rule, idle);
            self.busy = self.counters.len();
        }
        self.counters.entry(user.to_owned()).or_default().charge(rule, now)?;
        if is_written(rule) {
            self.unwritten.insert(user.to_owned());
            self.due_at.get_or_insert(now + RATE_WRITTEN_EVERY_MS);
        }
        Ok(())
    }

    fn forget(&mut self, rule: &Rule, users: Vec<String>) {
        for user in users {
            self.counters.remove(&user);
            if is_written(rule) {
                self.unwritten.insert(user);
            }
        }
    }

    /// Returns when [`Self::write_down`] has something to do.
    pub fn due_at(&self) -> Option<Millis> {
        self.due_at
    }

    /// Brings the rows up to memory, at most once a second.
    pub fn write_down(&mut self, name: &str, store: &mut impl RoomStore, now: Millis) -> Result<(), Fault> {
        if self.due_at.take_if(|at| *at <= now).is_none() {
            return Ok(());
        }
        for user in std::mem::take(&mut self.unwritten) {
            store.save_limit(name, &user, &self.counters.get(&user).map(Counter::text).unwrap_or_default())?;
        }
        Ok(())
    }
}

fn is_written(rule: &Rule) -> bool {
    rule.longest_ms() > RATE_UNWRITTEN_MS_MAX
}

/// All kinds of changes share one limit.
fn key_of(actor: &str, kind: Kind) -> (String, Kind) {
    (actor.to_owned(), if kind.is_change() { Kind::Edit } else { kind })
}

fn times_of(store: &dyn LogStore, actor: &str, kind: Kind, after: Millis) -> Result<Vec<Millis>, Denied> {
    if !kind.is_change() {
        return Ok(store.times(actor, kind, after)?);
    }
    let mut times = Vec::new();
    for kind in [Kind::Edit, Kind::Delete, Kind::Reaction] {
        times.extend(store.times(actor, kind, after)?);
    }
    times.sort();
    Ok(times)
}

fn rule_of(rules: &Rules, kind: Kind) -> Option<&Rule> {
    match kind {
        Kind::Chat => Some(&rules.chat),
        Kind::Nudge => Some(&rules.nudge),
        Kind::Wink => Some(&rules.wink),
        Kind::Edit | Kind::Delete | Kind::Reaction => Some(&rules.mutate),
        Kind::System => None,
    }
}
