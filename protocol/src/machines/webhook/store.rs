//! Storage interface of receivers, and the storage that tests use. Rows only; every rule is in `receivers`.

use std::collections::BTreeMap;
use std::iter;
use std::ops::Bound;

use super::receiver::{DeadLetter, HookRow, OutboxRow};
use crate::words::event::Millis;
use crate::words::limits::DEAD_LETTER_MS;
use crate::words::refusal::Fault;

/// Rows of what receivers of one log did not take.
pub trait DeadLetterStore {
    fn dead_add(&mut self, dead: &DeadLetter) -> Result<(), Fault>;
    /// Returns the messages after `after` that `hook` did not take, ascending, at most `limit`.
    fn dead(&self, hook: &str, after: u64, limit: u32) -> Result<Vec<DeadLetter>, Fault>;
    /// Returns the dead letters of all receivers after a receiver and a message, by receiver and message, at most `limit`.
    fn dead_after(&self, after: (&str, u64), limit: u32) -> Result<Vec<DeadLetter>, Fault>;
    /// Removes one; false when it was not there.
    fn dead_remove(&mut self, hook: &str, seq: u64) -> Result<bool, Fault>;
    /// Removes dead letters from before `until`.
    fn dead_forget(&mut self, until: Millis) -> Result<(), Fault>;
    /// Returns when the oldest died, and how many there are.
    fn dead_state(&self) -> Result<(Option<Millis>, u64), Fault>;

    /// Removes expired dead letters. Returns `true` if there were some.
    fn dead_forget_expired(&mut self, now: Millis) -> Result<bool, Fault> {
        let Some(until) = now.checked_sub(DEAD_LETTER_MS) else { return Ok(false) };
        let (oldest, _) = self.dead_state()?;
        let has_expired = oldest.is_some_and(|died_at| died_at <= until);
        if has_expired {
            self.dead_forget(until)?;
        }
        Ok(has_expired)
    }

    /// Returns when the oldest expires.
    fn dead_expiry(&self) -> Result<Option<Millis>, Fault> {
        Ok(self.dead_state()?.0.map(|died_at| died_at + DEAD_LETTER_MS))
    }
}

pub trait HookStore: DeadLetterStore {
    fn hooks(&self) -> Result<Vec<HookRow>, Fault>;
    /// Adds or replaces a receiver.
    fn save_hook(&mut self, hook: &HookRow) -> Result<(), Fault>;
    /// Removes a receiver with what waits for it and what it did not take.
    fn remove_hook(&mut self, id: &str) -> Result<(), Fault>;
    fn outbox_add(&mut self, hook: &str, seq: u64, due_at: Millis) -> Result<(), Fault>;
    /// Returns the rows that wait for `hook`, ascending, at most `limit`.
    fn outbox(&self, hook: &str, limit: u32) -> Result<Vec<OutboxRow>, Fault>;
    /// Returns ids of receivers with waiting messages.
    fn outbox_hooks(&self) -> Result<Vec<String>, Fault>;
    /// Returns how many rows wait for all receivers together.
    fn outbox_count(&self) -> Result<u64, Fault>;
    fn outbox_oldest(&self) -> Result<Option<u64>, Fault>;
    /// Changes when a row is due, how often it was tried, and until when an attempt is under way.
    fn outbox_save(&mut self, hook: &str, row: &OutboxRow) -> Result<(), Fault>;
    fn outbox_remove(&mut self, hook: &str, seq: u64) -> Result<(), Fault>;
}

/// Store of a log that has the rows of its receivers beside its own.
pub trait HookStoreOwner {
    type Hooks: HookStore;

    fn hook_store(&self) -> &Self::Hooks;
    fn hook_store_mut(&mut self) -> &mut Self::Hooks;
}

#[derive(Clone, Debug, Default)]
pub struct MemoryHookStore {
    hooks: BTreeMap<String, HookRow>,
    outbox: BTreeMap<(String, u64), OutboxRow>,
    dead: BTreeMap<(String, u64), DeadLetter>,
}

impl MemoryHookStore {
    /// The oldest message that waits for each hook.
    fn first_waiting(&self) -> impl Iterator<Item = &(String, u64)> {
        let next = |(hook, _): &&(String, u64)| {
            let behind = (Bound::Excluded((hook.clone(), u64::MAX)), Bound::Unbounded);
            self.outbox.range(behind).next().map(|(key, _)| key)
        };
        iter::successors(self.outbox.keys().next(), next)
    }
}

impl HookStore for MemoryHookStore {
    fn hooks(&self) -> Result<Vec<HookRow>, Fault> {
        Ok(self.hooks.values().cloned().collect())
    }

    fn save_hook(&mut self, hook: &HookRow) -> Result<(), Fault> {
        self.hooks.insert(hook.id.clone(), hook.clone());
        Ok(())
    }

    fn remove_hook(&mut self, id: &str) -> Result<(), Fault> {
        self.hooks.remove(id);
        self.outbox.retain(|(hook, _), _| hook != id);
        self.dead.retain(|(hook, _), _| hook != id);
        Ok(())
    }

    fn outbox_add(&mut self, hook: &str, seq: u64, due_at: Millis) -> Result<(), Fault> {
        self.outbox.insert((hook.to_owned(), seq), OutboxRow { seq, due_at, attempts: 0, busy_until: 0 });
        Ok(())
    }

    fn outbox(&self, hook: &str, limit: u32) -> Result<Vec<OutboxRow>, Fault> {
        let own = self.outbox.range((hook.to_owned(), 0)..=(hook.to_owned(), u64::MAX));
        Ok(own.take(limit as usize).map(|(_, row)| row.clone()).collect())
    }

    fn outbox_hooks(&self) -> Result<Vec<String>, Fault> {
        Ok(self.first_waiting().map(|(hook, _)| hook.clone()).collect())
    }

    fn outbox_count(&self) -> Result<u64, Fault> {
        Ok(self.outbox.len() as u64)
    }

    fn outbox_oldest(&self) -> Result<Option<u64>, Fault> {
        Ok(self.first_waiting().map(|(_, seq)| *seq).min())
    }

    fn outbox_save(&mut self, hook: &str, row: &OutboxRow) -> Result<(), Fault> {
        self.outbox.insert((hook.to_owned(), row.seq), row.clone());
        Ok(())
    }

    fn outbox_remove(&mut self, hook: &str, seq: u64) -> Result<(), Fault> {
        self.outbox.remove(&(hook.to_owned(), seq));
        Ok(())
    }
}

impl DeadLetterStore for MemoryHookStore {
    fn dead_add(&mut self, dead: &DeadLetter) -> Result<(), Fault> {
        self.dead.insert((dead.hook.clone(), dead.seq), dead.clone());
        Ok(())
    }

    fn dead(&self, hook: &str, after: u64, limit: u32) -> Result<Vec<DeadLetter>, Fault> {
        let own = self.dead.values().filter(|dead| dead.hook == hook && dead.seq > after);
        Ok(own.take(limit as usize).cloned().collect())
    }

    fn dead_after(&self, (hook, seq): (&str, u64), limit: u32) -> Result<Vec<DeadLetter>, Fault> {
        let behind = (Bound::Excluded((hook.to_owned(), seq)), Bound::Unbounded);
        Ok(self.dead.range(behind).take(limit as usize).map(|(_, dead)| dead.clone()).collect())
    }

    fn dead_remove(&mut self, hook: &str, seq: u64) -> Result<bool, Fault> {
        Ok(self.dead.remove(&(hook.to_owned(), seq)).is_some())
    }

    fn dead_forget(&mut self, until: Millis) -> Result<(), Fault> {
        self.dead.retain(|_, dead| dead.died_at > until);
        Ok(())
    }

    fn dead_state(&self) -> Result<(Option<Millis>, u64), Fault> {
        Ok((self.dead.values().map(|dead| dead.died_at).min(), self.dead.len() as u64))
    }
}
