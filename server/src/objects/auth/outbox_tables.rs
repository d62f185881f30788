//! Tables of mail (`account.md` 1): the outbox and the development mailbox.

use protocol::words::event::Millis;
use protocol::words::limits::KEPT_MAILS_MAX;
use protocol::words::refusal::Fault;

use crate::calls::mail::{KeptMail, Mail};
use crate::kit::sql::{Database, SqlRow, exec, rows};

/// Migration step of the tables.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE mails (id TEXT PRIMARY KEY, recipient TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL, \
     written_at INTEGER NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT",
    "CREATE INDEX mails_by_due ON mails (due_at)",
    "CREATE TABLE kept_mails (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL, subject TEXT NOT NULL, \
     text TEXT NOT NULL, html TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
];

/// Migration step of the ends of links, after which their mails are useless.
pub(super) const LINK_ENDS: &[&str] = &["ALTER TABLE mails ADD COLUMN link_end INTEGER"];

const WAITING: &str = "SELECT id, written_at, tries, recipient, subject, text, html, link_end FROM mails";

/// Mail in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WaitingMail {
    /// Id of the mail, the same on every attempt.
    pub id: String,
    /// Time at which it was written.
    pub written_at: Millis,
    pub tries: u32,
    /// Time at which its link expires; `None` for a mail without a link.
    pub link_end: Option<Millis>,
    pub mail: Mail,
}

fn waiting(row: &SqlRow) -> Result<WaitingMail, Fault> {
    let tries = u32::try_from(row.number(2)?).unwrap_or(u32::MAX);
    let (written_at, link_end) = (row.number(1)?, row.number_or_null(7)?);
    Ok(WaitingMail { id: row.text(0)?, written_at, tries, link_end, mail: mail(row, 3)? })
}

/// Reads the four columns of a mail from the column `first` on.
fn mail(row: &SqlRow, first: u32) -> Result<Mail, Fault> {
    let (to, subject) = (row.text(first)?, row.text(first + 1)?);
    Ok(Mail { to, subject, text: row.text(first + 2)?, html: row.text(first + 3)? })
}

pub(super) struct MailsSql(pub(super) Database);

impl MailsSql {
    /// Adds a mail that is due at `due_at`. Its link works until `link_end`.
    pub(super) fn add(
        &self,
        id: &str,
        mail: &Mail,
        link_end: Option<Millis>,
        (now, due_at): (Millis, Millis),
    ) -> Result<(), Fault> {
        let Mail { to, subject, text, html } = mail;
        let values = [
            id.into(),
            to.as_str().into(),
            subject.as_str().into(),
            text.as_str().into(),
            html.as_str().into(),
            now.into(),
            due_at.into(),
            link_end.into(),
        ];
        exec(&self.0, "INSERT INTO mails VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)", &values)
    }

    pub(super) fn find(&self, id: &str) -> Result<Option<WaitingMail>, Fault> {
        Ok(rows(&self.0, &format!("{WAITING} WHERE id = ?"), &[id.into()], waiting)?.pop())
    }

    pub(super) fn due(&self, now: Millis, limit: u64) -> Result<Vec<WaitingMail>, Fault> {
        let query = format!("{WAITING} WHERE due_at <= ? ORDER BY due_at, id LIMIT ?");
        rows(&self.0, &query, &[now.into(), limit.into()], waiting)
    }

    pub(super) fn next_due(&self) -> Result<Option<Millis>, Fault> {
        let found = rows(&self.0, "SELECT MIN(due_at) FROM mails", &[], |row| row.number_or_null(0))?;
        Ok(found.into_iter().next().flatten())
    }

    /// Marks the beginning of an attempt: the mail is not due again before `due_at`.
    pub(super) fn begin_attempt(&self, id: &str, due_at: Millis) -> Result<(), Fault> {
        exec(&self.0, "UPDATE mails SET due_at = ? WHERE id = ?", &[due_at.into(), id.into()])
    }

    /// Delays due mails that were not started, for the next batch.
    pub(super) fn postpone(&self, now: Millis, due_at: Millis) -> Result<(), Fault> {
        exec(&self.0, "UPDATE mails SET due_at = ? WHERE due_at <= ?", &[due_at.into(), now.into()])
    }

    /// Stores a failed attempt and the time of the next one.
    pub(super) fn delay(&self, id: &str, due_at: Millis) -> Result<(), Fault> {
        exec(&self.0, "UPDATE mails SET due_at = ?, tries = tries + 1 WHERE id = ?", &[due_at.into(), id.into()])
    }

    pub(super) fn remove(&self, id: &str) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM mails WHERE id = ?", &[id.into()])
    }

    /// Removes the mails to an address whose account was deleted.
    pub(super) fn remove_to(&self, recipient: &str) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM mails WHERE recipient = ?", &[recipient.into()])
    }

    // ---- development mailbox

    /// Stores a mail once per id. The oldest is removed when there are too many.
    pub(super) fn keep(&self, kept: &KeptMail) -> Result<(), Fault> {
        let KeptMail { id, at, mail: Mail { to, subject, text, html } } = kept;
        let values = [
            id.as_str().into(),
            to.as_str().into(),
            subject.as_str().into(),
            text.as_str().into(),
            html.as_str().into(),
            (*at).into(),
        ];
        let insert = "INSERT INTO kept_mails (id, recipient, subject, text, html, at) VALUES (?, ?, ?, ?, ?, ?) \
                      ON CONFLICT DO NOTHING";
        exec(&self.0, insert, &values)?;
        let oldest = "DELETE FROM kept_mails WHERE place <= (SELECT MAX(place) FROM kept_mails) - ?";
        exec(&self.0, oldest, &[KEPT_MAILS_MAX.into()])
    }

    pub(super) fn kept(&self) -> Result<Vec<KeptMail>, Fault> {
        let query = "SELECT id, at, recipient, subject, text, html FROM kept_mails ORDER BY place DESC";
        rows(&self.0, query, &[], |row| Ok(KeptMail { id: row.text(0)?, at: row.number(1)?, mail: mail(row, 2)? }))
    }
}

#[cfg(test)]
#[path = "outbox_tables_tests.rs"]
mod tests;
