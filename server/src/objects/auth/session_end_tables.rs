//! Table of people whose sessions have to end (`account.md` 4 and 6): what an act has decided and the person's object may not know yet.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use crate::kit::sql::{Database, SqlRow, exec, rows};

/// The step that brings the table.
pub(super) const STEP: &[&str] =
    &["CREATE TABLE session_ends (id INTEGER PRIMARY KEY, user TEXT NOT NULL, keep TEXT, reason TEXT NOT NULL, \
     at INTEGER NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT"];

/// Sessions of a person that have to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlannedEnd {
    pub id: u64,
    /// The person.
    pub user: String,
    /// Session that goes on, with its remembered browser.
    pub keep: Option<String>,
    /// Reason for the sockets of the others.
    pub reason: String,
    /// Time of the act: what begins later goes on.
    pub at: Millis,
    pub tries: u32,
}

/// The table.
pub(super) struct SessionEndsSql(pub(super) Database);

impl SessionEndsSql {
    /// Plans the ends. The alarm carries them out at `due_at`, if nobody did before.
    pub(super) fn add(
        &self,
        user: &str,
        keep: Option<&str>,
        reason: &str,
        (at, due_at): (Millis, Millis),
    ) -> Result<(), Fault> {
        let query = "INSERT INTO session_ends (user, keep, reason, at, due_at, tries) VALUES (?, ?, ?, ?, ?, 0)";
        exec(&self.0, query, &[user.into(), keep.into(), reason.into(), at.into(), due_at.into()])
    }

    /// Returns what nobody has tried yet, and what is to be tried again by now.
    pub(super) fn due(&self, now: Millis) -> Result<Vec<PlannedEnd>, Fault> {
        let query =
            "SELECT id, user, keep, reason, at, tries FROM session_ends WHERE tries = 0 OR due_at <= ? ORDER BY id";
        rows(&self.0, query, &[now.into()], planned)
    }

    pub(super) fn remove(&self, id: u64) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM session_ends WHERE id = ?", &[id.into()])
    }

    pub(super) fn delay(&self, id: u64, due_at: Millis) -> Result<(), Fault> {
        let query = "UPDATE session_ends SET due_at = ?, tries = tries + 1 WHERE id = ?";
        exec(&self.0, query, &[due_at.into(), id.into()])
    }

    /// Returns the time at which the alarm has work.
    pub(super) fn next_due(&self) -> Result<Option<Millis>, Fault> {
        Ok(rows(&self.0, "SELECT MIN(due_at) FROM session_ends", &[], |row| row.number_or_null(0))?.pop().flatten())
    }
}

fn planned(row: &SqlRow) -> Result<PlannedEnd, Fault> {
    Ok(PlannedEnd {
        id: row.number(0)?,
        user: row.text(1)?,
        keep: row.text_or_null(2),
        reason: row.text(3)?,
        at: row.number(4)?,
        tries: u32::try_from(row.number(5)?).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tables::AuthSql;
    use super::*;

    fn empty() -> SessionEndsSql {
        let sql = Database::new();
        AuthSql::open(sql.clone()).unwrap();
        SessionEndsSql(sql)
    }

    fn users(sql: &SessionEndsSql, now: Millis) -> Vec<String> {
        sql.due(now).unwrap().into_iter().map(|planned| planned.user).collect()
    }

    #[test]
    fn what_is_planned_reads_as_it_was_written_and_waits_for_nothing() {
        let sql = empty();
        assert_eq!((sql.due(9), sql.next_due()), (Ok(vec![]), Ok(None)));
        sql.add("u_1", Some("s1"), "password", (5, 2_005)).unwrap();
        sql.add("u_1", None, "password", (6, 2_006)).unwrap();
        let (user, keep, reason) = ("u_1".to_owned(), Some("s1".to_owned()), "password".to_owned());
        let first = PlannedEnd { id: 1, user, keep, reason, at: 5, tries: 0 };
        let second = PlannedEnd { id: 2, keep: None, at: 6, ..first.clone() };
        assert_eq!((sql.due(5), sql.next_due()), (Ok(vec![first, second]), Ok(Some(2_005))));
    }

    #[test]
    fn what_failed_is_tried_again_at_its_time_until_it_is_done() {
        let sql = empty();
        for user in ["u_1", "u_2"] {
            sql.add(user, None, "password", (5, 2_005)).unwrap();
        }
        sql.delay(1, 3_000).unwrap();
        assert_eq!(
            (users(&sql, 2_999), users(&sql, 3_000)),
            (vec!["u_2".to_owned()], vec!["u_1".to_owned(), "u_2".to_owned()])
        );
        sql.delay(1, 9_000).unwrap();
        assert_eq!(sql.due(9_000).unwrap()[0].tries, 2);
        for _ in 0..2 {
            sql.remove(2).unwrap();
            assert_eq!((users(&sql, 9_000), sql.next_due()), (vec!["u_1".to_owned()], Ok(Some(9_000))));
        }
    }
}
