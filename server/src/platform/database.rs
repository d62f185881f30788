//! D1, and its tables `messages` and `users` (`wasmchannel.md` 5): a projection of the rooms' logs, never asked for what is true.
//! The tables of `crate::audit` are made here too.

use std::cell::Cell;

use protocol::doors::wasmchannel::{RowChange, RowNews};
use protocol::limits::PROJECTION_MS_MAX;
use protocol::refusal::Fault;
use wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, Env};

use super::timeout::within;
use crate::incoming::Incoming;
use crate::objects::calls_auth::LibraryRecord;
use crate::telemetry;

/// The tables as a deployment's own migration makes them; whoever never ran it gets them from here.
const TABLES: [&str; 5] = [
    include_str!("../../migrations/0001_hub_audit.sql"),
    include_str!("../../migrations/0001_messages.sql"),
    include_str!("../../migrations/0002_audit.sql"),
    include_str!("../../migrations/0003_room_bounds.sql"),
    include_str!("../../migrations/0004_leaving.sql"),
];

/// What a room let go of stays away, also when news of it come late. A body of bytes knows no place and no version: the log has
/// told the row better, or will.
const SAID: &str = "INSERT INTO messages (id, room_id, user_id, content, created_at, updated_at, seq, client_id, content_seq) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8 \
     WHERE NOT EXISTS (SELECT 1 FROM room_bounds WHERE room_id = ?2 AND oldest > ?6) \
     AND NOT EXISTS (SELECT 1 FROM gone_users WHERE id = ?3 AND keeps_words = 0) \
     ON CONFLICT (room_id, seq) DO UPDATE SET user_id = excluded.user_id, \
     created_at = excluded.created_at, \
     content = CASE WHEN content_seq < excluded.content_seq THEN excluded.content ELSE content END, \
     content_seq = max(content_seq, excluded.content_seq) WHERE excluded.content_seq > 0";
/// Of two changes the later one counts. A change that comes before its message makes the row, and the message fills it up.
const EDITED: &str = "INSERT INTO messages (id, room_id, user_id, content, created_at, updated_at, seq, client_id, content_seq) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8 \
     WHERE NOT EXISTS (SELECT 1 FROM room_bounds WHERE room_id = ?2 AND oldest > ?6) \
     AND NOT EXISTS (SELECT 1 FROM gone_users WHERE id = ?3 AND keeps_words = 0) \
     ON CONFLICT (room_id, seq) DO UPDATE SET content = excluded.content, \
     updated_at = excluded.updated_at, content_seq = excluded.content_seq WHERE excluded.content_seq > content_seq";
const DELETED: &str = "INSERT INTO messages (id, room_id, user_id, content, created_at, updated_at, seq, client_id, content_seq, deleted_at) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?5 \
     WHERE NOT EXISTS (SELECT 1 FROM room_bounds WHERE room_id = ?2 AND oldest > ?6) \
     ON CONFLICT (room_id, seq) DO UPDATE SET content = '', reactions = '[]', \
     deleted_at = coalesce(deleted_at, excluded.deleted_at), updated_at = max(updated_at, excluded.updated_at), \
     content_seq = max(content_seq, excluded.content_seq), reactions_seq = max(reactions_seq, excluded.content_seq)";
const REACTED: &str = "INSERT INTO messages (id, room_id, user_id, content, created_at, updated_at, seq, client_id, reactions_seq, reactions) \
     SELECT ?1, ?2, ?3, '', ?5, ?5, ?6, ?7, ?8, ?4 \
     WHERE NOT EXISTS (SELECT 1 FROM room_bounds WHERE room_id = ?2 AND oldest > ?6) \
     ON CONFLICT (room_id, seq) DO UPDATE SET reactions = excluded.reactions, \
     reactions_seq = excluded.reactions_seq WHERE excluded.reactions_seq > reactions_seq AND deleted_at IS NULL";
const PERSON: &str = "INSERT INTO users (id, email, name, created_at) SELECT ?1, ?2, ?3, ?4 \
     WHERE NOT EXISTS (SELECT 1 FROM gone_users WHERE id = ?1) ON CONFLICT DO NOTHING";
const ACCOUNT: &str = "INSERT INTO users (id, email, name, avatar_url, created_at) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name, avatar_url = excluded.avatar_url, \
     created_at = excluded.created_at";
const USER: &str = "SELECT email, avatar_url, created_at FROM users WHERE id = ?1";
const BOUND: &str = "INSERT INTO room_bounds (room_id, oldest) VALUES (?1, ?2) \
     ON CONFLICT (room_id) DO UPDATE SET oldest = max(oldest, excluded.oldest)";
const TRIM: &str = "DELETE FROM messages WHERE room_id = ?1 AND seq < ?2";
const GONE: &str = "INSERT INTO gone_users VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const NOBODY: &str = "DELETE FROM users WHERE id = ?1";
/// News of what they said may be on their way: nothing is newer than this.
const UNSAID: &str = "UPDATE messages SET content = '', reactions = '[]', deleted_at = coalesce(deleted_at, ?2), updated_at = ?2, \
     content_seq = 9007199254740991, reactions_seq = 9007199254740991 WHERE user_id = ?1";
const PLACE: &str = "SELECT seq FROM messages WHERE room_id = ?1 AND client_id = ?2";

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
        let lines = TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with("--"));
        let text = lines.collect::<Vec<&str>>().join(" ");
        let statements = text.split(';').map(str::trim).filter(|statement| !statement.is_empty());
        database.batch(statements.map(|statement| database.prepare(statement)).collect()).await?;
        IS_READY.set(true);
    }
    Ok(database)
}

/// Writes changes, all or none. Safe to repeat, in any order.
pub async fn apply(env: &Env, changes: &[RowChange]) -> Result<(), Fault> {
    write(env, changes).await.map_err(|error| Fault(format!("D1: {error}")))
}

async fn write(env: &Env, changes: &[RowChange]) -> worker::Result<()> {
    let database = database(env).await?;
    let (mut statements, mut people) = (Vec::new(), Vec::new());
    for change in changes {
        let RowChange { room, actor, name, ts, version, what, .. } = change;
        if *what == RowNews::Trimmed {
            let statement = |query| database.prepare(query).bind(&[room.as_str().into(), number(*version)]);
            statements.extend([statement(BOUND)?, statement(TRIM)?]);
            continue;
        }
        // Without a place there is no row; the log brings it with its place.
        let Some(seq) = place_of(&database, change).await? else { continue };
        statements.push(row(&database, change, seq)?);
        if !name.is_empty() && !people.contains(&actor) {
            let email = synthetic_email(actor);
            let person = [actor.as_str().into(), email.into(), name.as_str().into(), number(*ts)];
            statements.push(database.prepare(PERSON).bind(&person)?);
            people.push(actor);
        }
    }
    if statements.is_empty() {
        return Ok(());
    }
    database.batch(statements).await.map(|_| ())
}

/// Somebody is gone for good: their name goes, and what they said unless it stays without one. Safe to repeat.
pub async fn forget_person(env: &Env, user: &str, keeps_words: bool, now: u64) -> Result<(), Fault> {
    let forget = async {
        let database = database(env).await?;
        let gone = [user.into(), number(u64::from(keeps_words))];
        let mut statements = vec![database.prepare(GONE).bind(&gone)?, database.prepare(NOBODY).bind(&[user.into()])?];
        if !keeps_words {
            statements.push(database.prepare(UNSAID).bind(&[user.into(), number(now)])?);
        }
        database.batch(statements).await.map(|_| ())
    };
    forget.await.map_err(|error: worker::Error| Fault(format!("D1: {error}")))
}

/// The place of what a change is about.
async fn place_of(database: &D1Database, change: &RowChange) -> worker::Result<Option<u64>> {
    if change.seq.is_some() {
        return Ok(change.seq);
    }
    let known = database.prepare(PLACE).bind(&[change.room.as_str().into(), change.client_id.as_str().into()])?;
    known.first::<u64>(Some("seq")).await
}

fn row(database: &D1Database, change: &RowChange, seq: u64) -> worker::Result<D1PreparedStatement> {
    let RowChange { room, client_id, actor, ts, version, what, .. } = change;
    let (query, text) = match what {
        RowNews::Said(text) => (SAID, text.as_str()),
        RowNews::Edited(text) => (EDITED, text.as_str()),
        RowNews::Deleted | RowNews::Trimmed => (DELETED, ""),
        RowNews::Reacted(reactions) => (REACTED, reactions.as_str()),
    };
    database.prepare(query).bind(&[
        format!("{room}:{seq}").into(),
        room.as_str().into(),
        actor.as_str().into(),
        text.into(),
        number(*ts),
        number(seq),
        client_id.as_str().into(),
        number(*version),
    ])
}

fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// What the table tells of an account that has signed in; nothing is nothing, whatever the reason.
pub async fn user(incoming: &Incoming, user: &str) -> Option<LibraryRecord> {
    #[derive(serde::Deserialize)]
    struct Row {
        email: String,
        avatar_url: Option<String>,
        created_at: u64,
    }
    let ask = async { database(&incoming.env).await?.prepare(USER).bind(&[user.into()])?.first::<Row>(None).await };
    match ask.await {
        Ok(row) => row.map(|Row { email, avatar_url: image, created_at: account_created_at }| LibraryRecord {
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

/// Tells the table of an account. Nobody waits for it long or in vain: the next sign-in tells it again.
pub async fn put_user(incoming: &Incoming, user: &str, name: &str, record: &LibraryRecord) {
    let put = async {
        let values = [
            user.into(),
            record.email.as_str().into(),
            name.into(),
            record.image.as_deref().map_or(JsValue::NULL, JsValue::from),
            JsValue::from_f64(record.account_created_at as f64),
        ];
        database(&incoming.env).await?.prepare(ACCOUNT).bind(&values)?.run().await
    };
    let failure = match within(PROJECTION_MS_MAX, put).await {
        Some(Ok(_)) => return,
        Some(Err(error)) => error.to_string(),
        None => format!("no answer within {PROJECTION_MS_MAX} ms"),
    };
    telemetry::fault("users", &Fault(failure));
}
