//! D1, and its tables `messages` and `users` (`wasmchannel.md` 5): a projection of the rooms' logs, never asked for what is true.
//! The tables of `crate::projection::audit` are made here too.

use std::borrow::Cow;
use std::cell::Cell;
use std::slice;

use protocol::wire::wasmchannel::{RowChange, RowChangeKind};
use protocol::words::event::Millis;
use protocol::words::limits::PROJECTION_MS_MAX;
use protocol::words::personas::is_persona;
use protocol::words::refusal::Fault;
use serde_json::{Value as Json, json};
use wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, Env};

use crate::calls::auth::LibraryRecord;
use crate::calls::backfill::ProjectedAccount;
use crate::kit::sql::Value;
use crate::platform::timeout::within;
use crate::telemetry;

/// The tables as a deployment's own migration makes them; whoever never ran it gets them from here.
const TABLES: [&str; 6] = [
    include_str!("../../migrations/0001_hub_audit.sql"),
    include_str!("../../migrations/0001_messages.sql"),
    include_str!("../../migrations/0002_audit.sql"),
    include_str!("../../migrations/0003_room_bounds.sql"),
    include_str!("../../migrations/0004_leaving.sql"),
    include_str!("../../migrations/0005_rebuilds.sql"),
];

/// Writes what events say of the words of messages, in the place `seq` by their `version`. `said_at`: when the message was written, 0 where
/// only a change of it is known; `removed_at`: when it was deleted, the same as `said_at` where nothing says when, NULL while it stands.
///
/// A row is what all that was told of it says together, whatever came first: written when and by whom the message says, with the words of the
/// newest version, and once deleted never again with words or reactions. A change that comes before its message makes the row, and the
/// message fills it up. A message and its edits name its writer; a deletion with a time, and a reaction, name somebody who may be another.
/// Trimmed messages stay away, and so do the words of whoever is gone with them. A body of bytes knows no place and no version: the log has
/// told the row better, or will.
const WORDS: &str = "INSERT INTO messages \
     (id, room_id, user_id, content, created_at, updated_at, seq, client_id, content_seq, deleted_at) \
     SELECT id, room, actor, iif(gone_at IS NULL, text, ''), said_at, ts, seq, client_id, version, gone_at FROM \
     (SELECT *, coalesce(removed_at, (SELECT said_at FROM gone_users WHERE id = actor AND keeps_words = 0)) AS gone_at FROM \
     (SELECT value ->> 0 AS id, value ->> 1 AS room, value ->> 2 AS actor, value ->> 3 AS text, value ->> 4 AS ts, value ->> 5 AS seq, \
     value ->> 6 AS client_id, value ->> 7 AS version, value ->> 8 AS said_at, value ->> 9 AS removed_at FROM json_each(?1))) \
     WHERE NOT EXISTS (SELECT 1 FROM room_bounds WHERE room_id = room AND oldest > seq) \
     ON CONFLICT (room_id, seq) DO UPDATE SET \
     user_id = iif(coalesce(excluded.deleted_at, excluded.created_at) = excluded.created_at, excluded.user_id, user_id), \
     created_at = max(created_at, excluded.created_at), \
     content = CASE WHEN coalesce(deleted_at, excluded.deleted_at) IS NOT NULL THEN '' \
     WHEN content_seq < excluded.content_seq THEN excluded.content ELSE content END, \
     updated_at = iif(content_seq < excluded.content_seq, excluded.updated_at, updated_at), \
     content_seq = max(content_seq, excluded.content_seq), \
     reactions = iif(coalesce(deleted_at, excluded.deleted_at) IS NULL, reactions, '[]'), \
     reactions_seq = iif(coalesce(deleted_at, excluded.deleted_at) IS NULL, reactions_seq, 0), \
     deleted_at = CASE WHEN excluded.deleted_at <> excluded.created_at THEN excluded.deleted_at \
     WHEN deleted_at <> created_at THEN deleted_at \
     WHEN coalesce(deleted_at, excluded.deleted_at) IS NULL THEN NULL \
     ELSE max(created_at, excluded.created_at) END \
     WHERE excluded.content_seq > 0";
/// Writes the reactions of messages, of which the newest version counts. What is deleted has none.
const REACTED: &str = "INSERT INTO messages \
     (id, room_id, user_id, content, created_at, updated_at, seq, client_id, reactions_seq, reactions) \
     SELECT value ->> 0, value ->> 1, value ->> 2, '', 0, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 3 FROM json_each(?1) \
     WHERE NOT EXISTS (SELECT 1 FROM room_bounds WHERE room_id = value ->> 1 AND oldest > value ->> 5) \
     ON CONFLICT (room_id, seq) DO UPDATE SET reactions = excluded.reactions, \
     reactions_seq = excluded.reactions_seq WHERE excluded.reactions_seq > reactions_seq AND deleted_at IS NULL";
/// Writes people of whom nothing is known but what they are called in events: the earliest of these names them.
const PEOPLE: &str = "INSERT INTO users (id, email, name, created_at) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1) \
     WHERE NOT EXISTS (SELECT 1 FROM gone_users WHERE id = value ->> 0) \
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, created_at = excluded.created_at \
     WHERE email = excluded.email AND (excluded.created_at < created_at \
     OR excluded.created_at = created_at AND excluded.name < name) ON CONFLICT DO NOTHING";
/// An account is as it was made: nothing of it can be told too late, unless it is gone or a later account has its address.
const ACCOUNT: &str = "INSERT INTO users (id, email, name, avatar_url, created_at) SELECT ?1, ?2, ?3, ?4, ?5 \
     WHERE NOT EXISTS (SELECT 1 FROM gone_users WHERE id = ?1) \
     AND NOT EXISTS (SELECT 1 FROM users WHERE email = ?2 AND id <> ?1) \
     ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name, avatar_url = excluded.avatar_url, \
     created_at = excluded.created_at";
/// Removes the account that had the address before: it is gone, or about to be. An address is free only once its account has left it, so the
/// account that was made later has it, whichever is told first; of two of one moment the greater id counts.
const EARLIER: &str = "DELETE FROM users WHERE email = ?2 AND id <> ?1 AND (created_at, id) < (?3, ?1) \
     AND NOT EXISTS (SELECT 1 FROM gone_users WHERE id = ?1)";
const USER: &str = "SELECT email, avatar_url, created_at FROM users WHERE id = ?1";
const BOUND: &str = "INSERT INTO room_bounds (room_id, oldest) VALUES (?1, ?2) \
     ON CONFLICT (room_id) DO UPDATE SET oldest = max(oldest, excluded.oldest)";
const TRIM: &str = "DELETE FROM messages WHERE room_id = ?1 AND seq < ?2";
const GONE: &str = "INSERT INTO gone_users VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const NOBODY: &str = "DELETE FROM users WHERE id = ?1";
/// Empties what a person said: rows that were made by what they did to messages of others are not meant.
const UNSAID: &str = "UPDATE messages SET content = '', reactions = '[]', reactions_seq = 0, \
     deleted_at = coalesce(deleted_at, created_at) WHERE user_id = ?1 AND (created_at > 0 OR content <> '')";
const PLACE: &str = "SELECT seq FROM messages WHERE room_id = ?1 AND client_id = ?2";

/// Bytes of the rows of a statement. D1 takes 2 MB in one text; a longer row stands alone.
const ROWS_BYTES_MAX: usize = 500_000;

/// A statement, and what is bound to it.
pub(super) type Statement = (Cow<'static, str>, Vec<Value>);

thread_local! {
    /// This isolate has seen to it that the tables are there.
    static IS_READY: Cell<bool> = const { Cell::new(false) };
}

/// The address in the table of somebody who has none.
pub fn synthetic_email(user: &str) -> String {
    format!("{user}@invalid")
}

/// The database, with its tables.
pub async fn database(env: &Env) -> worker::Result<D1Database> {
    let database = env.d1("DB")?;
    if !IS_READY.get() {
        run(&database, tables()).await?;
        IS_READY.set(true);
    }
    Ok(database)
}

/// Returns the statements that make the tables that are missing.
fn tables() -> Vec<Statement> {
    let lines = TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with("--"));
    let text = lines.collect::<Vec<&str>>().join(" ");
    let statements = text.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    statements.map(|statement| (statement.to_owned().into(), Vec::new())).collect()
}

/// Runs statements, all or none.
pub(super) async fn run(database: &D1Database, statements: Vec<Statement>) -> worker::Result<()> {
    if statements.is_empty() {
        return Ok(());
    }
    let statements = statements.into_iter().map(|statement| bound(database, statement));
    database.batch(statements.collect::<worker::Result<Vec<_>>>()?).await.map(|_| ())
}

/// Returns a statement as the database takes it.
pub(super) fn bound(database: &D1Database, (query, values): Statement) -> worker::Result<D1PreparedStatement> {
    let values: Vec<JsValue> = values.into_iter().map(JsValue::from).collect();
    database.prepare(query).bind(&values)
}

/// Writes changes, all or none. Safe to repeat, in any order.
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

/// Returns the statements for changes, each with the place of the message that it is about. A statement has many rows, because the database
/// spends more on a statement than on a row.
fn statements_for(changes: &[(&RowChange, Option<u64>)]) -> Vec<Statement> {
    // Without a place there is no row; the log brings it with its place.
    let in_places = || changes.iter().filter_map(|(change, seq)| Some((*change, (*seq)?)));
    let (reactions, words): (Vec<_>, Vec<_>) =
        in_places().filter(|(change, _)| is_about_a_message(change)).partition(|(change, _)| is_reaction(change));
    let mut statements = with_rows(WORDS, words.into_iter().map(|(change, seq)| words_row(change, seq)));
    statements.extend(with_rows(REACTED, reactions.into_iter().map(|(change, seq)| reaction_row(change, seq))));
    statements.extend(changes.iter().flat_map(|(change, _)| ends_for(change)));
    let names = first_names(changes.iter().map(|(change, _)| *change));
    statements.extend(with_rows(
        PEOPLE,
        names.into_iter().map(|(actor, (ts, name))| json!([actor, synthetic_email(actor), name, ts])),
    ));
    statements
}

/// Returns statements that write rows, as few as the length of a bound text allows.
fn with_rows(query: &'static str, rows: impl Iterator<Item = Json>) -> Vec<Statement> {
    let mut texts: Vec<String> = Vec::new();
    for row in rows.map(|row| row.to_string()) {
        match texts.last_mut().filter(|text| text.len() + row.len() < ROWS_BYTES_MAX) {
            Some(text) => {
                text.push(',');
                text.push_str(&row);
            }
            None => texts.push(row),
        }
    }
    texts.into_iter().map(|text| (query.into(), vec![format!("[{text}]").as_str().into()])).collect()
}

/// Returns the statements for what is gone: old messages, or somebody.
fn ends_for(change: &RowChange) -> Vec<Statement> {
    let RowChange { room, actor, version, what, .. } = change;
    match what {
        RowChangeKind::Trimmed => {
            [BOUND, TRIM].map(|query| (query.into(), vec![room.as_str().into(), (*version).into()])).into()
        }
        RowChangeKind::Gone { keeps_words, after } => {
            let reach = Reach::Room { room: room.as_str(), after: *after, before: *version };
            without(actor, *keeps_words, reach)
        }
        _ => Vec::new(),
    }
}

/// Returns the first name of each person who did something, with its time.
fn first_names<'a>(changes: impl Iterator<Item = &'a RowChange>) -> Vec<(&'a str, (u64, &'a str))> {
    let mut people: Vec<(&str, (u64, &str))> = Vec::new();
    for RowChange { actor, name, ts, .. } in changes.filter(|change| !change.name.is_empty()) {
        let called = (*ts, name.as_str());
        match people.iter_mut().find(|(known, _)| known == actor) {
            Some((_, first)) => *first = called.min(*first),
            None => people.push((actor, called)),
        }
    }
    people
}

/// Somebody is gone for good: their name goes, and what they said after `visible_from`, unless it stays without one. Safe to repeat.
pub async fn forget_person(env: &Env, user: &str, keeps_words: bool, visible_from: Millis) -> Result<(), Fault> {
    let forget = async {
        let database = database(env).await?;
        run(&database, without(user, keeps_words, Reach::Everywhere { visible_from })).await
    };
    forget.await.map_err(|error: worker::Error| Fault(format!("D1: {error}")))
}

/// Messages of somebody who is gone. Of a persona, those of earlier and of later players are not meant (`account.md` 10).
#[derive(Clone, Copy, Debug)]
enum Reach<'a> {
    /// Those of one room, which tells of it: of a persona those between two places.
    Room {
        /// Room id.
        room: &'a str,
        /// Place of the last event of earlier players.
        after: u64,
        /// Place of the event that tells of the end.
        before: u64,
    },
    /// Those of all rooms, after a time.
    Everywhere {
        /// Time up to which they are of earlier players; 0 where there are none.
        visible_from: Millis,
    },
}

/// Returns the statements that take somebody out of the tables: out of one room, or of all.
fn without(user: &str, keeps_words: bool, reach: Reach<'_>) -> Vec<Statement> {
    let mut statements: Vec<Statement> = vec![(NOBODY.into(), vec![user.into()])];
    // Somebody else plays the persona of an account that is gone (`account.md` 10), and what they say stays.
    if !is_persona(user) {
        statements.insert(0, (GONE.into(), vec![user.into(), u64::from(keeps_words).into()]));
    }
    if !keeps_words {
        statements.push(unsaid(user, reach));
    }
    statements
}

fn unsaid(user: &str, reach: Reach<'_>) -> Statement {
    match reach {
        Reach::Room { room, after, before } if is_persona(user) => {
            let values = vec![user.into(), room.into(), after.into(), before.into()];
            (format!("{UNSAID} AND room_id = ?2 AND seq > ?3 AND seq < ?4").into(), values)
        }
        Reach::Room { room, .. } => (format!("{UNSAID} AND room_id = ?2").into(), vec![user.into(), room.into()]),
        Reach::Everywhere { visible_from: 0 } => (UNSAID.into(), vec![user.into()]),
        // Of a message whose row has no time yet, the time of its change counts.
        Reach::Everywhere { visible_from } => {
            let values = vec![user.into(), visible_from.into()];
            (format!("{UNSAID} AND (created_at > ?2 OR created_at = 0 AND updated_at > ?2)").into(), values)
        }
    }
}

/// The place of what a change is about, if it is about a message.
async fn place_of(database: &D1Database, change: &RowChange) -> worker::Result<Option<u64>> {
    if change.seq.is_some() || !is_about_a_message(change) {
        return Ok(change.seq);
    }
    let known = (PLACE.into(), vec![change.room.as_str().into(), change.client_id.as_str().into()]);
    bound(database, known)?.first::<u64>(Some("seq")).await
}

fn is_about_a_message(change: &RowChange) -> bool {
    !matches!(change.what, RowChangeKind::Trimmed | RowChangeKind::Gone { .. })
}

fn is_reaction(change: &RowChange) -> bool {
    matches!(change.what, RowChangeKind::Reacted(_))
}

/// Returns a row of [`WORDS`].
fn words_row(change: &RowChange, seq: u64) -> Json {
    let RowChange { room, client_id, actor, ts, version, what, .. } = change;
    let said_at = if change.is_message() { *ts } else { 0 };
    let removed_at = match what {
        RowChangeKind::Deleted => Some(*ts),
        RowChangeKind::Buried => Some(said_at),
        _ => None,
    };
    json!([id_of(room, seq), room, actor, text_of(change), ts, seq, client_id, version, said_at, removed_at])
}

/// Returns a row of [`REACTED`].
fn reaction_row(change: &RowChange, seq: u64) -> Json {
    let RowChange { room, client_id, actor, ts, version, .. } = change;
    json!([id_of(room, seq), room, actor, text_of(change), ts, seq, client_id, version])
}

fn id_of(room: &str, seq: u64) -> String {
    format!("{room}:{seq}")
}

fn text_of(change: &RowChange) -> &str {
    match &change.what {
        RowChangeKind::Said(text) | RowChangeKind::Edited(text) | RowChangeKind::Reacted(text) => text,
        _ => "",
    }
}

/// A value bound to a `?`.
pub fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// Returns what the table tells of an account that has signed in; `None` where it tells nothing, whatever the reason.
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

/// Tells the table of an account, with the name that it was made with. Nobody waits for it long or in vain: the next sign-in tells it again.
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

/// Writes accounts, all or none. Safe to repeat, in any order.
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
