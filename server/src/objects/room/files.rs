//! Files that a room shows (`files.md` 1): rows that are written and removed with messages, in their transactions. Jobs notify the owners'
//! objects. The permission to see a file is checked here, on every read.

use std::rc::Rc;

use protocol::content::files::{file_ids, shown_name};
use protocol::content::own_emoticons::emoticons_in;
use protocol::log::{LogStore, Range};
use protocol::words::event::{Event, Kind};
use protocol::words::principal::Principal;
use protocol::words::refusal::Fault;
use serde::{Deserialize, Serialize};

use super::tables::RoomSql;
use super::{RoomObject, groups, privacy};
use crate::calls::files::{EmoticonAnswer, EmoticonShownCall, FileLinkCall, FileShownCall, LinkFile};
use crate::kit::gathering::Gathering;
use crate::kit::jobs::{Attempt, Job, Outcome};
use crate::kit::request::Request;
use crate::kit::sql::{Database, Value, exec, number, rows};
use crate::runtime::call_error::CallError;

/// The step that brings the tables.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE attachments (seq INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (seq, id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX attachments_by_id ON attachments (id)",
    "CREATE TABLE file_news (id TEXT PRIMARY KEY, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// News for the owner of a file, whose id is the key: if the room shows it.
#[derive(Serialize, Deserialize)]
pub(super) struct FileNews {}

impl Job for FileNews {
    const KIND: &'static str = "file_news";
    type Context = RoomObject;

    async fn run(&self, object: &RoomObject, attempt: Attempt<'_>) -> Outcome {
        Outcome::of("file", tell_owner(object, attempt.key).await)
    }
}

/// Stores the files of a new message.
pub(super) fn attach(store: &RoomSql, event: &Event) -> Result<(), Fault> {
    if event.kind != Kind::Chat {
        return Ok(());
    }
    for id in file_ids(&event.body) {
        let values = [event.seq.into(), id.as_str().into()];
        exec(&store.sql, "INSERT OR IGNORE INTO attachments VALUES (?, ?)", &values)?;
        add_news(store, &id)?;
    }
    Ok(())
}

/// Notes the files of a held message (`moderation.md` 8.1), which nobody sees yet: their owner keeps them as if they were shown.
pub(super) fn hold(store: &RoomSql, held: &str, body: &str) -> Result<(), Fault> {
    for id in file_ids(body) {
        let values = [held.into(), id.as_str().into()];
        exec(&store.sql, "INSERT OR IGNORE INTO held_files VALUES (?, ?)", &values)?;
        add_news(store, &id)?;
    }
    Ok(())
}

/// Forgets the files of messages that are not held any more.
pub(super) fn let_go(store: &RoomSql) -> Result<(), Fault> {
    remove(store, "held_files WHERE held NOT IN (SELECT id FROM held)", &[])
}

/// Updates the files of a message after a change of its content.
pub(super) fn follow(store: &RoomSql, seq: u64, body: &str) -> Result<(), Fault> {
    let shown = file_ids(body);
    let known = rows(&store.sql, "SELECT id FROM attachments WHERE seq = ?", &[seq.into()], |row| row.text(0))?;
    for id in known.iter().filter(|id| !shown.contains(id)) {
        remove(store, "attachments WHERE seq = ? AND id = ?", &[seq.into(), id.as_str().into()])?;
    }
    Ok(())
}

/// Removes the files of messages from `from` to `to`.
pub(super) fn detach(store: &RoomSql, from: u64, to: u64) -> Result<(), Fault> {
    remove(store, "attachments WHERE seq BETWEEN ? AND ?", &[from.into(), to.into()])
}

/// Removes rows of files, with news for the owners.
fn remove(store: &RoomSql, which: &str, values: &[Value]) -> Result<(), Fault> {
    let gone = rows(&store.sql, &format!("DELETE FROM {which} RETURNING id"), values, |row| row.text(0))?;
    gone.iter().try_for_each(|id| add_news(store, id))
}

fn add_news(store: &RoomSql, id: &str) -> Result<(), Fault> {
    store.jobs.add(&store.sql, id, &FileNews {}, 0)
}

/// Returns `true` for a file that a message shows, or a held one.
fn is_shown(sql: &Database, id: &str) -> Result<bool, Fault> {
    let query =
        "SELECT EXISTS (SELECT 1 FROM attachments WHERE id = ?1) OR EXISTS (SELECT 1 FROM held_files WHERE id = ?1)";
    Ok(number(sql, query, &[id.into()])? > 0)
}

/// Returns the positions of the messages that show a file, newest first.
fn places(sql: &Database, id: &str) -> Result<Vec<u64>, Fault> {
    rows(sql, "SELECT seq FROM attachments WHERE id = ? ORDER BY seq DESC", &[id.into()], |row| row.number(0))
}

/// Notifies the owner of a file if the file is shown here or not.
async fn tell_owner(object: &RoomObject, id: &str) -> Result<(), CallError> {
    let question = object.with(|room, store| {
        let room = room.id().as_str().to_owned();
        Ok(FileLinkCall { id: id.to_owned(), room, is_shown: is_shown(&store.sql, id)? })
    })?;
    LinkFile::ask(&object.env, id.split('.').next().unwrap_or_default(), &question).await
}

/// Returns the name of a file if this person may see it now: as a member, in a message that they can read.
pub(super) async fn find_shown_file(
    object: &Rc<RoomObject>,
    call: &FileShownCall,
) -> Result<Option<String>, CallError> {
    let places = |store: &RoomSql| places(&store.sql, &call.id);
    seen(object, &call.principal, &places, &|event| shown_name(&event.body, &call.id)).await
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
    seen(object, &call.principal, &places, &found).await
}

/// Returns the first result among the messages at these positions that this person can read now.
async fn seen<T>(
    object: &Rc<RoomObject>,
    reader: &Principal,
    places: &dyn Fn(&RoomSql) -> Result<Vec<u64>, Fault>,
    find: &dyn Fn(&Event) -> Option<T>,
) -> Result<Option<T>, CallError> {
    let id = object.id()?;
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
