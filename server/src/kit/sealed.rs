//! An object's tables with texts of people (`docs/decisions/0018-sealed-bodies.md`). Only this file seals values before they are stored and
//! opens them after they are read. It also reseals rows under the newest key, in batches.
//!
//! A store lists its columns with such texts as [`Column`]s. Every statement that writes one takes its value from [`Db::seal`]. The format of
//! sealed values is in `protocol::trust::sealing`.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Write as _;
use std::ops::Deref;
use std::rc::Rc;

use protocol::trust::sealing::{AssociatedData, ContentKeys, MARK, Nonce, PLAIN, SealError, Sweep, SweepPortion};
use protocol::words::event::Millis;
use protocol::words::limits::{SWEEP_LOOK_MS, SWEEP_PACE_MS, SWEEP_PAUSE_MS, SWEEP_ROWS, SWEEP_STEPS};
use protocol::words::refusal::Fault;
use worker::{Env, State};

use super::directory::MetricsReport;
use super::sql::{self, Database, SqlRow, Value};
use crate::{runtime, telemetry};

/// Migration step of the sweep's progress.
pub const STEP: &[&str] = &["CREATE TABLE sealing (one INTEGER PRIMARY KEY CHECK (one = 1), key TEXT NOT NULL, \
     part INTEGER NOT NULL, after TEXT NOT NULL, unreadable INTEGER NOT NULL) STRICT"];

/// Migration step of the columns that decide when unreadable rows are tried again.
pub const TRIED: &[&str] = &[
    "ALTER TABLE sealing ADD COLUMN ring TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sealing ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0",
];

pub enum KeyColumn {
    Number(&'static str),
    Text(&'static str),
}

pub struct Column {
    pub table: &'static str,
    pub name: &'static str,
    /// Columns of the row's key; empty for a table of one row.
    pub key: &'static [KeyColumn],
    /// Value that is stored unsealed, because statements compare it. The empty text is never sealed.
    pub but: &'static str,
    pub is_bytes: bool,
}

/// Separator between the parts of a row's key, which have no control characters.
const BETWEEN: char = '\u{1f}';
/// Bytes that one step reads, beyond the first row.
const SWEEP_BYTES: u64 = 1 << 20;

static UNUSABLE: ContentKeys = ContentKeys::unusable();

/// Returns the key of a row with two key columns.
pub fn row_of(first: &str, second: impl std::fmt::Display) -> String {
    format!("{first}{BETWEEN}{second}")
}

/// Database of an object, with its keys.
#[derive(Clone)]
pub struct Db {
    sql: Database,
    keys: &'static ContentKeys,
    object: Rc<str>,
    columns: &'static [Column],
    /// `true` while some rows are not under the current key.
    is_unswept: Rc<Cell<bool>>,
    /// `true` if the number of unreadable rows has to be reported to the directory.
    must_report: Rc<Cell<bool>>,
}

impl Deref for Db {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.sql
    }
}

impl Db {
    /// Opens the tables of `state`, migrates them by `steps`, and seals the texts in `columns`.
    pub fn open(
        state: &State,
        keys: &'static ContentKeys,
        steps: &[&[&str]],
        columns: &'static [Column],
    ) -> Result<Self, Fault> {
        Self::of(sql::of(state), &state.id().to_string(), keys, steps, columns)
    }

    /// Opens the tables of a database for the object with this id.
    pub fn of(
        sql: Database,
        object: &str,
        keys: &'static ContentKeys,
        steps: &[&[&str]],
        columns: &'static [Column],
    ) -> Result<Self, Fault> {
        sql::migrate(&sql, steps)?;
        let object = object.into();
        let mut db = Self { sql, keys, object, columns, is_unswept: Rc::default(), must_report: Rc::default() };
        db.wake()?;
        Ok(db)
    }

    /// Begins a sweep if the newest key has changed. An object with sealed rows refuses to work without any key, because new rows would be
    /// stored unsealed.
    fn wake(&mut self) -> Result<(), Fault> {
        let stored = self.sweep()?;
        let mut sweep = Sweep::woken(stored.as_ref(), self.keys, self.parts(), runtime::now_ms());
        if self.keys.is_off() && !sweep.is_plain(self.parts()) {
            // An older version that unsealed all rows did not know columns that were added later.
            if sweep.key == PLAIN && sweep.left == 0 && !self.has_sealed_after(&sweep)? {
                sweep.part = self.parts();
            } else {
                self.keys = &UNUSABLE;
            }
        }
        self.must_report.set(stored.as_ref().is_some_and(|sweep| sweep.left > 0));
        if self.keys.is_unusable() && !sweep.is_plain(self.parts()) {
            self.must_report.set(true);
            telemetry::fault("sealing", &SealError::Unusable.into());
        }
        if stored.as_ref() == Some(&sweep) || (stored.is_none() && sweep.is_plain(self.parts())) {
            self.is_unswept.set(!sweep.is_done(self.parts()));
            return Ok(());
        }
        // Tables without rows need no sweep, and a new object has no other tables.
        while let Some(column) = self.column_of(&sweep)
            && self.is_empty(column)?
        {
            sweep = sweep.after(SweepPortion::default());
        }
        self.is_unswept.set(!sweep.is_done(self.parts()));
        self.save(&sweep)
    }

    fn parts(&self) -> u64 {
        self.columns.len() as u64
    }

    fn column_of(&self, sweep: &Sweep) -> Option<&'static Column> {
        self.columns.get(usize::try_from(sweep.part).unwrap_or(usize::MAX))
    }

    /// Returns `true` if new values are sealed, or cannot be stored at all.
    pub fn seals(&self) -> bool {
        self.keys.is_on()
    }

    /// Returns `true` if new values are sealed and the key is there.
    pub fn has_keys(&self) -> bool {
        self.keys.seals()
    }

    fn place<'a>(&'a self, column: &Column, row: &'a str) -> AssociatedData<'a> {
        AssociatedData { log: &self.object, table: column.table, column: column.name, row }
    }

    /// Returns `true` if columns that `sweep` has not done have sealed values.
    fn has_sealed_after(&self, sweep: &Sweep) -> Result<bool, Fault> {
        for Column { table, name, .. } in self.columns.iter().skip(usize::try_from(sweep.part).unwrap_or(usize::MAX)) {
            let query = format!("SELECT 1 FROM {table} WHERE substr(CAST({name} AS BLOB), 1, ?) = ? LIMIT 1");
            if !sql::rows(&self.sql, &query, &[(MARK.len() as u64).into(), MARK.into()], |row| row.number(0))?
                .is_empty()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    // ---- one value

    /// Returns `text` in its stored form for a row of `column`.
    pub fn seal(&self, column: &Column, row: impl ToString, text: &str) -> Result<String, Fault> {
        self.sealed(column, row, text).map(Cow::into_owned)
    }

    /// Does the same without copying a text that stays unsealed.
    pub fn sealed<'a>(&self, column: &Column, row: impl ToString, text: &'a str) -> Result<Cow<'a, str>, Fault> {
        if text.is_empty() || text == column.but || (!self.seals() && !is_marked(text.as_bytes())) {
            return Ok(Cow::Borrowed(text));
        }
        Ok(Cow::Owned(self.keys.seal(self.place(column, &row.to_string()), text, &nonce()?)?))
    }

    pub fn seal_bytes(&self, column: &Column, row: impl ToString, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        if !self.seals() && !is_marked(bytes) {
            return Ok(bytes.to_vec());
        }
        Ok(self.keys.seal_bytes(self.place(column, &row.to_string()), bytes, &nonce()?)?)
    }

    pub fn open_text(&self, column: &Column, row: impl ToString, text: String) -> Result<String, Fault> {
        if !is_marked(text.as_bytes()) {
            return Ok(text);
        }
        Ok(self.keys.open(self.place(column, &row.to_string()), text)?)
    }

    pub fn open_bytes(&self, column: &Column, row: impl ToString, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
        if !is_marked(&bytes) {
            return Ok(bytes);
        }
        Ok(self.keys.open_bytes(self.place(column, &row.to_string()), bytes)?)
    }

    /// Returns `text` sealed for a place outside of the object's tables.
    pub fn seal_for(&self, place: AssociatedData<'_>, text: &str) -> Result<String, Fault> {
        Ok(self.keys.seal(place, text, &nonce()?)?)
    }

    pub fn seal_bytes_for(&self, place: AssociatedData<'_>, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(self.keys.seal_bytes(place, bytes, &nonce()?)?)
    }

    pub fn open_bytes_for(&self, place: AssociatedData<'_>, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
        if !is_marked(&bytes) {
            return Ok(bytes);
        }
        Ok(self.keys.open_bytes(place, bytes)?)
    }

    // ---- all of them

    fn sweep(&self) -> Result<Option<Sweep>, Fault> {
        let query = "SELECT key, part, after, unreadable, ring, began_at FROM sealing";
        sql::first_row(&self.sql, query, &[], |row| {
            Ok(Sweep {
                key: row.text(0)?,
                part: row.number(1)?,
                after: row.text(2)?,
                left: row.number(3)?,
                ring: row.text(4)?,
                began_at: row.number(5)?,
            })
        })
    }

    /// Saves the sweep. Unsealed rows leave no trace of it, as if there had never been keys, so a column of a later version needs no key.
    fn save(&self, sweep: &Sweep) -> Result<(), Fault> {
        if sweep.is_plain(self.parts()) {
            return sql::exec(&self.sql, "DELETE FROM sealing", &[]);
        }
        let values = [
            sweep.key.as_str().into(),
            sweep.part.into(),
            sweep.after.as_str().into(),
            sweep.left.into(),
            sweep.ring.as_str().into(),
            sweep.began_at.into(),
        ];
        sql::exec(&self.sql, "INSERT OR REPLACE INTO sealing VALUES (1, ?, ?, ?, ?, ?, ?)", &values)
    }

    fn is_empty(&self, column: &Column) -> Result<bool, Fault> {
        let query = format!("SELECT 1 FROM {} LIMIT 1", column.table);
        Ok(sql::rows(&self.sql, &query, &[], |row| row.number(0))?.is_empty())
    }

    /// Returns the time of the next batch, or of the next check for a new key; `None` if no key is configured or the keys are unusable.
    pub fn sweep_at(&self, now: Millis) -> Option<Millis> {
        if self.keys.is_off() || self.keys.is_unusable() {
            return None;
        }
        let check_at = self.seals().then_some(now + SWEEP_LOOK_MS);
        if self.is_unswept.get() { Some(now + SWEEP_PACE_MS) } else { check_at }
    }

    /// Returns the number of rows that the last sweep could not open; at least 1 while the keys are unusable.
    pub fn unreadable(&self) -> Result<u64, Fault> {
        let sweep = self.sweep()?.unwrap_or_default();
        Ok(if self.keys.is_unusable() { sweep.left.max(1) } else { sweep.left })
    }

    /// Reports the number of unreadable rows to the directory under the name of the log: once per instance, and after a sweep that left such
    /// rows. If there never were any, there is no report.
    pub async fn report_unreadable(&self, env: &Env, name: String) -> Result<(), Fault> {
        if self.is_unswept.get() || !self.must_report.replace(false) {
            return Ok(());
        }
        let gauges = vec![("cfm_sealed_unreadable".to_owned(), self.unreadable()?)];
        let call = MetricsReport { name, gauges, ..MetricsReport::default() };
        if let Err(error) = call.send(env).await {
            self.must_report.set(true);
            telemetry::call_failed("count", &error);
        }
        Ok(())
    }

    /// Returns `true` if there is a row with a text of a person.
    pub fn has_words(&self) -> Result<bool, Fault> {
        for column in self.columns {
            if !self.is_empty(column)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Does the part of an object's alarm that concerns sealed columns. `place` is the name of that work in log lines.
    pub async fn sweep_and_report(&self, env: &Env, name: String, place: &str) {
        self.sweep_some().await;
        telemetry::logged(place, self.report_unreadable(env, name).await);
    }

    fn unswept(&self) -> Result<Option<(Sweep, &'static Column)>, Fault> {
        let sweep = self.sweep()?.filter(|sweep| self.keys.current() == Some(sweep.key.as_str()));
        Ok(sweep.and_then(|sweep| self.column_of(&sweep).map(|column| (sweep, column))))
    }

    /// Sweeps some batches, with pauses for other events. The alarm at [`Db::sweep_at`] continues the sweep.
    pub async fn sweep_some(&self) {
        for _ in 0..SWEEP_STEPS {
            match self.sweep_next() {
                Ok(true) => runtime::sleep(SWEEP_PAUSE_MS).await,
                Ok(false) => return,
                Err(fault) => {
                    // The sweep continues when the object wakes next; now the same row would fail again.
                    self.is_unswept.set(false);
                    return telemetry::fault("sealing", &fault);
                }
            }
        }
    }

    /// Sweeps one batch and saves the progress, in one step. Returns `true` if there is more.
    pub fn sweep_next(&self) -> Result<bool, Fault> {
        let Some((sweep, column)) = self.unswept()? else {
            self.is_unswept.set(false);
            return Ok(false);
        };
        let swept = self.sweep_rows(column, &sweep.after)?;
        let sweep = sweep.after(swept);
        self.save(&sweep)?;
        if sweep.is_done(self.parts()) {
            self.is_unswept.set(false);
            self.must_report.set(self.must_report.get() || sweep.left > 0);
            let fields = serde_json::json!({ "key": sweep.key, "unreadable": sweep.left, "object": &*self.object });
            telemetry::event("sealing_done", fields);
        }
        Ok(!sweep.is_done(self.parts()))
    }

    fn sweep_rows(&self, column: &Column, after: &str) -> Result<SweepPortion, Fault> {
        let (keys, marks, values) = column.bound(after)?;
        let (name, table) = (column.name, column.table);
        let (begin, order) = match (keys.as_str(), after) {
            ("", _) => (String::new(), String::new()),
            (keys, "") => (String::new(), format!(" ORDER BY {keys}")),
            (keys, _) => (format!(" WHERE ({keys}) > ({marks})"), format!(" ORDER BY {keys}")),
        };
        let columns = if keys.is_empty() { String::new() } else { format!("{keys}, ") };
        let query =
            format!("SELECT {columns}coalesce(octet_length({name}), 0) FROM {table}{begin}{order} LIMIT {SWEEP_ROWS}");
        let found = sql::rows(&self.sql, &query, &values, |row| {
            Ok((column.row_in(row)?, row.number(column.key.len() as u32)?))
        })?;
        let (mut swept, mut bytes) = (SweepPortion::default(), 0);
        for (row, length) in found {
            bytes += length;
            if swept.after.is_some() && bytes > SWEEP_BYTES {
                break;
            }
            if let Some(fault) = self.sweep_row(column, &row)? {
                // Only the first unreadable row of a batch is logged, because all rows may be unreadable.
                if swept.left == 0 {
                    telemetry::fault("sealing", &fault);
                }
                swept.left += 1;
            }
            swept.after = Some(row);
        }
        // A table without a key has one row, so it is done.
        swept.after = swept.after.filter(|_| !column.key.is_empty());
        Ok(swept)
    }

    /// Seals a row under the newest key. Returns the fault if the row cannot be opened, which then stays as it is.
    fn sweep_row(&self, column: &Column, row: &str) -> Result<Option<Fault>, Fault> {
        let (keys, marks, mut values) = column.bound(row)?;
        let place = if keys.is_empty() { String::new() } else { format!(" WHERE ({keys}) = ({marks})") };
        let (name, table) = (column.name, column.table);
        let query = format!("SELECT {name} FROM {table}{place}");
        let read = |row: &SqlRow| {
            let is_there = !row.is_null(0);
            Ok(is_there
                .then(|| if column.is_bytes { row.bytes(0) } else { row.text(0).unwrap_or_default().into_bytes() }))
        };
        let Some(stored) = sql::rows(&self.sql, &query, &values, read)?.into_iter().flatten().next() else {
            return Ok(None);
        };
        let is_unchanged = !column.is_bytes && (stored.is_empty() || stored == column.but.as_bytes());
        if is_unchanged || self.keys.is_current(&stored) {
            return Ok(None);
        }
        let resealed = if column.is_bytes {
            self.open_bytes(column, row, stored)
                .and_then(|bytes| self.seal_bytes(column, row, &bytes))
                .map(|bytes| Value::from(bytes.as_slice()))
        } else {
            let text = String::from_utf8(stored).map_err(|_| Fault(format!("{table}.{name} is no text")))?;
            self.open_text(column, row, text)
                .and_then(|text| self.seal(column, row, &text))
                .map(|text| Value::from(text.as_str()))
        };
        match resealed {
            Ok(value) => {
                values.insert(0, value);
                // A text that would be too large for its row when sealed stays open, and counts as unreadable.
                Ok(sql::exec(&self.sql, &format!("UPDATE {table} SET {name} = ?{place}"), &values).err())
            }
            Err(fault) => Ok(Some(fault)),
        }
    }
}

impl Column {
    /// Returns the columns of the key, their placeholders, and the bound values for this row.
    fn bound(&self, row: &str) -> Result<(String, String, Vec<Value>), Fault> {
        let (mut keys, mut marks, mut values) = (String::new(), String::new(), Vec::new());
        let mut parts = row.splitn(self.key.len().max(1), BETWEEN).filter(|_| !row.is_empty());
        for key in self.key {
            let comma = if keys.is_empty() { "" } else { ", " };
            let name = match key {
                KeyColumn::Number(name) | KeyColumn::Text(name) => *name,
            };
            let _ = write!(keys, "{comma}{name}");
            let _ = write!(marks, "{comma}?");
            let Some(part) = parts.next() else { continue };
            values.push(match key {
                KeyColumn::Number(_) => {
                    Value::from(part.parse::<u64>().map_err(|_| Fault(format!("{part} is no place")))?)
                }
                KeyColumn::Text(_) => Value::from(part),
            });
        }
        Ok((keys, marks, values))
    }

    /// Returns the key of a row whose first columns are those of the key.
    fn row_in(&self, row: &SqlRow) -> Result<String, Fault> {
        let mut name = String::new();
        for (at, key) in (0_u32..).zip(self.key) {
            if at > 0 {
                name.push(BETWEEN);
            }
            match key {
                KeyColumn::Number(_) => name.push_str(&row.number(at)?.to_string()),
                KeyColumn::Text(_) => name.push_str(&row.text(at)?),
            }
        }
        Ok(name)
    }
}

/// Returns `true` if a value may be sealed. Other values are read without keys.
fn is_marked(bytes: &[u8]) -> bool {
    bytes.first() == Some(&1)
}

/// Draws a nonce, or fails: the same nonce twice under a key would reveal both texts.
fn nonce() -> Result<Nonce, Fault> {
    runtime::drawn_bytes()
}

#[cfg(test)]
#[path = "sealed_tests.rs"]
pub mod tests;

#[cfg(test)]
#[path = "sealed_sweep_tests.rs"]
mod sweep_tests;
