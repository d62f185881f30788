//! The row of a request for deletion (`leaving.md` 2), which many subjects obey.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use crate::kit::sql::{Database, SqlRow, rows};
use crate::kit::trace::Trace;

pub const STEP: &[&str] = &[
    "CREATE TABLE leaving (one INTEGER PRIMARY KEY CHECK (one = 1), keeps_words INTEGER NOT NULL, at INTEGER NOT NULL, \
     step INTEGER NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL, address TEXT NOT NULL, request TEXT NOT NULL) STRICT",
    "CREATE TABLE leaving_rooms (room TEXT PRIMARY KEY, after INTEGER NOT NULL DEFAULT 0, \
     was_here INTEGER NOT NULL DEFAULT 0) STRICT",
];

pub struct Leaving {
    pub keeps_words: bool,
    pub at: Millis,
    pub step: u64,
    pub due_at: Millis,
    pub tries: u32,
    pub trace: Trace,
}

pub fn leaving(sql: &Database) -> Result<Option<Leaving>, Fault> {
    let query = "SELECT keeps_words, at, step, due_at, tries, address, request FROM leaving";
    let read = |row: &SqlRow| {
        let (keeps_words, at, step, due_at) = (row.number(0)? == 1, row.number(1)?, row.number(2)?, row.number(3)?);
        let trace = Trace { address: row.text(5)?, request: row.text(6)? };
        Ok(Leaving { keeps_words, at, step, due_at, tries: row.number(4)? as u32, trace })
    };
    Ok(rows(sql, query, &[], read)?.pop())
}

/// Returns `true` if the person is about to be deleted: nobody finds them any more, and their invites have no effect.
pub fn is_leaving(sql: &Database) -> Result<bool, Fault> {
    Ok(leaving(sql)?.is_some())
}

/// Returns `true` if rooms are already removing the person: a room that asks receives default settings.
pub fn is_forgotten(sql: &Database) -> Result<bool, Fault> {
    Ok(leaving(sql)?.is_some_and(|leaving| leaving.step >= 2))
}

pub fn due_at(sql: &Database) -> Result<Option<Millis>, Fault> {
    Ok(leaving(sql)?.map(|leaving| leaving.at.max(leaving.due_at)))
}
