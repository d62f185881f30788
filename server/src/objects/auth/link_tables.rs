//! Table of links in mails (`account.md` 2): by the SHA-256 of their tokens, with the address that each was sent for.

use protocol::people::account::link::LinkPurpose;
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use crate::kit::sql::{Database, SqlRow, exec, rows};

pub(super) const STEP: &[&str] = &[
    "CREATE TABLE links (hash TEXT PRIMARY KEY, purpose TEXT NOT NULL, email TEXT NOT NULL, user TEXT NOT NULL, \
     data TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX links_by_email ON links (email, purpose)",
    "CREATE INDEX links_by_user ON links (user, purpose)",
    "CREATE INDEX links_by_end ON links (expires_at)",
];

/// Data of a `Reset` link that an operator made. It verifies no address and does not count towards the limit of live links (`account.md`
/// 5.2).
pub(super) const OF_OPERATOR: &str = "operator";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredLink {
    pub purpose: LinkPurpose,
    /// Address to which the link was sent.
    pub email: String,
    /// Owner of the account; empty for an address without one.
    pub user: String,
    /// Further data of the purpose.
    pub data: String,
    pub expires_at: Millis,
}

pub(super) struct LinksSql(pub(super) Database);

impl LinksSql {
    pub(super) fn add(&self, hash: &str, link: &StoredLink) -> Result<(), Fault> {
        let StoredLink { purpose, email, user, data, expires_at } = link;
        let values = [
            hash.into(),
            purpose.as_str().into(),
            email.as_str().into(),
            user.as_str().into(),
            data.as_str().into(),
            (*expires_at).into(),
        ];
        exec(&self.0, "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)", &values)
    }

    pub(super) fn find(&self, hash: &str, now: Millis) -> Result<Option<StoredLink>, Fault> {
        let query = "SELECT purpose, email, user, data, expires_at FROM links WHERE hash = ? AND expires_at > ?";
        Ok(rows(&self.0, query, &[hash.into(), now.into()], link_in)?.pop())
    }

    pub(super) fn remove(&self, hash: &str) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM links WHERE hash = ?", &[hash.into()])
    }

    /// Returns the number of live links of a kind for this address, without those of operators.
    pub(super) fn live(&self, email: &str, purpose: LinkPurpose, now: Millis) -> Result<usize, Fault> {
        let query = "SELECT 1 FROM links WHERE email = ? AND purpose = ? AND expires_at > ? AND data <> ?";
        let values = [email.into(), purpose.as_str().into(), now.into(), OF_OPERATOR.into()];
        Ok(rows(&self.0, query, &values, |row| row.number(0))?.len())
    }

    /// Returns `true` while the former owner of this address, other than `user`, can take it back (`account.md` 6.2).
    pub(super) fn is_reserved(&self, email: &str, user: &str, now: Millis) -> Result<bool, Fault> {
        let query = "SELECT 1 FROM links WHERE email = ? AND purpose = ? AND user <> ? AND expires_at > ? LIMIT 1";
        let values = [email.into(), LinkPurpose::Undo.as_str().into(), user.into(), now.into()];
        Ok(!rows(&self.0, query, &values, |row| row.number(0))?.is_empty())
    }

    pub(super) fn remove_of(&self, user: &str, purpose: LinkPurpose) -> Result<(), Fault> {
        let query = "DELETE FROM links WHERE user = ? AND purpose = ?";
        exec(&self.0, query, &[user.into(), purpose.as_str().into()])
    }

    pub(super) fn remove_all_of(&self, user: &str) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM links WHERE user = ?", &[user.into()])
    }

    pub(super) fn next_due(&self) -> Result<Option<Millis>, Fault> {
        Ok(rows(&self.0, "SELECT MIN(expires_at) FROM links", &[], |row| row.number_or_null(0))?.pop().flatten())
    }

    pub(super) fn remove_expired(&self, now: Millis) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM links WHERE expires_at <= ?", &[now.into()])
    }
}

fn link_in(row: &SqlRow) -> Result<StoredLink, Fault> {
    let word = row.text(0)?;
    let purpose = LinkPurpose::parse(&word).ok_or_else(|| Fault(format!("{word} is no purpose of a link")))?;
    Ok(StoredLink { purpose, email: row.text(1)?, user: row.text(2)?, data: row.text(3)?, expires_at: row.number(4)? })
}

#[cfg(test)]
#[path = "link_tables_tests.rs"]
mod tests;
