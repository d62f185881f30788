//! Rows of a log's receivers (`messagehub.md` 7), in the database of its object. The rules are in `protocol::machines::webhook`.

use protocol::machines::webhook::{DeadLetter, DeadLetterStore, HookRow, HookStore, OutboxRow};
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use super::sealed::Db;
use super::sql::{SqlRow, exec, number, rows, wrote};

/// Migration step of the tables, for objects that did not begin with them, as hub rooms did.
pub const STEP: &[&str] = &[
    "CREATE TABLE hooks (id TEXT PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL, previous TEXT, \
     previous_until INTEGER, is_active INTEGER NOT NULL, is_ordered INTEGER NOT NULL, \
     dead_in_a_row INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE outbox (hook TEXT NOT NULL, seq INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL, \
     busy_until INTEGER NOT NULL, PRIMARY KEY (hook, seq)) STRICT, WITHOUT ROWID",
    DEAD,
];
/// Migration step of only the table of dead letters, for objects that store receivers in other tables.
pub const DEAD_STEP: &[&str] = &[DEAD];
const DEAD: &str = "CREATE TABLE dead (hook TEXT NOT NULL, seq INTEGER NOT NULL, status INTEGER NOT NULL, error TEXT NOT NULL, \
     attempts INTEGER NOT NULL, died_at INTEGER NOT NULL, PRIMARY KEY (hook, seq)) STRICT, WITHOUT ROWID";

/// Marks attempts up to this number as not in progress.
pub fn free_outbox(db: &Db, attempts_max: u32) -> Result<(), Fault> {
    let query = "UPDATE outbox SET busy_until = 0 WHERE busy_until > 0 AND attempts <= ?";
    exec(db, query, &[attempts_max.into()])
}

fn dead_letter(row: &SqlRow) -> Result<DeadLetter, Fault> {
    Ok(DeadLetter {
        hook: row.text(0)?,
        seq: row.number(1)?,
        status: row.number(2)? as u16,
        error: row.text(3)?,
        attempts: row.number(4)? as u32,
        died_at: row.number(5)?,
    })
}

impl HookStore for Db {
    fn hooks(&self) -> Result<Vec<HookRow>, Fault> {
        let query = "SELECT id, url, secret, previous, previous_until, is_active, is_ordered, dead_in_a_row FROM hooks ORDER BY id";
        rows(self, query, &[], |row| {
            Ok(HookRow {
                id: row.text(0)?,
                url: row.text(1)?,
                secret: row.text(2)?,
                previous: row.text_or_null(3).zip(row.number_or_null(4)?),
                is_active: row.number(5)? > 0,
                is_ordered: row.number(6)? > 0,
                dead_in_a_row: row.number(7)? as u32,
                is_fixed: false,
            })
        })
    }

    fn save_hook(&mut self, hook: &HookRow) -> Result<(), Fault> {
        let values = [
            hook.id.as_str().into(),
            hook.url.as_str().into(),
            hook.secret.as_str().into(),
            hook.previous.as_ref().map(|(secret, _)| secret.as_str()).into(),
            hook.previous.as_ref().map(|(_, until)| *until).into(),
            u32::from(hook.is_active).into(),
            u32::from(hook.is_ordered).into(),
            hook.dead_in_a_row.into(),
        ];
        exec(self, "INSERT OR REPLACE INTO hooks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &values)
    }

    fn remove_hook(&mut self, id: &str) -> Result<(), Fault> {
        for query in
            ["DELETE FROM hooks WHERE id = ?", "DELETE FROM outbox WHERE hook = ?", "DELETE FROM dead WHERE hook = ?"]
        {
            exec(self, query, &[id.into()])?;
        }
        Ok(())
    }

    fn outbox_add(&mut self, hook: &str, seq: u64, due_at: Millis) -> Result<(), Fault> {
        exec(self, "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, 0, 0)", &[hook.into(), seq.into(), due_at.into()])
    }

    fn outbox(&self, hook: &str, limit: u32) -> Result<Vec<OutboxRow>, Fault> {
        let query = "SELECT seq, due_at, attempts, busy_until FROM outbox WHERE hook = ? ORDER BY seq LIMIT ?";
        rows(self, query, &[hook.into(), limit.into()], |row| {
            Ok(OutboxRow {
                seq: row.number(0)?,
                due_at: row.number(1)?,
                attempts: row.number(2)? as u32,
                busy_until: row.number(3)?,
            })
        })
    }

    fn outbox_hooks(&self) -> Result<Vec<String>, Fault> {
        rows(self, "SELECT DISTINCT hook FROM outbox", &[], |row| row.text(0))
    }

    fn outbox_count(&self) -> Result<u64, Fault> {
        number(self, "SELECT COUNT(*) FROM outbox", &[])
    }

    fn outbox_oldest(&self) -> Result<Option<u64>, Fault> {
        Ok(rows(self, "SELECT min(seq) FROM outbox", &[], |row| row.number_or_null(0))?.pop().flatten())
    }

    fn outbox_save(&mut self, hook: &str, row: &OutboxRow) -> Result<(), Fault> {
        let values = [hook.into(), row.seq.into(), row.due_at.into(), row.attempts.into(), row.busy_until.into()];
        exec(self, "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?)", &values)
    }

    fn outbox_remove(&mut self, hook: &str, seq: u64) -> Result<(), Fault> {
        exec(self, "DELETE FROM outbox WHERE hook = ? AND seq = ?", &[hook.into(), seq.into()])
    }
}

impl DeadLetterStore for Db {
    fn dead_add(&mut self, dead: &DeadLetter) -> Result<(), Fault> {
        let values = [
            dead.hook.as_str().into(),
            dead.seq.into(),
            u32::from(dead.status).into(),
            dead.error.as_str().into(),
            dead.attempts.into(),
            dead.died_at.into(),
        ];
        exec(self, "INSERT OR REPLACE INTO dead VALUES (?, ?, ?, ?, ?, ?)", &values)
    }

    fn dead(&self, hook: &str, after: u64, limit: u32) -> Result<Vec<DeadLetter>, Fault> {
        let query = "SELECT hook, seq, status, error, attempts, died_at FROM dead WHERE hook = ? AND seq > ? ORDER BY seq LIMIT ?";
        rows(self, query, &[hook.into(), after.into(), limit.into()], dead_letter)
    }

    fn dead_after(&self, (hook, seq): (&str, u64), limit: u32) -> Result<Vec<DeadLetter>, Fault> {
        let query = "SELECT hook, seq, status, error, attempts, died_at FROM dead WHERE (hook, seq) > (?, ?) ORDER BY hook, seq LIMIT ?";
        rows(self, query, &[hook.into(), seq.into(), limit.into()], dead_letter)
    }

    fn dead_remove(&mut self, hook: &str, seq: u64) -> Result<bool, Fault> {
        wrote(self, "DELETE FROM dead WHERE hook = ? AND seq = ?", &[hook.into(), seq.into()])
    }

    fn dead_forget(&mut self, until: Millis) -> Result<(), Fault> {
        exec(self, "DELETE FROM dead WHERE died_at <= ?", &[until.into()])
    }

    fn dead_state(&self) -> Result<(Option<Millis>, u64), Fault> {
        let state = rows(self, "SELECT min(died_at), COUNT(*) FROM dead", &[], |row| {
            Ok((row.number_or_null(0)?, row.number(1)?))
        })?;
        Ok(state.into_iter().next().unwrap_or((None, 0)))
    }
}
