//! The audit tables in D1: messages in hub rooms without contents (`messagehub.md` 8), and acts in the messenger (`leaving.md` 4). A
//! row that is written twice is stored once.

use std::iter;

use protocol::codec::json;
use protocol::words::limits::SEQ_MAX;
use protocol::words::refusal::Fault;
use protocol::words::time::DAY_MS;
use worker::Env;

use super::database::database;
use super::statement::{Statement, bound, run};
use crate::config::Config;
use crate::kit::backfill::BackfillPage;
use crate::kit::sql::Value;
use crate::runtime;

/// Rows of one person in one query.
const EXPORTED_AT_ONCE: u64 = 500;

pub fn expired_until(env: &Env) -> u64 {
    runtime::now_ms().saturating_sub(Config::of(env).limits.audit_days * DAY_MS)
}

/// Writes rows of `log` that are younger than `since`, in the form of `messagehub::audit_json`.
pub async fn write(env: &Env, log: &str, rows: &str, since: u64) -> Result<(), Fault> {
    execute(env, vec![hub_rows(log, rows, since)]).await
}

fn hub_rows(log: &str, rows: &str, since: u64) -> Statement {
    // A hub room that was deleted and made again reuses positions. Late rows of the former room must not overwrite its rows.
    let query = "INSERT INTO hub_audit (log, seq, id, principal, ts, bytes, content_type, sha256) \
                 SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 \
                 FROM json_each(?2) WHERE value ->> 3 > ?3 ON CONFLICT (log, seq) DO UPDATE SET id = excluded.id, \
                 principal = excluded.principal, ts = excluded.ts, bytes = excluded.bytes, \
                 content_type = excluded.content_type, sha256 = excluded.sha256 WHERE excluded.ts >= ts";
    (query.into(), vec![log.into(), rows.into(), since.into()])
}

async fn execute(env: &Env, statements: Vec<Statement>) -> Result<(), Fault> {
    let done = async { run(&database(env).await?, statements).await };
    done.await.map_err(|error: worker::Error| Fault(format!("audit: {error}")))
}

/// Writes rows of `object`, in the form of the audit log of an object.
pub async fn write_entries(env: &Env, object: &str, rows: &str) -> Result<(), Fault> {
    execute(env, vec![entries(object, rows)]).await
}

fn entries(object: &str, rows: &str) -> Statement {
    let query = "INSERT INTO CFM_audit (object, place, ts, actor, action, target, address, request, result) \
                 SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
                 value ->> 7 FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING";
    (query.into(), vec![object.into(), rows.into()])
}

/// Deletes the rows of `log` that `page` replaces: after `after`, from the oldest row of the log, up to `page.next`. The last page also
/// deletes later rows that are older than `page.at`, because the log does not have them.
pub async fn delete_replaced_rows(env: &Env, log: &str, after: u64, page: &BackfillPage) -> Result<(), Fault> {
    execute(env, vec![delete_replaced(log, after, page)]).await
}

fn delete_replaced(log: &str, after: u64, page: &BackfillPage) -> Statement {
    let query = "DELETE FROM hub_audit WHERE log = ?1 AND seq >= max(?2, ?3 + 1) AND (seq <= ?4 OR ?5 AND ts < ?6)";
    let numbers = [page.oldest, after, page.next, u64::from(page.is_done), page.at];
    (query.into(), iter::once(log.into()).chain(numbers.map(Value::from)).collect())
}

/// Replaces the rows of an object after `after` by the rows of `page`.
pub async fn replace_entries(env: &Env, after: u64, page: &BackfillPage) -> Result<(), Fault> {
    execute(env, replace_rows(after, page, expired_until(env)).into()).await
}

fn replace_rows(after: u64, page: &BackfillPage, over: u64) -> [Statement; 2] {
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

/// Filter of a search in the audit log. An empty or absent condition matches every entry.
#[derive(Debug, Default)]
pub struct Search {
    /// Entries after the one with this number, oldest first …
    pub after: u64,
    /// … or those before this one, newest first.
    pub before: Option<u64>,
    pub limit: usize,
    /// People and things, one of which must be the actor or the target.
    pub who: Vec<String>,
    /// Actions, one of which must match.
    pub what: Vec<String>,
    /// Not earlier than this time.
    pub from: Option<u64>,
    /// Earlier than this time.
    pub until: Option<u64>,
}

/// Returns a page of the entries that match, as JSON with `items`, `next` and `more`, in the order of `search`.
pub async fn page(env: &Env, search: &Search) -> Result<String, Fault> {
    let found = async { bound(&database(env).await?, select_page(search))?.first::<String>(Some("page")).await };
    let page = found.await.map_err(|error: worker::Error| Fault(format!("audit: {error}")))?;
    page.ok_or_else(|| Fault("audit: no page".into()))
}

fn select_page(search: &Search) -> Statement {
    let (order, end, bound) = if search.before.is_some() { ("DESC", "min", "<") } else { ("", "max", ">") };
    // The target of a report is a user id, a space, and the position.
    let concerned = "substr(target, 1, instr(target, ' ') - 1)";
    let (people, actions) = ("(SELECT value FROM json_each(?3))", "(SELECT value FROM json_each(?4))");
    let found = format!(
        "FROM CFM_audit WHERE no {bound} ?1 AND (?3 = '[]' OR actor IN {people} OR target IN {people} OR {concerned} IN {people}) \
         AND (?4 = '[]' OR action IN {actions}) AND ts >= ?5 AND ts < ?6 ORDER BY no {order}"
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
        json::write(&search.who).as_str().into(),
        json::write(&search.what).as_str().into(),
        search.from.unwrap_or(0).into(),
        search.until.unwrap_or(SEQ_MAX).into(),
    ];
    (query.into(), values)
}

/// Loads the acts of `actor` after the time `from` and the row `after`, one line each. Also returns the row after which the next page
/// begins, if there may be one.
pub async fn load_of_actor(env: &Env, actor: &str, from: u64, after: u64) -> Result<(String, Option<u64>), Fault> {
    #[derive(serde::Deserialize)]
    struct ActorRows {
        text: String,
        next: Option<u64>,
        count: u64,
    }
    let statement = select_of_actor(actor, from, after);
    let found = async { bound(&database(env).await?, statement)?.first::<ActorRows>(None).await };
    let found = found.await.map_err(|error: worker::Error| Fault(format!("audit: {error}")))?;
    Ok(found
        .map_or_else(Default::default, |found| (found.text, found.next.filter(|_| found.count == EXPORTED_AT_ONCE))))
}

fn select_of_actor(actor: &str, from: u64, after: u64) -> Statement {
    let query = "SELECT coalesce(group_concat(item, ''), '') AS text, max(no) AS next, count(*) AS count FROM \
                 (SELECT no, json_object('ts', ts, 'action', action, 'target', nullif(target, ''), 'ip', nullif(address, ''), \
                 'requestId', nullif(request, ''), 'result', result) || char(10) AS item FROM CFM_audit \
                 WHERE actor = ?1 AND no > ?2 AND ts > ?3 ORDER BY no LIMIT ?4)";
    (query.into(), vec![actor.into(), after.into(), from.into(), EXPORTED_AT_ONCE.into()])
}

pub async fn forget_expired(env: &Env) -> Result<(), Fault> {
    execute(env, delete_expired(expired_until(env)).into()).await
}

fn delete_expired(until: u64) -> [Statement; 2] {
    ["CFM_audit", "hub_audit"].map(|table| (format!("DELETE FROM {table} WHERE ts <= ?").into(), vec![until.into()]))
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
