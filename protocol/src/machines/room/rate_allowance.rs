//! Rate limits of stored events, counted from the log itself (`core.md` 6), so that they outlast hibernation and restarts. Memory is only a
//! cache of the log.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::store::RoomStore;
use crate::log::LogStore;
use crate::words::event::{Kind, Millis};
use crate::words::limits::{RATE_UNWRITTEN_MS_MAX, RATE_WRITTEN_EVERY_MS};
use crate::words::rate::{Counter, LimitRule, Rule, Rules, Window};
use crate::words::refusal::{Denied, Fault, Refusal};

/// Kinds of events that a packet can write.
const OF_PACKETS: [Kind; 2] = [Kind::Chat, Kind::Reaction];
/// Kind of events that slow mode holds back.
const OF_SLOW_MODE: [Kind; 1] = [Kind::Chat];

/// Counters per person and limit, read from the log when a person first writes. From then on each use counts at the room's own time: an
/// event has a later one where the log is ahead of a clock that was set back.
#[derive(Clone, Debug, Default)]
pub struct RateAllowance {
    /// Kinds with the same limit in their facts share one counter.
    counters: BTreeMap<(String, Option<LimitRule>), Counter>,
    /// Counters of all messages and reactions of each person, at every door; the limit of packets uses them.
    packets: BTreeMap<String, Counter>,
    /// Counters of the messages of each person, for slow mode.
    paces: BTreeMap<String, Counter>,
    /// The wait of slow mode for which they count, in milliseconds.
    slow_ms: Millis,
}

impl RateAllowance {
    /// Checks that `actor` may write one more event of `kind` under the rule of people, [`rule_of`], or of a program.
    pub fn check(
        &mut self,
        store: &dyn LogStore,
        rule: &Rule,
        actor: &str,
        kind: Kind,
        now: Millis,
    ) -> Result<(), Denied> {
        let limit = kind.facts().limit;
        check_in(&mut self.counters, (actor.to_owned(), limit), rule, now, |after| {
            times_of(store, actor, Kind::ALL.into_iter().filter(|kind| kind.facts().limit == limit), after)
        })
    }

    /// Checks that `actor` may send one more message or reaction on the packet door (`wasmchannel.md` 7).
    pub fn check_packet(
        &mut self,
        store: &dyn LogStore,
        rules: &Rules,
        actor: &str,
        now: Millis,
    ) -> Result<(), Denied> {
        check_in(&mut self.packets, actor.to_owned(), &rules.packet, now, |after| {
            times_of(store, actor, OF_PACKETS, after)
        })
    }

    /// Checks that `actor` wrote no message within the last `slow_ms` (`demo.md`), and none that is held since then.
    pub fn check_pace(
        &mut self,
        store: &dyn LogStore,
        actor: &str,
        (slow_ms, newest_held): (Millis, Option<Millis>),
        now: Millis,
    ) -> Result<(), Denied> {
        if slow_ms == 0 {
            return Ok(());
        }
        if self.slow_ms != slow_ms {
            self.paces.clear();
            self.slow_ms = slow_ms;
        }
        let rule = Rule(vec![Window { count: 1, ms: slow_ms }]);
        check_in(&mut self.paces, actor.to_owned(), &rule, now, |after| {
            let mut times = times_of(store, actor, OF_SLOW_MODE, after)?;
            times.extend(newest_held);
            times.sort();
            Ok(times)
        })
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
        self.check(store, rule_of(rules, kind), actor, kind, now)?;
        self.count(actor, kind, now);
        Ok(())
    }

    /// `actor` wrote an event of `kind`, which the checks of this step allowed.
    pub fn count(&mut self, actor: &str, kind: Kind, now: Millis) {
        let packets = self.packets.get_mut(actor).filter(|_| OF_PACKETS.contains(&kind));
        let pace = self.paces.get_mut(actor).filter(|_| OF_SLOW_MODE.contains(&kind));
        let counters = [self.counters.get_mut(&(actor.to_owned(), kind.facts().limit)), packets, pace];
        counters.into_iter().flatten().for_each(|counter| counter.count(now));
    }
}

/// Checks a counter, which is made of the times in the log if there is none yet.
fn check_in<Key: Ord>(
    counters: &mut BTreeMap<Key, Counter>,
    key: Key,
    rule: &Rule,
    now: Millis,
    times: impl FnOnce(Millis) -> Result<Vec<Millis>, Fault>,
) -> Result<(), Denied> {
    if rule.0.is_empty() {
        return Ok(());
    }
    let counter = match counters.entry(key) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(Counter::from_times(rule, &times(now.saturating_sub(rule.longest_ms()))?)),
    };
    Ok(counter.check(rule, now)?)
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

/// Returns the times at which a person wrote events of these kinds, in order.
fn times_of(
    store: &dyn LogStore,
    actor: &str,
    kinds: impl IntoIterator<Item = Kind>,
    after: Millis,
) -> Result<Vec<Millis>, Fault> {
    let mut times = Vec::new();
    for kind in kinds {
        times.extend(store.times(actor, kind, after)?);
    }
    times.sort();
    Ok(times)
}

/// Returns the rule of people for events of `kind`.
pub(super) fn rule_of(rules: &Rules, kind: Kind) -> &Rule {
    const NO_RULE: &Rule = &Rule(Vec::new());
    kind.facts().limit.map_or(NO_RULE, |limit| limit.of(rules))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::{Appended, Log, MemoryStore};
    use crate::words::event::Draft;

    const ACTOR: &str = "user_1";

    /// A log, and the limits on it, over a clock.
    struct Room {
        store: MemoryStore,
        log: Log,
        allowance: RateAllowance,
        written: u64,
    }

    impl Room {
        fn new() -> Self {
            let mut store = MemoryStore::default();
            let log = Log::open(&mut store, 1).unwrap();
            Self { store, log, allowance: RateAllowance::default(), written: 0 }
        }

        /// Writes a message in slow mode, as a room does; the wait if it is refused.
        fn write(&mut self, rules: &Rules, slow_ms: Millis, now: Millis) -> Option<Millis> {
            self.written += 1;
            let (id, name, body) = (format!("m{}", self.written), "Mia".to_owned(), "{}".to_owned());
            let draft = Draft { id, actor: Some(ACTOR.to_owned()), session: None, name, kind: Kind::Chat, body };
            let allowance = &mut self.allowance;
            let appended = self.log.append(&mut self.store, now, draft, |log| {
                allowance.check_pace(log, ACTOR, (slow_ms, None), now)?;
                allowance.check_packet(log, rules, ACTOR, now)?;
                allowance.check(log, &rules.chat, ACTOR, Kind::Chat, now)
            });
            match appended {
                Ok(Appended::New(_)) => {
                    allowance.count(ACTOR, Kind::Chat, now);
                    None
                }
                Err(Denied::Refused(Refusal::RateLimited { retry_after_ms })) => Some(retry_after_ms),
                other => panic!("{other:?}"),
            }
        }
    }

    proptest! {
        /// The times of the log never go back (`core.md` 1.8), those of the limits do. So nobody waits for the clock to catch up: a person who
        /// waits as they are told is let in. That takes one of the longest windows, or two if the room slept in between.
        #[test]
        fn a_log_that_is_ahead_of_the_clock_makes_nobody_wait_for_longer_than_a_window(
            slow_ms in prop::sample::select(vec![0, 5_000, 90_000]),
            acts in prop::collection::vec((-100_000_i64..100_000, 0_u32..30, any::<bool>()), 1..8),
        ) {
            let (mut room, rules) = (Room::new(), Rules::default());
            let longest_ms = rules.chat.longest_ms().max(slow_ms);
            let mut now: Millis = 1_700_000_000_000;
            for (step, messages, sleeps) in acts {
                now = now.saturating_add_signed(step);
                for _ in 0..messages {
                    now += 11;
                    if let Some(wait) = room.write(&rules, slow_ms, now) {
                        prop_assert!((1..=longest_ms).contains(&wait), "{wait}");
                    }
                }
                if sleeps {
                    room.allowance = RateAllowance::default();
                }
            }
            let mut at = now + 1;
            while let Some(wait) = room.write(&rules, slow_ms, at) {
                at += wait;
                prop_assert!(at - now <= 1 + 2 * longest_ms, "{} ms", at - now);
            }
        }
    }

    #[test]
    fn a_clock_behind_its_log_is_no_way_around_a_limit() {
        let (mut room, rules, now) = (Room::new(), Rules::default(), 1_700_000_000_000);
        assert_eq!(room.write(&rules, 0, now + 30_000), None, "written while the clock was ahead");
        let written = (0..60).filter(|n| room.write(&rules, 0, now + n).is_none()).count();
        assert_eq!(written, 5, "as many as the limit of packets allows, by the clock of the room");
    }
}
