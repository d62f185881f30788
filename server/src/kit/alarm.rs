//! The single alarm of an object, set to the earliest time that any of its duties needs. If the clock was set back, times in the object's
//! tables that are too far ahead are moved first.

use std::cell::Cell;

use protocol::words::event::Millis;
use protocol::words::limits::{OUTBOX_RETRY_MS, OUTBOX_RETRY_MS_MAX};
use protocol::words::refusal::Fault;
use worker::State;

use crate::kit::sql::{Database, exec};
use crate::runtime;

#[derive(Default)]
pub struct Alarm {
    at: Cell<Option<Millis>>,
}

impl Alarm {
    /// Sets the alarm to `at`, unless it rings earlier.
    pub fn ring_by(&self, state: &State, at: Millis) {
        if self.at.get().is_none_or(|known| known > at) {
            self.at.set(Some(at));
            runtime::set_alarm(state, at);
        }
    }

    /// Forgets the time of the alarm after it rang, or after all storage was deleted.
    pub fn clear(&self) {
        self.at.set(None);
    }
}

/// Table of work that is retried until it is done. Its columns `due_at` and `tries` have the time of the next attempt and the number of
/// failures.
pub struct Retries {
    pub table: &'static str,
    /// Longest wait before the first attempt, and after an attempt whose result was lost.
    pub first_ms: Millis,
    /// Longest wait after a failure, if it is not that of `retry_delay_ms`.
    pub again_ms: Option<Millis>,
    /// Condition for the rows that wait for an attempt.
    pub condition: &'static str,
}

impl Retries {
    /// Returns a table of work that is due at once, and after a failure by `retry_delay_ms`.
    pub const fn of(table: &'static str) -> Self {
        Self { table, first_ms: 0, again_ms: None, condition: "1" }
    }
}

/// Watch for a clock that was set back. The tables are checked when the object wakes, and after each step back: in between, no time in them
/// can be too far ahead.
#[derive(Default)]
pub struct ClockWatch {
    latest: Cell<Option<Millis>>,
}

impl ClockWatch {
    /// Brings work forward ([`bring_forward`]) if the clock may have been set back since the last call. Returns `true` if it did.
    pub fn bring_forward(&self, sql: &Database, tables: &[Retries], now: Millis) -> Result<bool, Fault> {
        let may_be_ahead = self.latest.get().is_none_or(|latest| now < latest);
        if may_be_ahead {
            bring_forward(sql, tables, now)?;
        }
        self.latest.set(Some(now));
        Ok(may_be_ahead)
    }
}

/// Makes work due that is further ahead than its attempt ever waits, because it was stored before the clock was set back (`core.md` 1.8).
/// This corresponds to `remaining_ms` for rows of tables.
pub fn bring_forward(sql: &Database, tables: &[Retries], now: Millis) -> Result<(), Fault> {
    for Retries { table, first_ms, again_ms, condition } in tables {
        let doubled = format!("min({OUTBOX_RETRY_MS} << min(tries, 16), {OUTBOX_RETRY_MS_MAX})");
        let again_ms = again_ms.map_or(doubled, |ms| ms.to_string());
        let query = format!(
            "UPDATE {table} SET due_at = ?1 WHERE due_at > ?1 + max({first_ms}, iif(tries = 0, 0, {again_ms})) AND {condition}"
        );
        exec(sql, &query, &[now.into()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use protocol::words::retry::retry_delay_ms;
    use protocol::words::time::remaining_ms;

    use super::*;
    use crate::kit::sql::rows;

    const NOW: Millis = 1_700_000_000_000;

    #[test]
    fn tables_are_looked_at_after_a_step_back_alone() {
        let sql = Database::new();
        exec(&sql, "CREATE TABLE work (due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT", &[]).unwrap();
        let watch = ClockWatch::default();
        for (now, is_looked_at) in [(NOW, true), (NOW, false), (NOW + 5, false), (NOW + 4, true), (NOW + 4, false)] {
            exec(&sql, "INSERT INTO work VALUES (?, 0)", &[(NOW + 9_000).into()]).unwrap();
            watch.bring_forward(&sql, &[Retries::of("work")], now).unwrap();
            let due = rows(&sql, "DELETE FROM work RETURNING due_at", &[], |row| row.number(0)).unwrap();
            assert_eq!(due, [if is_looked_at { now } else { NOW + 9_000 }], "{now}");
        }
    }

    #[test]
    fn work_further_ahead_than_its_attempt_ever_waits_is_due_now() {
        let sql = Database::new();
        exec(
            &sql,
            "CREATE TABLE work (no INTEGER PRIMARY KEY, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT",
            &[],
        )
        .unwrap();
        let doubling = Retries { first_ms: 2_000, condition: "no > 0", ..Retries::of("work") };
        let fixed = Retries { first_ms: 700, again_ms: Some(3_600_000), ..Retries::of("work") };
        for table in [doubling, fixed] {
            for (tries, ahead) in (0..40_u32)
                .flat_map(|tries| [0, 700, 2_000, 32_000, 60_000, 60_001, 3_600_001].map(|ahead| (tries, ahead)))
            {
                let values = [(NOW + ahead).into(), u64::from(tries).into()];
                exec(&sql, "INSERT OR REPLACE INTO work VALUES (1, ?, ?)", &values).unwrap();
                bring_forward(&sql, std::slice::from_ref(&table), NOW).unwrap();
                let again_ms = table.again_ms.unwrap_or(retry_delay_ms(tries));
                let longest_ms = if tries == 0 { table.first_ms } else { table.first_ms.max(again_ms) };
                let due_at = rows(&sql, "SELECT due_at FROM work", &[], |row| row.number(0)).unwrap();
                assert_eq!(
                    due_at,
                    [NOW + remaining_ms(NOW + ahead, NOW, longest_ms)],
                    "{tries} tries, {ahead} ms ahead"
                );
            }
        }
        exec(&sql, "INSERT OR REPLACE INTO work VALUES (0, 1, 0), (1, 9007199254740991, 0)", &[]).unwrap();
        bring_forward(&sql, &[Retries { condition: "due_at < 9007199254740991", ..Retries::of("work") }], 0).unwrap();
        assert_eq!(
            rows(&sql, "SELECT due_at FROM work", &[], |row| row.number(0)).unwrap(),
            [0, 9_007_199_254_740_991]
        );
    }
}
