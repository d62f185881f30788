//! Files of the archive of a hub room (`messagehub.md` 8.1): a row for each, written in the step that lets its messages go.

use protocol::machines::hub::Item;
use protocol::words::event::Millis;
use protocol::words::limits::SEQ_MAX;
use protocol::words::refusal::Fault;

use super::tables::HubSql;
use crate::kit::sql::{SqlRow, exec, rows};

/// The step that brings the tables. A row of `archive_listed` means that the files of earlier versions are known too.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE archive (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at INTEGER NOT NULL) STRICT",
    "CREATE TABLE archive_listed (one INTEGER PRIMARY KEY CHECK (one = 1)) STRICT",
];

/// End of the names of files.
const END: &str = ".jsonl.gz";

/// A file of the archive, by the first and the last message in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ArchivedFile {
    pub first: u64,
    pub last: u64,
}

impl ArchivedFile {
    /// Returns the file for these messages, which are ascending; `None` without messages.
    pub(super) fn of(going: &[Item]) -> Option<Self> {
        Some(Self { first: going.first()?.seq, last: going.last()?.seq })
    }

    pub(super) fn name(self) -> String {
        format!("{}-{}{END}", self.first, self.last)
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        let (first, last) = name.strip_suffix(END)?.split_once('-')?;
        Some(Self { first: first.parse().ok()?, last: last.parse().ok()? })
    }
}

impl HubSql {
    /// Notes a file that was archived at this time. Of two with the same first message the longer one counts: the shorter one was written
    /// by a step that did not come to its end.
    pub(super) fn note_archived(&self, file: ArchivedFile, at: Millis) -> Result<(), Fault> {
        let query = "INSERT INTO archive VALUES (?, ?, ?) ON CONFLICT (first) DO UPDATE SET \
                     last = max(last, excluded.last), at = max(at, excluded.at)";
        exec(&self.sql, query, &[file.first.into(), file.last.into(), at.into()])
    }

    /// Returns the file with the first archived message after `since`.
    pub(super) fn archived_after(&self, since: u64) -> Result<Option<ArchivedFile>, Fault> {
        let next = since + 1;
        let around = "SELECT first, last FROM archive WHERE first <= ? ORDER BY first DESC LIMIT 1";
        let around = rows(&self.sql, around, &[next.into()], file_in)?.pop().filter(|file| file.last >= next);
        if around.is_some() {
            return Ok(around);
        }
        let later = "SELECT first, last FROM archive WHERE first > ? ORDER BY first LIMIT 1";
        Ok(rows(&self.sql, later, &[next.into()], file_in)?.pop())
    }

    pub(super) fn forget_archived(&self, file: ArchivedFile) -> Result<(), Fault> {
        exec(&self.sql, "DELETE FROM archive WHERE first = ?", &[file.first.into()])
    }

    /// Forgets the files before the first one that was archived after `until`.
    pub(super) fn forget_expired(&self, until: Millis) -> Result<(), Fault> {
        let query = "DELETE FROM archive WHERE first < \
                     coalesce((SELECT first FROM archive WHERE at > ? ORDER BY first LIMIT 1), ?)";
        exec(&self.sql, query, &[until.into(), SEQ_MAX.into()])
    }

    /// Returns `true` if the files of earlier versions are known.
    pub(super) fn is_archive_listed(&self) -> Result<bool, Fault> {
        Ok(!rows(&self.sql, "SELECT one FROM archive_listed", &[], |row| row.number(0))?.is_empty())
    }

    /// They are known from now on.
    pub(super) fn set_archive_listed(&self) -> Result<(), Fault> {
        exec(&self.sql, "INSERT OR IGNORE INTO archive_listed VALUES (1)", &[])
    }
}

fn file_in(row: &SqlRow) -> Result<ArchivedFile, Fault> {
    Ok(ArchivedFile { first: row.number(0)?, last: row.number(1)? })
}

#[cfg(test)]
#[path = "archive_tables_tests.rs"]
mod tests;
