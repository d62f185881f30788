//! Receivers of a log's messages (`messagehub.md` 7): an outbox that is written with the message, the order of deliveries, and dead letters.
//! The owner of the log makes the calls. [`super::schedule`] has the waiting times between attempts.

use super::receiver::{DeadLetter, HookRow, OutboxRow};
use super::schedule::{AttemptOutcome, HookDisposition, after_attempt, delivery_wait_ms};
use super::store::HookStore;
use crate::words::event::Millis;
use crate::words::limits::{HOOK_LEASE_MS, HOOK_UNORDERED_MAX};
use crate::words::refusal::Fault;

/// Prefix of a receiver of the deployment in the row with its state in this log. No id of a log's own receiver has it.
const FIXED: &str = "*";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAttempt {
    pub hook: HookRow,
    pub seq: u64,
    /// Number of the attempt; the first is 1.
    pub attempt: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptSettlement {
    /// See [`HookDisposition`]; `None` for a report that nobody waits for any more.
    pub after: Option<HookDisposition>,
    /// The receiver was disabled over it.
    pub is_disabled: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Receivers {
    /// Receivers of the deployment's configuration.
    fixed: Vec<HookRow>,
    /// All receivers, which get every message.
    hooks: Vec<HookRow>,
    /// Number of outbox rows that wait for them.
    waiting: u64,
}

impl Receivers {
    /// Reads the receivers of a log, beside those of the deployment's configuration.
    pub fn open(fixed: Vec<HookRow>, store: &mut impl HookStore, now: Millis) -> Result<Self, Fault> {
        let mut receivers = Self { fixed, hooks: Vec::new(), waiting: store.outbox_count()? };
        receivers.read(store)?;
        receivers.park_strays(store, now)?;
        Ok(receivers)
    }

    /// A receiver of the deployment wins over one of the log with the same id.
    fn read(&mut self, store: &impl HookStore) -> Result<(), Fault> {
        self.hooks.clone_from(&self.fixed);
        for hook in store.hooks()? {
            if let Some(id) = hook.id.strip_prefix(FIXED) {
                // Another address or secret is another receiver, and begins anew.
                let is_it =
                    |known: &&mut HookRow| known.id == id && known.url == hook.url && known.secret == hook.secret;
                if let Some(known) = self.hooks.iter_mut().find(is_it) {
                    known.is_active &= hook.is_active;
                    known.dead_in_a_row = hook.dead_in_a_row;
                }
            } else if self.hooks.iter().all(|known| known.id != hook.id) {
                self.hooks.push(hook);
            }
        }
        Ok(())
    }

    /// The log's own receivers.
    pub fn own(&self) -> impl Iterator<Item = &HookRow> {
        self.hooks.iter().filter(|hook| !hook.is_fixed)
    }

    /// A receiver of any kind.
    pub fn find(&self, id: &str) -> Option<&HookRow> {
        self.hooks.iter().find(|hook| hook.id == id)
    }

    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    pub fn is_idle(&self) -> bool {
        self.hooks.is_empty() && self.waiting == 0
    }

    /// Adds or replaces a receiver of the log. What waits for one that is switched off is parked.
    pub fn save(&mut self, store: &mut impl HookStore, now: Millis, hook: &HookRow) -> Result<(), Fault> {
        store.save_hook(hook)?;
        self.read(store)?;
        if hook.is_active { Ok(()) } else { self.park_all(store, now, &hook.id) }
    }

    /// Removes a receiver of the log with all that waits for it; false when there was none.
    pub fn remove(&mut self, store: &mut impl HookStore, id: &str) -> Result<bool, Fault> {
        if self.find(id).is_none_or(|hook| hook.is_fixed) {
            return Ok(false);
        }
        store.remove_hook(id)?;
        self.recount(store)?;
        self.read(store)?;
        Ok(true)
    }

    /// Counts what waits, after rows were removed in another way.
    pub fn recount(&mut self, store: &impl HookStore) -> Result<(), Fault> {
        self.waiting = store.outbox_count()?;
        Ok(())
    }

    /// A message waits for every receiver from now on, in the transaction that stores it. Returns `true` if there is one.
    pub fn fill(&mut self, store: &mut impl HookStore, now: Millis, seq: u64) -> Result<bool, Fault> {
        let mut is_filled = false;
        for hook in self.hooks.iter().filter(|hook| hook.is_active) {
            store.outbox_add(&hook.id, seq, now)?;
            self.waiting += 1;
            is_filled = true;
        }
        Ok(is_filled)
    }

    /// Returns the number of a receiver's rows to read.
    fn width(hook: &HookRow) -> u32 {
        if hook.is_ordered { 1 } else { HOOK_UNORDERED_MAX }
    }

    /// Returns the attempts to make now. Each is in progress from here on, until [`Receivers::settle`] or the end of its lease.
    pub fn take_due(&mut self, store: &mut impl HookStore, now: Millis) -> Result<Vec<DueAttempt>, Fault> {
        let mut due = Vec::new();
        for hook in self.hooks.iter().filter(|hook| hook.is_active) {
            for mut row in store.outbox(&hook.id, Self::width(hook))? {
                if wait_ms(&row, now) > 0 {
                    continue;
                }
                row.attempts += 1;
                row.busy_until = now + HOOK_LEASE_MS;
                store.outbox_save(&hook.id, &row)?;
                due.push(DueAttempt { hook: hook.clone(), seq: row.seq, attempt: row.attempts });
            }
        }
        Ok(due)
    }

    /// Returns when [`Receivers::take_due`] or [`Receivers::forget_dead`] has something to do: for the object's alarm.
    pub fn delivery_at(&self, store: &impl HookStore, now: Millis) -> Result<Option<Millis>, Fault> {
        let mut earliest = store.dead_expiry()?;
        for hook in self.hooks.iter().filter(|hook| hook.is_active) {
            let rows = store.outbox(&hook.id, Self::width(hook))?;
            let times = rows.iter().map(|row| now + wait_ms(row, now));
            earliest = times.chain(earliest).min();
        }
        Ok(earliest)
    }

    /// Returns `true` if the attempt is still the one that is waited for.
    pub fn awaits(&self, store: &impl HookStore, hook: &str, seq: u64, attempt: u32) -> Result<bool, Fault> {
        Ok(self.row(store, hook, seq)?.is_some_and(|row| row.attempts == attempt))
    }

    fn row(&self, store: &impl HookStore, hook: &str, seq: u64) -> Result<Option<OutboxRow>, Fault> {
        let width = self.find(hook).map_or(1, Self::width);
        Ok(store.outbox(hook, width)?.into_iter().find(|row| row.seq == seq))
    }

    /// Stores the result of an attempt. `random` is any number; `error` is a description for people.
    pub fn settle(
        &mut self,
        store: &mut impl HookStore,
        now: Millis,
        due: (&str, u64, u32),
        outcome: AttemptOutcome,
        error: &str,
        random: u64,
    ) -> Result<AttemptSettlement, Fault> {
        let (hook_id, seq, attempt) = due;
        let row = self.row(store, hook_id, seq)?.filter(|row| row.attempts == attempt);
        let (Some(row), Some(mut hook)) = (row, self.find(hook_id).cloned()) else {
            return Ok(AttemptSettlement { after: None, is_disabled: false });
        };
        let after = after_attempt(attempt, outcome, random);
        if let HookDisposition::Retry { wait_ms } | HookDisposition::Postponed { wait_ms } = after {
            let (due_at, attempts) = (now + wait_ms, after.attempts_after(attempt));
            store.outbox_save(hook_id, &OutboxRow { due_at, attempts, busy_until: 0, ..row })?;
            return Ok(AttemptSettlement { after: Some(after), is_disabled: false });
        }
        if after != HookDisposition::Done {
            let status = if let AttemptOutcome::Status { status, .. } = outcome { status } else { 0 };
            let (hook, error) = (hook_id.to_owned(), error.to_owned());
            store.dead_add(&DeadLetter { hook, seq, status, error, attempts: attempt, died_at: now })?;
        }
        store.outbox_remove(hook_id, seq)?;
        self.waiting = self.waiting.saturating_sub(1);
        let (dead_in_a_row, is_disabled) = after.in_a_row(hook.dead_in_a_row);
        if is_disabled || dead_in_a_row != hook.dead_in_a_row {
            hook.dead_in_a_row = dead_in_a_row;
            hook.is_active &= !is_disabled;
            self.store_hook(store, &hook)?;
        }
        if is_disabled {
            self.park_all(store, now, hook_id)?;
        }
        Ok(AttemptSettlement { after: Some(after), is_disabled })
    }

    fn store_hook(&mut self, store: &mut impl HookStore, hook: &HookRow) -> Result<(), Fault> {
        let id = if hook.is_fixed { format!("{FIXED}{}", hook.id) } else { hook.id.clone() };
        store.save_hook(&HookRow { id, ..hook.clone() })?;
        if let Some(known) = self.hooks.iter_mut().find(|known| known.id == hook.id) {
            known.clone_from(hook);
        }
        Ok(())
    }

    /// Parks what waits for receivers that are not there any more or take nothing: it would wait for ever, and the log with it.
    fn park_strays(&mut self, store: &mut impl HookStore, now: Millis) -> Result<(), Fault> {
        if self.waiting == 0 {
            return Ok(());
        }
        for hook in store.outbox_hooks()? {
            if self.find(&hook).is_none_or(|hook| !hook.is_active) {
                self.park_all(store, now, &hook)?;
            }
        }
        Ok(())
    }

    /// Moves all waiting messages of a disabled receiver to the dead letters, where they can be retried by hand.
    fn park_all(&mut self, store: &mut impl HookStore, now: Millis, hook: &str) -> Result<(), Fault> {
        for row in store.outbox(hook, u32::MAX)? {
            let error = "the hook was disabled".to_owned();
            let dead = DeadLetter {
                hook: hook.to_owned(),
                seq: row.seq,
                status: 0,
                error,
                attempts: row.attempts,
                died_at: now,
            };
            store.dead_add(&dead)?;
            store.outbox_remove(hook, row.seq)?;
        }
        self.recount(store)
    }

    /// Retries a dead letter, whose message is still stored, from the first attempt on. Returns `false` if there is none, or nobody takes it.
    pub fn revive(&mut self, store: &mut impl HookStore, now: Millis, hook: &str, seq: u64) -> Result<bool, Fault> {
        if !self.find(hook).is_some_and(|hook| hook.is_active) || !store.dead_remove(hook, seq)? {
            return Ok(false);
        }
        store.outbox_add(hook, seq, now)?;
        self.waiting += 1;
        Ok(true)
    }

    /// Removes expired dead letters. Returns `true` if there were some.
    pub fn forget_dead(&mut self, store: &mut impl HookStore, now: Millis) -> Result<bool, Fault> {
        store.dead_forget_expired(now)
    }
}

/// Returns the milliseconds until the message may leave.
fn wait_ms(row: &OutboxRow, now: Millis) -> Millis {
    delivery_wait_ms((row.due_at, row.busy_until), row.attempts, now)
}
