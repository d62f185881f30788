//! Rows of mail (`account.md` 1): the jobs of the outbox, and the table of the development mailbox.

use protocol::words::event::Millis;
use protocol::words::limits::KEPT_MAILS_MAX;
use protocol::words::refusal::Fault;
use serde::{Deserialize, Serialize};

use crate::calls::mail::{KeptMail, Mail};
use crate::kit::jobs::remove_having;
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

/// Migration step that makes the mails of the outbox jobs. The table stays, empty, for an earlier version after a rollback.
pub(super) const AS_JOBS: &[&str] = &[
    "INSERT INTO jobs (kind, key, body, due_at, tries) SELECT 'mails', id, json_object('written_at', written_at, \
     'link_end', link_end, 'mail', json_object('to', recipient, 'subject', subject, 'text', text, 'html', html)), \
     due_at, tries FROM mails",
    "DELETE FROM mails",
];

/// Mail in the outbox. The key is its id, the same on every attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WaitingMail {
    /// Time at which it was written.
    pub written_at: Millis,
    /// Time at which its link expires; `None` for a mail without a link.
    pub link_end: Option<Millis>,
    pub mail: Mail,
}

/// Reads the four columns of a mail from the column `first` on.
fn mail(row: &SqlRow, first: u32) -> Result<Mail, Fault> {
    let (to, subject) = (row.text(first)?, row.text(first + 1)?);
    Ok(Mail { to, subject, text: row.text(first + 2)?, html: row.text(first + 3)? })
}

pub(super) struct MailsSql(pub(super) Database);

impl MailsSql {
    /// Removes the mails to an address whose account was deleted.
    pub(super) fn remove_to(&self, recipient: &str) -> Result<(), Fault> {
        remove_having::<WaitingMail>(&self.0, |waiting| waiting.mail.to == recipient)
    }

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
