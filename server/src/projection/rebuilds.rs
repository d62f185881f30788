//! The list of logs of a rebuild of the projection, and the rows that a rebuild deletes before logs are read again.

use protocol::codec::json;
use protocol::people::session::SHARDS;
use protocol::words::refusal::Fault;
use protocol::words::time::DAY_MS;
use worker::Env;

use super::database::{database, number};

/// Prefix of marks of accounts and shards that were written. Marks sort behind all logs.
const MARKS: &str = "user:";
/// Number of shards of accounts. Unless all of them were read, no account is deleted as unknown.
const ACCOUNT_SHARDS: u64 = SHARDS.len() as u64;

/// Adds the logs that the tables name; some are listed nowhere else.
const KNOWN: &str = "INSERT OR IGNORE INTO rebuilds SELECT ?1, log FROM (SELECT 'rm:' || room_id AS log FROM messages \
                     UNION SELECT 'rm:' || room_id FROM room_bounds UNION SELECT log FROM hub_audit \
                     UNION SELECT 'me:' || id FROM gone_users)";
const ADD: &str = "INSERT OR IGNORE INTO rebuilds SELECT ?1, value FROM json_each(?2)";
const HAS: &str = "SELECT count(*) AS count FROM rebuilds WHERE run = ?1 AND log = ?2";
const NEXT: &str = "SELECT log FROM rebuilds WHERE run = ?1 AND log > ?2 AND log < ?3 ORDER BY log LIMIT 1";
/// Deletes people who are known only by their events, which add them again.
const NAMELESS: &str = "DELETE FROM users WHERE email = id || '@invalid'";
/// Deletes accounts that no shard has, although they were made before the rebuild.
const STRANGERS: &str = "DELETE FROM users WHERE email <> id || '@invalid' AND (created_at < ?1 OR created_at > ?2) \
                         AND NOT EXISTS (SELECT 1 FROM rebuilds WHERE run = ?1 AND log = ?3 || id) \
                         AND (SELECT count(*) FROM rebuilds WHERE run = ?1 AND log BETWEEN ?3 || 'auth:' AND ?3 || 'auth:~') = ?4";
const END: &str = "DELETE FROM rebuilds WHERE run = ?1 OR run < ?2";
const ROOM: &str = "DELETE FROM messages WHERE room_id = ?1";
const ROOM_BOUND: &str = "DELETE FROM room_bounds WHERE room_id = ?1";

fn fault(error: worker::Error) -> Fault {
    Fault(format!("D1: {error}"))
}

/// Returns the mark of an account or a shard that was written.
pub fn mark(of: &str) -> String {
    format!("{MARKS}{of}")
}

/// Begins a rebuild with the list of logs that the tables name.
pub async fn begin(env: &Env, run: u64) -> Result<(), Fault> {
    let begin = async {
        let database = database(env).await?;
        let known = database.prepare(KNOWN).bind(&[number(run)])?;
        database.batch(vec![known, database.prepare(NAMELESS)]).await.map(|_| ())
    };
    begin.await.map_err(fault)
}

pub async fn add(env: &Env, run: u64, logs: &Vec<String>) -> Result<(), Fault> {
    if logs.is_empty() {
        return Ok(());
    }
    let values = [number(run), json::write(logs).into()];
    let add = async { database(env).await?.prepare(ADD).bind(&values)?.run().await.map(|_| ()) };
    add.await.map_err(fault)
}

pub async fn has(env: &Env, run: u64, log: &str) -> Result<bool, Fault> {
    let values = [number(run), log.into()];
    let count = async { database(env).await?.prepare(HAS).bind(&values)?.first::<u64>(Some("count")).await };
    Ok(count.await.map_err(fault)?.is_some_and(|count| count > 0))
}

/// Returns the first log of the list after `after`.
pub async fn next(env: &Env, run: u64, after: &str) -> Result<Option<String>, Fault> {
    let values = [number(run), after.into(), MARKS.into()];
    let next = async { database(env).await?.prepare(NEXT).bind(&values)?.first::<String>(Some("log")).await };
    next.await.map_err(fault)
}

/// Ends a rebuild: deletes unknown accounts, the list of this run, and the lists of abandoned runs.
pub async fn end(env: &Env, run: u64, now: u64) -> Result<(), Fault> {
    let end = async {
        let database = database(env).await?;
        let values = [number(run), number(now), MARKS.into(), number(ACCOUNT_SHARDS)];
        let strangers = database.prepare(STRANGERS).bind(&values)?;
        let list = database.prepare(END).bind(&[number(run), number(now.saturating_sub(DAY_MS))])?;
        database.batch(vec![strangers, list]).await.map(|_| ())
    };
    end.await.map_err(fault)
}

/// Deletes the rows of a room that is read again, or that does not exist.
pub async fn empty_room(env: &Env, room: &str) -> Result<(), Fault> {
    let empty = async {
        let database = database(env).await?;
        let statement = |query| database.prepare(query).bind(&[room.into()]);
        database.batch(vec![statement(ROOM)?, statement(ROOM_BOUND)?]).await.map(|_| ())
    };
    empty.await.map_err(fault)
}

#[cfg(test)]
#[path = "rebuilds_tests.rs"]
mod tests;
