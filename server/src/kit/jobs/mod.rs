//! Jobs of an object: work that is tried until it is done. This folder has their table and the one runner of attempts.
//!
//! A job is added in the step that makes it necessary, so no crash loses it. After a crash an attempt is repeated, so a second attempt must
//! be harmless. There is one row per kind and key: a newer job replaces an earlier one, and an attempt for the earlier one neither removes
//! nor delays it. Each key has one attempt at a time. Attempts for different keys run concurrently, in no defined order.
//!
//! Two kinds of work do not belong here: positions up to which a log was sent, and receivers that fall behind again with each new version.
//! Their rows store more than the work that is left.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, join_all, select};
use protocol::operation::metrics::JOB_AGE_SECONDS;
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use protocol::words::retry::{retried_ms, retry_delay_ms};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::Delay;

use super::alarm::{ClockWatch, Retries};
use super::sql::{Database, Value, exec, rows, wrote};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Name of the table.
const TABLE: &str = "jobs";

/// Migration step of the table.
pub const STEP: &[&str] = &["CREATE TABLE jobs (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID"];

/// Time after which the alarm looks for jobs whose attempts were under way, because the object may have stopped during them.
const LOOK_MS: Millis = 5_000;

/// Largest number of attempts of a kind that the alarm has under way. Other due jobs wait until some of these have ended.
const AT_ONCE: usize = 32;

/// Time after which an attempt counts as failed, so that one that never ends blocks neither its key nor the alarm.
const ATTEMPT_MS: Millis = 60_000;

/// A job of one kind. The value is the content of the row, without the key.
pub trait Job: Serialize + DeserializeOwned {
    /// Name of the kind in the table, which never changes.
    const KIND: &'static str;
    /// Time for the caller's own attempt before the alarm makes one.
    const FIRST_MS: Millis = 0;
    /// Parts of the object that an attempt uses.
    type Context;

    /// Makes one attempt. After [`ATTEMPT_MS`] its future is dropped.
    fn run(&self, context: &Self::Context, attempt: Attempt<'_>) -> impl Future<Output = Outcome>;
}

/// Attempt, as its job sees it.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Key of the job.
    pub key: &'a str,
    /// Number of failed attempts.
    pub tries: u32,
    /// `true` if the alarm makes the attempt, and `false` if the caller who added the job does.
    pub is_by_alarm: bool,
}

/// Result of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The job is removed.
    Done,
    /// The next attempt is made after a pause, which grows with each failure (`retry_delay_ms`).
    Again,
    /// The next attempt is made at this time, which is no later than that.
    At(Millis),
}

impl Outcome {
    /// Returns the outcome of calls, and logs a failure as one of `verb`.
    pub fn of(verb: &str, called: Result<(), CallError>) -> Self {
        match called {
            Ok(()) => Self::Done,
            Err(error) => {
                telemetry::call_failed(verb, &error);
                Self::Again
            }
        }
    }
}

/// Kind of job, as its object lists it.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    name: &'static str,
    first_ms: Millis,
}

impl Kind {
    /// Returns the kind of `J`.
    pub const fn of<J: Job>() -> Self {
        Self { name: J::KIND, first_ms: J::FIRST_MS }
    }
}

/// Memory of the runner. Only this value adds jobs, so it knows the earliest due time without reading the table. That time may be too early,
/// but never too late.
pub struct Jobs {
    kinds: &'static [Kind],
    now: fn() -> Millis,
    sleep: Sleep,
    clock: ClockWatch,
    /// Time at which the next job is due that is not under way; `None` until the table is read.
    next: Cell<Option<Option<Millis>>>,
    /// Attempts that are under way, with `true` if a newer job has replaced theirs.
    under_way: RefCell<BTreeMap<Place, bool>>,
    /// Rows that this version cannot read. They stay for a version that can.
    dead: RefCell<BTreeSet<Place>>,
}

/// Kind and key of a job.
type Place = (String, String);

/// Timer of the runtime, or of a test.
type Sleep = fn(Millis) -> LocalBoxFuture<'static, ()>;

/// Row whose attempt has begun.
struct Begun<J> {
    key: String,
    tries: u32,
    job: J,
}

impl Jobs {
    /// Returns the runner of an object with these kinds. Rows of other kinds belong to a later version, and wait for it.
    pub fn of(kinds: &'static [Kind]) -> Self {
        Self::timed(kinds, runtime::now_ms, |ms| Delay::from(Duration::from_millis(ms)).boxed_local())
    }

    fn timed(kinds: &'static [Kind], now: fn() -> Millis, sleep: Sleep) -> Self {
        let (clock, next, under_way, dead) = Default::default();
        Self { kinds, now, sleep, clock, next, under_way, dead }
    }

    /// Adds a job, in place of an earlier one with the same key.
    pub fn add<J: Job>(&self, sql: &Database, key: &str, job: &J, now: Millis) -> Result<(), Fault> {
        let (body, due_at) = (serde_json::to_string(job)?, now + J::FIRST_MS);
        let values = [J::KIND.into(), key.into(), body.as_str().into(), due_at.into()];
        exec(sql, "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, 0)", &values)?;
        let place = place_of::<J>(key);
        self.dead.borrow_mut().remove(&place);
        self.under_way.borrow_mut().entry(place).and_modify(|is_replaced| *is_replaced = true);
        let known = self.next.get();
        self.next.set(known.map(|next| Some(next.map_or(due_at, |at| at.min(due_at)))));
        Ok(())
    }

    /// Returns the time by which the alarm has to ring. Must be called outside of transactions, because a rollback restores rows.
    pub fn due_at(&self, sql: &Database) -> Result<Option<Millis>, Fault> {
        let now = (self.now)();
        let first_ms = self.kinds.iter().map(|kind| kind.first_ms).max().unwrap_or(0);
        if self.clock.bring_forward(sql, &[Retries { first_ms, ..Retries::of(TABLE) }], now)? {
            self.next.set(None);
        }
        let look_at = (!self.under_way.borrow().is_empty()).then_some(now + LOOK_MS);
        Ok(self.next(sql)?.into_iter().chain(look_at).min())
    }

    fn next(&self, sql: &Database) -> Result<Option<Millis>, Fault> {
        if let Some(known) = self.next.get() {
            return Ok(known);
        }
        let mut values: Vec<Value> =
            self.kinds.iter().filter(|kind| self.free(kind.name) > 0).map(|kind| kind.name.into()).collect();
        let kinds = vec!["?"; values.len()].join(", ");
        let query = format!("SELECT kind, key, due_at FROM jobs WHERE kind IN ({kinds}) ORDER BY due_at LIMIT ?");
        values.push(self.rows_for(1));
        let waiting = rows(sql, &query, &values, |row| {
            let (place, due_at) = ((row.text(0)?, row.text(1)?), row.number(2)?);
            Ok(self.may_begin(&place).then_some(due_at))
        })?;
        let next = waiting.into_iter().flatten().next();
        self.next.set(Some(next));
        Ok(next)
    }

    /// Returns gauges for the directory: for each kind the time since the oldest job was first due, in seconds; 0 without a job that waits.
    /// Rows that this version cannot read are among the jobs. Without any job, the table is not read.
    pub fn ages(&self, sql: &Database) -> Result<Vec<(String, u64)>, Fault> {
        let is_idle = self.next(sql)?.is_none() && self.under_way.borrow().is_empty() && self.dead.borrow().is_empty();
        let waiting = if is_idle { Vec::new() } else { self.waiting(sql)? };
        Ok(gauges(self.kinds, &waiting))
    }

    /// Returns kinds with times since jobs were first due.
    fn waiting(&self, sql: &Database) -> Result<Vec<(String, Millis)>, Fault> {
        let query = "SELECT kind, tries, min(due_at) FROM jobs GROUP BY kind, tries";
        rows(sql, query, &[], |row| {
            let tries = u32::try_from(row.number(1)?).unwrap_or(u32::MAX);
            Ok((row.text(0)?, ((self.now)() + retried_ms(tries)).saturating_sub(row.number(2)?)))
        })
    }

    fn may_begin(&self, place: &Place) -> bool {
        !self.under_way.borrow().contains_key(place) && !self.dead.borrow().contains(place)
    }

    /// Returns the number of attempts of a kind that the alarm may begin.
    fn free(&self, kind: &str) -> usize {
        let under_way = self.under_way.borrow();
        AT_ONCE.saturating_sub(under_way.keys().filter(|(of, _)| of == kind).count())
    }

    /// Returns the limit of a query for this number of jobs. Some rows that it finds may be under way or unreadable.
    fn rows_for(&self, jobs: usize) -> Value {
        ((jobs + self.under_way.borrow().len() + self.dead.borrow().len()) as u64).into()
    }

    /// Makes attempts for the jobs of a kind that are due, for the alarm, the earliest first: as many as [`AT_ONCE`] permits. The others
    /// stay due.
    pub async fn run_due<J: Job>(&self, sql: &Database, context: &J::Context) -> Result<(), Fault> {
        debug_assert!(self.kinds.iter().any(|kind| kind.name == J::KIND), "{} is in no list", J::KIND);
        let now = (self.now)();
        if self.next(sql)?.is_none_or(|at| at > now) {
            return Ok(());
        }
        let due = self.begin::<J>(sql, "due_at <= ?", now.into(), self.free(J::KIND))?;
        join_all(due.into_iter().map(|begun| self.attempt(sql, context, begun, true))).await.into_iter().collect()
    }

    /// Makes an attempt for the job with this key, if there is one, for the caller who has added it.
    pub async fn run_now<J: Job>(&self, sql: &Database, context: &J::Context, key: &str) -> Result<(), Fault> {
        match self.begin::<J>(sql, "key = ?", key.into(), 1)?.pop() {
            Some(begun) => self.attempt(sql, context, begun, false).await,
            None => Ok(()),
        }
    }

    /// Begins attempts for the rows of a kind that meet a condition, the earliest first: `most` at most.
    fn begin<J: Job>(
        &self,
        sql: &Database,
        condition: &str,
        value: Value,
        most: usize,
    ) -> Result<Vec<Begun<J>>, Fault> {
        let query =
            format!("SELECT key, tries, body FROM jobs WHERE kind = ? AND {condition} ORDER BY due_at, key LIMIT ?");
        let found = rows(sql, &query, &[J::KIND.into(), value, self.rows_for(most)], |row| {
            let tries = u32::try_from(row.number(1)?).unwrap_or(u32::MAX);
            Ok((row.text(0)?, tries, row.text(2)?))
        })?;
        self.next.set(None);
        let begun = found.into_iter().filter_map(|(key, tries, body)| self.begin_one(key, tries, &body));
        Ok(begun.take(most).collect())
    }

    fn begin_one<J: Job>(&self, key: String, tries: u32, body: &str) -> Option<Begun<J>> {
        let place = place_of::<J>(&key);
        if !self.may_begin(&place) {
            return None;
        }
        let Some(job) = read_body(body) else {
            self.dead.borrow_mut().insert(place);
            return None;
        };
        self.under_way.borrow_mut().insert(place, false);
        Some(Begun { key, tries, job })
    }

    async fn attempt<J: Job>(
        &self,
        sql: &Database,
        context: &J::Context,
        begun: Begun<J>,
        is_by_alarm: bool,
    ) -> Result<(), Fault> {
        let Begun { key, tries, job } = begun;
        let run = pin!(job.run(context, Attempt { key: &key, tries, is_by_alarm }));
        let outcome = match select(run, (self.sleep)(ATTEMPT_MS)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => {
                telemetry::fault("job", &Fault(format!("an attempt of the kind {} did not end", J::KIND)));
                Outcome::Again
            }
        };
        self.next.set(None);
        if self.under_way.borrow_mut().remove(&place_of::<J>(&key)).unwrap_or(false) {
            return Ok(());
        }
        let due_at = match outcome {
            Outcome::Done => return remove::<J>(sql, &key).map(drop),
            Outcome::Again => (self.now)() + retry_delay_ms(tries),
            Outcome::At(due_at) => due_at,
        };
        let query = "UPDATE jobs SET due_at = ?, tries = tries + 1 WHERE kind = ? AND key = ?";
        exec(sql, query, &[due_at.into(), J::KIND.into(), key.as_str().into()])
    }
}

fn place_of<J: Job>(key: &str) -> Place {
    (J::KIND.to_owned(), key.to_owned())
}

/// Reads the content of a row. A row that this version cannot read is logged and counts as absent, so that it stops no other job.
fn read_body<J: Job>(body: &str) -> Option<J> {
    let job = serde_json::from_str(body).ok();
    if job.is_none() {
        // The text of the error may quote the body, which must not be in the log.
        telemetry::fault("job", &Fault(format!("a job of the kind {} is unreadable", J::KIND)));
    }
    job
}

/// Returns the job with this key.
pub fn find<J: Job>(sql: &Database, key: &str) -> Result<Option<J>, Fault> {
    let query = "SELECT body FROM jobs WHERE kind = ? AND key = ?";
    let found = rows(sql, query, &[J::KIND.into(), key.into()], |row| row.text(0))?;
    Ok(found.first().and_then(|body| read_body(body)))
}

/// Returns the jobs of a kind that meet a condition, each with its key, in the order of the keys.
pub fn having<J: Job>(sql: &Database, is_meant: impl Fn(&J) -> bool) -> Result<Vec<(String, J)>, Fault> {
    let query = "SELECT key, body FROM jobs WHERE kind = ? ORDER BY key";
    let found = rows(sql, query, &[J::KIND.into()], |row| Ok((row.text(0)?, row.text(1)?)))?;
    let jobs = found.into_iter().filter_map(|(key, body)| Some((key, read_body(&body)?)));
    Ok(jobs.filter(|(_, job)| is_meant(job)).collect())
}

/// Returns all jobs of a kind.
/// Returns the gauges of these kinds, of which jobs wait for these times. An object without tables has no jobs.
pub fn gauges(kinds: &[Kind], waiting: &[(String, Millis)]) -> Vec<(String, u64)> {
    let age = |kind: &Kind| {
        let ages_ms = waiting.iter().filter(|(name, _)| name == kind.name).map(|(_, age_ms)| *age_ms);
        (format!("{JOB_AGE_SECONDS}{{kind=\"{}\"}}", kind.name), ages_ms.max().unwrap_or(0) / 1_000)
    };
    kinds.iter().map(age).collect()
}

#[cfg(test)]
pub fn all<J: Job>(sql: &Database) -> Result<Vec<(String, J)>, Fault> {
    having(sql, |_| true)
}

/// Replaces the content of the job with this key. Its attempts go on as before.
pub fn rewrite<J: Job>(sql: &Database, key: &str, job: &J) -> Result<(), Fault> {
    let body = serde_json::to_string(job)?;
    exec(
        sql,
        "UPDATE jobs SET body = ? WHERE kind = ? AND key = ?",
        &[body.as_str().into(), J::KIND.into(), key.into()],
    )
}

/// Removes the job with this key, which has become unnecessary. Returns `true` if there was one.
pub fn remove<J: Job>(sql: &Database, key: &str) -> Result<bool, Fault> {
    wrote(sql, "DELETE FROM jobs WHERE kind = ? AND key = ?", &[J::KIND.into(), key.into()])
}

/// Removes the jobs of a kind that meet a condition.
pub fn remove_having<J: Job>(sql: &Database, is_meant: impl Fn(&J) -> bool) -> Result<(), Fault> {
    having(sql, is_meant)?.iter().try_for_each(|(key, _)| remove::<J>(sql, key).map(drop))
}

/// Removes all jobs of a kind, among them those that this version cannot read.
pub fn remove_all<J: Job>(sql: &Database) -> Result<(), Fault> {
    exec(sql, "DELETE FROM jobs WHERE kind = ?", &[J::KIND.into()])
}

/// Returns the tables with the columns of [`Retries`] that are missing in `tables`. The table of jobs has a watch of its own.
#[cfg(test)]
pub fn forgotten_tables(sql: &Database, tables: &[Retries]) -> Vec<String> {
    let query = "SELECT m.name FROM sqlite_master AS m WHERE m.type = 'table' AND 2 = (SELECT count(*) \
                 FROM pragma_table_info(m.name) AS c WHERE c.name IN ('due_at', 'tries'))";
    let found = rows(sql, query, &[], |row| row.text(0)).unwrap();
    found.into_iter().filter(|name| name != TABLE && tables.iter().all(|known| known.table != name)).collect()
}

#[cfg(test)]
mod tests;
