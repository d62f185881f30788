//! A person's files (`files.md` 1): the list of them, the rooms that show them, the number that may come, and their expiry.
//!
//! The list outlives the person: a guest is forgotten while their messages stay.

use std::rc::Rc;

use protocol::people::names::is_own_avatar;
use protocol::words::event::Millis;
use protocol::words::limits::{FILE_ROOMS_ASKED_MAX, FILES_DAY_BYTES_MAX, OUTBOX_RETRY_MS_MAX};
use protocol::words::rate::Rules;
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::time::DAY_MS;

use crate::calls::files::{ChargeCall, FileDoneCall, FileLinkCall, FileRecord};
use crate::kit::sealed::{Column, Db, KeyColumn};
use crate::kit::sql;
use crate::kit::sql::{Database, SqlRow, exec, has_tables, rows};
use crate::objects::person::object::PersonObject;
use crate::objects::person::tables::{Fact, PersonSql, daily_quota};
use crate::platform::bucket;
use crate::runtime;
use crate::runtime::call_error::CallError;

pub const STEP: &[&str] = &[
    "CREATE TABLE files (key TEXT PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, free_at INTEGER) STRICT",
    "CREATE INDEX files_by_id ON files (id)",
    "CREATE INDEX files_free ON files (free_at) WHERE free_at IS NOT NULL",
    "CREATE TABLE file_rooms (id TEXT NOT NULL, room TEXT NOT NULL, PRIMARY KEY (id, room)) STRICT, WITHOUT ROWID",
    "CREATE TABLE charges (what TEXT NOT NULL, at INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT",
];

/// Files that one alarm removes.
const REMOVED_AT_ONCE: u64 = 100;

/// Column of the name of a file, which the person chose.
pub const NAME: Column =
    Column { table: "files", name: "name", key: &[KeyColumn::Text("key")], but: "", is_bytes: false };

/// Counts a file before its upload, a preview before its request, or a lookup of a person.
pub fn charge(object: &PersonObject, call: &ChargeCall) -> Result<(), CallError> {
    let now = runtime::now_ms();
    count_use(&object.db()?, &object.config.rules, call, now, now + object.config.limits.file_unlinked_ms)?;
    Ok(arrange_with_the_rest(object)?)
}

fn count_use(sql: &Db, rules: &Rules, call: &ChargeCall, now: Millis, free_at: Millis) -> Result<(), CallError> {
    let (what, rule, bytes) = match &call.file {
        Some((.., bytes)) => ("file", &rules.file, *bytes),
        None if call.is_search => ("find", &rules.find, 0),
        None => ("link", &rules.link, 0),
    };
    let before = daily_quota::check(sql, what, rule, now)?;
    let sum: u64 = before.iter().map(|(_, bytes)| bytes).sum();
    if sum + bytes > FILES_DAY_BYTES_MAX {
        let first = before.first().map_or(now, |(at, _)| *at);
        return Err(Refusal::RateLimited { retry_after_ms: (first + DAY_MS).saturating_sub(now).max(1) }.into());
    }
    daily_quota::note(sql, what, now, bytes)?;
    if let Some((key, name, _)) = &call.file {
        let name = sql.seal(&NAME, key, name)?;
        let values = [key.as_str().into(), name.as_str().into(), now.into(), free_at.into()];
        // The same avatar may be uploaded again. While it is shown, that must not set a time for its removal.
        let query = "INSERT INTO files VALUES (?1, '', ?2, ?3, ?4) ON CONFLICT (key) \
                     DO UPDATE SET at = excluded.at, free_at = CASE WHEN free_at IS NULL THEN NULL ELSE excluded.free_at END";
        exec(sql, query, &values)?;
    }
    Ok(())
}

/// Notes that a file is uploaded and can be requested.
pub fn finish_upload(object: &PersonObject, call: &FileDoneCall) -> Result<(), CallError> {
    Ok(set_id(&*object.db()?, call)?)
}

fn set_id(sql: &Database, call: &FileDoneCall) -> Result<(), Fault> {
    exec(sql, "UPDATE files SET id = ? WHERE key = ?", &[call.id.as_str().into(), call.key.as_str().into()])
}

/// Returns the record of a file. Rooms report a moment late that they show a file, so the rooms where the person is now may show it, too.
/// Direct conversations are not among them: the caller knows the only one that the two have.
pub fn find(object: &PersonObject, id: &str) -> Result<Option<FileRecord>, CallError> {
    if !has_tables(&sql::of(&object.base.state))? {
        return Ok(None);
    }
    Ok(known(&object.db()?, id)?)
}

fn known(sql: &Db, id: &str) -> Result<Option<FileRecord>, Fault> {
    let query = "SELECT key, name, at FROM files WHERE id = ?";
    let read = |row: &SqlRow| Ok((sql.open_text(&NAME, row.text(0)?, row.text(1)?)?, row.number(2)?));
    let Some((name, at)) = rows(sql, query, &[id.into()], read)?.pop() else {
        return Ok(None);
    };
    let query = "SELECT room FROM (SELECT room, 0 AS place FROM file_rooms WHERE id = ?1 UNION ALL \
                 SELECT room, 1 FROM live UNION ALL SELECT room, 2 FROM groups) WHERE room NOT GLOB 'dm_*' \
                 GROUP BY room ORDER BY MIN(place) LIMIT ?2";
    let rooms = rows(sql, query, &[id.into(), (FILE_ROOMS_ASKED_MAX as u64).into()], |row| row.text(0))?;
    Ok(Some(FileRecord { name, at, rooms }))
}

/// Returns `true` if this person uploaded the avatar, and not an earlier player of the persona.
pub fn has_avatar(object: &PersonObject, avatar: &str) -> Result<bool, Fault> {
    Ok(is_own_avatar(avatar) && brought(&object.tables()?, avatar)?)
}

fn brought(sql: &PersonSql, avatar: &str) -> Result<bool, Fault> {
    let from = sql.fact(Fact::VisibleFrom)?;
    let query = "SELECT at FROM files WHERE id = ? AND at > ?";
    Ok(!rows(&sql.0, query, &[avatar.into(), from.into()], |row| row.number(0))?.is_empty())
}

/// Notes the avatar that is shown now, if any. The person's other avatars stay for a while, for pages that still show them. (Ids go on with
/// a digit or one of a to f there.)
pub fn show_avatar(object: &PersonObject, avatar: &str) -> Result<(), Fault> {
    show(&*object.db()?, avatar, runtime::now_ms() + object.config.limits.file_unlinked_ms)?;
    arrange(object)
}

fn show(sql: &Database, avatar: &str, later: Millis) -> Result<(), Fault> {
    let query = "UPDATE files SET free_at = CASE WHEN id = ?1 THEN NULL ELSE COALESCE(free_at, ?2) END \
                 WHERE id BETWEEN 'up_' AND 'up_g'";
    exec(sql, query, &[avatar.into(), later.into()])
}

/// Notes that a room shows a file, or shows it no more.
pub fn linked(object: &PersonObject, call: &FileLinkCall) -> Result<(), CallError> {
    link(&*object.db()?, call, runtime::now_ms() + object.config.limits.file_unlinked_ms)?;
    Ok(arrange_with_the_rest(object)?)
}

fn link(sql: &Database, call: &FileLinkCall, free_at: Millis) -> Result<(), Fault> {
    let values = [call.id.as_str().into(), call.room.as_str().into()];
    let query = if call.is_shown {
        "INSERT OR IGNORE INTO file_rooms SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM files WHERE id = ?1)"
    } else {
        "DELETE FROM file_rooms WHERE id = ? AND room = ?"
    };
    exec(sql, query, &values)?;
    settle(sql, &call.id, free_at)
}

/// Holds a file as long as a room or the list of the person's emoticons shows it; after that, until `free_at`.
pub fn settle(sql: &Database, id: &str, free_at: Millis) -> Result<(), Fault> {
    let query = "UPDATE files SET free_at = CASE WHEN EXISTS (SELECT 1 FROM file_rooms WHERE id = ?1) \
                 OR EXISTS (SELECT 1 FROM emoticons WHERE file = ?1) THEN NULL ELSE COALESCE(free_at, ?2) END WHERE id = ?1";
    exec(sql, query, &[id.into(), free_at.into()])
}

pub fn is_there(sql: &Database, id: &str) -> Result<bool, Fault> {
    Ok(!rows(sql, "SELECT at FROM files WHERE id = ?", &[id.into()], |row| row.number(0))?.is_empty())
}

pub fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    let query = "SELECT MIN(free_at) FROM files WHERE free_at IS NOT NULL";
    Ok(rows(sql, query, &[], |row| row.number_or_null(0))?.pop().flatten())
}

/// Sets the alarm for the next removal of a file.
pub fn arrange(object: &PersonObject) -> Result<(), Fault> {
    if let Some(at) = due_at(&*object.db()?)? {
        object.base.ring_by(at);
    }
    Ok(())
}

/// Sets the alarm in a call. An object that slept does not know the other reasons for its one alarm, so all of them are read again.
fn arrange_with_the_rest(object: &PersonObject) -> Result<(), Fault> {
    if object.wake(None)? { object.arrange_alarm() } else { object.arrange_rest() }
}

/// Returns avatars that others still see, whatever was chosen since. People who appear offline, or who block or blocked somebody, keep their
/// old appearance for others.
fn seen_avatars(object: &PersonObject) -> Result<Vec<String>, Fault> {
    object.with(|memory| {
        let lifted = memory.sql.lifted_views()?.into_values().map(|lifted| lifted.view);
        let views = memory.sql.hidden_views()?.into_values().chain(lifted).map(|view| view.avatar_id);
        let shown = memory.person.record().shown.avatar_id.clone();
        Ok(views.chain([shown]).filter(|avatar| is_own_avatar(avatar)).collect())
    })
}

/// Removes files that no room has shown for long enough.
pub async fn remove_due(object: &Rc<PersonObject>, now: Millis) -> Result<(), Fault> {
    let sql = object.db()?;
    if due_at(&sql)?.is_none_or(|at| at > now) {
        return Ok(());
    }
    let later = now + object.config.limits.file_unlinked_ms;
    let due = take_due(&sql, &seen_avatars(object)?, now, later)?;
    if due.is_empty() {
        return Ok(());
    }
    let removed: worker::Result<()> =
        async { object.env.bucket(bucket::BINDING)?.delete_multiple(due.clone()).await }.await;
    if let Err(error) = removed {
        let later = now + OUTBOX_RETRY_MS_MAX;
        exec(&sql, "UPDATE files SET free_at = ? WHERE free_at <= ?", &[later.into(), now.into()])?;
        return Err(Fault(format!("files: {error}")));
    }
    forget(&sql, &due, now)
}

/// Returns the keys of files that are removed now. Avatars in `seen` stay until `later` although they are due.
fn take_due(sql: &Database, seen: &[String], now: Millis, later: Millis) -> Result<Vec<String>, Fault> {
    for avatar in seen {
        let query = "UPDATE files SET free_at = ? WHERE id = ? AND free_at <= ?";
        exec(sql, query, &[later.into(), avatar.as_str().into(), now.into()])?;
    }
    let query = "SELECT key FROM files WHERE free_at <= ? LIMIT ?";
    let due = rows(sql, query, &[now.into(), REMOVED_AT_ONCE.into()], |row| row.text(0))?;
    // From here on these files are not found, even if the bucket has to be asked again.
    for key in &due {
        exec(sql, "UPDATE files SET id = '' WHERE key = ?", &[key.as_str().into()])?;
    }
    Ok(due)
}

/// A file that was uploaded again in the meantime stays: an avatar has the same key then.
fn forget(sql: &Database, keys: &[String], now: Millis) -> Result<(), Fault> {
    let query = "DELETE FROM files WHERE key = ? AND free_at <= ?";
    keys.iter().try_for_each(|key| exec(sql, query, &[key.as_str().into(), now.into()]))
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
