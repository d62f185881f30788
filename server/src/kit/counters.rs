//! Metrics of an object, for every door (`messagehub.md` 9, `messenger.md` 11, `core.md` 1.7). They are counted in memory, saved to the
//! object's tables by its alarm, and reported to the directory every few minutes. Data points are batched in between. None of this delays a
//! request.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::operation::metrics::{COMMIT_SECONDS, FANOUT_SECONDS, Histogram};
use protocol::operation::series::DROPPED_SEND_FAILED;
use protocol::words::event::Millis;
use protocol::words::limits::{ANALYTICS_GATHERED_MAX, COMMIT_MEASURE_MS, NUMBERS_GATHER_MS};
use protocol::words::refusal::Fault;
use protocol::words::time::remaining_ms;
use serde_json::Value as Json;
use wasm_bindgen_futures::spawn_local;
use worker::{Env, State};

use super::directory::MetricsReport;
use super::sql;
use super::sql::{Database, SqlRow, exec, rows};
use crate::config::Config;
use crate::platform::analytics::{self, MESSAGE_SENT};
use crate::{runtime, telemetry};

/// Migration step of the earlier table, which had a row for each unreported counter, and for time and sockets of the last report.
pub const STEP: &[&str] =
    &["CREATE TABLE counts (metric TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID"];

/// Migration step of a table with one row, because the platform charges for rows. The earlier table stays, empty, for an earlier version
/// after a rollback.
pub const ONE_ROW: &[&str] = &[
    "CREATE TABLE numbers (one INTEGER PRIMARY KEY CHECK (one = 1), reported_at INTEGER NOT NULL, \
     reported_sockets INTEGER, unreported TEXT NOT NULL) STRICT",
    "INSERT INTO numbers SELECT 1, coalesce(max(value) FILTER (WHERE metric = ''), 0), \
     max(value) FILTER (WHERE metric = '#'), json_group_object(metric, value) FILTER (WHERE metric NOT IN ('', '#')) FROM counts",
    "DELETE FROM counts",
];

pub trait MetricsSource: 'static {
    fn metered(&self) -> (&Metrics, &State, &Env);
    /// Returns the object's name in the directory, its sockets and its other gauges. `None` if the object does not exist.
    fn gauges(&self) -> Result<Option<Gauges>, Fault>;
}

pub struct Gauges {
    pub name: String,
    pub sockets: usize,
    pub gauges: Vec<(&'static str, u64)>,
}

impl Gauges {
    fn report(self, counters: Vec<(String, u64)>) -> MetricsReport {
        let gauges = self.gauges.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        MetricsReport { name: self.name, gauges, counters }
    }
}

struct DataPoint {
    at: Millis,
    user: Option<String>,
    blobs: Vec<String>,
    doubles: Vec<f64>,
}

#[derive(Default)]
pub struct Metrics {
    door: &'static str,
    report_ms: Millis,
    counted: RefCell<BTreeMap<&'static str, u64>>,
    commits: RefCell<Histogram>,
    fanouts: RefCell<Histogram>,
    points: RefCell<Vec<DataPoint>>,
    measured_at: Cell<Millis>,
    /// Last measured duration of a commit.
    commit_ms: Cell<Millis>,
    saved_at: Cell<Millis>,
    reported_at: Cell<Millis>,
    reported_sockets: Cell<Option<u64>>,
    has_unreported: Cell<bool>,
}

impl Metrics {
    pub fn of(door: &'static str, config: &Config) -> Self {
        Self { door, report_ms: config.numbers_report_ms, ..Self::default() }
    }

    /// Loads the state from the table after the object woke. `metric` counts wake-ups with open sockets.
    pub fn wake(&self, state: &State, metric: &'static str, sockets: usize) -> Result<(), Fault> {
        self.remember(&sql::of(state))?;
        self.count(metric, u64::from(sockets > 0));
        // The counters of the wake-up wait for the next report.
        self.saved_at.set(runtime::now_ms());
        Ok(())
    }

    fn remember(&self, sql: &Database) -> Result<(), Fault> {
        let query = "SELECT reported_at, reported_sockets, unreported <> '{}' FROM numbers";
        let read = |row: &SqlRow| Ok((row.number(0)?, row.number_or_null(1)?, row.number(2)? > 0));
        for (reported_at, sockets, has_unreported) in rows(sql, query, &[], read)? {
            self.reported_at.set(reported_at);
            self.reported_sockets.set(sockets);
            self.has_unreported.set(has_unreported);
        }
        Ok(())
    }

    /// Adds unreported counters to the table.
    fn save_counts(&self, sql: &Database, counted: &[(String, u64)]) -> Result<(), Fault> {
        if counted.is_empty() {
            return Ok(());
        }
        let added: Json = counted.iter().map(|(metric, times)| (metric.as_str(), *times)).collect();
        let query = "UPDATE numbers SET unreported = (SELECT json_group_object(key, times) FROM \
                     (SELECT key, sum(value) AS times FROM (SELECT key, value FROM json_each(unreported) UNION ALL \
                     SELECT key, value FROM json_each(?)) GROUP BY key))";
        exec(sql, query, &[added.to_string().as_str().into()])?;
        self.has_unreported.set(true);
        Ok(())
    }

    /// Stores that the directory accepted a report at `now`, with this number of sockets.
    fn note_reported(&self, sql: &Database, now: Millis, sockets: u64) -> Result<(), Fault> {
        let query = "UPDATE numbers SET reported_at = ?, reported_sockets = ?, unreported = '{}'";
        exec(sql, query, &[now.into(), sockets.into()])?;
        self.has_unreported.set(false);
        self.reported_sockets.set(Some(sockets));
        Ok(())
    }

    pub fn count(&self, metric: &'static str, times: u64) {
        if times > 0 {
            *self.counted.borrow_mut().entry(metric).or_default() += times;
        }
    }

    /// Counts sockets to which a frame could not be sent.
    pub fn send_failed(&self, sockets: usize) {
        self.count(DROPPED_SEND_FAILED, sockets as u64);
    }

    /// Observes the time from the arrival of a turn's first message to the end of its fan-out.
    pub fn fanned_out(&self, took_ms: Millis) {
        self.fanouts.borrow_mut().observe(took_ms);
    }

    /// Returns `true` if the batch has room for a data point.
    pub fn accepts_points(&self) -> bool {
        self.points.borrow().len() < ANALYTICS_GATHERED_MAX
    }

    /// Adds a data point. When the batch is full, only the counters count.
    pub fn point(&self, user: Option<&str>, blobs: &[&str], doubles: &[f64]) {
        if self.accepts_points() {
            self.points.borrow_mut().push(DataPoint {
                at: runtime::now_ms(),
                user: user.map(str::to_owned),
                blobs: blobs.iter().map(|blob| (*blob).to_owned()).collect(),
                doubles: doubles.to_vec(),
            });
        }
    }

    /// Adds the data point of a stored message. The duration of the commit is added when the points are written.
    pub fn sent(&self, user: Option<&str>, kind: &str, door: &str, length: usize, recipients: usize) {
        self.point(user, &[MESSAGE_SENT, kind, door], &[length as f64, 0.0, recipients as f64]);
    }

    pub fn opened(&self, user: Option<&str>, door: &str) {
        self.point(user, &["socket_open", door, ""], &[0.0, 0.0]);
    }

    /// Adds the data point of a closed socket that was opened at `since`, with the number of events of that time.
    pub fn closed(&self, user: Option<&str>, door: &str, code: u16, since: Millis, events: u64) {
        let lifetime_s = runtime::now_ms().saturating_sub(since) / 1_000;
        self.point(user, &["socket_close", door, &code.to_string()], &[lifetime_s as f64, events as f64]);
    }

    /// Adds the data point of a replay of missed events.
    pub fn replayed(&self, user: Option<&str>, door: &str, reason: &str, events: u64, began_at: Millis) {
        let took_ms = runtime::now_ms().saturating_sub(began_at);
        self.point(user, &["replay", door, reason], &[events as f64, took_ms as f64]);
    }

    /// Returns the time at which [`report`] is due for an object with this number of sockets.
    pub fn report_at(&self, now: Millis, sockets: usize) -> Option<Millis> {
        let soon = now + NUMBERS_GATHER_MS;
        if !self.counted.borrow().is_empty() || !self.points.borrow().is_empty() {
            return Some(soon);
        }
        let is_known = self.reported_sockets.get() == Some(sockets as u64) && !self.has_unreported.get();
        let due_ms = remaining_ms(self.reported_at.get() + self.report_ms, now, self.report_ms);
        (!is_known).then(|| soon.max(now + due_ms))
    }

    fn take(&self) -> Vec<(String, u64)> {
        let counted = std::mem::take(&mut *self.counted.borrow_mut());
        let mut metrics: Vec<(String, u64)> =
            counted.into_iter().map(|(name, times)| (name.to_owned(), times)).collect();
        metrics.extend(self.commits.borrow_mut().take(COMMIT_SECONDS));
        metrics.extend(self.fanouts.borrow_mut().take(FANOUT_SECONDS));
        metrics
    }

    /// Writes the batched points, and one for each counter of limits and dropped frames.
    fn write_points(&self, env: &Env, now: Millis, metrics: &[(String, u64)]) {
        let commit_ms = self.commit_ms.get() as f64;
        for DataPoint { at, user, blobs, mut doubles } in std::mem::take(&mut *self.points.borrow_mut()) {
            let blobs: Vec<&str> = blobs.iter().map(String::as_str).collect();
            if let (Some(&MESSAGE_SENT), Some(place)) = (blobs.first(), doubles.get_mut(1)) {
                *place = commit_ms;
            }
            analytics::point(env, at, user.as_deref(), &blobs, &doubles);
        }
        for (metric, times) in metrics {
            let label = metric.split('"').nth(1).unwrap_or_default();
            let blobs = match metric.split('{').next() {
                Some("cfm_rate_limited_total") => ["rate_limited", label, self.door],
                Some("cfm_dropped_total") => ["delivery_drop", self.door, label],
                _ => continue,
            };
            analytics::point(env, now, None, &blobs, &[*times as f64]);
        }
    }
}

/// Measures the commit time of a turn that began at `began_at`, but only now and then, because each measurement has a cost.
pub fn measure<T: MetricsSource>(object: &Rc<T>, began_at: Millis) {
    let (metrics, ..) = object.metered();
    if began_at < metrics.measured_at.get() + COMMIT_MEASURE_MS {
        return;
    }
    metrics.measured_at.set(began_at);
    let object: Rc<dyn MetricsSource> = Rc::<T>::clone(object);
    spawn_local(async move {
        let (metrics, state, _) = object.metered();
        runtime::until_safe(state).await;
        let took_ms = runtime::now_ms().saturating_sub(began_at);
        metrics.commit_ms.set(took_ms);
        metrics.commits.borrow_mut().observe(took_ms);
    });
}

/// Saves counters, writes data points, and reports to the directory if that is due. The object's alarm calls this, and may ring more often.
pub async fn report(object: &dyn MetricsSource) -> Result<(), Fault> {
    let (now, (metrics, state, env)) = (runtime::now_ms(), object.metered());
    // Alarms may ring a little early.
    if remaining_ms(metrics.saved_at.get() + NUMBERS_GATHER_MS / 2, now, NUMBERS_GATHER_MS) > 0 {
        return Ok(());
    }
    metrics.saved_at.set(now);
    let (taken, sql) = (metrics.take(), sql::of(state));
    metrics.write_points(env, now, &taken);
    metrics.save_counts(&sql, &taken)?;
    if remaining_ms(metrics.reported_at.get() + metrics.report_ms, now, metrics.report_ms) > 0 {
        return Ok(());
    }
    let Some(gauges) = object.gauges()? else {
        return Ok(());
    };
    let sockets = gauges.sockets as u64;
    if !metrics.has_unreported.get() && metrics.reported_sockets.get() == Some(sockets) {
        return Ok(());
    }
    metrics.reported_at.set(now);
    match gauges.report(load_unreported(&sql)?).send(env).await {
        Ok(()) => metrics.note_reported(&sql, now, sockets)?,
        Err(error) => telemetry::call_failed("count", &error),
    }
    Ok(())
}

/// Reports gauges to the directory, without counters.
pub async fn report_gauges(object: &dyn MetricsSource) {
    let reported = match object.gauges() {
        Ok(Some(gauges)) => gauges.report(Vec::new()).send(object.metered().2).await,
        Ok(None) => Ok(()),
        Err(fault) => Err(fault.into()),
    };
    telemetry::logged("count", reported);
}

/// Reports gauges to the directory in the background, for an object that may have no further event.
pub fn report_gauges_soon<T: MetricsSource>(object: &Rc<T>) {
    let object = Rc::clone(object);
    spawn_local(async move { report_gauges(&*object).await });
}

fn load_unreported(sql: &Database) -> Result<Vec<(String, u64)>, Fault> {
    rows(sql, "SELECT key, value FROM numbers, json_each(unreported)", &[], |row| Ok((row.text(0)?, row.number(1)?)))
}

/// Names of the doors in data points and labels.
pub const MESSENGER: &str = "messenger";

#[cfg(test)]
#[path = "counters_tests.rs"]
mod tests;
