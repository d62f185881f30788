//! D1 and its tables `messages` and `users` (`wasmchannel.md` 5): a projection of the rooms' logs, and never the source of truth. The tables
//! of `crate::projection::audit` are made here too.

use std::cell::Cell;
use std::slice;

use protocol::wire::wasmchannel::RowChange;
use protocol::words::event::Millis;
use protocol::words::limits::PROJECTION_MS_MAX;
use protocol::words::refusal::Fault;
use wasm_bindgen::JsValue;
use worker::{D1Database, Env};

pub use super::changes::synthetic_email;
use super::changes::{Reach, is_about_a_message, statements_for, without};
use super::statement::{Statement, bound, run};
use crate::calls::auth::LibraryRecord;
use crate::calls::backfill::ProjectedAccount;
use crate::kit::sql::Value;
use crate::platform::timeout::within;
use crate::telemetry;

/// Tables of the deployment's migrations, for deployments that did not run them.
const TABLES: [&str; 6] = [
    include_str!("../../migrations/0001_hub_audit.sql"),
    include_str!("../../migrations/0001_messages.sql"),
    include_str!("../../migrations/0002_audit.sql"),
    include_str!("../../migrations/0003_room_bounds.sql"),
    include_str!("../../migrations/0004_leaving.sql"),
    include_str!("../../migrations/0005_rebuilds.sql"),
];

/// Writes an account in its original form, so the order of calls does not matter. An account that was deleted, or whose address a later
/// account has, is not written.
const ACCOUNT: &str = "INSERT INTO users (id, email, name, avatar_url, created_at) SELECT ?1, ?2, ?3, ?4, ?5 \
     WHERE NOT EXISTS (SELECT 1 FROM gone_users WHERE id = ?1) \
     AND NOT EXISTS (SELECT 1 FROM users WHERE email = ?2 AND id <> ?1) \
     ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name, avatar_url = excluded.avatar_url, \
     created_at = excluded.created_at";
/// Removes an earlier account with the same address. An address becomes free only when its account has left it, so the account that was made
/// later has it, whatever the order of calls. For accounts of the same millisecond the greater id counts.
const EARLIER: &str = "DELETE FROM users WHERE email = ?2 AND id <> ?1 AND (created_at, id) < (?3, ?1) \
     AND NOT EXISTS (SELECT 1 FROM gone_users WHERE id = ?1)";
const USER: &str = "SELECT email, avatar_url, created_at FROM users WHERE id = ?1";
/// Finds accounts by the beginning of their name, exact matches first. People without an address have no account.
const NAMED: &str = "SELECT json_group_array(id) AS ids FROM (SELECT id FROM users \
     WHERE substr(name, 1, length(?1)) = ?1 COLLATE NOCASE AND email <> id || '@invalid' \
     ORDER BY name <> ?1 COLLATE NOCASE, created_at, id LIMIT ?2)";
const PLACE: &str = "SELECT seq FROM messages WHERE room_id = ?1 AND client_id = ?2";

thread_local! {
    /// `true` once this isolate has made sure that the tables exist.
    static IS_READY: Cell<bool> = const { Cell::new(false) };
}

/// Returns the database after making its tables.
pub async fn database(env: &Env) -> worker::Result<D1Database> {
    let database = env.d1("DB")?;
    if !IS_READY.get() {
        run(&database, tables()).await?;
        IS_READY.set(true);
    }
    Ok(database)
}

fn tables() -> Vec<Statement> {
    let lines = TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with("--"));
    let text = lines.collect::<Vec<&str>>().join(" ");
    let statements = text.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    statements.map(|statement| (statement.to_owned().into(), Vec::new())).collect()
}

/// Writes changes atomically. Safe to repeat, in any order.
pub async fn apply(env: &Env, changes: &[RowChange]) -> Result<(), Fault> {
    write(env, changes).await.map_err(|error| Fault(format!("D1: {error}")))
}

async fn write(env: &Env, changes: &[RowChange]) -> worker::Result<()> {
    let database = database(env).await?;
    let mut placed = Vec::with_capacity(changes.len());
    for change in changes {
        placed.push((change, place_of(&database, change).await?));
    }
    run(&database, statements_for(&placed)).await
}

/// Returns the position of the message that a change concerns, if it concerns one.
async fn place_of(database: &D1Database, change: &RowChange) -> worker::Result<Option<u64>> {
    if change.seq.is_some() || !is_about_a_message(change) {
        return Ok(change.seq);
    }
    let known = (PLACE.into(), vec![change.room.as_str().into(), change.client_id.as_str().into()]);
    bound(database, known)?.first::<u64>(Some("seq")).await
}

/// Deletes a person's name, and their messages after `visible_from` unless these stay without an author. Safe to repeat.
pub async fn forget_person(env: &Env, user: &str, keeps_words: bool, visible_from: Millis) -> Result<(), Fault> {
    let forget = async {
        let database = database(env).await?;
        run(&database, without(user, keeps_words, Reach::Everywhere { visible_from })).await
    };
    forget.await.map_err(|error: worker::Error| Fault(format!("D1: {error}")))
}

pub fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// Returns an account's row; `None` if there is none, or if D1 failed.
pub async fn user(env: &Env, user: &str) -> Option<LibraryRecord> {
    #[derive(serde::Deserialize)]
    struct UserRow {
        email: String,
        avatar_url: Option<String>,
        created_at: u64,
    }
    let ask = async { database(env).await?.prepare(USER).bind(&[user.into()])?.first::<UserRow>(None).await };
    match ask.await {
        Ok(row) => row.map(|UserRow { email, avatar_url: image, created_at: account_created_at }| LibraryRecord {
            email,
            image,
            account_created_at,
            ..LibraryRecord::default()
        }),
        Err(error) => {
            telemetry::fault("users", &Fault(error.to_string()));
            None
        }
    }
}

/// Returns the user ids of accounts whose original name began with this text. The person chooses from the list; someone else may have the
/// name today.
pub async fn accounts_named(env: &Env, name: &str, limit: usize) -> Result<Vec<String>, Fault> {
    let found = async { bound(&database(env).await?, named(name, limit))?.first::<String>(Some("ids")).await };
    let ids = found.await.map_err(|error: worker::Error| Fault(format!("users: {error}")))?;
    Ok(serde_json::from_str(&ids.ok_or_else(|| Fault("users: no list".into()))?)?)
}

fn named(name: &str, limit: usize) -> Statement {
    (NAMED.into(), vec![name.into(), (limit as u64).into()])
}

/// Writes an account with its original name. The wait is bounded and failures are only logged, because the next sign-in writes it again.
pub async fn put_user(env: &Env, user: &str, name: &str, record: &LibraryRecord) {
    let account = ProjectedAccount {
        user: user.to_owned(),
        email: record.email.clone(),
        name: name.to_owned(),
        image: record.image.clone(),
        created_at: record.account_created_at,
    };
    let put = put_accounts(env, slice::from_ref(&account));
    let failure = match within(PROJECTION_MS_MAX, put).await {
        Some(Ok(())) => return,
        Some(Err(fault)) => fault,
        None => Fault(format!("no answer within {PROJECTION_MS_MAX} ms")),
    };
    telemetry::fault("users", &failure);
}

/// Writes accounts atomically. Safe to repeat, in any order.
pub async fn put_accounts(env: &Env, accounts: &[ProjectedAccount]) -> Result<(), Fault> {
    let put = async {
        let database = database(env).await?;
        run(&database, accounts.iter().flat_map(account).collect()).await
    };
    put.await.map_err(|error: worker::Error| Fault(format!("D1: {error}")))
}

fn account(account: &ProjectedAccount) -> [Statement; 2] {
    let ProjectedAccount { user, email, name, image, created_at } = account;
    let known = || vec![Value::from(user.as_str()), email.as_str().into()];
    let (mut later, mut values) = (known(), known());
    later.push((*created_at).into());
    values.extend([name.as_str().into(), image.as_deref().into(), (*created_at).into()]);
    [(EARLIER.into(), later), (ACCOUNT.into(), values)]
}

#[cfg(test)]
#[path = "database_tests.rs"]
pub mod tests;
