//! The index of a room's messages: an FTS5 table that stores tokens only.
//!
//! `protocol` decides the tokens of a message and the excerpt of a hit. Here text is split at blanks only: for the `ascii` tokenizer
//! letters, digits and everything beyond ASCII belong to a token.

use protocol::content::search::{Clause, PREFIX_LETTERS, expression};
use protocol::machines::room::SearchStore;
use protocol::words::event::Event;
use protocol::words::limits::SEQ_MAX;
use protocol::words::refusal::Fault;

use super::{EVENT, RoomSql};
use crate::kit::sealed::Db;
use crate::kit::sql::{exec, number, rows};

pub const INDEX: &[&str] = &["CREATE VIRTUAL TABLE words USING fts5(tokens, content='', contentless_delete=1, \
     detail=none, prefix='2 3', tokenize='ascii')"];

/// The step that brings the position up to which events are in the index.
pub const INDEXED: &[&str] = &["ALTER TABLE room ADD COLUMN indexed_seq INTEGER NOT NULL DEFAULT 0"];

/// The step that prepares the positions of all prefixes that are ever searched for. With those of two and three letters alone, the index
/// gathered all positions of a prefix that every message has: 87 ms in a log of a million, against 0.5 ms.
pub const BEGINNINGS: &[&str] = &[
    "DROP TABLE words",
    "CREATE VIRTUAL TABLE words USING fts5(tokens, content='', contentless_delete=1, detail=none, prefix='2 3 4 5 6 7 8', \
     tokenize='ascii')",
    "UPDATE room SET indexed_seq = 0",
];
const _: () = assert!(*PREFIX_LETTERS.start() == 2 && *PREFIX_LETTERS.end() == 8, "not the beginnings of the index");

/// The step that indexes every message anew: scripts without blanks have a token for each piece, and emoji have one.
pub const PIECES: &[&str] = &["UPDATE room SET indexed_seq = 0"];

/// Drops the index where messages are sealed. It was built before, and would be built from the beginning again. If the keys cannot be used,
/// the wanted state is unknown, so the index stays.
pub fn forbid(db: &Db) -> Result<(), Fault> {
    let query = "SELECT 1 FROM room WHERE indexed_seq > 0";
    if !db.has_keys() || rows(db, query, &[], |row| row.number(0))?.is_empty() {
        return Ok(());
    }
    exec(db, "INSERT INTO words (words) VALUES ('delete-all')", &[])?;
    exec(db, "UPDATE room SET indexed_seq = 0", &[])
}

impl RoomSql {
    pub fn unindex_before(&self, oldest: u64) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM words WHERE rowid < ?", &[oldest.into()])
    }
}

impl SearchStore for RoomSql {
    fn index(&mut self, seq: u64, tokens: &str) -> Result<(), Fault> {
        if self.sql.seals() {
            return Ok(());
        }
        exec(&self.sql, "INSERT OR REPLACE INTO words (rowid, tokens) VALUES (?, ?)", &[seq.into(), tokens.into()])
    }

    fn unindex(&mut self, seq: u64) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM words WHERE rowid = ?", &[seq.into()])
    }

    /// Returns the position up to which events are in the index. If there is no index, no event is missing.
    fn indexed_to(&self) -> Result<u64, Fault> {
        if self.sql.seals() {
            return Ok(SEQ_MAX);
        }
        number(&self.sql, "SELECT indexed_seq FROM room", &[])
    }

    fn set_indexed_to(&mut self, seq: u64) -> Result<(), Fault> {
        if self.sql.seals() {
            return Ok(());
        }
        exec(&self.sql, "UPDATE room SET indexed_seq = ?", &[seq.into()])
    }

    fn indexed(&self, clauses: &[Clause], from: u64, to: u64, limit: u32) -> Result<Vec<Event>, Fault> {
        let query = format!(
            "SELECT {EVENT} FROM words w CROSS JOIN events e ON e.seq = w.rowid \
             WHERE w.words MATCH ? AND w.rowid BETWEEN ? AND ? ORDER BY w.rowid DESC LIMIT ?"
        );
        let values = [expression(clauses).as_str().into(), from.into(), to.into(), limit.into()];
        rows(&self.sql, &query, &values, |row| self.event(row))
    }
}

#[cfg(test)]
#[path = "search_tables_tests.rs"]
mod tests;
