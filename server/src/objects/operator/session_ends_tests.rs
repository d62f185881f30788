//! Tests of pending ends of sessions (`moderation.md` 3). Those of retries are in `kit::jobs`.

use super::super::tables::{OperatorSql, STEPS};
use super::*;
use crate::kit::jobs::{all, find, forgotten_tables};
use crate::kit::sql::exec;
use crate::kit::sql::older::older;

const NOW: Millis = 1_795_000_000_000;

fn end(act: &str) -> EndOfBanned {
    EndOfBanned { act: act.to_owned() }
}

#[test]
fn nothing_is_owed_once_the_ban_is_over() {
    let sql = OperatorSql::open(Database::new()).unwrap().0;
    for (user, act, until) in [("u_1", "a", NOW + 5_000), ("u_2", "b", 0), ("u_3", "c", NOW + 5_001)] {
        let values = [user.into(), until.into(), act.into()];
        exec(&sql, "INSERT INTO bans VALUES (?, ?, ?, 'Spam.')", &values).unwrap();
    }
    let owed = |now| ["a", "b", "c", "d"].map(|act| end(act).is_owed(&sql, now).unwrap());
    assert_eq!((owed(NOW), owed(NOW + 5_000)), ([true, true, true, false], [false, true, true, false]));
}

#[test]
fn what_an_earlier_version_owed_is_owed_still() {
    let known = STEPS.iter().position(|step| *step == AS_JOBS).unwrap();
    let owed = "INSERT INTO session_ends VALUES ('u_1', 'a\"1', 7, 3), ('u_2', 'b', 9, 0)";
    let sql = OperatorSql::open(older(&STEPS[..known], &[("session_ends", owed)])).unwrap().0;
    assert_eq!(all(&sql), Ok(vec![("u_1".to_owned(), end("a\"1")), ("u_2".to_owned(), end("b"))]));
    let times =
        rows(&sql, "SELECT due_at, tries FROM jobs ORDER BY key", &[], |row| Ok((row.number(0)?, row.number(1)?)));
    assert_eq!(times, Ok(vec![(7, 3), (9, 0)]));
    assert_eq!(find(&sql, "u_2"), Ok(Some(end("b"))));
    assert_eq!(forgotten_tables(&sql, &[]), ["session_ends"], "it is empty");
}
