//! Tables of a directory shard, and its rows of names, public groups and counters of logs. Handles, invites and push addresses have files of
//! their own.

use protocol::content::text::comparable_name;
use protocol::operation::metrics::{JOB_AGE_SECONDS, is_maximum};
use protocol::words::event::Millis;
use protocol::words::limits::{ADMIN_ROOMS_MAX, REBUILD_LOGS_PAGE, SEQ_MAX};
use protocol::words::refusal::Fault;

use crate::calls::directory::NameCall;
use crate::calls::group::{FindGroupsCall, PublicGroupCall};
use crate::kit::directory::MetricsReport;
use crate::kit::sql::{Database, exec, migrate, rows};

/// Tables of hashes that belong to a person until a time.
pub(super) const INVITES: &str = "invites";
pub(super) const ENDPOINTS: &str = "push_endpoints";

const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE names (kind TEXT NOT NULL, name TEXT NOT NULL, added_at INTEGER NOT NULL, PRIMARY KEY (kind, name)) STRICT",
    ],
    // Public groups, with the normalized text for searches.
    &["CREATE TABLE public_groups (room TEXT PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL, \
     member_count INTEGER NOT NULL, is_gone INTEGER NOT NULL) STRICT"],
    // Counts of logs (`core.md` 1.7).
    &[
        "CREATE TABLE counts (name TEXT NOT NULL, metric TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (name, metric)) STRICT",
    ],
    &[
        "CREATE TABLE handles (handle TEXT PRIMARY KEY, user TEXT NOT NULL, rev INTEGER NOT NULL, free_at INTEGER) STRICT, WITHOUT ROWID",
        "CREATE INDEX handles_by_user ON handles (user)",
    ],
    &[
        "CREATE TABLE invites (hash TEXT PRIMARY KEY, user TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE INDEX invites_by_end ON invites (until)",
        "CREATE INDEX invites_by_user ON invites (user)",
    ],
    // End of a handle's reservation.
    &["CREATE INDEX handles_by_end ON handles (free_at)"],
    &[
        "CREATE TABLE push_endpoints (hash TEXT PRIMARY KEY, user TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE INDEX push_endpoints_by_end ON push_endpoints (until)",
        "CREATE INDEX push_endpoints_by_user ON push_endpoints (user)",
    ],
];

/// Largest number of logs with a backlog in one answer.
const BACKLOGS_MAX: u64 = 20;

pub(super) struct NamesSql(pub(super) Database);

impl NamesSql {
    pub(super) fn open(storage: Database) -> Result<Self, Fault> {
        migrate(&storage, STEPS)?;
        Ok(Self(storage))
    }

    /// Deletes expired invites, handles and push addresses. Returns the time of the next expiry.
    pub(super) fn forget_over(&self, now: Millis, late_ms: Millis) -> Result<Option<Millis>, Fault> {
        let next = [
            self.forget_free_handles(now, late_ms)?,
            self.forget_ended(INVITES, now)?,
            self.forget_ended(ENDPOINTS, now)?,
        ];
        Ok(next.into_iter().flatten().min())
    }

    pub(super) fn add(&self, call: &NameCall, now: Millis) -> Result<(), Fault> {
        let values = [call.kind.as_str().into(), call.name.as_str().into(), now.into()];
        exec(&self.0, "INSERT OR IGNORE INTO names VALUES (?, ?, ?)", &values)
    }

    /// Returns those of `users` who have signed in at least once and were not deleted.
    pub(super) fn known(&self, users: &[String]) -> Result<Vec<String>, Fault> {
        let query = "SELECT name FROM names WHERE kind IN ('guest', 'account') AND name = ?";
        let mut known = Vec::new();
        for user in users {
            known.extend(rows(&self.0, query, &[user.as_str().into()], |row| row.text(0))?.pop());
        }
        Ok(known)
    }

    /// Adds a report. Of an age the tables keep the time, in seconds: it goes on while the log does not report again.
    pub(super) fn count(&self, call: &MetricsReport, now: Millis) -> Result<(), Fault> {
        let gauge =
            "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT (name, metric) DO UPDATE SET value = excluded.value";
        let counter = "INSERT INTO counts VALUES (?, ?, ?) \
                       ON CONFLICT (name, metric) DO UPDATE SET value = value + excluded.value";
        for (query, numbers) in [(gauge, &call.gauges), (counter, &call.counters)] {
            for (metric, value) in numbers {
                let is_age = is_maximum(metric) && *value > 0;
                let value = if is_age { (now / 1_000).saturating_sub(*value) } else { *value };
                exec(&self.0, query, &[call.name.as_str().into(), metric.as_str().into(), value.into()])?;
            }
        }
        Ok(())
    }

    /// Returns the metrics over all logs of this shard: sums, and of ages the largest.
    pub(super) fn counts(&self, now: Millis) -> Result<Vec<(String, u64)>, Fault> {
        let query = "SELECT metric, sum(value), min(nullif(value, 0)) FROM counts GROUP BY metric UNION ALL \
                     SELECT 'cfm_names{kind=\"' || kind || '\"}', count(*), NULL FROM names GROUP BY kind";
        rows(&self.0, query, &[], |row| {
            let (metric, sum, since) = (row.text(0)?, row.number(1)?, row.number_or_null(2)?);
            let age = || since.map_or(0, |since| (now / 1_000).saturating_sub(since));
            let value = if is_maximum(&metric) { age() } else { sum };
            Ok((metric, value))
        })
    }

    /// Returns some of the logs whose last report had a backlog, waiting jobs or dead letters, those with dead letters alone last. Stores of
    /// LiveStore are left out: they report under the ids of their objects, by which a Worker cannot call them.
    pub(super) fn backlogs(&self) -> Result<Vec<String>, Fault> {
        let query = format!(
            "SELECT name FROM counts WHERE (metric IN ('cfm_outbox_depth', 'cfm_dead_letters') OR metric GLOB '{JOB_AGE_SECONDS}{{*') \
             AND value > 0 AND name NOT GLOB 'ls:*' GROUP BY name ORDER BY max(metric <> 'cfm_dead_letters') DESC, random() LIMIT ?"
        );
        rows(&self.0, &query, &[BACKLOGS_MAX.into()], |row| row.text(0))
    }

    /// Returns logs with open sockets, those with most first; the row with the empty name is their number.
    pub(super) fn live(&self) -> Result<Vec<(String, u64)>, Fault> {
        let of_logs = "SELECT name, sum(value) AS sockets FROM counts WHERE metric >= 'cfm_sockets' AND metric < 'cfm_sockets~' \
                       GROUP BY name HAVING sockets > 0";
        let query = format!(
            "SELECT '', count(*) FROM ({of_logs}) UNION ALL SELECT * FROM ({of_logs} ORDER BY sockets DESC, name LIMIT ?)"
        );
        rows(&self.0, &query, &[ADMIN_ROOMS_MAX.into()], |row| Ok((row.text(0)?, row.number(1)?)))
    }

    /// Returns logs with dead letters, those with most first.
    pub(super) fn dead_logs(&self) -> Result<Vec<(String, u64)>, Fault> {
        let query = "SELECT name, value FROM counts WHERE metric IN ('cfm_dead_letters', 'cfm_bot_dead_letters') \
                     AND value > 0 ORDER BY value DESC, name LIMIT ?";
        rows(&self.0, query, &[ADMIN_ROOMS_MAX.into()], |row| Ok((row.text(0)?, row.number(1)?)))
    }

    /// Returns names of logs of this shard, in order, after `after`.
    pub(super) fn logs(&self, after: &str) -> Result<Vec<String>, Fault> {
        let query = "SELECT log FROM (SELECT CASE kind WHEN 'hub' THEN name WHEN 'room' THEN 'rm:' || name ELSE 'me:' || name END \
                     AS log FROM names UNION SELECT 'rm:' || room FROM public_groups) WHERE log > ? ORDER BY log LIMIT ?";
        let values = [after.into(), REBUILD_LOGS_PAGE.into()];
        rows(&self.0, query, &values, |row| row.text(0))
    }

    /// Stores the state of a public group; an outdated call changes nothing.
    pub(super) fn update_group(&self, call: &PublicGroupCall) -> Result<(), Fault> {
        let query = "INSERT INTO public_groups VALUES (?, ?, ?, ?, ?) ON CONFLICT (room) DO UPDATE SET \
                     version = excluded.version, name = excluded.name, member_count = excluded.member_count, \
                     is_gone = excluded.is_gone WHERE excluded.version > public_groups.version";
        let values = [
            call.room.as_str().into(),
            call.version.into(),
            comparable_name(&call.name).as_str().into(),
            (call.member_count as u64).into(),
            u32::from(call.is_gone).into(),
        ];
        exec(&self.0, query, &values)
    }

    /// Returns public groups whose names contain the text, those with most members first.
    pub(super) fn find_groups(&self, call: &FindGroupsCall) -> Result<Vec<(String, u64)>, Fault> {
        let query = "SELECT room, member_count FROM public_groups WHERE is_gone = 0 AND instr(name, ?1) > 0 \
                     AND (member_count < ?3 OR member_count = ?3 AND room > ?4) ORDER BY member_count DESC, room LIMIT ?2";
        let (count, room) = call.after.as_ref().map_or((SEQ_MAX, ""), |(count, room)| (*count, room.as_str()));
        let values = [call.part.as_str().into(), (call.limit as u64).into(), count.into(), room.into()];
        rows(&self.0, query, &values, |row| Ok((row.text(0)?, row.number(1)?)))
    }

    pub(super) fn remove(&self, call: &NameCall) -> Result<(), Fault> {
        let values = [call.kind.as_str().into(), call.name.as_str().into()];
        exec(&self.0, "DELETE FROM names WHERE kind = ? AND name = ?", &values)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
