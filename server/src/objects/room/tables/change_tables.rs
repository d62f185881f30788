//! Rows of changes in a room: current content of messages, reactions, and messages that somebody hid ([`ChangeStore`]).
//!
//! A changed message has its current content in its own row, so that pages need no second query. Every rule is in
//! `protocol::machines::room`.

use protocol::machines::room::{ChangeOf, ChangeStore, Receipt, StoredReaction};
use protocol::words::event::{Event, Kind, Millis, TOMBSTONE};
use protocol::words::refusal::Fault;
use serde::{Deserialize, Serialize};

use super::{BODY, EVENT, RoomSql, VIEW, file_tables};
use crate::kit::jobs::remove_having;
use crate::kit::sql::{Database, SqlRow, exec, rows};

/// The step that brings these tables.
pub const TABLES: &[&str] = &[
    "ALTER TABLE events ADD COLUMN view TEXT",
    "CREATE TABLE changes (target INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (target, seq)) STRICT, WITHOUT ROWID",
    "CREATE TABLE reactions (target INTEGER NOT NULL, user TEXT NOT NULL, reaction TEXT NOT NULL, seq INTEGER NOT NULL, \
     PRIMARY KEY (target, user, reaction)) STRICT, WITHOUT ROWID",
    "CREATE TABLE hidden (user TEXT NOT NULL, target INTEGER NOT NULL, PRIMARY KEY (user, target)) STRICT, WITHOUT ROWID",
];

/// The step that brings receipts, and the people who may have an inbox entry.
pub const RECEIPTS: &[&str] = &[
    "CREATE TABLE receipts (user TEXT PRIMARY KEY, delivered INTEGER NOT NULL, read INTEGER NOT NULL, \
     shown_delivered INTEGER NOT NULL, shown_read INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE told (user TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// The step that brings inboxes that could not be reached when messages were read.
pub const CLEARINGS: &[&str] = &["CREATE TABLE clearings (user TEXT PRIMARY KEY, seq INTEGER NOT NULL, \
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT, WITHOUT ROWID"];

/// The step that brought a table of messages that people deleted for themselves alone, before they were jobs.
pub const HIDINGS: &[&str] =
    &["CREATE TABLE hidings (user TEXT NOT NULL, message TEXT NOT NULL, due_at INTEGER NOT NULL, \
     tries INTEGER NOT NULL, PRIMARY KEY (user, message)) STRICT, WITHOUT ROWID"];

/// The step by which changes are found by their own position, and hidden messages by the message.
pub const BY_PLACE: &[&str] =
    &["CREATE INDEX changes_by_seq ON changes (seq)", "CREATE INDEX hidden_by_target ON hidden (target)"];

/// Inbox that has yet to be cleared.
#[derive(Clone, Debug)]
pub struct Clearing {
    pub user: String,
    pub seq: u64,
    pub due_at: Millis,
    pub tries: u32,
}

/// Message that a person deleted for themselves alone, and of which their object has yet to be notified. The key is both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hiding {
    pub user: String,
    pub message: String,
}

/// Returns `true` if anybody hid a message.
pub fn has_hidden(sql: &Database) -> Result<bool, Fault> {
    Ok(!rows(sql, "SELECT 1 FROM hidden LIMIT 1", &[], |row| row.number(0))?.is_empty())
}

impl RoomSql {
    /// Notes that `user`'s inbox has entries of this room up to `seq`.
    pub fn note_sent(&self, user: &str, seq: u64) -> Result<(), Fault> {
        let query = "INSERT INTO told VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET seq = max(seq, excluded.seq)";
        exec(&self.sql, query, &[user.into(), seq.into()])
    }

    /// Returns `true` if `user`'s inbox may have entries of this room.
    pub fn was_sent(&self, user: &str) -> Result<bool, Fault> {
        let query = "SELECT 1 FROM told WHERE user = ?1 UNION ALL SELECT 1 FROM outbox WHERE user = ?1 LIMIT 1";
        Ok(!rows(&self.sql, query, &[user.into()], |row| row.number(0))?.is_empty())
    }

    /// Notes that `user`'s inbox was cleared up to `seq`.
    pub fn cleared(&self, user: &str, seq: u64) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM clearings WHERE user = ? AND seq <= ?", &[user.into(), seq.into()])?;
        exec(&self.sql, "DELETE FROM told WHERE user = ? AND seq <= ?", &[user.into(), seq.into()])
    }

    /// Notes that `user`'s inbox is to be cleared up to `seq`, at `due_at`.
    pub fn clear_later(&self, user: &str, seq: u64, due_at: Millis, tries: u32) -> Result<(), Fault> {
        let query = "INSERT INTO clearings VALUES (?, ?, ?, ?) ON CONFLICT (user) DO UPDATE SET \
                     seq = max(seq, excluded.seq), due_at = excluded.due_at, tries = excluded.tries";
        exec(&self.sql, query, &[user.into(), seq.into(), due_at.into(), tries.into()])
    }

    /// Returns the inbox that is to be cleared next.
    pub fn next_clearing(&self) -> Result<Option<Clearing>, Fault> {
        let query = "SELECT user, seq, due_at, tries FROM clearings ORDER BY due_at LIMIT 1";
        let next = rows(&self.sql, query, &[], |row| {
            let tries = u32::try_from(row.number(3)?).unwrap_or(u32::MAX);
            Ok(Clearing { user: row.text(0)?, seq: row.number(1)?, due_at: row.number(2)?, tries })
        })?;
        Ok(next.into_iter().next())
    }

    /// Notes that `user`'s object is to be notified that they deleted `message` for themselves.
    pub fn add_hiding(&self, user: &str, message: &str, now: Millis) -> Result<(), Fault> {
        let hiding = Hiding { user: user.to_owned(), message: message.to_owned() };
        self.jobs.add(&self.sql, &format!("{user} {message}"), &hiding, now)
    }

    /// Removes the notifications of a person who is deleted.
    pub fn forget_hidings_of(&self, user: &str) -> Result<(), Fault> {
        remove_having::<Hiding>(&self.sql, |hiding| hiding.user == user)
    }

    /// Returns reactions as they were written. Some rows are older than the rule that each emoji has one spelling.
    fn stored_reactions(&self, target: u64) -> Result<Vec<StoredReaction>, Fault> {
        let query = "SELECT user, reaction FROM reactions WHERE target = ? ORDER BY seq";
        rows(&self.sql, query, &[target.into()], |row| {
            Ok(StoredReaction { user: row.text(0)?, reaction: row.text(1)? })
        })
    }

    /// Replaces an event's content by `body`.
    pub fn silence_with(&self, seq: u64, body: &str) -> Result<(), Fault> {
        let body = self.sql.seal(&BODY, seq, body)?;
        exec(&self.sql, "UPDATE events SET body = ?, view = NULL WHERE seq = ?", &[body.as_str().into(), seq.into()])
    }

    /// Removes the rows of trimmed messages.
    pub fn forget_changes(&self, oldest: u64) -> Result<(), Fault> {
        file_tables::detach(self, 0, oldest.saturating_sub(1))?;
        for table in ["changes", "reactions", "hidden"] {
            exec(&self.sql, &format!("DELETE FROM {table} WHERE target < ?"), &[oldest.into()])?;
        }
        Ok(())
    }
}

fn receipt_in(row: &SqlRow) -> Result<(String, Receipt), Fault> {
    let (delivered, read) = (row.number(1)?, row.number(2)?);
    let receipt = Receipt { delivered, read, shown_delivered: row.number(3)?, shown_read: row.number(4)? };
    Ok((row.text(0)?, receipt))
}

impl ChangeStore for RoomSql {
    fn set_view(&mut self, target: u64, view: &str) -> Result<(), Fault> {
        file_tables::follow(self, target, view)?;
        let view = self.sql.seal(&VIEW, target, view)?;
        exec(&self.sql, "UPDATE events SET view = ? WHERE seq = ?", &[view.as_str().into(), target.into()])
    }

    fn note_change(&mut self, target: u64, seq: u64) -> Result<(), Fault> {
        exec(&self.sql, "INSERT INTO changes VALUES (?, ?)", &[target.into(), seq.into()])
    }

    fn changes(&self, from: u64, to: u64) -> Result<Vec<ChangeOf>, Fault> {
        let query = "SELECT c.seq, c.target, e.actor, e.ts FROM changes c JOIN events e ON e.seq = c.target \
                     WHERE c.seq BETWEEN ? AND ?";
        rows(&self.sql, query, &[from.into(), to.into()], |row| {
            Ok(ChangeOf { seq: row.number(0)?, target: row.number(1)?, actor: row.text(2)?, ts: row.number(3)? })
        })
    }

    fn changes_of(&self, target: u64) -> Result<Vec<Event>, Fault> {
        let query =
            format!("SELECT {EVENT} FROM events WHERE seq IN (SELECT seq FROM changes WHERE target = ?) ORDER BY seq");
        rows(&self.sql, &query, &[target.into()], |row| self.event(row))
    }

    fn bury(&mut self, target: u64, edits: &str) -> Result<(), Fault> {
        file_tables::detach(self, target, target)?;
        let query = "UPDATE events SET body = ?, view = NULL WHERE seq = ?";
        exec(&self.sql, query, &[TOMBSTONE.into(), target.into()])?;
        let query = "SELECT seq FROM events WHERE kind = ? AND seq IN (SELECT seq FROM changes WHERE target = ?)";
        let values = [Kind::Edit.as_str().into(), target.into()];
        for seq in rows(&self.sql, query, &values, |row| row.number(0))? {
            self.silence_with(seq, edits)?;
        }
        exec(&self.sql, "DELETE FROM reactions WHERE target = ?", &[target.into()])
    }

    fn reactions(&self, target: u64) -> Result<Vec<StoredReaction>, Fault> {
        self.stored_reactions(target).map(StoredReaction::of_one_kind)
    }

    fn add_reaction(&mut self, target: u64, reacted: &StoredReaction, seq: u64) -> Result<(), Fault> {
        let values = [target.into(), reacted.user.as_str().into(), reacted.reaction.as_str().into(), seq.into()];
        exec(&self.sql, "INSERT INTO reactions VALUES (?, ?, ?, ?)", &values)
    }

    fn remove_reaction(&mut self, target: u64, reacted: &StoredReaction) -> Result<(), Fault> {
        for stored in self.stored_reactions(target)?.iter().filter(|stored| reacted.is(stored)) {
            let values = [target.into(), stored.user.as_str().into(), stored.reaction.as_str().into()];
            exec(&self.sql, "DELETE FROM reactions WHERE target = ? AND user = ? AND reaction = ?", &values)?;
        }
        Ok(())
    }

    fn hide(&mut self, user: &str, target: u64) -> Result<(), Fault> {
        self.has_hidden = true;
        exec(&self.sql, "INSERT OR IGNORE INTO hidden VALUES (?, ?)", &[user.into(), target.into()])
    }

    fn hidden(&self, user: &str, from: u64, to: u64) -> Result<Vec<u64>, Fault> {
        if !self.has_hidden {
            return Ok(Vec::new());
        }
        let query = "SELECT target FROM hidden WHERE user = ? AND target BETWEEN ? AND ?";
        rows(&self.sql, query, &[user.into(), from.into(), to.into()], |row| row.number(0))
    }

    fn hidden_by(&self, target: u64) -> Result<Vec<String>, Fault> {
        if !self.has_hidden {
            return Ok(Vec::new());
        }
        rows(&self.sql, "SELECT user FROM hidden WHERE target = ?", &[target.into()], |row| row.text(0))
    }

    fn receipt(&self, user: &str) -> Result<Option<Receipt>, Fault> {
        let query = "SELECT user, delivered, read, shown_delivered, shown_read FROM receipts WHERE user = ?";
        Ok(rows(&self.sql, query, &[user.into()], receipt_in)?.pop().map(|(_, receipt)| receipt))
    }

    fn receipts(&self) -> Result<Vec<(String, Receipt)>, Fault> {
        rows(&self.sql, "SELECT user, delivered, read, shown_delivered, shown_read FROM receipts", &[], receipt_in)
    }

    fn save_receipt(&mut self, user: &str, receipt: &Receipt) -> Result<(), Fault> {
        let Receipt { delivered, read, shown_delivered, shown_read } = *receipt;
        let values = [user.into(), delivered.into(), read.into(), shown_delivered.into(), shown_read.into()];
        exec(&self.sql, "INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?, ?)", &values)
    }

    fn hidden_ids(&self, user: &str, floor: u64, limit: u32) -> Result<Vec<String>, Fault> {
        if !self.has_hidden {
            return Ok(Vec::new());
        }
        let query = "SELECT e.id FROM hidden h JOIN events e ON e.seq = h.target WHERE h.user = ? AND h.target > ? \
                     ORDER BY h.target DESC LIMIT ?";
        rows(&self.sql, query, &[user.into(), floor.into(), limit.into()], |row| row.text(0))
    }
}

#[cfg(test)]
#[path = "change_tables_tests.rs"]
mod tests;
