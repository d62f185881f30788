//! Rows of the files that a room shows (`files.md` 1): written and removed with messages, in their transactions. Jobs notify the owners'
//! objects.

use std::collections::BTreeSet;

use protocol::content::files::file_ids;
use protocol::words::event::{Event, Kind};
use protocol::words::refusal::Fault;
use serde::{Deserialize, Serialize};

use super::RoomSql;
use crate::kit::sql::{Database, Value, exec, number, rows};
use crate::runtime;

/// The step that brings the tables.
pub const STEP: &[&str] = &[
    "CREATE TABLE attachments (seq INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (seq, id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX attachments_by_id ON attachments (id)",
    "CREATE TABLE file_news (id TEXT PRIMARY KEY, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// News for the owner of a file, whose id is the key: if the room shows it.
#[derive(Serialize, Deserialize)]
pub struct FileNews {}

impl RoomSql {
    /// Stores the files of a new message.
    pub fn attach_files(&self, event: &Event) -> Result<(), Fault> {
        if event.kind != Kind::Chat {
            return Ok(());
        }
        for id in file_ids(&event.body) {
            let values = [event.seq.into(), id.as_str().into()];
            exec(&self.sql, "INSERT OR IGNORE INTO attachments VALUES (?, ?)", &values)?;
            add_news(self, &id)?;
        }
        Ok(())
    }
}

/// Notes the files of a held message (`moderation.md` 8.1), which nobody sees yet: their owner keeps them as if they were shown.
pub fn hold(store: &RoomSql, held: &str, body: &str) -> Result<(), Fault> {
    for id in file_ids(body) {
        let values = [held.into(), id.as_str().into()];
        exec(&store.sql, "INSERT OR IGNORE INTO held_files VALUES (?, ?)", &values)?;
        add_news(store, &id)?;
    }
    Ok(())
}

/// Forgets the files of messages that are not held any more.
pub fn let_go(store: &RoomSql) -> Result<(), Fault> {
    remove(store, "held_files WHERE held NOT IN (SELECT id FROM held)", &[])
}

/// Updates the files of a message after a change of its content.
pub fn follow(store: &RoomSql, seq: u64, body: &str) -> Result<(), Fault> {
    let shown = file_ids(body);
    let known = rows(&store.sql, "SELECT id FROM attachments WHERE seq = ?", &[seq.into()], |row| row.text(0))?;
    for id in known.iter().filter(|id| !shown.contains(id)) {
        remove(store, "attachments WHERE seq = ? AND id = ?", &[seq.into(), id.as_str().into()])?;
    }
    Ok(())
}

/// Removes the files of messages from `from` to `to`.
pub fn detach(store: &RoomSql, from: u64, to: u64) -> Result<(), Fault> {
    remove(store, "attachments WHERE seq BETWEEN ? AND ?", &[from.into(), to.into()])
}

/// Removes rows of files, with news for the owners: once for a file, however many messages showed it.
fn remove(store: &RoomSql, which: &str, values: &[Value]) -> Result<(), Fault> {
    let gone = rows(&store.sql, &format!("DELETE FROM {which} RETURNING id"), values, |row| row.text(0))?;
    BTreeSet::from_iter(gone).iter().try_for_each(|id| add_news(store, id))
}

fn add_news(store: &RoomSql, id: &str) -> Result<(), Fault> {
    store.jobs.add(&store.sql, id, &FileNews {}, runtime::now_ms())
}

/// Returns `true` for a file that a message shows, or a held one.
pub fn is_shown(sql: &Database, id: &str) -> Result<bool, Fault> {
    let query =
        "SELECT EXISTS (SELECT 1 FROM attachments WHERE id = ?1) OR EXISTS (SELECT 1 FROM held_files WHERE id = ?1)";
    Ok(number(sql, query, &[id.into()])? > 0)
}

/// Returns the positions of the messages that show a file, newest first.
pub fn places(sql: &Database, id: &str) -> Result<Vec<u64>, Fault> {
    rows(sql, "SELECT seq FROM attachments WHERE id = ? ORDER BY seq DESC", &[id.into()], |row| row.number(0))
}

#[cfg(test)]
#[path = "file_tables_tests.rs"]
mod tests;
