//! Table of recovery codes (`account.md` 5.1): the stored forms of unused codes, by the address of their account.

use protocol::words::refusal::Fault;

use crate::kit::sql::{Database, exec, rows, wrote};

pub(super) const STEP: &[&str] = &[
    "CREATE TABLE recovery_codes (email TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (email, hash)) STRICT, WITHOUT ROWID",
];

pub(super) struct RecoveryCodesSql(pub(super) Database);

impl RecoveryCodesSql {
    pub(super) fn replace(&self, email: &str, hashes: &[String]) -> Result<(), Fault> {
        self.remove_all(email)?;
        let query = "INSERT OR IGNORE INTO recovery_codes VALUES (?, ?)";
        hashes.iter().try_for_each(|hash| exec(&self.0, query, &[email.into(), hash.as_str().into()]))
    }

    /// Returns the unused codes of an account, sorted by their stored forms.
    pub(super) fn all(&self, email: &str) -> Result<Vec<String>, Fault> {
        rows(&self.0, "SELECT hash FROM recovery_codes WHERE email = ? ORDER BY hash", &[email.into()], |row| {
            row.text(0)
        })
    }

    pub(super) fn has(&self, email: &str, hash: &str) -> Result<bool, Fault> {
        let query = "SELECT 1 FROM recovery_codes WHERE email = ? AND hash = ?";
        Ok(!rows(&self.0, query, &[email.into(), hash.into()], |row| row.number(0))?.is_empty())
    }

    /// Removes a code. Returns `true` if the account had it.
    pub(super) fn take(&self, email: &str, hash: &str) -> Result<bool, Fault> {
        wrote(&self.0, "DELETE FROM recovery_codes WHERE email = ? AND hash = ?", &[email.into(), hash.into()])
    }

    pub(super) fn remove_all(&self, email: &str) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM recovery_codes WHERE email = ?", &[email.into()])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tables::AuthSql;
    use super::*;

    fn empty() -> RecoveryCodesSql {
        let sql = Database::new();
        AuthSql::open(sql.clone()).unwrap();
        RecoveryCodesSql(sql)
    }

    fn codes(hashes: &[&str]) -> Vec<String> {
        hashes.iter().map(|hash| (*hash).to_owned()).collect()
    }

    #[test]
    fn new_codes_replace_those_of_their_account_alone() {
        let sql = empty();
        for (email, hashes) in [("a@x", ["1", "2"]), ("b@x", ["1", "3"]), ("a@x", ["5", "4"])] {
            sql.replace(email, &codes(&hashes)).unwrap();
        }
        assert_eq!((sql.all("a@x"), sql.all("b@x")), (Ok(codes(&["4", "5"])), Ok(codes(&["1", "3"]))));
        assert_eq!(sql.all("c@x"), Ok(vec![]));
    }

    #[test]
    fn a_code_is_used_once() {
        let sql = empty();
        sql.replace("a@x", &codes(&["1", "2"])).unwrap();
        assert_eq!((sql.has("a@x", "1"), sql.take("a@x", "1")), (Ok(true), Ok(true)));
        assert_eq!((sql.has("a@x", "1"), sql.take("a@x", "1")), (Ok(false), Ok(false)));
        assert_eq!(sql.all("a@x"), Ok(codes(&["2"])));
    }

    #[test]
    fn a_code_opens_no_other_account_and_no_text_is_none() {
        let sql = empty();
        sql.replace("a@x", &codes(&["1"])).unwrap();
        for (email, hash) in [("b@x", "1"), ("a@x", ""), ("A@x", "1"), ("a@x", "%")] {
            assert_eq!((sql.has(email, hash), sql.take(email, hash)), (Ok(false), Ok(false)), "{email} {hash}");
        }
        assert_eq!(sql.all("a@x"), Ok(codes(&["1"])));
    }

    #[test]
    fn codes_of_an_account_go_together() {
        let sql = empty();
        sql.replace("a@x", &codes(&["1", "2"])).unwrap();
        sql.replace("b@x", &codes(&["3"])).unwrap();
        for _ in 0..2 {
            sql.remove_all("a@x").unwrap();
            assert_eq!((sql.all("a@x"), sql.all("b@x")), (Ok(vec![]), Ok(codes(&["3"]))));
        }
    }
}
