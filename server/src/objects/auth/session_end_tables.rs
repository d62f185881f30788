//! Table of planned ends of sessions (`account.md` 4 and 6), which an act has decided and the person's object may not have carried out.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;

use super::session_ends::Ending;
use crate::calls::passkey::PasskeysEnd;
use crate::kit::sql::{Database, SqlRow, exec, rows};

/// Migration step of the table.
pub(super) const STEP: &[&str] =
    &["CREATE TABLE session_ends (id INTEGER PRIMARY KEY, user TEXT NOT NULL, keep TEXT, reason TEXT NOT NULL, \
     at INTEGER NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT"];

/// Migration step of ends of passkeys.
pub(super) const PASSKEYS: &[&str] = &["ALTER TABLE session_ends ADD COLUMN ends_passkeys INTEGER NOT NULL DEFAULT 0"];

/// Migration step that says which passkeys end. Before it, an act ended all of them or none.
pub(super) const WHICH_PASSKEYS: &[&str] = &[
    "ALTER TABLE session_ends ADD COLUMN passkeys TEXT",
    "UPDATE session_ends SET passkeys = json_object('since', 0, 'keep', json_array()) WHERE ends_passkeys = 1",
    "ALTER TABLE session_ends DROP COLUMN ends_passkeys",
];

/// Migration step of ends of bots, integrations and invites.
pub(super) const PROGRAMS: &[&str] = &["ALTER TABLE session_ends ADD COLUMN made_since INTEGER"];

const PLANNED: &str = "SELECT id, user, keep, reason, at, tries, passkeys, made_since FROM session_ends";

/// Planned end of a person's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlannedEnd {
    pub id: u64,
    pub user: String,
    /// Session that continues, with its remembered browser.
    pub keep: Option<String>,
    /// Reason for the sockets of the others.
    pub reason: String,
    /// Time of the act. Sessions that begin later continue if the alarm carries the ends out.
    pub at: Millis,
    pub tries: u32,
    /// Passkeys that end as well.
    pub passkeys: Option<PasskeysEnd>,
    /// Bots, integrations and invites that were made at this time or later end as well; `None` if all stay.
    pub made_since: Option<Millis>,
}

pub(super) struct SessionEndsSql(pub(super) Database);

impl SessionEndsSql {
    /// Plans the ends and returns their number. The alarm carries them out at `due_at` unless the act's own request has done so.
    pub(super) fn add(&self, user: &str, ending: &Ending<'_>, (at, due_at): (Millis, Millis)) -> Result<u64, Fault> {
        let Ending { keep, passkeys, made_since, reason } = ending;
        let query = "INSERT INTO session_ends (user, keep, reason, at, due_at, tries, passkeys, made_since) \
                     VALUES (?, ?, ?, ?, ?, 0, ?, ?) RETURNING id";
        let passkeys = passkeys.as_ref().map(serde_json::to_string).transpose()?;
        let values = [
            user.into(),
            (*keep).into(),
            (*reason).into(),
            at.into(),
            due_at.into(),
            passkeys.as_deref().into(),
            (*made_since).into(),
        ];
        let ids = rows(&self.0, query, &values, |row| row.number(0))?;
        ids.into_iter().next().ok_or_else(|| Fault("planned ends have no number".into()))
    }

    /// Returns ends that the act's request has not carried out in time, and those to be retried by now.
    pub(super) fn due(&self, now: Millis) -> Result<Vec<PlannedEnd>, Fault> {
        rows(&self.0, &format!("{PLANNED} WHERE due_at <= ? ORDER BY id"), &[now.into()], planned)
    }

    /// Returns the ends with this number, until they are carried out.
    pub(super) fn find(&self, id: u64) -> Result<Option<PlannedEnd>, Fault> {
        Ok(rows(&self.0, &format!("{PLANNED} WHERE id = ?"), &[id.into()], planned)?.pop())
    }

    /// Returns `true` if the end of this session is planned and not carried out.
    pub(super) fn will_end(&self, user: &str, session: &str) -> Result<bool, Fault> {
        let query = "SELECT 1 FROM session_ends WHERE user = ? AND keep IS NOT ?";
        Ok(!rows(&self.0, query, &[user.into(), session.into()], |row| row.number(0))?.is_empty())
    }

    /// Returns `true` if an end of the person's passkeys is planned and not carried out.
    pub(super) fn ends_passkeys(&self, user: &str) -> Result<bool, Fault> {
        let query = "SELECT 1 FROM session_ends WHERE user = ? AND passkeys IS NOT NULL";
        Ok(!rows(&self.0, query, &[user.into()], |row| row.number(0))?.is_empty())
    }

    pub(super) fn remove(&self, id: u64) -> Result<(), Fault> {
        exec(&self.0, "DELETE FROM session_ends WHERE id = ?", &[id.into()])
    }

    pub(super) fn delay(&self, id: u64, due_at: Millis) -> Result<(), Fault> {
        let query = "UPDATE session_ends SET due_at = ?, tries = tries + 1 WHERE id = ?";
        exec(&self.0, query, &[due_at.into(), id.into()])
    }

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
        passkeys: row.text_or_null(6).as_deref().map(serde_json::from_str).transpose()?,
        made_since: row.number_or_null(7)?,
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
    fn what_is_planned_is_found_by_its_caller_at_once_and_by_the_alarm_in_time() {
        let sql = empty();
        assert_eq!((sql.due(9), sql.next_due()), (Ok(vec![]), Ok(None)));
        let ending = PasskeysEnd { since: 3, keep: vec!["p\"1".to_owned()] };
        let some = Ending { keep: Some("s1"), reason: "password", ..Ending::default() };
        let all = Ending { passkeys: Some(ending.clone()), made_since: Some(3), reason: "password", keep: None };
        assert_eq!(sql.add("u_1", &some, (5, 2_005)), Ok(1));
        assert_eq!(sql.add("u_1", &all, (6, 2_006)), Ok(2));
        let (user, keep, reason) = ("u_1".to_owned(), Some("s1".to_owned()), "password".to_owned());
        let first = PlannedEnd { id: 1, user, keep, reason, at: 5, tries: 0, passkeys: None, made_since: None };
        let second =
            PlannedEnd { id: 2, keep: None, at: 6, passkeys: Some(ending), made_since: Some(3), ..first.clone() };
        assert_eq!(
            (sql.find(1), sql.find(2), sql.find(3)),
            (Ok(Some(first.clone())), Ok(Some(second.clone())), Ok(None))
        );
        assert_eq!((sql.due(2_004), sql.next_due()), (Ok(vec![]), Ok(Some(2_005))));
        assert_eq!((sql.due(2_005), sql.due(2_006)), (Ok(vec![first.clone()]), Ok(vec![first, second])));
    }

    #[test]
    fn a_session_may_end_until_its_planned_end_is_carried_out_unless_it_is_the_one_that_goes_on() {
        let sql = empty();
        let will_end = |user: &str, session: &str| sql.will_end(user, session).unwrap();
        assert!(!will_end("u_1", "s1"));
        sql.add("u_1", &Ending { keep: Some("s1"), ..Ending::default() }, (5, 2_005)).unwrap();
        assert_eq!((will_end("u_1", "s1"), will_end("u_1", "s2"), will_end("u_2", "s2")), (false, true, false));
        sql.add("u_1", &Ending::default(), (6, 2_006)).unwrap();
        assert!(will_end("u_1", "s1"));
        for id in [1, 2] {
            sql.remove(id).unwrap();
        }
        assert_eq!((will_end("u_1", "s1"), will_end("u_1", "s2")), (false, false));
    }

    #[test]
    fn passkeys_end_until_the_act_that_ends_some_is_carried_out() {
        let sql = empty();
        let some = Ending { passkeys: Some(PasskeysEnd::default()), ..Ending::default() };
        sql.add("u_1", &Ending::default(), (5, 2_005)).unwrap();
        assert_eq!(sql.ends_passkeys("u_1"), Ok(false));
        sql.add("u_1", &some, (6, 2_006)).unwrap();
        assert_eq!((sql.ends_passkeys("u_1"), sql.ends_passkeys("u_2")), (Ok(true), Ok(false)));
        sql.remove(2).unwrap();
        assert_eq!(sql.ends_passkeys("u_1"), Ok(false));
    }

    #[test]
    fn what_failed_is_tried_again_at_its_time_until_it_is_done() {
        let sql = empty();
        for user in ["u_1", "u_2"] {
            sql.add(user, &Ending::default(), (5, 2_005)).unwrap();
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
            assert_eq!(sql.find(2), Ok(None));
        }
    }
}
