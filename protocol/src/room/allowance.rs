//! Rate limits of stored events, counted from the log itself (`core.md` 6): they hold after hibernation and restarts
//! because the log does. Memory is only a copy of what the log says.

use crate::sorted::SortedMap;
use crate::sorting::sort;

use crate::event::{Kind, Millis};
use crate::log::LogStore;
use crate::rate::{Counter, Rule, Rules};
use crate::refusal::{Denied, Refusal};

/// Counters per person and kind, read from the log when a person first writes.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    counters: SortedMap<(String, Kind), Counter>,
    /// What packets are held against: everything that somebody said or reacted, on whichever door.
    packets: SortedMap<String, Counter>,
}

impl Allowance {
    /// Whether `actor` may write one more event of `kind`.
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
        let counter = self.counters.get_or_insert_with(key, || Counter::from_times(rule, &times));
        counter.check(rule, now).map_err(Denied::from)
    }

    /// Whether `actor` may say or react once more on the packet door (`wasmchannel.md` 7).
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
            sort(&mut times);
            self.packets.insert(actor.to_owned(), Counter::from_times(&rules.packet, &times));
        }
        let counter = self.packets.get_or_default(actor.to_owned());
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
            // What was allowed a moment ago is so still: nothing happened in between.
            let _ = counter.charge(rule, now);
        }
        if let (Kind::Chat | Kind::Reaction, Some(counter)) = (kind, self.packets.get_mut(actor)) {
            let _ = counter.charge(&rules.packet, now);
        }
    }
}

/// People above whom those are forgotten who used nothing; of twice as many as were left the time before.
const COUNTERS_KEPT: usize = 64;

/// Limits per person on what is not stored: kept in memory (`core.md` 6).
#[derive(Debug, Default)]
pub(super) struct Passing {
    counters: SortedMap<String, Counter>,
    busy: usize,
}

impl Passing {
    /// Counts one use of `user`, on whichever way it came, or refuses it.
    pub fn charge(&mut self, rule: &Rule, user: &str, now: Millis) -> Result<(), Refusal> {
        if self.counters.len() > COUNTERS_KEPT.max(2 * self.busy) {
            self.counters.retain(|_, counter| !counter.is_idle(rule, now));
            self.busy = self.counters.len();
        }
        self.counters.get_or_default(user.to_owned()).charge(rule, now)
    }
}

/// Changes share one limit, whatever they change.
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
    sort(&mut times);
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
