//! Files that a room shows (`files.md` 1): rows that are written and removed with messages, in their transactions. The owners' objects are
//! called until they answer. The permission to see a file is checked here, on every read.

use std::rc::Rc;

use protocol::content::files::{file_ids, shown_name};
use protocol::content::own_emoticons::emoticons_in;
use protocol::log::{LogStore, Range};
use protocol::words::event::{Event, Kind, Millis};
use protocol::words::ids::RoomId;
use protocol::words::principal::Principal;
use protocol::words::refusal::Fault;
use protocol::words::retry::retry_delay_ms;

use super::tables::RoomSql;
use super::{RoomObject, groups, privacy};
use crate::calls::files::{EmoticonAnswer, EmoticonShownCall, FileLinkCall, FileShownCall, LinkFile};
use crate::kit::gathering::Gathering;
use crate::kit::request::Request;
use crate::kit::sql;
use crate::kit::sql::{Database, exec, rows};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// The step that brings the tables.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE attachments (seq INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (seq, id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX attachments_by_id ON attachments (id)",
    "CREATE TABLE file_news (id TEXT PRIMARY KEY, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// Stores the files of a new message.
pub(super) fn attach(sql: &Database, event: &Event) -> Result<(), Fault> {
    if event.kind != Kind::Chat {
        return Ok(());
    }
    for id in file_ids(&event.body) {
        exec(sql, "INSERT OR IGNORE INTO attachments VALUES (?, ?)", &[event.seq.into(), id.as_str().into()])?;
        exec(sql, "INSERT OR REPLACE INTO file_news VALUES (?, 0, 0)", &[id.as_str().into()])?;
    }
    Ok(())
}

/// Notes the files of a held message (`moderation.md` 8.1), which nobody sees yet: their owner keeps them as if they were shown.
pub(super) fn hold(sql: &Database, held: &str, body: &str) -> Result<(), Fault> {
    for id in file_ids(body) {
        exec(sql, "INSERT OR IGNORE INTO held_files VALUES (?, ?)", &[held.into(), id.as_str().into()])?;
        exec(sql, "INSERT OR REPLACE INTO file_news VALUES (?, 0, 0)", &[id.as_str().into()])?;
    }
    Ok(())
}

/// Forgets the files of messages that are not held any more.
pub(super) fn let_go(sql: &Database) -> Result<(), Fault> {
    const GONE: &str = "FROM held_files WHERE held NOT IN (SELECT id FROM held)";
    exec(sql, &format!("INSERT OR REPLACE INTO file_news SELECT DISTINCT id, 0, 0 {GONE}"), &[])?;
    exec(sql, &format!("DELETE {GONE}"), &[])
}

/// Updates the files of a message after a change of its content.
pub(super) fn follow(sql: &Database, seq: u64, body: &str) -> Result<(), Fault> {
    let shown = file_ids(body);
    let known = rows(sql, "SELECT id FROM attachments WHERE seq = ?", &[seq.into()], |row| row.text(0))?;
    for id in known.iter().filter(|id| !shown.contains(id)) {
        exec(sql, "INSERT OR REPLACE INTO file_news VALUES (?, 0, 0)", &[id.as_str().into()])?;
        exec(sql, "DELETE FROM attachments WHERE seq = ? AND id = ?", &[seq.into(), id.as_str().into()])?;
    }
    Ok(())
}

/// Removes the files of messages from `from` to `to`.
pub(super) fn detach(sql: &Database, from: u64, to: u64) -> Result<(), Fault> {
    let places = [from.into(), to.into()];
    let query = "INSERT OR REPLACE INTO file_news SELECT DISTINCT id, 0, 0 FROM attachments WHERE seq BETWEEN ? AND ?";
    exec(sql, query, &places)?;
    exec(sql, "DELETE FROM attachments WHERE seq BETWEEN ? AND ?", &places)
}

/// Returns the time at which the next owner is notified.
pub(super) fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(rows(sql, "SELECT MIN(due_at) FROM file_news", &[], |row| row.number_or_null(0))?.pop().flatten())
}

/// Condition for a file that a message shows, or a held one.
const IS_SHOWN: &str = "(EXISTS (SELECT 1 FROM attachments WHERE id = file_news.id) OR EXISTS (SELECT 1 FROM held_files \
                        WHERE id = file_news.id))";

/// Returns the next file of which the owner has to be notified, the number of failures, and if it is shown now.
pub(super) fn next_due(sql: &Database, now: Millis) -> Result<Option<(String, u64, bool)>, Fault> {
    let query = format!("SELECT id, tries, {IS_SHOWN} FROM file_news WHERE due_at <= ? LIMIT 1");
    Ok(rows(sql, &query, &[now.into()], |row| Ok((row.text(0)?, row.number(1)?, row.number(2)? > 0)))?.pop())
}

/// Deletes the notification that the owner received, unless the state of the file has changed since.
pub(super) fn settle(sql: &Database, id: &str, is_shown: bool) -> Result<(), Fault> {
    let query = format!("DELETE FROM file_news WHERE id = ?1 AND {IS_SHOWN} = ?2");
    exec(sql, &query, &[id.into(), u64::from(is_shown).into()])
}

fn retry_later(sql: &Database, id: &str, due_at: Millis) -> Result<(), Fault> {
    exec(sql, "UPDATE file_news SET due_at = ?2, tries = tries + 1 WHERE id = ?1", &[id.into(), due_at.into()])
}

/// Returns the positions of the messages that show a file, newest first.
fn places(sql: &Database, id: &str) -> Result<Vec<u64>, Fault> {
    rows(sql, "SELECT seq FROM attachments WHERE id = ? ORDER BY seq DESC", &[id.into()], |row| row.number(0))
}

/// Notifies the owner of a file if the file is shown here or not, if that is due. Returns `true` if one was due.
pub(super) async fn send_due(object: &RoomObject) -> Result<bool, Fault> {
    let sql = sql::of(&object.base.state);
    let Some((id, tries, is_shown)) = next_due(&sql, runtime::now_ms())? else {
        return Ok(false);
    };
    let room = object.with(|room, _| Ok(room.id().as_str().to_owned())).map_err(|denied| Fault(denied.to_string()))?;
    let owner = id.split('.').next().unwrap_or_default().to_owned();
    let question = FileLinkCall { id: id.clone(), room, is_shown };
    match LinkFile::ask(&object.env, &owner, &question).await {
        Ok(()) => settle(&sql, &id, is_shown)?,
        Err(error) => {
            telemetry::call_failed("file", &error);
            let tries = u32::try_from(tries).unwrap_or(u32::MAX);
            retry_later(&sql, &id, runtime::now_ms() + retry_delay_ms(tries))?;
        }
    }
    Ok(true)
}

/// Returns the name of a file if this person may see it now: as a member, in a message that they can read.
pub(super) async fn find_shown_file(
    object: &Rc<RoomObject>,
    call: &FileShownCall,
) -> Result<Option<String>, CallError> {
    let places = |store: &RoomSql| places(&store.sql, &call.id);
    seen(object, (&call.room, &call.principal), &places, &|event| shown_name(&event.body, &call.id)).await
}

/// Returns the file that a message shows to this person for a code.
pub(super) async fn emoticon(
    object: &Rc<RoomObject>,
    call: &EmoticonShownCall,
) -> Result<Option<EmoticonAnswer>, CallError> {
    let places = |store: &RoomSql| Ok(store.find(&call.message)?.map(|found| found.seq).into_iter().collect());
    let found = |event: &Event| {
        let one = emoticons_in(&event.body).into_iter().find(|one| one.code == call.code)?;
        Some(EmoticonAnswer { file: one.file, alt: one.alt })
    };
    seen(object, (&call.room, &call.principal), &places, &found).await
}

/// Returns the first result among the messages at these positions that this person can read now.
async fn seen<T>(
    object: &Rc<RoomObject>,
    (room, reader): (&str, &Principal),
    places: &dyn Fn(&RoomSql) -> Result<Vec<u64>, Fault>,
    find: &dyn Fn(&Event) -> Option<T>,
) -> Result<Option<T>, CallError> {
    let id = RoomId::parse(room, &object.config.rooms)?;
    id.admits(reader)?;
    if !object.exists()? {
        return Ok(None);
    }
    groups::wake(object, &id)?;
    let privacy = privacy::of_reader(object, &id, reader).await?;
    groups::wake(object, &id)?;
    object.end_turn();
    let found = object.with(|room, store| {
        for seq in places(store)? {
            let page = room.page(store, reader, privacy.as_ref(), Range::Since(seq - 1), 1)?;
            let is_there = |event: &&Event| event.seq == seq && page.hidden.is_empty();
            let found = page.events.first().filter(is_there).and_then(find);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    });
    Ok(found?)
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
