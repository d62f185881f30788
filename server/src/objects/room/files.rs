//! Files that a room shows (`files.md` 1): rows that come and go with messages, in their transactions. The owners' objects are
//! told until they have heard; the right to see a file is asked for here, on every read.

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

/// A message was stored: what it shows is noted.
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

/// A message reads like this from now on: what it shows no more is let go.
pub(super) fn follow(sql: &Database, seq: u64, body: &str) -> Result<(), Fault> {
    let shown = file_ids(body);
    let known = rows(sql, "SELECT id FROM attachments WHERE seq = ?", &[seq.into()], |row| row.text(0))?;
    for id in known.iter().filter(|id| !shown.contains(id)) {
        exec(sql, "INSERT OR REPLACE INTO file_news VALUES (?, 0, 0)", &[id.as_str().into()])?;
        exec(sql, "DELETE FROM attachments WHERE seq = ? AND id = ?", &[seq.into(), id.as_str().into()])?;
    }
    Ok(())
}

/// Messages from `from` to `to` show nothing any more.
pub(super) fn detach(sql: &Database, from: u64, to: u64) -> Result<(), Fault> {
    let places = [from.into(), to.into()];
    let query = "INSERT OR REPLACE INTO file_news SELECT DISTINCT id, 0, 0 FROM attachments WHERE seq BETWEEN ? AND ?";
    exec(sql, query, &places)?;
    exec(sql, "DELETE FROM attachments WHERE seq BETWEEN ? AND ?", &places)
}

/// Returns the time at which the next owner is told.
pub(super) fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(rows(sql, "SELECT MIN(due_at) FROM file_news", &[], |row| row.number_or_null(0))?.pop().flatten())
}

/// Returns the file of which its owner is to be told next, how often that failed, and whether it is shown now.
fn next_due(sql: &Database, now: Millis) -> Result<Option<(String, u64, bool)>, Fault> {
    let query = "SELECT id, tries, EXISTS (SELECT 1 FROM attachments WHERE id = file_news.id) FROM file_news \
                 WHERE due_at <= ? LIMIT 1";
    Ok(rows(sql, query, &[now.into()], |row| Ok((row.text(0)?, row.number(1)?, row.number(2)? > 0)))?.pop())
}

/// The owner knows that a file is shown, or that it is not; if that is so no more, they are told again.
fn settle(sql: &Database, id: &str, is_shown: bool) -> Result<(), Fault> {
    let query = "DELETE FROM file_news WHERE id = ?1 AND EXISTS (SELECT 1 FROM attachments WHERE id = ?1) = ?2";
    exec(sql, query, &[id.into(), u64::from(is_shown).into()])
}

fn retry_later(sql: &Database, id: &str, due_at: Millis) -> Result<(), Fault> {
    exec(sql, "UPDATE file_news SET due_at = ?2, tries = tries + 1 WHERE id = ?1", &[id.into(), due_at.into()])
}

/// Returns the places of the messages that show a file, the newest first.
fn places(sql: &Database, id: &str) -> Result<Vec<u64>, Fault> {
    rows(sql, "SELECT seq FROM attachments WHERE id = ? ORDER BY seq DESC", &[id.into()], |row| row.number(0))
}

/// Tells the owner of a file whether it is shown here, if that is due. True when there was something.
pub(super) async fn send_due(object: &RoomObject) -> Result<bool, Fault> {
    let sql = sql::of(&object.base.state);
    let Some((id, tries, is_shown)) = next_due(&sql, runtime::now_ms())? else {
