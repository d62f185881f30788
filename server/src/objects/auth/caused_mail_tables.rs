//! Table of the mails to an address (`account.md` 1.2), by kind and time. Strangers can cause some kinds of mails to any address, so each
//! kind has a limit per address, whatever links are live, and so have all kinds together.

use protocol::people::session::hash_hex;
use protocol::words::event::Millis;
use protocol::words::limits::{CAUSED_MAILS_MAX, CAUSED_MAILS_MS, MAILBOX_MAILS_MAX, MAILBOX_NOTES_MAX};
use protocol::words::refusal::Fault;

use crate::kit::sql::{Database, exec, rows};

pub(super) const STEP: &[&str] = &[
    "CREATE TABLE caused_mails (email TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
    "CREATE INDEX caused_mails_by_email ON caused_mails (email, kind, at)",
    "CREATE INDEX caused_mails_by_time ON caused_mails (at)",
];

/// Kind of mail that strangers can cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CausedMail {
    /// Link to a new password.
    Reset,
    /// Link that moves an account to the address.
    Offer,
    /// Notice that the address, which another account wanted, has an account.
    Taken,
    /// Notice of any kind.
    Note,
    Any,
}

impl CausedMail {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Offer => "offer",
            Self::Taken => "taken",
            Self::Note => "note",
            Self::Any => "any",
        }
    }

    const fn max(self) -> usize {
        match self {
            Self::Reset | Self::Offer | Self::Taken => CAUSED_MAILS_MAX,
            Self::Note => MAILBOX_NOTES_MAX,
            Self::Any => MAILBOX_MAILS_MAX,
        }
    }
}

pub(super) struct CausedMailsSql(pub(super) Database);

impl CausedMailsSql {
    /// Counts a mail. Returns `false`, without counting, if the limit of the kind is reached.
    pub(super) fn take(&self, email: &str, kind: CausedMail, now: Millis) -> Result<bool, Fault> {
        // Only a hash is stored, because a deleted account must leave no address behind (`leaving.md` 2).
        let email = hash_hex(email);
        let email = email.as_str();
        let oldest = now.saturating_sub(CAUSED_MAILS_MS);
        exec(&self.0, "DELETE FROM caused_mails WHERE at <= ?", &[oldest.into()])?;
        let query = "SELECT at FROM caused_mails WHERE email = ? AND kind = ?";
        let sent = rows(&self.0, query, &[email.into(), kind.as_str().into()], |row| row.number(0))?;
        if sent.len() >= kind.max() {
            return Ok(false);
        }
        let values = [email.into(), kind.as_str().into(), now.into()];
        exec(&self.0, "INSERT INTO caused_mails VALUES (?, ?, ?)", &values)?;
        Ok(true)
    }

    /// Counts a mail towards the total of the address, in which notices leave room for links.
    pub(super) fn take_place(&self, email: &str, is_note: bool, now: Millis) -> Result<bool, Fault> {
        Ok((!is_note || self.take(email, CausedMail::Note, now)?) && self.take(email, CausedMail::Any, now)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tables::AuthSql;
    use super::*;
    use crate::kit::sql::older::contents;

    const NOW: Millis = 100 * CAUSED_MAILS_MS;
    const KINDS: [CausedMail; 5] =
        [CausedMail::Reset, CausedMail::Offer, CausedMail::Taken, CausedMail::Note, CausedMail::Any];

    fn empty() -> CausedMailsSql {
        let sql = Database::new();
        AuthSql::open(sql.clone()).unwrap();
        CausedMailsSql(sql)
    }

    /// Requests at most a hundred mails until one is refused. Returns the number of permitted ones.
    fn sent(sql: &CausedMailsSql, email: &str, kind: CausedMail, now: Millis) -> usize {
        (0..100).filter(|_| sql.take(email, kind, now).unwrap()).count()
    }

    #[test]
    fn an_address_gets_so_many_mails_of_each_kind_and_others_are_not_held_up() {
        let sql = empty();
        for email in ["a@x", "b@x"] {
            for kind in KINDS {
                assert_eq!(sent(&sql, email, kind, NOW), kind.max(), "{email} {kind:?}");
            }
        }
    }

    #[test]
    fn notes_leave_places_for_links_and_links_none_for_notes() {
        let sql = empty();
        let placed = |email, is_note| (0..100).filter(|_| sql.take_place(email, is_note, NOW).unwrap()).count();
        let notes = placed("a@x", true);
        assert_eq!((notes, placed("a@x", false)), (MAILBOX_NOTES_MAX, MAILBOX_MAILS_MAX - MAILBOX_NOTES_MAX));
        assert!(
            MAILBOX_MAILS_MAX - notes >= CAUSED_MAILS_MAX,
            "as many links to a new password as anybody may ask for"
        );
        assert_eq!((placed("b@x", false), placed("b@x", true)), (MAILBOX_MAILS_MAX, 0));
    }

    #[test]
    fn a_mail_counts_for_its_time_and_not_longer() {
        let sql = empty();
        assert!(sql.take("a@x", CausedMail::Reset, NOW).unwrap());
        assert!(!contents(&sql.0).concat().contains("a@x"), "the table has no address");
        assert_eq!(sent(&sql, "a@x", CausedMail::Reset, NOW + 5), CAUSED_MAILS_MAX - 1);
        assert_eq!(sent(&sql, "a@x", CausedMail::Reset, NOW + CAUSED_MAILS_MS - 1), 0);
        assert_eq!(sent(&sql, "a@x", CausedMail::Reset, NOW + CAUSED_MAILS_MS), 1);
        assert_eq!(sent(&sql, "a@x", CausedMail::Reset, NOW + CAUSED_MAILS_MS + 5), CAUSED_MAILS_MAX - 1);
    }
}
