//! Jobs of ends of sessions: planned ones (`account.md` 4 and 6), which an act has decided and the person's object may not have carried out,
//! and the notifications of logs.

use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use serde::{Deserialize, Serialize};

use crate::calls::SessionChange;
use crate::calls::passkey::PasskeysEnd;
use crate::kit::jobs::having;
use crate::kit::sql::Database;

/// Migration step of the table that the ends had before they were jobs.
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

/// Migration step that makes its rows jobs. The table stays, empty, for an earlier version after a rollback.
pub(super) const AS_JOBS: &[&str] = &[
    "INSERT INTO jobs (kind, key, body, due_at, tries) SELECT 'session_ends', 'earlier ' || id, json_object('user', user, \
     'keep', keep, 'reason', reason, 'at', at, 'passkeys', json(passkeys), 'made_since', made_since), due_at, tries \
     FROM session_ends ORDER BY id",
    "DELETE FROM session_ends",
];

/// Migration step that makes jobs of the notifications in a table of their own. The table stays, empty, for an earlier version after a rollback.
pub(super) const NEWS_AS_JOBS: &[&str] = &[
    "INSERT OR REPLACE INTO jobs (kind, key, body, due_at, tries) SELECT 'news', log || ' ' || session, \
     json_object('session', session, 'log', log, 'what', json(what)), due_at, tries FROM news ORDER BY id",
    "DELETE FROM news",
];

/// Planned end of a person's sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlannedEnd {
    pub user: String,
    /// Session that continues, with its remembered browser.
    pub keep: Option<String>,
    /// Reason for the sockets of the others.
    pub reason: String,
    /// Time of the act. Sessions that begin later continue if the alarm carries the ends out.
    pub at: Millis,
    /// Passkeys that end as well.
    pub passkeys: Option<PasskeysEnd>,
    /// Bots, integrations and invites that were made at this time or later end as well; `None` if all stay.
    pub made_since: Option<Millis>,
}

/// Notification of a log about the end of a session. The key is the log with the session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SessionEnd {
    pub session: String,
    pub log: String,
    pub what: SessionChange,
}

/// Returns `true` if the end of this session is planned and not carried out.
pub(super) fn will_end(sql: &Database, user: &str, session: &str) -> Result<bool, Fault> {
    let ends = |planned: &PlannedEnd| planned.user == user && planned.keep.as_deref() != Some(session);
    Ok(!having(sql, ends)?.is_empty())
}

/// Returns `true` if an end of the person's passkeys is planned and not carried out.
pub(super) fn ends_passkeys(sql: &Database, user: &str) -> Result<bool, Fault> {
    Ok(!having(sql, |planned: &PlannedEnd| planned.user == user && planned.passkeys.is_some())?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::tables::AuthSql;
    use super::*;
    use crate::kit::jobs::{Jobs, remove};

    /// Returns an empty shard, and a function that plans an end under a key.
    fn empty() -> (Database, impl Fn(&str, PlannedEnd)) {
        let sql = Database::new();
        AuthSql::open(sql.clone()).unwrap();
        let (jobs, tables) = (Jobs::of(&[]), sql.clone());
        (sql, move |key: &str, planned| jobs.add(&tables, key, &planned, 5).unwrap())
    }

    fn of(user: &str, keep: Option<&str>) -> PlannedEnd {
        PlannedEnd { user: user.to_owned(), keep: keep.map(str::to_owned), ..PlannedEnd::default() }
    }

    #[test]
    fn a_session_may_end_until_its_planned_end_is_carried_out_unless_it_is_the_one_that_goes_on() {
        let (sql, plan) = empty();
        let will_end = |user: &str, session: &str| will_end(&sql, user, session).unwrap();
        assert!(!will_end("u_1", "s1"));
        plan("first", of("u_1", Some("s1")));
        assert_eq!((will_end("u_1", "s1"), will_end("u_1", "s2"), will_end("u_2", "s2")), (false, true, false));
        plan("second", of("u_1", None));
        assert!(will_end("u_1", "s1"));
        for key in ["first", "second"] {
            remove::<PlannedEnd>(&sql, key).unwrap();
        }
        assert_eq!((will_end("u_1", "s1"), will_end("u_1", "s2")), (false, false));
    }

    #[test]
    fn passkeys_end_until_the_act_that_ends_some_is_carried_out() {
        let (sql, plan) = empty();
        plan("first", of("u_1", None));
        assert_eq!(ends_passkeys(&sql, "u_1"), Ok(false));
        plan("second", PlannedEnd { passkeys: Some(PasskeysEnd::default()), ..of("u_1", None) });
        assert_eq!((ends_passkeys(&sql, "u_1"), ends_passkeys(&sql, "u_2")), (Ok(true), Ok(false)));
        remove::<PlannedEnd>(&sql, "second").unwrap();
        assert_eq!(ends_passkeys(&sql, "u_1"), Ok(false));
    }
}
