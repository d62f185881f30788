//! The audit tables in D1: who wrote what and when in hub rooms (`messagehub.md` 8), and who did what in the messenger
//! (`leaving.md` 4); never what anything says. The same row twice is the same row.

use std::iter;

use protocol::words::iso::DAY_MS;
use protocol::words::limits::SEQ_MAX;
use protocol::words::refusal::Fault;
use worker::Env;

use super::database::{Statement, bound, database, run};
use crate::config::Config;
use crate::kit::backfill::BackfillPage;
use crate::kit::sql::Value;
use crate::runtime;

/// Rows of one person that are read at once.
const EXPORTED_AT_ONCE: u64 = 500;

/// Rows up to this time are over.
pub fn over(env: &Env) -> u64 {
    runtime::now_ms().saturating_sub(Config::of(env).limits.audit_days * DAY_MS)
}

/// Writes rows of `log` that are younger than `since`, in the form of `messagehub::audit_json`.
pub async fn write(env: &Env, log: &str, rows: &str, since: u64) -> Result<(), Fault> {
    tell(env, vec![hub_rows(log, rows, since)]).await
}

fn hub_rows(log: &str, rows: &str, since: u64) -> Statement {
    // A room that was forgotten and made again begins with the same places: what is page late of the one before is not written over it.
    let query = "INSERT INTO hub_audit (log, seq, id, principal, ts, bytes, content_type, sha256) \
                 SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 \
                 FROM json_each(?2) WHERE value ->> 3 > ?3 ON CONFLICT (log, seq) DO UPDATE SET id = excluded.id, \
                 principal = excluded.principal, ts = excluded.ts, bytes = excluded.bytes, \
                 content_type = excluded.content_type, sha256 = excluded.sha256 WHERE excluded.ts >= ts";
    (query.into(), vec![log.into(), rows.into(), since.into()])
}

async fn tell(env: &Env, statements: Vec<Statement>) -> Result<(), Fault> {
    let page = async { run(&database(env).await?, statements).await };
    page.await.map_err(|error: worker::Error| Fault(format!("audit: {error}")))
}

/// Writes rows of `object`, as `objects::entries` puts them together.
pub async fn write_entries(env: &Env, object: &str, rows: &str) -> Result<(), Fault> {
    tell(env, vec![entries(object, rows)]).await
}

fn entries(object: &str, rows: &str) -> Statement {
    let query = "INSERT INTO CFM_audit (object, place, ts, actor, action, target, address, request, result) \
                 SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
                 value ->> 7 FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING";
    (query.into(), vec![object.into(), rows.into()])
}

/// Deletes the rows of `log` that `page` brings again: after the place `after`, from the oldest that the log keeps, up to `page.next`.
/// With the last page the rows behind it that are older than `page.at` go as well: the log does not have them.
pub async fn empty(env: &Env, log: &str, after: u64, page: &BackfillPage) -> Result<(), Fault> {
    tell(env, vec![emptied(log, after, page)]).await
}

fn emptied(log: &str, after: u64, page: &BackfillPage) -> Statement {
    let query = "DELETE FROM hub_audit WHERE log = ?1 AND seq >= max(?2, ?3 + 1) AND (seq <= ?4 OR ?5 AND ts < ?6)";
    let numbers = [page.oldest, after, page.next, u64::from(page.is_done), page.at];
    (query.into(), iter::once(log.into()).chain(numbers.map(Value::from)).collect())
}

/// Has of an object, of the places after `after`, the rows that it page and no others.
pub async fn replace_entries(env: &Env, after: u64, page: &BackfillPage) -> Result<(), Fault> {
    tell(env, acts_again(after, page, over(env)).into()).await
}

fn acts_again(after: u64, page: &BackfillPage, over: u64) -> [Statement; 2] {
    let others = "DELETE FROM CFM_audit WHERE object = ?1 AND place > ?2 AND (place <= ?3 OR ?4 AND ts < ?5) AND NOT EXISTS \
                  (SELECT 1 FROM json_each(?6) WHERE value ->> 0 = place AND value ->> 1 = ts)";
    let rows = "INSERT INTO CFM_audit (object, place, ts, actor, action, target, address, request, result) \
                SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
                value ->> 7 FROM json_each(?2) WHERE value ->> 1 > ?3 ON CONFLICT (object, place, ts) DO UPDATE SET actor = excluded.actor, \
                action = excluded.action, target = excluded.target, address = excluded.address, request = excluded.request, \
                result = excluded.result";
    let (object, text) = (page.object.as_str(), format!("[{}]", page.rows.join(",")));
    let [from, to, is_done, at] = [after, page.next, u64::from(page.is_done), page.at].map(Value::from);
    let of_others = vec![object.into(), from, to, is_done, at, text.as_str().into()];
    [(others.into(), of_others), (rows.into(), vec![object.into(), text.as_str().into(), over.into()])]
}

/// Conditions of a search in the log of entries; what is empty, or not there, does not matter.
#[derive(Debug, Default)]
pub struct Search {
    /// Entries after the one with this number, oldest first …
    pub after: u64,
    /// … or those before this one, newest first.
    pub before: Option<u64>,
    /// Number of entries at most.
    pub limit: usize,
    /// Person who did it, or the person or thing that it concerned.
    pub who: String,
    /// Action that was done.
    pub what: String,
    /// Not earlier than this time.
    pub from: Option<u64>,
    /// Earlier than this time.
    pub until: Option<u64>,
}

/// The entries that were searched for: `items`, `next`, `more`. In the order in which they became known, or the other way round.
pub async fn page(env: &Env, search: &Search) -> Result<String, Fault> {
    let found = async { bound(&database(env).await?, found_by(search))?.first::<String>(Some("page")).await };
    let page = found.await.map_err(|error: worker::Error| Fault(format!("audit: {error}")))?;
    page.ok_or_else(|| Fault("audit: no page".into()))
}

fn found_by(search: &Search) -> Statement {
    let (order, end, bound) = if search.before.is_some() { ("DESC", "min", "<") } else { ("", "max", ">") };
    // A report says after whom it is about where it was.
    let concerned = "substr(target, 1, length(?3) + 1) = ?3 || ' '";
    let found = format!(
        "FROM CFM_audit WHERE no {bound} ?1 AND (?3 = '' OR actor = ?3 OR target = ?3 OR {concerned}) AND (?4 = '' OR action = ?4) \
         AND ts >= ?5 AND ts < ?6 ORDER BY no {order}"
    );
    let query = format!(
        "SELECT json_object('items', json_group_array(json(item)), 'next', coalesce({end}(no), ?1), 'more', \
         json(iif((SELECT count(*) FROM (SELECT no {found} LIMIT ?2 + 1)) > ?2, 'true', 'false'))) AS page FROM \
         (SELECT no, json_object('ts', ts, 'actor', nullif(actor, ''), 'action', action, 'target', nullif(target, ''), \
         'ip', nullif(address, ''), 'requestId', nullif(request, ''), 'result', result) AS item {found} LIMIT ?2)"
    );
    let values = vec![
        search.before.unwrap_or(search.after).into(),
        (search.limit as u64).into(),
        search.who.as_str().into(),
        search.what.as_str().into(),
        search.from.unwrap_or(0).into(),
        search.until.unwrap_or(SEQ_MAX).into(),
    ];
    (query.into(), values)
}

/// Returns what `actor` did after `from`, a line each, after the row with number `after`; and from where to go on, if there may be more.
pub async fn of_actor(env: &Env, actor: &str, from: u64, after: u64) -> Result<(String, Option<u64>), Fault> {
    #[derive(serde::Deserialize)]
    struct ActorRows {
        text: String,
        next: Option<u64>,
        count: u64,
    }
    let found = async { bound(&database(env).await?, done_by(actor, from, after))?.first::<ActorRows>(None).await };
    let found = found.await.map_err(|error: worker::Error| Fault(format!("audit: {error}")))?;
    Ok(found
        .map_or_else(Default::default, |found| (found.text, found.next.filter(|_| found.count == EXPORTED_AT_ONCE))))
}

fn done_by(actor: &str, from: u64, after: u64) -> Statement {
    let query = "SELECT coalesce(group_concat(item, ''), '') AS text, max(no) AS next, count(*) AS count FROM \
                 (SELECT no, json_object('ts', ts, 'action', action, 'target', nullif(target, ''), 'ip', nullif(address, ''), \
                 'requestId', nullif(request, ''), 'result', result) || char(10) AS item FROM CFM_audit \
                 WHERE actor = ?1 AND no > ?2 AND ts > ?3 ORDER BY no LIMIT ?4)";
    (query.into(), vec![actor.into(), after.into(), from.into(), EXPORTED_AT_ONCE.into()])
}

/// Removes rows whose time is over.
pub async fn forget(env: &Env) -> Result<(), Fault> {
    tell(env, forgotten(over(env)).into()).await
}

fn forgotten(until: u64) -> [Statement; 2] {
    ["CFM_audit", "hub_audit"].map(|table| (format!("DELETE FROM {table} WHERE ts <= ?").into(), vec![until.into()]))
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
